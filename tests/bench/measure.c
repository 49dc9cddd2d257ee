/* SPDX-License-Identifier: BSD-2-Clause */
/* Runs commands in turn (A B C A B C ...) and prints medians of wall time, CPU
 * time and memory, and their ratios to the first command, round by round.
 *
 *	measure ROUNDS NAME COMMAND [NAME COMMAND...]
 *
 * A command goes to sh -c. */
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define COMMANDS_MOST 16
#define ROUNDS_MOST 99

struct sample {
	double wall;
	double cpu;
	double memory; /* MiB */
	int status;
};

static struct sample samples[COMMANDS_MOST][ROUNDS_MOST];

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

static int by_value(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

static double median(double *values, int count)
{
	qsort(values, (size_t)count, sizeof(*values), by_value);
	return values[count / 2];
}

static void print_row(int command, const char *name, int rounds)
{
	double wall[ROUNDS_MOST];
	double cpu[ROUNDS_MOST];
	double memory[ROUNDS_MOST];
	double wall_ratio[ROUNDS_MOST];
	double cpu_ratio[ROUNDS_MOST];
	int failed = 0;

	for (int i = 0; i < rounds; i++) {
		const struct sample *sample = &samples[command][i];
		const struct sample *first = &samples[0][i];

		wall[i] = sample->wall;
		cpu[i] = sample->cpu;
		memory[i] = sample->memory;
		wall_ratio[i] = sample->wall / first->wall;
		cpu_ratio[i] = sample->cpu /
		    (first->cpu > 0 ? first->cpu : 1e-6);
		failed += sample->status != 0;
	}
	printf("| %s | %.3f | %.3f | %.0f | %.2f | %.2f |%s\n", name,
	    median(wall, rounds), median(cpu, rounds), median(memory, rounds),
	    median(wall_ratio, rounds), median(cpu_ratio, rounds),
	    failed > 0 ? " FAILED" : "");
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 0;
	int commands = (argc - 2) / 2;

	if (rounds < 1 || rounds > ROUNDS_MOST || argc % 2 != 0 ||
	    commands < 1 || commands > COMMANDS_MOST) {
		fputs("usage: measure ROUNDS NAME COMMAND...\n", stderr);
		return 2;
	}
	for (int i = 0; i < rounds; i++) {
		for (int c = 0; c < commands; c++)
			samples[c][i] = run(argv[3 + 2 * c]);
	}
	puts("| command | wall s | CPU s | MiB | wall ratio | CPU ratio |\n"
	     "|---|---|---|---|---|---|");
	for (int c = 0; c < commands; c++)
		print_row(c, argv[2 + 2 * c], rounds);
	return 0;
}
