/* SPDX-License-Identifier: BSD-2-Clause */
/* What <tcpflow/plugin.h> and <tcpflow/types.h> promise of what a plugin is
 * told.  A promise that is broken ends the test. */
#include "tests/contract/contract.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void expect(struct contract *contract, bool holds, const char *callback,
    const struct tcpflow_stream_info *info, const char *format, ...)
{
	va_list arguments;

	contract->checked++;
	if (holds)
		return;
	fprintf(stderr, "contract: %s", callback);
	if (info != NULL)
		fprintf(stderr, " of flow %" PRIu64 ".%" PRIu32, info->flow_id,
		    info->stream_index);
	fputs(": ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	abort();
}

#define EXPECT(holds, ...) \
	expect(part->worker->contract, holds, callback, part->info, __VA_ARGS__)

static bool same_text(const char *a, const char *b)
{
	return a == b || (a != NULL && b != NULL && strcmp(a, b) == 0);
}

/* A callback of this stream: on its worker's thread, while it is open, with the
 * info that it had but for flags that were gained. */
void expect_info(struct part *part, const char *callback)
{
	const struct tcpflow_stream_info *now = part->info;
	const struct tcpflow_stream_info *then = &part->first;

	EXPECT(part->worker->contract->phase == PHASE_READY,
	    "not while workers run");
	EXPECT(on_thread(part->worker), "on another thread than open");
	EXPECT(!part->closed, "behind close");
	EXPECT(!part->over, "behind DONE");
	EXPECT((now->flags & then->flags) == then->flags,
	    "flags 0x%" PRIx32 " were 0x%" PRIx32, now->flags, then->flags);
	part->first.flags = now->flags;
	EXPECT(memcmp(now, then,
		   offsetof(struct tcpflow_stream_info, parent)) == 0 &&
		now->parent == then->parent && now->layer == then->layer &&
		now->protocol == then->protocol &&
		now->source == then->source && now->attrs == then->attrs &&
		now->nattrs == then->nattrs &&
		now->server_name.ptr == then->server_name.ptr &&
		now->server_name.len == then->server_name.len,
	    "the info has changed");
}

static void expect_address(struct contract *contract, const char *callback,
    const struct tcpflow_stream_info *info, const struct tcpflow_addr *address)
{
	static const uint8_t zeros[16];

	expect(contract, address->zero == 0, callback, info, "zero is not 0");
	expect(contract,
	    address->family == 4 || address->family == 6 ||
		(address->family == 0 && info->depth > 0),
	    callback, info, "family %u", address->family);
	expect(contract,
	    address->family != 4 || memcmp(address->ip + 4, zeros, 12) == 0,
	    callback, info, "an IPv4 address of 16 bytes");
}

void expect_fresh_info(
    struct worker *worker, const struct tcpflow_stream_info *info)
{
	const uint32_t known = TCPFLOW_S_MIDSTREAM | TCPFLOW_S_DIR_GUESSED |
	    TCPFLOW_S_TRUNCATED | TCPFLOW_S_REVERSED | TCPFLOW_S_SYNTHETIC;
	struct contract *contract = worker->contract;
	const char *callback = "open or probe";

	expect(contract, info->struct_size >= sizeof(*info), callback, info,
	    "struct_size %" PRIu32, info->struct_size);
	expect(contract, (info->flags & ~known) == 0, callback, info,
	    "flags 0x%" PRIx32, info->flags);
	expect(contract, info->zero == 0, callback, info, "zero is not 0");
	expect(contract, info->flow_id > 0, callback, info, "flow 0");
	expect(contract, info->layer != NULL && *info->layer != '\0', callback,
	    info, "no layer");
	expect(contract, info->source != NULL, callback, info, "no source");
	expect(contract, info->vlan <= 4095, callback, info, "vlan %" PRIu32,
	    info->vlan);
	expect(contract, info->depth <= 8, callback, info, "depth %" PRIu32,
	    info->depth);
	expect_address(contract, callback, info, &info->client);
	expect_address(contract, callback, info, &info->server);
	if (info->depth == 0) {
		expect(contract,
		    info->parent == NULL && info->stream_index == 0 &&
			strcmp(info->layer, "tcp") == 0 &&
			info->start_packet == info->flow_id &&
			info->server_name.len == 0 && info->nattrs == 0 &&
			(info->flags &
			    (TCPFLOW_S_REVERSED | TCPFLOW_S_SYNTHETIC)) == 0,
		    callback, info, "no TCP connection looks so");
		return;
	}
	expect(contract,
	    info->parent != NULL && info->parent->depth + 1 == info->depth &&
		info->parent->flow_id == info->flow_id &&
		info->stream_index > info->parent->stream_index &&
		info->start_packet >= info->parent->start_packet &&
		same_text(info->source, info->parent->source),
	    callback, info, "no child looks so");
}

struct offer *find_offer(
    struct worker *worker, const struct tcpflow_stream_info *info)
{
	struct offer *offer = worker->offers;

	while (offer != NULL &&
	    (offer->flow_id != info->flow_id ||
		offer->stream_index != info->stream_index))
		offer = offer->next;
	return offer;
}

void forget_offer(struct worker *worker, struct offer *offer)
{
	struct offer **at = &worker->offers;

	while (*at != NULL && *at != offer)
		at = &(*at)->next;
	if (*at != NULL)
		*at = offer->next;
}

/* The heads of one offer only grow; another offer is at other offsets. */
static void expect_growth(struct worker *worker,
    const struct tcpflow_probe *probe, struct offer *offer)
{
	struct contract *contract = worker->contract;
	bool again = offer->refused;

	for (unsigned i = 0; i < 2; i++) {
		const struct tcpflow_slice *head = &probe->head[i];

		if (again || probe->offset[i] != offer->offset[i] ||
		    offer->length[i] == 0)
			continue;
		expect(contract,
		    head->len >= offer->length[i] &&
			memcmp(head->ptr, offer->head[i],
			    offer->length[i] < HEAD_KEPT ? offer->length[i]
							 : HEAD_KEPT) == 0,
		    "probe", probe->info, "a head has changed");
	}
	offer->tries += again;
	expect(contract, offer->tries <= 64, "probe", probe->info,
	    "offered %u times", offer->tries);
	offer->refused = false;
}

struct offer *expect_probe(
    struct worker *worker, const struct tcpflow_probe *probe)
{
	struct contract *contract = worker->contract;
	struct offer *offer = find_offer(worker, probe->info);

	expect(contract, contract->phase == PHASE_READY, "probe", probe->info,
	    "not while workers run");
	expect(contract, on_thread(worker), "probe", probe->info,
	    "of another worker");
	expect(contract, probe->struct_size >= sizeof(*probe), "probe",
	    probe->info, "struct_size %" PRIu32, probe->struct_size);
	expect(contract, (probe->flags & ~TCPFLOW_PROBE_LAST) == 0, "probe",
	    probe->info, "flags 0x%" PRIx32, probe->flags);
	expect_fresh_info(worker, probe->info);
	if (offer == NULL) {
		offer = calloc(1, sizeof(*offer));
		if (offer == NULL)
			abort();
		offer->flow_id = probe->info->flow_id;
		offer->stream_index = probe->info->stream_index;
		offer->next = worker->offers;
		worker->offers = offer;
	} else {
		expect_growth(worker, probe, offer);
	}
	for (unsigned i = 0; i < 2; i++) {
		size_t length = probe->head[i].len;

		expect(contract, length == 0 || probe->head[i].ptr != NULL,
		    "probe", probe->info, "a head without bytes");
		offer->offset[i] = probe->offset[i];
		offer->length[i] = length;
		if (length > 0)
			memcpy(offer->head[i], probe->head[i].ptr,
			    length < HEAD_KEPT ? length : HEAD_KEPT);
	}
	return offer;
}

/* What was shown to the probe comes again as data. */
static void expect_replay(struct part *part, const struct tcpflow_chunk *chunk)
{
	const char *callback = "data";
	const struct offer *offer = part->offer;
	uint32_t dir = chunk->dir;
	uint64_t at;
	size_t length = chunk->len;

	if (offer == NULL || chunk->offset < offer->offset[dir])
		return;
	at = chunk->offset - offer->offset[dir];
	if (at >= offer->length[dir] || at >= HEAD_KEPT)
		return;
	if (length > offer->length[dir] - at)
		length = (size_t)(offer->length[dir] - at);
	if (length > HEAD_KEPT - at)
		length = (size_t)(HEAD_KEPT - at);
	EXPECT(memcmp(chunk->bytes, offer->head[dir] + at, length) == 0,
	    "other bytes at offset %" PRIu64 " than the probe saw",
	    chunk->offset);
}

/* The next event of a direction: it goes on where the last one ended, or where
 * the claim was. */
static void expect_next(
    struct part *part, const char *callback, uint32_t dir, uint64_t offset)
{
	EXPECT(dir <= TCPFLOW_S2C, "direction %" PRIu32, dir);
	EXPECT(!part->ended[dir], "behind the end of its direction");
	EXPECT(!part->done[dir], "behind DONE_DIR");
	if (!part->started[dir]) {
		part->started[dir] = true;
		part->next[dir] = part->offer != NULL ? part->offer->offset[dir]
						      : 0;
	}
	EXPECT(offset == part->next[dir], "offset %" PRIu64 " follows %" PRIu64,
	    offset, part->next[dir]);
}

void expect_chunk(struct part *part, const struct tcpflow_chunk *chunk)
{
	const char *callback = "data";

	expect_info(part, callback);
	EXPECT(chunk->struct_size >= sizeof(*chunk), "struct_size %" PRIu32,
	    chunk->struct_size);
	expect_next(part, callback, chunk->dir, chunk->offset);
	EXPECT(chunk->len > 0 && chunk->bytes != NULL, "no bytes");
	EXPECT(chunk->first_packet > 0 && chunk->first_packet <= chunk->packet,
	    "packets %" PRIu64 " to %" PRIu64, chunk->first_packet,
	    chunk->packet);
	EXPECT(part->info->depth > 0 || chunk->first_packet == chunk->packet,
	    "of more than one packet");
	EXPECT(
	    chunk->packet >= part->info->start_packet || part->info->depth > 0,
	    "packet %" PRIu64 " is before its flow", chunk->packet);
	expect_replay(part, chunk);
	part->next[chunk->dir] += chunk->len;
	part->bytes[chunk->dir] += chunk->len;
	for (size_t i = 0; i < chunk->len; i++)
		part->sum[chunk->dir] = part->sum[chunk->dir] * 31 +
		    chunk->bytes[i];
}

void expect_gap(struct part *part, const struct tcpflow_gap *gap)
{
	const char *callback = "gap";

	expect_info(part, callback);
	EXPECT(gap->struct_size >= sizeof(*gap), "struct_size %" PRIu32,
	    gap->struct_size);
	expect_next(part, callback, gap->dir, gap->offset);
	EXPECT(gap->zero == 0, "zero is not 0");
	EXPECT(gap->reason >= TCPFLOW_GAP_LOST &&
		gap->reason <= TCPFLOW_GAP_DECODER,
	    "reason %" PRIu32, gap->reason);
	EXPECT(part->info->depth > 0 ||
		(gap->len > 0 && gap->reason != TCPFLOW_GAP_DECODER),
	    "no gap of TCP looks so");
	part->next[gap->dir] += gap->len;
}

static void expect_end(
    struct part *part, const char *callback, const struct tcpflow_end *end)
{
	expect_info(part, callback);
	EXPECT(end->struct_size >= sizeof(*end), "struct_size %" PRIu32,
	    end->struct_size);
	EXPECT(end->zero == 0, "zero is not 0");
	EXPECT(end->reason >= TCPFLOW_CLOSE_FIN &&
		end->reason <= TCPFLOW_CLOSE_EXIT,
	    "reason %" PRIu32, end->reason);
}

void expect_eof(struct part *part, const struct tcpflow_end *end)
{
	const char *callback = "eof";

	expect_end(part, callback, end);
	EXPECT(end->dir <= TCPFLOW_S2C, "direction %" PRIu32, end->dir);
	expect_next(part, callback, end->dir,
	    part->started[end->dir] ? part->next[end->dir]
				    : end->length[end->dir]);
	EXPECT(end->length[end->dir] == part->next[end->dir],
	    "it ends at %" PRIu64 " and was at %" PRIu64, end->length[end->dir],
	    part->next[end->dir]);
	part->ended[end->dir] = true;
}

void expect_close(struct part *part, const struct tcpflow_end *end)
{
	const char *callback = "close";
	bool over = part->over;

	part->over = false; /* close comes all the same */
	expect_end(part, callback, end);
	EXPECT(end->dir == TCPFLOW_DIR_NONE, "direction %" PRIu32, end->dir);
	EXPECT(!over || end->reason == TCPFLOW_CLOSE_DETACHED,
	    "reason %" PRIu32 " behind DONE", end->reason);
	EXPECT(part->info->depth > 0 || end->reason != TCPFLOW_CLOSE_PARENT,
	    "a connection without a parent lost it");
	for (unsigned i = 0; i < 2; i++) {
		if (!part->started[i])
			continue;
		EXPECT(part->done[i] ? end->length[i] >= part->next[i]
				     : end->length[i] == part->next[i],
		    "direction %u ends at %" PRIu64 " and was at %" PRIu64, i,
		    end->length[i], part->next[i]);
	}
	part->closed = true;
}

void expect_run(struct contract *contract, const struct tcpflow_run *run)
{
	expect(contract, run->struct_size >= sizeof(*run), "finish", NULL,
	    "struct_size %" PRIu32, run->struct_size);
	expect(contract,
	    run->reason >= TCPFLOW_RUN_INPUT_END &&
		run->reason <= TCPFLOW_RUN_FAILED,
	    "finish", NULL, "reason %" PRIu32, run->reason);
	expect(contract, run->first_ns <= run->last_ns, "finish", NULL,
	    "it ended before it began");
	expect(contract, run->packets > 0 && run->skipped <= run->packets,
	    "finish", NULL, "%" PRIu64 " packets, %" PRIu64 " skipped",
	    run->packets, run->skipped);
}

/* Every table and service of ABI 1.0 is there. */
void expect_host(struct contract *contract, const struct tcpflow_host *host)
{
	const char *where = "create";

	expect(contract,
	    host->struct_size >= sizeof(*host) &&
		host->abi_major == TCPFLOW_ABI_MAJOR && host->version != NULL,
	    where, NULL, "this is no host of our ABI");
	expect(contract,
	    TCPFLOW_CAN(host, struct tcpflow_host, stop) &&
		host->outputs != NULL &&
		host->log != NULL && host->count != NULL &&
		host->hold != NULL && host->release != NULL &&
		host->parse_u64 != NULL && host->parse_flag != NULL &&
		host->wake_at != NULL,
	    where, NULL, "a service is missing");
	expect(contract,
	    TCPFLOW_CAN(host->sink, struct tcpflow_sink_api, finish) &&
		host->sink->open != NULL && host->sink->write != NULL &&
		host->sink->pwrite != NULL && host->sink->append != NULL &&
		host->sink->path != NULL && host->sink->zero == 0,
	    where, NULL, "a service of sinks is missing");
	expect(contract,
	    TCPFLOW_CAN(
			host->console, struct tcpflow_console_api, columns) &&
			host->console->put != NULL &&
		host->console->zero == 0,
	    where, NULL, "the console is missing");
	expect(contract,
	    TCPFLOW_CAN(host->record, struct tcpflow_record_api, abandon) &&
		host->record->zero == 0,
	    where, NULL, "records are missing");
	expect(contract,
	    TCPFLOW_CAN(host->child, struct tcpflow_child_api, close) &&
		host->child->zero == 0,
	    where, NULL, "children are missing");
	expect(contract,
	    TCPFLOW_CAN(host->digest, struct tcpflow_digest_api, close) &&
		host->digest->zero == 0,
	    where, NULL, "digests are missing");
}
