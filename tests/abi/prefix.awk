# SPDX-License-Identifier: BSD-2-Clause
# Holds two lists of list.awk, the old one first, against each other.  What
# names and their order tell is judged here, into the file `problems`; of types,
# places and values it prints assertions for a compiler, in C.  They are to be
# compiled with the new headers: a copy of each old struct, whose members' types
# are then the new headers', stands beside the new one.

BEGIN {
	FS = "\t"
	foreign = "(^|[^a-z0-9_])(enum|union|bool|int|short|long|unsigned|" \
	    "signed|float|time_t|off_t|ssize_t|FILE|va_list)([^a-z0-9_]|$)"
	print "/* Made by prefix.awk. */"
	print "#include <stddef.h>"
	print "#include <stdint.h>"
	print "#define SAME(a, b) __builtin_types_compatible_p( \\"
	print "\t__typeof__(a), __typeof__(b))"
	print "#define IN(s, m) (((struct s *)0)->m)"
	print "#define KEPT(s, m) \\"
	print "\t_Static_assert(offsetof(struct old_##s, m) == \\"
	print "\t    offsetof(struct s, m), \"struct \" #s \": \" #m \" has moved\"); \\"
	print "\t_Static_assert(SAME(IN(old_##s, m), IN(s, m)), \\"
	print "\t    \"struct \" #s \": \" #m \" has another type\")"
	print "#define FROZEN(s) \\"
	print "\t_Static_assert(sizeof(struct old_##s) == sizeof(struct s), \\"
	print "\t    \"struct \" #s \" is frozen and has another size\")"
	print "#define GROWING(s, last) \\"
	print "\t_Static_assert(offsetof(struct s, struct_size) == 0 && \\"
	print "\t    SAME(IN(s, struct_size), (uint32_t)0), \\"
	print "\t    \"struct \" #s \" begins with a uint32_t struct_size\"); \\"
	print "\t_Static_assert(sizeof(struct s) == \\"
	print "\t    offsetof(struct s, last) + sizeof(IN(s, last)), \\"
	print "\t    \"struct \" #s \": padding behind \" #last)"
	print "#define VALUE(name, old) \\"
	print "\t_Static_assert(name == (old) && SAME(name, old), \\"
	print "\t    #name \" has another value than \" #old)"
}

function problem(text) {
	print text > problems
}

FNR == 1 {
	list++
}

$1 == "struct" {
	kind[list, $2] = $3
	if (list == 1)
		old_structs[++old_count] = $2
	else
		new_structs[++new_count] = $2
}

$1 == "member" {
	place = ++members[list, $2]
	name[list, $2, place] = $3
	declaration[list, $2, place] = $4
	has[list, $2, $3] = 1
	if (list == 2 && $4 ~ foreign)
		problem("struct " $2 ": " $3 " has a type that differs from " \
		    "target to target: " $4)
}

$1 == "macro" || $1 == "function" {
	value[list, $2] = $3
	if (list == 1)
		old_macros[++macro_count] = $2
}

function check_order(s,    i, was, is) {
	for (i = 1; i <= members[1, s]; i++) {
		was = name[1, s, i]
		is = name[2, s, i]
		if (was == is)
			continue
		problem("struct " s ": where " was " was is " \
		    (is == "" ? "nothing" : is) " now, and " was \
		    ((2, s, was) in has ? " has moved" : " is gone"))
		return 0
	}
	if (kind[1, s] == "growing" || members[1, s] == members[2, s])
		return 1
	problem("struct " s " is frozen: " name[2, s, i] " is new")
	return 0
}

function compare_struct(s,    i) {
	if (!((2, s) in kind)) {
		problem("struct " s " is gone")
		return
	}
	if (kind[1, s] != kind[2, s])
		problem("struct " s " was " kind[1, s] " and is " kind[2, s])
	if (!check_order(s))
		return
	print "struct old_" s " {"
	for (i = 1; i <= members[1, s]; i++)
		print "\t" declaration[1, s, i] ";"
	print "};"
	for (i = 1; i <= members[1, s]; i++)
		print "KEPT(" s ", " name[1, s, i] ");"
	if (kind[1, s] == "frozen")
		print "FROZEN(" s ");"
}

function compare_macro(m,    old) {
	old = value[1, m]
	if (!((2, m) in value))
		problem(m " is gone")
	else if (m == "TCPFLOW_ABI_MINOR")
		check_minor(old, value[2, m])
	else if (old ~ /^[-(0-9]/)
		print "VALUE(" m ", " old ");"
	else if (old ~ /^["a-z_]+$/ && value[2, m] != old)
		problem(m " was " old " and is " value[2, m])
}

# Whether a key of the second list is not in the first.
function is_new(key, lists) {
	return key ~ "^2" SUBSEP && !(("1" substr(key, 2)) in lists)
}

function check_minor(old, new,    key, added) {
	for (key in has)
		added += is_new(key, has)
	for (key in value)
		added += is_new(key, value)
	if (new + 0 < old + 0)
		problem("TCPFLOW_ABI_MINOR was " old " and is " new)
	else if (new + 0 == old + 0 && added)
		problem("something is new, and TCPFLOW_ABI_MINOR is still " old)
}

END {
	if (old_count == 0 || macro_count == 0)
		problem("there is nothing in the old headers")
	for (i = 1; i <= old_count; i++)
		compare_struct(old_structs[i])
	for (i = 1; i <= macro_count; i++)
		compare_macro(old_macros[i])
	for (i = 1; i <= new_count; i++) {
		s = new_structs[i]
		if (kind[2, s] == "growing")
			print "GROWING(" s ", " name[2, s, members[2, s]] ");"
		else if (kind[2, s] == "unmarked")
			problem("struct " s " has no struct_size and is not " \
			    "marked as frozen")
	}
}
