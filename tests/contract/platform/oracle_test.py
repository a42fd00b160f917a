#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds what libs/platform reads on this machine against the system's own tools: free, df, nproc, and psutil.

Usage: oracle_test.py PLATFORM_DUMP

Counters are asked of the oracle before and after; ours must lie between the two, give or take the tolerance that stands
with each check. Gauges may move in between: their tolerance is wider.
"""
import json
import os
import socket
import subprocess
import sys
import threading
import time
import unittest

try:
    import psutil
except ImportError:
    sys.exit("oracle_test: needs python3-psutil; run scripts/setup")

DUMP = None
MIB = 1 << 20


def ours():
    return json.loads(subprocess.run([DUMP], check=True, capture_output=True).stdout)


def bracketed(oracle):
    """(oracle before, ours, oracle after)"""
    before = oracle()
    measured = ours()
    return before, measured, oracle()


class Oracle(unittest.TestCase):
    def assert_between(self, before, value, after, tolerance, what):
        self.assertIsNotNone(value, what)
        low, high = min(before, after) - tolerance, max(before, after) + tolerance
        self.assertTrue(low <= value <= high, f"{what}: {value} is not within {low} and {high}")

    def test_nproc(self):
        os.sched_setaffinity(0, range(os.cpu_count()))  # nproc counts only the CPUs that its caller may use
        self.assertEqual(len(ours()["cpu"]["cores"]), int(subprocess.check_output(["nproc"])))

    def test_cpu_times(self):
        before, measured, after = bracketed(psutil.cpu_times)
        total = measured["cpu"]["total"]
        tolerance = 0.011 * (psutil.cpu_count() + 1)  # a tick of 10 ms per CPU
        # psutil takes guests out of user and nice only for percentages.
        pairs = {"user": ("user", "guest"), "nice": ("nice", "guest_nice"), "system": ("system",), "idle": ("idle",),
                 "iowait": ("iowait",), "irq": ("irq",), "softirq": ("softirq",), "steal": ("steal",), "guest": ("guest",)}
        for theirs, names in pairs.items():
            value = sum(total[name] for name in names)
            self.assert_between(getattr(before, theirs), value, getattr(after, theirs), tolerance, f"cpu {theirs}")

    def test_cpu_times_per_core(self):
        before, measured, after = bracketed(lambda: psutil.cpu_times(percpu=True))
        self.assertEqual(len(measured["cpu"]["cores"]), len(before))
        for index, core in enumerate(measured["cpu"]["cores"]):
            for mode in ("system", "idle", "softirq", "steal"):
                self.assert_between(getattr(before[index], mode), core["times"][mode], getattr(after[index], mode), 0.011,
                                    f"cpu {index} {mode}")

    def test_load(self):
        before, measured, after = bracketed(psutil.getloadavg)
        for theirs_before, value, theirs_after in zip(before, measured["cpu"]["load"], after):
            self.assert_between(theirs_before, value, theirs_after, 0.5, "load")  # it is renewed every 5 s

    def test_free(self):
        def free():
            lines = subprocess.check_output(["free", "-b", "-w"], env={**os.environ, "LC_ALL": "C"}, text=True).splitlines()
            rows = {line.split(":")[0]: [int(n) for n in line.split(":")[1].split()] for line in lines[1:]}
            return dict(zip(lines[0].split(), rows["Mem"])), dict(zip(lines[0].split(), rows["Swap"]))

        before, measured, after = bracketed(free)
        memory = measured["memory"]
        self.assertEqual(memory["total"], before[0]["total"])
        for theirs, value in {"free": memory["free"], "available": memory["available"], "shared": memory["shared"],
                              "buffers": memory["buffers"],
                              "cache": memory["cached"] + memory["shared"] + memory["slab_reclaimable"]}.items():
            self.assert_between(before[0][theirs], value, after[0][theirs], 64 * MIB, f"free {theirs}")
        self.assertEqual(memory["swap_total"], before[1]["total"])
        self.assert_between(before[1]["free"], memory["swap_free"], after[1]["free"], 16 * MIB, "free swap")

    def test_virtual_memory(self):
        before, measured, after = bracketed(psutil.virtual_memory)
        memory = measured["memory"]
        self.assertEqual(memory["total"], before.total)
        for theirs, value in {"available": memory["available"], "free": memory["free"], "buffers": memory["buffers"],
                              "shared": memory["shared"],
                              "cached": memory["cached"] + memory["shared"] + memory["slab_reclaimable"]}.items():
            self.assert_between(getattr(before, theirs), value, getattr(after, theirs), 64 * MIB, f"memory {theirs}")

    def test_swap(self):
        before, measured, after = bracketed(psutil.swap_memory)
        self.assertEqual(measured["memory"]["swap_total"], before.total)
        self.assert_between(before.free, measured["memory"]["swap_free"], after.free, 16 * MIB, "swap free")

    def test_df(self):
        fields = "size,used,avail,itotal,iused"

        def df():
            found = {}
            for system in ours()["disks"]["file_systems"]:
                out = subprocess.check_output(["df", "-B1", f"--output={fields},fstype", system["mount"]], text=True)
                found[system["mount"]] = out.splitlines()[1].split()
            return found

        before, measured, after = bracketed(df)
        systems = measured["disks"]["file_systems"]
        self.assertIn("/", [system["mount"] for system in systems])
        for system in systems:
            mount, space = system["mount"], system["space"]
            low, high = before[mount], after[mount]
            self.assertEqual(system["type"].split(".")[0], low[5].split(".")[0])
            if space is None:
                continue
            self.assertEqual(space["total"], int(low[0]))
            self.assert_between(int(low[1]), space["used"], int(high[1]), 256 * MIB, f"{mount} used")
            self.assert_between(int(low[2]), space["available"], int(high[2]), 256 * MIB, f"{mount} available")
            if low[3] not in ("-", "0"):
                self.assert_between(int(low[3]), space["inodes"], int(high[3]), 0, f"{mount} inodes")
                self.assert_between(int(low[4]), space["inodes_used"], int(high[4]), 2000, f"{mount} inodes used")

    def test_df_misses_nothing(self):
        """Every file system that df finds on a device of its own is in our list, once."""
        out = subprocess.check_output(["df", "--local", "--output=source,target", "-x", "tmpfs", "-x", "devtmpfs", "-x", "squashfs",
                                       "-x", "overlay", "-x", "efivarfs"], text=True)
        theirs = {line.split()[0] for line in out.splitlines()[1:] if line.startswith("/dev/")}
        mine = [system["device"] for system in ours()["disks"]["file_systems"]]
        self.assertEqual(len(mine), len({(s["device"], s["mount"]) for s in ours()["disks"]["file_systems"]}))
        for device in theirs:
            self.assertEqual(mine.count(device), 1, device)

    def test_disk_io(self):
        before, measured, after = bracketed(lambda: psutil.disk_io_counters(perdisk=True, nowrap=False))
        devices = {device["kernel_name"]: device for device in measured["diskio"]["devices"]}
        self.assertTrue(devices)
        for name, device in devices.items():
            low, high = before[name], after[name]
            for theirs, value, tolerance in (("read_count", device["reads"], 0), ("write_count", device["writes"], 0),
                                             ("read_bytes", device["read_bytes"], 0), ("write_bytes", device["write_bytes"], 0),
                                             ("read_time", device["read_time"] * 1000, 1), ("write_time", device["write_time"] * 1000, 1),
                                             ("busy_time", device["busy_time"] * 1000, 1)):
                self.assert_between(getattr(low, theirs), value, getattr(high, theirs), tolerance, f"{name} {theirs}")

    def check_network(self, wanted):
        before, measured, after = bracketed(lambda: psutil.net_io_counters(pernic=True, nowrap=False))
        interfaces = {i["name"]: i for i in measured["network"]["interfaces"] if wanted(i)}
        for name, mine in interfaces.items():
            low, high = before[name], after[name]
            for theirs, key in {"bytes_recv": "receive_bytes", "bytes_sent": "transmit_bytes", "packets_recv": "receive_packets",
                                "packets_sent": "transmit_packets", "errin": "receive_errors", "errout": "transmit_errors",
                                "dropin": "receive_drops", "dropout": "transmit_drops"}.items():
                self.assert_between(getattr(low, theirs), mine[key], getattr(high, theirs), 0, f"{name} {theirs}")
        stats = psutil.net_if_stats()
        for name, mine in interfaces.items():
            self.assertEqual(mine["mtu"], stats[name].mtu)
            if mine["speed"] is not None:
                self.assertEqual(mine["speed"], stats[name].speed * 125_000)
        return interfaces

    def test_loopback(self):
        interfaces = self.check_network(lambda i: i["loopback"])
        self.assertEqual(list(interfaces), ["lo"])
        listener = socket.create_server(("127.0.0.1", 0))
        size = 2_000_000

        def swallow():
            peer, _ = listener.accept()
            with peer:
                while peer.recv(65536):
                    pass

        thread = threading.Thread(target=swallow)
        thread.start()
        with socket.create_connection(listener.getsockname()) as client:
            client.sendall(b"x" * size)
        thread.join()
        listener.close()
        later = self.check_network(lambda i: i["loopback"])
        grown = later["lo"]["receive_bytes"] - interfaces["lo"]["receive_bytes"]
        self.assertGreaterEqual(grown, size)
        self.assertEqual(later["lo"]["receive_bytes"], later["lo"]["transmit_bytes"])  # what goes in comes out

    def test_other_interfaces(self):
        interfaces = self.check_network(lambda i: not i["loopback"])
        for name, mine in interfaces.items():
            real = os.path.exists(f"/sys/class/net/{name}/device")
            if not real:
                self.assertTrue(mine["virtual"], name)
        self.assertEqual(set(interfaces) | {"lo"}, set(psutil.net_io_counters(pernic=True)))

    def test_system(self):
        before, measured, after = bracketed(psutil.cpu_stats)
        system = measured["system"]
        self.assertEqual(system["boot_time"], psutil.boot_time())
        self.assert_between(before.ctx_switches, system["context_switches"], after.ctx_switches, 0, "context switches")
        self.assert_between(before.interrupts, system["interrupts"], after.interrupts, 0, "interrupts")
        self.assert_between(time.time() - psutil.boot_time(), system["uptime"], time.time() - psutil.boot_time(), 2, "uptime")
        if os.path.exists("/run/utmp") or os.path.exists("/var/run/utmp"):
            self.assertEqual(system["users"], len(psutil.users()))

    def test_processes(self):
        before, measured, after = bracketed(lambda: {p.pid: (p.name(), p.ppid()) for p in psutil.process_iter()})
        stable = {pid: facts for pid, facts in before.items() if after.get(pid) == facts}
        self.assertGreater(len(stable), 3)
        mine = {p["pid"]: p for p in measured["processes"]["processes"]}
        for pid, (name, parent) in stable.items():
            self.assertIn(pid, mine, name)
            self.assertEqual(mine[pid]["parent"], parent)
            self.assertTrue(name.startswith(mine[pid]["name"][:15]), (name, mine[pid]["name"]))
        self.assert_between(len(before), measured["system"]["processes"]["processes"], len(after), 10, "processes")
        own = mine[os.getpid()]
        process = psutil.Process()
        self.assertEqual(own["uid"], process.uids().effective)
        self.assertEqual(own["threads"], process.num_threads())
        self.assertEqual(own["command_line"], " ".join(process.cmdline()))
        self.assertAlmostEqual(own["started"], process.create_time(), delta=0.02)
        self.assertAlmostEqual(own["resident"], process.memory_info().rss, delta=4 * MIB)


if __name__ == "__main__":
    DUMP = sys.argv.pop(1)
    unittest.main(verbosity=1)
