/* SPDX-License-Identifier: BSD-2-Clause */
/* Files merged by time and interfaces by turns, as one stream of numbered
 * packets. */
#include "core/capture/source.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "core/base/list.h"
#include "core/capture/input.h"

#define BATCH 4096
#define INTERFACES_MOST 64u
#define WAIT_MS 100

struct source {
	const struct source_ops *ops;
	void *context;
	const struct log *log;
	bool live;
	bool stopped;
	uint64_t number; /* of the latest packet            */
	uint64_t filtered;
	struct input *reading; /* whose packets come in now       */
	bool merging;          /* turns holds a packet of each    */
	struct heap turns;
	char *description;
	size_t count;
	struct input inputs[];
};

static void deliver(struct source *source, struct input *input,
    const struct pcap_pkthdr *header, const uint8_t *bytes)
{
	struct packet packet = {
	    .bytes = bytes,
	    .captured = header->caplen,
	    .length = header->len,
	    .ts_ns = input_time(input, header),
	    .number = input->number = ++source->number,
	    .link_type = input->link_type,
	    .source = input->name,
	};

	if (input->filtered &&
	    pcap_offline_filter(&input->filter, header, bytes) == 0) {
		source->filtered++;
		return;
	}
	source->ops->packets(source->context, &packet, 1);
}

/* libpcap's callback. */
static void on_packet(
    u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	struct source *source = (struct source *)(void *)user;

	if (source->stopped)
		return;
	deliver(source, source->reading, header, bytes);
	if (source->stopped)
		pcap_breakloop(source->reading->pcap);
}

static void end_input(struct source *source, struct input *input, bool damaged)
{
	input->ended = true;
	input->damaged = damaged;
	if (damaged)
		input_report_damage(input, source->log);
}

/* The status when all files have ended. */
static enum source_status ended(const struct source *source)
{
	for (size_t i = 0; i < source->count; i++) {
		if (source->inputs[i].damaged)
			return SOURCE_DAMAGED;
	}
	return SOURCE_END;
}

/* A single file needs no merging: libpcap's own loop. */
static enum source_status poll_file(struct source *source)
{
	struct input *input = &source->inputs[0];
	int result;

	source->reading = input;
	result = pcap_dispatch(
	    input->pcap, BATCH, on_packet, (u_char *)(void *)source);
	if (source->stopped)
		return SOURCE_END;
	if (result > 0)
		return SOURCE_MORE;
	end_input(source, input, result < 0);
	return ended(source);
}

/* The input's next packet takes its turn among those of the others; so the one
 * it had before must be out.  False: out of memory. */
static bool read_ahead(struct source *source, struct input *input)
{
	int result = pcap_next_ex(input->pcap, &input->header, &input->bytes);

	if (result == 1)
		return heap_set(&source->turns, &input->turn,
		    input_time(input, input->header));
	heap_remove(&source->turns, &input->turn);
	end_input(source, input, result != PCAP_ERROR_BREAK);
	return true;
}

/* Of packets with the same time, that of the file named first comes first. */
static bool merge_begin(struct source *source)
{
	source->merging = true;
	for (size_t i = 0; i < source->count; i++) {
		source->inputs[i].turn.order = i;
		if (!read_ahead(source, &source->inputs[i]))
			return false;
	}
	return true;
}

static enum source_status poll_files(struct source *source)
{
	bool room = source->merging || merge_begin(source);

	for (unsigned i = 0; i < BATCH && room; i++) {
		struct heap_element *turn = heap_first(&source->turns);
		struct input *input;

		if (turn == NULL)
			return ended(source);
		input = list_entry(turn, struct input, turn);
		deliver(source, input, input->header, input->bytes);
		if (source->stopped)
			return SOURCE_END;
		room = read_ahead(source, input);
	}
	if (room)
		return SOURCE_MORE;
	log_write(source->log, LOG_LEVEL_ERROR,
	    "out of memory: cannot merge %zu files", source->count);
	return SOURCE_FAILED;
}

/* Reads what an interface has ready; how many packets that were. */
static unsigned drain_interface(struct source *source, struct input *input)
{
	int result;

	if (input->ended || source->stopped)
		return 0;
	source->reading = input;
	result = pcap_dispatch(
	    input->pcap, BATCH, on_packet, (u_char *)(void *)source);
	if (result >= 0)
		return (unsigned)result;
	if (result != PCAP_ERROR_BREAK) {
		input->ended = true;
		log_write(source->log, LOG_LEVEL_ERROR,
		    "%s: capture stopped: %s", input->name,
		    pcap_geterr(input->pcap));
	}
	return 0;
}

static enum source_status poll_interfaces(struct source *source)
{
	struct pollfd waiting[INTERFACES_MOST];
	unsigned packets = 0;
	nfds_t count = 0;

	for (size_t i = 0; i < source->count; i++)
		packets += drain_interface(source, &source->inputs[i]);
	if (source->stopped)
		return SOURCE_END;
	for (size_t i = 0; i < source->count; i++) {
		if (!source->inputs[i].ended)
			waiting[count++] = (struct pollfd){
			    .fd = pcap_get_selectable_fd(
				source->inputs[i].pcap),
			    .events = POLLIN,
			};
	}
	if (count == 0)
		return SOURCE_FAILED;
	if (packets > 0)
		return SOURCE_MORE;
	/* A signal ends the wait, too: the caller looks after it. */
	return poll(waiting, count, WAIT_MS) > 0 ? SOURCE_MORE : SOURCE_IDLE;
}

enum source_status source_poll(struct source *source)
{
	if (source->stopped)
		return SOURCE_END;
	if (source->live)
		return poll_interfaces(source);
	return source->count == 1 ? poll_file(source) : poll_files(source);
}

void source_stop(struct source *source)
{
	source->stopped = true;
}

void source_counts_read(struct source *source, struct source_counts *counts)
{
	*counts = (struct source_counts){
	    .packets = source->number,
	    .filtered = source->filtered,
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

static enum source_error open_inputs(
    struct source *source, const struct source_config *config)
{
	const struct log *log = source->log;
	enum source_error error = SOURCE_OK;

	for (size_t i = 0; i < source->count && error == SOURCE_OK; i++) {
		struct input *input = &source->inputs[i];
		char *chosen = NULL;

		if (!config->live) {
			error = input_open_file(
			    input, config->names[i], config->filter, log);
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
	heap_free(&source->turns);
	free(source->description);
	free(source);
}

enum source_error source_check_filter(const char *filter, const struct log *log)
{
	struct input input = {.pcap = pcap_open_dead(DLT_EN10MB, 262144)};
	enum source_error error;

	if (input.pcap == NULL) {
		log_write(log, LOG_LEVEL_ERROR, "out of memory");
		return SOURCE_DENIED;
	}
	error = input_compile_filter(&input, filter, log);
	input_close(&input);
	return error;
}
