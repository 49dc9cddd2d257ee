/* SPDX-License-Identifier: BSD-2-Clause */
/* The plugin of script.h. */
#include "tests/plugin/script.h"

#include <inttypes.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

struct script script;

static void TCPFLOW_PRINTF(1, 2) note(const char *format, ...)
{
	size_t used = strlen(script.diary);
	va_list arguments;

	if (used > 0 && used + 1 < sizeof(script.diary))
		script.diary[used++] = ' ';
	va_start(arguments, format);
	vsnprintf(script.diary + used, sizeof(script.diary) - used, format,
	    arguments);
	va_end(arguments);
}

static char arrow(uint32_t direction)
{
	return direction == TCPFLOW_C2S ? '>' : '<';
}

static int32_t plugin_create(
    const struct tcpflow_host *host, struct tcpflow_scope *run, void **instance)
{
	script.host = host;
	script.run = run;
	*instance = &script;
	note("create");
	return script.create != NULL ? script.create() : TCPFLOW_OK;
}

static int32_t plugin_config(void *instance, const char *key, const char *value)
{
	(void)instance;
	note("config:%s=%s", key, value);
	return script.config != NULL ? script.config(key, value) : TCPFLOW_OK;
}

static int32_t plugin_ready(void *instance)
{
	(void)instance;
	note("ready");
	return script.ready != NULL ? script.ready() : TCPFLOW_OK;
}

static void plugin_finish(void *instance, const struct tcpflow_run *run)
{
	(void)instance;
	note("finish");
	if (script.finish != NULL)
		script.finish(run);
}

static void plugin_destroy(void *instance)
{
	(void)instance;
	note("destroy");
	if (script.destroy != NULL)
		script.destroy();
}

static int32_t plugin_worker_open(
    void *instance, struct tcpflow_scope *scope, uint32_t index, void **state)
{
	(void)instance;
	note("worker%" PRIu32, index);
	script.worker[index % 2] = scope;
	*state = &script.worker[index % 2];
	return script.worker_open != NULL ? script.worker_open(index)
					  : TCPFLOW_OK;
}

static void plugin_worker_close(void *instance, void *worker)
{
	uint32_t index = worker == &script.worker[1];

	(void)instance;
	note("joined%" PRIu32, index);
	if (script.worker_close != NULL)
		script.worker_close(index);
}

static int32_t plugin_probe(void *worker, const struct tcpflow_probe *probe)
{
	char head[2][64] = {"", ""};

	(void)worker;
	for (unsigned i = 0; i < 2; i++) {
		if (probe->head[i].len > 0)
			snprintf(head[i], sizeof(head[i]), "%c%.*s", arrow(i),
			    (int)probe->head[i].len,
			    (const char *)probe->head[i].ptr);
	}
	note("probe:%" PRIu32 "%s%s%s", probe->info->stream_index, head[0],
	    head[1], probe->flags & TCPFLOW_PROBE_LAST ? "!" : "");
	return script.probe != NULL ? script.probe(probe) : TCPFLOW_PROBE_YES;
}

static int32_t plugin_open(void *worker, struct tcpflow_scope *scope,
    const struct tcpflow_stream_info *info, void **state)
{
	struct part *part = calloc(1, sizeof(*part));
	int32_t result;

	(void)worker;
	assert_non_null(part);
	part->scope = scope;
	part->info = info;
	script.part = part;
	note("open:%" PRIu32, info->stream_index);
	result = script.open != NULL ? script.open(part) : TCPFLOW_OK;
	if (result != TCPFLOW_OK) {
		free(part);
		script.part = NULL;
	}
	*state = part;
	return result;
}

static int32_t plugin_data(void *state, const struct tcpflow_chunk *chunk)
{
	struct part *part = state;

	note("data:%" PRIu32 "%c%.*s", part->info->stream_index,
	    arrow(chunk->dir), (int)chunk->len, (const char *)chunk->bytes);
	return script.data != NULL ? script.data(part, chunk) : TCPFLOW_OK;
}

static int32_t plugin_gap(void *state, const struct tcpflow_gap *gap)
{
	struct part *part = state;

	note("gap:%" PRIu32 "%c%" PRIu64 "@%" PRIu64, part->info->stream_index,
	    arrow(gap->dir), gap->len, gap->offset);
	return script.gap != NULL ? script.gap(part, gap) : TCPFLOW_OK;
}

static int32_t plugin_eof(void *state, const struct tcpflow_end *end)
{
	struct part *part = state;

	note("eof:%" PRIu32 "%c%" PRIu64, part->info->stream_index,
	    arrow(end->dir), end->length[end->dir]);
	return script.eof != NULL ? script.eof(part, end) : TCPFLOW_OK;
}

static int32_t plugin_wake(void *state, uint64_t ts_ns)
{
	struct part *part = state;

	(void)ts_ns;
	note("wake:%" PRIu32, part->info->stream_index);
	return script.wake != NULL ? script.wake(part) : TCPFLOW_OK;
}

static void plugin_close(void *state, const struct tcpflow_end *end)
{
	struct part *part = state;

	note("close:%" PRIu32 "(%" PRIu32 ")", part->info->stream_index,
	    end->reason);
	if (script.close != NULL)
		script.close(part, end);
	if (script.part == part)
		script.part = NULL;
	free(part);
}

static const struct tcpflow_plugin first = {
    TCPFLOW_PLUGIN_HEAD(0, 0),
    .name = "script",
    .version = "1",
    .summary = "does what a test says",
    .create = plugin_create,
    .config = plugin_config,
    .ready = plugin_ready,
    .finish = plugin_finish,
    .destroy = plugin_destroy,
    .worker_open = plugin_worker_open,
    .worker_close = plugin_worker_close,
    .probe = plugin_probe,
    .open = plugin_open,
    .data = plugin_data,
    .gap = plugin_gap,
    .eof = plugin_eof,
    .wake = plugin_wake,
    .close = plugin_close,
};

struct tcpflow_plugin script_plugin;

void script_reset(void)
{
	memset(&script, 0, sizeof(script));
	script_plugin = first;
}

const struct tcpflow_plugin *script_entry(void)
{
	return &script_plugin;
}

void script_expect(const char *diary)
{
	char said[sizeof(script.diary)];

	memcpy(said, script.diary, sizeof(said));
	script.diary[0] = '\0';
	assert_string_equal(said, diary);
}

/* All that comes out of the pipe, as far as there is room. */
static void read_all(int file, char *text, size_t room)
{
	size_t length = 0;

	while (length < room - 1) {
		ssize_t more = read(file, text + length, room - 1 - length);

		if (more <= 0)
			break;
		length += (size_t)more;
	}
	text[length] = '\0';
}

void script_expect_end(void (*act)(void), const char *said)
{
	char text[4096];
	int ends[2];
	int status;
	pid_t child;

	assert_int_equal(pipe(ends), 0);
	child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		signal(SIGABRT, SIG_DFL); /* cmocka's is another */
		dup2(ends[1], STDERR_FILENO);
		act();
		_exit(0);
	}
	close(ends[1]);
	read_all(ends[0], text, sizeof(text));
	close(ends[0]);
	assert_int_equal(waitpid(child, &status, 0), child);
	if (WIFEXITED(status) && WEXITSTATUS(status) == 0)
		fail_msg("it went on, instead of '%s'", said);
	if (strstr(text, said) == NULL)
		fail_msg("no '%s', but: %s", said, text);
}
