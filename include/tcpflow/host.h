/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpflow/host.h - what the host does for a plugin.
 *
 * Plugins get a const struct tcpflow_host pointer, valid until destroy has
 * returned, and never link against the program: a plugin builds with
 * -Wl,-z,defs and can be driven by a test or a fuzzer that supplies its own
 * table.  Tables are append-only.  Those of ABI 1.0 are never NULL, nor are
 * their functions: an output that the user does not want swallows what it is
 * given and says OK.  Anything newer: TCPFLOW_CAN.
 *
 * Thread rule: a service may be called only from inside a callback, on the
 * thread that made the callback, with a scope of the same plugin that lives
 * on that thread: the run's scope belongs to the main thread, a worker's and
 * its streams' to that worker, a worker's in worker_close to the main thread.
 * In probe only log and count may be called.  A call that breaks a rule of this
 * file, as far as that can be noticed, does nothing and returns EINVAL, NULL or
 * 0, and the user is told of the plugin; it never ends the program.
 *
 * Everything passed to a service is copied or used up before it returns.
 */
#ifndef TCPFLOW_HOST_H
#define TCPFLOW_HOST_H

#include <tcpflow/types.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define TCPFLOW_PRINTF(f, a) __attribute__((__format__(__printf__, f, a)))
#else
#define TCPFLOW_PRINTF(f, a)
#endif

struct tcpflow_sink;			/* an output the host owns         */
struct tcpflow_record;			/* one JSON record being built     */
struct tcpflow_child;			/* a decoder's end of a child      */
struct tcpflow_digest;			/* the digests of one run of bytes */

#define TCPFLOW_LOG_ERROR	0u
#define TCPFLOW_LOG_WARN	1u
#define TCPFLOW_LOG_INFO	2u
#define TCPFLOW_LOG_DEBUG	3u

/* What the user asked for; a plugin need not render anything else. */
#define TCPFLOW_OUT_FILES	0x1u
#define TCPFLOW_OUT_CONSOLE	0x2u
#define TCPFLOW_OUT_RECORDS	0x4u

struct tcpflow_sink_spec {
	uint32_t	struct_size;
	uint32_t	flags;
#define TCPFLOW_SINK_SPARSE	0x1u	/* pwrite may leave holes          */
#define TCPFLOW_SINK_UNCAPPED	0x2u	/* exempt from --max-bytes         */
#define TCPFLOW_SINK_HASH	0x4u	/* result has the SHA-256, of the  */
					/* bytes without holes; not where  */
					/* pwrite went back                */
#define TCPFLOW_SINK_BY_HASH	0x8u	/* same bytes are stored once, as  */
					/* by-hash/SHA256; no pwrite, and  */
					/* not with SHARED                 */
#define TCPFLOW_SINK_SHARED	0x10u	/* one for the run; see append     */
	uint32_t	dir;		/* for %-templates; or DIR_NONE    */
	uint32_t	zero;
	const char	*label;		/* "body", "header"; may be NULL   */
	const char	*suffix;	/* ".html"; or NULL                */
	struct tcpflow_slice name_hint;	/* e.g. a URL; host takes its last */
					/* part, and what is harmless of   */
					/* that; len 0: none               */
	const char	*head;		/* SHARED: before the first piece, */
	const char	*between;	/* between pieces and              */
	const char	*tail;		/* after the last; or NULL         */
	uint64_t	size_hint;	/* 0: unknown                      */
};

struct tcpflow_sink_finish {
	uint32_t	struct_size;
	uint32_t	flags;
#define TCPFLOW_SINK_DISCARD	0x1u	/* not wanted after all: remove    */
#define TCPFLOW_SINK_PARTIAL	0x2u	/* cut short: named so by the host */
	const char	*suffix;	/* NULL: as in open                */
	struct tcpflow_slice name_hint;	/* len 0: as in open               */
};

struct tcpflow_sink_result {		/* plugin sets struct_size         */
	uint32_t	struct_size;
	uint32_t	flags;
#define TCPFLOW_SINK_CAPPED	0x1u	/* --max-bytes cut it              */
#define TCPFLOW_SINK_DUPLICATE	0x2u	/* path was stored before          */
#define TCPFLOW_SINK_HASHED	0x4u	/* sha256 is set                   */
	const char	*path;		/* as in path(), but final, until  */
					/* the callback returns; NULL: none*/
	uint8_t		sha256[32];
	uint64_t	bytes;		/* written                         */
};

/* Named files.  The host owns the name template, directories, descriptor
 * pool, caps and disk errors.  A sink belongs to the scope that opened it.
 * write() returns OK (all written), ELIMIT (up to the cap, and nothing ever
 * after; not an error of the plugin) or EIO.  It never says "later".
 * A sink still open when its stream's close returns is finished by the host
 * as PARTIAL; a worker's, after worker_close, and one of the run, after finish,
 * as it stands.
 *
 * A file of a stream is called as the user's template says, with "-label",
 * "-hint" and suffix behind; one of the run NAME-label-hintSUFFIX, NAME being the
 * plugin's, one of a worker NAME-workerN-...  What is there is never replaced:
 * the next free cN is taken.  No bytes, no file.  Of the run at most 1 MiB can be
 * written before packets are read, in order.
 *
 * A SHARED sink (HAR, CSV) is opened in ready, or in finish, with the run's
 * scope.  Streams on any worker append whole pieces to it; the host puts them in the order of
 * records, writes head, between and tail, and creates the file at the first
 * piece or the end of the run.  write and pwrite on it are EINVAL.  The cap cuts
 * no piece: where one does not fit, append is ELIMIT from then on.  On a worker a
 * piece waits for its turn: that the disk did not take it is told by a later
 * append, and ELIMIT is of as many bytes as do not fit, while with several workers
 * their turn decides which. */
struct tcpflow_sink_api {
	uint32_t	struct_size;
	uint32_t	zero;
	int32_t	(*open)(struct tcpflow_scope *,
		    const struct tcpflow_sink_spec *, struct tcpflow_sink **);
	int32_t	(*write)(struct tcpflow_sink *, const void *, size_t);
	int32_t	(*pwrite)(struct tcpflow_sink *, uint64_t off,
		    const void *, size_t);
	int32_t	(*append)(struct tcpflow_sink *, struct tcpflow_scope *,
		    const void *, size_t);
	/* Relative to the output directory, until finish(); later names may
	 * differ.  NULL if it has none yet: its first bytes may be in a
	 * buffer; BY_HASH and files that nobody wants never have one here. */
	const char *(*path)(const struct tcpflow_sink *);
	/* Frees the sink whatever it returns.  NULL sink is fine; NULL how:
	 * keep, complete; NULL result: not interested. */
	int32_t	(*finish)(struct tcpflow_sink *,
		    const struct tcpflow_sink_finish *how,
		    struct tcpflow_sink_result *result);
};

/* The console.  One call is one record: it appears whole and unmixed, or is
 * dropped whole and counted (still OK).  A plugin says what a span is; the
 * host decides its colour, and escapes control characters other than newline
 * and tab in every span, so that nothing from the network can drive the
 * terminal; CR LF is shown as a newline.  Whether the host writes the time or
 * the addresses in front is the user's choice: they start on a fresh line.
 * Otherwise the host adds no newline.  Records of one stream appear in the order of
 * the calls, those of different streams in the order of the packets that
 * caused them; a child's come where the parent's call to child->data is. */
struct tcpflow_span {			/* frozen; borrowed bytes          */
	const void	*ptr;
	size_t		len;
	uint32_t	role;		/* unknown roles are shown as TEXT */
#define TCPFLOW_ROLE_TEXT	0u
#define TCPFLOW_ROLE_META	1u	/* flow, time, sizes               */
#define TCPFLOW_ROLE_START	2u	/* request or status line          */
#define TCPFLOW_ROLE_NAME	3u	/* header name                     */
#define TCPFLOW_ROLE_VALUE	4u	/* header value                    */
#define TCPFLOW_ROLE_BODY	5u
#define TCPFLOW_ROLE_ALERT	6u	/* gap, truncation, anomaly        */
	uint32_t	flags;
#define TCPFLOW_SPAN_RAW	0x1u	/* unescaped where the user asked  */
					/* for binary output (-B)          */
#define TCPFLOW_SPAN_CONTINUED	0x2u	/* last span only: text goes on in */
					/* the next record of this scope   */
					/* and direction, so a character   */
					/* cut in two is put together      */
};

struct tcpflow_console_api {
	uint32_t	struct_size;
	uint32_t	zero;
	int32_t	(*put)(struct tcpflow_scope *, uint32_t dir,
		    const struct tcpflow_span *, size_t nspans);
	/* How wide the terminal is that people look at, as the program began;
	 * 0: it is none, so what is shown is read by programs, too. */
	uint32_t (*columns)(const struct tcpflow_scope *);
};

struct tcpflow_record_spec {
	uint32_t	struct_size;
	uint32_t	flags;
#define TCPFLOW_RECORD_BARE	0x1u	/* no envelope; only with into     */
	uint64_t	ts_ns;		/* of what it tells, e.g. a request*/
	uint64_t	first_packet;	/* with the flow they tell which   */
	uint64_t	last_packet;	/* packets it came from; 0: unknown*/
	const char	*type;		/* "http"                          */
	struct tcpflow_sink *into;	/* a SHARED sink; NULL: --json     */
};

/* JSON lines.  begin() writes the common envelope (time, flow, community
 * id, addresses, layer, packets), less what a run's scope does not have.  A record must be
 * committed or abandoned in the callback that began it; it stands in the
 * order of commits.  begin() returns NULL where nobody wants the record, memory
 * is short or a flag is not known; every function takes NULL.  Errors stick:
 * only commit() has to be checked.  One that is still open when its callback
 * returns is abandoned, counted, and told as a mistake.
 *
 * key: UTF-8, any length above 0, once per object, where the envelope's count
 * (a host knows at least the first 128 of the objects that are open); NULL inside
 * an array, and only there.  Values of str and hex may be any bytes; str that is not
 * UTF-8 is written as RECORDS says, so that no byte is lost. */
struct tcpflow_record_api {
	uint32_t	struct_size;
	uint32_t	zero;
	struct tcpflow_record *(*begin)(struct tcpflow_scope *,
		    const struct tcpflow_record_spec *);
	void	(*str)(struct tcpflow_record *, const char *key,
		    const void *, size_t);
	void	(*hex)(struct tcpflow_record *, const char *key,
		    const void *, size_t);
	void	(*u64)(struct tcpflow_record *, const char *key, uint64_t);
	void	(*i64)(struct tcpflow_record *, const char *key, int64_t);
	/* NaN and infinities have no JSON: they are left out. */
	void	(*f64)(struct tcpflow_record *, const char *key, double);
	/* Nanoseconds, written in seconds: a time or a duration. */
	void	(*time)(struct tcpflow_record *, const char *key, int64_t ns);
	void	(*boolean)(struct tcpflow_record *, const char *key, int32_t);
	void	(*object)(struct tcpflow_record *, const char *key);
	void	(*array)(struct tcpflow_record *, const char *key);
	void	(*end)(struct tcpflow_record *);	/* object or array */
	int32_t	(*commit)(struct tcpflow_record *);	/* frees           */
	void	(*abandon)(struct tcpflow_record *);	/* frees           */
};

/* The digests that the user asked for (--hash), for bytes that go to no file
 * or have another length there.  open() returns NULL where none is wanted;
 * every function takes NULL.  put() adds members such as "sha256" to the open
 * object of a record and may be called once, before close().  A digest belongs to
 * the scope that opened it, which closes it at its end. */
struct tcpflow_digest_api {
	uint32_t	struct_size;
	uint32_t	zero;
	struct tcpflow_digest *(*open)(struct tcpflow_scope *);
	void	(*update)(struct tcpflow_digest *, const void *, size_t);
	void	(*put)(struct tcpflow_digest *, struct tcpflow_record *);
	void	(*close)(struct tcpflow_digest *);	/* frees           */
};

/* Child streams: bytes a decoder uncovered, offered again to all plugins.
 * Delivery is immediate and depth first: plugins on the child, perhaps this
 * one again with another state, run before the call returns, and may open
 * children in turn; callbacks of the decoder's own stream never run inside.
 * What goes wrong in there is not the decoder's concern.
 *
 * A handle is good until close() or until the decoder's own close callback
 * has returned; in that callback children can still be fed.  What is then
 * open the host closes (PARENT), newest first.  Both need the same worker.
 * Limits count children open at one time; ELIMIT from data ends the child,
 * whose handle still wants its close. */
struct tcpflow_child_spec {
	uint32_t	struct_size;
	uint32_t	flags;
#define TCPFLOW_CHILD_CERTAIN	0x1u	/* protocol is known: no probing   */
#define TCPFLOW_CHILD_REVERSED	0x2u	/* opened by the parent's server:  */
					/* its C2S is the parent's S2C     */
#define TCPFLOW_CHILD_SYNTHETIC	0x4u	/* framing is the decoder's        */
	const char	*layer;		/* "gzip", "tls", "socks", "h2"    */
	const char	*protocol;	/* plugin to ask first; or NULL    */
	const struct tcpflow_addr *client;	/* NULL: as parent, or     */
	const struct tcpflow_addr *server;	/* swapped if REVERSED     */
	struct tcpflow_slice server_name;	/* len 0: as parent        */
	const struct tcpflow_attr *attrs;	/* "sni", "alpn", ...      */
	size_t		nattrs;
};

/* data, gap and eof return OK; DONE_DIR or DONE when nobody reads on, so that
 * a decoder may save the work (feeding on is no error); ELIMIT; EINVAL. */
struct tcpflow_child_api {
	uint32_t	struct_size;
	uint32_t	zero;
	int32_t	(*open)(struct tcpflow_scope *parent,
		    const struct tcpflow_child_spec *,
		    struct tcpflow_child **);
	int32_t	(*data)(struct tcpflow_child *, const struct tcpflow_chunk *);
	int32_t	(*gap)(struct tcpflow_child *, const struct tcpflow_gap *);
	int32_t	(*eof)(struct tcpflow_child *, const struct tcpflow_end *);
	/* NULL end: as PARENT; NULL child is fine. */
	void	(*close)(struct tcpflow_child *, const struct tcpflow_end *);
};

struct tcpflow_host {
	uint32_t	struct_size;
	uint16_t	abi_major;
	uint16_t	abi_minor;
	const char	*version;	/* for messages only               */

	const struct tcpflow_sink_api		*sink;
	const struct tcpflow_console_api	*console;
	const struct tcpflow_record_api		*record;
	const struct tcpflow_child_api		*child;
	const struct tcpflow_digest_api		*digest;

	/* One line; the host adds who and which flow, escapes controls, and
	 * shows a few of each fmt a second, then only their number. */
	void	(*log)(struct tcpflow_scope *, uint32_t level,
		    const char *fmt, ...) TCPFLOW_PRINTF(3, 4);

	/* Named counters, summed over workers and shown by --stats.  Names
	 * are [a-z0-9_.]+ and few: never made from network bytes. */
	void	(*count)(struct tcpflow_scope *, const char *name,
		    uint64_t add);

	/* Accounting, not allocation: ask before keeping bytes beyond a
	 * callback, give back when freed.  ENOMEM means: shed now.  Balance
	 * is checked when the scope ends. */
	int32_t	(*hold)(struct tcpflow_scope *, size_t);
	void	(*release)(struct tcpflow_scope *, size_t);

	/* Strict parsers for configuration values; they log on failure. */
	int32_t	(*parse_u64)(struct tcpflow_scope *, const char *key,
		    const char *value, uint64_t lo, uint64_t hi,
		    uint64_t *out);	/* k, M, G, T: powers of 1024      */
	int32_t	(*parse_flag)(struct tcpflow_scope *, const char *key,
		    const char *value, int32_t *out);

	/* Call wake(state) once when packet time reaches ts_ns.  A stream has
	 * one alarm: a new one replaces it, 0 cancels it. */
	int32_t	(*wake_at)(struct tcpflow_scope *stream, uint64_t ts_ns);

	uint32_t (*outputs)(const struct tcpflow_scope *);	/* OUT_*   */

	/* The plugin has seen what the user wanted: the run ends, as with
	 * --count, once the packets that are already read are worked on. */
	void	(*stop)(struct tcpflow_scope *);
};

#ifdef __cplusplus
}
#endif
#endif /* TCPFLOW_HOST_H */
