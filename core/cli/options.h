/* SPDX-License-Identifier: BSD-2-Clause */
/* The command line, taken apart.  What an option means is decided in main.c and
 * in the layers below. */
#ifndef CORE_CLI_OPTIONS_H
#define CORE_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/base/log.h"
#include "core/decode/decoder.h"
#include "core/flow/table.h"
#include "core/sink/console.h"

/* What the user wants instead of a run. */
enum options_action {
	ACTION_RUN,
	ACTION_HELP,
	ACTION_VERSION,
	ACTION_LIST_INTERFACES,
	ACTION_LIST_PLUGINS,
	ACTION_HELP_PLUGIN,
	ACTION_CHECK
};

enum options_colour { COLOUR_AUTO, COLOUR_ALWAYS, COLOUR_NEVER };

/* Texts point into argv, or into what options_free() frees. */
struct texts {
	const char **items;
	size_t count;
};

#define OPTIONS_WORKERS_MOST 64u

struct options {
	enum options_action action;
	const char *help_plugin;
	struct texts files;
	struct texts interfaces;
	struct texts plugins;   /* -P, in order                    */
	struct texts settings;  /* -S                              */
	char *filter;           /* NULL: none                      */
	const char *output_dir; /* NULL: not given                 */
	const char *template;
	const char *plugin_dir;
	const char *user;
	const char *stats_file;
	const char *json; /* NULL: no records                */
	unsigned digests; /* DIGEST_BIT() of those wanted    */
	enum options_colour colour;
	enum console_time time;
	enum log_level verbosity;
	enum decode_tunnels tunnels;
	enum decode_checksums checksums;
	bool console;
	bool no_header;
	bool binary;
	bool promiscuous;
	bool immediate;
	bool follow;
	bool stats;
	bool quiet;
	uint64_t max_bytes;
	uint64_t max_descriptors;
	unsigned workers; /* 0: the program chooses          */
	uint64_t memory;
	uint64_t snaplen;
	uint64_t buffer_size;
	uint64_t count;
	uint64_t transactions;  /* 0: all                          */
	uint64_t duration_ns;
	uint64_t idle_ns;
	uint64_t linger_ns;
	enum overlap_policy overlap;
};

/* False: wrong use, logged in one line; the exit code is 2. */
bool options_parse(
    struct options *options, int argc, char **argv, const struct log *log);

void options_free(struct options *options);

/* -h, on standard output. */
void options_help(void);

#endif
