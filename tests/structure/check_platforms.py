#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Every family of the catalogue has a source on every system, or a sentence why not; so has every column that the
catalogue does not give to a system. Holds docs/platforms.tsv against docs/metrics.md, and the tables of
docs/platforms.md against docs/platforms.tsv.

Usage: check_platforms.py ROOT           exits 1 and says what is missing, wrong or stale
       check_platforms.py ROOT --write   makes the tables anew
       check_platforms.py --self-test    proves that every rule can fail
"""
import re
import sys
from fnmatch import fnmatchcase
from pathlib import Path

SYSTEMS = ["Linux", "Windows", "FreeBSD", "macOS"]
PROOFS = {"run", "wine", "tested", "linked", "compiled", "none"}
BEGIN, END = "<!-- made from platforms.tsv -->\n", "<!-- end -->\n"


def catalogue(text):
    """Family -> column -> the systems that it is on, from the generated document."""
    families = {}
    family = None
    for line in text.splitlines():
        if match := re.match(r"## ([a-z_]+)$", line):
            family = families.setdefault(match.group(1), {})
        elif line.startswith("## "):
            family = None
        elif family is not None and (match := re.match(r"\| `([a-z0-9_]+)` \|", line)):
            on = line.split("|")[6].strip()
            family[match.group(1)] = set(SYSTEMS) if on == "all" else set(on.split(", "))
    return families


def rows(text):
    for number, line in enumerate(text.splitlines(), 1):
        if line and not line.startswith("#"):
            yield number, (line.split("\t") + ["", "", ""])[:4]


def covers(subject, family, column):
    name, _, patterns = subject.partition(".")
    return name == family and any(fnmatchcase(column, pattern) for pattern in patterns.split(","))


def check(families, table):
    entries = []
    for number, (subject, systems, proof, words) in table:
        unknown = set(systems.split(",")) - set(SYSTEMS)
        if unknown or proof not in PROOFS or not words:
            yield f"line {number}: an unknown system or proof, or no words"
        if proof == "none" and not (words.endswith(".") and len(words) > 20):
            yield f"line {number}: says no sentence why not"
        entries += [(number, subject, system, proof) for system in systems.split(",")]
    for family, columns in families.items():
        for system in SYSTEMS:
            found = [proof for _, subject, on, proof in entries if subject == family and on == system]
            if len(found) != 1:
                yield f"{family} on {system} stands there {len(found)} times"
            read = found and found[0] != "none"
            if read and not any(system in on for on in columns.values()):
                yield f"{family} is read on {system}, where the catalogue has no column of it"
            for column, on in columns.items():
                if read and system not in on and not any(
                        proof == "none" and s == system and covers(subject, family, column) for _, subject, s, proof in entries):
                    yield f"{family}.{column} on {system}: no sentence why it is not there"
                if system in on and any(proof == "none" and s == system and covers(subject, family, column) for _, subject, s, proof in entries):
                    yield f"{family}.{column} on {system}: a sentence why it is not there, and the catalogue has it there"
    for number, subject, _, proof in entries:
        family, dot, patterns = subject.partition(".")
        for pattern in patterns.split(",") if dot else [""]:
            if family not in families or dot and not any(fnmatchcase(column, pattern) for column in families[family]):
                yield f"line {number}: the catalogue has no {subject}"
        if dot and proof != "none":
            yield f"line {number}: a column stands here only to say why it is not there"


def tables(families, table):
    table = list(table)
    lines = ["| family | " + " | ".join(SYSTEMS) + " |", "|---" * (len(SYSTEMS) + 1) + "|"]
    cells = {(subject, system): (proof, words) for _, (subject, systems, proof, words) in table for system in systems.split(",")}
    for family in families:
        shown = []
        for system in SYSTEMS:
            proof, words = cells.get((family, system), ("none", "?"))
            shown.append("–: " + words if proof == "none" else f"**{proof}**: {words}")
        lines.append(f"| {family} | " + " | ".join(shown) + " |")
    lines += ["", "| column | not on | why |", "|---|---|---|"]
    for _, (subject, systems, _, words) in table:
        if "." in subject:
            family, _, patterns = subject.partition(".")
            names = ", ".join(f"`{pattern}`" for pattern in patterns.split(","))
            lines.append(f"| {family}: {names} | {systems.replace(',', ', ')} | {words} |")
    return "\n".join(lines) + "\n"


def self_test():
    families = {"cpu": {"a_total": set(SYSTEMS), "b": {"Linux"}}, "odd": {"c": {"Linux"}}}
    good = ["cpu\t" + system + "\trun\tx" for system in SYSTEMS] + ["cpu.b\tWindows,FreeBSD,macOS\tnone\tOnly Linux has such a thing.",
        "odd\tLinux\trun\tx"] + [f"odd\t{system}\tnone\tOnly Linux has such a thing." for system in SYSTEMS[1:]]
    found = lambda lines: "\n".join(check(families, rows("\n".join(lines))))
    broken = {
        "stands there 0 times": good[1:], "stands there 2 times": [*good, good[0]], "no words": [*good, "cpu.b\tBeOS\tnone\tOnly Linux has such a thing."],
        "no sentence why it is not there": good[:4] + good[5:], "says no sentence": [*good[:4], "cpu.b\tWindows,FreeBSD,macOS\tnone\tno", *good[5:]],
        "where the catalogue has no column": [*good[:-1], "odd\tmacOS\trun\tx"], "the catalogue has no cpu.z": [*good, "cpu.z\tLinux\tnone\tOnly Linux has such a thing."],
        "the catalogue has it there": [*good, "cpu.a_*\tLinux\tnone\tOnly Linux has no such thing."],
        "only to say why": [*good, "cpu.a_*\tLinux\trun\tx"],
    }
    missed = [message for message, lines in broken.items() if message not in found(lines)]
    if found(good):
        missed.append("a good table is refused: " + found(good))
    print("\n".join(missed) or f"self-test: all {len(broken)} breaks were found")
    return 1 if missed else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    docs = Path(sys.argv[1]) / "docs"
    families = catalogue((docs / "metrics.md").read_text(encoding="utf-8"))
    text = (docs / "platforms.tsv").read_text(encoding="utf-8")
    breaks = list(check(families, rows(text)))
    document = docs / "platforms.md"
    head, _, rest = document.read_text(encoding="utf-8").partition(BEGIN)
    old, _, tail = rest.partition(END)
    made = tables(families, rows(text))
    if "--write" in sys.argv:
        document.write_text(head + BEGIN + made + END + tail, encoding="utf-8")
    elif old != made:
        breaks.append("docs/platforms.md does not hold these tables: run tests/structure/check_platforms.py . --write")
    print("\n".join(breaks) or f"{len(families)} families on {len(SYSTEMS)} systems: each has a source or a reason")
    return 1 if breaks or not families else 0


sys.exit(main())
