"""What any command of a system keeps to: pipes, full disks, signals, terminals, -OO."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from xlsxattn.cli.group import plain

posix = pytest.mark.skipif(sys.platform == "win32", reason="signals and devices of POSIX")
PROGRAM = [sys.executable, "-m", "xlsxattn"]
COMMANDS = {
    "list": ["list"],
    "help": ["--help"],
    "help of a command": ["build", "--help"],
    "schema": ["schema"],
    "guide": ["guide"],
    "build": ["build", "three-words", "-o", "a.xlsx"],
}
each = pytest.mark.parametrize("command", COMMANDS.values(), ids=COMMANDS)


@posix
@each
def test_full_disk(command: list[str], tmp_path: Path) -> None:
    """Exit code 2 and one line that names the output."""
    with Path("/dev/full").open("wb") as full:
        done = subprocess.run(
            PROGRAM + command, stdout=full, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
            check=False,
        )  # fmt: skip
    assert done.returncode == 2
    line = "xlsxattn: standard output: expected to write there, got No space left on device\n"
    assert done.stderr == line


@posix
@each
def test_nobody_reads(command: list[str], tmp_path: Path) -> None:
    """As after ``| head -0``: silence, and the exit code of a program that the pipe ended."""
    read, write = os.pipe()
    os.close(read)
    try:
        done = subprocess.run(
            PROGRAM + command, stdout=write, stderr=subprocess.PIPE, text=True, cwd=tmp_path,
            check=False,
        )  # fmt: skip
    finally:
        os.close(write)
    assert (done.returncode, done.stderr) == (128 + signal.SIGPIPE, "")


@posix
def test_terminated(tmp_path: Path) -> None:
    """SIGTERM in the midst of writing: the shell's exit code for it, and no hidden file."""
    said = f"""
import time
from pathlib import Path
from xlsxattn.errors import LessonError
from xlsxattn.whole import whole_file
from xlsxattn.cli import main

@main.command()
def wait():
    with whole_file(Path({str(tmp_path / "file.toml")!r}), LessonError) as file:
        file.write(b"half")
        print("writing", flush=True)
        time.sleep(60)

main(["wait"])
"""
    child = subprocess.Popen(
        [sys.executable, "-c", said], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    assert child.stdout is not None
    assert child.stdout.readline() == "writing\n"
    assert len(list(tmp_path.iterdir())) == 1
    child.send_signal(signal.SIGTERM)
    _, errors = child.communicate(timeout=30)
    assert (child.returncode, errors) == (128 + signal.SIGTERM, "")
    assert list(tmp_path.iterdir()) == []


@posix
def test_pipe_in_place_of_a_workbook(tmp_path: Path) -> None:
    """Refused at once: a workbook is read from its end."""
    os.mkfifo(tmp_path / "pipe.xlsx")
    begun = time.monotonic()
    done = subprocess.run(
        [*PROGRAM, "check", "pipe.xlsx"], capture_output=True, text=True, cwd=tmp_path,
        check=False, timeout=60,
    )  # fmt: skip
    assert time.monotonic() - begun < 30
    assert done.returncode == 2
    assert done.stderr == (
        "xlsxattn: pipe.xlsx: expected an .xlsx workbook, got a device or a pipe\n"
    )


def test_control_characters_are_spelled_out() -> None:
    """A name or a text from a file does not steer the terminal."""
    assert plain("a\x1b[31mb\x07") == r"a\x1b[31mb\x07"
    assert plain("two\nlines – 猫") == "two\nlines – 猫"


def test_without_docstrings(tmp_path: Path) -> None:
    """`python -OO` has no docstrings and no assertions; the program does all the same."""
    optimised = [sys.executable, "-OO", "-m", "xlsxattn"]
    for command in (["build", "mouse", "-o", "a.xlsx"], ["check", "a.xlsx"], ["--help"], ["list"]):
        done = subprocess.run(
            optimised + command, capture_output=True, text=True, cwd=tmp_path, check=False
        )
        assert done.returncode == 0, done.stderr
        assert "Traceback" not in done.stderr
