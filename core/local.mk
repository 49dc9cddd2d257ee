# SPDX-License-Identifier: BSD-2-Clause
# The layers, from the lowest up; HACKING.md says which may know which.

noinst_LIBRARIES += core/libbase.a
core_libbase_a_SOURCES = \
	core/base/base64.c \
	core/base/base64.h \
	core/base/region.h \
	core/base/budget.c \
	core/base/budget.h \
	core/base/blocks.c \
	core/base/blocks.h \
	core/base/buffer.c \
	core/base/buffer.h \
	core/base/community_id.c \
	core/base/community_id.h \
	core/base/counters.c \
	core/base/counters.h \
	core/base/cursor.h \
	core/base/decimal.c \
	core/base/decimal.h \
	core/base/digest.c \
	core/base/digest.h \
	core/base/escape.c \
	core/base/escape.h \
	core/base/flow_key.c \
	core/base/flow_key.h \
	core/base/hash.c \
	core/base/hash.h \
	core/base/heap.c \
	core/base/heap.h \
	core/base/json.c \
	core/base/json.h \
	core/base/list.h \
	core/base/log.c \
	core/base/log.h \
	core/base/magic.h \
	core/base/packet.h \
	core/base/parse.c \
	core/base/parse.h \
	core/base/pages.c \
	core/base/pages.h \
	core/base/poison.h \
	core/base/pool.c \
	core/base/pool.h \
	core/base/sequence.h \
	core/base/thread.c \
	core/base/thread.h \
	core/base/timestamp.c \
	core/base/timestamp.h \
	core/base/tree.c \
	core/base/tree.h \
	core/base/utf8.h \
	core/base/wheel.c \
	core/base/wheel.h \
	core/base/write.c \
	core/base/write.h

core_libbase_a_CPPFLAGS = $(AM_CPPFLAGS) $(CRYPTO_CFLAGS)

noinst_LIBRARIES += core/libcapture.a
core_libcapture_a_SOURCES = \
	core/capture/bzip2.c \
	core/capture/codec.c \
	core/capture/codec.h \
	core/capture/directory.c \
	core/capture/directory.h \
	core/capture/fanout.c \
	core/capture/fanout.h \
	core/capture/file.c \
	core/capture/files.c \
	core/capture/filter.c \
	core/capture/filter.h \
	core/capture/growth.c \
	core/capture/gzip.c \
	core/capture/input.h \
	core/capture/intake.c \
	core/capture/intake.h \
	core/capture/interfaces.c \
	core/capture/live.c \
	core/capture/lz4.c \
	core/capture/named.c \
	core/capture/pcap.c \
	core/capture/pcapng.c \
	core/capture/reader.c \
	core/capture/reader.h \
	core/capture/secrets.c \
	core/capture/secrets.h \
	core/capture/shares.c \
	core/capture/source.c \
	core/capture/source.h \
	core/capture/supply.c \
	core/capture/supply.h \
	core/capture/unpacker.c \
	core/capture/unpacker.h \
	core/capture/window.c \
	core/capture/window.h \
	core/capture/xz.c \
	core/capture/zstd.c
core_libcapture_a_CPPFLAGS = $(AM_CPPFLAGS) $(PCAP_CFLAGS) $(UNPACK_CFLAGS)

noinst_LIBRARIES += core/libdecode.a
core_libdecode_a_SOURCES = \
	core/decode/checksum.c \
	core/decode/checksum.h \
	core/decode/decode.c \
	core/decode/decoder.h \
	core/decode/fragments.c \
	core/decode/fragments.h \
	core/decode/layer.h \
	core/decode/link.c \
	core/decode/network.c \
	core/decode/plain.c \
	core/decode/segment.h \
	core/decode/tcp.c \
	core/decode/tunnel.c \
	core/decode/wireless.c

noinst_LIBRARIES += core/libreassembly.a
core_libreassembly_a_SOURCES = \
	core/reassembly/half.c \
	core/reassembly/half.h \
	core/reassembly/overlap.c \
	core/reassembly/overlap.h \
	core/reassembly/store.c \
	core/reassembly/store.h

noinst_LIBRARIES += core/libflow.a
core_libflow_a_SOURCES = \
	core/flow/connection.c \
	core/flow/connection.h \
	core/flow/events.h \
	core/flow/expect.c \
	core/flow/flow.h \
	core/flow/index.c \
	core/flow/index.h \
	core/flow/lifetime.c \
	core/flow/lifetime.h \
	core/flow/prologue.c \
	core/flow/prologue.h \
	core/flow/table.c \
	core/flow/table.h \
	core/flow/upward.c \
	core/flow/waits.c \
	core/flow/waits.h

noinst_LIBRARIES += core/libsink.a
core_libsink_a_SOURCES = \
	core/sink/console.c \
	core/sink/console.h \
	core/sink/descriptor.c \
	core/sink/file.c \
	core/sink/finish.c \
	core/sink/name.c \
	core/sink/name.h \
	core/sink/output.c \
	core/sink/output.h \
	core/sink/output_private.h \
	core/sink/parcel.c \
	core/sink/parcel.h \
	core/sink/place.c \
	core/sink/records.c \
	core/sink/records.h

noinst_LIBRARIES += core/libhost.a
core_libhost_a_SOURCES = \
	core/host/call.c \
	core/host/dispatch.c \
	core/host/envelope.c \
	core/host/flow_record.c \
	core/host/help.c \
	core/host/host.c \
	core/host/host.h \
	core/host/loader.c \
	core/host/private.h \
	core/host/probe.c \
	core/host/run_sink.c \
	core/host/scope.c \
	core/host/search.c \
	core/host/service_console.c \
	core/host/service_child.c \
	core/host/service_core.c \
	core/host/service_count.c \
	core/host/service_digest.c \
	core/host/service_log.c \
	core/host/service_record.c \
	core/host/service_sink.c \
	core/host/settings.c \
	core/host/sides.c \
	core/host/sink.h \
	core/host/stream.c \
	core/host/trust.c \
	core/host/worker.c
core_libhost_a_CPPFLAGS = $(AM_CPPFLAGS) \
	-DTCPFLOW_PLUGINDIR='"$(plugindir)"'

noinst_LIBRARIES += core/libengine.a
core_libengine_a_SOURCES = \
	core/engine/beginning.c \
	core/engine/beginning.h \
	core/engine/crew.c \
	core/engine/crew.h \
	core/engine/dispatcher.c \
	core/engine/dispatcher.h \
	core/engine/engine.c \
	core/engine/engine.h \
	core/engine/lane.c \
	core/engine/lane.h \
	core/engine/lanes.c \
	core/engine/lanes.h \
	core/engine/load.h \
	core/engine/outlets.c \
	core/engine/outlets.h \
	core/engine/privileges.c \
	core/engine/privileges.h \
	core/engine/signals.c \
	core/engine/signals.h \
	core/engine/summary.c \
	core/engine/summary.h \
	core/engine/team.c \
	core/engine/team.h \
	core/engine/worker.c \
	core/engine/worker.h

bin_PROGRAMS += tcpflow
tcpflow_SOURCES = \
	core/cli/help.c \
	core/cli/main.c \
	core/cli/options.c \
	core/cli/options.h \
	core/cli/workers.c \
	core/cli/workers.h
tcpflow_LDADD = \
	core/libengine.a \
	core/libhost.a \
	core/libflow.a \
	core/libreassembly.a \
	core/libdecode.a \
	core/libcapture.a \
	core/libsink.a \
	core/libbase.a \
	$(PCAP_LIBS) \
	$(UNPACK_LIBS) \
	$(CRYPTO_LIBS) \
	$(DL_LIBS) \
	$(THREAD_LIBS)
