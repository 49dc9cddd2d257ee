/* SPDX-License-Identifier: BSD-2-Clause */
/* File names from templates.  It knows facts of a flow, not files. */
#include "core/sink/name.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "core/base/flow_key.h"
#include "core/base/timestamp.h"

#define LETTERS "AaBbVvCcTt#%"
#define LETTERS_MAY_BE_EMPTY "VvCc"
#define EXTRA_MOST 64u /* bytes of a label or a suffix    */

/* Whether the part of a path that starts here is empty, "." or ".." for some
 * flow: letters may stand for nothing. */
static bool part_may_vanish(const char *at)
{
	size_t dots = 0;

	for (; *at != '\0' && *at != '/'; at++) {
		if (*at == '.')
			dots++;
		else if (*at != '%' ||
		    strchr(LETTERS_MAY_BE_EMPTY, *++at) == NULL)
			return false;
	}
	return dots <= 2;
}

bool name_template_check(const char *template, const char **problem)
{
	const char *at;

	for (at = template; *at != '\0'; at++) {
		if (*at != '%')
			continue;
		at++;
		if (*at == '\0' || strchr(LETTERS, *at) == NULL) {
			*problem = "only %A %a %B %b %V %v %C %c %T %t %# %% "
				   "have a meaning";
			return false;
		}
	}
	for (at = template; at != NULL;) {
		if (part_may_vanish(at)) {
			*problem = "a part between slashes is empty, '.' or "
				   "'..', or can become that";
			return false;
		}
		at = strchr(at, '/');
		if (at != NULL)
			at++;
	}
	return true;
}

static void append_address(
    struct buffer *out, const struct tcpflow_addr *address)
{
	char text[ADDRESS_ROOM];

	address_text_padded(text, address);
	buffer_append_text(out, text);
}

/* As classic: ISO 8601 without what a file name does not bear well. */
static void append_time(struct buffer *out, uint64_t ns)
{
	time_t seconds = (time_t)(ns / NS_PER_SECOND);
	struct tm parts;
	char text[32];

	if (gmtime_r(&seconds, &parts) != NULL &&
	    strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts) > 0)
		buffer_append_text(out, text);
	else
		buffer_printf(out, "%" PRIu64, ns / NS_PER_SECOND);
}

/* Returns whether the letter tells one attempt from another. */
static bool append_letter(struct buffer *out, char letter,
    const struct name_facts *facts, uint32_t attempt)
{
	switch (letter) {
	case 'A':
		append_address(out, &facts->source);
		break;
	case 'a':
		buffer_printf(out, "%05u", facts->source.port);
		break;
	case 'B':
		append_address(out, &facts->destination);
		break;
	case 'b':
		buffer_printf(out, "%05u", facts->destination.port);
		break;
	case 'V':
		if (facts->vlan != 0)
			buffer_append_text(out, "--");
		break;
	case 'v':
		if (facts->vlan != 0)
			buffer_printf(out, "%" PRIu32, facts->vlan);
		break;
	case 'C':
		if (attempt > 0)
			buffer_append_byte(out, 'c');
		break;
	case 'c':
		if (attempt > 0)
			buffer_printf(out, "%" PRIu32, attempt);
		return true;
	case '#':
		buffer_printf(out, "%" PRIu32, attempt);
		return true;
	case 'T':
		append_time(out, facts->start_ns);
		break;
	case 't':
		buffer_printf(out, "%" PRIu64, facts->start_ns / NS_PER_SECOND);
		break;
	default:
		buffer_append_byte(out, '%');
		break;
	}
	return false;
}

/* What a plugin adds.  It may have had it from the network, so it cannot leave
 * the directory, hide the name, or make it too long to exist. */
static void append_extra(struct buffer *out, const char *text)
{
	static const char harmless[] = "abcdefghijklmnopqrstuvwxyz"
				       "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				       "0123456789._+-";

	for (size_t i = 0; i < EXTRA_MOST && text[i] != '\0'; i++)
		buffer_append_byte(out,
		    strchr(harmless, text[i]) != NULL ? (uint8_t)text[i] : '_');
}

void name_expand(struct buffer *out, const char *template,
    const struct name_facts *facts, uint32_t attempt)
{
	bool numbered = false;

	for (const char *at = template; *at != '\0'; at++) {
		if (*at == '%')
			numbered |= append_letter(out, *++at, facts, attempt);
		else
			buffer_append_byte(out, (uint8_t)*at);
	}
	if (attempt > 0 && !numbered)
		buffer_printf(out, "c%" PRIu32, attempt);
	if (facts->label != NULL) {
		buffer_append_byte(out, '-');
		append_extra(out, facts->label);
	}
	if (facts->suffix != NULL)
		append_extra(out, facts->suffix);
	buffer_append_byte(out, '\0');
}
