# SPDX-License-Identifier: BSD-2-Clause
# Builds hosts and plugins from any headers, and runs them over our captures; for
# the tests that source it, with the variables of local.mk.
set -u
abi=$abs_srcdir/tests/abi
frozen=$abi/1.0
today=$abs_srcdir/include
scratch=$(mktemp -d "${TMPDIR:-/tmp}/tcpflow-abi.XXXXXX") || exit 99
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
ulimit -c 0
# Plugins come from where we say, and from nowhere else.
unset TCPFLOW_PLUGIN_PATH
HOME=$scratch
export HOME
failures=0

fail() {
	printf 'not ok: %s\n' "$*"
	failures=$((failures + 1))
}

# compile ARGUMENT...: as the rest was compiled, but quickly.
compile() {
	# shellcheck disable=SC2086
	$CC $BUILD_CFLAGS -O0 -w -D_GNU_SOURCE -D_FILE_OFFSET_BITS=64 "$@" \
	    > "$scratch/log" 2>&1 && return
	echo "not ok: cannot be built: $*"
	head -n 20 "$scratch/log"
	exit 1
}

# append FOLDER HEADER...: the folder gets these headers as a later minor version
# has them, the others as they are, and a core that says it is of that version.
append() {
	folder=$1
	shift
	mkdir -p "$folder/tcpflow"
	cp "$today"/tcpflow/*.h "$folder/tcpflow"
	for header; do
		LC_ALL=C awk -f "$abi/append.awk" "$today/tcpflow/$header" \
		    > "$folder/tcpflow/$header"
	done
	minor=$(sed -n 's/^#define TCPFLOW_ABI_MINOR[[:space:]]*//p' \
	    "$folder/tcpflow/plugin.h")
	cp -R "$abs_srcdir/core" "$folder"
	chmod -R u+w "$folder"
	sed "s/\(define HOST_ABI_MINOR\).*/\1 $minor/" \
	    "$abs_srcdir/core/host/host.h" > "$folder/core/host/host.h"
}

# build_host HEADERS SOURCES PROGRAM [PART...]: the program, from SOURCES/core;
# or only the host of it, and the rest as it is in these archives of this build.
build_host() {
	headers=$1
	sources=$2
	file=$3
	shift 3
	if [ $# = 0 ]; then
		set -- "$sources"/core/*/*.c
	else
		set -- "$sources"/core/host/*.c "$sources"/core/cli/*.c "$@"
	fi
	# shellcheck disable=SC2086
	compile -DTCPFLOW_PLUGINDIR='"/nowhere"' -I"$headers" -I"$sources" \
	    -I"$abs_builddir" $HOST_CFLAGS -o "$file" "$@" $HOST_LIBS
}

# build_plugin HEADERS FILE.so ARGUMENT...: a plugin from these sources.
build_plugin() {
	headers=$1
	file=$2
	shift 2
	compile -shared -fPIC -fvisibility=hidden -I"$headers" \
	    -I"$abs_srcdir" -I"$abs_builddir" -o "$file" "$@"
}

# build_witness HEADERS FOLDER [OPTION]
build_witness() {
	mkdir -p "$2"
	build_plugin "$1" "$2/witness.so" ${3+"$3"} \
	    "$abi/witness.c" "$abi/witness_service.c"
}

# build_plugins HEADERS FOLDER [OPTION]: the witness, and the plugins of this
# tree.
build_plugins() {
	build_witness "$@"
	for name in null raw skeleton; do
		build_plugin "$1" "$2/$name.so" \
		    "$abs_srcdir/plugins/$name/$name.c"
	done
	set -- "$1" "$2" "$abs_srcdir"/plugins/http/*.c
	for source in $COMMON_SOURCES; do
		set -- "$@" "$abs_srcdir/$source"
	done
	[ -z "$LLHTTP_SOURCES" ] || set -- "$@" "$LLHTTP_SOURCES"/*.c
	headers=$1
	file=$2/http.so
	shift 2
	# shellcheck disable=SC2086
	build_plugin "$headers" "$file" $HTTP_CFLAGS "$@" $HTTP_LIBS
}

# run PROGRAM PLUGINS FOLDER OPTION...: over all captures at once; FOLDER gets
# what was printed, recorded and stored, and the exit status.
run() {
	program=$1
	plugins=$2
	folder=$3
	shift 3
	for capture in "$abs_srcdir"/tests/captures/*.pcap; do
		set -- "$@" -r "$capture"
	done
	mkdir -p "$folder"
	(
		cd "$folder" || exit
		timeout 120 "$program" --plugin-dir "$plugins" "$@" --stats \
		    > out 2> err < /dev/null
		echo "exit $?" > status
		# By the clock on the wall, not all of a kind are shown; how many
		# there were, --stats counts.
		sed -n 's/.*: \(.* (a mistake in the plugin)\)$/\1/p' err |
		    sort -u > mistakes
		sed -i '/ (a mistake in the plugin)$/d
		    / more messages of one kind were left out$/d' err
	)
}

run_witness() {
	run "$1" "$2" "$3/witness" -P witness:number=2k,word=a,word=b \
	    -o files
	run "$1" "$2" "$3/recorder" -P witness -c --json records \
	    --hash sha256,md5
}

# run_all PROGRAM PLUGINS FOLDER: every plugin alone, and some together.
run_all() {
	run_witness "$@"
	run "$1" "$2" "$3/http" -P http -o files
	run "$1" "$2" "$3/raw" -P raw -o files --json records --hash sha256
	run "$1" "$2" "$3/console" -c
	run "$1" "$2" "$3/skeleton" -P skeleton
	run "$1" "$2" "$3/null" -P null --json records
	run "$1" "$2" "$3/together" -P http -P raw:observe -P witness:observe \
	    -P null -o files
	run "$1" "$2" "$3/records" -J -P http -P raw:observe -P witness \
	    --hash md5
}

finish() {
	[ "$failures" = 0 ] || exit 1
	exit 0
}
