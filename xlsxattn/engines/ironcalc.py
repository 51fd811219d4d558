"""IronCalc, embedded: no program to install.

It runs in a child process (``ironcalc_child``), one for all checks, for a hostile workbook ends
it: by the depth of a formula, by the memory or the time that it takes.
"""

from __future__ import annotations

import atexit
import marshal
import os
import signal
import subprocess
import sys
import threading
import zipfile
from array import array
from collections.abc import Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np

from xlsxattn.a1 import parse_address
from xlsxattn.engines.ironcalc_child import LENGTH
from xlsxattn.errors import EngineError
from xlsxattn.grid import Grid
from xlsxattn.limits import inflated_size
from xlsxattn.saved import Change, ErrorValue

CHILD = Path(__file__).with_name("ironcalc_child.py")
#: Seconds of the processor and bytes for a small workbook, and for each byte of a larger one:
#: five times, and twice, what the largest of ours take.
SECONDS, SECONDS_EACH = 1.0, 0.75e-6
BYTES, BYTES_EACH = 192 << 20, 12
#: Where the processor's time is not limited, as many times the seconds of a clock, and as many.
CLOCK_TIMES, CLOCK = 20, 60


def recalculate(
    path: Path, changes: list[Change], wanted: Mapping[str, tuple[int, int]] | None = None
) -> dict[str, Grid]:
    """Every cell of the file after the changes, computed by IronCalc.

    ``wanted`` are the sheets whose cells are, each with its last row and column: to hand over all
    cells of a large workbook takes longer than to compute them.
    """
    try:
        found = path.stat()
        size = inflated_size(path)
    except OSError as error:
        raise EngineError(f"{path}: expected a workbook, got {error.strerror}") from None
    except zipfile.BadZipFile as error:
        raise EngineError(f"{path}: expected a workbook that IronCalc reads, got {error}") from None
    state = found.st_mtime_ns, found.st_size, found.st_ino
    seconds, most = SECONDS + size * SECONDS_EACH, BYTES + size * BYTES_EACH
    asked = None if wanted is None else dict(wanted)
    request = marshal.dumps((str(path.resolve()), state, _places(changes), asked, seconds, most))
    return _child().asked(path, request, seconds)


def _places(changes: list[Change]) -> list[tuple[str, int, int, str | float]]:
    """The changed cells by row and column, with contents that the child can read."""
    return [
        (sheet, *parse_address(cell), str(new) if isinstance(new, str) else float(new))
        for sheet, cell, new in changes
    ]


def _grids(path: Path, parts: Iterator[tuple[Any, ...]]) -> dict[str, Grid]:
    """What the sheets show, as the child sends it."""
    grids: dict[str, Grid] = {}
    grid = Grid()
    for kind, *content in parts:
        if kind == "error":
            raise EngineError(f"{path}: expected a workbook that IronCalc reads, got {content[0]}")
        if kind == "sheet":
            grid = grids[content[0]] = Grid()
        else:
            _add_row(grid, *content)
    return grids


def _add_row(
    grid: Grid, row: int, packed: bytes, numbers: bytes, others: list[tuple[int, Any, bool]]
) -> None:
    columns = array("I", packed)
    if columns and columns[-1] - columns[0] == len(columns) - 1:  # side by side, for they rise
        grid.rows[row] = columns[0], np.frombuffer(numbers).copy()
    else:
        grid.put_row(row, [*columns], [*array("d", numbers)])
    for column, value, is_error in others:
        grid.others[row, column] = ErrorValue(value) if is_error else value


class _Child:
    """The process that has IronCalc, started when it is first asked."""

    def __init__(self) -> None:
        self.owner = os.getpid()
        self.lock = threading.Lock()
        self.process: subprocess.Popen[bytes] | None = None

    def asked(self, path: Path, request: bytes, seconds: float) -> dict[str, Grid]:
        """Its answer; EngineError where it has none, or the workbook has ended it."""
        with self.lock:
            if self.process is None:
                self.process = subprocess.Popen(
                    [sys.executable, "-P", str(CHILD)],
                    stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                )  # fmt: skip
            clock = threading.Timer(CLOCK + CLOCK_TIMES * seconds, self.process.kill)
            clock.daemon = True
            clock.start()
            try:
                return _grids(path, _exchanged(self.process, request))
            except EOFError:
                why = _why(self.end(), seconds)
                raise EngineError(
                    f"{path}: expected a workbook that IronCalc can calculate, got one that {why}"
                ) from None
            except EngineError:
                raise  # its last word; it waits for the next request
            except BaseException:
                self.end()
                raise
            finally:
                clock.cancel()

    def end(self) -> int:
        """Leave no process behind; how it has ended."""
        process, self.process = self.process, None
        if process is None:
            return 0
        for stream in (process.stdin, process.stdout):
            with suppress(OSError):
                assert stream is not None
                stream.close()
        try:
            return process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


def _exchanged(process: subprocess.Popen[bytes], request: bytes) -> Iterator[tuple[Any, ...]]:
    """The parts of the answer to a request; EOFError where the process ends before the last."""
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        process.stdin.write(LENGTH.pack(len(request)) + request)
        process.stdin.flush()
    except OSError:
        raise EOFError from None
    while True:
        head = process.stdout.read(LENGTH.size)
        if len(head) < LENGTH.size:
            raise EOFError
        (length,) = LENGTH.unpack(head)
        part: tuple[Any, ...] = marshal.loads(process.stdout.read(length))
        if part[0] == "end":
            return
        yield part


def _why(code: int, seconds: float) -> str:
    """What a workbook has done to IronCalc, from how the process has ended."""
    slow = {getattr(signal, "SIGPROF", None), getattr(signal, "SIGKILL", None)}
    if code < 0 and signal.Signals(-code) in slow:
        return f"takes it more than {seconds:.0f} s"
    return f"ends it, by its depth or by the memory that it takes (code {code})"


_one: _Child | None = None


def _child() -> _Child:
    """The child of this process: after a fork, the other one's is left alone."""
    global _one
    if _one is None or _one.owner != os.getpid():
        _one = _Child()
        atexit.register(_one.end)
    return _one
