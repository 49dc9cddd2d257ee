/* SPDX-License-Identifier: BSD-2-Clause */
/* The flow table's story. */
#include "tests/unit/flow_bench.h"

#include <stdio.h>

char story[1 << 16];
struct counters counters;
struct memory memory;
struct flow_table *table;
uint64_t now;
uint64_t number;
uint32_t isn[2]; /* 0: who opens, 1: who is called */
struct flow_account books;
unsigned accounts;
bool nobody_wants;
enum segment_checksum next_checksum;

static void tell(const char *format, ...)
{
	size_t length = strlen(story);
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(story + length, sizeof(story) - length, format, arguments);
	va_end(arguments);
}

static uint64_t heard[2]; /* of the latest stream            */

static void *on_open(void *context, const struct flow_facts *facts)
{
	tell("%s%s(%u ", facts->midstream ? "m" : "",
	    facts->client_guessed ? "?" : "", facts->key->port[facts->client]);
	heard[0] = 0;
	heard[1] = 0;
	return nobody_wants ? NULL : context;
}

static void on_data(void *stream, const struct tcpflow_chunk *chunk)
{
	(void)stream;
	tell("%c%.*s ", chunk->dir == TCPFLOW_C2S ? '>' : '<', (int)chunk->len,
	    (const char *)chunk->bytes);
	heard[chunk->dir] = chunk->offset + chunk->len;
}

static void on_gap(void *stream, const struct tcpflow_gap *gap)
{
	(void)stream;
	tell("%c[%llu] ", gap->dir == TCPFLOW_C2S ? '>' : '<',
	    (unsigned long long)gap->len);
	heard[gap->dir] = gap->offset + gap->len;
}

static void on_eof(void *stream, const struct tcpflow_end *end)
{
	(void)stream;
	tell("%c$%s ", end->dir == TCPFLOW_C2S ? '>' : '<',
	    end->length[0] == heard[0] && end->length[1] == heard[1] ? ""
								     : "!");
}

static void on_close(void *stream, const struct tcpflow_end *end)
{
	(void)stream;
	tell("%u)", end->reason);
}

static void on_account(
    void *context, void *stream, const struct flow_account *account)
{
	(void)context;
	(void)stream;
	accounts++;
	books = *account;
	books.facts = NULL; /* is borrowed */
}

static void on_expect(const void *stream, bool last)
{
	(void)stream;
	(void)last;
}

static const struct flow_events events = {
    .expect = on_expect,
    .open = on_open,
    .data = on_data,
    .gap = on_gap,
    .eof = on_eof,
    .account = on_account,
    .close = on_close,
};

int bench_begin(void **state)
{
	static int context;
	struct flow_config config = {
	    .idle_ns = FLOW_IDLE_NS,
	    .half_open_ns = FLOW_HALF_OPEN_NS,
	    .linger_ns = FLOW_LINGER_NS,
	    .reorder_bytes = FLOW_REORDER_BYTES,
	    .reorder_pieces = FLOW_REORDER_PIECES,
	    .memory = &memory,
	    .stream_bytes = 1000,
	    .counters = &counters,
	    .events = &events,
	    .context = &context,
	};

	(void)state;
	story[0] = '\0';
	counters = (struct counters){{0}};
	memory_divide(&memory, 64u << 20);
	now = 1000 * SECOND;
	number = 0;
	accounts = 0;
	nobody_wants = false;
	isn[0] = 5000;
	isn[1] = 90000;
	table = flow_table_open(&config);
	return table != NULL ? 0 : -1;
}

/* Every payload byte is accounted for, whatever happened. */
int bench_end(void **state)
{
	const uint64_t *value = counters.value;

	(void)state;
	allocations_succeed();
	flow_table_close(&table);
	assert_int_equal(value[COUNTER_BYTES_PAYLOAD],
	    value[COUNTER_BYTES_DELIVERED] + value[COUNTER_BYTES_DUPLICATE] +
		value[COUNTER_BYTES_OUTSIDE] + value[COUNTER_BYTES_LATE] +
		value[COUNTER_BYTES_CORRUPT] + value[COUNTER_BYTES_SHED]);
	assert_int_equal(value[COUNTER_FLOWS],
	    value[COUNTER_CLOSED_FIN] + value[COUNTER_CLOSED_RST] +
		value[COUNTER_CLOSED_IDLE] + value[COUNTER_CLOSED_EVICTED] +
		value[COUNTER_CLOSED_REUSED] + value[COUNTER_CLOSED_EXIT]);
	assert_int_equal(memory.reorder.used, 0);
	return 0;
}

static void send(unsigned side, unsigned flags, uint32_t at, uint32_t ack,
    const char *text, uint32_t missing)
{
	struct segment segment = {
	    .payload = (const uint8_t *)text,
	    .length = (uint32_t)strlen(text),
	    .missing = missing,
	    .ts_ns = now,
	    .packet = ++number,
	    .sequence = isn[side] + at + !(flags & SYN),
	    .acknowledgement = isn[!side] + 1 + ack,
	    .window = 60000,
	    .flags = (uint8_t)flags,
	    .window_scale = SEGMENT_NO_SCALE,
	    .key =
		{
		    .ip = {{192, 0, 2, (uint8_t)(1 + side)},
			{192, 0, 2, (uint8_t)(2 - side)}},
		    .port = {side ? 80 : 40000, side ? 40000 : 80},
		    .family = 4,
		},
	};

	segment.from = (uint8_t)flow_key_sort(&segment.key);
	segment.checksum = (uint8_t)next_checksum;
	flow_table_segment(table, &segment, NULL, segment.ts_ns);
	now += SECOND / 1000;
}

void send_segment(
    unsigned side, unsigned flags, uint32_t at, uint32_t ack, const char *text)
{
	send(side, flags, at, ack, text, 0);
}

void send_cut(unsigned side, uint32_t at, const char *text, uint32_t missing)
{
	send(side, ACK, at, 0, text, missing);
}

void handshake(void)
{
	send_segment(0, SYN, 0, 0, "");
	send_segment(1, SYN | ACK, 0, 0, "");
	send_segment(0, ACK, 0, 0, "");
}

void flood(uint8_t family, uint32_t syns)
{
	for (uint32_t i = 0; i < syns; i++) {
		struct segment syn = {
		    .ts_ns = now,
		    .packet = ++number,
		    .flags = SYN,
		    .key = {.ip = {{10}, {192, 0, 2, 9}},
			.port = {1024, 443},
			.family = family},
		};

		memcpy(&syn.key.ip[0][1], &i, 3);
		syn.from = (uint8_t)flow_key_sort(&syn.key);
		flow_table_segment(table, &syn, NULL, syn.ts_ns);
	}
}

void pass(uint64_t ns)
{
	now += ns;
	flow_table_advance(table, now, number);
}

void expect(const char *expected)
{
	assert_string_equal(story, expected);
}
