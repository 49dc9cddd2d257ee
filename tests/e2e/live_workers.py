# SPDX-License-Identifier: BSD-2-Clause
"""Conversations for live_workers, and what must be recorded of them.

serve ADDRESS...            answers connections on port 8000 of each
ask COUNT FROM=TO...        so many connections from one address to the other
frames INTERFACE SIDE STEP  what one of two hosts puts on the wire with a packet
                            socket: conversations in all kinds of frames
count                       of those conversations
begun RECORDS               of a capture that began while there were some
check DIR RECORDS COUNT N   files and records of so many connections, by N workers

What a side says is made from the client's address and port alone.
"""
import hashlib
import ipaddress
import json
import os
import socket
import struct
import sys
import threading

PORT = 8000


def said(address, port, side):
    """What the client (side 0) or the server (1) of a connection says."""
    seed = hashlib.sha256(f"{address} {port} {side}".encode()).digest()
    return (seed * 400)[: 1 + (seed[0] << 8 | seed[1]) % 12000]


def serve(addresses):
    def answer(connection, peer):
        with connection:
            while connection.recv(65536):
                pass
            connection.sendall(said(peer[0], peer[1], 1))

    def listen(listener):
        while True:
            threading.Thread(target=answer, args=listener.accept(), daemon=True).start()

    for address in addresses:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        listener = socket.create_server((address, PORT), family=family, backlog=256)
        threading.Thread(target=listen, args=(listener,), daemon=True).start()
    print("serving", flush=True)
    threading.Event().wait()


def ask(count, pairs):
    for _ in range(count):
        for pair in pairs:
            source, to = pair.split("=")
            with socket.create_connection((to, PORT), 10, (source, 0)) as asking:
                address, port = asking.getsockname()[:2]
                asking.sendall(said(address, port, 0))
                asking.shutdown(socket.SHUT_WR)
                got = b""
                while piece := asking.recv(65536):
                    got += piece
                assert got == said(address, port, 1), pair


def total(data):
    data += b"\0" * (len(data) % 2)
    value = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while value >> 16:
        value = (value & 0xFFFF) + (value >> 16)
    return ~value & 0xFFFF


def ip(source, to, protocol, payload):
    """An IP packet and its EtherType."""
    a, b = ipaddress.ip_address(source), ipaddress.ip_address(to)
    if a.version == 6:
        head = struct.pack("!IHBB", 6 << 28, len(payload), protocol, 64)
        return 0x86DD, head + a.packed + b.packed + payload
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(payload), 0, 0, 64, protocol, 0)
    head += a.packed + b.packed
    return 0x0800, head[:10] + struct.pack("!H", total(head)) + head[12:] + payload


def tcp(source, to, ports, sequence, acknowledged, flags, data):
    head = struct.pack("!HHIIBBHHH", *ports, sequence, acknowledged, 0x50, flags, 60000, 0, 0)
    a, b = ipaddress.ip_address(source).packed, ipaddress.ip_address(to).packed
    check = total(a + b + struct.pack("!II", len(head + data), 6) + head + data)
    return ip(source, to, 6, head[:16] + struct.pack("!H", check) + head[18:] + data)


def plain(side, packet):
    return packet


def tags(count):
    """VLAN tags, outermost first; the innermost one is 7."""
    def wrap(side, packet):
        kind, data = packet
        for i in range(count):
            data = struct.pack("!HH", 7 if i == 0 else 9, kind) + data
            kind = 0x8100 if i + 1 < count or count == 1 else 0x88A8
        return kind, data
    return wrap


def uneven(side, packet):
    """Two tags one way, and the other way the inner one alone."""
    return tags(2 - side)(side, packet)


def mpls(side, packet):
    """Two labels one way, and the other way none: their last hop took them."""
    if side:
        return packet
    return 0x8847, struct.pack("!II", 77 << 12 | 64, 78 << 12 | 0x140) + packet[1]


def pppoe(side, packet):
    protocol = 0x21 if packet[0] == 0x0800 else 0x57
    return 0x8864, struct.pack("!HHHH", 0x1100, 5, len(packet[1]) + 2, protocol) + packet[1]


def between(outer, protocol, head):
    """In a tunnel between two hosts, one for each conversation."""
    def wrap(side, packet):
        kind, data = packet
        ends = outer[::-1] if side else outer
        return ip(*ends, protocol, head(kind, side, data) + data)
    return wrap


def gre(outer):
    return between(outer, 47, lambda kind, side, data: struct.pack("!HH", 0, kind))


def within(outer):
    return lambda side, packet: between(
        outer, 4 if packet[0] == 0x0800 else 41, lambda *_: b"")(side, packet)


def vxlan(outer):
    """The port of its source is another one for each direction."""
    def head(kind, side, data):
        frame = bytes(12) + struct.pack("!H", kind)
        length = 8 + 8 + len(frame) + len(data)
        return struct.pack("!HHHHII", 50000 + 7 * side, 4789, length, 0, 8 << 24, 42 << 8) + frame
    return between(outer, 17, head)


def conversations():
    """Of each kind and version of IP some, with hosts of their own."""
    number = 0
    kinds = [plain, tags(1), tags(2), tags(3), uneven, mpls, pppoe, gre, within, vxlan]
    for kind in kinds:
        for version in (4, 6):
            for i in range(6):
                number += 1
                client, server = (
                    (f"10.{number}.0.{i + 1}", f"10.{number}.1.1")
                    if version == 4
                    else (f"fd00:{number:x}::{i + 1:x}", f"fd00:{number:x}::1:1"))
                wrap = kind
                if kind in (gre, within, vxlan):
                    outer = (f"172.16.{number}.{i}", f"172.17.{number}.1")
                    if i % 2:
                        outer = (f"fd01::{number:x}", f"fd02::{i}")
                    wrap = kind(outer)
                yield client, server, 20000 + number, wrap


def frames(interface, side, step):
    """Step 0 to 5 of a conversation; each side sends its own."""
    sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    sender.bind((interface, 0))
    for client, server, port, wrap in conversations():
        asked, told = said(client, port, 0), said(client, port, 1)
        ends = (server, client, (PORT, port)) if side else (client, server, (port, PORT))
        mine, other = (told, asked) if side else (asked, told)
        begin, theirs = (5000, 1000) if side else (1000, 5000)
        data_of = lambda text: [(i, text[i : i + 1200]) for i in range(0, len(text), 1200)]
        if step == 0:
            out = [(begin, 0, 0x02, b"")]
        elif step == 1:
            out = [(begin, theirs + 1, 0x12, b"")]
        elif step == 2:
            out = [(begin + 1 + i, theirs + 1, 0x10, data) for i, data in data_of(mine)]
        elif step == 3:
            out = [(begin + 1 + i, theirs + 1 + len(other), 0x10, data)
                   for i, data in data_of(mine)]
        elif step == 4:
            out = [(begin + 1 + len(mine), theirs + 1 + len(other), 0x11, b"")]
        else:
            out = [(begin + 1 + len(mine), theirs + 2 + len(other), 0x11, b"")]
        for sequence, acknowledged, flags, data in out:
            kind, bytes_ = wrap(side, tcp(*ends, sequence, acknowledged, flags, data))
            sender.send(bytes([2, 0, 0, 0, 0, 1 + (not side), 2, 0, 0, 0, 0, 1 + side])
                        + struct.pack("!H", kind) + bytes_)


def content(directory, name):
    if name is None:
        return None
    with open(os.path.join(directory, name), "rb") as file:
        return file.read()


def check(directory, records, count, workers):
    problems = []
    flows = [json.loads(line) for line in open(records)]
    flows = [flow for flow in flows if flow["type"] == "flow"]
    seen = set()
    at_work = set()
    for flow in flows:
        client, server = flow["client"], flow["server"]
        ends = (client["ip"], client["port"], server["ip"], server["port"])
        if ends in seen:
            problems.append(f"twice: {ends}")
        seen.add(ends)
        # What tcpflow(1) says of numbers.
        at_work.add((flow["flow"] - 1) % workers)
        if flow["midstream"] or flow["close"] != "fin":
            problems.append(f"{ends}: not whole: {flow}")
        for side, one in enumerate((flow["sent"], flow["received"])):
            want = said(client["ip"], client["port"], side)
            if one["bytes"] != len(want) or one["gap_bytes"]:
                problems.append(f"{ends}: side {side}: {one}, expected {len(want)}")
            if content(directory, one.get("file")) != want:
                problems.append(f"{ends}: side {side}: the file differs")
    if len(flows) != count:
        problems.append(f"{len(flows)} flows, expected {count}")
    # Who has what is a hash's decision, with a secret: not always has each some.
    if len(at_work) < min(2, workers):
        problems.append(f"of {workers} workers only {sorted(at_work)} worked")
    print("\n".join(problems[:20]))
    sys.exit(1 if problems else 0)


def begun(records):
    """Of a capture that began amid conversations: no two records of one, and
    both directions in all but those that were at their end."""
    ends = {}
    for line in open(records):
        flow = json.loads(line)
        if flow["type"] == "flow":
            key = (flow["client"]["ip"], flow["client"]["port"],
                   flow["server"]["ip"], flow["server"]["port"])
            key = min(key, key[2:] + key[:2])
            ends.setdefault(key, []).append(flow)
    problems = [f"twice: {key}: {flows}" for key, flows in ends.items() if len(flows) > 1]
    split = [flow for flows in ends.values() for flow in flows
             if not flow["midstream"] and
             0 in (flow["sent"]["packets"], flow["received"]["packets"])]
    problems += [f"one direction only: {flow}" for flow in split]
    if len(ends) < 100:
        problems.append(f"only {len(ends)} conversations")
    print("\n".join(problems[:20]))
    sys.exit(1 if problems else 0)


what, *rest = sys.argv[1:]
if what == "serve":
    serve(rest)
elif what == "ask":
    ask(int(rest[0]), rest[1:])
elif what == "frames":
    frames(rest[0], int(rest[1]), int(rest[2]))
elif what == "begun":
    begun(rest[0])
elif what == "count":
    print(sum(1 for _ in conversations()))
else:
    check(rest[0], rest[1], int(rest[2]), int(rest[3]))
