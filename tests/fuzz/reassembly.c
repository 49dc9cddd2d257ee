/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: segments through the flow table.  Each byte says where in the
 * sequence space it belongs, so that one that is moved is seen; what goes up
 * must tile each direction, and the books must balance.
 *
 *	byte 0     overlap policy (bits 0-2), tight limits (3), little memory (4)
 *	byte 1-4   the client's first sequence number; the server's is its
 *	           complement
 *	then segments of 8 bytes:
 *	byte 0     sender (bit 0), SYN, FIN, RST, ACK (1-4), bytes that contradict
 *	           (5), a large number in place of a distance (6), the other of two
 *	           connections (7)
 *	byte 1     sequence number, from the next one of its sender (2 bytes)
 *	byte 3     length
 *	byte 4     acknowledgement, from the next one of the other (2 bytes)
 *	byte 6     window, in 256 bytes
 *	byte 7     time that has passed (bits 0-4), bytes cut off (5, 6), a bad
 *	           checksum (7) */
#include <stdlib.h>

#include "core/flow/table.h"
#include "tests/fuzz/input.h"

#define SEGMENTS_MOST 2048u
#define MICROSECOND UINT64_C(1000)
#define SECOND UINT64_C(1000000000)

/* One stream, as it is told. */
struct told {
	uint64_t end[2];
	bool known[2]; /* the first byte's place, in the byte that was said */
	uint8_t base[2];
	bool ended[2];
	bool open;
};

struct run {
	struct input input;
	struct counters counters;
	struct memory memory;
	struct flow_table *table;
	uint32_t next[2][2]; /* of a connection and a sender    */
	uint64_t now;
	uint64_t packet;
	bool contradicts; /* bytes say nothing of their place */
	unsigned streams;
	struct told told[SEGMENTS_MOST + 1];
};

static uint8_t byte_at(uint32_t sequence)
{
	return (uint8_t)(sequence * 167);
}

static void require(bool holds)
{
	if (!holds)
		abort();
}

static struct run run;

static void *on_open(void *context, const struct flow_facts *facts)
{
	struct told *told = &run.told[run.streams];

	require(context == &run && facts->client <= 1);
	require(run.streams++ <= SEGMENTS_MOST);
	*told = (struct told){.open = true};
	return told;
}

static void on_data(void *stream, const struct tcpflow_chunk *chunk)
{
	struct told *told = stream;
	uint64_t offset = told->end[chunk->dir];

	require(told->open && !told->ended[chunk->dir] && chunk->len > 0);
	require(chunk->offset == offset);
	for (size_t i = 0; i < chunk->len; i++) {
		uint8_t place = (uint8_t)(chunk->bytes[i] -
		    byte_at((uint32_t)(offset + i)));

		if (!told->known[chunk->dir])
			told->base[chunk->dir] = place;
		told->known[chunk->dir] = true;
		require(run.contradicts || place == told->base[chunk->dir]);
	}
	told->end[chunk->dir] += chunk->len;
}

static void on_gap(void *stream, const struct tcpflow_gap *gap)
{
	struct told *told = stream;

	require(told->open && !told->ended[gap->dir] && gap->len > 0);
	require(gap->offset == told->end[gap->dir]);
	told->end[gap->dir] += gap->len;
}

static void check_lengths(
    const struct told *told, const struct tcpflow_end *end)
{
	require(told->open);
	require(
	    end->length[0] == told->end[0] && end->length[1] == told->end[1]);
}

static void on_eof(void *stream, const struct tcpflow_end *end)
{
	struct told *told = stream;

	check_lengths(told, end);
	require(!told->ended[end->dir]);
	told->ended[end->dir] = true;
}

static void on_account(
    void *context, void *stream, const struct flow_account *account)
{
	const struct told *told = stream;

	require(context == &run && (told == NULL || told->open));
	require(account->reason != 0);
}

static void on_close(void *stream, const struct tcpflow_end *end)
{
	struct told *told = stream;

	check_lengths(told, end);
	told->open = false;
}

static const struct flow_events events = {
    .open = on_open,
    .data = on_data,
    .gap = on_gap,
    .eof = on_eof,
    .account = on_account,
    .close = on_close,
};

static void set_up(void)
{
	uint8_t how = take_byte(&run.input);
	struct flow_config config = {
	    .idle_ns = FLOW_IDLE_NS,
	    .half_open_ns = FLOW_HALF_OPEN_NS,
	    .linger_ns = FLOW_LINGER_NS,
	    .reorder_bytes = how & 8 ? 2000 : FLOW_REORDER_BYTES,
	    .reorder_pieces = how & 8 ? 4 : FLOW_REORDER_PIECES,
	    .overlap = (enum overlap_policy)((how & 7) % OVERLAP_POLICIES),
	    .memory = &run.memory,
	    .counters = &run.counters,
	    .events = &events,
	    .context = &run,
	};

	memory_divide(&run.memory, how & 16 ? 4096 : 1u << 24);
	run.counters = (struct counters){{0}};
	run.now = 1000 * SECOND;
	run.packet = 0;
	run.contradicts = false;
	run.streams = 0;
	for (unsigned i = 0; i < 2; i++) {
		run.next[i][0] = take_32(&run.input);
		run.next[i][1] = ~run.next[i][0];
	}
	run.table = flow_table_open(&config);
	require(run.table != NULL);
}

/* Signed, or so large that no window has it. */
static uint32_t take_distance(bool large)
{
	uint16_t number = take_16(&run.input);

	return large ? (uint32_t)number << 16 : (uint32_t)(int16_t)number;
}

static void run_segment(void)
{
	static const uint32_t cuts[] = {0, 1, 100, 1460};
	uint8_t bytes[255];
	uint8_t how = take_byte(&run.input);
	unsigned sender = how & 1;
	uint32_t *next = run.next[how >> 7];
	bool large = (how & 0x40) != 0;
	uint32_t sequence = next[sender] + take_distance(large);
	uint8_t length = take_byte(&run.input);
	uint32_t acknowledgement = next[!sender] + take_distance(large);
	uint8_t window = take_byte(&run.input);
	uint8_t rest = take_byte(&run.input);
	bool syn = (how & 2) != 0;
	struct segment segment = {
	    .key =
		{
		    .ip = {{192, 0, 2, (uint8_t)(1 + sender)},
			{192, 0, 2, (uint8_t)(2 - sender)}},
		    .port = {sender ? 80 : 40000, sender ? 40000 : 80},
		    .vlan = how >> 7,
		    .family = 4,
		},
	    .payload = bytes,
	    .length = length,
	    .missing = cuts[rest >> 5 & 3],
	    .packet = ++run.packet,
	    .source = "fuzz",
	    .sequence = sequence,
	    .acknowledgement = acknowledgement,
	    .window = (uint16_t)(window << 8),
	    .flags = (uint8_t)((how & 4 ? SEGMENT_FIN : 0) |
		(syn ? SEGMENT_SYN : 0) | (how & 8 ? SEGMENT_RST : 0) |
		(how & 16 ? SEGMENT_ACK : 0)),
	    .window_scale = syn ? window & 15 : SEGMENT_NO_SCALE,
	    .checksum = rest & 0x80 ? SEGMENT_BAD : SEGMENT_GOOD,
	};

	run.now += MICROSECOND << (rest & 31);
	segment.ts_ns = run.now;
	segment.from = (uint8_t)flow_key_sort(&segment.key);
	run.contradicts |= (how & 32) != 0;
	for (unsigned i = 0; i < length; i++)
		bytes[i] =
		    (uint8_t)(byte_at(sequence + syn + i) + (how & 32 ? 1 : 0));
	if (!large)
		next[sender] = sequence + length + segment.missing + syn +
		    ((how & 4) != 0);
	flow_table_segment(run.table, &segment, NULL, segment.ts_ns);
}

static void check_books(void)
{
	const uint64_t *value = run.counters.value;

	require(value[COUNTER_BYTES_PAYLOAD] ==
	    value[COUNTER_BYTES_DELIVERED] + value[COUNTER_BYTES_DUPLICATE] +
		value[COUNTER_BYTES_OUTSIDE] + value[COUNTER_BYTES_CORRUPT] +
		value[COUNTER_BYTES_LATE] + value[COUNTER_BYTES_SHED]);
	require(value[COUNTER_FLOWS] ==
	    value[COUNTER_CLOSED_FIN] + value[COUNTER_CLOSED_RST] +
		value[COUNTER_CLOSED_IDLE] + value[COUNTER_CLOSED_EVICTED] +
		value[COUNTER_CLOSED_REUSED] + value[COUNTER_CLOSED_EXIT]);
	require(run.memory.reorder.used == 0);
	require(run.memory.connections.used == 0);
	for (unsigned i = 0; i < run.streams; i++)
		require(!run.told[i].open);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	run.input = (struct input){data, size};
	set_up();
	for (unsigned i = 0; i < SEGMENTS_MOST && run.input.left > 0; i++)
		run_segment();
	flow_table_close(&run.table);
	check_books();
	return 0;
}
