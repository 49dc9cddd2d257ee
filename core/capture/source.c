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
	};
	for (size_t i = 0; source->live && i < source->count; i++) {
		struct pcap_stat stat;

		if (pcap_stats(source->inputs[i].pcap, &stat) == 0) {
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
		source->description = strdup(source->inputs[0].name);
	} else if (asprintf(&source->description, "%zu %s", source->count,
		       source->live ? "interfaces" : "files") < 0) {
		source->description = NULL;
	}
	return source->description != NULL;
}

/* The first link types' programs are made before the capture starts, so that a
 * mistake in the filter shows at once. */
static enum source_error open_file(
    struct source *source, struct input *input, const char *name)
{
	enum source_error error = input_open_file(input, name, source->log);

	if (error == SOURCE_OK && source->filter != NULL &&
	    !filter_compile(
		source->filter, reader_first(&input->reader)->link_type))
		error = SOURCE_USAGE;
	return error;
}

static enum source_error open_inputs(
    struct source *source, const struct source_config *config)
{
	const struct log *log = source->log;
	enum source_error error = SOURCE_OK;

	for (size_t i = 0; i < source->count && error == SOURCE_OK; i++) {
		struct input *input = &source->inputs[i];
		char *chosen = NULL;

		if (!config->live) {
			error = open_file(source, input, config->names[i]);
			continue;
		}
		if (config->count == 0) {
			chosen = input_default_interface(log);
			if (chosen == NULL)
				return SOURCE_DENIED;
		}
		error = input_open_live(input,
		    chosen != NULL ? chosen : config->names[i], config, log);
		input->owned_name = chosen;
	}
	return error;
}

enum source_error source_open(struct source **handle,
    const struct source_config *config, const struct source_ops *ops,
    void *context, const struct log *log)
{
	size_t count = config->count > 0 ? config->count : 1;
	struct source *source;
	enum source_error error;

	if (config->live && count > INTERFACES_MOST) {
		log_write(log, LOG_LEVEL_ERROR,
		    "%zu interfaces: at most %u can be captured at a time",
		    count, INTERFACES_MOST);
		return SOURCE_USAGE;
	}
	source = calloc(1, sizeof(*source) + count * sizeof(struct input));
	if (source == NULL) {
		log_write(log, LOG_LEVEL_ERROR, "out of memory");
		return SOURCE_DENIED;
	}
	source->ops = ops;
	source->context = context;
	source->log = log;
	source->live = config->live;
	source->count = count;
	if (!config->live && config->filter != NULL) {
		source->filter = filter_open(config->filter, log);
		if (source->filter == NULL) {
			source_close(&source);
			return SOURCE_DENIED;
		}
	}
	error = open_inputs(source, config);
	if (error == SOURCE_OK && !describe(source)) {
		log_write(log, LOG_LEVEL_ERROR, "out of memory");
		error = SOURCE_DENIED;
	}
	if (error != SOURCE_OK) {
		source_close(&source);
		return error;
	}
	*handle = source;
	return SOURCE_OK;
}

void source_close(struct source **handle)
{
	struct source *source = *handle;

	if (source == NULL)
		return;
	*handle = NULL;
	for (size_t i = 0; i < source->count; i++)
		input_close(&source->inputs[i]);
	filter_close(&source->filter);
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
