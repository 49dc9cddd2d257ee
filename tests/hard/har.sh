# SPDX-License-Identifier: BSD-2-Clause
# One file about the run: kept in lists and written at the end, or shared by all
# streams as they end. Both must be JSON, and say what flow records say.
har=$scratch/har
command -v jq > /dev/null || { echo 'SKIP: no jq'; return; }

# entries FILE: one a line, in order of flows; or nothing, where it is no JSON.
entries() {
	jq -cS '.log.entries | sort_by([._flow, .connection])[]' "$1" ||
	    fail "$what: $1 is no JSON"
}

# both OPTION...: the entries of both modes, which must be the same.
both() {
	for mode in shared list; do
		rm -rf "$har/$mode"
		tcpflow "$@" -P null -P "har:mode=$mode" -o "$har/$mode"
		counted har.left_out 0
		[ "$(ls "$har/$mode")" = har.json ] ||
		    fail "$what: files: $(ls "$har/$mode")"
		entries "$har/$mode/har.json" > "$har/entries.$mode"
		counted har.entries "$(wc -l < "$har/entries.$mode")"
	done
	same "$what: both modes" "$har/entries.shared" "$har/entries.list"
}

timeless() {
	jq -cS 'del(.startedDateTime, .time, ._flow)' "$1" | sort
}

in_segments() {
	both -r "$scratch/cut"
	timeless "$har/entries.shared" > "$har/found"
	same "$what" "$har/truth" "$har/found"
}

for capture in "$captures"/*.pcap; do
	what="har of ${capture##*/}"
	both -r "$capture"
	timeless "$har/entries.shared" > "$har/truth"
	jq -c '[._flow, .request.bytes, .response.bytes]' \
	    "$har/entries.shared" > "$har/found"
	tcpflow -J -P null -r "$capture"
	records flow | jq -c 'select(.sent.bytes + .received.bytes > 0) |
	    [.flow, .sent.bytes, .received.bytes]' | sort -t[ -k2n > "$har/wanted"
	same "$what: bytes" "$har/wanted" "$har/found"
	case $capture in
	*/keepalive.pcap | */midstream.pcap)
		cut_anew "$capture" in_segments
		;;
	esac
done

# Quotes and bytes that are no text.
what='har of odd lines'
printf 'open 1\nc "a\\\\b"\\n\ns \\x00\\xff\\x1b[2J\\n\nc.\ns.\n' |
    "$generate" say "$har/pcap" || fail generate
both -r "$har/pcap"
[ "$(jq -r .request.line "$har/entries.list")" = '"a\b"' ] ||
    fail "$what: $(cat "$har/entries.list")"

# An inner stream is one more.
what='har of inner streams'
"$generate" late "$har/pcap" "$har/plain" 51200 1 || fail generate
both -P late-key -r "$har/pcap"
[ "$(wc -l < "$har/entries.list")" = 2 ] || fail "$what: $(cat "$har/entries.list")"

# No packets: what is shared is there all the same.
what='har of nothing'
head -c 24 "$captures/close.pcap" > "$har/pcap"
tcpflow -P null -P har -r "$har/pcap" -o "$har/nothing"
[ -z "$(entries "$har/nothing/har.json")" ] || fail "$what has entries"

# No files are wanted; or there is one already.
what='har on a console'
tcpflow -P null -P har -c -r "$captures/close.pcap"
tcpflow -P null -P har:mode=list -c -r "$captures/close.pcap"
what='har again'
tcpflow -P null -P har -r "$captures/close.pcap" -o "$har/nothing"
entries "$har/nothing/har.json" > "$har/found"
[ ! -s "$har/found" ] && [ -s "$har/nothing/harc1.json" ] ||
    fail "$what: $(ls "$har/nothing")"

# Many connections: the list has no room for all, the shared file has; capped, it
# is whole pieces.
many() {
	awk -v count="$1" 'BEGIN {
		for (i = 0; i < count; i++) {
			print "open " i "\nc GET /" i " HTTP/1.1"
			print "s HTTP/1.1 200 OK\nc.\ns."
		}
	}' | "$generate" say "$har/many$1" || fail generate
}
many 500
many 10000
what='har of 10000'
tcpflow -P null -P har -r "$har/many10000" -o "$har/all" --memory 16M
counted har.entries 10000
entries "$har/all/har.json" > "$har/truth"
[ "$(jq -r .request.line "$har/truth" | sort -u | wc -l)" = 10000 ] ||
    fail "$what: not all are there"
tcpflow -P null -P har:mode=list,room=1M -r "$har/many10000" -o "$har/some" \
    --memory 16M
left_out=$(sed -n 's/^har.left_out //p' "$scratch/stats")
[ "${left_out:-0}" -gt 1000 ] || fail "$what: the list had room for all"
counted plugins.detached 0
entries "$har/some/har.json" > "$har/found"
head -n $((10000 - ${left_out:-0})) "$har/truth" > "$har/wanted"
same "$what: list" "$har/wanted" "$har/found"
# To the byte: ten entries, of which the last has no ",\n" but "\n]}}\n".
tcpflow -P null -P har -r "$har/many500" -o "$har/uncapped"
fits=$(($(head -n 11 "$har/uncapped/har.json" | wc -c) - 2 + 5))
for cap in $fits-1 $((fits - 1))-1 $fits-2 $((fits - 1))-3 $fits-8; do
	workers=${cap#*-}
	cap=${cap%-*}
	what="har capped at $cap, $workers workers"
	rm -rf "$har/capped"
	tcpflow -P null -P har -r "$har/many500" -o "$har/capped" -b $cap \
	    --workers "$workers"
	entries "$har/capped/har.json" > "$har/found"
	head -n $((10 - (fits - cap))) "$har/truth" > "$har/wanted"
	same "$what" "$har/wanted" "$har/found"
	# What is told on several workers is of bytes, not of which piece.
	[ "$workers" != 1 ] || counted har.left_out $((490 + (fits - cap)))
	counted files.capped 1
done
what='har capped, any number of workers'
for workers in 1 3; do
	tcpflow -P null -P har -r "$har/many10000" -o "$har/by$workers" \
	    -b 500000 --workers "$workers"
	counted files.capped 1
done
same "$what" "$har/by1/har.json" "$har/by3/har.json"

# peak CAPTURE: KiB that a run with the shared file took at most.
peak() {
	"$abs_builddir/tests/tools/peak" "$TCPFLOW" -q --plugin-dir "$plugins" \
	    -P null -P har -r "$1" -o "$har/peak" || fail "$what: no peak"
}

# Sanitizers keep what was freed.
if grep -q __asan_init "$TCPFLOW"; then
	echo 'SKIP: memory is not measured under sanitizers'
else
	few=$(peak "$har/many500")
	all=$(peak "$har/many10000")
	[ $((all - few)) -lt 2048 ] ||
	    fail "har: $few KiB for 500 entries, $all for 10000"
fi
