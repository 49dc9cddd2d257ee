# SPDX-License-Identifier: BSD-2-Clause
# Compilers for the three ways in which our structs can be laid out; sourced.
# Nothing is linked and no libc of the target is wanted: -ffreestanding.
#	lp64	64-bit
#	i386	32-bit, and a uint64_t may stand at each fourth byte
#	arm	32-bit, and a uint64_t stands at each eighth byte

targets='lp64 i386 arm'

# lays_out COMPILER POINTER ALIGNMENT: whether it lays out so, and takes what
# our checks say.
lays_out() {
	# A compiler may carry options of its own.
	# shellcheck disable=SC2086
	$1 -std=gnu11 -ffreestanding -fsyntax-only -x c - 2> /dev/null <<END
#include <stddef.h>
#include <stdint.h>
struct probe { char first; uint64_t second; };
_Static_assert(sizeof(void *) == $2 && offsetof(struct probe, second) == $3, "");
_Static_assert(!__builtin_types_compatible_p(uint32_t, int32_t), "");
END
}

# compiler_for TARGET: prints a command; fails where none is here.
compiler_for() {
	own=${CC:-cc}
	case $1 in
	lp64) set -- 8 8 "$own" gcc clang 'clang --target=x86_64-linux-gnu' ;;
	i386) set -- 4 4 "$own -m32" 'gcc -m32' \
	    'clang --target=i386-linux-gnu' "$own" ;;
	arm) set -- 4 8 'clang --target=arm-linux-gnueabihf' \
	    "$own -m32 -malign-double" 'gcc -m32 -malign-double' "$own" ;;
	esac
	pointer=$1
	alignment=$2
	shift 2
	for candidate; do
		command -v "${candidate%% *}" > /dev/null || continue
		lays_out "$candidate" "$pointer" "$alignment" || continue
		printf '%s\n' "$candidate"
		return
	done
	return 1
}

# on_each_target FILE OPTION...: compiles it for each; fails if one does.  What
# cannot be had is skipped, loudly; 77: all of it.
on_each_target() {
	file=$1
	shift
	compiled=0
	broken=0
	for target in $targets; do
		if ! compiler=$(compiler_for "$target"); then
			echo "SKIP: no compiler here lays out as $target does"
			continue
		fi
		compiled=$((compiled + 1))
		# shellcheck disable=SC2086
		if $compiler -std=gnu11 -ffreestanding -fsyntax-only "$@" \
		    -DTARGET_"$target" -x c "$file" 2>&1; then
			echo "ok: $target ($compiler)"
		else
			echo "not ok: $target ($compiler)"
			broken=1
		fi
	done
	[ "$compiled" -gt 0 ] || return 77
	return "$broken"
}
