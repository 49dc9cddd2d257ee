# SPDX-License-Identifier: BSD-2-Clause
# The key comes behind 50 KB: what is inside must be, packet for packet, what the
# same conversation is without frames and key.
late=$scratch/late-key

# make_late AFTER SEED WORDS: a capture and its truth: HTTP as text, as records,
# and as files.
make_late() {
	"$generate" late "$late/pcap" "$late/plain" "$@" || fail generate
	tcpflow -P http -r "$late/plain"
	cp "$scratch/out" "$late/text"
	tcpflow -J -P http -r "$late/plain"
	records http > "$late/records"
	rm -rf "$late/files"
	tcpflow -P raw -r "$late/plain" -o "$late/files"
	flows "$late/files" > "$late/flows"
	without_times < "$late/text" > "$late/text.timeless"
	timeless < "$late/records" > "$late/records.timeless"
}

# Records without packets and times, which another segmentation changes.
timeless() {
	sed -E 's/"packets":\[[0-9,]*\],?//g; s/"ts":[0-9.]*,?//g
	    s/"timing":\{[^}]*\},?//g'
}

# inner_files OPTION...: what raw makes of the child.
inner_files() {
	rm -rf "$late/inner"
	tcpflow "$@" -P raw -o "$late/inner"
	flows "$late/inner" | sed 's/-late-key$//' > "$late/inner.flows"
	same "$what: files" "$late/flows" "$late/inner.flows"
}

# exactly SETTINGS: times and packets are the truth's.
exactly() {
	tcpflow -P "late-key$1" -P http -r "$late/pcap"
	same "$what: text" "$late/text" "$scratch/out"
	counted late-key.decoded 1
	counted plugins.detached 0
	counted children.unclaimed 0
	tcpflow -J -P "late-key$1" -P http -r "$late/pcap"
	records http | sed 's_"tcp/late-key","stream":1_"tcp"_' > "$late/inner.records"
	same "$what: records" "$late/records" "$late/inner.records"
	inner_files -P "late-key$1" -r "$late/pcap"
}

in_segments() {
	tcpflow -P late-key -P http -r "$scratch/cut"
	without_times < "$scratch/out" > "$late/inner.text"
	same "$what: text" "$late/text.timeless" "$late/inner.text"
	tcpflow -J -P late-key -P http -r "$scratch/cut"
	records http | sed 's_"tcp/late-key","stream":1_"tcp"_' | timeless \
	    > "$late/inner.records"
	same "$what: records" "$late/records.timeless" "$late/inner.records"
	inner_files -P late-key -r "$scratch/cut"
	counted late-key.shed_bytes 0
}

# shed_of FILE TRUTH: how many bytes of a text are missing, being a hole; "wrong"
# where there is anything else that differs.
shed_of() {
	[ "$(wc -c < "$1")" = "$(wc -c < "$2")" ] || { echo wrong; return; }
	cmp -l "$1" "$2" | awk '
	$2 != "0" { wrong = 1 }
	END { print wrong ? "wrong" : NR }'
}

for seed in 1 2 3; do
	what="late-key, seed $seed"
	make_late 51200 $seed
	grep -q '^#40 response' "$late/text" || fail 'the truth is short'
	exactly ''
	held=$(sed -n 's/^late-key.held_bytes //p' "$scratch/stats")
	[ "${held:-0}" -gt 51200 ] || fail "only ${held:-0} bytes were held"
	exactly :protocol=http
	[ $seed != 1 ] || cut_anew "$late/pcap" in_segments
	what="late-key with losses, seed $seed"
	make_late 51200 $seed lose
	exactly ''
	[ "$(sed -n 's/^gaps.lost //p' "$scratch/stats")" -gt 2 ] ||
	    fail 'nothing was lost'
	what="late-key, half-closed, seed $seed"
	make_late 51200 $seed lose half
	exactly ''
done

# Without the head of a frame nothing can be made of what the client says; the
# server is heard on.
what='late-key, torn'
make_late 51200 1 tear
tcpflow -P late-key -P http -r "$late/pcap"
counted late-key.frames_lost 1
sed '/^\[/,$d' "$late/text" > "$late/truth"
sed '/^\[/,$d' "$scratch/out" > "$late/before"
same "$what" "$late/truth" "$late/before"
[ "$(wc -l < "$late/before")" -gt 1000 ] || fail 'it was torn too early'
responses=$(grep -c '^#[0-9]* response' "$late/text")
counted http.responses "$responses"

# What is certain goes to who is named without a question, be it HTTP or not.
what='late-key, certain'
make_late 51200 4
exactly :protocol=http,certain
tcpflow -P late-key:protocol=raw,certain -P http -P raw -r "$late/pcap" \
    -o "$late/certain"
[ "$(ls "$late/certain" | grep -c 'late-key$')" = 2 ] && [ ! -s "$scratch/out" ] ||
    fail 'the certain protocol was not asked alone'

# Beside an observer, which sees what is under the key and what is on the wire.
what='late-key, observed'
tcpflow -P late-key -P http -P raw:observe -r "$late/pcap" -o "$late/both"
same "$what: text" "$late/text" "$scratch/out"
[ "$(ls "$late/both" | wc -l)" = 4 ] || fail 'the observer saw something else'

# Nobody wants it: the decoder saves the work.
what='late-key, unclaimed'
tcpflow -P late-key -r "$late/pcap"
counted children.unclaimed 1
counted late-key.child.late_key.unclaimed 1
grep -q '1 late-key.child.late_key' "$scratch/said" || fail 'the summary lacks it'

# The key never comes: nothing is made of what is held.
what='late-key without its key'
tcpflow -P late-key -P raw -r "$late/pcap" --count 60 -o "$late/keyless"
counted late-key.keyless 1
counted children 0

# No room at all: everything before the key is a gap, and HTTP is joined later.
what='late-key that holds nothing'
tcpflow -P late-key:hold=0 -P http -r "$late/pcap"
counted late-key.decoded 1
[ "$(sed -n 's/^http.responses //p' "$scratch/stats")" -gt 12 ] ||
    fail 'http did not join behind the gap'
grep -v '^\[' "$late/text" | tail -n 30 > "$late/truth"
grep -v '^\[' "$scratch/out" | tail -n 30 > "$late/end"
same "$what: the last response" "$late/truth" "$late/end"

# More than a stream may hold (4 MiB), and more than all may (15 % of 16 MiB).
what='late-key behind 6 MB'
make_late 6000000 1
for options in '--memory 1G' '--memory 16M'; do
	rm -rf "$late/inner"
	tcpflow $options -P late-key:hold=1G -P raw -r "$late/pcap" \
	    -o "$late/inner"
	counted plugins.refused_memory 1
	counted raw.gaps 2
	total=0
	for file in "$late"/files/*; do
		shed=$(shed_of "$late/inner/${file##*/}-late-key" "$file")
		[ "$shed" != wrong ] || fail "$what: ${file##*/} is another one"
		total=$((total + shed))
	done
	[ "$total" -gt 6000000 ] || fail "$what: only $total bytes were shed"
	counted late-key.shed_bytes "$total"
	counted raw.gap_bytes "$total"
done
