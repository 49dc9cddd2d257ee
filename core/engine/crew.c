/* SPDX-License-Identifier: BSD-2-Clause */
/* Threads and the ring of loads.  What a worker does with a load is elsewhere
 * (worker.c). */
#include "core/engine/crew.h"

#include <stdlib.h>

#include "core/engine/beginning.h"
#include "core/engine/dispatcher.h"

#define LOADS 64u
#define WAIT_MS 1000

struct member {
	struct crew *crew;
	struct worker *worker;
	struct thread thread;
};

struct crew {
	struct load *loads; /* LOADS of them, by sequence      */
	unsigned count;     /* of members                      */
	unsigned started;
	/* Of the main thread. */
	uint64_t delivered;
	size_t bytes; /* held by what is not delivered   */
	size_t bytes_most;
	/* Within the monitor, as are loads' `pending`. */
	struct monitor monitor;
	uint64_t sent;
	bool closing;
	struct beginning beginning;
	struct member members[];
};

static struct load *load_at(const struct crew *crew, uint64_t sequence)
{
	return &crew->loads[sequence % LOADS];
}

/* The load with this sequence, when it is there; NULL: none will come. */
static struct load *await(struct crew *crew, uint64_t sequence)
{
	struct load *load;

	monitor_enter(&crew->monitor);
	while (crew->sent <= sequence && !crew->closing)
		monitor_wait(&crew->monitor, WAIT_MS);
	load = crew->sent > sequence ? load_at(crew, sequence) : NULL;
	monitor_leave(&crew->monitor);
	return load;
}

static void done(struct crew *crew, struct load *load)
{
	monitor_enter(&crew->monitor);
	if (--load->pending == 0)
		monitor_changed(&crew->monitor);
	monitor_leave(&crew->monitor);
}

/* Plugins begin on this thread, while crew_open() waits. */
static bool begin(struct crew *crew, struct worker *worker)
{
	bool begun = worker_start(worker) == HOST_OK;

	beginning_over(&crew->beginning, begun);
	return begun;
}

static void *work(void *argument)
{
	struct member *member = argument;
	struct crew *crew = member->crew;
	struct load *load;

	if (!begin(crew, member->worker))
		return NULL;
	for (uint64_t next = 0; (load = await(crew, next)) != NULL; next++) {
		worker_take(member->worker, load);
		done(crew, load);
	}
	return NULL;
}

/* Brings out what the workers wrote about the oldest load. */
static void deliver(struct crew *crew)
{
	struct load *load = load_at(crew, crew->delivered++);
	struct parcel *parcels[WORKERS_MOST];

	for (unsigned i = 0; i < crew->count; i++)
		parcels[i] = &load->parcels[i];
	parcels_deliver(parcels, crew->count);
	crew->bytes -= load->bytes;
	load_release(load);
}

/* Whether the oldest load is done; `wait`: until it is. */
static bool oldest_is_done(struct crew *crew, bool wait)
{
	const struct load *load = load_at(crew, crew->delivered);
	bool is_done;

	monitor_enter(&crew->monitor);
	while (wait && load->pending > 0)
		monitor_wait(&crew->monitor, WAIT_MS);
	is_done = load->pending == 0;
	monitor_leave(&crew->monitor);
	return is_done;
}

static bool is_full(const struct crew *crew)
{
	return crew->sent - crew->delivered == LOADS ||
	    crew->bytes > crew->bytes_most;
}

struct load *crew_load(struct crew *crew)
{
	while (
	    crew->delivered < crew->sent && oldest_is_done(crew, is_full(crew)))
		deliver(crew);
	return load_at(crew, crew->sent);
}

void crew_send(struct crew *crew)
{
	struct load *load = load_at(crew, crew->sent);

	crew->bytes += load->bytes;
	monitor_enter(&crew->monitor);
	load->pending = crew->count;
	crew->sent++;
	monitor_changed(&crew->monitor);
	monitor_leave(&crew->monitor);
}

void crew_rest(struct crew *crew)
{
	while (crew->delivered < crew->sent) {
		oldest_is_done(crew, true);
		deliver(crew);
	}
}

static struct crew *new_crew(unsigned count)
{
	struct crew *crew = calloc(
	    1, sizeof(*crew) + count * sizeof(crew->members[0]));

	if (crew == NULL)
		return NULL;
	crew->count = count;
	crew->beginning.monitor = &crew->monitor;
	crew->loads = calloc(LOADS, sizeof(*crew->loads));
	if (crew->loads == NULL || !monitor_init(&crew->monitor)) {
		free(crew->loads);
		free(crew);
		return NULL;
	}
	for (size_t i = 0; i < LOADS; i++)
		list_init(&crew->loads[i].datagrams);
	return crew;
}

/* A member's thread; one begins after the other, in the order of their index. */
static bool start(
    struct crew *crew, struct worker *worker, const struct log *log)
{
	struct member *member = &crew->members[crew->started];

	*member = (struct member){.crew = crew, .worker = worker};
	return beginning_start(&crew->beginning, &member->thread, work, member,
	    &crew->started, log);
}

struct crew *crew_open(struct worker *workers, unsigned count,
    size_t bytes_most, const struct log *log)
{
	struct crew *crew = new_crew(count);

	if (crew == NULL) {
		log_write(log, LOG_LEVEL_ERROR, "out of memory");
		return NULL;
	}
	crew->bytes_most = bytes_most;
	while (crew->started < count) {
		if (!start(crew, &workers[crew->started], log)) {
			crew_close(&crew);
			return NULL;
		}
	}
	return crew;
}

void crew_close(struct crew **handle)
{
	struct crew *crew = *handle;

	if (crew == NULL)
		return;
	*handle = NULL;
	monitor_enter(&crew->monitor);
	crew->closing = true;
	monitor_changed(&crew->monitor);
	monitor_leave(&crew->monitor);
	for (unsigned i = 0; i < crew->started; i++)
		thread_join(&crew->members[i].thread);
	crew_rest(crew);
	for (size_t i = 0; i < LOADS; i++) {
		for (unsigned j = 0; j < crew->count; j++)
			parcel_free(&crew->loads[i].parcels[j]);
	}
	monitor_destroy(&crew->monitor);
	free(crew->loads);
	free(crew);
}
