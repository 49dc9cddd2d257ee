# SPDX-License-Identifier: BSD-2-Clause
# Compiles the headers that are installed; for the checks that source it.  Nothing
# is linked: for other targets no libc is wanted.

headers=${srcdir:-.}/include
macros=${srcdir:-.}/tests/checks/macros.c
compiled=0
failed=0
tried=

# try NAME OPTION...: compiles what standard input has.
try() {
	name=$1
	shift
	compiled=$((compiled + 1))
	# CC may carry options of its own.
	# shellcheck disable=SC2086
	if $compiler -x "$language" -std="$standard" $target -Wpedantic -Wall \
	    -Wextra -Wconversion -Wshadow -Werror -fsyntax-only -I"$headers" \
	    "$@" -; then
		echo "ok: $name: $compiler, $standard $target"
	else
		echo "not ok: $name: $compiler, $standard $target"
		failed=1
	fi
}

# knows: the compiler has this standard on this target.
knows() {
	# shellcheck disable=SC2086
	$compiler -x "$language" -std="$standard" $target -fsyntax-only \
	    /dev/null 2> /dev/null
}

# compile_all: each header, twice, and a use of all macros.
compile_all() {
	for header in "$headers"/tcpflow/*.h; do
		name=tcpflow/${header##*/}
		printf '#include <%s>\n#include <%s>\n' "$name" "$name" |
		    try "$name"
	done
	# In later minor versions the struct has more members than are given.
	try macros -Wno-missing-field-initializers < "$macros"
}

# compile_headers COMPILER LANGUAGE STANDARD...: on this and other targets; what
# the compiler does not know is left out.
compile_headers() {
	compiler=$1
	language=$2
	shift 2
	for target in '' '-m32 -ffreestanding' \
	    '--target=arm-linux-gnueabihf -ffreestanding'; do
		for standard; do
			knows || continue
			tried="$tried $standard$target;"
			compile_all
		done
	done
}

# finish STANDARD...: nobody may think that something was compiled that was not.
finish() {
	[ "$compiled" -gt 0 ] || { echo "SKIP: no compiler for these"; exit 77; }
	for target in '' '-m32 -ffreestanding' \
	    '--target=arm-linux-gnueabihf -ffreestanding'; do
		for standard; do
			case $tried in
			*" $standard$target;"*) ;;
			*) echo "SKIP: no compiler for $standard $target" ;;
			esac
		done
	done
	exit "$failed"
}
