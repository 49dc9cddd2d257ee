/* SPDX-License-Identifier: BSD-2-Clause */
/* Writing in full to what takes little at a time. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdbool.h>
#include <string.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>

#include "core/base/write.h"

#define LENGTH (1u << 20)

static uint8_t bytes[LENGTH];
static uint8_t back[LENGTH];

static void *read_slowly(void *context)
{
	const int *descriptor = context;
	size_t length = 0;
	ssize_t more;

	while ((more = read(*descriptor, back + length, 1000)) > 0)
		length += (size_t)more;
	return length == LENGTH ? back : NULL;
}

static void a_full_pipe_is_waited_for(void **state)
{
	pthread_t reader;
	void *whole;
	int ends[2];

	(void)state;
	for (size_t i = 0; i < LENGTH; i++)
		bytes[i] = (uint8_t)(i * 31 >> 4);
	assert_int_equal(pipe(ends), 0);
	assert_int_equal(fcntl(ends[1], F_SETFL, O_NONBLOCK), 0);
	assert_int_equal(
	    pthread_create(&reader, NULL, read_slowly, &ends[0]), 0);
	assert_int_equal(write_all(ends[1], bytes, LENGTH), 0);
	close(ends[1]);
	assert_int_equal(pthread_join(reader, &whole), 0);
	close(ends[0]);
	assert_non_null(whole);
	assert_memory_equal(back, bytes, LENGTH);
}

static void errors_are_told(void **state)
{
	(void)state;
	assert_int_equal(write_all(-1, "x", 1), EBADF);
	assert_int_equal(write_all(-1, "x", 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(a_full_pipe_is_waited_for),
	    cmocka_unit_test(errors_are_told),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
