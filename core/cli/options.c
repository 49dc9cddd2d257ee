/* SPDX-License-Identifier: BSD-2-Clause */
/* Parses the command line.  Every option is either done or refused, with what
 * to write instead. */
#include "core/cli/options.h"

#include <getopt.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/digest.h"
#include "core/base/parse.h"
#include "core/flow/table.h"
#include "core/sink/name.h"

#define MEMORY_LEAST (16u << 20)
#define SNAPLEN_MOST 262144u

/* Options without a short name. */
enum {
	LONG_FIRST = 256,
	LONG_BUFFER_SIZE = LONG_FIRST,
	LONG_CHECK,
	LONG_CHECKSUMS,
	LONG_COLOR,
	LONG_COUNT,
	LONG_DURATION,
	LONG_FOLLOW,
	LONG_HASH,
	LONG_IDLE_TIMEOUT,
	LONG_IMMEDIATE,
	LONG_JSON,
	LONG_LINGER,
	LONG_LIST_INTERFACES,
	LONG_MEMORY,
	LONG_OVERLAP,
	LONG_PLUGIN_DIR,
	LONG_SNAPLEN,
	LONG_STATS,
	LONG_TIME,
	LONG_TRANSACTIONS,
	LONG_TUNNELS,
	LONG_WORKERS
};

static const struct option long_options[] = {
    {"binary", no_argument, NULL, 'B'},
    {"buffer-size", required_argument, NULL, LONG_BUFFER_SIZE},
    {"check", no_argument, NULL, LONG_CHECK},
    {"checksums", required_argument, NULL, LONG_CHECKSUMS},
    {"color", required_argument, NULL, LONG_COLOR},
    {"console", no_argument, NULL, 'c'},
    {"console-no-header", no_argument, NULL, 'C'},
    {"count", required_argument, NULL, LONG_COUNT},
    {"duration", required_argument, NULL, LONG_DURATION},
    {"follow", no_argument, NULL, LONG_FOLLOW},
    {"hash", required_argument, NULL, LONG_HASH},
    {"help", no_argument, NULL, 'h'},
    {"idle-timeout", required_argument, NULL, LONG_IDLE_TIMEOUT},
    {"immediate", no_argument, NULL, LONG_IMMEDIATE},
    {"interface", required_argument, NULL, 'i'},
    {"json", required_argument, NULL, LONG_JSON},
    {"linger", required_argument, NULL, LONG_LINGER},
    {"list-interfaces", no_argument, NULL, LONG_LIST_INTERFACES},
    {"max-bytes", required_argument, NULL, 'b'},
    {"max-descriptors", required_argument, NULL, 'f'},
    {"memory", required_argument, NULL, LONG_MEMORY},
    {"no-promiscuous", no_argument, NULL, 'p'},
    {"output-dir", required_argument, NULL, 'o'},
    {"overlap", required_argument, NULL, LONG_OVERLAP},
    {"plugin", required_argument, NULL, 'P'},
    {"plugin-dir", required_argument, NULL, LONG_PLUGIN_DIR},
    {"quiet", no_argument, NULL, 'q'},
    {"read", required_argument, NULL, 'r'},
    {"set", required_argument, NULL, 'S'},
    {"snaplen", required_argument, NULL, LONG_SNAPLEN},
    {"stats", optional_argument, NULL, LONG_STATS},
    {"template", required_argument, NULL, 'T'},
    {"time", required_argument, NULL, LONG_TIME},
    {"transactions", required_argument, NULL, LONG_TRANSACTIONS},
    {"tunnels", required_argument, NULL, LONG_TUNNELS},
    {"user", required_argument, NULL, 'U'},
    {"verbose", no_argument, NULL, 'v'},
    {"version", no_argument, NULL, 'V'},
    {"workers", required_argument, NULL, LONG_WORKERS},
    {NULL, 0, NULL, 0},
};

/* "+": a BPF expression may hold words that look like options. */
static const char short_options[] = "+:BCJP:S:T:U:Vb:cf:ghi:o:pqr:v";

/* Classic options that are not here: what to write instead. */
static const struct {
	char letter;
	const char *instead;
} classic[] = {
    {'0', "-C prints nothing but the data"},
    {'D', "-c -B | hexdump -C shows bytes"},
    {'E', "-P http is the way to HTTP"},
    {'F', "use a template: -T"},
    {'H', "-P list and -P help:NAME tell about plugins"},
    {'I', "-J tells when each flow was seen, and its packets"},
    {'K', "tshark -r FILE -w OUT FILTER keeps the packets of a flow"},
    {'L', "a run prints to its own standard output: redirect it"},
    {'R', "several -r FILE are one capture"},
    {'X', "--stats=FILE writes what was counted"},
    {'Z', "use -S http.decode=no"},
    {'a', "use -P http"},
    {'d', "use -v"},
    {'e', "use -P http"},
    {'l', "name each file with -r"},
    {'m', "a hole, however long, is a hole in the file"},
    {'s', "what does not print is always escaped, but with -B"},
    {'w', "tshark -r FILE -w OUT 'not tcp' keeps other packets"},
    {'x', "only the plugins named with -P run"},
    {'z', "-U USER gives root's rights up"},
};

struct parser {
	struct options *options;
	const struct log *log;
	const char *given; /* the option in hand, as written  */
};

static bool refuse(
    const struct parser *parser, const char *value, const char *wanted)
{
	log_write(parser->log, LOG_LEVEL_ERROR, "%s %s: %s (tcpflow -h)",
	    parser->given, value, wanted);
	return false;
}

static bool add_text(
    const struct parser *parser, struct texts *texts, const char *text)
{
	const char **items = realloc(
	    texts->items, (texts->count + 1) * sizeof(*items));

	if (items == NULL)
		return refuse(parser, text, "out of memory");
	texts->items = items;
	texts->items[texts->count++] = text;
	return true;
}

static bool take_size(const struct parser *parser, const char *value,
    uint64_t low, uint64_t high, uint64_t *out)
{
	uint64_t number;

	if (!parse_size(value, &number) || number < low || number > high) {
		log_write(parser->log, LOG_LEVEL_ERROR,
		    "%s %s: a number from %" PRIu64 " to %" PRIu64
		    " is wanted; k, M, G and T are powers of 1024",
		    parser->given, value, low, high);
		return false;
	}
	*out = number;
	return true;
}

static bool take_duration(
    const struct parser *parser, const char *value, uint64_t *out)
{
	uint64_t ns;

	if (!parse_duration_ns(value, &ns) || ns == 0 || ns > UINT64_C(1) << 60)
		return refuse(parser, value,
		    "a time above 0 is wanted: seconds, or 10ms, 5m, 2h, 1d");
	*out = ns;
	return true;
}

/* The place of value among names; false: none of them. */
static bool take_name(const struct parser *parser, const char *value,
    const char *const *names, unsigned count, unsigned *out)
{
	struct buffer wanted = {0};

	for (unsigned i = 0; i < count; i++) {
		if (strcmp(value, names[i]) == 0) {
			*out = i;
			return true;
		}
	}
	buffer_append_text(&wanted, "one of these is wanted:");
	for (unsigned i = 0; i < count; i++)
		buffer_printf(&wanted, " %s", names[i]);
	buffer_append_byte(&wanted, '\0');
	refuse(
	    parser, value, wanted.failed ? "no" : (const char *)wanted.bytes);
	buffer_free(&wanted);
	return false;
}

static bool take_colour(const struct parser *parser, const char *value)
{
	static const char *const names[] = {"auto", "always", "never"};
	unsigned which;

	if (!take_name(parser, value, names, 3, &which))
		return false;
	parser->options->colour = (enum options_colour)which;
	return true;
}

static bool take_time(const struct parser *parser, const char *value)
{
	static const char *const names[] = {
	    "none", "relative", "local", "utc", "epoch"};
	unsigned which;

	if (!take_name(parser, value, names, 5, &which))
		return false;
	parser->options->time = (enum console_time)which;
	return true;
}

static bool take_tunnels(const struct parser *parser, const char *value)
{
	static const char *const names[] = {"none", "safe", "all"};
	unsigned which;

	if (!take_name(parser, value, names, 3, &which))
		return false;
	parser->options->tunnels = (enum decode_tunnels)which;
	return true;
}

static bool take_checksums(const struct parser *parser, const char *value)
{
	static const char *const names[] = {"auto", "verify", "ignore"};
	unsigned which;

	if (!take_name(parser, value, names, 3, &which))
		return false;
	parser->options->checksums = (enum decode_checksums)which;
	return true;
}

static bool take_overlap(const struct parser *parser, const char *value)
{
	unsigned which;

	if (!take_name(parser, value, overlap_names, OVERLAP_POLICIES, &which))
		return false;
	parser->options->overlap = (enum overlap_policy)which;
	return true;
}

static bool take_template(const struct parser *parser, const char *value)
{
	const char *problem;

	if (!name_template_check(value, &problem))
		return refuse(parser, value, problem);
	parser->options->template = value;
	return true;
}

static bool take_plugin(const struct parser *parser, const char *value)
{
	struct options *options = parser->options;

	if (strcmp(value, "list") == 0) {
		options->action = ACTION_LIST_PLUGINS;
		return true;
	}
	if (strncmp(value, "help:", 5) == 0 && value[5] != '\0') {
		options->action = ACTION_HELP_PLUGIN;
		options->help_plugin = value + 5;
		return true;
	}
	return add_text(parser, &options->plugins, value);
}

/* Settings of classic have no plugin in front.  What is wrong with others the
 * host says, which knows that a value may be secret. */
static bool take_setting(const struct parser *parser, const char *value)
{
	if (strncmp(value, "tcp_timeout=", 12) == 0)
		return refuse(parser, value, "use --idle-timeout=SECONDS");
	return add_text(parser, &parser->options->settings, value);
}

static bool take_workers(const struct parser *parser, const char *value)
{
	uint64_t number;

	if (!parse_u64(value, &number) || number == 0 ||
	    number > OPTIONS_WORKERS_MOST)
		return refuse(parser, value, "it takes a number from 1 to 64");
	parser->options->workers = (unsigned)number;
	return true;
}

/* Options with a long name only. */
static bool take_long(const struct parser *parser, int option, char *value)
{
	struct options *options = parser->options;

	switch (option) {
	case LONG_BUFFER_SIZE:
		return take_size(
		    parser, value, 4096, INT32_MAX, &options->buffer_size);
	case LONG_CHECK:
		options->action = ACTION_CHECK;
		return true;
	case LONG_CHECKSUMS:
		return take_checksums(parser, value);
	case LONG_COLOR:
		return take_colour(parser, value);
	case LONG_COUNT:
		return take_size(parser, value, 1, UINT64_MAX, &options->count);
	case LONG_TRANSACTIONS:
		return take_size(
		    parser, value, 1, UINT64_MAX, &options->transactions);
	case LONG_DURATION:
		return take_duration(parser, value, &options->duration_ns);
	case LONG_FOLLOW:
		options->follow = true;
		return true;
	case LONG_HASH:
		return digest_parse(value, &options->digests) ||
		    refuse(parser, value,
			"a list of md5, sha1 and sha256 is wanted");
	case LONG_IDLE_TIMEOUT:
		return take_duration(parser, value, &options->idle_ns);
	case LONG_IMMEDIATE:
		options->immediate = true;
		return true;
	case LONG_JSON:
		options->json = value;
		return true;
	case LONG_LINGER:
		return take_duration(parser, value, &options->linger_ns);
	case LONG_LIST_INTERFACES:
		options->action = ACTION_LIST_INTERFACES;
		return true;
	case LONG_MEMORY:
		return take_size(parser, value, MEMORY_LEAST, SIZE_MAX / 2,
		    &options->memory);
	case LONG_OVERLAP:
		return take_overlap(parser, value);
	case LONG_PLUGIN_DIR:
		options->plugin_dir = value;
		return true;
	case LONG_SNAPLEN:
		return take_size(
		    parser, value, 64, SNAPLEN_MOST, &options->snaplen);
	case LONG_STATS:
		options->stats = true;
		options->stats_file = value;
		return true;
	case LONG_TIME:
		return take_time(parser, value);
	case LONG_TUNNELS:
		return take_tunnels(parser, value);
	default:
		return take_workers(parser, value);
	}
}

static bool take(const struct parser *parser, int option, char *value)
{
	struct options *options = parser->options;

	switch (option) {
	case 'B':
		options->binary = true;
		return true;
	case 'C':
		options->no_header = true;
		options->console = true;
		return true;
	case 'J':
		options->json = "-";
		return true;
	case 'P':
		return take_plugin(parser, value);
	case 'S':
		return take_setting(parser, value);
	case 'T':
		return take_template(parser, value);
	case 'U':
		options->user = value;
		return true;
	case 'V':
		options->action = ACTION_VERSION;
		return true;
	case 'b':
		return take_size(
		    parser, value, 0, INT64_MAX, &options->max_bytes);
	case 'c':
		options->console = true;
		return true;
	case 'f':
		return take_size(
		    parser, value, 1, INT32_MAX, &options->max_descriptors);
	case 'g':
		options->colour = COLOUR_ALWAYS;
		return true;
	case 'h':
		options->action = ACTION_HELP;
		return true;
	case 'i':
		return add_text(parser, &options->interfaces, value);
	case 'o':
		options->output_dir = value;
		return true;
	case 'p':
		options->promiscuous = false;
		return true;
	case 'q':
		options->quiet = true;
		return true;
	case 'r':
		return add_text(parser, &options->files, value);
	case 'v':
		options->verbosity = LOG_LEVEL_DEBUG;
		return true;
	default:
		return take_long(parser, option, value);
	}
}

/* An option that getopt does not know. */
static bool refuse_unknown(
    const struct parser *parser, int option, const char *word)
{
	for (size_t i = 0; i < sizeof(classic) / sizeof(classic[0]); i++) {
		if (option == classic[i].letter) {
			log_write(parser->log, LOG_LEVEL_ERROR,
			    "option -%c of tcpflow 1 is gone: %s (tcpflow -h)",
			    option, classic[i].instead);
			return false;
		}
	}
	if (option != 0 && option < LONG_FIRST)
		log_write(parser->log, LOG_LEVEL_ERROR,
		    "unknown option -%c (tcpflow -h)", option);
	else
		log_write(parser->log, LOG_LEVEL_ERROR,
		    "unknown option %s (tcpflow -h)", word);
	return false;
}

/* The words behind the options are one BPF expression. */
static bool join_filter(const struct parser *parser, char **words, int count)
{
	struct buffer filter = {0};

	if (count == 0)
		return true;
	for (int i = 0; i < count; i++)
		buffer_printf(&filter, "%s%s", i > 0 ? " " : "", words[i]);
	buffer_append_byte(&filter, '\0');
	if (filter.failed) {
		buffer_free(&filter);
		log_write(parser->log, LOG_LEVEL_ERROR, "out of memory");
		return false;
	}
	parser->options->filter = (char *)filter.bytes;
	return true;
}

static bool check_together(const struct parser *parser)
{
	const struct options *options = parser->options;

	if (options->files.count > 0 && options->interfaces.count > 0) {
		log_write(parser->log, LOG_LEVEL_ERROR,
		    "-r and -i do not go together: read files or capture");
		return false;
	}
	if (options->follow && options->files.count == 0) {
		log_write(parser->log, LOG_LEVEL_ERROR,
		    "--follow wants a file or a directory: name it with -r");
		return false;
	}
	if (options->console && options->json != NULL &&
	    strcmp(options->json, "-") == 0) {
		log_write(parser->log, LOG_LEVEL_ERROR,
		    "-c and records on standard output do not go together: "
		    "use --json FILE");
		return false;
	}
	return true;
}

bool options_parse(
    struct options *options, int argc, char **argv, const struct log *log)
{
	struct parser parser = {.options = options, .log = log};
	int option;

	*options = (struct options){
	    .template = NAME_TEMPLATE_CLASSIC,
	    .verbosity = LOG_LEVEL_INFO,
	    .promiscuous = true,
	    .memory = UINT64_C(1) << 30,
	    .snaplen = SNAPLEN_MOST,
	    .buffer_size = 64u << 20,
	    .idle_ns = FLOW_IDLE_NS,
	    .linger_ns = FLOW_LINGER_NS,
	    .tunnels = TUNNELS_SAFE,
	};
	opterr = 0;
	while ((option = getopt_long(
		    argc, argv, short_options, long_options, NULL)) != -1) {
		parser.given = argv[optind - 1];
		if (option == ':') {
			log_write(log, LOG_LEVEL_ERROR,
			    "option %s wants a value (tcpflow -h)",
			    parser.given);
			return false;
		}
		if (option == '?')
			return refuse_unknown(&parser, optopt, parser.given);
		if (optarg == argv[optind - 1] && optind >= 2)
			parser.given = argv[optind - 2];
		if (!take(&parser, option, optarg))
			return false;
	}
	if (!join_filter(&parser, argv + optind, argc - optind))
		return false;
	return check_together(&parser);
}

void options_free(struct options *options)
{
	free(options->files.items);
	free(options->interfaces.items);
	free(options->plugins.items);
	free(options->settings.items);
	free(options->filter);
}
