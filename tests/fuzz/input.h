/* SPDX-License-Identifier: BSD-2-Clause */
/* The input of a fuzz target, taken byte by byte.  Where there is no more of it,
 * all is 0. */
#ifndef TESTS_FUZZ_INPUT_H
#define TESTS_FUZZ_INPUT_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct input {
	const uint8_t *at;
	size_t left;
};

static inline uint8_t take_byte(struct input *input)
{
	if (input->left == 0)
		return 0;
	input->left--;
	return *input->at++;
}

/* Big-endian. */
static inline uint16_t take_16(struct input *input)
{
	uint16_t high = take_byte(input);

	return (uint16_t)(high << 8 | take_byte(input));
}

static inline uint32_t take_32(struct input *input)
{
	uint32_t high = take_16(input);

	return high << 16 | take_16(input);
}

/* Each byte is read, for a sanitizer to see. */
static inline void read_all(const uint8_t *bytes, size_t length)
{
	for (size_t i = 0; i < length; i++)
		(void)*(const volatile uint8_t *)&bytes[i];
}

#endif
