/* SPDX-License-Identifier: BSD-2-Clause */
/* Makes a capture for one of the plugins here: `generate NAME ARGUMENTS`.  What
 * the arguments are the parts that know the protocols say. */
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/hard/generate.h"

uint32_t random_below(uint32_t *random, uint32_t limit)
{
	*random = *random * 1664525u + 1013904223u;
	return (*random >> 8) % limit;
}

void *must(void *memory)
{
	if (memory == NULL) {
		fputs("generate: out of memory\n", stderr);
		exit(1);
	}
	return memory;
}

int main(int argc, char **argv)
{
	static const struct {
		const char *name;
		int least; /* arguments                       */
		bool (*make)(int count, char **arguments);
		const char *arguments;
	} kinds[] = {
	    {"late", 4, generate_late,
		"OUT PLAIN AFTER SEED [lose] [half] [tear]"},
	    {"mux", 6, generate_mux,
		"OUT TRUTH COUNT OPEN MOST SEED [lose] [burst]"},
	    {"say", 1, generate_say, "OUT < SCRIPT"},
	};

	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (argc >= 2 + kinds[i].least &&
		    strcmp(argv[1], kinds[i].name) == 0)
			return kinds[i].make(argc - 2, argv + 2) ? 0 : 1;
	}
	for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++)
		fprintf(stderr, "usage: generate %s %s\n", kinds[i].name,
		    kinds[i].arguments);
	return 2;
}
