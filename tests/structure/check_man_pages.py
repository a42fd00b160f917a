#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""Holds a manual page to its program: every option and command of --help stands in the page and the other way round,
with --settings also every setting of a file of defaults; and mandoc finds nothing to complain about in it.

Usage: check_man_pages.py PROGRAM PAGE [--settings FILE]
"""
import argparse
import os
import re
import subprocess
import sys
from pathlib import Path


def options_of_help(text):
    return set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", text))


def commands_of_help(text, name):
    """`  token create [--valid 24h]` of a list, `  sextant-agent record FILE` of a synopsis."""
    listed = re.findall(rf"^  (?!{name})([a-z]+(?: [a-z]+)?)(?=  | [A-Z\[-]|$)", text, re.MULTILINE)
    return set(listed) | set(re.findall(rf"^  {name} \[?([a-z]+)\b", text, re.MULTILINE))


def options_of_page(text):
    return {f"--{name}" for line in re.findall(r"^\.It Fl (.*)", text, re.MULTILINE)
            for name in re.findall(r"(?:^|, )-([a-z][a-z-]*)", line)}


def commands_of_page(text):
    return set(re.findall(r"^\.It Cm ([a-z]+(?: [a-z]+)?)", text, re.MULTILINE))


def settings_of_file(text):
    keys, table = set(), ""
    for line in text.splitlines():
        if match := re.match(r"\[(\w+)\]", line):
            table = match[1] + "."
        elif match := re.match(r"#([a-z0-9_]+) = ", line):
            keys.add(table + match[1])
    return keys


def settings_of_page(text):
    return set(re.findall(r"^\.It Ic (\S+)", text, re.MULTILINE))


def differences(what, in_program, in_page):
    faults = [f"no {what} found: the check does not understand them"] if not in_program else []
    faults += [f"{what} {name}: not in the manual page" for name in sorted(in_program - in_page)]
    return faults + [f"{what} {name}: only in the manual page" for name in sorted(in_page - in_program)]


def complaints(page):
    done = subprocess.run(["mandoc", "-T", "lint", "-W", "style", page], capture_output=True, text=True)
    # The other pages are not installed where this is tested.
    return [line for line in done.stdout.splitlines() if "referenced manual not found: Xr sextant-" not in line]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", type=Path)
    parser.add_argument("page", type=Path)
    parser.add_argument("--settings", type=Path)
    arguments = parser.parse_args()
    environment = {**os.environ, "QT_QPA_PLATFORM": "offscreen", "LC_ALL": "C.UTF-8"}
    told = subprocess.run([arguments.program, "--help"], capture_output=True, text=True, check=True, env=environment).stdout
    page = arguments.page.read_text()
    faults = differences("option", options_of_help(told), options_of_page(page))
    commands = commands_of_help(told, arguments.program.name)
    if commands or commands_of_page(page):
        faults += differences("command", commands, commands_of_page(page))
    if arguments.settings:
        faults += differences("setting", settings_of_file(arguments.settings.read_text()), settings_of_page(page))
    faults += complaints(arguments.page)
    for fault in faults:
        print(f"{arguments.page.name}: {fault}")
    return 1 if faults else 0


sys.exit(main())
