/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages as they arrive on the descriptor: one write, one safe line each. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "core/base/log.h"

static bool fail;

void *__real_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_realloc(void *memory, size_t size)
{
	return fail ? NULL : __real_realloc(memory, size);
}

/* A socket of packets: each write is read as one. */
struct bench {
	struct log log;
	int reader;
	char text[4096];
};

static int set_up(void **state)
{
	static struct bench bench;
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) != 0)
		return -1;
	bench.log = (struct log){.most = LOG_LEVEL_INFO, .descriptor = ends[0]};
	bench.reader = ends[1];
	*state = &bench;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *bench = *state;

	close(bench->log.descriptor);
	close(bench->reader);
	return 0;
}

/* What one write brought; NULL: there was none. */
static const char *next_write(struct bench *bench)
{
	ssize_t length = read(
	    bench->reader, bench->text, sizeof(bench->text) - 1);

	if (length < 0)
		return NULL;
	bench->text[length] = '\0';
	return bench->text;
}

static void message_is_one_write_of_one_line(void **state)
{
	struct bench *bench = *state;

	log_write(&bench->log, LOG_LEVEL_ERROR, "%s: %d", "eth0", 42);
	assert_string_equal(next_write(bench), "tcpflow: eth0: 42\n");
	assert_null(next_write(bench));
}

static void levels_above_the_chosen_one_are_silent(void **state)
{
	struct bench *bench = *state;

	log_write(&bench->log, LOG_LEVEL_DEBUG, "detail");
	assert_null(next_write(bench));
	log_write(&bench->log, LOG_LEVEL_INFO, "shown");
	assert_non_null(next_write(bench));
	bench->log.most = LOG_LEVEL_ERROR;
	log_write(&bench->log, LOG_LEVEL_WARN, "quiet");
	assert_null(next_write(bench));
}

static void newlines_do_not_make_messages(void **state)
{
	struct bench *bench = *state;

	log_write(&bench->log, LOG_LEVEL_ERROR, "a\ntcpflow: b\r\nc\n");
	assert_string_equal(
	    next_write(bench), "tcpflow: a\\ntcpflow: b\\r\\nc\\n\n");
}

static void names_from_outside_are_made_safe(void **state)
{
	struct bench *bench = *state;

	log_write(&bench->log, LOG_LEVEL_ERROR, "%s",
	    "\x1b[31m\xff\xe2\x80\xae gr\xc3\xbc");
	assert_string_equal(
	    next_write(bench), "tcpflow: \\x1b[31m\\xff\\u202e gr\xc3\xbc\n");
}

static void errno_survives(void **state)
{
	struct bench *bench = *state;
	const struct log closed = {.most = LOG_LEVEL_INFO, .descriptor = -1};

	errno = ENOENT;
	log_write(&bench->log, LOG_LEVEL_ERROR, "x");
	log_write(&closed, LOG_LEVEL_ERROR, "x");
	assert_int_equal(errno, ENOENT);
}

static void no_memory_is_said_without_memory(void **state)
{
	struct bench *bench = *state;

	fail = true;
	log_write(&bench->log, LOG_LEVEL_ERROR, "x");
	fail = false;
	assert_string_equal(
	    next_write(bench), "tcpflow: out of memory for a message\n");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
	    TEST(message_is_one_write_of_one_line),
	    TEST(levels_above_the_chosen_one_are_silent),
	    TEST(newlines_do_not_make_messages),
	    TEST(names_from_outside_are_made_safe),
	    TEST(errno_survives),
	    TEST(no_memory_is_said_without_memory),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
