"""What engines have in common that are programs: convert the file, read the result."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

from xlsxattn.changed import write_changed
from xlsxattn.errors import EngineError
from xlsxattn.grid import Grid
from xlsxattn.saved import Change, read_values

TIMEOUT = 300  # seconds


def prepared(path: Path, changes: list[Change], folder: Path) -> Path:
    """A copy of the workbook, with the changes, under a name that any program takes."""
    if not path.is_file():
        raise EngineError(f"{path}: expected a workbook, got no such file")
    source = folder / "source.xlsx"
    write_changed(path, changes, source)
    return source


def run(command: list[str], result: Path, program: str) -> dict[str, Grid]:
    """Run a program and read the workbook that it leaves at ``result``."""
    try:
        done = subprocess.run(
            command,
            capture_output=True,
            timeout=TIMEOUT,
            check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
    except FileNotFoundError:
        raise EngineError(f"expected {program} to be installed, got no {command[0]!r}") from None
    except subprocess.TimeoutExpired:
        raise EngineError(f"{program}: expected an answer in {TIMEOUT} s, got none") from None
    if not result.is_file():
        said = " ".join(done.stderr.decode(errors="replace").split())[-200:]
        raise EngineError(f"{program}: expected a recalculated file, got {said or 'none'}")
    return read_values(result)
