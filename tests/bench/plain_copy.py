#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""What PostgreSQL itself needs for the samples that a server put into it: every wide table is copied out, emptied and
copied back by psql, a COPY BINARY of all its rows at once, without a server, without HTTP. Prints JSON lines {"name",
"value", "unit"}. For scripts/bench timescale, after fleet_load, inside `scripts/timescale run`. A value is a cell that
is not NULL."""
import json
import os
import subprocess
import tempfile
import time
from pathlib import Path

URL = os.environ["SEXTANT_POSTGRES_URL"]
POSTMASTER = (Path(os.environ["SEXTANT_POSTGRES_DATA"]) / "postmaster.pid").read_text().split()[0]
KEYS = "('time', 'host_id', 'instance_id', 'interval_ms')"


def sql(*statements):
    commands = [part for statement in statements for part in ("-c", statement)]
    return subprocess.run(["psql", "-qAtX", "-v", "ON_ERROR_STOP=1", URL, "-c", "SET search_path = sextant", *commands],
                          check=True, capture_output=True, text=True).stdout.split("\n")[:-1]


def cpu_seconds():
    """Of all processes of the database that have ended: psql's own among them."""
    time.sleep(0.5)  # the last one ends a little after its client
    fields = Path(f"/proc/{POSTMASTER}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[13]) + int(fields[14])) / os.sysconf("SC_CLK_TCK")


def main():
    tables = sql("SELECT table_name FROM information_schema.tables WHERE table_schema = 'sextant' AND table_name LIKE "
                 "'m\\_%' AND table_type = 'BASE TABLE' AND table_name !~ '_[0-9]{8}$' ORDER BY 1")
    values, seconds, cpu = 0, 0.0, 0.0
    with tempfile.TemporaryDirectory() as folder:
        for table in tables:
            columns = sql(f"SELECT column_name FROM information_schema.columns WHERE table_schema = 'sextant' AND "
                          f"table_name = '{table}' AND column_name NOT IN {KEYS}")
            count = int(sql("SELECT coalesce(sum(num_nonnulls({})), 0) FROM {}".format(
                ", ".join(f'"{column}"' for column in columns), table))[0])
            if count == 0:
                continue
            file = f"{folder}/{table}"
            sql(f"\\copy (SELECT * FROM {table}) TO '{file}' BINARY")
            sql(f"TRUNCATE {table}")
            before, started = cpu_seconds(), time.monotonic()
            sql(f"\\copy {table} FROM '{file}' BINARY")
            seconds += time.monotonic() - started
            cpu += cpu_seconds() - before
            values += count
    for name, value, unit in (("plain_copy_values_per_second", values / seconds, "values/s"),
                              ("plain_copy_cpu_per_million_values", cpu / (values / 1e6), "s")):
        print(json.dumps({"name": name, "value": value, "unit": unit}))


if __name__ == "__main__":
    main()
