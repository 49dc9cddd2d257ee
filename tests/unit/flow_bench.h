/* SPDX-License-Identifier: BSD-2-Clause */
/* A flow table under test: segments of one connection in, and a story of what
 * it tells:
 *
 *	(40000	a stream opened whose client has port 40000; m before it:
 *		mid-stream; ?: the client is a guess
 *	>abc	bytes from the client; < from the server
 *	>[3]	a gap of 3 bytes
 *	>$	its end; and ! where that is said to be elsewhere
 *	1)	closed, with the reason TCPFLOW_CLOSE_FIN */
#ifndef TESTS_UNIT_FLOW_BENCH_H
#define TESTS_UNIT_FLOW_BENCH_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "core/flow/table.h"
#include "tests/unit/failing_memory.h"

#define SECOND UINT64_C(1000000000)
#define SYN SEGMENT_SYN
#define ACK SEGMENT_ACK
#define FIN SEGMENT_FIN
#define RST SEGMENT_RST

extern char story[1 << 16];
extern struct counters counters;
extern struct memory memory;
extern struct flow_table *table;
extern uint64_t now;
extern uint64_t number;
extern uint32_t isn[2];           /* 0: who opens, 1: who is called  */
extern struct flow_account books; /* the latest, without its facts  */
extern unsigned accounts;
extern bool nobody_wants; /* the streams that open            */
extern enum segment_checksum next_checksum; /* of segments that are sent */

/* For cmocka: each test has a table of its own, and the books balance after
 * it. */
int bench_begin(void **state);
int bench_end(void **state);
#define BENCH_TEST(name) \
	cmocka_unit_test_setup_teardown(name, bench_begin, bench_end)

/* A segment of side 0 (port 40000) or 1 (port 80): `at` is its offset, `ack`
 * what it acknowledges of the other side's; both behind the SYN.  A millisecond
 * passes. */
void send_segment(
    unsigned side, unsigned flags, uint32_t at, uint32_t ack, const char *text);

/* An ACK whose last `missing` bytes the snap length cut off. */
void send_cut(unsigned side, uint32_t at, const char *text, uint32_t missing);

void handshake(void);

/* So many others open at the same time, each by its SYN alone. */
void flood(uint8_t family, uint32_t syns);

/* So much packet time passes. */
void pass(uint64_t ns);

void expect(const char *expected);

#endif
