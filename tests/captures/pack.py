# SPDX-License-Identifier: BSD-2-Clause
"""br and zstd for captures, by the libraries themselves: Python has neither.
pack.py br|zstd: packs standard input."""
import ctypes
import sys


def br(data):
    library = ctypes.CDLL('libbrotlienc.so.1')
    size = ctypes.c_size_t(len(data) + 4096)
    packed = ctypes.create_string_buffer(size.value)
    if not library.BrotliEncoderCompress(
            11, 22, 0, ctypes.c_size_t(len(data)), data,
            ctypes.byref(size), packed):
        raise ValueError('br')
    return packed.raw[:size.value]


def zstd(data):
    library = ctypes.CDLL('libzstd.so.1')
    library.ZSTD_compress.restype = ctypes.c_size_t
    packed = ctypes.create_string_buffer(len(data) + 4096)
    size = library.ZSTD_compress(
        packed, ctypes.c_size_t(len(packed)), data,
        ctypes.c_size_t(len(data)), 19)
    if size > len(packed):
        raise ValueError('zstd')
    return packed.raw[:size]


if __name__ == '__main__':
    sys.stdout.buffer.write(
        {'br': br, 'zstd': zstd}[sys.argv[1]](sys.stdin.buffer.read()))
