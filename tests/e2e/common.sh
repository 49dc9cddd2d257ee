# SPDX-License-Identifier: BSD-2-Clause
# What the end-to-end tests share; sourced, with the variables that `make check`
# sets: TCPFLOW, abs_srcdir, abs_builddir.
set -u
captures=$abs_srcdir/tests/captures
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tcpflow-e2e.XXXXXX") || exit 99
trap 'rm -rf "$scratch"' EXIT
failures=0

# fail WORDS: told, and the test goes on.
fail() {
	printf 'FAIL: %s\n' "$*"
	failures=$((failures + 1))
}

# same WHAT FILE FILE: or the test fails, with the difference.
same() {
	cmp -s "$2" "$3" && return
	fail "$1"
	diff -u "$2" "$3" | head -n 20
}

# run CODE COMMAND...: the command must exit so; its messages are in $scratch/err.
run() {
	expected=$1
	shift
	"$@" > "$scratch/out" 2> "$scratch/err" < /dev/null
	status=$?
	[ "$status" = "$expected" ] && return
	fail "exit $status, expected $expected: $*"
	cat "$scratch/err"
}

# says WORDS: standard error of the last run has them.
says() {
	grep -qF -- "$1" "$scratch/err" || {
		fail "no message with '$1', but:"
		cat "$scratch/err"
	}
}

# flows DIR: name, size and hash of each file below it.
flows() {
	(cd "$1" && find . -type f -exec sha256sum {} + | sort -k 2)
}

# without_times: titles of http lose all behind the addresses.
without_times() {
	sed -E 's/^(#[0-9]+ [a-z]+ [^ ]+ > [^ ]+) .*/\1/'
}

finish() {
	[ "$failures" = 0 ] || exit 1
	exit 0
}
