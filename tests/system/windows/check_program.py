#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds a Windows program to what is promised of it: x64, address space layout randomised with high entropy, no data
executed, every DLL that it names is the system's, and icon, the texts of its events, version and manifest are inside,
which asks for no rights, long paths and UTF-8. Reads the file as the PE format document says (learn.microsoft.com, "PE
Format"); prints every break and exits 1 when there is one.

Usage: check_program.py PROGRAM.EXE
       check_program.py --self-test    proves on a made-up program that every rule can fail
"""
import struct
import sys

SYSTEM_DLLS = {
    "advapi32", "authz", "bcrypt", "crypt32", "dnsapi", "iphlpapi", "kernel32", "mpr", "msvcrt", "ncrypt", "netapi32", "ntdll",
    "ole32", "oleaut32", "pdh", "powrprof", "psapi", "rpcrt4", "secur32", "setupapi", "shell32", "shlwapi", "user32",
    "userenv", "version", "wevtapi", "winhttp", "winmm", "wlanapi", "ws2_32", "wtsapi32",
}
RELOCATIONS_STRIPPED = 0x0001  # of the characteristics: the flag for a dynamic base would be an empty word
MANIFEST_WORDS = (b"asInvoker", b"longPathAware", b"UTF-8")
FLAGS = {0x0020: "high-entropy addresses", 0x0040: "dynamic base", 0x0100: "no execution of data"}
RESOURCES = {3: "icon", 11: "message table", 16: "version", 24: "manifest"}
IMPORTS, RESOURCE, RELOCATIONS = 1, 2, 5  # places in the table of directories


class Program:
    def __init__(self, data):
        self.data = data
        head = struct.unpack_from("<I", data, 0x3C)[0]
        if data[:2] != b"MZ" or data[head:head + 4] != b"PE\0\0":
            raise ValueError("is no PE program")
        self.machine, sections = struct.unpack_from("<HH", data, head + 4)
        optional = head + 24
        self.flags = struct.unpack_from("<H", data, optional + 70)[0]
        self.directories = [struct.unpack_from("<II", data, optional + 112 + 8 * i) for i in range(16)]
        size, self.characteristics = struct.unpack_from("<HH", data, head + 20)
        self.sections = [struct.unpack_from("<8sIIII", data, optional + size + 40 * i) for i in range(sections)]

    def offset(self, address):
        for _, virtual_size, virtual, raw_size, raw in self.sections:
            if virtual <= address < virtual + max(virtual_size, raw_size):
                return raw + address - virtual
        raise ValueError(f"address {address:#x} is in no section")

    def imports(self):
        address, _ = self.directories[IMPORTS]
        at = self.offset(address) if address else None
        while at is not None:
            name = struct.unpack_from("<I", self.data, at + 12)[0]
            if name == 0:
                return
            start = self.offset(name)
            yield self.data[start:self.data.index(b"\0", start)].decode("ascii").lower()
            at += 20

    def resource_types(self):
        address, _ = self.directories[RESOURCE]
        if not address:
            return set()
        at = self.offset(address)
        named, numbered = struct.unpack_from("<HH", self.data, at + 12)
        return {struct.unpack_from("<I", self.data, at + 16 + 8 * i)[0] for i in range(named, named + numbered)}


def breaks(data):
    try:
        program = Program(data)
        if program.machine != 0x8664:
            yield f"is for machine {program.machine:#x}, not x64"
        for bit, name in FLAGS.items():
            if not program.flags & bit:
                yield f"lacks the flag for {name}"
        if program.characteristics & RELOCATIONS_STRIPPED or not program.directories[RELOCATIONS][1]:
            yield "has no relocations: it lies where it always lay"
        dlls = list(program.imports())
        if not dlls:
            yield "imports nothing, which cannot be"
        for dll in dlls:
            if dll.removesuffix(".dll") not in SYSTEM_DLLS and not dll.startswith("api-ms-win-"):
                yield f"needs {dll}, which is not the system's"
        types = program.resource_types()
        for number, name in RESOURCES.items():
            if number not in types:
                yield f"has no {name}"
        for word in MANIFEST_WORDS:
            if word not in data:
                yield f"does not say {word.decode()} in its manifest"
    except (ValueError, struct.error) as error:
        yield str(error)


def made_up(machine=0x8664, flags=0x0160, dll=b"KERNEL32.dll", types=(3, 11, 16, 24), stripped=0, words=b" ".join(MANIFEST_WORDS)):
    """One section at 0x1000, which lies in the file at 0x200: imports first, resources at 0x1100."""
    data = bytearray(0x400)
    data[:2] = b"MZ"
    struct.pack_into("<I", data, 0x3C, 0x40)
    struct.pack_into("<4sHH12xHH", data, 0x40, b"PE\0\0", machine, 1, 240, stripped)
    optional = 0x58
    struct.pack_into("<H", data, optional + 70, flags)
    struct.pack_into("<IIII", data, optional + 112 + 8, 0x1000, 40, 0x1100, 0x100)
    struct.pack_into("<II", data, optional + 112 + 8 * RELOCATIONS, 0x1180, 0 if stripped else 8)
    struct.pack_into("<8sIIII", data, optional + 240, b".all", 0x200, 0x1000, 0x200, 0x200)
    struct.pack_into("<I", data, 0x200 + 12, 0x1080)
    data[0x280:0x280 + len(dll)] = dll
    struct.pack_into("<HH", data, 0x300 + 12, 0, len(types))
    for i, number in enumerate(types):
        struct.pack_into("<II", data, 0x310 + 8 * i, number, 0)
    data[0x380:0x380 + len(words)] = words
    return bytes(data)


def self_test():
    cases = {
        "no PE": (b"MZ" + bytes(100), "no PE"), "cut short": (made_up()[:0x90], "unpack"),
        "machine": (made_up(machine=0x14C), "not x64"), "dll": (made_up(dll=b"libstdc++-6.dll"), "libstdc++-6.dll"),
        "icon": (made_up(types=(11, 16, 24)), "icon"), "version": (made_up(types=(3, 11, 24)), "version"),
        "manifest": (made_up(types=(3, 11, 16)), "no manifest"), "messages": (made_up(types=(3, 16, 24)), "message table"),
        "relocations": (made_up(stripped=1), "no relocations"),
        **{word.decode(): (made_up(words=b" ".join(set(MANIFEST_WORDS) - {word})), word.decode()) for word in MANIFEST_WORDS},
        **{name: (made_up(flags=0x0160 & ~bit), name) for bit, name in FLAGS.items()},
    }
    missed = [name for name, (data, part) in cases.items() if not any(part in text for text in breaks(data))]
    missed += [f"good one: {text}" for text in breaks(made_up())]
    for name in missed:
        print(f"self-test: {name}")
    return 1 if missed else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    with open(sys.argv[1], "rb") as file:
        found = list(breaks(file.read()))
    for text in found:
        print(f"{sys.argv[1]}: {text}")
    return 1 if found else 0


sys.exit(main())
