#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Records this machine with scripts/capture-host and reads the record: it must hold what the machine has, and nothing that
tells which machine it is.

Usage: capture_test.py CAPTURE_HOST PLATFORM_DUMP
"""
import json
import os
import socket
import subprocess
import sys
import tempfile
from pathlib import Path


def dump(program, **environment):
    return json.loads(subprocess.run([program], check=True, capture_output=True, env={**os.environ, **environment}).stdout)


def secrets():
    """What must not be in a record: (what, text)."""
    for file in ("/etc/machine-id", "/proc/sys/kernel/random/boot_id"):
        if Path(file).exists() and Path(file).read_text().strip():
            yield file, Path(file).read_text().strip()
    for address in Path("/sys/class/net").glob("*/address"):
        if address.read_text().strip() not in ("", "00:00:00:00:00:00"):
            yield str(address), address.read_text().strip()
    # A machine may be called like its system.
    if len(socket.gethostname()) > 4 and socket.gethostname() not in Path("/etc/os-release").read_text():
        yield "host name", socket.gethostname()


def main():
    capture, program = sys.argv[1:]
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder) / "host"
        subprocess.run([capture, str(target), "--processes", "5"], check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        again = subprocess.run([capture, str(target)], capture_output=True, text=True)
        assert again.returncode != 0 and "exists already" in again.stderr, "wrote over a record"
        record = dump(program, HOST_PROC=f"{target}/proc", HOST_SYS=f"{target}/sys", HOST_ROOT=f"{target}/root")
        live = dump(program)
        assert [c["core"] for c in record["cpu"]["cores"]] == [c["core"] for c in live["cpu"]["cores"]]
        assert record["memory"]["total"] == live["memory"]["total"]
        for subject, rows, key in (("diskio", "devices", "kind"), ("network", "interfaces", "virtual"), ("network", "interfaces", "loopback"),
                                   ("network", "interfaces", "mtu")):
            found = [{row["name"]: row[key] for row in side[subject][rows]} for side in (record, live)]
            assert found[0] == found[1], (subject, key, found)
        assert len(record["processes"]["processes"]) == 5
        assert record["system"]["boot_time"] == live["system"]["boot_time"]
        assert record["host"]["hostname"] == "host" and record["host"]["os_name"] == live["host"]["os_name"]
        for file in target.rglob("*"):
            content = file.read_bytes() if file.is_file() else b""
            for what, secret in secrets():
                assert secret.encode() not in content, f"{what} is in {file.relative_to(target)}"


if __name__ == "__main__":
    main()
