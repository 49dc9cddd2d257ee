/* SPDX-License-Identifier: BSD-2-Clause */
/* A host for the tests of one plugin: no program, no capture, no files.  It
 * keeps the contract of <tcpflow/plugin.h> to the letter, remembers what the
 * plugin does, and ends the test with a line of explanation where the plugin
 * breaks its part.  Installed as <tcpflow-plugin-test/fake_host.h>:
 *
 *	cc -o test test.c mine.c \
 *	    $(pkg-config --cflags --libs tcpflow-plugin-test)
 *
 *	struct fake_host *host = fake_host_new(tcpflow_plugin_entry);
 *	struct fake_stream *stream;
 *
 *	assert(fake_host_start(host, NULL) == TCPFLOW_OK);
 *	stream = fake_stream_open(host, NULL);
 *	fake_stream_text(stream, TCPFLOW_C2S, "GET / HTTP/1.1\r\n\r\n");
 *	fake_stream_close(&stream, TCPFLOW_CLOSE_EXIT);
 *	assert(strcmp(fake_host_console(host), "...") == 0);
 *	fake_host_free(&host);
 *
 * What ends a test: abort(), behind "fake host: ..." on standard error.  It
 * does so for what a plugin must not do, and for what a test cannot mean, such
 * as to feed a direction behind its end.  A plugin that reads what was only
 * lent to it finds 0xdb there, and -fsanitize=address finds the plugin.
 *
 * The clock starts at FAKE_START_NS and goes on by one millisecond with each
 * call that feeds a stream, however many chunks the call is cut into; packets
 * are counted from 1, one a chunk.
 *
 * Text that the functions return is the host's: it is never NULL, ends with a
 * NUL, and is valid until the plugin is called again or the host is freed.
 * Memory that runs out ends the test. */
#ifndef TCPFLOW_PLUGIN_TEST_FAKE_HOST_H
#define TCPFLOW_PLUGIN_TEST_FAKE_HOST_H

#include <stdbool.h>
#include <tcpflow/plugin.h>

#ifdef __cplusplus
extern "C" {
#endif

#define FAKE_START_NS UINT64_C(1795426700123456000) /* 2026-11-23 09:38:20 */
#define FAKE_STEP_NS UINT64_C(1000000)

struct fake_host;
struct fake_stream;

/* The plugin's life. ------------------------------------------------------ */

/* A host for the plugin of this entry, whose descriptor is checked.  Nothing of
 * the plugin but its entry is called.  The caller's, until fake_host_free(). */
struct fake_host *fake_host_new(const struct tcpflow_plugin *(*entry)(void));

/* What is not done yet: worker_close, finish (if packets were read), destroy.
 * No stream may be open.  All that was held must have been released.  Takes the
 * address of your pointer and clears it. */
void fake_host_free(struct fake_host **host);

/* create, config (presets, then settings "key=value" up to a NULL; NULL: none;
 * a key alone is "key=yes"), ready, and worker_open for each worker.  Returns
 * OK, or what the first that failed returned: EINVAL also for a key that the
 * plugin does not have, and for one that is required and not given.  Behind a
 * failure the host can be looked at and freed.  Once for each host. */
int32_t fake_host_start(struct fake_host *host, const char *const *settings);

/* worker_close for each worker, in order of index, and finish.  NULL: a run of
 * the packets that were fed.  No stream may be open.  If a test does not call
 * it, fake_host_free() does. */
void fake_host_finish(struct fake_host *host, const struct tcpflow_run *run);

/* Before start: how many workers there are; at first 1.  All run on the thread
 * of the test; a plugin that uses a scope of one worker in a callback of another
 * ends the test. */
void fake_host_set_workers(struct fake_host *host, size_t count);

/* The descriptor that the entry returned; the plugin's. */
const struct tcpflow_plugin *fake_host_plugin(const struct fake_host *host);

/* What the user asked for: TCPFLOW_OUT_...; at first FILES and CONSOLE.  Before
 * start.  What is not wanted is swallowed, as a host does. */
void fake_host_set_outputs(struct fake_host *host, uint32_t outputs);

/* How wide the terminal is; at first 0: there is none.  Before start. */
void fake_host_set_columns(struct fake_host *host, uint32_t columns);

/* The packet clock goes on by so many nanoseconds; alarms that are due ring, in
 * their order.  (They ring as well before the next packet of any stream.) */
void fake_host_advance(struct fake_host *host, uint64_t ns);

/* Mistakes and failures. -------------------------------------------------- */

/* Lenient: a misuse for which the headers name a result (EINVAL, ENOSYS; NULL
 * from record->begin) gets it instead of ending the test, so that one can see
 * what the plugin makes of it.  Other misuse ends the test all the same.  At
 * first false. */
void fake_host_set_lenient(struct fake_host *host, bool lenient);
/* What was answered so, one line each. */
const char *fake_host_misuses(const struct fake_host *host);

/* What one stream may hold, in bytes; at first 4 MiB. */
void fake_host_set_hold_most(struct fake_host *host, size_t bytes);
/* The n-th hold from now on is refused, all others are not; 0: none is. */
void fake_host_refuse_hold(struct fake_host *host, uint64_t n);
/* How many were refused so far, for whatever reason. */
uint64_t fake_host_holds_refused(const struct fake_host *host);
/* Bytes that all scopes hold together, now and at most. */
size_t fake_host_held(const struct fake_host *host);
size_t fake_host_held_most(const struct fake_host *host);

/* The n-th from now on of the calls that may fail without a mistake fails, all
 * others do not; 0: none does.  They are: sink->open (ENOMEM); write, pwrite,
 * append and finish of a sink that is wanted (EIO); record->begin and
 * digest->open where one is wanted (NULL); record->commit (ENOMEM, or EIO with
 * `into'); child->open (ENOMEM) and child->data (ELIMIT, which ends the child)
 * where children are taken.  To try every point:
 *
 *	for (n = 1; n == 1 || n <= calls; n++) {
 *		host = ...;
 *		fake_host_fail_call(host, n);
 *		...
 *		calls = fake_host_calls(host);
 *	} */
void fake_host_fail_call(struct fake_host *host, uint64_t n);
/* How many such calls there were so far. */
uint64_t fake_host_calls(const struct fake_host *host);

/* What the plugin said. --------------------------------------------------- */

/* All console records so far, one behind the other, as given: nothing is
 * escaped, no newline added.  Since bytes may be NUL, with their length. */
const char *fake_host_console(const struct fake_host *host);
size_t fake_host_console_length(const struct fake_host *host);
/* How many records there were, wanted or not; and none, from now on. */
uint64_t fake_host_console_records(const struct fake_host *host);
void fake_host_console_clear(struct fake_host *host);
/* From here on each span stands behind its role: "{text}", "{meta}", "{start}",
 * "{name}", "{value}", "{body}" or "{alert}". */
void fake_host_show_roles(struct fake_host *host, bool show);

/* All log lines so far: "error: text\n", or warn, info, debug. */
const char *fake_host_log(const struct fake_host *host);

/* The plugin asked to end the run.  Feeding goes on all the same, as packets that
 * were read do. */
bool fake_host_stop_asked(const struct fake_host *host);

/* A named counter, over all workers; 0 if the plugin never used it. */
uint64_t fake_host_counter(const struct fake_host *host, const char *name);

/* Records that were committed, one a line: JSON as tcpflow-records(5) has it,
 * with "type", "packets" (where they are known) and what the plugin built, in
 * that order and without blanks.  There are some only where TCPFLOW_OUT_RECORDS
 * is wanted. */
const char *fake_host_records(const struct fake_host *host);
/* How often record->begin was called in all, wanted or not. */
uint64_t fake_host_records_begun(const struct fake_host *host);

/* From here on digests are wanted.  One puts a member "digest" into a record:
 * "3:294" is of 3 bytes whose sum is 294. */
void fake_host_want_digests(struct fake_host *host);
/* How often digest->open was called in all, wanted or not. */
uint64_t fake_host_digests_opened(const struct fake_host *host);

/* Files. ------------------------------------------------------------------ */

/* A sink that the plugin opened.  What it points at is the host's, until the
 * host is freed or the plugin is called again. */
struct fake_file {
	const char *path; /* "1-c2s-label-hint.suffix": the  */
			  /* sink's number and direction     */
			  /* ("both" for DIR_NONE), or       */
			  /* "1-run", "1-worker0" for those  */
			  /* of other scopes; ".partial"     */
			  /* behind it; or, BY_HASH,         */
			  /* "by-hash/" and 64 digits        */
	const uint8_t *bytes;
	size_t length;
	uint64_t missing;   /* bytes of it in holes            */
	uint64_t size_hint; /* of the spec                     */
	uint32_t flags;     /* likewise: TCPFLOW_SINK_...      */
	bool exists;        /* in the output directory: files  */
			    /* are wanted, a byte came, and it */
			    /* was not discarded               */
	bool open;
	bool discarded;
	bool partial;
	bool capped;
	bool duplicate; /* BY_HASH: stored before          */
};

/* The sink of this number, from 0 in the order of opening; those of the run and
 * of workers count as well, and all stay until the host is freed.  False: there
 * is none, and *file is left alone.
 *
 * Where a result has a SHA-256, it is no real one, but 8 bytes (64-bit FNV-1a,
 * the lowest first) four times. */
bool fake_host_file(
    const struct fake_host *host, size_t number, struct fake_file *file);

/* Of a file at most so many bytes are kept, as with --max-bytes; 0, as at first:
 * all. */
void fake_host_set_max_bytes(struct fake_host *host, uint64_t bytes);
/* write, pwrite and append of every sink that is wanted answer this from now on
 * and do nothing; TCPFLOW_OK: they work again. */
void fake_host_fail_sinks(struct fake_host *host, int32_t result);

/* Child streams. ---------------------------------------------------------- */

/* At first child->open is answered with ENOMEM, as a host may do at any time.
 * From here on children are taken, and nobody reads them: data, gap and eof
 * answer DONE. */
void fake_host_want_children(struct fake_host *host);
/* From here on children are taken, and offered to the plugin itself, as a host
 * does where no other is in use: with probe, or without where the child is
 * CERTAIN of the plugin's name. */
void fake_host_read_children(struct fake_host *host);
/* So many may be open at one time in one stream, else ELIMIT; at first 4096.  A
 * child of depth 9 is ELIMIT in any case. */
void fake_host_set_children_most(struct fake_host *host, size_t count);
/* Of each child that was closed, in order, three lines: "layer to name:port
 * key=value", ">bytes" of its client and "<bytes" of its server; in these "[5]"
 * is a gap and "$" an eof. */
const char *fake_host_children(const struct fake_host *host);
/* How often child->open was called in all, taken or not. */
uint64_t fake_host_children_opened(const struct fake_host *host);

/* Streams. ---------------------------------------------------------------- */

/* A conversation, as a test wants it; members that are 0: as said. */
struct fake_stream_spec {
	const char *client; /* "192.0.2.1:50955", "[2001:db8::1]:1"; NULL: */
	const char *server; /* 192.0.2.1:50955 and 192.0.2.2:80            */
	uint32_t flags;     /* TCPFLOW_S_...                               */
	size_t chunk_most;  /* data is cut into chunks of at most so many  */
			    /* bytes; 0: as fed                            */
	size_t worker;      /* whose it is                                 */
	uint64_t span;      /* a chunk began so many packets before the    */
			    /* one that completed it, as those of decoders */
			    /* do; of TCP it is 0                          */
};

/* What has become of it. */
enum fake_stream_state {
	FAKE_PROBING, /* nothing came yet, or the plugin wants to see more */
	FAKE_REFUSED, /* the plugin does not want it, or not yet: of one   */
		      /* that is MIDSTREAM or had a gap it is asked again  */
		      /* where a segment begins, 64 times                  */
	FAKE_TAKEN,
	FAKE_DETACHED /* the plugin failed or said DONE                    */
};

/* A stream, which is offered to the plugin from its first event on.  NULL spec:
 * one of all zeros.  The caller's, until fake_stream_close().  The host must
 * have been started. */
struct fake_stream *fake_stream_open(
    struct fake_host *host, const struct fake_stream_spec *spec);

/* So many bytes of a direction come; text: without its NUL.  They are copied; no
 * bytes: nothing happens.  Returns the last that the plugin answered, be it from
 * open, data, gap or eof (of what was withheld while it was asked, too), or OK
 * where it was not called or only asked. */
int32_t fake_stream_data(struct fake_stream *stream, uint32_t direction,
    const void *bytes, size_t length);
int32_t fake_stream_text(
    struct fake_stream *stream, uint32_t direction, const char *text);
/* So many bytes are missing; 0: nobody knows how many, as decoders say.  The
 * reason is GAP_LOST, or the one given; SNAPLEN sets TCPFLOW_S_TRUNCATED.
 * Returns as fake_stream_data(). */
int32_t fake_stream_gap(
    struct fake_stream *stream, uint32_t direction, uint64_t length);
int32_t fake_stream_gap_as(struct fake_stream *stream, uint32_t direction,
    uint64_t length, uint32_t reason);
/* The direction ends; nothing of it may be fed behind this.  The reason is
 * CLOSE_FIN, or the one given.  Returns as fake_stream_data(). */
int32_t fake_stream_eof(struct fake_stream *stream, uint32_t direction);
int32_t fake_stream_eof_as(
    struct fake_stream *stream, uint32_t direction, uint32_t reason);

/* The last offer if one is due, then close (TCPFLOW_CLOSE_...) if the plugin has
 * the stream.  One to which nothing happened never reaches the plugin.  Takes
 * the address of your pointer and clears it. */
void fake_stream_close(struct fake_stream **stream, uint32_t reason);

/* What has become of it so far. */
enum fake_stream_state fake_stream_state(const struct fake_stream *stream);
/* The probe said SWAPPED: what is fed as C2S the plugin sees as S2C. */
bool fake_stream_swapped(const struct fake_stream *stream);

/* What the plugin is told of it.  Before the first event each member may be
 * changed, such as depth, parent and layer for a plugin that looks at inner
 * streams; what it points at is copied then, but for parent.  flow_id,
 * start_packet and start_ns are 0 until then, and if a test leaves them so, the
 * first event's.  Once the stream is taken only flags that a host may add may be
 * changed.  Valid until the next call for the stream. */
struct tcpflow_stream_info *fake_stream_info(struct fake_stream *stream);

#ifdef __cplusplus
}
#endif
#endif
