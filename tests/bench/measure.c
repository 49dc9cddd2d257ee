/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs commands in turn (A B C A B C ...) and prints medians of wall time, CPU
 * time and memory, and of ratios within a round: to the first command, to the PEER,
 * and of a command called `X, 2 workers' to X.
 *
 *	measure ROUNDS PEER BEFORE NAME COMMAND [NAME COMMAND...]
 *
 * Commands go to sh -c; BEFORE goes before each and is not measured. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MOST 20
#define ROUNDS_MOST 99
#define NO_ROW (-1)

struct sample {
	double wall;
	double cpu;
	double memory; /* MiB */
	int status;
};

struct row {
	const char *name;
	const char *command;
	struct sample samples[ROUNDS_MOST];
};

static struct row rows[COMMANDS_MOST];
static int row_count;
static int rounds;

static double seconds(struct timeval time)
{
	return (double)time.tv_sec + (double)time.tv_usec / 1e6;
}

static struct sample run(const char *command)
{
	struct timespec start;
	struct timespec end;
	struct rusage usage = {0};
	struct sample sample = {.status = -1};
	pid_t child;

	clock_gettime(CLOCK_MONOTONIC, &start);
	child = fork();
	if (child == 0) {
		execl("/bin/sh", "sh", "-c", command, (char *)NULL);
		_exit(127);
	}
	if (child > 0)
		wait4(child, &sample.status, 0, &usage);
	clock_gettime(CLOCK_MONOTONIC, &end);
	sample.wall = (double)(end.tv_sec - start.tv_sec) +
	    (double)(end.tv_nsec - start.tv_nsec) / 1e9;
	sample.cpu = seconds(usage.ru_utime) + seconds(usage.ru_stime);
	sample.memory = (double)usage.ru_maxrss / 1024;
	return sample;
}

static double wall(const struct sample *sample)
{
	return sample->wall;
}

static double cpu(const struct sample *sample)
{
	return sample->cpu;
}

static double memory(const struct sample *sample)
{
	return sample->memory;
}

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The median over all rounds of what is asked of a row, divided by the same of
 * another one where there is one. */
static double median(
    int row, int other, double (*value)(const struct sample *sample))
{
	double values[ROUNDS_MOST];

	for (int i = 0; i < rounds; i++) {
		values[i] = value(&rows[row].samples[i]);
		if (other != NO_ROW) {
			double least = 1e-6; /* the clock's step */
			double by = value(&rows[other].samples[i]);

			values[i] /= by > least ? by : least;
		}
	}
	qsort(values, (size_t)rounds, sizeof(*values), by_value);
	return values[rounds / 2];
}

/* The row of that name. */
static int find(const char *name, size_t length)
{
	for (int i = 0; i < row_count; i++) {
		if (strlen(rows[i].name) == length &&
		    strncmp(rows[i].name, name, length) == 0)
			return i;
	}
	return NO_ROW;
}

static int find_one_worker(const char *name)
{
	const char *comma = strrchr(name, ',');

	return comma != NULL ? find(name, (size_t)(comma - name)) : NO_ROW;
}

static void print_ratio(
    int row, int other, double (*value)(const struct sample *sample))
{
	if (other == NO_ROW)
		fputs(" - |", stdout);
	else
		printf(" %.2f |", median(row, other, value));
}

static void print_row(int row, int peer)
{
	int failed = 0;

	for (int i = 0; i < rounds; i++)
		failed += rows[row].samples[i].status != 0;
	printf("| %s | %.3f | %.3f | %.0f |", rows[row].name,
	    median(row, NO_ROW, wall), median(row, NO_ROW, cpu),
	    median(row, NO_ROW, memory));
	print_ratio(row, 0, wall);
	print_ratio(row, 0, cpu);
	print_ratio(row, peer, cpu);
	print_ratio(row, find_one_worker(rows[row].name), wall);
	puts(failed > 0 ? " FAILED" : "");
}

int main(int argc, char **argv)
{
	int peer;

	rounds = argc > 1 ? atoi(argv[1]) : 0;
	row_count = (argc - 4) / 2;
	if (rounds < 1 || rounds > ROUNDS_MOST || argc % 2 != 0 ||
	    row_count < 1 || row_count > COMMANDS_MOST) {
		fputs("usage: measure ROUNDS PEER BEFORE NAME COMMAND...\n",
		    stderr);
		return 2;
	}
	for (int i = 0; i < row_count; i++) {
		rows[i].name = argv[4 + 2 * i];
		rows[i].command = argv[5 + 2 * i];
	}
	for (int i = 0; i < rounds; i++) {
		for (int row = 0; row < row_count; row++) {
			if (system(argv[3]) != 0)
				return 1;
			rows[row].samples[i] = run(rows[row].command);
		}
	}
	peer = find(argv[2], strlen(argv[2]));
	printf(
	    "| command | wall s | CPU s | MiB | wall / first | CPU / first | "
	    "CPU / %s | wall / 1 worker |\n"
	    "|---|---|---|---|---|---|---|---|\n",
	    argv[2]);
	for (int row = 0; row < row_count; row++)
		print_row(row, peer);
	return 0;
}
