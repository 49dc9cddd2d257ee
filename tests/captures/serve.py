# SPDX-License-Identifier: BSD-2-Clause
"""Small servers for captures: answers that nginx does not give.
Port 8000: HTTP; port 8001: a line protocol that greets first."""
import gzip
import socket
import socketserver
import sys
import threading
import time
import zlib
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pack

TEXT = ''.join('answer %d\n' % i for i in range(100)).encode()


def raw_deflate(data):
    packer = zlib.compressobj(wbits=-15)
    return packer.compress(data) + packer.flush()


ENCODED = {
    '/gzip': ('gzip', gzip.compress(TEXT, mtime=0)),
    '/members': ('gzip', gzip.compress(TEXT[:300], mtime=0) +
                 gzip.compress(TEXT[300:], mtime=0)),
    '/junk': ('gzip', gzip.compress(TEXT, mtime=0) + b'this is junk'),
    '/zlib': ('deflate', zlib.compress(TEXT)),
    '/deflate': ('deflate', raw_deflate(TEXT)),
    '/wrong': ('gzip', b'not encoded at all\n'),
    '/br': ('br', pack.br(TEXT)),
    '/zstd': ('zstd', pack.zstd(TEXT)),
    '/frames': ('ZSTD', pack.zstd(TEXT[:300]) + pack.zstd(TEXT[300:])),
    '/two': ('br, gzip', gzip.compress(pack.br(TEXT), mtime=0)),
    '/five': ('gzip, gzip, gzip, gzip, gzip', b'as good as any\n'),
    '/damaged': ('br', pack.br(TEXT)[:-9] + b'and that is it\n'),
}


class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    server_version = 'serve/1'
    sys_version = ''

    def log_message(self, *args):
        pass

    def answer(self, body, **headers):
        self.send_response(200)
        for name, value in headers.items():
            self.send_header(name.replace('_', '-'), value)
        self.end_headers()
        self.wfile.write(body)

    def chunk(self, data):
        self.wfile.write(b'%x\r\n%s\r\n' % (len(data), data))

    def do_GET(self):
        if self.path in ENCODED:
            coding, body = ENCODED[self.path]
            self.answer(body, Content_Type='text/plain',
                        Content_Encoding=coding,
                        Content_Length=str(len(body)))
        elif self.path in ('/chunked', '/trailers'):
            self.answer(b'', Content_Type='text/plain',
                        Transfer_Encoding='chunked')
            for start in range(0, len(TEXT), 500):
                self.chunk(TEXT[start:start + 500])
            self.wfile.write(b'0\r\n')
            if self.path == '/trailers':
                self.wfile.write(b'X-Checked: yes\r\n')
            self.wfile.write(b'\r\n')
        elif self.path == '/transfer':
            self.answer(b'', Content_Type='text/plain',
                        Transfer_Encoding='gzip, chunked')
            self.chunk(gzip.compress(TEXT, mtime=0))
            self.wfile.write(b'0\r\n\r\n')
        elif self.path == '/slow':
            self.answer(TEXT, Content_Type='text/plain',
                        Content_Length=str(1 << 20))
            time.sleep(2)
        elif self.path == '/websocket':
            self.send_response(101)
            self.send_header('Upgrade', 'websocket')
            self.send_header('Connection', 'Upgrade')
            self.send_header('Sec-WebSocket-Accept',
                             's3pPLMBiTxaQ9kYGzzhZRbK+xOo=')
            self.end_headers()
            self.wfile.write(b'\x81\x05hello')
            self.rfile.read(11)
            self.close_connection = True
        elif self.request_version == 'HTTP/1.0':
            self.protocol_version = 'HTTP/1.0'
            self.answer(TEXT, Content_Type='text/plain')
        else:
            self.answer(b'plain\n', Content_Type='text/plain',
                        Content_Length='6')

    def body(self):
        if self.headers.get('Transfer-Encoding') != 'chunked':
            return self.rfile.read(int(self.headers['Content-Length']))
        body = b''
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def do_POST(self):
        body = self.body()
        self.answer(body, Content_Type=self.headers['Content-Type'],
                    Content_Length=str(len(body)))


class Lines(socketserver.StreamRequestHandler):
    def handle(self):
        self.wfile.write(b'220 lines.example ready\r\n')
        for line in self.rfile:
            self.wfile.write(b'250 you said ' + line)
            if line.strip() == b'QUIT':
                return


address = sys.argv[1]
socketserver.TCPServer.allow_reuse_address = True
lines = socketserver.ThreadingTCPServer((address, 8001), Lines)
lines.daemon_threads = True
threading.Thread(target=lines.serve_forever, daemon=True).start()
ThreadingHTTPServer((address, 8000), Handler).serve_forever()
