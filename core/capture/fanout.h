/* SPDX-License-Identifier: BSD-2-Clause */
/* One interface, several captures: the kernel gives each packet to one of them
 * (packet(7), PACKET_FANOUT_CBPF).
 *
 *	           hash of the two addresses
 *	interface ---------------------------> capture 0, 1, ... n - 1
 *
 * Both directions of a connection, and all fragments of their datagrams, have the
 * same two addresses, so they come to the same capture.  What is looked for within
 * other packets may have other addresses outside in either direction: all of it, and
 * what is no IP, goes to capture 0. */
#ifndef CORE_CAPTURE_FANOUT_H
#define CORE_CAPTURE_FANOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/capture/source.h"

struct pcap;

/* Instructions of the classic packet filter, as linux/filter.h has them. */
#define FANOUT_CODE_MOST 255u
struct fanout_code {
	uint16_t code;
	uint8_t jump_true;
	uint8_t jump_false;
	uint32_t value;
};
struct fanout_program {
	struct fanout_code code[FANOUT_CODE_MOST];
	unsigned count;
};

/* What makes the number of which the kernel takes the remainder.  The multiplier is
 * odd and nobody's to know. */
void fanout_compile(struct fanout_program *program, int link_type,
    const struct source_sharing *sharing, uint32_t multiplier);

/* Nothing passes from now on.  False: why is pcap_geterr(). */
bool fanout_close_door(struct pcap *pcap);

/* Makes a group of its first member, which gets everything.  0, or an errno: the
 * system cannot do that, or not with this device. */
int fanout_found(
    struct pcap *pcap, uint16_t *group, const struct fanout_program *program);
int fanout_join(struct pcap *pcap, uint16_t group);

/* Passes over what is there, since it came before the door was closed. */
void fanout_drain(struct pcap *pcap);

#endif
