# SPDX-License-Identifier: GPL-2.0-only
"""System calls as they are: with any address and length, and without Python's patience with EINTR."""
import ctypes
import fcntl
import os
import struct

PAGE = 4096
PROT_NONE, PROT_READ, PROT_WRITE, MAP_PRIVATE, MAP_ANONYMOUS = 0, 1, 2, 2, 0x20
UFFDIO_API, UFFDIO_REGISTER, UFFDIO_ZEROPAGE = 0xC018AA3F, 0xC020AA00, 0xC020AA04

_libc = ctypes.CDLL(None, use_errno=True)


def syscall(name, result, *types):
    function = getattr(_libc, name)
    function.restype, function.argtypes = result, types

    def call(*args):
        value = function(*args)
        if value in (-1, ctypes.c_void_p(-1).value):
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
        return value
    return call


read = syscall("read", ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t)
write = syscall("write", ctypes.c_ssize_t, ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t)
ioctl = syscall("ioctl", ctypes.c_int, ctypes.c_int, ctypes.c_ulong, ctypes.c_void_p)
mmap = syscall("mmap", ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int, ctypes.c_int, ctypes.c_int,
               ctypes.c_long)
mprotect = syscall("mprotect", ctypes.c_int, ctypes.c_void_p, ctypes.c_size_t, ctypes.c_int)
userfaultfd = syscall("syscall", ctypes.c_long, ctypes.c_long, ctypes.c_long)


def pages(count, content=b""):
    """The address of that many pages, which begin with the content and are followed by one that nobody may touch."""
    address = mmap(None, (count + 1) * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
    mprotect(address + count * PAGE, PAGE, PROT_NONE)
    ctypes.memmove(address, content, len(content))
    return address


def withheld():
    """A page that is not there until provide(): who touches it waits, and faults tells of him."""
    faults = userfaultfd(323, 0)
    fcntl.ioctl(faults, UFFDIO_API, struct.pack("QQQ", 0xAA, 0, 0))
    page = pages(1)
    fcntl.ioctl(faults, UFFDIO_REGISTER, struct.pack("QQQQ", page, PAGE, 1, 0))
    return page, faults, lambda: fcntl.ioctl(faults, UFFDIO_ZEROPAGE, struct.pack("QQQq", page, PAGE, 0, 0))


def content(address, length):
    return ctypes.string_at(address, length)
