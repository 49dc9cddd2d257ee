/* SPDX-License-Identifier: BSD-2-Clause */
/* Fuzz target: the whole program, over a capture file that is the input, with
 * one of several command lines.  Plugins come from TCPFLOW_PLUGIN_PATH. */
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "tests/fuzz/input.h"

/* Its main() is a function here. */
int tcpflow_main(int argc, char **argv);
#define main tcpflow_main
#include "core/cli/main.c"
#undef main

#define WORDS_MOST 16

static char *const lines[][WORDS_MOST] = {
    {"-P", "http", "-c", "--json", "/dev/null", "--hash", "md5"},
    {"-c", "--tunnels", "all", "--memory", "16M"},
    {"-P", "http", "-P", "raw:observe", "-c", "--checksums", "verify"},
    {"-P", "null", "--json", "/dev/null", "--overlap", "linux", "tcp"},
};

/* Standard output to nowhere; messages go where the fuzzer wants them. */
static void mute(void)
{
	static bool muted;
	int nowhere;

	if (muted)
		return;
	nowhere = open("/dev/null", O_WRONLY | O_CLOEXEC);
	if (nowhere < 0 || dup2(nowhere, STDOUT_FILENO) < 0)
		abort();
	close(nowhere);
	muted = true;
}

/* Without plugins every run ends before its first packet. */
static void require_plugins(void)
{
	char *words[] = {
	    "tcpflow", "-q", "--check", "-P", "http", "-P", "raw", NULL};
	static bool required;

	if (required)
		return;
	optind = 0;
	if (tcpflow_main(7, words) != ENGINE_OK)
		abort();
	required = true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char path[32];
	char *words[WORDS_MOST + 8] = {"tcpflow", "-q", "-r", path};
	char *const *line = lines[size % (sizeof(lines) / sizeof(lines[0]))];
	int count = 4;
	int file = memfd_create("capture", 0);
	int status;

	mute();
	require_plugins();
	if (file < 0 || write(file, data, size) != (ssize_t)size)
		abort();
	snprintf(path, sizeof(path), "/proc/self/fd/%d", file);
	for (; *line != NULL; line++)
		words[count++] = *line;
	optind = 0; /* glibc's getopt begins anew */
	status = tcpflow_main(count, words);
	if (status < ENGINE_OK || status > ENGINE_DAMAGED)
		abort();
	close(file);
	return 0;
}
