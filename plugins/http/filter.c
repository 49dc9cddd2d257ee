/* SPDX-License-Identifier: BSD-2-Clause */
/* The predicate behind method=, host=, path=, status= and type=. */
#include "plugins/http/filter.h"

#include <stdlib.h>
#include <string.h>

#include "plugins/common/glob.h"

struct test {
	struct test *next;
	bool negated;
	uint16_t low; /* of STATUS: from low to high      */
	uint16_t high;
	char pattern[]; /* of the others                    */
};

struct http_filter {
	struct test *tests[HTTP_FIELD_COUNT];
};

/* "404", "4xx" or "500-599"; false: it is none of these. */
static bool status_parse(const char *text, uint16_t *low, uint16_t *high)
{
	size_t length = strlen(text);
	uint16_t *bound = low;
	uint16_t hundreds;

	if (length != 3 && (length != 7 || text[3] != '-'))
		return false;
	if (text[0] < '1' || text[0] > '9')
		return false;
	hundreds = (uint16_t)((text[0] - '0') * 100);
	if (length == 3 && (text[1] == 'x' || text[1] == 'X') &&
	    text[2] == text[1]) {
		*low = hundreds;
		*high = (uint16_t)(hundreds + 99);
		return true;
	}
	for (size_t i = 0; i < length; i += 4) {
		*bound = 0;
		for (size_t digit = i; digit < i + 3; digit++) {
			if (text[digit] < '0' || text[digit] > '9')
				return false;
			*bound = (uint16_t)(*bound * 10 + text[digit] - '0');
		}
		bound = high;
	}
	if (length == 3)
		*high = *low;
	return *low <= *high;
}

/* One piece of a list becomes a test. */
static bool add_piece(struct test **tests, enum http_field field,
    const char *text, size_t length, const char **problem)
{
	bool negated = length > 0 && *text == '!';
	struct test *test;

	text += negated;
	length -= negated;
	*problem = "a list of patterns such as a*,!b is wanted";
	if (length == 0)
		return false;
	*problem = NULL;
	test = calloc(1, sizeof(*test) + length + 1);
	if (test == NULL)
		return false;
	memcpy(test->pattern, text, length);
	test->negated = negated;
	test->next = *tests;
	*tests = test;
	if (field != HTTP_FIELD_STATUS ||
	    status_parse(test->pattern, &test->low, &test->high))
		return true;
	*problem = "a list such as 404, 4xx, 500-599 or !304 is wanted";
	return false;
}

bool http_filter_add(struct http_filter **filter, enum http_field field,
    const char *list, const char **problem)
{
	*problem = NULL;
	if (*filter == NULL)
		*filter = calloc(1, sizeof(**filter));
	if (*filter == NULL)
		return false;
	for (;;) {
		size_t length = strcspn(list, ",");

		if (!add_piece(
			&(*filter)->tests[field], field, list, length, problem))
			return false;
		if (list[length] == '\0')
			return true;
		list += length + 1;
	}
}

/* "a.example" of "a.example:8080" or "[::1]:80". */
static size_t without_port(const struct tcpflow_slice *host)
{
	const char *text = host->ptr;
	size_t length = host->len;

	while (length > 0 && text[length - 1] >= '0' && text[length - 1] <= '9')
		length--;
	return length > 0 && text[length - 1] == ':' ? length - 1 : host->len;
}

static bool test_meets(const struct test *test, enum http_field field,
    const struct http_facts *facts)
{
	const struct tcpflow_slice *text = &facts->text[field];

	if (field == HTTP_FIELD_STATUS)
		return facts->status >= test->low &&
		    facts->status <= test->high;
	if (text->ptr == NULL)
		return false;
	return glob_matches(test->pattern, text->ptr, text->len) ||
	    (field == HTTP_FIELD_HOST &&
		glob_matches(test->pattern, text->ptr, without_port(text)));
}

static bool field_passes(const struct test *test, enum http_field field,
    const struct http_facts *facts)
{
	bool wanted = true;
	bool met = false;

	for (; test != NULL; test = test->next) {
		if (test->negated) {
			if (test_meets(test, field, facts))
				return false;
		} else {
			wanted = false;
			met = met || test_meets(test, field, facts);
		}
	}
	return wanted || met;
}

enum http_verdict http_filter_judge(
    const struct http_filter *filter, const struct http_facts *facts)
{
	bool open = false;

	if (filter == NULL)
		return HTTP_YES;
	for (unsigned i = 0; i < HTTP_FIELD_COUNT; i++) {
		bool late = i == HTTP_FIELD_STATUS || i == HTTP_FIELD_TYPE;

		if (filter->tests[i] == NULL)
			continue;
		if (late && facts->open)
			open = true;
		else if (!field_passes(
			     filter->tests[i], (enum http_field)i, facts))
			return HTTP_NO;
	}
	return open ? HTTP_OPEN : HTTP_YES;
}

void http_filter_free(struct http_filter **filter)
{
	if (*filter == NULL)
		return;
	for (unsigned i = 0; i < HTTP_FIELD_COUNT; i++) {
		while ((*filter)->tests[i] != NULL) {
			struct test *next = (*filter)->tests[i]->next;

			free((*filter)->tests[i]);
			(*filter)->tests[i] = next;
		}
	}
	free(*filter);
	*filter = NULL;
}
