/* SPDX-License-Identifier: BSD-2-Clause */
/* The `flow` record: what the host itself has to tell of each connection,
 * whichever plugins run.  It sees all bytes as an observer does. */
#include <stdlib.h>
#include <string.h>

#include "core/base/digest.h"
#include "core/host/private.h"

#define GAPS_MOST 256u /* listed; all are in gap_bytes    */

struct gap {
	uint64_t offset;
	uint64_t length;
	uint32_t reason; /* TCPFLOW_GAP_*                   */
};

/* One direction. */
struct half_record {
	uint64_t bytes;
	uint64_t gap_bytes;
	struct gap *gaps;
	uint32_t gap_count;
	uint32_t gap_room;
	uint64_t gaps_left_out;
	struct digest *digest; /* NULL: none is wanted            */
	char *file;
};

struct flow_record {
	struct half_record half[2];
	struct flow_account account;
};

size_t flow_record_bytes(void)
{
	return sizeof(struct flow_record);
}

struct flow_record *flow_record_init(void *memory, unsigned digests)
{
	struct flow_record *record = memory;

	*record = (struct flow_record){0};
	for (unsigned i = 0; i < 2 && digests != 0; i++)
		record->half[i].digest = digest_open(digests);
	return record;
}

void flow_record_data(
    struct flow_record *record, const struct tcpflow_chunk *chunk)
{
	struct half_record *half;

	if (record == NULL)
		return;
	half = &record->half[chunk->dir];
	half->bytes += chunk->len;
	if (half->digest != NULL)
		digest_update(half->digest, chunk->bytes, chunk->len);
}

static bool grow(struct half_record *half)
{
	uint32_t room = half->gap_room > 0 ? 2 * half->gap_room : 4;
	struct gap *gaps;

	if (half->gap_count < half->gap_room)
		return true;
	if (room > GAPS_MOST)
		return false;
	gaps = realloc(half->gaps, room * sizeof(*gaps));
	if (gaps == NULL)
		return false;
	half->gaps = gaps;
	half->gap_room = room;
	return true;
}

/* Gaps that touch are one, where they have the same reason. */
void flow_record_gap(struct flow_record *record, const struct tcpflow_gap *gap)
{
	struct half_record *half;
	struct gap *last;

	if (record == NULL)
		return;
	half = &record->half[gap->dir];
	half->gap_bytes += gap->len;
	last = half->gap_count > 0 ? &half->gaps[half->gap_count - 1] : NULL;
	if (last != NULL && half->gaps_left_out == 0 &&
	    last->offset + last->length == gap->offset &&
	    last->reason == gap->reason)
		last->length += gap->len;
	else if (half->gaps_left_out == 0 && grow(half))
		half->gaps[half->gap_count++] = (struct gap){
		    gap->offset, gap->len, gap->reason};
	else
		half->gaps_left_out++;
}

void flow_record_file(
    struct flow_record *record, uint32_t direction, const char *path)
{
	if (record != NULL && direction <= TCPFLOW_S2C && path != NULL &&
	    record->half[direction].file == NULL)
		record->half[direction].file = strdup(path);
}

void flow_record_account(
    struct flow_record *record, const struct flow_account *account)
{
	if (record != NULL)
		record->account = *account;
}

static const char *gap_text(uint32_t reason)
{
	switch (reason) {
	case TCPFLOW_GAP_SNAPLEN:
		return "snaplen";
	case TCPFLOW_GAP_BUDGET:
		return "budget";
	default:
		return "lost";
	}
}

static void append_gaps(struct json *json, const struct half_record *half)
{
	if (half->gap_count == 0)
		return;
	json_array(json, "gaps");
	for (uint32_t i = 0; i < half->gap_count; i++) {
		const char *reason = gap_text(half->gaps[i].reason);

		json_object(json, NULL);
		json_known_u64(json, JSON_KEY("offset"), half->gaps[i].offset);
		json_known_u64(json, JSON_KEY("length"), half->gaps[i].length);
		json_known_text(
		    json, JSON_KEY("reason"), reason, strlen(reason));
		json_end(json);
	}
	json_end(json);
	if (half->gaps_left_out > 0)
		json_known_u64(
		    json, JSON_KEY("gaps_left_out"), half->gaps_left_out);
}

static void append_half(struct json *json, struct json_key key,
    const struct half_record *half, const struct flow_tally *tally)
{
	json_known_object(json, key);
	json_known_u64(json, JSON_KEY("packets"), tally->packets);
	json_known_u64(json, JSON_KEY("bytes"), half->bytes);
	append_gaps(json, half);
	json_known_u64(json, JSON_KEY("gap_bytes"), half->gap_bytes);
	json_known_u64(json, JSON_KEY("retransmitted"), tally->retransmitted);
	json_known_u64(json, JSON_KEY("out_of_order"), tally->out_of_order);
	json_known_u64(
	    json, JSON_KEY("overlap_conflicts"), tally->overlap_conflicts);
	if (half->file != NULL)
		json_bytes(json, "file", half->file, strlen(half->file));
	if (half->digest != NULL && half->bytes > 0)
		service_digest_append(half->digest, json);
	json_end(json);
}

static const char *reason_text(uint32_t reason)
{
	static const char *const texts[] = {
	    [TCPFLOW_CLOSE_FIN] = "fin",
	    [TCPFLOW_CLOSE_RST] = "rst",
	    [TCPFLOW_CLOSE_IDLE] = "idle",
	    [TCPFLOW_CLOSE_EVICTED] = "evicted",
	    [TCPFLOW_CLOSE_REUSED] = "reused",
	    [TCPFLOW_CLOSE_EXIT] = "exit",
	};

	return texts[reason];
}

/* All but the envelope.  A record has the flow's own directions: where the sides
 * were exchanged, so are they here. */
static void append_account(struct json *json,
    const struct tcpflow_stream_info *info, const struct flow_record *record,
    bool swapped)
{
	const struct flow_account *account = &record->account;
	const char *reason = reason_text(account->reason);
	unsigned sent = swapped ? TCPFLOW_S2C : TCPFLOW_C2S;

	json_known_time(json, JSON_KEY("start"), (int64_t)info->start_ns);
	json_known_time(json, JSON_KEY("end"), (int64_t)account->end_ns);
	json_known_text(json, JSON_KEY("close"), reason, strlen(reason));
	json_known_boolean(json, JSON_KEY("midstream"),
	    (info->flags & TCPFLOW_S_MIDSTREAM) != 0);
	json_known_boolean(json, JSON_KEY("client_guessed"),
	    (info->flags & TCPFLOW_S_DIR_GUESSED) != 0);
	if (info->vlan != 0)
		json_known_u64(json, JSON_KEY("vlan"), info->vlan);
	append_half(
	    json, JSON_KEY("sent"), &record->half[sent], &account->tally[sent]);
	append_half(json, JSON_KEY("received"), &record->half[!sent],
	    &account->tally[!sent]);
}

static void put(struct host_worker *worker, uint64_t flow, struct json *json)
{
	struct outlet *outlet = records_outlet(worker->config.records);

	if (!json_end_all(json) ||
	    !worker_put(worker, outlet, flow, 0, &json->out))
		worker->config.counters->value[COUNTER_RECORDS_DROPPED]++;
}

static void begin(struct json *json, const struct tcpflow_stream_info *info)
{
	json_begin(json);
	json_known_u64(json, JSON_KEY("v"), 1);
	json_known_text(json, JSON_KEY("type"), "flow", strlen("flow"));
	json_known_time(json, JSON_KEY("ts"), (int64_t)info->start_ns);
}

void flow_record_close(struct flow_record *record, struct stream *stream)
{
	struct host_worker *worker = stream->worker;

	if (record == NULL)
		return;
	begin(&worker->json, stream_truth(stream));
	envelope_append_last(&worker->json, stream);
	append_account(
	    &worker->json, stream_truth(stream), record, stream->swapped);
	put(worker, stream->info.flow_id, &worker->json);
	for (unsigned i = 0; i < 2; i++) {
		digest_close(&record->half[i].digest);
		free(record->half[i].gaps);
		free(record->half[i].file);
	}
}

void flow_record_silent(
    struct host_worker *worker, const struct flow_account *account)
{
	const struct flow_record record = {.account = *account};
	struct tcpflow_stream_info info = {0};

	stream_info_fill(&info, account->facts);
	begin(&worker->json, &info);
	envelope_append(&worker->json, worker, &info, account->facts->key);
	append_account(&worker->json, &info, &record, false);
	put(worker, account->facts->flow_id, &worker->json);
}
