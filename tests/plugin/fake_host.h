/* SPDX-License-Identifier: BSD-2-Clause */
/* A host for the tests of one plugin: no program, no capture, no files.  It
 * keeps the contract of <tcpflow/plugin.h> to the letter, remembers what the
 * plugin does, and aborts with a line of explanation where the plugin breaks
 * its part.
 *
 *	struct fake_host *host = fake_host_new(tcpflow_plugin_entry);
 *	struct fake_stream *stream;
 *
 *	assert_int_equal(fake_host_start(host, NULL), TCPFLOW_OK);
 *	stream = fake_stream_open(host, NULL);
 *	fake_stream_text(stream, TCPFLOW_C2S, "GET / HTTP/1.1\r\n\r\n");
 *	fake_stream_close(&stream, TCPFLOW_CLOSE_EXIT);
 *	assert_string_equal(fake_host_console(host), "...");
 *	fake_host_free(&host);
 *
 * The clock starts at FAKE_START_NS and goes on by one millisecond with each
 * call that feeds a stream, however many chunks the call is cut into; packets
 * are counted from 1, one a chunk. */
#ifndef TESTS_PLUGIN_FAKE_HOST_H
#define TESTS_PLUGIN_FAKE_HOST_H

#include <stdbool.h>
#include <tcpflow/plugin.h>

#define FAKE_START_NS UINT64_C(1795426700123456000) /* 2026-11-23 09:38:20 */
#define FAKE_STEP_NS UINT64_C(1000000)

struct fake_host;
struct fake_stream;

/* The plugin.  Free checks that no stream is open and all is given back. */
struct fake_host *fake_host_new(const struct tcpflow_plugin *(*entry)(void));
void fake_host_free(struct fake_host **host);

/* create, config (presets, then settings "key=value" up to a NULL; NULL: none),
 * ready, worker_open.  What the first that failed returned; the host can then
 * only be freed. */
int32_t fake_host_start(struct fake_host *host, const char *const *settings);

/* worker_close and finish; free does it where the test did not. */
void fake_host_finish(struct fake_host *host, const struct tcpflow_run *run);

/* The descriptor, and what create and worker_open gave. */
const struct tcpflow_plugin *fake_host_plugin(const struct fake_host *host);

/* The packet clock goes on; alarms that are due ring. */
void fake_host_advance(struct fake_host *host, uint64_t ns);

/* What the user asked for: TCPFLOW_OUT_...; at first FILES and CONSOLE. */
void fake_host_set_outputs(struct fake_host *host, uint32_t outputs);
/* What one scope may hold; at first 4 MiB. */
void fake_host_set_hold_most(struct fake_host *host, size_t bytes);
/* The n-th hold from now on is refused, all others are not; 0: none is. */
void fake_host_refuse_hold(struct fake_host *host, uint64_t n);
/* How many were refused so far, for whatever reason. */
uint64_t fake_host_holds_refused(const struct fake_host *host);

/* All console records so far, as given: nothing is escaped. */
const char *fake_host_console(const struct fake_host *host);
size_t fake_host_console_length(const struct fake_host *host);
uint64_t fake_host_console_records(const struct fake_host *host);
void fake_host_console_clear(struct fake_host *host);
/* From here on each span stands behind its role: "{meta}", "{start}", ... */
void fake_host_show_roles(struct fake_host *host, bool show);

/* All log lines so far: "error: text\n", ... */
const char *fake_host_log(const struct fake_host *host);

/* A named counter; 0 if the plugin never used it. */
uint64_t fake_host_counter(const struct fake_host *host, const char *name);

/* What all scopes hold together, now and at most. */
size_t fake_host_held(const struct fake_host *host);
size_t fake_host_held_most(const struct fake_host *host);

/* Records that were committed, one a line: JSON with the type, the packets and
 * what the plugin built; control and other bytes as \\xff.  There are some only
 * where TCPFLOW_OUT_RECORDS is wanted. */
const char *fake_host_records(const struct fake_host *host);
/* From here on digests are wanted; "3:294" is of 3 bytes whose sum is 294. */
void fake_host_want_digests(struct fake_host *host);

/* From here on child streams are taken; until then they are refused.  Nobody
 * reads them.  A child that was closed is three lines: "layer to name:port
 * key=value", ">bytes" and "<bytes"; in these "[5]" is a gap and "$" an eof. */
void fake_host_want_children(struct fake_host *host);
const char *fake_host_children(const struct fake_host *host);

/* What was asked for. */
uint64_t fake_host_records_begun(const struct fake_host *host);
uint64_t fake_host_digests_opened(const struct fake_host *host);
uint64_t fake_host_children_opened(const struct fake_host *host);

/* A file that the plugin wrote; they are numbered from 0 as they were opened
 * and stay until the host is freed. */
struct fake_file {
	const char *path; /* "1-c2s-label.suffix"; BY_HASH:  */
			  /* "by-hash/" and 64 digits, which */
			  /* are of no real SHA-256          */
	const uint8_t *bytes;
	size_t length;
	uint64_t missing; /* bytes of it in holes            */
	uint32_t flags;   /* of the spec                     */
	bool open;
	bool discarded;
	bool partial;
};
/* False: there is no such file. */
bool fake_host_file(
    const struct fake_host *host, size_t number, struct fake_file *file);
/* Of a file at most so many bytes are kept, as with --max-bytes; at first all. */
void fake_host_set_max_bytes(struct fake_host *host, uint64_t bytes);
/* write and pwrite of every sink answer this from now on, and do nothing. */
void fake_host_fail_sinks(struct fake_host *host, int32_t result);

/* A stream, offered to the plugin as a host would. */
struct fake_stream_spec {
	const char *client; /* "192.0.2.1:50955", "[2001:db8::1]:1"; NULL: */
	const char *server; /* 192.0.2.1:50955 and 192.0.2.2:80            */
	uint32_t flags;     /* TCPFLOW_S_...                               */
	size_t chunk_most;  /* data is cut into chunks of at most so many  */
			    /* bytes; 0: as fed                            */
};

enum fake_stream_state {
	FAKE_PROBING, /* the plugin wants to see more            */
	FAKE_REFUSED, /* the plugin does not want it             */
	FAKE_TAKEN,
	FAKE_DETACHED /* the plugin failed or said DONE          */
};

/* NULL spec: one of all zeros. */
struct fake_stream *fake_stream_open(
    struct fake_host *host, const struct fake_stream_spec *spec);

/* Feed it.  The plugin's last verdict; OK where nobody was called.  A gap's
 * reason is GAP_LOST. */
int32_t fake_stream_data(struct fake_stream *stream, uint32_t direction,
    const void *bytes, size_t length);
int32_t fake_stream_text(
    struct fake_stream *stream, uint32_t direction, const char *text);
int32_t fake_stream_gap(
    struct fake_stream *stream, uint32_t direction, uint64_t length);
int32_t fake_stream_eof(struct fake_stream *stream, uint32_t direction);
/* The last probe if one is due, then close if the plugin has the stream. */
void fake_stream_close(struct fake_stream **stream, uint32_t reason);

enum fake_stream_state fake_stream_state(const struct fake_stream *stream);
/* The probe said SWAPPED: what is fed as C2S comes from the server. */
bool fake_stream_swapped(const struct fake_stream *stream);
/* As tcpflow_stream_info has it; flags that a host may add can be set. */
struct tcpflow_stream_info *fake_stream_info(struct fake_stream *stream);

#endif
