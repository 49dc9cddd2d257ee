/* SPDX-License-Identifier: BSD-2-Clause */
/* The numbers of the ABI: where each member is, and how large each struct, on
 * each kind of target (targets.sh).  `tests/abi/numbers --update` writes them;
 * of what is frozen no line ever changes, but for the size of what grows. */
#include <tcpflow/plugin.h>

#if defined(TARGET_lp64)
#define PICK(lp64, i386, arm) (lp64)
#elif defined(TARGET_i386)
#define PICK(lp64, i386, arm) (i386)
#elif defined(TARGET_arm)
#define PICK(lp64, i386, arm) (arm)
#else
#error "tests/abi/numbers says for which target"
#endif

#define AT(s, m, lp64, i386, arm) \
	_Static_assert(offsetof(struct s, m) == PICK(lp64, i386, arm), \
	    "struct " #s ": " #m " is elsewhere")
#define SIZE(s, lp64, i386, arm) \
	_Static_assert(sizeof(struct s) == PICK(lp64, i386, arm), \
	    "struct " #s " has another size")

AT(tcpflow_sink_spec, struct_size, 0, 0, 0);
AT(tcpflow_sink_spec, flags, 4, 4, 4);
AT(tcpflow_sink_spec, dir, 8, 8, 8);
AT(tcpflow_sink_spec, zero, 12, 12, 12);
AT(tcpflow_sink_spec, label, 16, 16, 16);
AT(tcpflow_sink_spec, suffix, 24, 20, 20);
AT(tcpflow_sink_spec, name_hint, 32, 24, 24);
AT(tcpflow_sink_spec, head, 48, 32, 32);
AT(tcpflow_sink_spec, between, 56, 36, 36);
AT(tcpflow_sink_spec, tail, 64, 40, 40);
AT(tcpflow_sink_spec, size_hint, 72, 44, 48);
SIZE(tcpflow_sink_spec, 80, 52, 56);

AT(tcpflow_sink_finish, struct_size, 0, 0, 0);
AT(tcpflow_sink_finish, flags, 4, 4, 4);
AT(tcpflow_sink_finish, suffix, 8, 8, 8);
AT(tcpflow_sink_finish, name_hint, 16, 12, 12);
SIZE(tcpflow_sink_finish, 32, 20, 20);

AT(tcpflow_sink_result, struct_size, 0, 0, 0);
AT(tcpflow_sink_result, flags, 4, 4, 4);
AT(tcpflow_sink_result, path, 8, 8, 8);
AT(tcpflow_sink_result, sha256, 16, 12, 12);
AT(tcpflow_sink_result, bytes, 48, 44, 48);
SIZE(tcpflow_sink_result, 56, 52, 56);

AT(tcpflow_sink_api, struct_size, 0, 0, 0);
AT(tcpflow_sink_api, zero, 4, 4, 4);
AT(tcpflow_sink_api, open, 8, 8, 8);
AT(tcpflow_sink_api, write, 16, 12, 12);
AT(tcpflow_sink_api, pwrite, 24, 16, 16);
AT(tcpflow_sink_api, append, 32, 20, 20);
AT(tcpflow_sink_api, path, 40, 24, 24);
AT(tcpflow_sink_api, finish, 48, 28, 28);
SIZE(tcpflow_sink_api, 56, 32, 32);

AT(tcpflow_span, ptr, 0, 0, 0);
AT(tcpflow_span, len, 8, 4, 4);
AT(tcpflow_span, role, 16, 8, 8);
AT(tcpflow_span, flags, 20, 12, 12);
SIZE(tcpflow_span, 24, 16, 16);

AT(tcpflow_console_api, struct_size, 0, 0, 0);
AT(tcpflow_console_api, zero, 4, 4, 4);
AT(tcpflow_console_api, put, 8, 8, 8);
AT(tcpflow_console_api, columns, 16, 12, 12);
SIZE(tcpflow_console_api, 24, 16, 16);

AT(tcpflow_record_spec, struct_size, 0, 0, 0);
AT(tcpflow_record_spec, flags, 4, 4, 4);
AT(tcpflow_record_spec, ts_ns, 8, 8, 8);
AT(tcpflow_record_spec, first_packet, 16, 16, 16);
AT(tcpflow_record_spec, last_packet, 24, 24, 24);
AT(tcpflow_record_spec, type, 32, 32, 32);
AT(tcpflow_record_spec, into, 40, 36, 36);
SIZE(tcpflow_record_spec, 48, 40, 40);

AT(tcpflow_record_api, struct_size, 0, 0, 0);
AT(tcpflow_record_api, zero, 4, 4, 4);
AT(tcpflow_record_api, begin, 8, 8, 8);
AT(tcpflow_record_api, str, 16, 12, 12);
AT(tcpflow_record_api, hex, 24, 16, 16);
AT(tcpflow_record_api, u64, 32, 20, 20);
AT(tcpflow_record_api, i64, 40, 24, 24);
AT(tcpflow_record_api, f64, 48, 28, 28);
AT(tcpflow_record_api, time, 56, 32, 32);
AT(tcpflow_record_api, boolean, 64, 36, 36);
AT(tcpflow_record_api, object, 72, 40, 40);
AT(tcpflow_record_api, array, 80, 44, 44);
AT(tcpflow_record_api, end, 88, 48, 48);
AT(tcpflow_record_api, commit, 96, 52, 52);
AT(tcpflow_record_api, abandon, 104, 56, 56);
SIZE(tcpflow_record_api, 112, 60, 60);

AT(tcpflow_digest_api, struct_size, 0, 0, 0);
AT(tcpflow_digest_api, zero, 4, 4, 4);
AT(tcpflow_digest_api, open, 8, 8, 8);
AT(tcpflow_digest_api, update, 16, 12, 12);
AT(tcpflow_digest_api, put, 24, 16, 16);
AT(tcpflow_digest_api, close, 32, 20, 20);
SIZE(tcpflow_digest_api, 40, 24, 24);

AT(tcpflow_child_spec, struct_size, 0, 0, 0);
AT(tcpflow_child_spec, flags, 4, 4, 4);
AT(tcpflow_child_spec, layer, 8, 8, 8);
AT(tcpflow_child_spec, protocol, 16, 12, 12);
AT(tcpflow_child_spec, client, 24, 16, 16);
AT(tcpflow_child_spec, server, 32, 20, 20);
AT(tcpflow_child_spec, server_name, 40, 24, 24);
AT(tcpflow_child_spec, attrs, 56, 32, 32);
AT(tcpflow_child_spec, nattrs, 64, 36, 36);
SIZE(tcpflow_child_spec, 72, 40, 40);

AT(tcpflow_child_api, struct_size, 0, 0, 0);
AT(tcpflow_child_api, zero, 4, 4, 4);
AT(tcpflow_child_api, open, 8, 8, 8);
AT(tcpflow_child_api, data, 16, 12, 12);
AT(tcpflow_child_api, gap, 24, 16, 16);
AT(tcpflow_child_api, eof, 32, 20, 20);
AT(tcpflow_child_api, close, 40, 24, 24);
SIZE(tcpflow_child_api, 48, 28, 28);

AT(tcpflow_host, struct_size, 0, 0, 0);
AT(tcpflow_host, abi_major, 4, 4, 4);
AT(tcpflow_host, abi_minor, 6, 6, 6);
AT(tcpflow_host, version, 8, 8, 8);
AT(tcpflow_host, sink, 16, 12, 12);
AT(tcpflow_host, console, 24, 16, 16);
AT(tcpflow_host, record, 32, 20, 20);
AT(tcpflow_host, child, 40, 24, 24);
AT(tcpflow_host, digest, 48, 28, 28);
AT(tcpflow_host, log, 56, 32, 32);
AT(tcpflow_host, count, 64, 36, 36);
AT(tcpflow_host, hold, 72, 40, 40);
AT(tcpflow_host, release, 80, 44, 44);
AT(tcpflow_host, parse_u64, 88, 48, 48);
AT(tcpflow_host, parse_flag, 96, 52, 52);
AT(tcpflow_host, wake_at, 104, 56, 56);
AT(tcpflow_host, outputs, 112, 60, 60);
AT(tcpflow_host, stop, 120, 64, 64);
SIZE(tcpflow_host, 128, 68, 68);

AT(tcpflow_probe, struct_size, 0, 0, 0);
AT(tcpflow_probe, flags, 4, 4, 4);
AT(tcpflow_probe, info, 8, 8, 8);
AT(tcpflow_probe, head, 16, 12, 12);
AT(tcpflow_probe, offset, 48, 28, 32);
SIZE(tcpflow_probe, 64, 44, 48);

AT(tcpflow_param, key, 0, 0, 0);
AT(tcpflow_param, form, 8, 4, 4);
AT(tcpflow_param, preset, 16, 8, 8);
AT(tcpflow_param, help, 24, 12, 12);
AT(tcpflow_param, flags, 32, 16, 16);
AT(tcpflow_param, zero, 36, 20, 20);
SIZE(tcpflow_param, 40, 24, 24);

AT(tcpflow_plugin, struct_size, 0, 0, 0);
AT(tcpflow_plugin, abi_major, 4, 4, 4);
AT(tcpflow_plugin, abi_minor, 6, 6, 6);
AT(tcpflow_plugin, abi_minor_min, 8, 8, 8);
AT(tcpflow_plugin, zero, 10, 10, 10);
AT(tcpflow_plugin, flags, 12, 12, 12);
AT(tcpflow_plugin, name, 16, 16, 16);
AT(tcpflow_plugin, version, 24, 20, 20);
AT(tcpflow_plugin, summary, 32, 24, 24);
AT(tcpflow_plugin, params, 40, 28, 28);
AT(tcpflow_plugin, create, 48, 32, 32);
AT(tcpflow_plugin, config, 56, 36, 36);
AT(tcpflow_plugin, ready, 64, 40, 40);
AT(tcpflow_plugin, finish, 72, 44, 44);
AT(tcpflow_plugin, destroy, 80, 48, 48);
AT(tcpflow_plugin, worker_open, 88, 52, 52);
AT(tcpflow_plugin, worker_close, 96, 56, 56);
AT(tcpflow_plugin, probe, 104, 60, 60);
AT(tcpflow_plugin, open, 112, 64, 64);
AT(tcpflow_plugin, data, 120, 68, 68);
AT(tcpflow_plugin, gap, 128, 72, 72);
AT(tcpflow_plugin, eof, 136, 76, 76);
AT(tcpflow_plugin, wake, 144, 80, 80);
AT(tcpflow_plugin, close, 152, 84, 84);
SIZE(tcpflow_plugin, 160, 88, 88);

AT(tcpflow_addr, ip, 0, 0, 0);
AT(tcpflow_addr, scope_id, 16, 16, 16);
AT(tcpflow_addr, port, 20, 20, 20);
AT(tcpflow_addr, family, 22, 22, 22);
AT(tcpflow_addr, zero, 23, 23, 23);
SIZE(tcpflow_addr, 24, 24, 24);

AT(tcpflow_slice, ptr, 0, 0, 0);
AT(tcpflow_slice, len, 8, 4, 4);
SIZE(tcpflow_slice, 16, 8, 8);

AT(tcpflow_attr, key, 0, 0, 0);
AT(tcpflow_attr, value, 8, 4, 4);
SIZE(tcpflow_attr, 24, 12, 12);

AT(tcpflow_stream_info, struct_size, 0, 0, 0);
AT(tcpflow_stream_info, flags, 4, 4, 4);
AT(tcpflow_stream_info, flow_id, 8, 8, 8);
AT(tcpflow_stream_info, stream_index, 16, 16, 16);
AT(tcpflow_stream_info, depth, 20, 20, 20);
AT(tcpflow_stream_info, start_ns, 24, 24, 24);
AT(tcpflow_stream_info, start_packet, 32, 32, 32);
AT(tcpflow_stream_info, client, 40, 40, 40);
AT(tcpflow_stream_info, server, 64, 64, 64);
AT(tcpflow_stream_info, vlan, 88, 88, 88);
AT(tcpflow_stream_info, zero, 92, 92, 92);
AT(tcpflow_stream_info, parent, 96, 96, 96);
AT(tcpflow_stream_info, layer, 104, 100, 100);
AT(tcpflow_stream_info, protocol, 112, 104, 104);
AT(tcpflow_stream_info, source, 120, 108, 108);
AT(tcpflow_stream_info, server_name, 128, 112, 112);
AT(tcpflow_stream_info, attrs, 144, 120, 120);
AT(tcpflow_stream_info, nattrs, 152, 124, 124);
SIZE(tcpflow_stream_info, 160, 128, 128);

AT(tcpflow_chunk, struct_size, 0, 0, 0);
AT(tcpflow_chunk, dir, 4, 4, 4);
AT(tcpflow_chunk, bytes, 8, 8, 8);
AT(tcpflow_chunk, len, 16, 12, 12);
AT(tcpflow_chunk, offset, 24, 16, 16);
AT(tcpflow_chunk, ts_ns, 32, 24, 24);
AT(tcpflow_chunk, packet, 40, 32, 32);
AT(tcpflow_chunk, first_packet, 48, 40, 40);
SIZE(tcpflow_chunk, 56, 48, 48);

AT(tcpflow_gap, struct_size, 0, 0, 0);
AT(tcpflow_gap, dir, 4, 4, 4);
AT(tcpflow_gap, offset, 8, 8, 8);
AT(tcpflow_gap, len, 16, 16, 16);
AT(tcpflow_gap, ts_ns, 24, 24, 24);
AT(tcpflow_gap, packet, 32, 32, 32);
AT(tcpflow_gap, reason, 40, 40, 40);
AT(tcpflow_gap, zero, 44, 44, 44);
SIZE(tcpflow_gap, 48, 48, 48);

AT(tcpflow_end, struct_size, 0, 0, 0);
AT(tcpflow_end, dir, 4, 4, 4);
AT(tcpflow_end, reason, 8, 8, 8);
AT(tcpflow_end, zero, 12, 12, 12);
AT(tcpflow_end, ts_ns, 16, 16, 16);
AT(tcpflow_end, packet, 24, 24, 24);
AT(tcpflow_end, length, 32, 32, 32);
SIZE(tcpflow_end, 48, 48, 48);

AT(tcpflow_run, struct_size, 0, 0, 0);
AT(tcpflow_run, reason, 4, 4, 4);
AT(tcpflow_run, first_ns, 8, 8, 8);
AT(tcpflow_run, last_ns, 16, 16, 16);
AT(tcpflow_run, packets, 24, 24, 24);
AT(tcpflow_run, skipped, 32, 32, 32);
AT(tcpflow_run, lost, 40, 40, 40);
AT(tcpflow_run, flows, 48, 48, 48);
SIZE(tcpflow_run, 56, 56, 56);
