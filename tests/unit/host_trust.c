/* SPDX-License-Identifier: BSD-2-Clause */
/* Where plugins are looked for, in which order, and whose files are refused
 * (BAD_INPUT 49).  What needs root is skipped without. */
#include "tests/unit/host_bench.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/stat.h>
#include <unistd.h>

#include "core/host/private.h"
#include "tests/unit/host_folder.h"

#define STRANGER 12345u
#define NOBODY 65534u

/* Whether the program was started with more rights than its user has. */
static unsigned long secure;

unsigned long __wrap_getauxval(unsigned long type);
unsigned long __real_getauxval(unsigned long type);

unsigned long __wrap_getauxval(unsigned long type)
{
	return type == AT_SECURE ? secure : __real_getauxval(type);
}

/* Whether there is a database of users. */
static bool users_known;

struct passwd *__wrap_getpwuid(uid_t user);
struct passwd *__real_getpwuid(uid_t user);

struct passwd *__wrap_getpwuid(uid_t user)
{
	return users_known ? __real_getpwuid(user) : NULL;
}

/* What happens between the check of the file and that of its folders. */
static void (*meanwhile)(void);

char *__wrap_realpath(const char *path, char *real);
char *__real_realpath(const char *path, char *real);

char *__wrap_realpath(const char *path, char *real)
{
	if (meanwhile != NULL)
		meanwhile();
	return __real_realpath(path, real);
}

static char places[4][FOLDER_PATH_ROOM];

static int start(void **state)
{
	static const char home[] = "home/.local/lib/tcpflow/plugins/1";
	char list[3 * FOLDER_PATH_ROOM];
	char path[FOLDER_PATH_ROOM];

	bench_start(state);
	secure = 0;
	users_known = true;
	meanwhile = NULL;
	folder_make();
	folder_add("given", 0755);
	folder_add("one", 0755);
	folder_add("two", 0755);
	for (size_t i = 4; i <= strlen(home); i++) {
		snprintf(path, i + 1, "%s", home);
		if (home[i] == '/' || home[i] == '\0')
			folder_add(path, 0755);
	}
	folder_path(places[0], "given");
	folder_path(places[1], "one");
	folder_path(places[2], "two");
	folder_path(places[3], home);
	bench.config.plugin_dir = places[0];
	snprintf(list, sizeof(list), "%s::%s:", places[1], places[2]);
	setenv("TCPFLOW_PLUGIN_PATH", list, 1);
	folder_path(path, "home");
	setenv("HOME", path, 1);
	unsetenv("SUDO_UID");
	return 0;
}

static int end(void **state)
{
	bench_end(state);
	folder_remove();
	return 0;
}

static void need_root(void)
{
	if (geteuid() != 0)
		skip();
}

static void give(const char *name, uid_t owner, gid_t group)
{
	char path[FOLDER_PATH_ROOM];

	folder_path(path, name);
	assert_int_equal(chown(path, owner, group), 0);
}

/* Finds x in places[where]. */
static void expect_found(unsigned where)
{
	char expected[FOLDER_PATH_ROOM + 8];
	char *path;
	int file = search_open(&bench.config, "x", &path);

	assert_true(file >= 0);
	snprintf(expected, sizeof(expected), "%s/x.so", places[where]);
	assert_string_equal(path, expected);
	close(file);
	free(path);
}

static void expect_nothing(void)
{
	char *path;

	assert_int_equal(search_open(&bench.config, "x", &path), -1);
	free(path);
}

static void expect_refused(const char *why)
{
	expect_nothing();
	expect_message("given/x.so: found but refused, because ");
	expect_message(why);
	expect_no_message("not found");
}

static void places_are_searched_in_order(void **state)
{
	char path[FOLDER_PATH_ROOM];

	(void)state;
	folder_write("home/.local/lib/tcpflow/plugins/1/x.so", "", 0644);
	expect_found(3);
	folder_write("two/x.so", "", 0644);
	expect_found(2);
	folder_write("one/x.so", "", 0644);
	expect_found(1);
	folder_write("given/x.so", "", 0644);
	expect_found(0);
	folder_path(path, "given/x.so");
	assert_int_equal(unlink(path), 0);
	expect_found(1);
}

static void not_found_says_where_it_looked(void **state)
{
	char text[5 * FOLDER_PATH_ROOM];

	(void)state;
	expect_nothing();
	snprintf(text, sizeof(text), "plugin x: not found in %s, %s, %s, %s, ",
	    places[0], places[1], places[2], places[3]);
	expect_message(text);
	expect_no_message("refused");
}

static void refused_file_hides_those_behind_it(void **state)
{
	(void)state;
	folder_write("given/x.so", "", 0666);
	folder_write("one/x.so", "", 0644);
	expect_refused("everybody can write to it (chmod o-w)");
}

static void privileged_program_ignores_the_environment(void **state)
{
	(void)state;
	secure = 1;
	folder_write("one/x.so", "", 0644);
	folder_write("home/.local/lib/tcpflow/plugins/1/x.so", "", 0644);
	expect_nothing();
	expect_message("plugin x: not found in ");
	expect_no_message("/one");
	expect_no_message("/home");
	folder_write("given/x.so", "", 0644);
	expect_found(0);
}

static void folder_we_may_not_search_is_passed_over(void **state)
{
	(void)state;
	folder_write("given/x.so", "", 0644);
	folder_write("one/x.so", "", 0644);
	folder_chmod("", 0711);
	folder_chmod("given", 0700);
	if (geteuid() == 0)
		assert_int_equal(seteuid(NOBODY), 0);
	else
		folder_chmod("given", 0);
	expect_found(1);
	assert_int_equal(seteuid(getuid()), 0);
	folder_chmod("given", 0700);
}

static void file_we_may_not_read_is_refused(void **state)
{
	(void)state;
	folder_write("given/x.so", "", 0);
	folder_chmod("", 0711);
	if (geteuid() == 0)
		assert_int_equal(seteuid(NOBODY), 0);
	expect_nothing();
	assert_int_equal(seteuid(getuid()), 0);
	expect_message("given/x.so: found but refused, because Permission");
}

static void only_regular_files_are_loaded(void **state)
{
	char path[FOLDER_PATH_ROOM];

	(void)state;
	folder_path(path, "given/x.so");
	assert_int_equal(mkfifo(path, 0600), 0);
	expect_refused("it is not a regular file");
	assert_int_equal(unlink(path), 0);
	folder_add("given/x.so", 0755);
	expect_refused("it is not a regular file");
}

static void file_that_everybody_can_write_is_refused(void **state)
{
	(void)state;
	folder_write("given/x.so", "", 0646);
	expect_refused("everybody can write to it (chmod o-w)");
}

static void folder_that_everybody_can_write_is_refused(void **state)
{
	(void)state;
	folder_write("given/x.so", "", 0644);
	folder_chmod("given", 0777);
	expect_refused("because of the folder ");
	expect_message("/given: everybody can write to it (chmod o-w)");
	expect_no_message("x.so: everybody");
}

static void every_folder_above_counts(void **state)
{
	(void)state;
	folder_write("given/x.so", "", 0644);
	folder_chmod("", 0777);
	expect_refused("because of the folder ");
	folder_chmod("", 0700);
	expect_found(0);
}

static void sticky_folder_of_root_is_fine(void **state)
{
	(void)state;
	need_root();
	folder_write("given/x.so", "", 0644);
	folder_chmod("given", 01777);
	expect_found(0);
}

static void sticky_folder_of_others_is_not(void **state)
{
	(void)state;
	need_root();
	setenv("SUDO_UID", "12345", 1);
	folder_write("given/x.so", "", 0644);
	folder_chmod("given", 01777);
	give("given", STRANGER, 0);
	expect_refused("everybody can write to it");
}

static void stranger_is_refused(void **state)
{
	(void)state;
	need_root();
	folder_write("given/x.so", "", 0644);
	give("given/x.so", STRANGER, 0);
	expect_refused("its owner is neither root nor you");
}

static void folder_of_a_stranger_is_refused(void **state)
{
	(void)state;
	need_root();
	folder_write("given/x.so", "", 0644);
	give("given", STRANGER, 0);
	expect_refused("/given: its owner is neither root nor you");
}

static void who_called_sudo_is_trusted(void **state)
{
	(void)state;
	need_root();
	setenv("SUDO_UID", "12345", 1);
	folder_write("given/x.so", "", 0644);
	give("given/x.so", STRANGER, 0);
	give("given", STRANGER, 0);
	expect_found(0);
}

static void word_of_sudo_counts_for_nothing_when_set_uid(void **state)
{
	(void)state;
	need_root();
	secure = 1;
	setenv("SUDO_UID", "12345", 1);
	folder_write("given/x.so", "", 0644);
	give("given/x.so", STRANGER, 0);
	expect_refused("its owner is neither root nor you");
}

static void word_of_sudo_is_a_number(void **state)
{
	(void)state;
	need_root();
	setenv("SUDO_UID", "4294979641", 1); /* 2^32 + 12345 */
	folder_write("given/x.so", "", 0644);
	give("given/x.so", STRANGER, 0);
	expect_refused("its owner is neither root nor you");
}

static void group_of_a_stranger_is_refused(void **state)
{
	(void)state;
	need_root();
	folder_write("given/x.so", "", 0664);
	give("given/x.so", 0, STRANGER);
	expect_refused("its group can write to it (chmod g-w)");
}

static void group_folder_of_a_stranger_is_refused(void **state)
{
	(void)state;
	need_root();
	folder_write("given/x.so", "", 0644);
	folder_chmod("given", 0775);
	give("given", 0, STRANGER);
	expect_refused("/given: its group can write to it");
}

static void group_of_root_is_fine(void **state)
{
	(void)state;
	need_root();
	folder_write("given/x.so", "", 0664);
	give("given/x.so", 0, 0);
	users_known = false;
	expect_found(0);
}

static void primary_group_of_who_is_trusted_is_fine(void **state)
{
	(void)state;
	need_root();
	setenv("SUDO_UID", "65534", 1);
	folder_write("given/x.so", "", 0664);
	give("given/x.so", 0, NOBODY);
	expect_found(0);
	unsetenv("SUDO_UID");
	expect_refused("its group can write to it");
}

static void link_is_judged_by_where_it_leads(void **state)
{
	char path[FOLDER_PATH_ROOM];

	(void)state;
	folder_add("open", 0777);
	folder_write("open/x.so", "", 0644);
	folder_path(path, "given/x.so");
	assert_int_equal(symlink("../open/x.so", path), 0);
	expect_refused("/open: everybody can write to it");
}

static void exchange(void)
{
	char from[FOLDER_PATH_ROOM];
	char to[FOLDER_PATH_ROOM];

	folder_path(from, "one/x.so");
	folder_path(to, "given/x.so");
	assert_int_equal(rename(from, to), 0);
}

static void file_exchanged_under_our_eyes_is_refused(void **state)
{
	(void)state;
	folder_write("given/x.so", "", 0644);
	folder_write("one/x.so", "", 0644);
	meanwhile = exchange;
	expect_refused("it was just exchanged");
}

static void home_is_an_absolute_path(void **state)
{
	(void)state;
	setenv("HOME", "home", 1);
	expect_nothing();
	expect_message("plugin x: not found in ");
	expect_no_message(".local");
}

static void note_name(void *context, const char *name)
{
	(void)context;
	buffer_printf(&bench.events, "%s\n", name);
}

static void each_name_is_listed_once(void **state)
{
	(void)state;
	folder_write("given/x.so", "", 0644);
	folder_write("given/.hidden.so", "", 0644);
	folder_write("given/.so", "", 0644);
	folder_write("given/readme", "", 0644);
	folder_write("one/b.so", "", 0644);
	folder_write("one/a.so", "", 0644);
	folder_write("one/x.so", "", 0644);
	folder_write("two/a.so", "", 0644);
	search_each(&bench.config, note_name, NULL);
	/* What is installed for good, if anything, comes last. */
	assert_true(bench.events.length >= 6);
	assert_memory_equal(bench.events.bytes, "x\na\nb\n", 6);
	for (size_t at = 6; at + 1 < bench.events.length; at++)
		assert_memory_not_equal(bench.events.bytes + at, "\na\n", 2);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, start, end)
	const struct CMUnitTest tests[] = {
	    TEST(places_are_searched_in_order),
	    TEST(not_found_says_where_it_looked),
	    TEST(refused_file_hides_those_behind_it),
	    TEST(privileged_program_ignores_the_environment),
	    TEST(folder_we_may_not_search_is_passed_over),
	    TEST(file_we_may_not_read_is_refused),
	    TEST(only_regular_files_are_loaded),
	    TEST(file_that_everybody_can_write_is_refused),
	    TEST(folder_that_everybody_can_write_is_refused),
	    TEST(every_folder_above_counts),
	    TEST(sticky_folder_of_root_is_fine),
	    TEST(sticky_folder_of_others_is_not),
	    TEST(stranger_is_refused),
	    TEST(folder_of_a_stranger_is_refused),
	    TEST(who_called_sudo_is_trusted),
	    TEST(word_of_sudo_counts_for_nothing_when_set_uid),
	    TEST(word_of_sudo_is_a_number),
	    TEST(group_of_a_stranger_is_refused),
	    TEST(group_folder_of_a_stranger_is_refused),
	    TEST(group_of_root_is_fine),
	    TEST(primary_group_of_who_is_trusted_is_fine),
	    TEST(link_is_judged_by_where_it_leads),
	    TEST(file_exchanged_under_our_eyes_is_refused),
	    TEST(home_is_an_absolute_path),
	    TEST(each_name_is_listed_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
