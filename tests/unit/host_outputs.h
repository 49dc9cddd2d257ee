/* SPDX-License-Identifier: BSD-2-Clause */
/* The bench with outputs: files in a temporary folder, the console in memory. */
#ifndef TESTS_UNIT_HOST_OUTPUTS_H
#define TESTS_UNIT_HOST_OUTPUTS_H

#include "tests/unit/host_bench.h"

/* Before and after each test: the bench, and no outputs yet. */
int outputs_start(void **state);
int outputs_end(void **state);

/* Opens both; of a file at most max_bytes are kept, 0: all. */
void outputs_open(uint64_t max_bytes, enum console_time time);

/* All that is on the screen. */
void expect_screen(const char *text);
void expect_file(const char *name, const char *bytes, size_t length);
void expect_no_file(const char *name);

#endif
