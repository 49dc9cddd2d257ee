# SPDX-License-Identifier: BSD-2-Clause
# Rules that the user writes, with keys that no list has.
script=$scratch/script

# The bytes of a capture, as raw stores them, each direction on a line of its own.
raw_bytes() {
	rm -rf "$script/raw"
	tcpflow -P raw -r "$1" -o "$script/raw"
	for file in "$script"/raw/*; do
		cat "$file"
		echo
	done
}

# count_lines WORD...: what the plugin has to say of those words.
count_lines() {
	for word; do
		printf '%d %s\n' \
		    "$(grep -aoF -e "$word" < "$script/bytes" | wc -l)" "$word"
	done
}

words() {
	tcpflow -P script -S 'script.on.data.1=count HTTP/1.1' \
	    -S 'script.rule=on.data count e' -S 'script.rule=on.data count 0000' \
	    -S 'script.on.data.2=count 1: 11' -r "$1"
	same "$what: words" "$script/words" "$scratch/out"
}

# Lines that begin so, whoever said them: without the direction.
lines() {
	tcpflow -P 'script:on.data=print GET ,on.data.x=print Server:' -r "$1"
	cut -c 3- "$scratch/out" | sort > "$script/found"
	same "$what: lines" "$script/lines" "$script/found"
}

in_segments() {
	words "$scratch/cut"
	lines "$scratch/cut"
}

for name in keepalive pipelining gzip large; do
	what="script, $name"
	capture=$captures/$name.pcap
	raw_bytes "$capture" > "$script/bytes"
	count_lines HTTP/1.1 e 0000 '1: 11' > "$script/words"
	tr -d '\r' < "$script/bytes" | grep -aE '^(GET |Server:)' |
	    sort > "$script/lines"
	words "$capture"
	lines "$capture"
	[ $name = large ] || cut_anew "$capture" in_segments
done
[ "$(sed -n 's/ 0000$//p' "$script/words")" -gt 0 ] || fail 'no word was there'

# Words that begin again within themselves.
what='script, words in words'
words_in_words() {
	tcpflow -P script -S 'script.rule=on.data count aab' \
	    -S 'script.rule=on.data count abaabb' \
	    -S 'script.rule=on.data count aa' -r "$1"
	same "$what" "$script/words" "$scratch/out"
}
printf 'open 1\nc* 50 aaab abaabaabb aabaaab\\n\nc.\ns.\n' |
    "$generate" say "$script/pcap" || fail generate
raw_bytes "$script/pcap" > "$script/bytes"
count_lines aab abaabb aa > "$script/words"
words_in_words "$script/pcap"
for size in 1 2 3 5; do
	"$resegment" "$script/pcap" "$scratch/cut" $size || fail resegment
	words_in_words "$scratch/cut"
done

# Events, in the order of the rules; what a gap tears is no line.
what='script, events'
cat > "$script/said" << 'END'
open 1
c one\r\ntwo\nthr
s GET half
c! ee\nfo
c ur\nfive\n
s  a line\n
wait 600
c six\n
c.
wait 200
s.
END
"$generate" say "$script/pcap" < "$script/said" || fail generate
tcpflow -P script -S 'script.on.close=print closed' -S script.on.data=print \
    -S 'script.on.close.2=print and done' -S 'script.on.open=print opened' \
    -S 'script.on.gap=print a gap' -S 'script.on.eof=print eof' \
    -r "$script/pcap"
cat > "$script/wanted" << 'END'
- opened
> one
> two
> a gap
> five
< GET half a line
> six
> eof
< eof
- closed
- and done
END
same "$what" "$script/wanted" "$scratch/out"

# Alarms: at the first packet behind their time, once each, none behind the end.
what='script, alarms'
cat > "$script/said" << 'END'
open 1
c a\n
wait 1000
c b\n
wait 50
c c\n
wait 60
c d\n
wait 250
s e\n
c.
s.
open 2
wait 3000
c f\n
END
"$generate" say "$script/pcap" < "$script/said" || fail generate
tcpflow -P script -S script.on.data=print -S 'script.on.open=wake 100' \
    -S 'script.on.wake=print tick' -S 'script.on.wake.again=wake 100' \
    -r "$script/pcap"
printf '%s\n' '> a' '- tick' '> b' '> c' '- tick' '> d' '- tick' '< e' '> f' \
    > "$script/wanted"
same "$what" "$script/wanted" "$scratch/out"

tcpflow -P script -S 'script.on.open=wake 100' -S 'script.on.wake=print tick' \
    -r "$script/pcap"
echo '- tick' > "$script/wanted"
same "$what, once" "$script/wanted" "$scratch/out"

# Wrapped eight deep: SERIAL is taken again from within, and the host ends it.
what='script, wrapped'
raw_bytes "$captures/keepalive.pcap" > "$script/bytes"
tcpflow -P script -S script.on.open=wrap -S 'script.on.data=print GET ' \
    -S 'script.on.data.2=count GET ' -r "$captures/keepalive.pcap"
gets=$(grep -c '^GET ' "$script/bytes")
[ "$gets" -gt 1 ] || fail "$what: too few lines"
counted children 8
counted children.limited 1
counted script.not_wrapped 1
{
	grep -a '^GET ' "$script/bytes" | tr -d '\r' | sort |
	    awk '{ for (i = 0; i < 9; i++) print "> " $0 }'
	echo "$((9 * gets)) GET "
} | sort > "$script/wanted"
sort "$scratch/out" > "$script/found"
same "$what" "$script/wanted" "$script/found"

# A key that no list has is given once: the last counts. One that repeats is
# passed each time.
what='script, the same key twice'
tcpflow -P script -S 'script.on.data=count HTTP' -S 'script.on.data=count GET' \
    -r "$captures/keepalive.pcap"
[ "$(cut -d ' ' -f 2 "$scratch/out")" = GET ] || fail "$what: $(cat "$scratch/out")"
what='script, commas and colons'
tcpflow -P 'script:on.data=count a\,b\:c,rule=on.data count zzz' -r "$captures/close.pcap"
printf '0 a,b:c\n0 zzz\n' > "$script/wanted"
same "$what" "$script/wanted" "$scratch/out"

# Refused before anything is read: one line each, that says what is wrong.
refused() {
	words=$1
	shift
	run 2 "$TCPFLOW" --plugin-dir "$plugins" -P script "$@" \
	    -r "$captures/close.pcap"
	says "$words"
	run 2 "$TCPFLOW" --plugin-dir "$plugins" -P script "$@" --check
	says "$words"
}
refused 'on.dtaa=print: there is no such event' -S script.on.dtaa=print
refused 'colour=red: there is no such event' -S script.colour=red
refused 'there is no such action' -S 'script.on.data=prnit x'
refused 'the action is not for this event' -S 'script.on.open=count x'
refused 'it wants a word' -S 'script.on.data=count '
refused 'a number from 1' -S 'script.on.open=wake soon'
refused 'there is no such event' -S script.on.data=print -S script.rule='on.x y'
refused 'does not take rule=nonsense' -S script.rule=nonsense

# A secret is in no message, whatever is wrong with it or beside it.
what='script, secret'
printf 'open 1\nc LOGIN hunter2\\r\\nLOGIN hunter22\\nLOGIN hunter2\\n\nc.\ns.\n' |
    "$generate" say "$script/pcap" || fail generate
tcpflow -P script:token=hunter2 -S script.on.data=login -r "$script/pcap"
counted script.logins 2
secretly() {
	"$TCPFLOW" --plugin-dir "$plugins" "$@" -v -r "$captures/close.pcap" \
	    > "$scratch/out" 2>&1 < /dev/null
	code=$?
	[ -s "$scratch/out" ] || fail "nothing is said of: $*"
	! grep -q hun "$scratch/out" || fail "told: $(cat "$scratch/out")"
	[ $code = 2 ] || fail "exit $code: $*"
}
secretly -P script:token=hun
secretly -P script -S script.token=hun
secretly -P script -S script.token=hunter2 -S script.on.data=nonsense
secretly -P script:token=hunter2,nonsense
secretly -P script:token=hunter2 -P script:token=hunter2
secretly -P raw -S script.token=hunter2
secretly -P nosuch:token=hunter2
secretly -P script -S token=hunter2
secretly -P script -S .token=hunter2
secretly -P :token=hunter2
