/* SPDX-License-Identifier: BSD-2-Clause */
/* witness: a plugin that uses all of ABI 1.0 and tells on the console what it
 * saw, so that runs of an older or newer build of it, under an older or newer
 * host, can be compared.  What breaks the contract it calls WRONG.
 *
 *	witness.c          callbacks: what the host tells
 *	witness_service.c  services: what the host does
 *
 * With -DLATER it is built for the headers that append.awk makes: then the
 * members they add are filled, for a host that may not mind them. */
#ifndef TESTS_ABI_WITNESS_H
#define TESTS_ABI_WITNESS_H

#include <tcpflow/plugin.h>

#include <inttypes.h>

#ifdef LATER
#define AND_LATER .later = 77,
#define CAN_LATER(p, type) TCPFLOW_CAN(p, type, later)
#else
#define AND_LATER
#define CAN_LATER(p, type) ((void)(p), 0)
#endif

/* Of all flags the bit that will be given away last. */
#define UNKNOWN_BIT 0x80000000u

/* Who speaks, to the services. */
struct voice {
	const struct tcpflow_host *host;
	struct tcpflow_scope *scope;
};

void tell(const struct voice *voice, uint32_t dir, const char *format, ...)
    TCPFLOW_PRINTF(3, 4);

/* Unless `right`, tells what is wrong. */
void expect(const struct voice *voice, int right, const char *what);

/* All of ABI 1.0 is there; `last` is the last member it has. */
#define WHOLE(voice, p, type, last) \
	expect(voice, TCPFLOW_HAS(p, struct type, last), \
	    "struct " #type " is too small")

/* FNV-1a, of bytes and of numbers. */
#define SUM_START 0xcbf29ce484222325u
uint64_t sum_bytes(uint64_t sum, const void *bytes, size_t length);
uint64_t sum_number(uint64_t sum, uint64_t number);

/* Whether all tables and services are there; NULL, or what is missing. */
const char *missing_service(const struct tcpflow_host *host);

/* Whether one that no host has is offered. */
int offers_later(const struct tcpflow_host *host);

/* What a host must say to flags that it does not know. */
void try_unknown_flags(const struct voice *voice);

/* Files: one for each direction of a stream, opened when it is needed. */
struct tcpflow_sink *open_sink(const struct voice *voice, uint32_t dir);
void store(const struct voice *voice, struct tcpflow_sink *sink,
    const struct tcpflow_chunk *chunk);
void finish_sink(
    const struct voice *voice, struct tcpflow_sink *sink, uint32_t dir);

/* An inner stream, which gets what its parent gets. */
struct tcpflow_child *open_child(
    const struct voice *voice, const struct tcpflow_stream_info *info);
void feed_data(const struct voice *voice, struct tcpflow_child *child,
    const struct tcpflow_chunk *chunk);
void feed_end(const struct voice *voice, struct tcpflow_child *child,
    const struct tcpflow_end *end);
void close_child(const struct voice *voice, struct tcpflow_child *child,
    const struct tcpflow_end *end);

/* A record with a value of each kind. */
void put_record(const struct voice *voice, uint64_t ts_ns, uint64_t packet,
    struct tcpflow_digest *digest);

/* What the host makes of values of settings. */
void try_parsers(const struct voice *voice, const char *key, const char *value,
    uint64_t *number, int32_t *flag);

#endif
