/* SPDX-License-Identifier: BSD-2-Clause */
/* Writes the program by which the kernel shares packets out, and brings captures
 * together in a group.  It knows no source. */
#include "core/capture/fanout.h"

#ifdef HAVE_CONFIG_H
#include <config.h>
#endif

#include <errno.h>
#include <pcap.h>
#include <sys/socket.h>

#ifdef HAVE_LINUX_IF_PACKET_H
#include <linux/filter.h>
#include <linux/if_packet.h>
#endif

/* Opcodes, and where the kernel lets a program look: at what it knows of the packet, and
 * from the network header.  A value that is no such place counts from where the packet
 * begins: what was received at the network header, what is sent at the link layer's. */
#define LOAD_BYTE_X 0x50u /* A = byte [X + value]            */
#define LOAD_HALF_X 0x48u
#define LOAD_WORD_X 0x40u
#define LOAD_WORD 0x20u /* A = word [value]                */
#define LOAD_HALF 0x28u
#define LOAD_MEMORY 0x60u /* A = memory[value]               */
#define LOAD_X 0x01u      /* X = value                       */
#define LOAD_X_MEMORY 0x61u
#define STORE 0x02u  /* memory[value] = A               */
#define TO_X 0x07u   /* X = A                           */
#define FROM_X 0x87u /* A = X                           */
#define ADD 0x04u
#define MULTIPLY 0x24u
#define SHIFT_RIGHT 0x74u
#define AND 0x54u
#define XOR_X 0xacu
#define GO 0x05u /* always: here, to the end        */
#define IF_EQUAL 0x15u
#define RETURN 0x06u
#define RETURN_A 0x16u

#define AT_PROTOCOL 0xfffff000u /* SKF_AD_OFF + SKF_AD_PROTOCOL    */
#define AT_NETWORK 0xfff00000u  /* SKF_NET_OFF                     */
#define AT_KIND 0xfffff004u     /* SKF_AD_OFF + SKF_AD_PKTTYPE     */
#define AT_BEGINNING 0u
#define OUTGOING 4u /* PACKET_OUTGOING                 */
#define ETHERNET_HEADER 14u
#define TYPE_MEMORY 15u

#define TYPE_IPV4 0x0800u
#define TYPE_IPV6 0x86ddu
#define TYPE_VLAN 0x8100u
#define TYPE_VLAN_SERVICE 0x88a8u
#define TYPE_VLAN_OLD 0x9100u
#define TYPE_MPLS 0x8847u
#define TAGS_MOST 4u
#define LABELS_MOST 4u
#define FRAGMENT 44u /* IPv6's extension header         */
#define CAPTURE_0 0u

static void put(struct fanout_program *program, uint16_t code, uint32_t value)
{
	program->code[program->count++] = (struct fanout_code){
	    .code = code,
	    .value = value,
	};
}

/* What comes next is only done where A is `value`: how much that is, is said by
 * end_if(). */
static unsigned begin_if(struct fanout_program *program, uint32_t value)
{
	put(program, IF_EQUAL, value);
	return program->count - 1;
}

static void end_if(struct fanout_program *program, unsigned at)
{
	program->code[at].jump_false = (uint8_t)(program->count - at - 1);
}

/* A is the protocol within IP. */
static void keep_together(
    struct fanout_program *program, const struct source_sharing *sharing)
{
	for (size_t i = 0; i < sharing->together_count; i++) {
		unsigned at = begin_if(program, sharing->together[i]);

		put(program, RETURN, CAPTURE_0);
		end_if(program, at);
	}
}

/* A becomes what both directions have in common; X is where IP begins, and `words` of
 * addresses stand at `offset`. */
static void meet(struct fanout_program *program, uint32_t base, uint32_t offset,
    uint32_t words)
{
	for (uint32_t i = 0; i < words; i++) {
		put(program, LOAD_WORD_X, base + offset + 4 * i);
		put(program, STORE, i);
	}
	for (uint32_t i = 0; i + 1 < words; i++) {
		put(program, LOAD_X_MEMORY, i);
		put(program, XOR_X, 0);
	}
	put(program, GO, 0);
}

static void fold(struct fanout_program *program, uint32_t shift)
{
	put(program, TO_X, 0);
	put(program, SHIFT_RIGHT, shift);
	put(program, XOR_X, 0);
}

/* Spreads it: the last step of MurmurHash3 (hash.h), behind a secret one. */
static void spread(struct fanout_program *program, uint32_t multiplier)
{
	for (unsigned i = 0; i < program->count; i++) {
		if (program->code[i].code == GO)
			program->code[i].value = program->count - i - 1;
	}
	put(program, MULTIPLY, multiplier);
	fold(program, 16);
	put(program, MULTIPLY, 0x85ebca6b);
	fold(program, 13);
	put(program, MULTIPLY, 0xc2b2ae35);
	fold(program, 16);
	put(program, RETURN_A, 0);
}

static void ipv4(struct fanout_program *program, uint32_t base,
    const struct source_sharing *sharing)
{
	put(program, LOAD_BYTE_X, base + 9);
	keep_together(program, sharing);
	meet(program, base, 12, 2);
}

static void ipv6(struct fanout_program *program, uint32_t base,
    const struct source_sharing *sharing)
{
	unsigned fragment;

	put(program, LOAD_BYTE_X, base + 6);
	fragment = begin_if(program, FRAGMENT);
	put(program, LOAD_BYTE_X, base + 40);
	end_if(program, fragment);
	keep_together(program, sharing);
	meet(program, base, 8, 8);
}

/* A is the EtherType. */
static void by_type(struct fanout_program *program, uint32_t base,
    const struct source_sharing *sharing)
{
	unsigned at = begin_if(program, TYPE_IPV4);

	ipv4(program, base, sharing);
	end_if(program, at);
	at = begin_if(program, TYPE_IPV6);
	ipv6(program, base, sharing);
	end_if(program, at);
}

/* X is where IP begins, of either version. */
static void by_version(struct fanout_program *program, uint32_t base,
    const struct source_sharing *sharing)
{
	unsigned at;

	put(program, LOAD_BYTE_X, base);
	put(program, SHIFT_RIGHT, 4);
	at = begin_if(program, 4);
	ipv4(program, base, sharing);
	end_if(program, at);
	at = begin_if(program, 6);
	ipv6(program, base, sharing);
	end_if(program, at);
}

/* The last router takes labels off, so that there are some in one direction only.
 * A is the EtherType, X where labels begin. */
static void mpls(
    struct fanout_program *program, const struct source_sharing *sharing)
{
	unsigned type = begin_if(program, TYPE_MPLS);
	unsigned bottom[LABELS_MOST];

	for (unsigned i = 0; i < LABELS_MOST; i++) {
		put(program, FROM_X, 0);
		put(program, ADD, 4);
		put(program, TO_X, 0);
		put(program, LOAD_BYTE_X, AT_BEGINNING - 2);
		put(program, AND, 1);
		bottom[i] = begin_if(program, 1);
	}
	put(program, RETURN, CAPTURE_0);
	for (unsigned i = 0; i < LABELS_MOST; i++)
		program->code[bottom[i]].jump_true =
		    (uint8_t)(program->count - bottom[i] - 1);
	by_version(program, AT_BEGINNING, sharing);
	put(program, RETURN, CAPTURE_0);
	end_if(program, type);
}

/* Tags may stand in the frame, or have been taken out of it: in one direction this,
 * in the other that. */
static void ethernet(
    struct fanout_program *program, const struct source_sharing *sharing)
{
	static const uint32_t tags[] = {
	    TYPE_VLAN, TYPE_VLAN_SERVICE, TYPE_VLAN_OLD};
	unsigned outgoing;

	put(program, LOAD_WORD, AT_PROTOCOL);
	put(program, STORE, TYPE_MEMORY);
	put(program, LOAD_X, 0);
	put(program, LOAD_WORD, AT_KIND);
	outgoing = begin_if(program, OUTGOING);
	put(program, LOAD_HALF, ETHERNET_HEADER - 2);
	put(program, STORE, TYPE_MEMORY);
	put(program, LOAD_X, ETHERNET_HEADER);
	end_if(program, outgoing);
	put(program, LOAD_MEMORY, TYPE_MEMORY);
	for (unsigned i = 0; i < TAGS_MOST; i++) {
		/* Any of the three: over the others, to what is done then. */
		put(program, IF_EQUAL, tags[0]);
		program->code[program->count - 1].jump_true = 2;
		put(program, IF_EQUAL, tags[1]);
		program->code[program->count - 1].jump_true = 1;
		put(program, IF_EQUAL, tags[2]);
		program->code[program->count - 1].jump_false = 4;
		put(program, FROM_X, 0);
		put(program, ADD, 4);
		put(program, TO_X, 0);
		put(program, LOAD_HALF_X, AT_BEGINNING - 2);
	}
	mpls(program, sharing);
	by_type(program, AT_BEGINNING, sharing);
}

/* Where the link layer is another one, or none: what the kernel takes for IP.  It
 * calls it a VLAN where the tag is in the frame, and still knows where IP begins. */
static void any_link(
    struct fanout_program *program, const struct source_sharing *sharing)
{
	unsigned tagged;

	put(program, LOAD_X, 0);
	put(program, LOAD_WORD, AT_PROTOCOL);
	by_type(program, AT_NETWORK, sharing);
	put(program, IF_EQUAL, TYPE_VLAN);
	program->code[program->count - 1].jump_true = 1;
	tagged = begin_if(program, TYPE_VLAN_SERVICE);
	by_version(program, AT_NETWORK, sharing);
	end_if(program, tagged);
}

void fanout_compile(struct fanout_program *program, int link_type,
    const struct source_sharing *sharing, uint32_t multiplier)
{
	program->count = 0;
	if (link_type == DLT_EN10MB)
		ethernet(program, sharing);
	else
		any_link(program, sharing);
	put(program, RETURN, CAPTURE_0);
	spread(program, multiplier);
}

bool fanout_close_door(struct pcap *pcap)
{
	static struct bpf_insn nothing[] = {{.code = RETURN, .k = 0}};
	struct bpf_program program = {1, nothing};

	return pcap_setfilter(pcap, &program) == 0;
}

static void pass_over(
    u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	(void)user;
	(void)header;
	(void)bytes;
}

void fanout_drain(struct pcap *pcap)
{
	pcap_dispatch(pcap, -1, pass_over, NULL);
}

#ifdef PACKET_FANOUT_FLAG_UNIQUEID

#define BY_PROGRAM (PACKET_FANOUT_CBPF << 16)
#define NEW_GROUP (PACKET_FANOUT_FLAG_UNIQUEID << 16)

_Static_assert(sizeof(struct fanout_code) == sizeof(struct sock_filter) &&
	AT_KIND == (uint32_t)(SKF_AD_OFF + SKF_AD_PKTTYPE) &&
	OUTGOING == PACKET_OUTGOING && AT_NETWORK == (uint32_t)SKF_NET_OFF &&
	AT_PROTOCOL == (uint32_t)(SKF_AD_OFF + SKF_AD_PROTOCOL),
    "the kernel's instructions");

static int set(struct pcap *pcap, int option, const void *value, size_t length)
{
	return setsockopt(pcap_fileno(pcap), SOL_PACKET, option, value,
		   (socklen_t)length) == 0
	    ? 0
	    : errno;
}

int fanout_found(
    struct pcap *pcap, uint16_t *group, const struct fanout_program *program)
{
	const struct sock_fprog code = {
	    .len = (unsigned short)program->count,
	    .filter = (struct sock_filter *)(void *)(uintptr_t)program->code,
	};
	int argument = BY_PROGRAM | NEW_GROUP;
	socklen_t length = sizeof(argument);
	int error = set(pcap, PACKET_FANOUT, &argument, sizeof(argument));

	if (error == 0)
		error = set(pcap, PACKET_FANOUT_DATA, &code, sizeof(code));
	if (error == 0 &&
	    getsockopt(pcap_fileno(pcap), SOL_PACKET, PACKET_FANOUT, &argument,
		&length) != 0)
		error = errno;
	*group = (uint16_t)((unsigned)argument & 0xffffu);
	return error;
}

int fanout_join(struct pcap *pcap, uint16_t group)
{
	int argument = BY_PROGRAM | group;

	return set(pcap, PACKET_FANOUT, &argument, sizeof(argument));
}

#else

int fanout_found(
    struct pcap *pcap, uint16_t *group, const struct fanout_program *program)
{
	(void)pcap;
	(void)group;
	(void)program;
	return ENOSYS;
}

int fanout_join(struct pcap *pcap, uint16_t group)
{
	(void)pcap;
	(void)group;
	return ENOSYS;
}

#endif
