# SPDX-License-Identifier: BSD-2-Clause
# Makes of a header that of a later minor version: a member at the end of each
# struct that grows (a function where it has functions), and the minor version
# raised.

/^struct [a-z0-9_]+ \{/ {
	grows = $0 !~ /\/\* frozen/
	sized = 0
	later = "\tuint64_t\tlater;"
}

/\tstruct_size;/ {
	sized = 1
}

/\(\*[a-z0-9_]+\)\(/ {
	later = "\tint32_t\t(*later)(void *, const void *, size_t);"
}

/^\};/ && grows && sized {
	print later
}

/^#define TCPFLOW_ABI_MINOR/ {
	sub(/[0-9]+/, $NF + 1)
}

{
	print
}
