/* SPDX-License-Identifier: BSD-2-Clause */
/* The console: whole records, safe for a terminal, however text is cut. */
#include "tests/unit/sink_bench.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "core/sink/console.h"

#define CLIENT_HEADER "192.000.002.001.50955-192.000.002.002.00080: "
#define SERVER_HEADER "192.000.002.002.00080-192.000.002.001.50955: "
#define OFF "\033[0m"

#define BEGIN_NS UINT64_C(1700000000250000000)

struct screen {
	int pipe[2];
	struct console_config config;
	struct counters counters;
	struct console *console;
	struct escape carry[2];
	char shown[200000];
};

static int setup(void **state)
{
	struct screen *screen = calloc(1, sizeof(*screen));

	calls = (struct calls){0};
	assert_non_null(screen);
	assert_int_equal(pipe2(screen->pipe, O_CLOEXEC), 0);
	fcntl(screen->pipe[1], F_SETPIPE_SZ, 1 << 18);
	screen->config = (struct console_config){
	    .descriptor = screen->pipe[1],
	    .flush = true,
	};
	signal(SIGPIPE, SIG_IGN);
	*state = screen;
	return 0;
}

static int teardown(void **state)
{
	struct screen *screen = *state;

	calls = (struct calls){0};
	console_close(&screen->console);
	assert_null(screen->console);
	close(screen->pipe[0]);
	close(screen->pipe[1]);
	free(screen);
	return 0;
}

static void start(struct screen *screen)
{
	screen->console = console_open(&screen->config, &screen->counters);
	assert_non_null(screen->console);
	console_begin(screen->console, BEGIN_NS);
}

static struct console_record record_of(
    struct screen *screen, uint32_t direction)
{
	const struct tcpflow_addr client = {
	    .ip = {192, 0, 2, 1}, .port = 50955, .family = 4};
	const struct tcpflow_addr server = {
	    .ip = {192, 0, 2, 2}, .port = 80, .family = 4};
	bool from_server = direction == TCPFLOW_S2C;

	return (struct console_record){
	    .source = from_server ? server : client,
	    .destination = from_server ? client : server,
	    .direction = direction,
	    .ts_ns = BEGIN_NS,
	    .carry = &screen->carry[from_server],
	};
}

static void put_bytes(struct screen *screen, uint32_t direction,
    const void *bytes, size_t length, uint32_t role, uint32_t flags)
{
	const struct console_record record = record_of(screen, direction);
	const struct tcpflow_span span = {
	    .ptr = bytes, .len = length, .role = role, .flags = flags};

	console_put(screen->console, &record, &span, 1);
}

static void put(struct screen *screen, uint32_t direction, const char *text)
{
	put_bytes(screen, direction, text, strlen(text), TCPFLOW_ROLE_BODY,
	    TCPFLOW_SPAN_RAW | TCPFLOW_SPAN_CONTINUED);
}

/* What has been shown since the last call. */
static const char *shown(struct screen *screen)
{
	struct pollfd ready = {.fd = screen->pipe[0], .events = POLLIN};
	size_t length = 0;
	ssize_t got = 1;

	while (got > 0 && length < sizeof(screen->shown) - 1 &&
	    poll(&ready, 1, 0) > 0) {
		got = read(screen->pipe[0], screen->shown + length,
		    sizeof(screen->shown) - 1 - length);
		length += got > 0 ? (size_t)got : 0;
	}
	screen->shown[length] = '\0';
	return screen->shown;
}

static void expect(struct screen *screen, const char *expected)
{
	assert_string_equal(shown(screen), expected);
}

/* --- headers and lines -------------------------------------------------- */

static void test_plain_text_is_itself(void **state)
{
	struct screen *screen = *state;

	start(screen);
	put(screen, TCPFLOW_C2S, "GET / HTTP/1.1\r\n");
	put(screen, TCPFLOW_S2C, "no newline");
	put(screen, TCPFLOW_C2S, " added\n");
	expect(screen, "GET / HTTP/1.1\nno newline added\n");
	assert_int_equal(screen->counters.value[COUNTER_CONSOLE_RECORDS], 3);
}

static void test_addresses_start_on_a_fresh_line(void **state)
{
	struct screen *screen = *state;

	screen->config.addresses = true;
	start(screen);
	put(screen, TCPFLOW_C2S, "question");
	put(screen, TCPFLOW_S2C, "answer\n");
	put(screen, TCPFLOW_C2S, "more");
	expect(screen,
	    CLIENT_HEADER "question\n" SERVER_HEADER "answer\n" CLIENT_HEADER
			  "more");
	/* The shell's prompt is not glued to the last line. */
	console_close(&screen->console);
	expect(screen, "\n");
}

static void test_vlan_in_the_header(void **state)
{
	struct screen *screen = *state;
	struct console_record record = record_of(screen, TCPFLOW_C2S);
	const struct tcpflow_span span = {.ptr = "x\n", .len = 2};

	screen->config.addresses = true;
	start(screen);
	record.vlan = 7;
	console_put(screen->console, &record, &span, 1);
	expect(screen, "192.000.002.001.50955-192.000.002.002.00080--7: x\n");
}

/* A record of the run has no addresses. */
static void test_no_addresses(void **state)
{
	struct screen *screen = *state;
	const struct console_record record = {.direction = TCPFLOW_DIR_NONE};
	const struct tcpflow_span span = {.ptr = "x\n", .len = 2};

	screen->config.addresses = true;
	start(screen);
	console_put(screen->console, &record, &span, 1);
	expect(screen, "x\n");
}

static void expect_time(
    struct screen *screen, enum console_time time, const char *expected)
{
	screen->config.time = time;
	start(screen);
	put(screen, TCPFLOW_C2S, "x\n");
	expect(screen, expected);
	console_close(&screen->console);
}

static void test_time(void **state)
{
	struct screen *screen = *state;

	setenv("TZ", "XXX-1", 1);
	tzset();
	expect_time(
	    screen, CONSOLE_TIME_UTC, "2023-11-14T22:13:20.250000Z x\n");
	expect_time(
	    screen, CONSOLE_TIME_LOCAL, "2023-11-14T23:13:20.250000+01:00 x\n");
	expect_time(screen, CONSOLE_TIME_EPOCH, "1700000000.250000000 x\n");
	screen->config.addresses = true;
	expect_time(
	    screen, CONSOLE_TIME_RELATIVE, "0.000000 " CLIENT_HEADER "x\n");
}

static void test_relative_time_is_to_the_first_packet(void **state)
{
	struct screen *screen = *state;
	struct console_record record = record_of(screen, TCPFLOW_C2S);
	const struct tcpflow_span span = {.ptr = "x\n", .len = 2};

	screen->config.time = CONSOLE_TIME_RELATIVE;
	start(screen);
	console_put(screen->console, &record, &span, 1);
	record.ts_ns += 1500000000;
	console_put(screen->console, &record, &span, 1);
	expect(screen, "0.000000 x\n1.500000 x\n");
}

/* --- what could drive a terminal ---------------------------------------- */

static void test_hostile_bytes(void **state)
{
	struct screen *screen = *state;

	start(screen);
	put(screen, TCPFLOW_C2S,
	    "\033[2J \033]0;title\a \x7f \xc2\x9b"
	    "31m a\rb \xff \xe2\x80\xae \xed\xa0\x80\n");
	expect(screen,
	    "\\x1b[2J \\x1b]0;title\\x07 \\x7f \\u009b31m a\\rb \\xff "
	    "\\u202e \\xed\\xa0\\x80\n");
}

/* Every role and colour: no escape sequence but ours. */
static void test_hostile_bytes_in_every_role(void **state)
{
	struct screen *screen = *state;

	screen->config.colour = true;
	start(screen);
	for (uint32_t role = 0; role < 10; role++) {
		put_bytes(screen, TCPFLOW_C2S, "\033[31mx\n", 7, role, 0);
		if (strstr(shown(screen), "\\x1b[31mx\n") == NULL)
			fail_msg("role %u: %s", role, screen->shown);
	}
}

/* Two records give the same, wherever the text is cut between them. */
static void test_every_cut(void **state)
{
	static const char text[] =
	    "a\r\nb\rc \xe2\x82\xac \xf0\x9f\x98\x80 \xc3\xa9 \xe2\x80\xae "
	    "\xf0\x9f\x98 \xc2\x9b \xff\r";
	struct screen *screen = *state;
	char whole[256];

	start(screen);
	put_bytes(screen, TCPFLOW_C2S, text, sizeof(text) - 1, 0, 0);
	assert_true(strlen(shown(screen)) < sizeof(whole));
	memcpy(whole, screen->shown, sizeof(whole));
	for (size_t cut = 0; cut < sizeof(text); cut++) {
		put_bytes(
		    screen, TCPFLOW_C2S, text, cut, 0, TCPFLOW_SPAN_CONTINUED);
		put_bytes(screen, TCPFLOW_C2S, text + cut,
		    sizeof(text) - 1 - cut, 0, 0);
		if (strcmp(shown(screen), whole) != 0)
			fail_msg("cut at %zu: %s", cut, screen->shown);
	}
}

/* The other direction does not disturb a character that is cut in two. */
static void test_cut_with_an_answer_between(void **state)
{
	struct screen *screen = *state;

	start(screen);
	put(screen, TCPFLOW_C2S, "\xe2\x82");
	put(screen, TCPFLOW_S2C, "\xc3");
	put(screen, TCPFLOW_C2S, "\xac");
	put(screen, TCPFLOW_S2C, "\xa9\n");
	expect(screen, "\xe2\x82\xac\xc3\xa9\n");
}

/* Without CONTINUED a record ends what it began. */
static void test_unfinished_character_is_shown(void **state)
{
	struct screen *screen = *state;

	start(screen);
	put_bytes(screen, TCPFLOW_C2S, "\xe2\x82", 2, 0, 0);
	expect(screen, "\\xe2\\x82");
}

static void test_binary(void **state)
{
	struct screen *screen = *state;
	static const char bytes[] = "\033[2J\xff\r\n";

	screen->config.binary = true;
	start(screen);
	put(screen, TCPFLOW_C2S, bytes);
	expect(screen, bytes);
	/* What is not the wire itself stays escaped. */
	put_bytes(screen, TCPFLOW_C2S, bytes, 5, TCPFLOW_ROLE_ALERT, 0);
	expect(screen, "\\x1b[2J\\xff");
}

/* --- colours ------------------------------------------------------------ */

static void test_colours_of_the_sides(void **state)
{
	struct screen *screen = *state;

	screen->config.colour = true;
	screen->config.addresses = true;
	start(screen);
	put(screen, TCPFLOW_C2S, "q\n");
	put(screen, TCPFLOW_S2C, "a\n");
	/* Blue from the client, red from the server, as classic. */
	expect(screen,
	    "\033[2m" CLIENT_HEADER OFF "\033[34mq\n" OFF
	    "\033[2m" SERVER_HEADER OFF "\033[31ma\n" OFF);
}

static void test_colours_of_roles(void **state)
{
	struct screen *screen = *state;
	const struct console_record record = record_of(screen, TCPFLOW_C2S);
	const struct tcpflow_span spans[] = {
	    {"meta ", 5, TCPFLOW_ROLE_META, 0},
	    {"GET /\n", 6, TCPFLOW_ROLE_START, 0},
	    {"Host", 4, TCPFLOW_ROLE_NAME, 0},
	    {": ", 2, TCPFLOW_ROLE_TEXT, 0},
	    {"a\n", 2, TCPFLOW_ROLE_VALUE, 0},
	    {"b\n", 2, TCPFLOW_ROLE_BODY, 0},
	    {"gap\n", 4, TCPFLOW_ROLE_ALERT, 0},
	    {"new\n", 4, 77, 0},
	};

	screen->config.colour = true;
	start(screen);
	console_put(screen->console, &record, spans, 8);
	expect(screen,
	    "\033[2mmeta " OFF "\033[1;34mGET /\n" OFF "\033[34mHost" OFF
	    ": a\nb\n\033[1;35mgap\n" OFF "new\n");
}

/* --- records are whole -------------------------------------------------- */

static void test_one_write_a_record(void **state)
{
	struct screen *screen = *state;
	const struct console_record record = record_of(screen, TCPFLOW_C2S);
	const struct tcpflow_span spans[] = {
	    {"a", 1, TCPFLOW_ROLE_NAME, 0}, {"b\n", 2, TCPFLOW_ROLE_VALUE, 0}};

	screen->config.addresses = true;
	screen->config.colour = true;
	start(screen);
	calls.write = 0;
	console_put(screen->console, &record, spans, 2);
	assert_int_equal(calls.write, 1);
}

static void test_buffered_until_64_kib(void **state)
{
	struct screen *screen = *state;
	char block[1000];

	memset(block, 'x', sizeof(block));
	screen->config.flush = false;
	start(screen);
	calls.write = 0;
	for (unsigned i = 0; i < 65; i++)
		put_bytes(screen, TCPFLOW_C2S, block, sizeof(block), 0, 0);
	assert_int_equal(calls.write, 0);
	put_bytes(screen, TCPFLOW_C2S, block, sizeof(block), 0, 0);
	assert_int_equal(calls.write, 1);
	put(screen, TCPFLOW_C2S, "end");
	console_close(&screen->console);
	assert_int_equal(strlen(shown(screen)), 66 * sizeof(block) + 3);
	assert_int_equal(screen->counters.value[COUNTER_CONSOLE_RECORDS], 67);
}

static void test_short_writes_are_continued(void **state)
{
	struct screen *screen = *state;

	start(screen);
	calls.write_most = 3;
	calls.write_once = EINTR;
	put(screen, TCPFLOW_C2S, "0123456789\n");
	expect(screen, "0123456789\n");
}

/* A terminal that somebody else made non-blocking, and a reader that is slow:
 * nothing is lost. */
static void test_full_pipe_is_waited_for(void **state)
{
	struct screen *screen = *state;
	static char block[1 << 20];
	pid_t reader;
	int status;

	assert_int_equal(fcntl(screen->pipe[1], F_SETFL, O_NONBLOCK), 0);
	start(screen);
	reader = fork();
	if (reader == 0) {
		size_t total = 0;
		ssize_t got;

		close(screen->pipe[1]);
		do {
			got = read(screen->pipe[0], block, 4096);
			total += got > 0 ? (size_t)got : 0;
		} while (got > 0);
		_exit(total == sizeof(block) ? 0 : 1);
	}
	assert_true(reader > 0);
	memset(block, 'x', sizeof(block));
	put_bytes(screen, TCPFLOW_C2S, block, sizeof(block), 0, 0);
	assert_false(console_failed(screen->console));
	console_close(&screen->console);
	close(screen->pipe[1]);
	assert_int_equal(waitpid(reader, &status, 0), reader);
	screen->pipe[1] = -1;
	assert_true(WIFEXITED(status));
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_reader_went_away(void **state)
{
	struct screen *screen = *state;

	start(screen);
	put(screen, TCPFLOW_C2S, "seen\n");
	assert_false(console_failed(screen->console));
	close(screen->pipe[0]);
	put(screen, TCPFLOW_C2S, "not seen\n");
	assert_true(console_failed(screen->console));
	assert_int_equal(console_error(screen->console), EPIPE);
	calls.write = 0;
	put(screen, TCPFLOW_C2S, "neither\n");
	assert_int_equal(calls.write, 0);
	assert_int_equal(screen->counters.value[COUNTER_CONSOLE_RECORDS], 1);
	assert_int_equal(screen->counters.value[COUNTER_CONSOLE_DROPPED], 2);
	screen->pipe[0] = -1;
}

/* What waited in the buffer when the reader went is dropped, and counted. */
static void test_reader_went_away_from_a_buffer(void **state)
{
	struct screen *screen = *state;

	screen->config.flush = false;
	start(screen);
	put(screen, TCPFLOW_C2S, "a\n");
	put(screen, TCPFLOW_C2S, "b\n");
	close(screen->pipe[0]);
	screen->pipe[0] = -1;
	console_flush(screen->console);
	assert_int_equal(screen->counters.value[COUNTER_CONSOLE_RECORDS], 0);
	assert_int_equal(screen->counters.value[COUNTER_CONSOLE_DROPPED], 2);
}

static void test_disk_full(void **state)
{
	struct screen *screen = *state;

	start(screen);
	calls.write_error = ENOSPC;
	put(screen, TCPFLOW_C2S, "x\n");
	assert_true(console_failed(screen->console));
	assert_int_equal(console_error(screen->console), ENOSPC);
}

/* Each allocation of a record fails once: the record is whole or not there,
 * and the next one is. */
static void test_no_memory(void **state)
{
	struct screen *screen = *state;
	static char text[5000];
	size_t whole;
	unsigned needed;

	memset(text, '\033', sizeof(text));
	screen->config.addresses = true;
	start(screen);
	calls.allocations = 0;
	put_bytes(screen, TCPFLOW_C2S, text, sizeof(text), 0, 0);
	needed = calls.allocations;
	whole = strlen(shown(screen));
	assert_in_range(needed, 2, 50);
	console_close(&screen->console);
	shown(screen);
	for (unsigned n = 1; n <= needed; n++) {
		start(screen);
		calls.fail_allocation = n;
		put_bytes(screen, TCPFLOW_C2S, text, sizeof(text), 0, 0);
		calls.fail_allocation = 0;
		expect(screen, "");
		assert_int_equal(
		    screen->counters.value[COUNTER_CONSOLE_DROPPED], n);
		put_bytes(screen, TCPFLOW_C2S, text, sizeof(text), 0, 0);
		assert_int_equal(strlen(shown(screen)), whole);
		console_close(&screen->console);
		shown(screen);
	}
	calls.fail_allocation = 1;
	assert_null(console_open(&screen->config, &screen->counters));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
	const struct CMUnitTest tests[] = {
	    TEST(test_plain_text_is_itself),
	    TEST(test_addresses_start_on_a_fresh_line),
	    TEST(test_vlan_in_the_header),
	    TEST(test_no_addresses),
	    TEST(test_time),
	    TEST(test_relative_time_is_to_the_first_packet),
	    TEST(test_hostile_bytes),
	    TEST(test_hostile_bytes_in_every_role),
	    TEST(test_every_cut),
	    TEST(test_cut_with_an_answer_between),
	    TEST(test_unfinished_character_is_shown),
	    TEST(test_binary),
	    TEST(test_colours_of_the_sides),
	    TEST(test_colours_of_roles),
	    TEST(test_one_write_a_record),
	    TEST(test_buffered_until_64_kib),
	    TEST(test_short_writes_are_continued),
	    TEST(test_full_pipe_is_waited_for),
	    TEST(test_reader_went_away),
	    TEST(test_reader_went_away_from_a_buffer),
	    TEST(test_disk_full),
	    TEST(test_no_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
