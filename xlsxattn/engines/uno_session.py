"""LibreOffice as a person uses it: open a file, type into cells, look at what they show.

Conversion (``libreoffice.py``) recalculates everything while it loads. A person's LibreOffice
does not: it shows the stored values, and recalculates after an edit what it holds to depend
on it. Where that is not all that does, a cell shows an old result. To find such cells,
``Session.stale`` edits, reads, recalculates by force, reads again and compares.

Reading computes the array formulas of a file that has just been opened, and is what tells
LibreOffice who depends on them: a file that was read before its edit seems to be well.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import zip_longest
from pathlib import Path
from types import TracebackType
from typing import Any

from xlsxattn.a1 import address
from xlsxattn.engines.soffice import MISSING, find_program
from xlsxattn.errors import EngineError
from xlsxattn.saved import Change, ErrorValue, Value

TIMEOUT = 300  # seconds
#: Two computations of one cell may add in another order.
TOLERANCE = 1e-9
CHILD = Path(__file__).with_name("uno_child.py")

#: What a sheet shows from A1 on, row by row; "" is an empty cell, or an empty text.
Grid = list[list[Value]]


@dataclass(frozen=True)
class StaleCell:
    """A cell that showed something else than its formula gives."""

    sheet: str
    cell: str
    shown: Value
    recalculated: Value


def why_missing() -> str:
    """Why there can be no session on this machine; empty where there can."""
    soffice = find_program()
    if soffice is None:
        return MISSING
    if _python_with_uno(soffice) is None:
        return "expected a Python with LibreOffice's `uno` module, got none (python3-uno has it)"
    return ""


@cache
def _python_with_uno(soffice: str) -> str | None:
    """The first Python that has ``uno``: LibreOffice's own, the system's, any other."""
    for python in _pythons(soffice):
        with contextlib.suppress(OSError, subprocess.SubprocessError):
            command = [python, "-c", "import uno"]
            if subprocess.run(command, capture_output=True, timeout=60, check=False,
                              env=_environment()).returncode == 0:  # fmt: skip
                return python
    return None


def _pythons(soffice: str) -> Iterator[str]:
    folder = Path(soffice).resolve().parent
    own = (folder / "python", folder / "python.exe", folder.parent / "Resources" / "python")
    yield from (str(python) for python in own if python.is_file())
    yield "/usr/bin/python3"
    yield shutil.which("python3") or sys.executable
    yield sys.executable


def _environment() -> dict[str, str]:
    """Ours, without what leads another Python to our modules."""
    ours = {k: v for k, v in os.environ.items() if k not in ("PYTHONHOME", "PYTHONPATH")}
    return {**ours, "LC_ALL": "C.UTF-8", "PYTHONIOENCODING": "utf-8"}


class Session:
    """One start of LibreOffice, for many files and many edits: a context manager."""

    def __init__(self, timeout: float = TIMEOUT) -> None:
        self.timeout = timeout
        self._open = contextlib.ExitStack()

    def __enter__(self) -> Session:
        soffice = find_program()
        python = soffice and _python_with_uno(soffice)
        if not soffice or not python:
            raise EngineError(why_missing())
        with contextlib.ExitStack() as opened:
            folder = opened.enter_context(
                tempfile.TemporaryDirectory(prefix="xlsxattn", ignore_cleanup_errors=True)
            )
            self._errors = opened.enter_context(tempfile.TemporaryFile())
            self._process = subprocess.Popen(
                [python, str(CHILD), soffice, folder],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=self._errors,
                env=_environment(),
                # A group of its own, so that nothing it started outlives it.
                start_new_session=True,
            )
            opened.callback(self._end)
            self._answer()
            self._open = opened.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._open.close()

    # --- what a person does ---

    def open(self, path: Path) -> list[str]:
        """Open a file in place of the one before, as it is saved; the titles of its sheets."""
        if not path.is_file():
            raise EngineError(f"{path}: expected a workbook, got no such file")
        titles: list[str] = self._do("open", str(path.resolve()))
        return titles

    def edit(self, changes: list[Change]) -> None:
        """Type numbers and texts into cells, one after another."""
        self._do("edit", changes)

    def read(self) -> dict[str, Grid]:
        """What every sheet shows."""
        shown: dict[str, Any] = self._do("read")
        for sheet in shown.values():
            for row, column, text in sheet["errors"]:
                sheet["rows"][row][column] = ErrorValue(text)
        return {title: sheet["rows"] for title, sheet in shown.items()}

    def recalculate(self) -> None:
        """Recalculate by force, as Ctrl+Shift+F9 does."""
        self._do("recalculate")

    def close(self) -> None:
        """Close the file without saving it."""
        self._do("close")

    def stale(self, path: Path, changes: list[Change]) -> list[StaleCell]:
        """The cells of a file that show an old result after some edits."""
        self.open(path)
        self.edit(changes)
        shown = self.read()
        self.recalculate()
        found = list(_differences(shown, self.read()))
        self.close()
        return found

    # --- the process ---

    def _do(self, *command: object) -> Any:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(command).encode() + b"\n")
            self._process.stdin.flush()
        except OSError:  # it has ended
            raise EngineError(f"LibreOffice: expected an answer, got {self._said()}") from None
        return self._answer()

    def _answer(self) -> Any:
        """The next line of the process, which is killed where it does not come in time."""
        assert self._process.stdout is not None
        late = threading.Timer(self.timeout, self._kill)
        late.start()
        line = self._process.stdout.readline()
        if late.finished.is_set():
            raise EngineError(f"LibreOffice: expected an answer in {self.timeout:g} s, got none")
        late.cancel()
        if not line:
            raise EngineError(f"LibreOffice: expected an answer, got {self._said()}")
        reply = json.loads(line)
        if "error" in reply:
            raise EngineError(f"LibreOffice: expected an answer, got: {reply['error']}")
        return reply["result"]

    def _said(self) -> str:
        """The last line that the process has said of its own end."""
        self._errors.seek(0)
        lines = self._errors.read().decode(errors="replace").split("\n")
        return next((line.strip()[-200:] for line in reversed(lines) if line.strip()), "its end")

    def _kill(self) -> None:
        """End the process and all that it started."""
        if sys.platform == "win32":
            command = ["taskkill", "/F", "/T", "/PID", str(self._process.pid)]
            subprocess.run(command, capture_output=True, check=False)
        else:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._process.pid, signal.SIGKILL)

    def _end(self) -> None:
        """Let the process end LibreOffice; where it does not, end both."""
        assert self._process.stdin is not None and self._process.stdout is not None
        with contextlib.suppress(OSError):
            self._process.stdin.close()
        try:
            ended_well = self._process.wait(20) == 0
        except subprocess.TimeoutExpired:
            ended_well = False
        if not ended_well:
            self._kill()
            self._process.wait()
        self._process.stdout.close()


def _differences(shown: dict[str, Grid], recalculated: dict[str, Grid]) -> Iterator[StaleCell]:
    for sheet, rows in shown.items():
        empty: list[Value] = []
        pairs = zip_longest(rows, recalculated[sheet], fillvalue=empty)
        for row, (before, after) in enumerate(pairs, start=1):
            if before == after and not any(isinstance(value, ErrorValue) for value in before):
                continue
            cells = zip_longest(before, after, fillvalue="")
            for column, (old, new) in enumerate(cells, start=1):
                if differ(old, new):
                    yield StaleCell(sheet, address(row, column), old, new)


def differ(a: Value, b: Value) -> bool:
    """Whether two contents are not the same, but for the rounding of sums."""
    if isinstance(a, float) and isinstance(b, float):
        return not abs(a - b) <= TOLERANCE * max(1.0, abs(b))
    return a != b or isinstance(a, ErrorValue) != isinstance(b, ErrorValue)
