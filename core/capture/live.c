/* SPDX-License-Identifier: BSD-2-Clause */
/* Live interfaces through libpcap: finding one, opening it, and saying what to
 * do where that is refused. */
#include "core/capture/fanout.h"
#include "core/capture/input.h"

#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAIT_MS 100

static enum source_error report(
    const struct input *input, int status, const struct log *log)
{
	const char *more = pcap_geterr(input->pcap);

	switch (status) {
	case PCAP_ERROR_PERM_DENIED:
	case PCAP_ERROR_PROMISC_PERM_DENIED:
		log_write(log, LOG_LEVEL_ERROR,
		    "%s: capturing needs CAP_NET_RAW: run under sudo, or once "
		    "'sudo setcap cap_net_raw,cap_net_admin=eip "
		    "$(command -v tcpflow)'",
		    input->name);
		return SOURCE_DENIED;
	case PCAP_ERROR_NO_SUCH_DEVICE:
		log_write(log, LOG_LEVEL_ERROR,
		    "%s: no such interface (tcpflow --list-interfaces shows "
		    "those that are there)",
		    input->name);
		return SOURCE_DENIED;
	case PCAP_ERROR_IFACE_NOT_UP:
		log_write(log, LOG_LEVEL_ERROR,
		    "%s: the interface is down (ip link set %s up)",
		    input->name, input->name);
		return SOURCE_DENIED;
	default:
		log_write(log, LOG_LEVEL_ERROR, "%s: cannot capture: %s",
		    input->name,
		    *more != '\0' ? more : pcap_statustostr(status));
		return SOURCE_DENIED;
	}
}

/* The kernel filters: what it rejects costs us nothing. */
enum source_error input_open_door(
    struct input *input, const char *filter, const struct log *log)
{
	struct bpf_program program;
	int status;

	if (filter == NULL && !input->closed)
		return SOURCE_OK;
	if (filter == NULL)
		filter = "";
	input->closed = false;
	if (pcap_compile(
		input->pcap, &program, filter, 1, PCAP_NETMASK_UNKNOWN) != 0) {
		log_write(log, LOG_LEVEL_ERROR,
		    "filter '%s': %s (see pcap-filter(7))", filter,
		    pcap_geterr(input->pcap));
		return SOURCE_USAGE;
	}
	status = pcap_setfilter(input->pcap, &program);
	pcap_freecode(&program);
	return status == 0 ? SOURCE_OK : report(input, status, log);
}

static enum source_error close_door(struct input *input, const struct log *log)
{
	input->closed = true;
	return fanout_close_door(input->pcap) ? SOURCE_OK
					      : report(input, PCAP_ERROR, log);
}

enum source_error input_open_live(struct input *input, const char *name,
    const struct source_config *config, bool closed, const struct log *log)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	int status;

	input->name = name;
	input->pcap = pcap_create(name, why);
	if (input->pcap == NULL) {
		log_write(
		    log, LOG_LEVEL_ERROR, "%s: cannot capture: %s", name, why);
		return SOURCE_DENIED;
	}
	pcap_set_snaplen(input->pcap, (int)config->snaplen);
	/* "any" has no promiscuous mode, and libpcap warns about it. */
	pcap_set_promisc(
	    input->pcap, config->promiscuous && strcmp(name, "any") != 0);
	pcap_set_timeout(input->pcap, WAIT_MS);
	pcap_set_immediate_mode(input->pcap, config->immediate);
	pcap_set_buffer_size(input->pcap,
	    config->buffer_size < INT32_MAX ? (int)config->buffer_size
					    : INT32_MAX);
	input->nanoseconds = pcap_set_tstamp_precision(
				 input->pcap, PCAP_TSTAMP_PRECISION_NANO) == 0;
	status = pcap_activate(input->pcap);
	if (status < 0)
		return report(input, status, log);
	if (closed && close_door(input, log) != SOURCE_OK)
		return SOURCE_DENIED;
	if (status > 0)
		log_write(log, LOG_LEVEL_WARN, "%s: %s", name,
		    *pcap_geterr(input->pcap) != '\0'
			? pcap_geterr(input->pcap)
			: pcap_statustostr(status));
	input->link_type = pcap_datalink(input->pcap);
	if (pcap_setnonblock(input->pcap, 1, why) != 0) {
		log_write(log, LOG_LEVEL_ERROR, "%s: %s", name, why);
		return SOURCE_DENIED;
	}
	return closed ? SOURCE_OK : input_open_door(input, config->filter, log);
}

char *input_default_interface(const struct log *log)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	pcap_if_t *interfaces = NULL;
	char *name = NULL;

	if (pcap_findalldevs(&interfaces, why) != 0) {
		log_write(
		    log, LOG_LEVEL_ERROR, "cannot list interfaces: %s", why);
		return NULL;
	}
	/* libpcap sorts them: up and running first.  What is no interface of
	 * the system (any, nflog, bluetooth...) has to be named. */
	for (const pcap_if_t *i = interfaces; i != NULL && name == NULL;
	     i = i->next) {
		if ((i->flags & PCAP_IF_UP) && !(i->flags & PCAP_IF_LOOPBACK) &&
		    if_nametoindex(i->name) != 0)
			name = strdup(i->name);
	}
	pcap_freealldevs(interfaces);
	if (name == NULL)
		log_write(log, LOG_LEVEL_ERROR,
		    "no interface is up: name one with -i, or read a file "
		    "with -r");
	return name;
}

static void print_interface(const pcap_if_t *interface)
{
	printf("%-16s%s%s%s", interface->name,
	    interface->flags & PCAP_IF_UP ? " up" : " down",
	    interface->flags & PCAP_IF_RUNNING ? ", running" : "",
	    interface->flags & PCAP_IF_LOOPBACK ? ", loopback" : "");
	if (interface->description != NULL)
		printf("  (%s)", interface->description);
	putchar('\n');
}

bool source_list_interfaces(const struct log *log)
{
	char why[PCAP_ERRBUF_SIZE] = "";
	pcap_if_t *interfaces = NULL;
	bool found;

	if (pcap_findalldevs(&interfaces, why) != 0) {
		log_write(
		    log, LOG_LEVEL_ERROR, "cannot list interfaces: %s", why);
		return false;
	}
	for (const pcap_if_t *i = interfaces; i != NULL; i = i->next)
		print_interface(i);
	if (interfaces == NULL)
		log_write(log, LOG_LEVEL_ERROR,
		    "no interface can be captured from: run under sudo");
	found = interfaces != NULL;
	pcap_freealldevs(interfaces);
	return found;
}
