/* SPDX-License-Identifier: BSD-2-Clause */
/* The bench of the capture tests. */
#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/unit/capture_bench.h"

/* Whoever leaks a descriptor moves it. */
static int spare_descriptor(void)
{
	int descriptor = open("/dev/null", O_RDONLY | O_CLOEXEC);

	close(descriptor);
	return descriptor;
}

int bench_set_up(void **state)
{
	static struct bench bench;
	int ends[2];

	bench = (struct bench){0};
	snprintf(bench.directory, sizeof(bench.directory),
	    "/tmp/tcpflow-capture-XXXXXX");
	if (mkdtemp(bench.directory) == NULL || chdir(bench.directory) != 0 ||
	    socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK, 0, ends) != 0)
		return -1;
	bench.log = (struct log){.most = LOG_LEVEL_INFO, .descriptor = ends[0]};
	bench.messages = ends[1];
	bench.spare = spare_descriptor();
	*state = &bench;
	return 0;
}

static int remove_one(
    const char *path, const struct stat *status, int type, struct FTW *place)
{
	(void)status;
	(void)type;
	(void)place;
	return remove(path);
}

int bench_tear_down(void **state)
{
	struct bench *bench = *state;

	source_close(&bench->source);
	if (spare_descriptor() != bench->spare) {
		print_error("a descriptor was left open\n");
		return -1;
	}
	close(bench->log.descriptor);
	close(bench->messages);
	buffer_free(&bench->said);
	if (chdir("/") != 0)
		return -1;
	return nftw(bench->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

static void append_u16(struct capture *capture, uint16_t value)
{
	bool big = capture->big_endian;

	buffer_append_byte(
	    &capture->bytes, (uint8_t)(big ? value >> 8 : value));
	buffer_append_byte(
	    &capture->bytes, (uint8_t)(big ? value : value >> 8));
}

static void append_u32(struct capture *capture, uint32_t value)
{
	bool big = capture->big_endian;

	append_u16(capture, (uint16_t)(big ? value >> 16 : value));
	append_u16(capture, (uint16_t)(big ? value : value >> 16));
}

void capture_begin(struct capture *capture)
{
	append_u32(capture,
	    capture->nanoseconds ? UINT32_C(0xa1b23c4d) : UINT32_C(0xa1b2c3d4));
	append_u16(capture, 2);
	append_u16(capture, 4);
	append_u32(capture, 0);
	append_u32(capture, 0);
	append_u32(capture, capture->snaplen > 0 ? capture->snaplen : 65535);
	append_u32(capture, capture->link_type);
}

void capture_packet(struct capture *capture, uint32_t seconds,
    uint32_t fraction, uint32_t captured, uint32_t length, uint8_t fill)
{
	append_u32(capture, seconds);
	append_u32(capture, fraction);
	append_u32(capture, captured);
	append_u32(capture, length);
	while (captured-- > 0)
		buffer_append_byte(&capture->bytes, fill);
}

void file_write(const char *name, const void *bytes, size_t length)
{
	int descriptor = open(name, O_WRONLY | O_CREAT | O_TRUNC, 0600);

	assert_true(descriptor >= 0);
	assert_int_equal(write(descriptor, bytes, length), length);
	assert_int_equal(close(descriptor), 0);
}

void capture_write(struct capture *capture, const char *name)
{
	assert_false(capture->bytes.failed);
	file_write(name, capture->bytes.bytes, capture->bytes.length);
	buffer_free(&capture->bytes);
}

static size_t on_packets(
    void *context, const struct packet *packets, size_t count)
{
	struct bench *bench = context;

	for (size_t i = 0; i < count; i++) {
		const struct packet *packet = &packets[i];
		struct seen *seen = &bench->seen[bench->packets % SEEN_MOST];

		seen->packet = *packet;
		seen->first = packet->captured > 0 ? packet->bytes[0] : 0;
		seen->last = packet->captured > 0
		    ? packet->bytes[packet->captured - 1]
		    : 0;
		seen->packet.bytes = NULL; /* borrowed */
		bench->packets++;
		if (bench->packets == bench->stop_at) {
			source_stop(bench->source);
			return i + 1;
		}
	}
	return count;
}

enum source_error bench_open_config(
    struct bench *bench, const struct source_config *config)
{
	static const struct source_ops ops = {.packets = on_packets};

	bench->packets = 0;
	source_close(&bench->source);
	return source_open(&bench->source, config, &ops, bench, &bench->log);
}

enum source_error bench_open(struct bench *bench, const char *first,
    const char *second, const char *filter)
{
	const char *const names[] = {first, second};
	const struct source_config config = {
	    .names = names,
	    .count = second != NULL ? 2 : 1,
	    .filter = filter,
	};

	return bench_open_config(bench, &config);
}

enum source_status bench_drain(struct bench *bench)
{
	enum source_status status = SOURCE_MORE;

	/* A pipe, or what unpacks a file, may be slow. */
	for (unsigned i = 0; i < 1000 &&
	     (status == SOURCE_MORE || status == SOURCE_IDLE);
	     i++)
		status = source_poll(bench->source);
	source_close(&bench->source);
	return status;
}

void bench_listen(struct bench *bench)
{
	char text[4096];
	ssize_t length;

	while ((length = read(bench->messages, text, sizeof(text))) > 0) {
		buffer_append(&bench->said, text, (size_t)length);
		bench->count++;
	}
}

void bench_expect_message(struct bench *bench, const char *part)
{
	bench_listen(bench);
	buffer_append_byte(&bench->said, '\0');
	if (bench->count != 1 ||
	    strstr((const char *)bench->said.bytes, part) == NULL)
		fail_msg("not one message with '%s', but %u: %s", part,
		    bench->count, (const char *)bench->said.bytes);
	buffer_reset(&bench->said);
	bench->count = 0;
}

void bench_expect_silence(struct bench *bench)
{
	bench_listen(bench);
	buffer_append_byte(&bench->said, '\0');
	assert_string_equal((const char *)bench->said.bytes, "");
	buffer_reset(&bench->said);
}
