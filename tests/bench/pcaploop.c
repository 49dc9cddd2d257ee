/* SPDX-License-Identifier: BSD-2-Clause */
/* The yardstick: libpcap's loop over a file, doing nothing. */
#include <pcap.h>
#include <stdio.h>

static void nothing(
    u_char *user, const struct pcap_pkthdr *header, const u_char *bytes)
{
	(void)header;
	(void)bytes;
	++*(unsigned long *)(void *)user;
}

int main(int argc, char **argv)
{
	char why[PCAP_ERRBUF_SIZE] = "usage: pcaploop FILE";
	pcap_t *pcap = argc == 2 ? pcap_open_offline(argv[1], why) : NULL;
	unsigned long packets = 0;

	if (pcap == NULL) {
		fprintf(stderr, "pcaploop: %s\n", why);
		return 2;
	}
	pcap_loop(pcap, -1, nothing, (u_char *)(void *)&packets);
	pcap_close(pcap);
	printf("%lu packets\n", packets);
	return 0;
}
