/* SPDX-License-Identifier: BSD-2-Clause */
/* Counters as text.  It counts nothing itself. */
#include "core/engine/summary.h"

#include <inttypes.h>
#include <string.h>

#include "core/base/buffer.h"
#include "core/base/json.h"

struct part {
	enum counter counter;
	const char *words; /* for '*' stands s, but of one    */
};

/* "1 flow", "2 flows" of "flow*" */
static void append_count(struct buffer *out, uint64_t count, const char *words)
{
	size_t length = strcspn(words, "*");

	buffer_printf(out, "%" PRIu64 " %.*s", count, (int)length, words);
	if (words[length] == '*')
		buffer_printf(
		    out, "%s%s", count == 1 ? "" : "s", words + length + 1);
}

/* "12 not TCP, 3 fragments": those that are not 0, the first one behind the lead;
 * how many parts that were. */
static size_t append_parts(struct buffer *out, const char *lead,
    const struct counters *counters, const struct part *parts, size_t count)
{
	size_t shown = 0;

	for (size_t i = 0; i < count; i++) {
		uint64_t value = counters->value[parts[i].counter];

		if (value == 0)
			continue;
		buffer_append_text(out, shown++ > 0 ? ", " : lead);
		append_count(out, value, parts[i].words);
	}
	return shown;
}

static void say(const struct log *log, struct buffer *line)
{
	buffer_append_byte(line, '\0');
	if (!line->failed)
		log_write(log, LOG_LEVEL_INFO, "%s", (const char *)line->bytes);
	buffer_reset(line);
}

static void log_packets(struct buffer *line, const struct counters *counters,
    const struct source_counts *source, const struct log *log)
{
	static const struct part skipped[] = {
	    {COUNTER_PACKETS_FILTERED, "filtered"},
	    {COUNTER_SKIPPED_NOT_TCP, "not TCP"},
	    {COUNTER_SKIPPED_NOT_IP, "not IP"},
	    {COUNTER_FRAGMENTS, "IP fragment*"},
	    {COUNTER_SKIPPED_FRAGMENT, "bad IP fragment*"},
	    {COUNTER_SKIPPED_CHECKSUM, "with bad checksums"},
	    {COUNTER_SKIPPED_CUT, "cut within the headers"},
	    {COUNTER_SKIPPED_MALFORMED, "malformed"},
	    {COUNTER_SKIPPED_LINK_TYPE, "of an unknown link type"},
	};

	append_count(line, counters->value[COUNTER_PACKETS], "packet*");
	buffer_append_text(line, ": ");
	append_count(line, counters->value[COUNTER_SEGMENTS], "TCP segment*");
	append_parts(line, ", ", counters, skipped,
	    sizeof(skipped) / sizeof(skipped[0]));
	say(log, line);
	if (source->lost_kernel + source->lost_interface > 0) {
		buffer_printf(line,
		    "%" PRIu64 " packets were lost before we saw them: %" PRIu64
		    " in the kernel's buffer (--buffer-size makes it larger), "
		    "%" PRIu64 " in the interface",
		    source->lost_kernel + source->lost_interface,
		    source->lost_kernel, source->lost_interface);
		say(log, line);
	}
}

static void log_bytes(
    struct buffer *line, const struct counters *counters, const struct log *log)
{
	static const struct part kinds[] = {
	    {COUNTER_BYTES_DELIVERED, "delivered"},
	    {COUNTER_BYTES_DUPLICATE, "duplicate"},
	    {COUNTER_BYTES_OUTSIDE, "outside of their stream"},
	    {COUNTER_BYTES_CORRUPT, "with bad checksums"},
	    {COUNTER_BYTES_LATE, "after the end of their flow"},
	    {COUNTER_BYTES_SHED, "dropped for want of memory"},
	};
	static const struct part reasons[] = {
	    {COUNTER_GAPS_LOST, "lost"},
	    {COUNTER_GAPS_SNAPLEN, "cut by the snap length"},
	    {COUNTER_GAPS_BUDGET, "for want of memory"},
	};
	uint64_t known = counters->value[COUNTER_GAPS_SNAPLEN] +
	    counters->value[COUNTER_GAPS_BUDGET];
	uint64_t gaps = counters->value[COUNTER_GAPS_LOST] + known;

	append_count(
	    line, counters->value[COUNTER_BYTES_PAYLOAD], "byte* of payload");
	append_parts(
	    line, ": ", counters, kinds, sizeof(kinds) / sizeof(kinds[0]));
	if (gaps > 0)
		buffer_printf(line,
		    "; %" PRIu64 " byte%s missing in %" PRIu64 " gap%s",
		    counters->value[COUNTER_BYTES_GAP],
		    counters->value[COUNTER_BYTES_GAP] == 1 ? " is" : "s are",
		    gaps, gaps == 1 ? "" : "s");
	if (known > 0)
		append_parts(line, ": ", counters, reasons,
		    sizeof(reasons) / sizeof(reasons[0]));
	say(log, line);
}

static void log_flows(
    struct buffer *line, const struct counters *counters, const struct log *log)
{
	static const struct part kinds[] = {
	    {COUNTER_FLOWS_HALF_OPEN, "never opened"},
	    {COUNTER_FLOWS_MIDSTREAM, "began before the capture"},
	    {COUNTER_STREAMS, "carried data"},
	    {COUNTER_STREAMS_UNCLAIMED, "that no plugin took"},
	    {COUNTER_STREAMS_DROPPED, "not shown for want of memory"},
	    {COUNTER_CLOSED_EVICTED, "evicted for want of memory"},
	    {COUNTER_FLOWS_DROPPED, "dropped for want of memory"},
	};
	static const struct part files[] = {
	    {COUNTER_FILES, "file*"},
	    {COUNTER_FILES_CAPPED, "cut at --max-bytes"},
	    {COUNTER_FILES_INCOMPLETE, "incomplete"},
	};

	append_count(line, counters->value[COUNTER_FLOWS], "flow*");
	append_parts(
	    line, ": ", counters, kinds, sizeof(kinds) / sizeof(kinds[0]));
	say(log, line);
	if (append_parts(line, "", counters, files,
		sizeof(files) / sizeof(files[0])) > 0)
		say(log, line);
}

/* ", 2 http.child.websocket" of "http.child.websocket.unclaimed". */
static void append_layer(void *context, const char *name, uint64_t value)
{
	static const char tail[] = ".unclaimed";
	size_t length = strlen(name);
	size_t tail_length = sizeof(tail) - 1;

	if (length > tail_length && strstr(name, ".child.") != NULL &&
	    strcmp(name + length - tail_length, tail) == 0)
		buffer_printf(context, ", %" PRIu64 " %.*s", value,
		    (int)(length - tail_length), name);
}

/* What decoders uncovered and nobody wanted. */
static void log_children(struct buffer *line, const struct counters *counters,
    const struct host *host, const struct log *log)
{
	uint64_t unclaimed = counters->value[COUNTER_CHILDREN_UNCLAIMED];

	if (unclaimed == 0)
		return;
	buffer_printf(line, "%" PRIu64 " inner stream%s that no plugin took",
	    unclaimed, unclaimed == 1 ? "" : "s");
	host_counters(host, append_layer, line);
	say(log, line);
}

void summary_log(const struct counters *counters,
    const struct source_counts *source, const struct host *host,
    const struct log *log)
{
	struct buffer line = {0};

	log_packets(&line, counters, source, log);
	log_bytes(&line, counters, log);
	log_flows(&line, counters, log);
	log_children(&line, counters, host, log);
	buffer_free(&line);
}

static void show(void *context, const char *name, uint64_t value)
{
	if (value > 0)
		fprintf(context, "%s %" PRIu64 "\n", name, value);
}

void summary_counters(FILE *out, const struct counters *counters,
    const struct source_counts *source, const struct host *host)
{
	for (unsigned i = 0; i < COUNTER_COUNT; i++)
		show(out, counter_name((enum counter)i), counters->value[i]);
	show(out, "lost.kernel", source->lost_kernel);
	show(out, "lost.interface", source->lost_interface);
	show(out, "secrets", source->secrets);
	show(out, "secrets.dropped", source->secrets_dropped);
	host_counters(host, show, out);
}

static void append(void *context, const char *name, uint64_t value)
{
	json_u64(context, name, value);
}

bool summary_json(FILE *out, const struct counters *counters,
    const struct source_counts *source, const struct host *host)
{
	struct json json = {0};
	bool made;

	json_begin(&json);
	for (unsigned i = 0; i < COUNTER_COUNT; i++)
		append(
		    &json, counter_name((enum counter)i), counters->value[i]);
	append(&json, "lost.kernel", source->lost_kernel);
	append(&json, "lost.interface", source->lost_interface);
	append(&json, "secrets", source->secrets);
	append(&json, "secrets.dropped", source->secrets_dropped);
	host_counters(host, append, &json);
	made = json_end_all(&json);
	if (made)
		fprintf(out, "%.*s\n", (int)json.out.length,
		    (const char *)json.out.bytes);
	json_free(&json);
	return made;
}
