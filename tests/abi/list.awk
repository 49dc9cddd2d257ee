# SPDX-License-Identifier: BSD-2-Clause
# Reads headers and prints what is in them, in their order, one line each with
# tabs between:
#	struct NAME growing|frozen|unmarked
#	member STRUCT NAME DECLARATION
#	macro NAME VALUE           (an empty VALUE is left out)
#	function NAME              (a macro with arguments)
# Growing: it begins with struct_size.  It knows the style of our headers, not
# all of C, and fails where it does not understand.

BEGIN {
	OFS = "\t"
}

function give_up(text) {
	print FILENAME ":" FNR ": " text > "/dev/stderr"
	failed = 1
	exit 1
}

# The line without what is inside comments.
function code_of(line,    code, at) {
	code = ""
	for (;;) {
		at = index(line, in_comment ? "*/" : "/*")
		if (!in_comment)
			code = code (at ? substr(line, 1, at - 1) " " : line)
		if (!at)
			return code
		line = substr(line, at + 2)
		in_comment = !in_comment
	}
}

function macro(text,    name) {
	sub(/^# ?define /, "", text)
	match(text, /^[A-Za-z0-9_]+/)
	name = substr(text, 1, RLENGTH)
	text = substr(text, RLENGTH + 1)
	if (text ~ /^\(/)
		print "function", name
	else if (text != "")
		print "macro", name, substr(text, 2)
}

# What is declared: "uint64_t length[2]", "int32_t (*data)(void *, size_t)".
function name_of(declaration) {
	if (match(declaration, /\(\*[a-z0-9_]+\)/))
		return substr(declaration, RSTART + 2, RLENGTH - 3)
	if (declaration ~ /[,:{}()]/)
		give_up("one plain member a declaration: " declaration)
	sub(/ ?\[.*/, "", declaration)
	match(declaration, /[a-z0-9_]+$/)
	return substr(declaration, RSTART)
}

function member(declaration) {
	gsub(/ +/, " ", declaration)
	gsub(/^ | $/, "", declaration)
	names[++count] = name_of(declaration)
	declarations[count] = declaration
}

function end_of_struct(    kind, i) {
	kind = marked ? "frozen" : "unmarked"
	if (!marked && names[1] == "struct_size")
		kind = "growing"
	print "struct", struct, kind
	for (i = 1; i <= count; i++)
		print "member", struct, names[i], declarations[i]
	struct = ""
}

{
	line = code_of($0)
	gsub(/[ \t]+/, " ", line)
	if (line ~ /\\ ?$/) {
		sub(/\\ ?$/, "", line)
		pending = pending line
		next
	}
	line = pending line
	pending = ""
	sub(/ $/, "", line)
}

line ~ /^ ?# ?define / {
	macro(line)
	next
}

line ~ /^ ?#/ {
	next
}

struct == "" && line ~ /^struct [a-z0-9_]+ \{/ {
	split(line, word, " ")
	struct = word[2]
	marked = $0 ~ /\/\* frozen/
	rest = ""
	count = 0
	next
}

struct != "" && line ~ /^\};/ {
	end_of_struct()
	next
}

struct != "" {
	rest = rest " " line
	while ((at = index(rest, ";")) > 0) {
		member(substr(rest, 1, at - 1))
		rest = substr(rest, at + 1)
	}
}

END {
	if (!failed && (struct != "" || in_comment))
		give_up("it ends within something")
}
