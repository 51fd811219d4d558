"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import stat
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from xlsxattn.errors import XlsxattnError

_WRITABLE = stat.S_IWUSR | stat.S_IWGRP | stat.S_IWOTH


@contextmanager
def whole_file(path: Path, failure: type[XlsxattnError]) -> Iterator[BinaryIO]:
    """A file to write, which takes its place at the end, where nothing has gone wrong.

    Missing folders are made. A link stays one, and what it points to is written; a file keeps
    its permissions, and other names of it (hard links) keep what was there. ``failure`` is
    raised, with the path, where it cannot be written, is read-only or is no file.
    """
    try:
        target = Path(os.path.realpath(path))
        mode = _mode_to_keep(path, target, failure)
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=".", suffix=path.suffix)
        try:
            with os.fdopen(handle, "wb") as file:
                yield file
            Path(temporary).chmod(mode)
            Path(temporary).replace(target)
        finally:
            Path(temporary).unlink(missing_ok=True)
    except OSError as error:
        raise failure(f"{path}: expected a place to write, got {error.strerror}") from None


def _mode_to_keep(path: Path, target: Path, failure: type[XlsxattnError]) -> int:
    """The permissions of the file that is there, or those of a new one."""
    if not target.exists():
        return 0o666 & ~_umask()
    mode = target.stat().st_mode
    if stat.S_ISDIR(mode):
        raise failure(f"{path}: expected a place to write, got a folder")
    if not stat.S_ISREG(mode):
        raise failure(f"{path}: expected a file to write, got a device or a pipe")
    if not mode & _WRITABLE:
        raise failure(f"{path}: expected a file that may be written, got a read-only one")
    return stat.S_IMODE(mode)


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
