/* SPDX-License-Identifier: BSD-2-Clause */
/* tcpflow/types.h - plain data shared by the core and by plugins.
 *
 * Everything here crosses the plugin boundary.  Rules that keep it stable:
 *   - fixed-width integers, size_t, double and pointers only; no enum,
 *     bool, bitfield, long, time_t, off_t, FILE, va_list or libc struct;
 *   - a struct that may grow starts with struct_size and is only ever passed
 *     by pointer; members are appended, never moved, retyped or reused;
 *   - such a struct has no tail padding on any target, 32-bit ones too (pad
 *     with `zero`), or an appended member could hide inside the old size and
 *     TCPFLOW_HAS would lie;
 *   - a struct without struct_size is frozen for ABI major 1;
 *   - whoever owns the memory of a struct sets struct_size to its own
 *     sizeof, for structs that the other side fills in as well.  So never
 *     copy a host's struct by assignment and pass the copy on: its
 *     struct_size may be larger than your copy is;
 *   - members that the reader does not know are ignored.  What a host must
 *     not ignore gets a flag bit: one that it does not know it answers with
 *     ENOSYS.  A plugin ignores bits and reasons that it does not know;
 *   - `zero` members are 0 and are never put to use, since HAS could not tell
 *     who knows of that; so is every unused flag bit 0.
 *
 * Text: `const char *` is trusted, NUL-terminated UTF-8 from code or from
 * the user.  Whatever the network may have had a say in is a slice, may hold
 * any byte, and is made safe by the host where it is written.
 */
#ifndef TCPFLOW_TYPES_H
#define TCPFLOW_TYPES_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* True if member m lies inside the object that p points at, as its maker
 * sized it.  The only legal way to look at a member newer than ABI 1.0. */
#define TCPFLOW_HAS(p, type, m) \
	((p) != NULL && \
	 (p)->struct_size >= offsetof(type, m) + sizeof((p)->m))

/* The same for a function in a table: it is there and may be called. */
#define TCPFLOW_CAN(p, type, m) \
	(TCPFLOW_HAS(p, type, m) && (p)->m != NULL)

/* Result of every callback and service.  0 is success, > 0 is a verdict
 * that only the calls documented to return it may return, < 0 is failure. */
#define TCPFLOW_OK		0
#define TCPFLOW_ENOMEM		(-1)	/* a budget or malloc said no      */
#define TCPFLOW_EINVAL		(-2)	/* caller broke the contract       */
#define TCPFLOW_ELIMIT		(-3)	/* depth, ratio or size limit      */
#define TCPFLOW_EIO		(-4)	/* sink failed; host has logged it */
#define TCPFLOW_EPROTO		(-5)	/* bytes are not what was claimed  */
#define TCPFLOW_ENOSYS		(-6)	/* host is older than the feature  */

/* Verdicts on what follows: from data, gap, eof and wake to the host, and
 * from child->data, gap and eof to a decoder (nobody reads any more). */
#define TCPFLOW_DONE_DIR	1	/* no more of this direction       */
#define TCPFLOW_DONE		2	/* no more of this stream          */

/* Direction, as seen from whoever opened the connection. */
#define TCPFLOW_C2S		0u
#define TCPFLOW_S2C		1u
#define TCPFLOW_DIR_NONE	0xffffffffu

struct tcpflow_addr {			/* frozen                          */
	uint8_t		ip[16];		/* v4 in the first four bytes      */
	uint32_t	scope_id;	/* IPv6 zone, 0 if none            */
	uint16_t	port;		/* host byte order                 */
	uint8_t		family;		/* 4, 6, or 0: only a name is known*/
	uint8_t		zero;
};

struct tcpflow_slice {			/* frozen; borrowed bytes          */
	const void	*ptr;		/* may be NULL if len is 0         */
	size_t		len;
};

struct tcpflow_attr {			/* frozen                          */
	const char	*key;		/* [a-z0-9_]+                      */
	struct tcpflow_slice value;
};

/* On whose behalf a service acts: the run (given to create), one worker's
 * share of it (worker_open), or one stream (open).  Opaque, and private to
 * one plugin: two plugins on one stream have two scopes.  Valid until
 * destroy, worker_close or close has returned. */
struct tcpflow_scope;

/* One two-way conversation: a TCP connection (depth 0) or what a decoder
 * found inside one (depth > 0).  Valid, with all it points at, until close
 * has returned; only flags may change, and only by gaining bits. */
struct tcpflow_stream_info {
	uint32_t	struct_size;
	uint32_t	flags;
#define TCPFLOW_S_MIDSTREAM	0x1u	/* no SYN seen; offset 0 is the    */
					/* lowest byte of those captured   */
					/* first (50 ms or 64 packets)     */
#define TCPFLOW_S_DIR_GUESSED	0x2u	/* client/server is a guess        */
#define TCPFLOW_S_TRUNCATED	0x4u	/* snap length cut bytes (so far)  */
#define TCPFLOW_S_REVERSED	0x8u	/* opened by the parent's server   */
#define TCPFLOW_S_SYNTHETIC	0x10u	/* a decoder wrote the framing     */
	uint64_t	flow_id;	/* number of the flow's first      */
					/* packet; never reused            */
	uint32_t	stream_index;	/* 0: TCP; its children count from */
					/* 1 in order of opening.  With    */
					/* flow_id: unique, and the same   */
					/* for any number of workers       */
	uint32_t	depth;
	uint64_t	start_ns;	/* capture clock, ns since 1970    */
	uint64_t	start_packet;	/* number of the first packet      */
	struct tcpflow_addr client;
	struct tcpflow_addr server;
	uint32_t	vlan;		/* innermost id; 0: untagged       */
	uint32_t	zero;
	const struct tcpflow_stream_info *parent;	/* NULL: depth 0   */
	const char	*layer;		/* "tcp", "tls", "h2", ...         */
	const char	*protocol;	/* NULL: unknown, will be probed   */
	const char	*source;	/* interface or capture file       */
	struct tcpflow_slice server_name;	/* SNI, CONNECT or SOCKS   */
						/* target; len 0: unknown  */
	const struct tcpflow_attr *attrs;	/* what the decoder knows  */
	size_t		nattrs;
};

/* Bytes of one direction.  At depth 0 a chunk is of one packet.  A decoder
 * fills one in for child->data: there offset is ignored, and the packets
 * are those that carried the bytes, however long it had to keep them. */
struct tcpflow_chunk {			/* borrowed until callback returns */
	uint32_t	struct_size;
	uint32_t	dir;
	const uint8_t	*bytes;
	size_t		len;		/* never 0                         */
	uint64_t	offset;		/* of bytes[0] in this direction   */
	uint64_t	ts_ns;		/* packet that completed the chunk */
	uint64_t	packet;		/* its number in the input, from 1 */
	uint64_t	first_packet;	/* <= packet                       */
};

struct tcpflow_gap {
	uint32_t	struct_size;
	uint32_t	dir;
	uint64_t	offset;
	uint64_t	len;		/* 0: unknown length, and offsets  */
					/* go on as if nothing was missing */
	uint64_t	ts_ns;
	uint64_t	packet;		/* that made the gap certain       */
	uint32_t	reason;
#define TCPFLOW_GAP_LOST	1u	/* never captured                  */
#define TCPFLOW_GAP_SNAPLEN	2u
#define TCPFLOW_GAP_BUDGET	3u	/* reassembly memory ran out       */
#define TCPFLOW_GAP_DECODER	4u	/* a parent decoder gave up        */
	uint32_t	zero;
};

/* The end of one direction (eof) or of the stream (close).  eof means that
 * the sender ended it and all before it was delivered or declared a gap: a
 * FIN, or what a decoder takes for one.  A direction without eof was cut. */
struct tcpflow_end {
	uint32_t	struct_size;
	uint32_t	dir;		/* DIR_NONE in close               */
	uint32_t	reason;
#define TCPFLOW_CLOSE_FIN	1u
#define TCPFLOW_CLOSE_RST	2u
#define TCPFLOW_CLOSE_IDLE	3u
#define TCPFLOW_CLOSE_EVICTED	4u	/* flow table was full             */
#define TCPFLOW_CLOSE_REUSED	5u	/* same 4-tuple, new SYN           */
#define TCPFLOW_CLOSE_PARENT	6u	/* parent stream went away         */
#define TCPFLOW_CLOSE_DETACHED	7u	/* plugin failed or said DONE, or  */
					/* another claimed the stream      */
#define TCPFLOW_CLOSE_EXIT	8u	/* end of input or of program      */
	uint32_t	zero;
	uint64_t	ts_ns;
	uint64_t	packet;		/* 0: no packet caused it          */
	uint64_t	length[2];	/* where each direction ended      */
};

/* The whole run, for finish.  packets = processed + skipped. */
struct tcpflow_run {
	uint32_t	struct_size;
	uint32_t	reason;
#define TCPFLOW_RUN_INPUT_END	1u
#define TCPFLOW_RUN_STOPPED	2u	/* signal, --count, --duration     */
#define TCPFLOW_RUN_FAILED	3u	/* disk, interface, damaged input  */
	uint64_t	first_ns;	/* first and last packet's time    */
	uint64_t	last_ns;
	uint64_t	packets;
	uint64_t	skipped;
	uint64_t	lost;		/* live: dropped before we saw them*/
	uint64_t	flows;
};

#ifdef __cplusplus
}
#endif
#endif /* TCPFLOW_TYPES_H */
