/* SPDX-License-Identifier: BSD-2-Clause */
/* Capture files: pcap in its variants, and pcapng.  A reader finds the packets
 * in a window and says where a file is damaged.
 *
 *	supply -> window -> reader -> frames
 *	                      |
 *	                 pcap.c or pcapng.c
 */
#ifndef CORE_CAPTURE_READER_H
#define CORE_CAPTURE_READER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/capture/secrets.h"
#include "core/capture/window.h"

#define FRAME_MOST (16u << 20) /* captured bytes of a packet      */

/* One packet, in the window. */
struct frame {
	const uint8_t *bytes;
	uint32_t captured;
	uint32_t length; /* on the wire                     */
	uint64_t ts_ns;
	uint32_t link_type; /* LINKTYPE_                       */
	uint32_t snaplen;   /* of its interface; 0: no limit   */
};

enum reading {
	READING_FRAME,
	READING_MORE,   /* reader_fill() is needed; frames that */
			/* were read are not valid any more     */
	READING_LATER,  /* nothing has come for a while    */
	READING_END,    /* where a file may end            */
	READING_DAMAGED /* `problem` says how              */
};

/* An interface of a pcapng section. */
struct reader_interface {
	uint32_t link_type;
	uint32_t snaplen;
	uint64_t units;    /* in a second                     */
	uint32_t scale;    /* nanoseconds of one, where that is */
			   /* 1 or 1000; else 0               */
	int64_t offset_ns; /* added to each time              */
};

struct reader {
	struct window window;
	enum reading (*begin)(struct reader *reader);
	enum reading (*next)(struct reader *reader, struct frame *frame);
	size_t need;         /* bytes for READING_MORE          */
	const char *problem; /* READING_DAMAGED                 */
	char words[96];      /* a problem that is made up       */
	bool swapped;        /* the file's byte order is not ours */
	uint64_t last_ns;    /* time of the latest frame        */
	/* pcap */
	struct reader_interface only;
	uint32_t record;       /* bytes of a record's header      */
	uint32_t scale;        /* nanoseconds of a fraction       */
	unsigned swap_lengths; /* LENGTHS_..., see pcap.c         */
	/* pcapng */
	struct secrets *secrets; /* the owner's; NULL: they are passed over */
	uint64_t secrets_seen;
	uint64_t secrets_known; /* of these the owner has the first ones */
	struct reader_interface *interfaces;
	size_t interface_count;
	size_t interface_room;
};

/* Takes the supply over, whatever the result; `room` is that of the window;
 * secrets as in the struct.  False: out of memory. */
bool reader_open(struct reader *reader, struct supply *supply, size_t room,
    struct secrets *secrets);
void reader_close(struct reader *reader);

/* Reads up to where the first link type is known: READING_FRAME.  LATER: call it
 * again.  DAMAGED: it is no capture file, or not one that can be read. */
enum reading reader_begin(struct reader *reader);

static inline enum reading reader_next(
    struct reader *reader, struct frame *frame)
{
	return reader->next(reader, frame);
}

/* After READING_MORE: READING_FRAME where there is more to read, LATER, or how
 * the file ended. */
enum reading reader_fill(struct reader *reader);

/* The first link type, and the snap length with it. */
const struct reader_interface *reader_first(const struct reader *reader);

/* pcap.c, pcapng.c: whether the file is one of theirs by its first four bytes;
 * and reading its header, as reader_begin() says. */
bool pcap_is(const uint8_t magic[4]);
enum reading pcap_begin(struct reader *reader);
bool pcapng_is(const uint8_t magic[4]);
enum reading pcapng_begin(struct reader *reader);

/* For those two: `length` bytes of `what`, or READING_LATER or DAMAGED. */
enum reading reader_want(
    struct reader *reader, size_t length, const char *what);

/* The file is damaged. */
enum reading reader_damaged(struct reader *reader, const char *problem);

/* And numbers in the file's byte order. */
static inline uint16_t reader_u16(
    const struct reader *reader, const uint8_t *bytes)
{
	uint16_t value;

	__builtin_memcpy(&value, bytes, sizeof(value));
	return reader->swapped ? __builtin_bswap16(value) : value;
}

static inline uint32_t reader_u32(
    const struct reader *reader, const uint8_t *bytes)
{
	uint32_t value;

	__builtin_memcpy(&value, bytes, sizeof(value));
	return reader->swapped ? __builtin_bswap32(value) : value;
}

#endif
