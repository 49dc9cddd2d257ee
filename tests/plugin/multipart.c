/* SPDX-License-Identifier: BSD-2-Clause */
/* Parts of multipart bodies: where they begin and end, whatever is in them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "plugins/common/multipart.h"

static struct tcpflow_slice slice(const char *text)
{
	return (struct tcpflow_slice){text, strlen(text)};
}

/* Each part as "head|content|" and "+" if it is complete. */
static const char *parts(const char *type, const char *body)
{
	static char out[1024];
	size_t length = strlen(body);
	char *copy = malloc(length + 1); /* exactly as long: for ASan */
	struct multipart multipart;
	struct multipart_part part;
	size_t count = 0;

	assert_non_null(copy);
	memcpy(copy, body, length);
	out[0] = '\0';
	if (!multipart_begin(&multipart, slice(type), copy, length)) {
		free(copy);
		return "none";
	}
	while (multipart_next(&multipart, &part))
		count += (size_t)snprintf(out + count, sizeof(out) - count,
		    "%.*s|%.*s|%s", (int)part.head.len,
		    (const char *)part.head.ptr, (int)part.content.len,
		    (const char *)part.content.ptr, part.complete ? "+" : "");
	free(copy);
	return out;
}

static void parts_are_found(void **state)
{
	static const struct {
		const char *body;
		const char *parts;
	} cases[] = {
	    {"--b\r\nA: 1\r\n\r\nx\r\n--b--\r\n", "A: 1\r\n|x|+"},
	    {"--b\r\nA: 1\r\n\r\nx\r\n--b\r\n\r\ny\r\nz\r\n--b--",
		"A: 1\r\n|x|+|y\r\nz|+"},
	    {"preamble\r\n--b\r\n\r\n\r\n--b--epilogue --b", "||+"},
	    {"--b\n\nx\n--b--", "|x|+"},
	    {"--b\r\n\r\na--b\r\n-b\r\n--b--", "|a--b\r\n-b|+"},
	    {"--b\r\n\r\ncut", "|cut|"},
	    {"--b\r\nA: cut", "A: cut||"},
	    {"--b\r\n", "||"},
	    {"--b", ""},
	    {"", ""},
	    {"nothing", ""},
	    {"--b--\r\n", ""},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		assert_string_equal(
		    parts("multipart/form-data; boundary=b", cases[i].body),
		    cases[i].parts);
}

static void boundaries_are_read(void **state)
{
	static const char body[] = "--a;b\r\n\r\nx\r\n--a;b--";

	(void)state;
	assert_string_equal(parts("m/x; BOUNDARY=\"a;b\"", body), "|x|+");
	assert_string_equal(
	    parts("m/x; c=\";boundary=z\";boundary=\"a;b\" ; d", body), "|x|+");
	assert_string_equal(parts("m/x", body), "none");
	assert_string_equal(parts("m/x; boundary=", body), "none");
	assert_string_equal(parts("m/x; boundary", body), "none");
	assert_string_equal(parts("", body), "none");
	assert_string_equal(
	    parts("m/x; boundary=0123456789012345678901234567890123456789"
		  "0123456789012345678901234567890",
		body),
	    "none");
}

static void headers_are_found(void **state)
{
	const struct multipart_part part = {
	    .head = slice("X: y\r\ncontent-disposition:  form-data; "
			  "name=\"a;\\\"b\"; filename=c.png\r\nZ:\n")};
	struct tcpflow_slice value = multipart_header(
	    &part, "Content-Disposition");
	struct tcpflow_slice name = multipart_parameter(value, "name");
	struct tcpflow_slice file = multipart_parameter(value, "filename");

	(void)state;
	assert_int_equal(name.len, 5);
	assert_memory_equal(name.ptr, "a;\\\"b", 5);
	assert_int_equal(file.len, 5);
	assert_memory_equal(file.ptr, "c.png", 5);
	assert_null(multipart_parameter(value, "nam").ptr);
	assert_null(multipart_header(&part, "Content").ptr);
	assert_int_equal(multipart_header(&part, "z").len, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(parts_are_found),
	    cmocka_unit_test(boundaries_are_read),
	    cmocka_unit_test(headers_are_found),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
