/* SPDX-License-Identifier: BSD-2-Clause */
/* peak COMMAND...: runs it, and prints how many KiB it took at most.  Its own
 * size is the least that can be seen: it is a small one. */
#include <stdio.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct rusage usage = {0};
	int status = -1;
	pid_t child;

	if (argc < 2) {
		fputs("usage: peak COMMAND...\n", stderr);
		return 2;
	}
	child = fork();
	if (child == 0) {
		execvp(argv[1], argv + 1);
		_exit(127);
	}
	if (child < 0 || wait4(child, &status, 0, &usage) != child) {
		perror("peak");
		return 1;
	}
	printf("%ld\n", usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
