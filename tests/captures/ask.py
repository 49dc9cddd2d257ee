# SPDX-License-Identifier: BSD-2-Clause
"""Clients for captures: what curl does not do.  ask.py WHAT ADDRESS PORT"""
import socket
import struct
import sys
import time

what, address, port = sys.argv[1], sys.argv[2], int(sys.argv[3])


def connect():
    return socket.create_connection((address, port), 5)


def read_all(connection):
    connection.settimeout(5)
    while connection.recv(65536):
        pass


def get(path, version='1.1', more=''):
    return ('GET %s HTTP/%s\r\nHost: %s\r\n%s\r\n' %
            (path, version, address, more)).encode()


if what == 'pipeline':
    with connect() as c:
        c.sendall(get('/') + get('/data.json') +
                  get('/nothing').replace(b'GET', b'HEAD') + get('/missing') +
                  get('/login', more='Connection: close\r\n'))
        read_all(c)
elif what == 'http10':
    with connect() as c:
        c.sendall(get('/', '1.0'))
        read_all(c)
elif what == 'websocket':
    with connect() as c:
        c.sendall(get('/websocket', more='Upgrade: websocket\r\n'
                      'Connection: Upgrade\r\nSec-WebSocket-Version: 13\r\n'
                      'Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n'))
        time.sleep(0.2)
        c.sendall(b'\x81\x85\x00\x00\x00\x00world')
        read_all(c)
elif what == 'lines':
    with connect() as c:
        for line in b'HELO there\r\n', b'one\r\n', b'QUIT\r\n':
            time.sleep(0.05)
            c.sendall(line)
        read_all(c)
elif what == 'reset':
    c = connect()
    c.sendall(get('/slow'))
    c.recv(100)
    time.sleep(0.2)
    c.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack('ii', 1, 0))
    c.close()
elif what == 'scan':
    for port in range(9000, 9020):
        try:
            connect().close()
        except OSError:
            pass
