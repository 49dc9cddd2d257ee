/* SPDX-License-Identifier: BSD-2-Clause */
/* A temporary folder for tests that need files. */
#ifndef TESTS_UNIT_HOST_FOLDER_H
#define TESTS_UNIT_HOST_FOLDER_H

#include <sys/types.h>

#define FOLDER_PATH_ROOM 512

/* Made before each test, 0700, and removed with all that is in it. */
void folder_make(void);
void folder_remove(void);

/* The path of something in it; "" is the folder itself. */
void folder_path(char path[FOLDER_PATH_ROOM], const char *name);

void folder_add(const char *name, mode_t mode);
void folder_write(const char *name, const char *text, mode_t mode);
/* Copies a plugin of the tests there. */
void folder_copy(const char *plugin, const char *name);
void folder_chmod(const char *name, mode_t mode);

#endif
