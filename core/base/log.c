/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages for the user: one line, one write. */
#include "core/base/log.h"

#include <errno.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "core/base/escape.h"

/* Newlines inside a message would look like messages of their own. */
static void append_line(struct buffer *out, const struct buffer *text)
{
	const char *at = (const char *)text->bytes;
	size_t left = text->length;
	struct escape escape = {0};

	while (left > 0) {
		const char *newline = memchr(at, '\n', left);
		size_t run = newline != NULL ? (size_t)(newline - at) : left;

		escape_append(&escape, out, at, run);
		escape_finish(&escape, out);
		if (newline != NULL) {
			buffer_append_text(out, "\\n");
			run++;
		}
		at += run;
		left -= run;
	}
}

void log_write_list(const struct log *log, enum log_level level,
    const char *format, va_list arguments)
{
	static const char lost[] = "tcpflow: out of memory for a message\n";
	struct buffer text = {0};
	struct buffer line = {0};
	int saved = errno;
	ssize_t written;

	if (level > log->most)
		return;
	buffer_printf_list(&text, format, arguments);
	buffer_append_text(&line, "tcpflow: ");
	append_line(&line, &text);
	buffer_append_byte(&line, '\n');
	if (text.failed || line.failed)
		written = write(log->descriptor, lost, sizeof(lost) - 1);
	else
		written = write(log->descriptor, line.bytes, line.length);
	(void)written; /* nowhere to tell of a failure to tell */
	buffer_free(&text);
	buffer_free(&line);
	errno = saved;
}

void log_write(
    const struct log *log, enum log_level level, const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	log_write_list(log, level, format, arguments);
	va_end(arguments);
}
