# SPDX-License-Identifier: BSD-2-Clause
# Thousands of substreams in one connection: the bytes of each, who opened it, and
# how it ended, against what the generator knows.
mux=$scratch/mux

make_mux() {
	rm -rf "$mux/truth"
	"$generate" mux "$mux/pcap" "$mux/truth" "$@" || fail generate
	sort -n "$mux/truth/substreams" > "$mux/list"
	(cd "$mux/truth" && sha256sum *.client) | cut -c 1-64 | sort > "$mux/client"
	(cd "$mux/truth" && sha256sum *.server) | cut -c 1-64 | sort > "$mux/server"
	sort -n "$mux/truth/http" > "$mux/http"
}

# sent_by ADDRESS: digests of the files with what it has sent. Their names do not
# tell one substream from another.
sent_by() {
	(cd "$mux/files" && find . -name "$1*-mux" -exec sha256sum {} +) |
	    cut -c 1-64 | sort
}

mux_files() {
	rm -rf "$mux/files"
	tcpflow "$@" -P raw -o "$mux/files"
	sent_by '192.000.002.001' > "$mux/found.client"
	sent_by '192.000.002.002' > "$mux/found.server"
}

# Each record as the generator's list has it. With packets where they are the
# same in every run.
mux_records() {
	records mux | python3 -c '
import json, sys
for line in sys.stdin:
    r = json.loads(line)
    words = [r["number"], r["reversed"]]
    for side in r["sent"], r["received"]:
        words += [side["bytes"], side["missing"], side["ended"]]
    words += [r["end"]] + r["packets"]
    print(*words)
' | sed 's/True/true/g; s/False/false/g' | sort -n
}

without_packets() {
	sed -E 's/ [0-9]+ [0-9]+$//' "$1"
}

mux_http() {
	records http | python3 -c '
import json, sys
for line in sys.stdin:
    r = json.loads(line)
    print(r["url"].split("/")[-1],
          "true" if r["client"]["port"] == 4000 else "false",
          r["request"].get("body", {}).get("bytes", 0),
          r["response"].get("body", {}).get("bytes", 0))
    if r["layer"] != "tcp/mux" or "anomalies" in r:
        print("wrong:", line)
' | sort -n
}

# all_right SETTINGS: files, records and HTTP of $scratch/cut.
all_right() {
	mux_files -P "mux$1" -r "$scratch/cut"
	same "$what: what the client sent" "$mux/client" "$mux/found.client"
	same "$what: what the server sent" "$mux/server" "$mux/found.server"
	counted plugins.detached 0
	counted mux.frames_of_nobody 0
	counted children "$(wc -l < "$mux/list")"
	tcpflow -J -P "mux$1" -P http -P null -r "$scratch/cut"
	command -v python3 > /dev/null || { echo 'SKIP: no python3'; return; }
	mux_records > "$mux/records"
	without_packets "$mux/records" > "$mux/found"
	without_packets "$mux/list" > "$mux/wanted"
	same "$what: records" "$mux/wanted" "$mux/found"
	mux_http > "$mux/found"
	same "$what: HTTP" "$mux/http" "$mux/found"
}

what='mux'
make_mux 2000 60 4000 1
cp "$mux/pcap" "$scratch/cut"
all_right ''
same "$what: packets" "$mux/list" "$mux/records"
for end in closed reset open; do
	[ "$(grep -c " $end " "$mux/list")" -gt 50 ] || fail "hardly any is $end"
done
for seed in 2 3 4; do
	what="mux with losses, seed $seed"
	make_mux 300 60 4000 $seed lose
	cp "$mux/pcap" "$scratch/cut"
	all_right ''
	[ "$(sed -n 's/^gaps.lost //p' "$scratch/stats")" -gt 20 ] ||
	    fail 'hardly anything was lost'
done
what='mux, few descriptors and little memory'
mux_files -P mux -r "$mux/pcap" -f 8 --memory 32M
same "$what: what the client sent" "$mux/client" "$mux/found.client"
same "$what: what the server sent" "$mux/server" "$mux/found.server"
what='mux of 200'
make_mux 200 20 600 3
sizes='1 536 65000'
cut_anew "$mux/pcap" all_right ''

# Limits. A substream that is refused is told of, and no other is hurt.
limited() {
	mux_records > "$mux/records"
	without_packets "$mux/records" > "$mux/found"
	counted mux.refused "$(grep -c ' refused$' "$mux/found")"
	forgotten=$(sed -n 's/^mux.forgotten //p' "$scratch/stats")
	[ $(($(wc -l < "$mux/found") + ${forgotten:-0})) = \
	    "$(wc -l < "$mux/list")" ] || fail "$what: not all are told of"
	grep -v ' refused$' "$mux/found" > "$mux/kept"
	without_packets "$mux/list" | grep -Fx -f "$mux/kept" > "$mux/wanted"
	same "$what: those that were not refused" "$mux/wanted" "$mux/kept"
}

# What was stored is what somebody sent.
no_other_files() {
	comm -23 "$mux/found.client" "$mux/client" > "$mux/strange"
	comm -23 "$mux/found.server" "$mux/server" >> "$mux/strange"
	[ ! -s "$mux/strange" ] || fail "$what: files with other bytes"
}

command -v python3 > /dev/null || { echo 'SKIP: no python3'; return; }
what='mux of 5000 at a time'
# Only those with HTTP say anything: that is a file for each, and enough.
make_mux 5000 0 1 4 burst
mux_files -P mux -r "$mux/pcap" --json "$scratch/out"
counted children 4096
counted children.limited 904
counted mux.opened 4096
limited
no_other_files
# By order of opening: it is the last ones that are refused.
tail -n 904 "$mux/truth/substreams" | cut -d ' ' -f 1 | sort > "$mux/wanted"
sed -n 's/ .* refused$//p' "$mux/found" | sort > "$mux/refused"
same "$what: who is refused" "$mux/wanted" "$mux/refused"
for options in '--memory 1G -P mux:most=100' '--memory 16M -P mux'; do
	what="mux of 5000 at a time, $options"
	# shellcheck disable=SC2086
	tcpflow $options -P null -r "$mux/pcap" --json -
	counted children.limited 0
	limited
done
what='mux of 6000, few at a time'
make_mux 6000 30 1 6
tcpflow -J -P mux -P null -r "$mux/pcap"
counted children 6000
counted children.limited 0
limited
what='mux of 500, 50 at a time by our own limit'
make_mux 500 150 400 5
mux_files -P mux:most=50 -r "$mux/pcap" --json "$scratch/out"
limited
no_other_files
