#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the tree to its rules: which room may include which, where Qt and the operating system may be seen, that
docs/architecture.md names the rooms that there are, and that no script's pipeline can end by chance. Prints every break as file:line and exits 1 when there is one.

Usage: check_structure.py [ROOT]        (ROOT: the repository, default the one this file is in)
       check_structure.py --self-test   proves on made-up files that every rule can fail
"""
import re
import sys
import tempfile
from pathlib import Path

# What the sources of a room may include with quotes, beside their own folder. The most exact room counts.
# A name that ends in "/" is a folder; the headers are rooted at libs/ and apps/.
ARROWS = {
    "libs/metrics": [],
    "libs/metrics/sdk": ["metrics/", "platform/self.h"],
    "libs/promql": ["metrics/"],
    "libs/logging": ["metrics/result.h"],
    "libs/toml": [],
    "libs/platform": ["metrics/result.h", "metrics/utf8.h"],
    "libs/process": ["metrics/result.h", "logging/log.h"],
    "apps/agent-service": ["metrics/", "platform/", "logging/", "process/", "toml/"],
    "apps/server/hosts": ["metrics/", "logging/", "server/storage/"],
    "apps/server/storage": ["metrics/", "logging/", "process/private_files.h", "server/hosts/", "server/query/"],
    "apps/server/query": ["metrics/", "promql/", "logging/", "server/storage/", "server/hosts/"],
    "apps/server/ingest": ["metrics/", "logging/", "server/storage/", "server/hosts/"],
    "apps/server/receivers": ["metrics/", "server/ingest/", "server/hosts/", "server/query/json_text.h", "server/storage/clock.h"],
    "apps/server/live": ["metrics/", "logging/", "server/storage/", "server/hosts/", "server/ingest/", "server/query/"],
    "apps/server/config": ["metrics/", "logging/", "process/folders.h", "toml/", "promql/matcher.h", "server/storage/postgres/url.h"],
    "apps/server/forward": ["metrics/", "logging/", "promql/", "server/config/remote_write.h", "server/storage/", "server/hosts/", "server/ingest/ingest.h", "server/query/"],
    "apps/server/http": ["metrics/", "logging/"],
    "apps/server/auth": ["metrics/", "logging/", "process/private_files.h", "server/storage/", "server/hosts/"],
    "apps/server/api": ["metrics/", "promql/", "logging/", "server/"],
    "apps/server": ["metrics/", "logging/", "process/", "server/", "platform/host.h", "platform/self.h"],
    "apps/console/format": [],
    "apps/console/theme": ["console/format/"],
    "apps/console/charts": ["console/format/", "console/theme/"],
    "apps/console/session": ["metrics/", "console/format/"],
    "apps/console/models": ["metrics/", "console/format/", "console/session/", "console/theme/", "console/charts/"],
    "apps/console/pages": ["metrics/", "console/"],
    "apps/console": ["metrics/", "console/"],
}
QT = re.compile(r"^<(Q[A-Z]|Qt[A-Z])")
OS_CONDITION = re.compile(r"^\s*#\s*(if|ifdef|ifndef|elif)\b.*\b(__linux__|_WIN32|__FreeBSD__|__APPLE__|Q_OS_\w+|linux|unix)\b")
OS_FOLDERS = {"linux", "windows", "freebsd", "darwin", "systemd"}
INCLUDE = re.compile(r'^\s*#\s*include\s+(<[^>]+>|"[^"]+")')
MAX_LINES = 600
# Under pipefail a writer whose reader leaves early fails the pipeline, or not, as the two happen to be scheduled; after
# "!" such a pipeline even holds where it should not.
EARLY_END = re.compile(r"\|\s*(head\b|grep\s+(-\w+\s+)*-\w*[qm]|awk\b.*\bexit\b|sed\b.*\d+q)|^\s*awk '.*\bexit\b.*\)")


def sources(root):
    for top in ("libs", "apps"):
        yield from sorted(p for p in (root / top).rglob("*") if p.suffix in (".h", ".cpp"))


def room_of(path):
    candidates = [room for room in ARROWS if path == room or path.startswith(room + "/")]
    return max(candidates, key=len, default=None)


def allowed(target, room):
    own = room.split("/", 1)[1] + "/"
    return any(target == entry or (entry.endswith("/") and target.startswith(entry)) for entry in [own, *ARROWS[room]])


def check_file(root, path):
    name = path.relative_to(root).as_posix()
    lines = path.read_text(encoding="utf-8").splitlines()
    room = room_of(name)
    if room is None:
        yield name, 1, "stands in no room that tests/structure/check_structure.py knows"
        return
    if not any("SPDX-License-Identifier: GPL-3.0-or-later" in line for line in lines[:3]):
        yield name, 1, "has no SPDX line"
    if path.suffix == ".h" and "#pragma once" not in lines[:6]:
        yield name, 1, "has no #pragma once"
    if len(lines) > MAX_LINES:
        yield name, len(lines), f"has more than {MAX_LINES} lines: split it by subject"
    for number, line in enumerate(lines, 1):
        if OS_CONDITION.match(line) and not OS_FOLDERS & set(path.parts):
            yield name, number, "branches on the operating system outside an OS folder"
        match = INCLUDE.match(line)
        if not match:
            continue
        target = match.group(1)
        if target.startswith("<"):
            if room.startswith("libs/") and QT.match(target):
                yield name, number, f"libs are without Qt, includes {target}"
            if "Chart" in target and QT.match(target) and not name.startswith("apps/console/charts/"):
                yield name, number, f"only apps/console/charts may see Qt Charts, includes {target}"
            continue
        target = target.strip('"')
        if target.endswith(".moc") or "/" not in target and target.startswith(("moc_", "ui_")):
            continue
        if "../" in target:
            yield name, number, f'includes are rooted, not relative: "{target}"'
        elif target.endswith(".cpp"):
            yield name, number, f'includes a source file: "{target}"'
        elif not allowed(target, room):
            yield name, number, f'{room} may not include "{target}"'


def scripts(root):
    for top in (".ci", "scripts", "installer", "tests"):
        for path in sorted(p for p in (root / top).rglob("*") if p.is_file() and p.suffix in ("", ".sh")):
            text = path.read_bytes()
            if path.suffix == ".sh" or text.startswith(b"#!") and b"bash" in text.split(b"\n", 1)[0]:
                yield path.relative_to(root).as_posix(), text.decode("utf-8").splitlines()


def check_script(name, lines):
    for number, line in enumerate(lines, 1):
        if EARLY_END.search(line):
            yield name, number, "a pipeline's reader ends before its writer: read to the end"


def check_document(root):
    """Every room that exists is named in docs/architecture.md, and every room named there exists."""
    document = root / "docs/architecture.md"
    if not document.exists():
        yield "docs/architecture.md", 1, "is missing"
        return
    text = document.read_text(encoding="utf-8")
    named = set(re.findall(r"`((?:libs|apps)/[a-z/-]+?)/?`", text))
    for room in sorted(named):
        if not (root / room).is_dir():
            yield "docs/architecture.md", 1, f"names {room}, which does not exist"
    for top in ("libs", "apps"):
        for folder in sorted(f for f in (root / top).iterdir() if f.is_dir()):
            depth = [folder] if top == "libs" else [folder, *sorted(f for f in folder.iterdir() if f.is_dir())]
            for room in depth:
                name = room.relative_to(root).as_posix()
                if room.is_dir() and any(room.rglob("*.cpp")) and name not in named:
                    yield "docs/architecture.md", 1, f"does not name the room {name}"


def check(root):
    breaks = [found for path in sources(root) for found in check_file(root, path)]
    breaks += [found for name, lines in scripts(root) for found in check_script(name, lines)]
    return breaks + list(check_document(root))


def self_test():
    good = "// SPDX-License-Identifier: GPL-3.0-or-later\n#pragma once\n"
    cases = {
        "libs/metrics/a.h": ('#include <QString>\n', "libs are without Qt"),
        "libs/metrics/b.h": ('#include "platform/cpu.h"\n', "may not include"),
        "libs/platform/c.h": ('#include "metrics/frame.h"\n', "may not include"),
        "libs/platform/d.h": ("#ifdef __linux__\n#endif\n", "operating system"),
        "apps/server/storage/e.h": ('#include "server/http/request.h"\n', "may not include"),
        "apps/agent-service/f.h": ('#include "server/storage/store.h"\n', "may not include"),
        "apps/console/pages/g.h": ("#include <QChart>\n", "Qt Charts"),
        "apps/console/pages/h.h": ('#include "../theme/theme.h"\n', "rooted"),
        "apps/console/pages/i.h": ('#include "console/pages/x.cpp"\n', "source file"),
        "apps/other/j.h": ("", "no room"),
        "libs/metrics/k.h": ("\n" * MAX_LINES, "lines"),
    }
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        for name, (body, _) in cases.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(good + body)
        (root / "libs/metrics/bare.h").write_text("int x;\n")
        (root / "libs/metrics/m.cpp").write_text(good)
        (root / "scripts").mkdir()
        (root / "scripts/n").write_text("#!/usr/bin/env bash\nlist | grep -qF x\nlist |\n  awk '{ print; exit }')\nlist | sed -n 1p\n")
        (root / "docs").mkdir()
        (root / "docs/architecture.md").write_text("`libs/nowhere`")
        found = {(name, text) for name, _, text in check(root)}
        expected = [(name, part) for name, (_, part) in cases.items()]
        expected += [("libs/metrics/bare.h", "SPDX"), ("libs/metrics/bare.h", "pragma once"), ("scripts/n", "ends before"),
                     ("docs/architecture.md", "names libs/nowhere"), ("docs/architecture.md", "does not name the room libs/metrics")]
        missed = [(name, part) for name, part in expected if not any(n == name and part in t for n, t in found)]
        for name, part in missed:
            print(f"self-test: {name}: nothing was said about: {part}")
        if not missed:
            print(f"self-test: all {len(expected)} breaks were found")
        return 1 if missed else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    root = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).resolve().parents[2]
    breaks = check(root)
    for name, line, text in breaks:
        print(f"{name}:{line}: {text}")
    print(f"{len(breaks)} breaks in {sum(1 for _ in sources(root))} files")
    return 1 if breaks else 0


sys.exit(main())
