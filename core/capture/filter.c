/* SPDX-License-Identifier: BSD-2-Clause */
/* Compiles and runs BPF programs by libpcap. */
#include "core/capture/filter.h"

#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LINK_TYPES 65536u /* that files can name             */
#define SNAPLEN 262144u

struct compiled {
	bool tried;
	bool usable;
	bool mistaken; /* the expression is no good       */
	struct bpf_program program;
};

struct filter {
	const char *expression;
	const struct log *log;
	struct compiled compiled[LINK_TYPES];
};

struct filter *filter_open(const char *expression, const struct log *log)
{
	struct filter *filter = calloc(1, sizeof(*filter));

	if (filter == NULL) {
		log_write(log, LOG_LEVEL_ERROR, "out of memory");
		return NULL;
	}
	filter->expression = expression;
	filter->log = log;
	return filter;
}

void filter_close(struct filter **handle)
{
	struct filter *filter = *handle;

	if (filter == NULL)
		return;
	*handle = NULL;
	for (size_t i = 0; i < LINK_TYPES; i++) {
		if (filter->compiled[i].usable)
			pcap_freecode(&filter->compiled[i].program);
	}
	free(filter);
}

/* A handle for the link type.  Files and libpcap number some of them otherwise
 * (LINKTYPE_ and DLT_): libpcap translates it as it opens an empty file. */
static pcap_t *handle_of(uint32_t link_type)
{
	uint32_t header[6] = {0xa1b2c3d4, 0, 0, 0, SNAPLEN, link_type};
	const uint16_t version[2] = {2, 4};
	char why[PCAP_ERRBUF_SIZE] = "";
	pcap_t *pcap;
	FILE *file;

	memcpy(&header[1], version, sizeof(version));
	file = fmemopen(header, sizeof(header), "rb");
	if (file == NULL)
		return NULL;
	pcap = pcap_fopen_offline(file, why);
	if (pcap == NULL)
		fclose(file);
	return pcap;
}

/* A link type that libpcap does not know is nobody's mistake. */
static bool is_known(pcap_t *pcap)
{
	return pcap != NULL &&
	    pcap_datalink_val_to_name(pcap_datalink(pcap)) != NULL;
}

/* Failures are logged. */
static void compile(
    const struct filter *filter, uint32_t link_type, struct compiled *compiled)
{
	pcap_t *pcap = handle_of(link_type);

	if (!is_known(pcap)) {
		log_write(filter->log, LOG_LEVEL_WARN,
		    "filter '%s' passes nothing of link type %u, which libpcap "
		    "does not know",
		    filter->expression, (unsigned)link_type);
		if (pcap != NULL)
			pcap_close(pcap);
		return;
	}
	compiled->usable = pcap_compile(pcap, &compiled->program,
			       filter->expression, 1,
			       PCAP_NETMASK_UNKNOWN) == 0;
	compiled->mistaken = !compiled->usable;
	if (compiled->mistaken)
		log_write(filter->log, LOG_LEVEL_ERROR,
		    "filter '%s': %s (see pcap-filter(7))", filter->expression,
		    pcap_geterr(pcap));
	pcap_close(pcap);
}

/* The program for a link type. */
static struct compiled *compiled_for(struct filter *filter, uint32_t link_type)
{
	struct compiled *compiled = &filter->compiled[link_type % LINK_TYPES];

	if (!compiled->tried) {
		compiled->tried = true;
		compile(filter, link_type, compiled);
	}
	return compiled;
}

bool filter_compile(struct filter *filter, uint32_t link_type)
{
	return !compiled_for(filter, link_type)->mistaken;
}

bool filter_passes(struct filter *filter, const struct packet *packet)
{
	const struct compiled *compiled = compiled_for(
	    filter, (uint32_t)packet->link_type);
	const struct pcap_pkthdr header = {
	    .caplen = packet->captured,
	    .len = packet->length,
	};

	return compiled->usable &&
	    pcap_offline_filter(&compiled->program, &header, packet->bytes) !=
	    0;
}
