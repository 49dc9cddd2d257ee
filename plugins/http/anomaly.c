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
    {HTTP_EMPTY_BEFORE, "empty-line-before", "empty lines before it"},
    {HTTP_ODD_START, "odd-start-line", "odd blanks in its first line"},
    {HTTP_ODD_METHOD, "odd-method", "lower-case letters in the method"},
    {HTTP_NO_VERSION, "no-version", "its first line has no version"},
    {HTTP_ODD_VERSION, "odd-version", "a version that HTTP/1 does not have"},
    {HTTP_ODD_STATUS, "odd-status", "its status is no number"},
    {HTTP_BARE_LF, "bare-lf", "a line ends without CR"},
    {HTTP_BARE_CR, "bare-cr", "CR within a line"},
    {HTTP_NUL, "nul", "NUL in its headers"},
    {HTTP_CONTROL, "control", "control characters in its headers"},
    {HTTP_FOLDED, "obs-fold", "a header goes on in the next line"},
    {HTTP_NO_COLON, "no-colon", "a header without a colon"},
    {HTTP_BLANK_IN_NAME, "blank-before-colon",
	"a blank between a header's name and its colon"},
    {HTTP_ODD_NAME, "odd-name", "a header's name is none"},
    {HTTP_ODD_LENGTH, "odd-length", "Content-Length is no number"},
    {HTTP_LENGTH_TWICE, "length-twice", "the same Content-Length twice"},
    {HTTP_LENGTHS_DIFFER, "lengths-differ",
	"Content-Length contradicts itself: the first counts"},
    {HTTP_ODD_CODING, "odd-transfer-encoding",
	"Transfer-Encoding is not chunked alone"},
    {HTTP_CHUNK_EXTENSION, "chunk-extension", NULL},
    {HTTP_ODD_CHUNK, "odd-chunk", "the lines of chunks are odd"},
    {HTTP_EARLY, "early-answer", "its answer was there before it"},
};

const struct http_oddity *http_oddity_next(unsigned anomalies, size_t *place)
{
	if (anomalies == 0)
		return NULL;
	while (*place < sizeof(oddities) / sizeof(oddities[0])) {
		const struct http_oddity *oddity = &oddities[(*place)++];

		if (anomalies & oddity->anomaly)
			return oddity;
	}
	return NULL;
}
