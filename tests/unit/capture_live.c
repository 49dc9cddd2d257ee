/* SPDX-License-Identifier: BSD-2-Clause */
/* Live capture, in a network namespace that this program makes for itself and
 * in which nobody else sends.  Skipped where that is not permitted. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>
#include <fcntl.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "tests/unit/capture_bench.h"

#define PORT 4242
#define SKIPPED 77      /* to automake */
#define POLLS_MOST 100u /* of 100 ms at most */

static bool enter_namespace(void)
{
	return unshare(CLONE_NEWNET) == 0 ||
	    unshare(CLONE_NEWUSER | CLONE_NEWNET) == 0;
}

static void set_flags(const char *interface, bool up)
{
	int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq request = {0};

	assert_true(descriptor >= 0);
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", interface);
	assert_int_equal(ioctl(descriptor, SIOCGIFFLAGS, &request), 0);
	if (up)
		request.ifr_flags |= IFF_UP;
	else
		request.ifr_flags = (short)(request.ifr_flags & ~IFF_UP);
	assert_int_equal(ioctl(descriptor, SIOCSIFFLAGS, &request), 0);
	close(descriptor);
}

/* An interface that goes away when the descriptor is closed. */
static int make_tunnel(const char *name)
{
	int descriptor = open("/dev/net/tun", O_RDWR | O_CLOEXEC);
	struct ifreq request = {.ifr_flags = IFF_TUN | IFF_NO_PI};

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", name);
	if (descriptor < 0)
		skip();
	if (ioctl(descriptor, TUNSETIFF, &request) != 0) {
		close(descriptor);
		skip();
	}
	set_flags(name, true);
	return descriptor;
}

/* Datagrams of so many bytes each to nobody on lo: each comes by once. */
static void send_datagrams(unsigned count, uint16_t port, size_t length)
{
	struct sockaddr_in nobody = {
	    .sin_family = AF_INET,
	    .sin_port = htons(port),
	    .sin_addr = {htonl(INADDR_LOOPBACK)},
	};
	int descriptor = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	uint8_t bytes[1024] = {0};

	assert_true(descriptor >= 0);
	while (count-- > 0)
		assert_int_equal(
		    sendto(descriptor, bytes, length, 0,
			(struct sockaddr *)&nobody, sizeof(nobody)),
		    length);
	close(descriptor);
}

static enum source_error open_live(struct bench *bench, const char *first,
    const char *second, const char *filter)
{
	const char *const names[] = {first, second};
	const struct source_config config = {
	    .names = names,
	    .count = first == NULL ? 0
		: second == NULL   ? 1
				   : 2,
	    .live = true,
	    .promiscuous = true,
	    .immediate = true,
	    .snaplen = 262144,
	    .buffer_size = 2u << 20,
	    .filter = filter,
	};

	return bench_open_config(bench, &config);
}

/* Polls until so many packets are there, or nothing came for long. */
static enum source_status poll_for(struct bench *bench, size_t packets)
{
	enum source_status status = SOURCE_MORE;

	for (unsigned i = 0; i < POLLS_MOST && bench->packets < packets &&
	     (status == SOURCE_MORE || status == SOURCE_IDLE);
	     i++)
		status = source_poll(bench->source);
	return status;
}

/* Destination port of a datagram over IPv4 on lo. */
#define UDP_ONLY "udp and dst port 4242"

static void packets_are_brought_as_they_are(void **state)
{
	struct bench *bench = *state;
	struct timespec now;
	const struct packet *packet = &bench->seen[2].packet;

	set_flags("lo", true);
	assert_int_equal(open_live(bench, "lo", NULL, UDP_ONLY), SOURCE_OK);
	assert_string_equal(source_describe(bench->source), "lo");
	assert_true(source_is_live(bench->source));
	send_datagrams(3, PORT, 100);
	poll_for(bench, 3);
	clock_gettime(CLOCK_REALTIME, &now);
	assert_int_equal(bench->packets, 3);
	assert_int_equal(packet->number, 3);
	assert_int_equal(packet->link_type, 1);
	assert_int_equal(packet->captured, 14 + 20 + 8 + 100);
	assert_int_equal(packet->length, packet->captured);
	assert_string_equal(packet->source, "lo");
	assert_in_range(packet->ts_ns / SECOND, (uint64_t)now.tv_sec - 60,
	    (uint64_t)now.tv_sec);
	assert_true(bench->seen[0].packet.ts_ns <= packet->ts_ns);
	bench_expect_silence(bench);
}

static void the_kernel_filters(void **state)
{
	struct bench *bench = *state;
	struct source_counts counts;

	set_flags("lo", true);
	assert_int_equal(open_live(bench, "lo", NULL, UDP_ONLY), SOURCE_OK);
	send_datagrams(5, PORT + 1, 10);
	send_datagrams(1, PORT, 10);
	poll_for(bench, 1);
	assert_int_equal(source_poll(bench->source), SOURCE_IDLE);
	assert_int_equal(bench->packets, 1);
	source_counts_read(bench->source, &counts);
	assert_int_equal(counts.packets, 1);
	assert_int_equal(counts.filtered, 0);
	assert_int_equal(counts.lost_kernel, 0);
}

static void snap_length_cuts(void **state)
{
	struct bench *bench = *state;
	const char *const names[] = {"lo"};
	const struct source_config config = {
	    .names = names,
	    .count = 1,
	    .live = true,
	    .snaplen = 60,
	    .buffer_size = 2u << 20,
	    .filter = UDP_ONLY,
	};

	set_flags("lo", true);
	assert_int_equal(bench_open_config(bench, &config), SOURCE_OK);
	send_datagrams(1, PORT, 100);
	poll_for(bench, 1);
	assert_int_equal(bench->packets, 1);
	assert_int_equal(bench->seen[0].packet.captured, 60);
	assert_int_equal(bench->seen[0].packet.length, 142);
}

static void lost_packets_are_counted(void **state)
{
	struct bench *bench = *state;
	const char *const names[] = {"lo"};
	const struct source_config config = {
	    .names = names,
	    .count = 1,
	    .live = true,
	    .snaplen = 2000,
	    .buffer_size = 1,
	    .filter = UDP_ONLY,
	};
	struct source_counts counts;

	set_flags("lo", true);
	assert_int_equal(bench_open_config(bench, &config), SOURCE_OK);
	send_datagrams(20000, PORT, 1000);
	while (source_poll(bench->source) == SOURCE_MORE)
		;
	source_counts_read(bench->source, &counts);
	assert_true(counts.lost_kernel > 0);
	assert_int_equal(counts.packets, bench->packets);
	/* More, as lo shows the kernel each twice: once going out. */
	assert_true(counts.packets + counts.lost_kernel >= 20000);
	assert_true(counts.packets < 20000);
}

static void a_quiet_wire_is_idle_for_at_most_a_tenth(void **state)
{
	struct bench *bench = *state;
	struct timespec begin;
	struct timespec end;
	int64_t elapsed_ms;

	set_flags("lo", true);
	assert_int_equal(open_live(bench, "lo", NULL, UDP_ONLY), SOURCE_OK);
	clock_gettime(CLOCK_MONOTONIC, &begin);
	assert_int_equal(source_poll(bench->source), SOURCE_IDLE);
	clock_gettime(CLOCK_MONOTONIC, &end);
	elapsed_ms = (end.tv_sec - begin.tv_sec) * 1000 +
	    (end.tv_nsec - begin.tv_nsec) / 1000000;
	assert_in_range(elapsed_ms, 90, 2000); /* a busy machine is late */
}

static void stopped_at_the_packet_in_hand(void **state)
{
	struct bench *bench = *state;
	struct source_counts counts;

	set_flags("lo", true);
	bench->stop_at = 2;
	assert_int_equal(open_live(bench, "lo", NULL, UDP_ONLY), SOURCE_OK);
	send_datagrams(10, PORT, 10);
	assert_int_equal(poll_for(bench, 10), SOURCE_END);
	assert_int_equal(bench->packets, 2);
	source_counts_read(bench->source, &counts);
	assert_int_equal(counts.packets, 2);
}

static void any_is_cooked(void **state)
{
	struct bench *bench = *state;

	set_flags("lo", true);
	assert_int_equal(open_live(bench, "any", NULL, UDP_ONLY), SOURCE_OK);
	send_datagrams(1, PORT, 10);
	poll_for(bench, 1);
	assert_true(bench->packets >= 1);
	assert_true(bench->seen[0].packet.link_type == 113 ||
	    bench->seen[0].packet.link_type == 276);
	assert_string_equal(bench->seen[0].packet.source, "any");
	bench_expect_silence(bench);
}

static const uint8_t datagram[] = {0x45, 0, 0, 32, 0, 1, 0, 0, 64, 17, 0xf6,
    0xc7, 192, 0, 2, 1, 192, 0, 2, 2, 0x10, 0x92, 0x10, 0x92, 0, 12, 0, 0, 1, 2,
    3, 4};

static void interfaces_take_turns(void **state)
{
	struct bench *bench = *state;
	int tunnel = make_tunnel("turns0");
	unsigned from_lo = 0;

	set_flags("lo", true);
	assert_int_equal(open_live(bench, "lo", "turns0", UDP_ONLY), SOURCE_OK);
	assert_string_equal(source_describe(bench->source), "2 interfaces");
	for (unsigned i = 0; i < 5; i++) {
		send_datagrams(1, PORT, 10);
		assert_int_equal(write(tunnel, datagram, sizeof(datagram)),
		    sizeof(datagram));
	}
	poll_for(bench, 10);
	close(tunnel);
	assert_int_equal(bench->packets, 10);
	for (size_t i = 0; i < 10; i++) {
		assert_int_equal(bench->seen[i].packet.number, i + 1);
		from_lo += strcmp(bench->seen[i].packet.source, "lo") == 0;
	}
	assert_int_equal(from_lo, 5);
}

static void an_interface_that_goes_away_leaves_the_others(void **state)
{
	struct bench *bench = *state;
	int tunnel = make_tunnel("away0");

	set_flags("lo", true);
	assert_int_equal(open_live(bench, "away0", "lo", UDP_ONLY), SOURCE_OK);
	close(tunnel);
	for (unsigned i = 0; i < POLLS_MOST && bench->count == 0; i++) {
		assert_int_not_equal(source_poll(bench->source), SOURCE_FAILED);
		bench_listen(bench);
	}
	bench_expect_message(bench, "away0: capture stopped: ");
	send_datagrams(1, PORT, 10);
	poll_for(bench, 1);
	assert_int_equal(bench->packets, 1);
}

static void the_last_interface_that_goes_away_is_a_failure(void **state)
{
	struct bench *bench = *state;
	int tunnel = make_tunnel("away1");

	assert_int_equal(open_live(bench, "away1", NULL, NULL), SOURCE_OK);
	close(tunnel);
	assert_int_equal(poll_for(bench, SEEN_MOST), SOURCE_FAILED);
	bench_expect_message(bench, "away1: capture stopped: ");
	assert_int_equal(source_poll(bench->source), SOURCE_FAILED);
	bench_expect_silence(bench);
}

static void the_first_interface_that_is_up_is_chosen(void **state)
{
	struct bench *bench = *state;
	int tunnel;

	set_flags("lo", true);
	assert_int_equal(open_live(bench, NULL, NULL, NULL), SOURCE_DENIED);
	bench_expect_message(bench, "no interface is up: name one with -i");
	tunnel = make_tunnel("chosen0");
	assert_int_equal(open_live(bench, NULL, NULL, NULL), SOURCE_OK);
	assert_string_equal(source_describe(bench->source), "chosen0");
	close(tunnel);
}

static void an_interface_that_is_down_is_told(void **state)
{
	struct bench *bench = *state;

	set_flags("lo", false);
	assert_int_equal(open_live(bench, "lo", NULL, NULL), SOURCE_DENIED);
	bench_expect_message(
	    bench, "lo: the interface is down (ip link set lo up)");
}

static void an_absent_interface_is_told(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(
	    open_live(bench, "absent0", NULL, NULL), SOURCE_DENIED);
	bench_expect_message(bench,
	    "absent0: no such interface (tcpflow --list-interfaces shows");
}

static void bad_filter_is_the_users_error(void **state)
{
	struct bench *bench = *state;

	set_flags("lo", true);
	assert_int_equal(
	    open_live(bench, "lo", NULL, "port port"), SOURCE_USAGE);
	bench_expect_message(bench, "filter 'port port': ");
}

static void too_many_interfaces_are_refused(void **state)
{
	static const char *names[65];
	struct bench *bench = *state;
	const struct source_config config = {
	    .names = names, .count = 65, .live = true, .snaplen = 100};

	for (size_t i = 0; i < 65; i++)
		names[i] = "lo";
	assert_int_equal(bench_open_config(bench, &config), SOURCE_USAGE);
	bench_expect_message(bench, "at most 64");
}

static void interfaces_are_listed(void **state)
{
	struct bench *bench = *state;
	int list = open("list", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	int output = dup(STDOUT_FILENO);
	char text[4096] = "";

	set_flags("lo", true);
	fflush(stdout);
	assert_int_equal(dup2(list, STDOUT_FILENO), STDOUT_FILENO);
	assert_true(source_list_interfaces(&bench->log));
	fflush(stdout);
	assert_int_equal(dup2(output, STDOUT_FILENO), STDOUT_FILENO);
	close(output);
	assert_true(pread(list, text, sizeof(text) - 1, 0) > 0);
	close(list);
	assert_non_null(
	    strstr(text, "lo               up, running, loopback\n"));
}

/* Run before the namespace is entered, which would permit everything. */
static void without_permission_what_to_do_is_told(void **state)
{
	struct bench *bench = *state;
	bool was_root = geteuid() == 0;
	enum source_error error;

	if (was_root && seteuid(65534) != 0)
		skip();
	error = open_live(bench, "lo", NULL, NULL);
	if (was_root)
		assert_int_equal(seteuid(0), 0);
	if (error == SOURCE_OK)
		skip(); /* the program has the capability */
	assert_int_equal(error, SOURCE_DENIED);
	bench_expect_message(
	    bench, "sudo setcap cap_net_raw,cap_net_admin=eip");
}

#define TEST(name) \
	cmocka_unit_test_setup_teardown(name, bench_set_up, bench_tear_down)

int main(void)
{
	const struct CMUnitTest unprivileged[] = {
	    TEST(without_permission_what_to_do_is_told),
	};
	const struct CMUnitTest tests[] = {
	    TEST(packets_are_brought_as_they_are),
	    TEST(the_kernel_filters),
	    TEST(snap_length_cuts),
	    TEST(lost_packets_are_counted),
	    TEST(a_quiet_wire_is_idle_for_at_most_a_tenth),
	    TEST(stopped_at_the_packet_in_hand),
	    TEST(any_is_cooked),
	    TEST(interfaces_take_turns),
	    TEST(an_interface_that_goes_away_leaves_the_others),
	    TEST(the_last_interface_that_goes_away_is_a_failure),
	    TEST(the_first_interface_that_is_up_is_chosen),
	    TEST(an_interface_that_is_down_is_told),
	    TEST(an_absent_interface_is_told),
	    TEST(bad_filter_is_the_users_error),
	    TEST(too_many_interfaces_are_refused),
	    TEST(interfaces_are_listed),
	};
	int failed = cmocka_run_group_tests(unprivileged, NULL, NULL);

	if (failed != 0)
		return failed;
	if (!enter_namespace()) {
		puts("SKIP: no network namespace can be made here, so live "
		     "capture is not tested");
		return SKIPPED;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
