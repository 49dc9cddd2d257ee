/* SPDX-License-Identifier: BSD-2-Clause */
/* What ends a connection, and what only looks as if it did. */
#include "tests/unit/flow_bench.h"

static void a_reset_in_the_window_ends_it_but_stragglers_come_in(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "abc");
	send_segment(0, ACK | RST, 6, 0, "");
	send_segment(0, ACK, 3, 0, "def");
	pass(11 * SECOND);
	expect("(40000 >abc >def 2)");
}

static void a_reset_outside_the_window_is_counted(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "abc");
	send_segment(1, RST, 200000, 0, "");
	send_segment(0, ACK, 3, 0, "def");
	pass(11 * SECOND);
	expect("(40000 >abc >def ");
	assert_int_equal(counters.value[COUNTER_RST_OUTSIDE_WINDOW], 1);
}

/* It is nearer than what is believed where ACKs were not captured. */
static void a_fin_outside_the_window_ends_nothing(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "abc");
	send_segment(0, ACK | FIN, 200000, 0, "");
	send_segment(1, ACK, 0, 3, "answer");
	for (uint32_t at = 3; at < 300003; at += 50000) {
		send_cut(0, at, "def", 49997);
		send_segment(1, ACK, 6, at + 50000, "");
	}
	send_segment(0, ACK | FIN, 300003, 6, "");
	send_segment(1, ACK | FIN, 6, 300004, "");
	send_segment(0, ACK, 300004, 7, "");
	pass(11 * SECOND);
	expect("(40000 >abc <answer "
	       ">def >[49997] >def >[49997] >def >[49997] "
	       ">def >[49997] >def >[49997] >def >[49997] >$ <$ 1)");
	assert_int_equal(counters.value[COUNTER_FIN_IGNORED], 1);
	assert_int_equal(counters.value[COUNTER_BYTES_OUTSIDE], 0);
}

/* More than a window was not captured. */
static void a_fin_behind_a_long_loss_is_believed_when_acknowledged(void **state)
{
	(void)state;
	handshake();
	send_segment(0, ACK, 0, 0, "abc");
	send_segment(0, ACK | FIN, 5000000, 0, "");
	send_segment(1, ACK, 0, 3, "");
	pass(SECOND);
	expect("(40000 >abc ");
	send_segment(1, ACK | FIN, 0, 5000001, "");
	send_segment(0, ACK, 5000001, 1, "");
	pass(11 * SECOND);
	expect("(40000 >abc >[4999997] >$ <$ 1)");
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
	    BENCH_TEST(a_reset_in_the_window_ends_it_but_stragglers_come_in),
	    BENCH_TEST(a_reset_outside_the_window_is_counted),
	    BENCH_TEST(a_fin_outside_the_window_ends_nothing),
	    BENCH_TEST(a_fin_behind_a_long_loss_is_believed_when_acknowledged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
