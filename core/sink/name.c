/* SPDX-License-Identifier: BSD-2-Clause */
/* File names from templates.  It knows facts of a flow, not files. */
#include "core/sink/name.h"

#include <string.h>
#include <strings.h>
#include <time.h>

#include "core/base/decimal.h"
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

bool name_tells_flows(const char *template)
{
	static const char letters[] = "AaBb";
	unsigned found = 0;

	for (const char *at = template; *at != '\0'; at++) {
		const char *letter;

		if (*at != '%')
			continue;
		letter = strchr(letters, *++at);
		if (letter != NULL && *letter != '\0')
			found |= 1u << (letter - letters);
	}
	return found == 0xf;
}

static void append_address(
    struct buffer *out, const struct tcpflow_addr *address)
{
	char text[ADDRESS_ROOM];

	buffer_append(
	    out, text, (size_t)(address_write_padded(text, address) - text));
}

/* With at least so many digits. */
static void append_number(struct buffer *out, uint64_t value, unsigned digits)
{
	char text[DECIMAL_MOST];

	buffer_append(out, text,
	    (size_t)(decimal_write_padded(text, value, digits) - text));
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
		append_number(out, ns / NS_PER_SECOND, 1);
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
		append_number(out, facts->source.port, 5);
		break;
	case 'B':
		append_address(out, &facts->destination);
		break;
	case 'b':
		append_number(out, facts->destination.port, 5);
		break;
	case 'V':
		if (facts->vlan != 0)
			buffer_append_text(out, "--");
		break;
	case 'v':
		if (facts->vlan != 0)
			append_number(out, facts->vlan, 1);
		break;
	case 'C':
		if (attempt > 0)
			buffer_append_byte(out, 'c');
		break;
	case 'c':
		if (attempt > 0)
			append_number(out, attempt, 1);
		return true;
	case '#':
		append_number(out, attempt, 1);
		return true;
	case 'T':
		append_time(out, facts->start_ns);
		break;
	case 't':
		append_number(out, facts->start_ns / NS_PER_SECOND, 1);
		break;
	default:
		buffer_append_byte(out, '%');
		break;
	}
	return false;
}

static uint8_t harmless(uint8_t byte)
{
	static const char bytes[] = "abcdefghijklmnopqrstuvwxyz"
				    "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._+-";

	return byte != '\0' && strchr(bytes, byte) != NULL ? byte : '_';
}

void name_hint(char text[NAME_HINT_ROOM], const void *bytes, size_t length)
{
	const uint8_t *from = bytes;
	size_t used = 0;
	size_t start = length;

	while (start > 0 && from[start - 1] != '/' && from[start - 1] != '\\')
		start--;
	while (start < length && from[start] == '.')
		start++;
	for (; start < length && used < NAME_HINT_ROOM - 1; start++)
		text[used++] = (char)harmless(from[start]);
	text[used] = '\0';
}

/* What a plugin adds.  It may have had it from the network, so it cannot leave
 * the directory, hide the name, or make it too long to exist. */
static void append_extra(struct buffer *out, const char *text, size_t length)
{
	for (size_t i = 0; i < EXTRA_MOST && i < length; i++)
		buffer_append_byte(out, harmless((uint8_t)text[i]));
}

static void append_extras(struct buffer *out, const struct name_facts *facts)
{
	size_t suffix = facts->suffix != NULL ? strlen(facts->suffix) : 0;
	size_t hint = facts->hint != NULL ? strlen(facts->hint) : 0;

	if (facts->label != NULL) {
		buffer_append_byte(out, '-');
		append_extra(out, facts->label, strlen(facts->label));
	}
	if (hint >= suffix && suffix > 0 &&
	    strcasecmp(facts->hint + hint - suffix, facts->suffix) == 0)
		hint -= suffix;
	if (hint > 0) {
		buffer_append_byte(out, '-');
		append_extra(out, facts->hint, hint);
	}
	if (suffix > 0)
		append_extra(out, facts->suffix, suffix);
}

void name_expand(struct buffer *out, const char *template,
    const struct name_facts *facts, uint32_t attempt)
{
	const char *at = facts->stem == NULL ? template : "";
	bool numbered = false;

	if (facts->stem != NULL)
		buffer_append_text(out, facts->stem);
	for (; *at != '\0'; at++) {
		if (*at == '%')
			numbered |= append_letter(out, *++at, facts, attempt);
		else
			buffer_append_byte(out, (uint8_t)*at);
	}
	if (attempt > 0 && !numbered) {
		buffer_append_byte(out, 'c');
		append_number(out, attempt, 1);
	}
	append_extras(out, facts);
	buffer_append_byte(out, '\0');
}
