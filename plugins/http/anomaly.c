/* SPDX-License-Identifier: BSD-2-Clause */
/* What is odd about a message, in a word for records and in words for people.
 * The words of records are part of their format: they are only added. */
#include "plugins/http/http.h"

static const struct http_oddity oddities[] = {
    {HTTP_INCOMPLETE, "incomplete", "cut: the connection ended first"},
    {HTTP_UNPARSABLE, "unparsable", NULL},
    {HTTP_HEAD_TOO_LARGE, "head-too-large",
	"cut: its headers are larger than 64 KiB, or more than 1024"},
    {HTTP_GAP_BEHIND, "gap", "cut: bytes are missing in the capture"},
    {HTTP_GAP_IN_BODY, "gap-in-body", NULL},
    {HTTP_UNASKED, "unasked", "the request it answers is not known"},
    {HTTP_QUEUE_FULL, "queue-full",
	"more than 1024 requests wait for an answer: not paired"},
    {HTTP_NO_MEMORY, "no-memory",
	"not all of it is shown or paired, for want of memory"},
    {HTTP_TWO_LENGTHS, "te-and-cl",
	"both chunked and Content-Length: the chunks count"},
};

const struct http_oddity *http_oddity_next(unsigned anomalies, size_t *place)
{
	while (*place < sizeof(oddities) / sizeof(oddities[0])) {
		const struct http_oddity *oddity = &oddities[(*place)++];

		if (anomalies & oddity->anomaly)
			return oddity;
	}
	return NULL;
}
