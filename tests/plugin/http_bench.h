/* SPDX-License-Identifier: BSD-2-Clause */
/* What the tests of the http plugin share: a conversation under the fake host,
 * and how to look at what it put on the console. */
#ifndef TESTS_PLUGIN_HTTP_BENCH_H
#define TESTS_PLUGIN_HTTP_BENCH_H

#include "tests/plugin/fake_host.h"

struct bench {
	struct fake_host *host;
	struct fake_stream *stream;
};

/* A started plugin and a stream; NULL: presets, and a stream of no flags. */
void bench_open(struct bench *bench, const char *const *settings,
    const struct fake_stream_spec *spec);

/* The plugin does not start with this one, and says what is wanted. */
void assert_setting_refused(const char *setting);

/* What the client and the server say; bytes may hold NUL. */
void bench_ask(struct bench *bench, const char *text);
void bench_answer(struct bench *bench, const char *text);
void bench_answer_bytes(
    struct bench *bench, const char *head, const void *bytes, size_t length);

/* The stream is closed (EXIT), if it still is open. */
void bench_end(struct bench *bench);
/* And the plugin, too; all must be balanced. */
void bench_close(struct bench *bench);

/* The console so far has this text, or has it not. */
void assert_shown(const struct bench *bench, const char *text);
void assert_not_shown(const struct bench *bench, const char *text);
/* Is it, to the byte. */
void assert_console(const struct bench *bench, const char *text);
/* How often it has this text. */
void assert_shown_times(
    const struct bench *bench, const char *text, unsigned times);
/* Response `number` has this body, or another line. */
void assert_response(
    const struct bench *bench, unsigned number, const char *text);

#endif
