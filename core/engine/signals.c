/* SPDX-License-Identifier: BSD-2-Clause */
/* Signals become flags, which the engine's loop reads. */
#include "core/engine/signals.h"

#include <signal.h>
#include <stddef.h>

/* A handler gets no context: this is the one place that must be static. */
static volatile sig_atomic_t stop_asked;
static volatile sig_atomic_t counters_asked;

static void on_stop(int number)
{
	(void)number;
	stop_asked = 1;
}

static void on_counters(int number)
{
	(void)number;
	counters_asked = 1;
}

static void handle(int number, void (*handler)(int), int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

	sigemptyset(&action.sa_mask);
	sigaction(number, &action, NULL);
}

void signals_install(void)
{
	struct sigaction hangup;

	/* The second INT finds the default: the end. */
	handle(SIGINT, on_stop, (int)SA_RESETHAND);
	handle(SIGTERM, on_stop, 0);
	handle(SIGUSR1, on_counters, SA_RESTART);
	handle(SIGPIPE, SIG_IGN, 0);
	handle(SIGXFSZ, SIG_IGN, 0);
	if (sigaction(SIGHUP, NULL, &hangup) == 0 &&
	    hangup.sa_handler != SIG_IGN)
		handle(SIGHUP, on_stop, 0);
}

bool signals_stop_asked(void)
{
	return stop_asked != 0;
}

bool signals_counters_asked(void)
{
	bool asked = counters_asked != 0;

	counters_asked = 0;
	return asked;
}
