/* SPDX-License-Identifier: BSD-2-Clause */
/* Several sources for the same interfaces.  Until each packet has one place to go to,
 * none passes: what two of them saw would be two connections. */
#include <poll.h>
#include <string.h>

#include "core/base/hash.h"
#include "core/capture/fanout.h"
#include "core/capture/input.h"

/* Longer than the kernel keeps a block of packets to itself. */
#define DRAIN_ROUNDS 25u
#define ROUND_MS 10
#define RING_LEAST (UINT64_C(2) << 20)

struct shares {
	struct source **sources;
	unsigned count;
	const struct source_config *config;
	const struct source_sharing *sharing;
	const struct log *log;
};

static void close_from(const struct shares *shares, unsigned first)
{
	for (unsigned i = first; i < shares->count; i++)
		source_close(&shares->sources[i]);
}

/* All behind closed doors; the others have the interface that the first one chose. */
static enum source_error open_sources(const struct shares *shares,
    const struct source_ops *ops, void *const *contexts)
{
	struct source_config config = *shares->config;
	enum source_error error = SOURCE_OK;
	const char *chosen;

	config.buffer_size /= shares->count;
	if (config.buffer_size < RING_LEAST)
		config.buffer_size = RING_LEAST;
	for (unsigned i = 0; i < shares->count && error == SOURCE_OK; i++) {
		error = source_open_closed(&shares->sources[i], &config, ops,
		    contexts[i], true, shares->log);
		if (error != SOURCE_OK)
			break;
		shares->sources[i]->first = i + 1;
		shares->sources[i]->step = shares->count;
		if (config.count == 0) {
			chosen = shares->sources[0]->inputs[0]->name;
			config.names = &chosen;
			config.count = 1;
		}
	}
	return error;
}

/* One interface.  0, or an errno. */
static int share_interface(const struct shares *shares, size_t interface)
{
	struct input *first = shares->sources[0]->inputs[interface];
	uint32_t multiplier = (uint32_t)hash_multipliers_make().addend | 1u;
	struct fanout_program program;
	uint16_t group;
	int error;

	fanout_compile(&program, first->link_type, shares->sharing, multiplier);
	error = fanout_found(first->pcap, &group, &program);
	for (unsigned i = 1; i < shares->count && error == 0; i++)
		error = fanout_join(
		    shares->sources[i]->inputs[interface]->pcap, group);
	return error;
}

/* False: it was told; then there is only the first source. */
static bool share(const struct shares *shares)
{
	int error = 0;

	for (size_t i = 0; i < shares->sources[0]->count && error == 0; i++) {
		error = share_interface(shares, i);
		if (error != 0)
			log_write(shares->log, LOG_LEVEL_WARN,
			    "%s: its packets cannot be shared out: %s; there "
			    "will be one worker",
			    shares->sources[0]->inputs[i]->name,
			    strerror(error));
	}
	return error == 0;
}

/* What came before doors were closed may be handed over late. */
static void drain(const struct shares *shares)
{
	for (unsigned round = 0; round < DRAIN_ROUNDS; round++) {
		for (unsigned i = 0; i < shares->count; i++) {
			const struct source *source = shares->sources[i];

			for (size_t j = 0; source != NULL && j < source->count;
			     j++)
				fanout_drain(source->inputs[j]->pcap);
		}
		poll(NULL, 0, ROUND_MS);
	}
}

static enum source_error open_doors(const struct shares *shares)
{
	enum source_error error = SOURCE_OK;

	for (unsigned i = 0; i < shares->count; i++) {
		const struct source *source = shares->sources[i];

		for (size_t j = 0; source != NULL && j < source->count; j++) {
			if (error == SOURCE_OK)
				error = input_open_door(source->inputs[j],
				    shares->config->filter, shares->log);
		}
	}
	return error;
}

enum source_error source_open_shares(struct source **sources, unsigned count,
    const struct source_config *config, const struct source_sharing *sharing,
    const struct source_ops *ops, void *const *contexts, const struct log *log)
{
	const struct shares shares = {sources, count, config, sharing, log};
	enum source_error error;

	memset(sources, 0, count * sizeof(*sources));
	error = open_sources(&shares, ops, contexts);
	if (error == SOURCE_OK && !share(&shares)) {
		close_from(&shares, 1);
		sources[0]->first = sources[0]->step = 1;
	}
	if (error == SOURCE_OK) {
		drain(&shares);
		error = open_doors(&shares);
	}
	if (error != SOURCE_OK)
		close_from(&shares, 0);
	return error;
}
