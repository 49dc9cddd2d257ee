/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpflow/plugin.h - the one header a plugin includes.  See tcpflow-plugin(3).
 *
 * Life of a plugin (indent = runs once per ...):
 *
 *   create, config*, ready            main thread, before privileges drop
 *     worker_open                     each worker thread, once
 *       probe*                        each stream, until yes or no
 *       open                          each stream taken
 *         data* / gap* / wake* / eof  in stream order per direction
 *       close                         exactly once per successful open
 *     worker_close                    main thread, all workers joined, in
 *                                     order of index: merge results here
 *   finish                            main thread: write the run's output
 *   destroy                           main thread
 *
 * destroy may follow create or ready at once (dry run, another plugin's
 * error); finish comes only where ready succeeded and packets were read.
 * A failing create leaves nothing behind: destroy is not called.  The same
 * goes for worker_open and worker_close, and for open and close.  A failing
 * config, ready or worker_open is followed by worker_close for the workers
 * that opened, if any, and by destroy.
 *
 * Delivery is causal: whatever a segment acknowledges was delivered, or was
 * declared a gap, before the segment's own bytes are.
 *
 * A failing callback, or DONE, detaches the plugin from that stream: close
 * (DETACHED) is the next and last call for it.  After DONE_DIR that direction
 * brings nothing more, eof included; the stream stays.  If open fails the
 * stream is offered to the next plugin.  A failing create, config or ready
 * ends the program with exit code 2, worker_open with 1.
 *
 * A stream lives on one worker from open to close, so state reached only
 * through `worker` or `state` needs no lock.  What `instance` points at is
 * shared: treat it as read-only from ready until worker_close.
 *
 * Only create is required.  Without probe a plugin takes every stream that
 * reaches it, so -P http -P raw gives raw the rest.  Without open or data it
 * takes none.  Without gap a stream is detached at its first gap.  Where
 * worker_open is absent, worker is the instance; where worker_open leaves
 * *worker alone it is NULL.
 *
 * History:
 *   1.0   in preparation, not frozen yet; frozen with the first release.  From
 *         then on members and constants are only appended, and each addition
 *         raises ABI_MINOR.
 */
#ifndef TCPFLOW_PLUGIN_H
#define TCPFLOW_PLUGIN_H

#include <tcpflow/host.h>

#ifdef __cplusplus
extern "C" {
#define TCPFLOW_EXTERN extern "C"
#else
#define TCPFLOW_EXTERN extern
#endif

#define TCPFLOW_ABI_MAJOR	1
#define TCPFLOW_ABI_MINOR	0

/* Verdicts of probe. */
#define TCPFLOW_PROBE_NO	0	/* not mine from these offsets;    */
					/* asked again only at segment     */
					/* starts of a stream that began   */
					/* mid-stream or had a gap         */
#define TCPFLOW_PROBE_MORE	1	/* show me more bytes              */
#define TCPFLOW_PROBE_YES	2
#define TCPFLOW_PROBE_SWAPPED	3	/* yes, and the sides were guessed */
					/* wrong: client is server         */

struct tcpflow_probe {
	uint32_t	struct_size;
	uint32_t	flags;
#define TCPFLOW_PROBE_LAST	0x1u	/* no more will come: MORE is NO   */
	const struct tcpflow_stream_info *info;
	struct tcpflow_slice	head[2];	/* by dir, up to the first */
						/* gap                     */
	uint64_t	offset[2];	/* of head; not 0 where a stream   */
					/* that began mid-stream or with a */
					/* gap is offered again; data then */
					/* begins there                    */
};

struct tcpflow_param {			/* frozen; for --help and checks   */
	const char	*key;
	const char	*form;		/* "SIZE", "text|line"; or NULL    */
	const char	*preset;	/* passed to config where the user */
					/* gave none; or NULL              */
	const char	*help;		/* one line                        */
	uint32_t	flags;
#define TCPFLOW_PARAM_REQUIRED	0x1u
#define TCPFLOW_PARAM_REPEAT	0x2u	/* each is passed; else the last   */
#define TCPFLOW_PARAM_SECRET	0x4u	/* never logged or written         */
	uint32_t	zero;
};

struct tcpflow_plugin {
	uint32_t	struct_size;
	uint16_t	abi_major;
	uint16_t	abi_minor;	/* of the header compiled against  */
	uint16_t	abi_minor_min;	/* oldest host minor it can bear   */
	uint16_t	zero;
	uint32_t	flags;		/* unknown bits: not loaded        */
#define TCPFLOW_P_SERIAL	0x1u	/* callbacks of all SERIAL plugins */
					/* share one lock, which is taken  */
					/* again on re-entry by a child    */
#define TCPFLOW_P_OBSERVER	0x2u	/* sees streams without taking     */
					/* them, each event before the     */
					/* plugin that took them; the user */
					/* can ask the same of any plugin  */
					/* (the host's own key `observe')  */
#define TCPFLOW_P_ANY_KEY	0x4u	/* keys that params does not list  */
					/* reach config, else are refused  */
	const char	*name;		/* [a-z0-9-]+, the -P name         */
	const char	*version;
	const char	*summary;	/* one line                        */
	const struct tcpflow_param *params;	/* ends with key == NULL   */

	int32_t	(*create)(const struct tcpflow_host *,
		    struct tcpflow_scope *run, void **instance);
	int32_t	(*config)(void *instance, const char *key,
		    const char *value);
	int32_t	(*ready)(void *instance);
	void	(*finish)(void *instance, const struct tcpflow_run *);
	void	(*destroy)(void *instance);

	int32_t	(*worker_open)(void *instance, struct tcpflow_scope *worker,
		    uint32_t index, void **state);
	void	(*worker_close)(void *instance, void *worker);

	int32_t	(*probe)(void *worker, const struct tcpflow_probe *);
	int32_t	(*open)(void *worker, struct tcpflow_scope *stream,
		    const struct tcpflow_stream_info *, void **state);
	int32_t	(*data)(void *state, const struct tcpflow_chunk *);
	int32_t	(*gap)(void *state, const struct tcpflow_gap *);
	int32_t	(*eof)(void *state, const struct tcpflow_end *);
	int32_t	(*wake)(void *state, uint64_t ts_ns);
	void	(*close)(void *state, const struct tcpflow_end *);
};

/* The only symbol a plugin exports. */
#define TCPFLOW_ENTRY		tcpflow_plugin_entry
#define TCPFLOW_ENTRY_NAME	"tcpflow_plugin_entry"

#if defined(_WIN32)
#define TCPFLOW_EXPORT __declspec(dllexport)
#elif defined(__GNUC__)
#define TCPFLOW_EXPORT __attribute__((__visibility__("default")))
#else
#define TCPFLOW_EXPORT
#endif

/* First members of every descriptor. */
#define TCPFLOW_PLUGIN_HEAD(min_minor, fl) \
	(uint32_t)sizeof(struct tcpflow_plugin), \
	TCPFLOW_ABI_MAJOR, TCPFLOW_ABI_MINOR, (min_minor), 0, (fl)

#define TCPFLOW_PLUGIN(descriptor) \
	TCPFLOW_EXTERN TCPFLOW_EXPORT \
	const struct tcpflow_plugin *TCPFLOW_ENTRY(void); \
	const struct tcpflow_plugin *TCPFLOW_ENTRY(void) \
	{ return &(descriptor); } \
	struct tcpflow_plugin	/* takes the semicolon */

#ifdef __cplusplus
}
#endif
#endif /* TCPFLOW_PLUGIN_H */
