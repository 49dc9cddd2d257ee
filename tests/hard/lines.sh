# SPDX-License-Identifier: BSD-2-Clause
# Lines, however they come: who said them, when, and how they ended.
lines=$scratch/lines

say() {
	"$generate" say "$lines/pcap" || fail "$what: generate"
}

# shown OPTION...: what the plugin shows must be standard input.
shown() {
	cat > "$lines/wanted"
	tcpflow "$@"
	same "$what" "$lines/wanted" "$scratch/out"
	counted plugins.detached 0
}

# told_lines: the records of the last run as text, without what is in any record.
told_lines() {
	records line | jq -c '[.from, .end, .bytes, .headless // false,
	    .continues // false, (.text | if type == "object" then .base64
	    else . end)]'
}

in_segments() {
	shown -P lines:timeout=0 -r "$scratch/cut" < "$lines/text"
	tcpflow -J -P lines:timeout=0 -r "$scratch/cut"
	told_lines > "$lines/found"
	same "$what: records" "$lines/told" "$lines/found"
}

# any_segments OPTION...: the same in any segmentation as it came.
any_segments() {
	tcpflow -P lines:timeout=0 -r "$1"
	cp "$scratch/out" "$lines/text"
	tcpflow -J -P lines:timeout=0 -r "$1"
	told_lines > "$lines/told"
	[ -s "$lines/text" ] && [ -s "$lines/told" ] || fail "$what: nothing"
	cut_anew "$1" in_segments
}

command -v jq > /dev/null || { echo 'SKIP: no jq'; return; }
for name in lines keepalive pipelining gzip; do
	what="lines of $name"
	any_segments "$captures/$name.pcap"
done
what='lines'
shown -P lines -r "$captures/lines.pcap" << 'END'
< 220 lines.example ready
> HELO there
< 250 you said HELO there
> one
< 250 you said one
> QUIT
< 250 you said QUIT
END

# Ends of lines: CR LF, LF, CR within, none.
what='lines, ends'
say << 'END'
open 1
c one\r\ntwo\nthr\ree\r\r\n\r\n\n
s < \x1b[2Jhostile\n
c last\r
c.
s not ended
END
shown -P lines -r "$lines/pcap" << 'END'
> one
> two
> thr\ree\r
> 
> 
< < \x1b[2Jhostile
> last\r [eof]
< not ended [cut]
END
any_segments "$lines/pcap"
cut -d , -f 1-3 "$lines/told" > "$lines/found"
printf '%s\n' '["client","crlf",3' '["client","lf",3' '["client","crlf",7' \
    '["client","crlf",0' '["client","lf",0' '["server","lf",13' \
    '["client","eof",5' '["server","cut",9' > "$lines/wanted"
same "$what: records" "$lines/wanted" "$lines/found"

# Gaps: in a line, at its end, and of whole lines.
what='lines with gaps'
say << 'END'
open 1
c one\ntw
c! o\nthr
c ee\nfour\n
c! five\n
c six\n
c! sev
s ok\n
wait 600
c en\neight
s ok\n
c.
s.
END
shown -P lines -r "$lines/pcap" << 'END'
> one
> tw [gap]
> ... ee
> four
> ... six
< ok
> ... en
< ok
> eight [eof]
END
any_segments "$lines/pcap"

# Long lines: as much as was asked for, or as there is memory for, is kept.
what='lines, long ones'
say << 'END'
open 1
c* 20000 0123456789
c \r\nshort\r\n
c* 6553 0123456789
c 012345\n
c* 6553 0123456789
c 0123456\n
c.
s.
END
any_segments "$lines/pcap"
jq -c '[.[2], (.[5] | length)]' "$lines/told" > "$lines/found"
printf '%s\n' '[200000,65536]' '[5,5]' '[65536,65536]' '[65537,65536]' \
    > "$lines/wanted"
same "$what" "$lines/wanted" "$lines/found"
for most in 1 255 256 257 1M; do
	tcpflow -P "lines:most=$most" -r "$lines/pcap"
	counted lines.lines 4
	awk -v most=$most 'BEGIN { if (most == "1M") most = 1048576 }
	{
		size = length($2)
		if (size > most || (size < most && NF > 2))
			wrong = 1
	}
	END { exit wrong }' "$scratch/out" || fail "$what: most=$most"
done
run 2 "$TCPFLOW" --plugin-dir "$plugins" -P lines:most=2M -r "$lines/pcap"
what='lines, long ones in many streams'
awk 'BEGIN {
	for (i = 0; i < 300; i++)
		print "open " i "\nc begin\\n"
	for (i = 0; i < 300; i++)
		print "use " i "\nc* 6000 0123456789"
	for (i = 0; i < 300; i++)
		print "use " i "\nc \\nend\\n"
}' | say
tcpflow --memory 16M -P lines:timeout=0 -r "$lines/pcap"
counted lines.lines 900
shortened=$(sed -n 's/^lines.shortened //p' "$scratch/stats")
[ "${shortened:-0}" -gt 200 ] || fail "$what: ${shortened:-0} were shortened"
[ "$(grep -c '^> end$' "$scratch/out")" = 300 ] || fail "$what: the end"
[ "$(grep -c ' \[60000 bytes\]$' "$scratch/out")" = "${shortened:-0}" ] ||
    fail "$what: lengths"
tcpflow -P lines:timeout=0 -r "$lines/pcap"
counted lines.shortened 0

# A prompt is no line, and is told all the same; each direction has its time.
what='lines, timeouts'
say << 'END'
open 1
s welcome\r\n
s login: 
wait 3000
c me\n
s pass
wait 1000
c an
wait 1500
s word: 
wait 900
c swer\r
wait 4000
c \n
wait 5000
s done\n
END
shown -P lines --time=relative -r "$lines/pcap" << 'END'
0.003000 < welcome
3.005000 < login:  [timeout]
3.005000 > me
5.508000 < ... pass [timeout]
6.409000 > an [timeout]
10.410000 < ... word:  [timeout]
10.410000 > ... swer
15.411000 < ... done
END
shown -P lines:timeout=10 --time=relative -r "$lines/pcap" << 'END'
0.003000 < welcome
3.005000 < login:  [timeout]
3.005000 > me
4.007000 < ... pass [timeout]
5.508000 > an [timeout]
6.409000 < ... word:  [timeout]
10.410000 > ... swer
15.411000 < ... done
END
tcpflow -J -P lines -r "$lines/pcap"
records line | jq -r '[.packets[0], .packets[1], .from, .text, .end] |
    map(tostring) | join(" ")' > "$lines/found"
cat > "$lines/wanted" << 'END'
4 4 server welcome crlf
5 5 server login:  timeout
6 6 client me lf
7 7 server pass timeout
8 8 client an timeout
9 9 server word:  timeout
10 11 client swer crlf
12 12 server done lf
END
same "$what: records" "$lines/wanted" "$lines/found"

# Sides that were guessed wrong, from the first byte on or behind others.
what='lines, swapped'
cat > "$lines/said" << 'END'
join 1 50000
s 220 ready\r\n
c HELO\r\n
s 250 hello\r\n
c QUIT\r\n
s 221 bye\r\n
s.
c.
END
say < "$lines/said"
shown -P lines -r "$lines/pcap" << 'END'
< ... 220 ready
> ... HELO
< 250 hello
> QUIT
< 221 bye
END
tcpflow -J -P lines -r "$lines/pcap"
[ "$(records line | jq -c '[.client.port, .server.port]' | sort -u)" = \
    '[40001,50000]' ] || fail "$what: the ends"
[ "$(records flow | jq -c '[.sent.bytes, .received.bytes]')" = '[12,31]' ] ||
    fail "$what: the flow"
what='lines, swapped late'
sed '2d' "$lines/said" | say
shown -P lines -r "$lines/pcap" << 'END'
> ... HELO
< ... 250 hello
> QUIT
< 221 bye
END
any_segments "$lines/pcap"
what='lines, guessed right'
sed 's/50000/25/' "$lines/said" | say
shown -P lines -r "$lines/pcap" << 'END'
< ... 220 ready
> ... HELO
< 250 hello
> QUIT
< 221 bye
END

# From the middle, in the wrong order, behind bytes that are no text.
what='lines, midstream'
say << 'END'
join 1 25
s \x00\x01\x02 binary
c \x03\x04
wait 200
s text\n
c more\n
s.
c.
END
shown -P lines -P null -r "$lines/pcap" << 'END'
< ... text
> ... more
END

# What an inner stream lacks and how it ends: with no room for what comes before
# the key, the end of the client's side is told all the same.
what='lines under a late key'
"$generate" late "$lines/pcap" "$lines/plain" 51200 1 half || fail generate
tcpflow -P late-key:hold=0 -P lines -r "$lines/pcap"
counted lines.ended 2
counted late-key.decoded 1
tcpflow -P late-key -P lines -r "$lines/pcap"
cp "$scratch/out" "$lines/found"
tcpflow -P lines -r "$lines/plain"
same "$what" "$scratch/out" "$lines/found"
