/* SPDX-License-Identifier: BSD-2-Clause */
/* One capture file or one live interface, through libpcap.  Private to
 * core/capture, which is all that knows libpcap. */
#ifndef CORE_CAPTURE_INPUT_H
#define CORE_CAPTURE_INPUT_H

#include <pcap.h>
#include <stdbool.h>
#include <stdint.h>

#include "core/base/heap.h"
#include "core/capture/source.h"

struct input {
	pcap_t *pcap;
	const char *name; /* as the user gave it             */
	char *owned_name; /* where we chose it               */
	char *block;      /* libpcap's reads go through it   */
	int link_type;
	bool nanoseconds;
	bool filtered; /* `filter` is set: files only     */
	struct bpf_program filter;
	uint64_t number; /* of its latest packet            */
	/* Merging files by time: the next packet, and when it is due. */
	struct heap_element turn;
	struct pcap_pkthdr *header;
	const uint8_t *bytes;
	bool ended;
	bool damaged;
};

/* Opens a capture file; "-" is standard input.  Failures are logged. */
enum source_error input_open_file(struct input *input, const char *name,
    const char *filter, const struct log *log);

/* Compiles the filter, if there is one, for the input's link type.  Failures are
 * logged. */
enum source_error input_compile_filter(
    struct input *input, const char *filter, const struct log *log);

/* Opens an interface and starts to capture.  Failures are logged. */
enum source_error input_open_live(struct input *input, const char *name,
    const struct source_config *config, const struct log *log);

/* The first interface that is up and not loopback; NULL: none, logged.  The
 * caller frees it. */
char *input_default_interface(const struct log *log);

/* The file ended in damage: says where, once. */
void input_report_damage(const struct input *input, const struct log *log);

/* The time of a packet in nanoseconds since 1970. */
static inline uint64_t input_time(
    const struct input *input, const struct pcap_pkthdr *header)
{
	uint64_t fraction = (uint64_t)header->ts.tv_usec;
	/* A file's seconds have 32 bits without a sign, as libpcap does not
	 * know: beyond 2038 they become negative. */
	uint64_t seconds = header->ts.tv_sec < 0 ? (uint32_t)header->ts.tv_sec
						 : (uint64_t)header->ts.tv_sec;

	return seconds * UINT64_C(1000000000) +
	    (input->nanoseconds ? fraction : fraction * 1000);
}

void input_close(struct input *input);

#endif
