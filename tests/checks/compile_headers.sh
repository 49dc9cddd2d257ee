# SPDX-License-Identifier: BSD-2-Clause
# Compiles the headers that are installed; for the checks that source it.

headers=${srcdir:-.}/include
compiled=0
failed=0

# compile_headers COMPILER LANGUAGE STANDARD...
compile_headers() {
	compiler=$1
	language=$2
	shift 2
	for standard; do
		for header in "$headers"/tcpflow/*.h; do
			name=tcpflow/${header##*/}
			compiled=$((compiled + 1))
			# CC may carry options of its own.
			# shellcheck disable=SC2086
			if printf '#include <%s>\n#include <%s>\n' \
			    "$name" "$name" |
			    $compiler -x "$language" -std="$standard" \
			    -pedantic -Wall -Wextra -Werror -fsyntax-only \
			    -I"$headers" -; then
				echo "ok: $name: $compiler, $standard"
			else
				echo "not ok: $name: $compiler, $standard"
				failed=1
			fi
		done
	done
}

finish() {
	[ "$compiled" -gt 0 ] || { echo "SKIP: no compiler for these"; exit 77; }
	exit "$failed"
}
