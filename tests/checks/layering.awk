# SPDX-License-Identifier: BSD-2-Clause
# Reads HACKING.md, whose ```layers and ```fences blocks say who may include
# what and whose ```way draws the data's way, and then the sources. Knows the
# grammar of these, no layer's name.

BEGIN {
	longest = 600
}

function violation(where, text) {
	print where ": " text
	violations++
}

function starts(text, prefix) {
	return substr(text, 1, length(prefix)) == prefix
}

# The layer of a path: core/NAME/... is NAME, plugins/NAME/... is plugins/NAME.
function layer_of(path, part) {
	if (split(path, part, "/") < 3)
		return ""
	return part[1] == "core" ? part[2] : part[1] "/" part[2]
}

# "name: item item"
function read_layer(    i, name) {
	name = $1
	sub(/:$/, "", name)
	known[name] = 1
	for (i = 2; i <= NF; i++) {
		if ($i !~ /[<\/]/ && !($i in known))
			violation(FILENAME ":" FNR, name " names " $i \
			    ", which is not a lower layer")
		may[name, $i] = 1
	}
	layers++
}

# "header: place place"; a header that ends in / is a folder of headers.
function read_fence(    i, header) {
	header = $1
	sub(/:$/, "", header)
	fenced[header] = ""
	for (i = 2; i <= NF; i++)
		fenced[header] = fenced[header] " " $i
	fences++
}

# "a -> b ~> c => d"
function read_way(    i) {
	for (i = 1; i < NF; i += 2) {
		steps++
		step_from[steps] = $i
		step_kind[steps] = $(i + 1)
		step_to[steps] = $(i + 2)
		drawn[$i] = drawn[$(i + 2)] = 1
	}
}

function wrong_step(i, text) {
	violation("HACKING.md", "the drawing has " step_from[i] " " \
	    step_kind[i] " " step_to[i] ", but " text)
}

function check_step(i,    from, to) {
	from = step_from[i]
	to = step_to[i]
	if (!(from in known) || !(to in known))
		wrong_step(i, "no such layers")
	else if (step_kind[i] == "->" && !((from, to) in includes))
		wrong_step(i, from " includes nothing of " to)
	else if (step_kind[i] == "~>" && !((to, from) in includes))
		wrong_step(i, to " includes nothing of " from)
	else if (step_kind[i] == "=>" && (((from, to) in includes) ||
	    ((to, from) in includes) || !(from in speaks) || !(to in speaks)))
		wrong_step(i, "they do not meet in the ABI alone")
	else if (step_kind[i] !~ /^[-~=]>$/)
		wrong_step(i, "there is no such arrow")
}

# What the lists allow is used, and who uses anything is drawn.
function check_use(    layer, pair, part) {
	for (pair in may) {
		split(pair, part, SUBSEP)
		if (part[2] !~ /^</ && !(pair in includes))
			violation("HACKING.md", part[1] " does not include " \
			    part[2] ", though it may")
	}
	for (pair in includes) {
		split(pair, part, SUBSEP)
		if (!(part[1] in drawn) && part[1] in known)
			undrawn[part[1]] = 1
	}
	for (layer in undrawn)
		violation("HACKING.md", "the drawing lacks " layer)
}

function inside_fence(file, header,    count, i, place) {
	count = split(fenced[header], place, " ")
	for (i = 1; i <= count; i++)
		if (place[i] ~ /\/$/ ? starts(file, place[i]) : file == place[i])
			return 1
	return 0
}

function check_fences(name,    header) {
	for (header in fenced)
		if ((header ~ /\/$/ ? starts(name, header) : name == header) \
		    && !inside_fence(FILENAME, header))
			violation(FILENAME ":" FNR, name \
			    " may only be included from" fenced[header])
}

function check_layer(name, quoted,    from, rules, to) {
	from = layer_of(FILENAME)
	rules = starts(from, "plugins/") ? "plugins" : from
	if (starts(name, "tcpflow/")) {
		if (name != "tcpflow/types.h" && !((rules, "<" name ">") in may))
			violation(FILENAME ":" FNR, from \
			    " may not include <" name ">")
		if (name != "tcpflow/types.h")
			speaks[rules] = 1
		return
	}
	if (name !~ /^(core|plugins)\//) {
		if (quoted && name != "config.h")
			violation(FILENAME ":" FNR, "\"" name \
			    "\" is not written from the top")
		return
	}
	to = layer_of(name)
	if (to != from)
		includes[rules, to] = 1
	if (to != from && !((rules, to) in may))
		violation(FILENAME ":" FNR, from " may not include " name)
}

function check_include(    name, quoted) {
	name = $0
	sub(/^[ \t]*#[ \t]*include[ \t]*/, "", name)
	quoted = name ~ /^"/
	if (name !~ /^["<][^">]+[">]/) {
		violation(FILENAME ":" FNR, "an include that names no file")
		return
	}
	name = substr(name, 2)
	sub(/[">].*/, "", name)
	if (name ~ /(^|\/)\.\.?(\/|$)/) {
		violation(FILENAME ":" FNR, name " is not written from the top")
		return
	}
	check_fences(name)
	if (FILENAME !~ /^include\//)
		check_layer(name, quoted)
	else if (quoted || name ~ /^(core|plugins)\//)
		violation(FILENAME ":" FNR, "the ABI may not include " name)
}

function file_begins(    rules) {
	lines = 0
	licensed = 0
	is_c = FILENAME ~ /\.[ch]$/
	layered = is_c && FILENAME ~ /^(core|plugins|include)\//
	if (!layered || FILENAME ~ /^include\//)
		return
	rules = layer_of(FILENAME)
	if (starts(rules, "plugins/"))
		rules = "plugins"
	if (!(rules in known))
		violation(FILENAME, "is in no layer that HACKING.md names")
	else
		used[rules] = 1
}

function file_ends() {
	# A manual is read by its sections, and is one page on purpose.
	if (lines > longest && previous !~ /^man\//)
		violation(previous, lines " lines, more than " longest)
	if (!licensed)
		violation(previous, "no SPDX line at its top")
}

FILENAME == "HACKING.md" {
	if (/^```/) {
		block = block != "" ? "" : substr($0, 4)
	} else if (NF > 0 && block == "layers") {
		read_layer()
	} else if (NF > 0 && block == "fences") {
		read_fence()
	} else if (NF > 0 && block == "way") {
		read_way()
	}
	next
}

FNR == 1 {
	if (previous != "")
		file_ends()
	previous = FILENAME
	file_begins()
	seen[FILENAME] = 1
	files++
}

{
	lines = FNR
}

# A script's first line is its interpreter's.
FNR <= (is_c ? 1 : 2) && /SPDX-License-Identifier: BSD-2-Clause/ {
	licensed = 1
}

layered && /^[ \t]*#[ \t]*include/ {
	check_include()
}

END {
	if (previous != "")
		file_ends()
	for (i = 1; i < ARGC; i++)
		if (ARGV[i] != "HACKING.md" && !(ARGV[i] in seen))
			violation(ARGV[i], "is empty")
	if (layers == 0 || fences == 0 || steps == 0)
		violation("HACKING.md", "no ```layers, ```fences or ```way")
	for (i = 1; i <= steps; i++)
		check_step(i)
	check_use()
	for (name in known)
		if (!(name in used))
			violation("HACKING.md", "no source is in layer " name)
	printf "%d sources, %d layers, %d steps, %d fences, %d violations\n", \
	    files, layers, steps, fences, violations
	exit violations > 0
}
