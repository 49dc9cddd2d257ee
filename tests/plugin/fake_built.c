/* SPDX-License-Identifier: BSD-2-Clause */
/* The fake host ends the test at each mistake in what a plugin builds: records,
 * digests, children. */
#include "tests/plugin/mistake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* Records. */

static int32_t commit(void)
{
	int32_t result = hand.api->record->commit(hand.record);

	hand.record = NULL;
	return result;
}

static int32_t key_twice(void)
{
	hand.api->record->u64(hand.record, "n", 1);
	hand.api->record->u64(hand.record, "n", 2);
	return commit();
}

static int32_t key_of_the_envelope(void)
{
	hand.api->record->u64(hand.record, "flow", 1);
	return commit();
}

static int32_t key_that_is_empty(void)
{
	hand.api->record->u64(hand.record, "", 1);
	return commit();
}

static int32_t key_that_is_no_utf8(void)
{
	hand.api->record->u64(hand.record, "\xff", 1);
	return commit();
}

static int32_t no_key_in_an_object(void)
{
	hand.api->record->u64(hand.record, NULL, 1);
	return commit();
}

static int32_t key_in_an_array(void)
{
	hand.api->record->array(hand.record, "list");
	hand.api->record->u64(hand.record, "n", 1);
	hand.api->record->end(hand.record);
	return commit();
}

static int32_t end_too_many(void)
{
	hand.api->record->end(hand.record);
	return commit();
}

static int32_t end_too_few(void)
{
	hand.api->record->object(hand.record, "o");
	return commit();
}

static int32_t commit_twice(void)
{
	hand.api->record->commit(hand.record);
	return hand.api->record->commit(hand.record);
}

static int32_t forget_a_record(void)
{
	hand.record = NULL;
	return OK;
}

static int32_t begin_wrong(void)
{
	return hand.api->record->begin(hand.scope, &hand.record_spec) == NULL
	    ? TCPFLOW_EINVAL
	    : OK;
}

static int32_t bare_without_into(void)
{
	hand.record_spec.flags = TCPFLOW_RECORD_BARE;
	return begin_wrong();
}

static int32_t record_into_any_sink(void)
{
	hand.record_spec.into = hand.sink;
	return begin_wrong();
}

static int32_t record_without_type(void)
{
	hand.record_spec.type = NULL;
	return begin_wrong();
}

static int32_t record_with_unknown_flags(void)
{
	hand.record_spec.flags = UNKNOWN_BIT;
	return begin_wrong();
}

static int32_t record_that_ends_first(void)
{
	hand.record_spec.first_packet = 2;
	hand.record_spec.last_packet = 1;
	return begin_wrong();
}

/* Digests. */

static int32_t update_behind_put(void)
{
	hand.api->digest->put(hand.digest, hand.record);
	hand.api->digest->update(hand.digest, "x", 1);
	return OK;
}

static int32_t put_twice(void)
{
	hand.api->digest->put(hand.digest, hand.record);
	hand.api->digest->put(hand.digest, hand.record);
	return OK;
}

static int32_t close_a_digest_twice(void)
{
	hand.api->digest->close(hand.digest);
	return OK;
}

static int32_t forget_a_digest(void)
{
	hand.digest = NULL;
	return OK;
}

/* Children. */

static int32_t open_child(void)
{
	struct tcpflow_child *other;

	return hand.api->child->open(hand.scope, &hand.child_spec, &other);
}

static int32_t child_without_layer(void)
{
	hand.child_spec.layer = NULL;
	return open_child();
}

static int32_t child_with_unknown_flags(void)
{
	hand.child_spec.flags = UNKNOWN_BIT;
	return open_child();
}

static int32_t child_of_a_worker(void)
{
	hand.scope = script.worker[0];
	return open_child();
}

static int32_t child_with_a_bad_attribute(void)
{
	static const struct tcpflow_attr attr = {"Bad", {"x", 1}};

	hand.child_spec.attrs = &attr;
	hand.child_spec.nattrs = 1;
	return open_child();
}

static int32_t feed_no_bytes(void)
{
	hand.chunk.len = 0;
	return hand.api->child->data(hand.child, &hand.chunk);
}

static int32_t feed_no_direction(void)
{
	hand.chunk.dir = 2;
	return hand.api->child->data(hand.child, &hand.chunk);
}

static int32_t feed_of_no_packet(void)
{
	hand.chunk.first_packet = 0;
	return hand.api->child->data(hand.child, &hand.chunk);
}

static int32_t feed_behind_eof(void)
{
	hand.api->child->eof(hand.child, &hand.end);
	return hand.api->child->data(hand.child, &hand.chunk);
}

static int32_t eof_twice(void)
{
	hand.api->child->eof(hand.child, &hand.end);
	return hand.api->child->eof(hand.child, &hand.end);
}

static int32_t gap_without_size(void)
{
	hand.gap.struct_size = 4;
	return hand.api->child->gap(hand.child, &hand.gap);
}

static int32_t gap_for_no_reason(void)
{
	hand.gap.reason = 0;
	return hand.api->child->gap(hand.child, &hand.gap);
}

static int32_t feed_behind_close(void)
{
	hand.api->child->close(hand.child, NULL);
	return hand.api->child->data(hand.child, &hand.chunk);
}

static const struct mistake mistakes[] = {
    {key_twice, "\"n\" is twice in one object", TCPFLOW_EINVAL},
    {key_of_the_envelope, "\"flow\" is twice", TCPFLOW_EINVAL},
    {key_that_is_empty, "without a key", TCPFLOW_EINVAL},
    {key_that_is_no_utf8, "not UTF-8", TCPFLOW_EINVAL},
    {no_key_in_an_object, "without a key in an object", TCPFLOW_EINVAL},
    {key_in_an_array, "key \"n\" in an array", TCPFLOW_EINVAL},
    {end_too_many, "nothing is open", TCPFLOW_EINVAL},
    {end_too_few, "an object or array is open", TCPFLOW_EINVAL},
    {commit_twice, "was committed or abandoned", OK},
    {forget_a_record, "data leaves a record open", OK},
    {bare_without_into, "BARE without into", TCPFLOW_EINVAL},
    {record_into_any_sink, "not SHARED", TCPFLOW_EINVAL},
    {record_without_type, "has a type", TCPFLOW_EINVAL},
    {record_with_unknown_flags, "begin: unknown flags", TCPFLOW_EINVAL},
    {record_that_ends_first, "end before they begin", OK},
    {update_behind_put, "digest->update: it was put", OK},
    {put_twice, "digest->put: it was put", OK},
    {close_a_digest_twice, "digest->close: the digest is closed", OK},
    {forget_a_digest, "a digest is still open", OK},
    {child_without_layer, "a child has a layer", TCPFLOW_EINVAL},
    {child_with_unknown_flags, "child->open: unknown", TCPFLOW_ENOSYS},
    {child_of_a_worker, "only a stream has children", TCPFLOW_EINVAL},
    {child_with_a_bad_attribute, "the key of attribute 0", OK},
    {feed_no_bytes, "child->data: no bytes", TCPFLOW_EINVAL},
    {feed_no_direction, "child->data: direction 2", TCPFLOW_EINVAL},
    {feed_of_no_packet, "child->data: packets 0 to 1", OK},
    {feed_behind_eof, "behind the end of its direction", TCPFLOW_EINVAL},
    {eof_twice, "behind the end of its direction", TCPFLOW_EINVAL},
    {gap_without_size, "child->gap: struct_size", TCPFLOW_EINVAL},
    {gap_for_no_reason, "child->gap: reason 0", OK},
    {feed_behind_close, "the child is closed", OK},
};

#define MISTAKES (sizeof(mistakes) / sizeof(mistakes[0]))

static void each_ends_the_test(void **state)
{
	(void)state;
	mistakes_end_the_test(mistakes, MISTAKES);
}

static void lenient_it_answers(void **state)
{
	(void)state;
	mistakes_are_answered(mistakes, MISTAKES);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
	    cmocka_unit_test(each_ends_the_test),
	    cmocka_unit_test(lenient_it_answers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
