/* SPDX-License-Identifier: BSD-2-Clause */
/* Captures for the plugins of this folder, the same ones for the same arguments:
 * what the parts of the generator share. */
#ifndef TESTS_HARD_GENERATE_H
#define TESTS_HARD_GENERATE_H

#include <stdbool.h>
#include <stdint.h>

/* 0 to limit - 1. */
uint32_t random_below(uint32_t *random, uint32_t limit);

/* Each takes what stands behind its name on the command line.  false: told. */
bool generate_late(int count, char **arguments);
bool generate_mux(int count, char **arguments);
bool generate_say(int count, char **arguments);

/* memory, or the end of the program. */
void *must(void *memory);

#endif
