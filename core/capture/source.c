/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens, counts and closes what packets come from; where they come is in files.c
 * and interfaces.c. */
#include "core/capture/source.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/capture/input.h"

#define ETHERNET 1u

enum source_status source_poll(struct source *source)
{
	if (source->stopped)
		return SOURCE_END;
	return source->live ? interfaces_poll(source) : files_poll(source);
}

void source_stop(struct source *source)
{
	source->stopped = true;
}

void source_counts_read(struct source *source, struct source_counts *counts)
{
	*counts = (struct source_counts){
	    .packets = source->number,
	    .filtered = source->number - source->delivered,
	    .secrets = source->secrets.count,
	    .secrets_dropped = source->secrets.dropped,
	};
	for (size_t i = 0; source->live && i < source->count; i++) {
		struct pcap_stat stat;

		if (pcap_stats(source->inputs[i]->pcap, &stat) == 0) {
			counts->lost_kernel += stat.ps_drop;
			counts->lost_interface += stat.ps_ifdrop;
		}
	}
}

const char *source_describe(const struct source *source)
{
	return source->description;
}

bool source_is_live(const struct source *source)
{
	return source->live;
}

static bool describe(struct source *source)
{
	if (source->count == 1) {
		source->description = strdup(source->inputs[0]->name);
	} else if (asprintf(&source->description, "%zu %s", source->count,
		       source->live ? "interfaces" : "files") < 0) {
		source->description = NULL;
	}
	return source->description != NULL;
}

static bool make_room(struct source *source)
{
	size_t room = source->room > 0 ? 2 * source->room : 4;
	struct input **inputs;

	if (source->count < source->room)
		return true;
	inputs = realloc(source->inputs, room * sizeof(struct input *));
	if (inputs == NULL)
		return false;
	source->inputs = inputs;
	source->room = room;
	return true;
}

struct input *source_add(struct source *source)
{
	struct input *input = make_room(source) ? calloc(1, sizeof(*input))
						: NULL;

	if (input == NULL) {
		log_write(source->log, LOG_LEVEL_ERROR, "out of memory");
		return NULL;
	}
	list_init(&input->link);
	source->inputs[source->count++] = input;
	return input;
}

void source_remove(struct source *source)
{
	struct input *input = source->inputs[--source->count];

	input_close(input);
	free(input);
}

static enum source_error open_interface(struct source *source,
    const struct source_config *config, const char *name, bool closed)
{
	struct input *input = source_add(source);

	if (input == NULL)
		return SOURCE_DENIED;
	if (name == NULL) {
		input->owned_name = input_default_interface(source->log);
		name = input->owned_name;
	}
	return name != NULL
	    ? input_open_live(input, name, config, closed, source->log)
	    : SOURCE_DENIED;
}

static enum source_error open_interfaces(
    struct source *source, const struct source_config *config, bool closed)
{
	enum source_error error = SOURCE_OK;

	if (config->count > INTERFACES_MOST) {
		log_write(source->log, LOG_LEVEL_ERROR,
		    "%zu interfaces: at most %u can be captured at a time",
		    config->count, INTERFACES_MOST);
		return SOURCE_USAGE;
	}
	if (config->count == 0)
		return open_interface(source, config, NULL, closed);
	for (size_t i = 0; i < config->count && error == SOURCE_OK; i++)
		error = open_interface(
		    source, config, config->names[i], closed);
	return error;
}

static enum source_error open_files(
    struct source *source, const struct source_config *config)
{
	if (config->filter != NULL) {
		source->filter = filter_open(config->filter, source->log);
		if (source->filter == NULL)
			return SOURCE_DENIED;
	}
	return named_open(source, config);
}

static enum source_error open_all(
    struct source *source, const struct source_config *config, bool closed)
{
	enum source_error error = config->live
	    ? open_interfaces(source, config, closed)
	    : open_files(source, config);

	if (error == SOURCE_OK && !describe(source)) {
		log_write(source->log, LOG_LEVEL_ERROR, "out of memory");
		error = SOURCE_DENIED;
	}
	return error;
}

enum source_error source_open_closed(struct source **handle,
    const struct source_config *config, const struct source_ops *ops,
    void *context, bool closed, const struct log *log)
{
	struct source *source = calloc(1, sizeof(*source));
	enum source_error error;

	if (source == NULL) {
		log_write(log, LOG_LEVEL_ERROR, "out of memory");
		return SOURCE_DENIED;
	}
	source->ops = ops;
	source->context = context;
	source->log = log;
	source->live = config->live;
	source->first = 1;
	source->step = 1;
	source->follow = config->follow;
	secrets_init(&source->secrets);
	list_init(&source->quiet);
	list_init(&source->directories);
	error = open_all(source, config, closed);
	if (error != SOURCE_OK) {
		source_close(&source);
		return error;
	}
	*handle = source;
	return SOURCE_OK;
}

enum source_error source_open(struct source **source,
    const struct source_config *config, const struct source_ops *ops,
    void *context, const struct log *log)
{
	return source_open_closed(source, config, ops, context, false, log);
}

static void close_directories(struct source *source)
{
	while (!list_empty(&source->directories)) {
		struct directory *directory = list_entry(
		    source->directories.next, struct directory, link);

		list_remove(&directory->link);
		directory_close(directory);
	}
}

void source_close(struct source **handle)
{
	struct source *source = *handle;

	if (source == NULL)
		return;
	*handle = NULL;
	while (source->count > 0)
		source_remove(source);
	free(source->inputs);
	close_directories(source);
	filter_close(&source->filter);
	secrets_clear(&source->secrets);
	heap_free(&source->turns);
	free(source->description);
	free(source);
}

enum source_error source_check_filter(
    const char *expression, const struct log *log)
{
	struct filter *filter;
	bool usable;

	if (expression == NULL)
		return SOURCE_OK;
	filter = filter_open(expression, log);
	if (filter == NULL)
		return SOURCE_DENIED;
	usable = filter_compile(filter, ETHERNET);
	filter_close(&filter);
	return usable ? SOURCE_OK : SOURCE_USAGE;
}
