/* SPDX-License-Identifier: BSD-2-Clause */
/* What a busy plugin asks of the host: memory, alarms, files, records, digests
 * and children.  What the host answers must be one of what it may answer. */
#include <inttypes.h>
#include <string.h>

#include "tests/contract/contract.h"

#define HELD 64u

#define EXPECT(holds, ...) \
	expect(part->worker->contract, holds, callback, part->info, __VA_ARGS__)

static const struct tcpflow_host *host_of(const struct part *part)
{
	return part->worker->contract->host;
}

static bool is_reversed(const struct part *part)
{
	return (part->info->flow_id & 1) != 0;
}

static void open_child(struct part *part)
{
	const char *callback = "child->open";
	const struct tcpflow_attr attr = {"depth", {"x", 1}};
	const struct tcpflow_child_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = (is_reversed(part) ? TCPFLOW_CHILD_REVERSED : 0) |
		TCPFLOW_CHILD_SYNTHETIC,
	    .layer = "copy",
	    .attrs = &attr,
	    .nattrs = 1,
	};
	int32_t result;

	if (part->info->depth >= part->worker->contract->children)
		return;
	result = host_of(part)->child->open(part->scope, &spec, &part->child);
	EXPECT(result == TCPFLOW_OK ? part->child != NULL
				    : result == TCPFLOW_ENOMEM ||
		    (result == TCPFLOW_ELIMIT && part->info->depth == 8),
	    "it answers %" PRId32, result);
}

static void open_sink(struct part *part)
{
	const char *callback = "sink->open";
	const struct tcpflow_sink_spec spec = {
	    .struct_size = sizeof(spec),
	    .flags = TCPFLOW_SINK_SPARSE | TCPFLOW_SINK_HASH,
	    .dir = TCPFLOW_C2S,
	    .label = "contract",
	};
	int32_t result = host_of(part)->sink->open(
	    part->scope, &spec, &part->sink);

	EXPECT(result == TCPFLOW_OK || result == TCPFLOW_ENOMEM,
	    "it answers %" PRId32, result);
}

void act_open(struct part *part)
{
	const struct tcpflow_host *host = host_of(part);

	if (host->hold(part->scope, HELD) == TCPFLOW_OK)
		part->held = HELD;
	open_sink(part);
	open_child(part);
}

static void set_alarm(struct part *part, uint64_t now_ns)
{
	const char *callback = "wake_at";
	uint64_t after = part->worker->contract->alarm_ns;

	if (after == 0)
		return;
	part->alarm_ns = now_ns + after;
	EXPECT(
	    host_of(part)->wake_at(part->scope, part->alarm_ns) == TCPFLOW_OK,
	    "it fails");
}

static uint32_t child_direction(const struct part *part, uint32_t dir)
{
	return dir ^ (is_reversed(part) ? 1u : 0u);
}

static void expect_verdict(
    struct part *part, const char *callback, int32_t result)
{
	EXPECT(result == TCPFLOW_OK || result == TCPFLOW_DONE ||
		result == TCPFLOW_DONE_DIR || result == TCPFLOW_ELIMIT,
	    "it answers %" PRId32, result);
}

void act_data(struct part *part, const struct tcpflow_chunk *chunk)
{
	const struct tcpflow_host *host = host_of(part);
	struct tcpflow_chunk inner = {
	    .struct_size = sizeof(inner),
	    .dir = child_direction(part, chunk->dir),
	    .bytes = chunk->bytes,
	    .len = chunk->len,
	    .offset = 12345, /* is ignored                      */
	    .ts_ns = chunk->ts_ns,
	    .packet = chunk->packet,
	    .first_packet = chunk->first_packet,
	};

	set_alarm(part, chunk->ts_ns);
	if (part->sink != NULL && chunk->dir == TCPFLOW_C2S)
		host->sink->pwrite(
		    part->sink, chunk->offset, chunk->bytes, chunk->len);
	if (part->child == NULL)
		return;
	part->worker->fed += chunk->len;
	expect_verdict(
	    part, "child->data", host->child->data(part->child, &inner));
}

void act_gap(struct part *part, const struct tcpflow_gap *gap)
{
	struct tcpflow_gap inner = {
	    .struct_size = sizeof(inner),
	    .dir = child_direction(part, gap->dir),
	    .len = part->info->depth % 2 != 0 ? 0 : gap->len,
	    .ts_ns = gap->ts_ns,
	    .packet = gap->packet,
	    .reason = TCPFLOW_GAP_DECODER,
	};

	if (part->child != NULL)
		expect_verdict(part, "child->gap",
		    host_of(part)->child->gap(part->child, &inner));
}

/* An eof cancels the alarm; a child hears of every other one. */
void act_eof(struct part *part, const struct tcpflow_end *end)
{
	struct tcpflow_end inner = {
	    .struct_size = sizeof(inner),
	    .dir = child_direction(part, end->dir),
	    .reason = end->reason,
	    .ts_ns = end->ts_ns,
	    .packet = end->packet,
	};

	host_of(part)->wake_at(part->scope, 0);
	part->alarm_ns = 0;
	if (part->child != NULL && end->dir == TCPFLOW_C2S)
		expect_verdict(part, "child->eof",
		    host_of(part)->child->eof(part->child, &inner));
}

static void finish_sink(struct part *part)
{
	const char *callback = "sink->finish";
	struct tcpflow_sink_result result = {.struct_size = sizeof(result)};
	const struct tcpflow_sink_finish how = {
	    .struct_size = sizeof(how),
	    .suffix = ".seen",
	};
	int32_t status;

	if (part->sink == NULL)
		return;
	status = host_of(part)->sink->finish(part->sink, &how, &result);
	EXPECT(status == TCPFLOW_OK || status == TCPFLOW_EIO,
	    "it answers %" PRId32, status);
	EXPECT(result.struct_size == sizeof(result), "struct_size has changed");
	EXPECT(result.path == NULL || strlen(result.path) > 0, "no path");
}

static void tell(struct part *part)
{
	const struct tcpflow_host *host = host_of(part);
	struct tcpflow_record_spec spec = {
	    .struct_size = sizeof(spec),
	    .ts_ns = part->info->start_ns,
	    .type = "contract",
	};
	struct tcpflow_digest *digest = host->digest->open(part->scope);

	for (unsigned i = 0; i < 2; i++) {
		struct tcpflow_record *record = host->record->begin(
		    part->scope, &spec);

		host->digest->update(digest, &part->sum, sizeof(part->sum));
		host->record->u64(record, "sent", part->bytes[TCPFLOW_C2S]);
		host->record->u64(record, "received", part->bytes[TCPFLOW_S2C]);
		host->record->hex(record, "sums", part->sum, sizeof(part->sum));
		if (i == 1)
			host->digest->put(digest, record);
		host->record->commit(record);
		spec.into = part->worker->contract->report;
	}
	host->digest->close(digest);
}

/* The child of every other stream is left to the host. */
void act_close(struct part *part, const struct tcpflow_end *end)
{
	const struct tcpflow_host *host = host_of(part);

	if (part->child != NULL && part->info->flow_id % 3 != 0)
		host->child->close(part->child, end);
	finish_sink(part);
	tell(part);
	host->release(part->scope, part->held);
}
