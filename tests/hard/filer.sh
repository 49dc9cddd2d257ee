# SPDX-License-Identifier: BSD-2-Clause
# Files whose fate is known at their end: what is told of them, by the plugin, must
# be what sha256sum and the output directory say.
filer=$scratch/filer
from_server=192.000.002.002.04000-192.000.002.001

# body TEXT COUNT: of a transfer.
body() {
	yes "$1" | head -n "$2"
}

# transfer CONNECTION SIDE NAME HOW TEXT COUNT END: for the generator, and what is
# to come of it.
transfer() {
	printf 'use %s\n%s FILE %s %s%s\\n\n' "$1" "$2" "$3" \
	    $(((${#5} + 1) * $6)) "${4:+ $4}"
	[ "$6" = 0 ] || printf '%s* %s %s\\n\n' "$2" "$6" "$5"
	printf '%s END %s\\n\n' "$2" "$7"
}

sha() {
	sha256sum | cut -c 1-64
}

# real_files: each path that was told is a file, of that size and digest; and there
# is no other file, but those named.
real_files() {
	while read -r fate bytes flags digest path; do
		[ "$path" != - ] || continue
		[ "$(wc -c < "$filer/out/$path")" = "$bytes" ] ||
		    fail "$what: $fate $path has not $bytes bytes"
		[ "$(sha < "$filer/out/$path")" = "$digest" ] ||
		    fail "$what: $fate $path has another digest"
	done < "$filer/wanted"
	{
		sed 's/.* //' "$filer/wanted" | grep -v '^-$'
		printf '%s\n' "$@"
	} | sort -u > "$filer/names.wanted"
	(cd "$filer/out" && find . -type f) | sed 's,^\./,,' | sort > "$filer/names"
	same "$what: files" "$filer/names.wanted" "$filer/names"
}

# run_filer OPTION...: what is told must be what is wanted.  Each worker would have a
# list of its own.
run_filer() {
	tcpflow --workers 1 -P filer -o "$filer/out" "$@"
	same "$what" "$filer/wanted" "$scratch/out"
	counted plugins.detached 0
	counted filer.failed 0
}

{
	echo open 1
	transfer 1 s a.html '' 'kept as it came' 1000 keep
	transfer 1 s b.html '' 'not wanted' 5000 discard
	transfer 1 s c '' 'cut short' 100 partial
	transfer 1 s d.tmp '' 'another suffix' 20000 'suffix .jpeg'
	transfer 1 s e '' 'another hint' 100 'hint http://x.example/y/z.png'
	transfer 1 s a.html '' 'again' 10 keep
	transfer 1 s ../../etc/x.bin '' 'harmless' 10 keep
	transfer 1 s empty '' x 0 keep
	transfer 1 s same by-hash 'the same body' 3000 keep
	transfer 1 s other by-hash 'the same body' 3000 keep
	transfer 1 s third by-hash 'the same body' 3000 discard
	transfer 1 s fourth by-hash 'another body' 3000 partial
	transfer 1 c left '' 'left to the host' 100 leave
	transfer 1 c mine '' 'from the client' 100 keep
	transfer 1 s left by-hash 'left to the host, too' 100 leave
	# Two at a time.
	echo open 2
	printf 's FILE one 20\\n1234567890\n'
	transfer 1 s meanwhile '' meanwhile 10 keep
	printf 'use 2\ns 123456789\\n\ns END keep\\n\n'
	printf 's FILE cut 1000\\nnot all of it\nuse 1\nc.\ns.\n'
} > "$filer/script"
"$generate" say "$filer/pcap" < "$filer/script" || fail generate

# expected MOST: what becomes of the script, where a file has so many bytes at most;
# 0: any number.
expected() {
	: > "$filer/wanted"
	most=$1
	of=$from_server.40001-file
	one 'kept as it came' 1000 keep "$of-a.html.bin"
	one 'not wanted' 5000 discard -
	one 'cut short' 100 partial "$of-c.bin.partial"
	one 'another suffix' 20000 suffix "$of-d.tmp.jpeg"
	one 'another hint' 100 hint "$of-z.png.bin"
	one again 10 keep "${of%-file}c1-file-a.html.bin"
	one harmless 10 keep "$of-x.bin"
	one x 0 keep -
	one 'the same body' 3000 keep "$(by_hash 'the same body' 3000)"
	one 'the same body' 3000 keep "$(by_hash 'the same body' 3000)" d
	one 'the same body' 3000 discard -
	one 'another body' 3000 partial \
	    "$(by_hash 'another body' 3000).partial"
	one 'from the client' 100 keep \
	    192.000.002.001.40001-192.000.002.002.04000-file-mine.bin
	one meanwhile 10 keep "$of-meanwhile.bin"
	of=$from_server.40002-file
	text "$(printf '1234567890123456789\n ')" keep "$of-one.bin"
	text 'not all of it' cut "$of-cut.bin.partial"
}

# kept_of: as much of standard input as the cap lets.
kept_of() {
	if [ "$most" = 0 ]; then cat; else head -c "$most"; fi
}

by_hash() {
	printf 'by-hash/%s' "$(body "$1" "$2" | kept_of | sha)"
}

# one TEXT COUNT FATE PATH [DUPLICATE]
one() {
	body "$1" "$2" > "$filer/body"
	told "$3" "$4" "${5-}"
}

# text TEXT FATE PATH
text() {
	printf '%s' "${1% }" > "$filer/body"
	told "$2" "$3" ''
}

told() {
	size=$(wc -c < "$filer/body")
	digest=$(kept_of < "$filer/body" | sha)
	flags=$3
	if [ "$most" != 0 ] && [ "$size" -gt "$most" ]; then
		size=$most
		flags=c$flags
	fi
	printf '%s %s %s %s %s\n' "$1" "$size" "${flags:--}" "$digest" "$2" \
	    >> "$filer/wanted"
}

left=192.000.002.001.40001-192.000.002.002.04000-file-left.bin.partial
hash_left=$(body 'left to the host, too' 100 | sha)
# whole: a run into a new folder, whose files must be as they were told.
whole() {
	rm -rf "$filer/out"
	run_filer "$@"
	real_files "$left" "by-hash/$hash_left.partial" filer-worker0-list.txt
	same "$what: the worker's list" "$filer/wanted" \
	    "$filer/out/filer-worker0-list.txt"
	counted filer.left 2
}

in_segments() {
	whole -r "$scratch/cut"
}

what=filer
expected 0
whole -r "$filer/pcap"
counted files.capped 0
cut_anew "$filer/pcap" in_segments
what='filer, few descriptors and little memory'
whole -r "$filer/pcap" -f 4 --memory 16M

# The records say the same. (Without digests where there is no file of a body.)
what='filer, records'
rm -rf "$filer/out"
tcpflow -J -P filer -o "$filer/out" -r "$filer/pcap"
if command -v jq > /dev/null; then
	records file | jq -r '[.fate, .bytes,
	    (if .capped then "c" else "" end +
	    if .duplicate then "d" else "" end |
	    if . == "" then "-" else . end),
	    .sha256 // "-", .path // "-"] | map(tostring) | join(" ")' \
	    > "$filer/told"
	same "$what" "$filer/wanted" "$filer/told"
else
	echo 'SKIP: no jq'
fi

# Into the same folder again: what is named by its hash is there, the others get
# names of their own.
what='filer, a second time'
tcpflow -P filer -o "$filer/out" -r "$filer/pcap"
[ "$(grep -c '^keep 42000 d ' "$scratch/out")" = 2 ] || fail "$what: no duplicate"
grep -q "^suffix 300000 - [0-9a-f]* ${of%.40002-file}.40001c1-file-d.tmp.jpeg$" \
    "$scratch/out" || fail "$what: no name of its own"
[ "$(find "$filer/out/by-hash" -type f ! -name '*.partial*' | wc -l)" = 1 ] ||
    fail "$what: the same body is stored twice"

# Capped: what is told is the part that is there.
what='filer with --max-bytes'
expected 5000
whole -r "$filer/pcap" -b 5000
counted files.capped "$(grep -c ' cd* ' "$filer/wanted")"

# Names: a template with folders, a label that cannot leave them.
what='filer, names'
expected 0
sed 's,192.000.002.00[12].0*\(4[0-9]*\)-.*.00[12].0*\(4[0-9]*\)\(c1\)*-file,\1/\2\3-.._x,' \
    "$filer/wanted" > "$filer/named"
mv "$filer/named" "$filer/wanted"
rm -rf "$filer/out"
tcpflow -P filer -S filer.label=../x -T '%a/%b%C%c' -o "$filer/out" -r "$filer/pcap"
sed 's, 0*\(4[0-9]*\)/0*\(4\), \1/\2,' "$scratch/out" > "$filer/told"
same "$what" "$filer/wanted" "$filer/told"

# No files: the same, but for paths and digests.
what='filer without files'
expected 0
tcpflow -P filer -r "$filer/pcap"
awk '{ print $1, $2, "- - -" }' "$filer/wanted" > "$filer/told"
same "$what" "$filer/told" "$scratch/out"

# Bytes are missing: holes in one, nothing of them in what is named by its hash.
what='filer with gaps'
{
	echo open 1
	for how in '' ' by-hash'; do
		printf 's FILE gap 300%s\\n\ns* 100 a\ns! %0100d\ns* 100 c\n' "$how" 0
		printf 's END keep\\n\nc FILE x 1\\n1END keep\\n\nwait 600\n'
	done
	printf 'c.\ns.\n'
} > "$filer/script"
"$generate" say "$filer/pcap" < "$filer/script" || fail generate
rm -rf "$filer/out"
tcpflow -P filer -o "$filer/out" -r "$filer/pcap"
counted gaps.lost 2
{ body a 100 | tr -d '\n'; body c 100 | tr -d '\n'; } > "$filer/body"
digest=$(sha < "$filer/body")
[ "$(grep -c "^keep 200 - $digest " "$scratch/out")" = 2 ] ||
    fail "$what: $(cat "$scratch/out")"
cmp -s "$filer/body" "$filer/out/by-hash/$digest" || fail "$what: by hash"
{ body a 100; head -c 100 /dev/zero; body c 100; } | tr -d '\n' |
    cmp -s - "$filer/out/$from_server.40001-file-gap.bin" || fail "$what: hole"

# Several workers store the same bodies at the same time: each is there once, and
# nothing of it but that.
what='filer, many workers'
i=0
while [ $i -lt 800 ]; do
	i=$((i + 1))
	echo "open $i"
	transfer $i s x by-hash "body $((i % 40))" 3000 keep
done > "$filer/script"
"$generate" say "$filer/pcap" < "$filer/script" || fail generate
for workers in 1 4; do
	rm -rf "$filer/out"
	tcpflow --workers $workers -P filer -o "$filer/out" -r "$filer/pcap"
	(cd "$filer/out/by-hash" && sha256sum -- *) | sort > "$filer/by$workers"
	[ "$(wc -l < "$filer/by$workers")" = 40 ] || fail "$what: $workers: copies"
	awk '$1 != $2' "$filer/by$workers" | grep . &&
	    fail "$what: $workers: not what the name says"
done
same "$what" "$filer/by1" "$filer/by4"
