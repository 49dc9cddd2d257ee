/* SPDX-License-Identifier: BSD-2-Clause */
/* Sides that were guessed wrong: the stream's info with client and server
 * exchanged, for who found out.  Who that is, probe.c decides. */
#include <stdlib.h>

#include "core/host/private.h"

/* The sides were guessed wrong: what the owner will be told.  False: no
 * memory. */
bool sides_turn(struct stream *stream)
{
	struct budget *budget = &stream->worker->config.memory->held;
	struct tcpflow_stream_info *turned;

	if (!budget_take(budget, sizeof(*turned)))
		return false;
	turned = malloc(sizeof(*turned));
	if (turned == NULL) {
		budget_give(budget, sizeof(*turned));
		return false;
	}
	*turned = stream->info;
	turned->client = stream->info.server;
	turned->server = stream->info.client;
	turned->flags &= ~TCPFLOW_S_DIR_GUESSED;
	if (turned->depth > 0)
		turned->flags ^= TCPFLOW_S_REVERSED;
	stream->turned = turned;
	return true;
}

void sides_forget(struct stream *stream)
{
	if (stream->turned == NULL)
		return;
	budget_give(
	    &stream->worker->config.memory->held, sizeof(*stream->turned));
	free(stream->turned);
	stream->turned = NULL;
	stream->swapped = false;
}
