/* SPDX-License-Identifier: BSD-2-Clause */
/* The program: options in, a run out. */
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/cli/options.h"
#include "core/cli/workers.h"
#include "core/engine/engine.h"
#include "core/engine/privileges.h"

#ifndef PACKAGE_VERSION
#define PACKAGE_VERSION "2.0.0"
#endif

static bool wants_colour(const struct options *options)
{
	const char *none = getenv("NO_COLOR");
	const char *terminal = getenv("TERM");

	if (options->colour != COLOUR_AUTO)
		return options->colour == COLOUR_ALWAYS;
	return isatty(STDOUT_FILENO) && (none == NULL || *none == '\0') &&
	    (terminal == NULL || strcmp(terminal, "dumb") != 0);
}

/* How wide the terminal is; 0: it is none. */
static uint32_t columns_of(int descriptor)
{
	struct winsize size = {0};

	if (!isatty(descriptor))
		return 0;
	if (ioctl(descriptor, TIOCGWINSZ, &size) != 0 || size.ws_col == 0)
		return 80;
	return size.ws_col;
}

/* "raw" of "raw:observe". */
static bool has_plugin(const struct options *options, const char *name)
{
	size_t length = strlen(name);

	for (size_t i = 0; i < options->plugins.count; i++) {
		const char *given = options->plugins.items[i];

		if (strncmp(given, name, length) == 0 &&
		    (given[length] == ':' || given[length] == '\0'))
			return true;
	}
	return false;
}

/* Files are written where the user named a place, or asked for raw flows. */
static bool wants_files(const struct options *options)
{
	return !options->console &&
	    (options->output_dir != NULL || options->plugins.count == 0 ||
		has_plugin(options, "raw"));
}

/* --transactions: it is plugins that know what one is. */
static enum host_result limit_transactions(
    struct host *host, const struct options *options, const struct log *log)
{
	char value[24];
	enum host_result result;

	snprintf(value, sizeof(value), "%" PRIu64, options->transactions);
	result = host_set_all(host, "transactions", value);
	if (result == HOST_USAGE)
		log_write(log, LOG_LEVEL_ERROR,
		    "--transactions: no plugin in use counts any; -P http "
		    "does");
	return result;
}

static enum host_result load_plugins(
    struct host *host, const struct options *options, const struct log *log)
{
	enum host_result result = HOST_OK;

	if (options->plugins.count == 0)
		result = host_load(host, "raw");
	for (size_t i = 0; i < options->plugins.count && result == HOST_OK; i++)
		result = host_load(host, options->plugins.items[i]);
	for (size_t i = 0; i < options->settings.count && result == HOST_OK;
	     i++)
		result = host_set(host, options->settings.items[i]);
	return result == HOST_OK && options->transactions > 0
	    ? limit_transactions(host, options, log)
	    : result;
}

/* Whether packets come as somebody makes them, and are wanted at once. */
static bool is_piped(const struct options *options)
{
	struct stat status;

	return options->files.count == 1 &&
	    strcmp(options->files.items[0], "-") == 0 &&
	    fstat(STDIN_FILENO, &status) == 0 && !S_ISREG(status.st_mode);
}

/* Records on standard output are there alone; in a file they take the place of
 * what would be shown, unless that is asked for. */
static bool wants_console(const struct options *options)
{
	return options->json == NULL || options->console;
}

static enum engine_exit run_with(const struct options *options,
    struct host *host, const struct log *log, bool live)
{
	struct privileges files_to;
	struct output_config output;
	struct console_config console;
	struct records_config records;
	struct engine_config engine;
	unsigned workers = workers_choose(options, live, log);

	if (!privileges_find(&files_to, options->user, log))
		return ENGINE_USAGE;
	output = (struct output_config){
	    .directory = options->output_dir != NULL ? options->output_dir
						     : ".",
	    .template = options->template,
	    .max_bytes = options->max_bytes,
	    .max_descriptors = (size_t)options->max_descriptors,
	    .mode = 0600,
	    .owner = files_to.user,
	    .group = files_to.group,
	};
	console = (struct console_config){
	    .descriptor = STDOUT_FILENO,
	    .colour = wants_colour(options),
	    .binary = options->binary,
	    .addresses = options->console && !options->no_header,
	    .flush = live || options->follow || is_piped(options) ||
		isatty(STDOUT_FILENO),
	    .time = options->time,
	};
	records = (struct records_config){
	    .path = options->json,
	    .flush = console.flush,
	    .owner = files_to.user,
	    .group = files_to.group,
	};
	engine = (struct engine_config){
	    .source =
		{
		    .names = live ? options->interfaces.items
				  : options->files.items,
		    .count = live ? options->interfaces.count
				  : options->files.count,
		    .live = live,
		    .promiscuous = options->promiscuous,
		    .immediate = options->immediate,
		    .snaplen = (uint32_t)options->snaplen,
		    .buffer_size = options->buffer_size,
		    .filter = options->filter,
		    .follow = options->follow,
		},
	    .team =
		{
		    .workers = workers,
		    .memory = (size_t)options->memory,
		    .flow =
			{
			    .idle_ns = options->idle_ns,
			    .half_open_ns = options->idle_ns < FLOW_HALF_OPEN_NS
				? options->idle_ns
				: FLOW_HALF_OPEN_NS,
			    .linger_ns = options->linger_ns,
			    .reorder_bytes = FLOW_REORDER_BYTES,
			    .reorder_pieces = FLOW_REORDER_PIECES,
			    .overlap = options->overlap,
			},
		    .outlets =
			{
			    .output = wants_files(options) ? &output : NULL,
			    .console = wants_console(options) ? &console : NULL,
			    .records = options->json != NULL ? &records : NULL,
			    .log = log,
			},
		    .digests = options->digests,
		    .tunnels = options->tunnels,
		    .checksums = options->checksums,
		    .host = host,
		    .log = log,
		},
	    .user = options->user,
	    .count = options->count,
	    .duration_ns = options->duration_ns,
	    .stats = options->stats,
	    .stats_file = options->stats_file,
	    .summary = !options->quiet,
	};
	return engine_run(&engine);
}

static enum engine_exit from_host(enum host_result result)
{
	switch (result) {
	case HOST_OK:
		return ENGINE_OK;
	case HOST_USAGE:
		return ENGINE_USAGE;
	default:
		return ENGINE_FAILED;
	}
}

static enum engine_exit run(
    const struct options *options, const struct host_config *config)
{
	bool live = options->files.count == 0;
	enum engine_exit status;
	struct host *host;
	enum host_result result;

	if (!host_create(&host, config)) {
		log_write(config->log, LOG_LEVEL_ERROR, "out of memory");
		return ENGINE_FAILED;
	}
	result = load_plugins(host, options, config->log);
	if (result == HOST_OK)
		status = run_with(options, host, config->log, live);
	else
		status = from_host(result);
	host_destroy(&host);
	return status;
}

/* All that can be known to be wrong before a packet is read: plugins, their
 * settings, the filter.  Nothing is opened or written. */
static enum engine_exit check(
    const struct options *options, const struct host_config *config)
{
	enum host_result result = HOST_FAILED;
	struct host *host = NULL;

	switch (source_check_filter(options->filter, config->log)) {
	case SOURCE_OK:
		break;
	case SOURCE_USAGE:
		return ENGINE_USAGE;
	default:
		return ENGINE_FAILED;
	}
	if (host_create(&host, config)) {
		result = load_plugins(host, options, config->log);
		if (result == HOST_OK)
			result = host_ready(host);
	}
	host_destroy(&host);
	return from_host(result);
}

static enum engine_exit act(const struct options *options, struct log *log)
{
	const struct host_config config = {
	    .plugin_dir = options->plugin_dir,
	    .version = PACKAGE_VERSION,
	    .columns = columns_of(STDOUT_FILENO),
	    .outputs = (wants_console(options) ? TCPFLOW_OUT_CONSOLE : 0) |
		(options->json != NULL ? TCPFLOW_OUT_RECORDS : 0) |
		(wants_files(options) ? TCPFLOW_OUT_FILES : 0),
	    .log = log,
	};

	switch (options->action) {
	case ACTION_HELP:
		options_help();
		return ENGINE_OK;
	case ACTION_VERSION:
		printf("tcpflow %s (plugin ABI %d.%d)\n", PACKAGE_VERSION,
		    HOST_ABI_MAJOR, HOST_ABI_MINOR);
		return ENGINE_OK;
	case ACTION_LIST_INTERFACES:
		return source_list_interfaces(log) ? ENGINE_OK : ENGINE_FAILED;
	case ACTION_LIST_PLUGINS:
		return host_list(&config) == HOST_OK ? ENGINE_OK
						     : ENGINE_FAILED;
	case ACTION_HELP_PLUGIN:
		return host_help(&config, options->help_plugin) == HOST_OK
		    ? ENGINE_OK
		    : ENGINE_USAGE;
	case ACTION_CHECK:
		return check(options, &config);
	default:
		return run(options, &config);
	}
}

int main(int argc, char **argv)
{
	struct log log = {.most = LOG_LEVEL_INFO, .descriptor = STDERR_FILENO};
	struct options options;
	enum engine_exit status = ENGINE_USAGE;

	if (options_parse(&options, argc, argv, &log)) {
		log.most = options.quiet ? LOG_LEVEL_ERROR : options.verbosity;
		status = act(&options, &log);
	}
	options_free(&options);
	/* What -h or -P list wrote may not have got out. */
	if (fflush(stdout) != 0 && status == ENGINE_OK)
		status = ENGINE_FAILED;
	return (int)status;
}
