/* SPDX-License-Identifier: BSD-2-Clause */
/* Opens, watches and closes what is written for all to see. */
#include "core/engine/outlets.h"

#include <errno.h>
#include <string.h>

enum host_result outlets_open(
    struct outlets *outlets, const struct outlets_config *config)
{
	*outlets = (struct outlets){.log = config->log};
	outlets->has_lock = lock_init(&outlets->lock);
	if (!outlets->has_lock) {
		log_write(config->log, LOG_LEVEL_ERROR, "out of memory");
		return HOST_FAILED;
	}
	if (config->console != NULL) {
		outlets->console = console_open(
		    config->console, &outlets->counters);
		if (outlets->console == NULL) {
			log_write(
			    config->log, LOG_LEVEL_ERROR, "out of memory");
			return HOST_FAILED;
		}
	}
	if (config->records != NULL) {
		outlets->records = records_open(
		    config->records, &outlets->counters, config->log);
		if (outlets->records == NULL)
			return HOST_FAILED;
	}
	return HOST_OK;
}

enum host_result outlets_open_files(
    struct outlets *outlets, const struct outlets_config *config, size_t memory)
{
	memory_divide(&outlets->memory, memory);
	if (config->output != NULL &&
	    !output_open(&outlets->output, config->output,
		&outlets->memory.files, &outlets->counters, config->log))
		return HOST_USAGE;
	return HOST_OK;
}

void outlets_close(struct outlets *outlets)
{
	console_close(&outlets->console);
	records_close(&outlets->records);
	output_close(&outlets->output);
	if (outlets->has_lock)
		lock_destroy(&outlets->lock);
	outlets->has_lock = false;
}

uint64_t outlets_begin(struct outlets *outlets, uint64_t ts_ns)
{
	uint64_t first_ns;

	lock_take(&outlets->lock);
	if (!outlets->begun) {
		outlets->begun = true;
		outlets->first_ns = ts_ns;
		if (outlets->console != NULL)
			console_begin(outlets->console, ts_ns);
	}
	first_ns = outlets->first_ns;
	lock_release(&outlets->lock);
	return first_ns;
}

void outlets_deliver(
    struct outlets *outlets, struct parcel *const *parcels, size_t count)
{
	size_t pieces = 0;

	for (size_t i = 0; i < count; i++)
		pieces += parcels[i]->count;
	if (pieces == 0)
		return;
	lock_take(&outlets->lock);
	parcels_deliver(parcels, count);
	lock_release(&outlets->lock);
}

/* The errno with which standard output or the records failed; 0: they have
 * not. */
static int error_of(const struct outlets *outlets)
{
	if (outlets->console != NULL && console_failed(outlets->console))
		return console_error(outlets->console);
	return outlets->records != NULL ? records_error(outlets->records) : 0;
}

bool outlets_ended(struct outlets *outlets)
{
	int error;

	lock_take(&outlets->lock);
	error = error_of(outlets);
	lock_release(&outlets->lock);
	return error != 0;
}

bool outlets_failed(const struct outlets *outlets)
{
	int error = error_of(outlets);

	return (error != 0 && error != EPIPE) ||
	    (outlets->output != NULL && output_failed(outlets->output));
}

static bool check(const struct outlets *outlets, const char *name, int error)
{
	if (error == 0 || error == EPIPE)
		return true;
	log_write(outlets->log, LOG_LEVEL_ERROR, "%s: cannot write: %s", name,
	    strerror(error));
	return false;
}

bool outlets_flush(struct outlets *outlets)
{
	bool good = true;

	if (outlets->console != NULL) {
		console_flush(outlets->console);
		good &= check(outlets, "standard output",
		    console_error(outlets->console));
	}
	if (outlets->records != NULL) {
		records_flush(outlets->records);
		good &= check(outlets, records_name(outlets->records),
		    records_error(outlets->records));
	}
	return good &&
	    (outlets->output == NULL || !output_failed(outlets->output));
}
