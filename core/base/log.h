/* SPDX-License-Identifier: BSD-2-Clause */
/* Messages for the user, one line each, on standard error: "tcpflow: text".
 * Every byte is made safe for a terminal, so messages may quote the network
 * and file names.  Any thread. */
#ifndef CORE_BASE_LOG_H
#define CORE_BASE_LOG_H

#include <stdarg.h>

enum log_level {
	LOG_LEVEL_ERROR,
	LOG_LEVEL_WARN,
	LOG_LEVEL_INFO,
	LOG_LEVEL_DEBUG
};

struct log {
	enum log_level most; /* what is above it is not shown   */
	int descriptor;      /* 2; tests choose another         */
};

void log_write(const struct log *log, enum log_level level, const char *format,
    ...) __attribute__((format(printf, 3, 4)));
void log_write_list(const struct log *log, enum log_level level,
    const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

#endif
