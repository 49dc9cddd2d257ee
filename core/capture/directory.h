/* SPDX-License-Identifier: BSD-2-Clause */
/* A directory of capture files: its regular files in the order of their names,
 * without hidden ones and without what lies in directories below. */
#ifndef CORE_CAPTURE_DIRECTORY_H
#define CORE_CAPTURE_DIRECTORY_H

#include <dirent.h>
#include <stdbool.h>
#include <stddef.h>

#include "core/base/list.h"

struct input;

/* Names, sorted. */
struct names {
	char **items;
	size_t count;
	size_t room;
};

struct directory {
	struct list link;
	const char *name; /* as the user gave it             */
	DIR *stream;
	struct names seen;
	struct input *latest; /* the last file that was found    */
	size_t foreign;       /* files that are no captures      */
	char *first_foreign;  /* the first of them, or NULL      */
};

/* Takes the descriptor over, whatever the result.  NULL: see errno. */
struct directory *directory_open(int descriptor, const char *name);
void directory_close(struct directory *directory);

/* Files that have come since, to be freed with names_free().  False: see
 * errno. */
bool directory_scan(struct directory *directory, struct names *fresh);
/* This one has been dealt with.  False: out of memory. */
bool directory_saw(struct directory *directory, const char *name);

/* Opens a file of it for reading; -1: see errno. */
int directory_file(const struct directory *directory, const char *name);

void names_free(struct names *names);

#endif
