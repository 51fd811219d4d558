"""Files opened with the programs that the system has for them."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from xlsxattn.errors import DesktopError

#: How long the system may look for a program, in seconds; one that still runs then was found.
PATIENCE = 5


def open_file(path: Path) -> None:
    """Open a file as a double click would; DesktopError where there is no program for it."""
    if sys.platform == "win32":
        _start(path)
        return
    opener = "open" if sys.platform == "darwin" else "xdg-open"
    try:
        process = subprocess.Popen(
            [opener, str(path.resolve())],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
            start_new_session=True,
        )  # fmt: skip
        code = process.wait(PATIENCE)
    except FileNotFoundError:
        raise DesktopError(f"{path}: expected a program to open it, got no {opener!r}") from None
    except subprocess.TimeoutExpired:
        process.returncode = 0  # found, and open: it goes on without us
        return
    if code:
        raise DesktopError(f"{path}: expected a program to open it, got none from {opener!r}")


def _start(path: Path) -> None:
    """What Windows does at a double click."""
    import os

    try:
        os.startfile(path.resolve())  # type: ignore[attr-defined, unused-ignore]
    except OSError as error:
        raise DesktopError(f"{path}: expected a program to open it, got {error.strerror}") from None
