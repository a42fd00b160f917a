#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds the service files of FreeBSD and macOS to their formats, and to the options that the agent's manual page names.

Usage: check_service_files.py ROOT        (the repository)
       check_service_files.py --self-test   proves on made-up files that every rule can fail
"""
import plistlib
import re
import subprocess
import sys
import tempfile
from pathlib import Path

RC = "installer/freebsd/sextant_agent"
PLIST = "installer/macos/io.sextant.agent.plist"
MAN = "docs/man/sextant-agent.8"


def check_command(words, manual):
    """The words behind the program's name: a command and options that the manual page has."""
    if not words or not re.search(rf"^\.It Cm {re.escape(words[0])}\b", manual, re.MULTILINE):
        yield f"does not start a command of the agent: {words}"
    for option in (word for word in words if word.startswith("--")):
        if not re.search(rf"^\.It Fl {re.escape(option[1:])}(\s|$)", manual, re.MULTILINE):
            yield f"the agent has no option {option}"


def check_rc(path, manual):
    for shell in ("sh", "bash --posix"):
        run = subprocess.run([*shell.split(), "-n", str(path)], capture_output=True, text=True)
        if run.returncode != 0:
            yield f"is no shell script: {run.stderr.strip()}"
    text = path.read_text(encoding="utf-8")
    for line in ("# PROVIDE: sextant_agent", "# REQUIRE: ", "# KEYWORD: shutdown", ". /etc/rc.subr", 'run_rc_command "$1"'):
        if not re.search("^" + re.escape(line), text, re.MULTILINE):
            yield f"lacks a line that rc(8) needs: {line}"
    if not path.stat().st_mode & 0o100:
        yield "is not executable"
    command = re.search(r"\$program (run.*)\"", text)
    yield from check_command(command.group(1).split() if command else [], manual)


def check_plist(path, manual):
    try:
        service = plistlib.loads(path.read_bytes())
    except Exception as error:  # its parser raises many kinds
        yield f"is no property list: {error}"
        return
    if service.get("Label") != path.stem:
        yield "its label is not its name"
    arguments = service.get("ProgramArguments", [""])
    if not arguments[0].startswith("/"):
        yield "launchd wants the program's whole path"
    if service.get("Umask") != 0o077:
        yield "what the agent writes could be read by others"
    yield from check_command(arguments[1:], manual)


def check(root):
    manual = (root / MAN).read_text(encoding="utf-8")
    for name, rule in ((RC, check_rc), (PLIST, check_plist)):
        for text in rule(root / name, manual):
            yield f"{name}: {text}"


def self_test():
    manual = ".It Cm run\n.It Fl -config Ar FILE\n"
    rc = ("#!/bin/sh\n# PROVIDE: sextant_agent\n# REQUIRE: DAEMON\n# KEYWORD: shutdown\n. /etc/rc.subr\n"
          'command_args="$program run --config x"\nrun_rc_command "$1"\n')
    service = {"Label": "io.sextant.agent", "ProgramArguments": ["/bin/a", "run", "--config", "x"], "Umask": 63}
    cases = [(rc, service, None), (rc + "if\n", service, "shell script"), (rc.replace("# KEYWORD", "#"), service, "rc(8)"),
             (rc.replace("--config", "--conf"), service, "no option --conf"), (rc.replace(" run ", " walk "), service, "does not start"),
             (rc, b"<plist>", "property list"), (rc, {**service, "Label": "x"}, "label"),
             (rc, {**service, "ProgramArguments": ["a", "run"]}, "whole path"), (rc, {**service, "Umask": 18}, "by others"),
             (rc, {**service, "ProgramArguments": ["/a", "run", "--no"]}, "no option --no")]
    missed = 0
    for script, plist, expected in cases:
        with tempfile.TemporaryDirectory() as folder:
            root = Path(folder)
            for name in (RC, PLIST, MAN):
                (root / name).parent.mkdir(parents=True)
            (root / MAN).write_text(manual)
            (root / RC).write_text(script)
            (root / RC).chmod(0o755)
            (root / PLIST).write_bytes(plist if isinstance(plist, bytes) else plistlib.dumps(plist))
            found = list(check(root))
            if bool(found) != bool(expected) or (expected and not any(expected in text for text in found)):
                print(f"self-test: expected {expected}, found {found}")
                missed += 1
    print(f"self-test: {len(cases) - missed} of {len(cases)} as expected")
    return 1 if missed else 0


def main():
    if sys.argv[1:] == ["--self-test"]:
        return self_test()
    breaks = list(check(Path(sys.argv[1])))
    for text in breaks:
        print(text)
    print(f"{len(breaks)} breaks in the service files")
    return 1 if breaks else 0


sys.exit(main())
