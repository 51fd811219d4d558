"""Files that appear whole or not at all: what is there already, links, and what is no file."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from xlsxattn.errors import WorkbookError
from xlsxattn.whole import whole_file

links = pytest.mark.skipif(sys.platform == "win32", reason="Windows has links for few users")


def write(path: Path, content: bytes = b"new") -> None:
    with whole_file(path, WorkbookError) as file:
        file.write(content)


def test_new_file(tmp_path: Path) -> None:
    """Folders are made; permissions are those of any new file."""
    path, plain = tmp_path / "a" / "b" / "file.xlsx", tmp_path / "plain"
    write(path)
    plain.write_bytes(b"")
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode == plain.stat().st_mode


def test_nothing_after_an_error(tmp_path: Path) -> None:
    """What was there stays, and no temporary file is left."""
    path = tmp_path / "file.xlsx"
    path.write_bytes(b"old")
    with pytest.raises(ZeroDivisionError), whole_file(path, WorkbookError) as file:
        file.write(b"half")
        raise ZeroDivisionError
    assert [p.name for p in tmp_path.iterdir()] == ["file.xlsx"]
    assert path.read_bytes() == b"old"


@links
def test_link_stays_a_link(tmp_path: Path) -> None:
    """What it points to is written, in its own folder, though it is not there yet."""
    (tmp_path / "far").mkdir()
    for name in ("there", "not_yet"):
        target, link = tmp_path / "far" / name, tmp_path / f"{name}_link"
        if name == "there":
            target.write_bytes(b"old")
        link.symlink_to(target)
        write(link)
        assert link.is_symlink()
        assert target.read_bytes() == b"new"
    assert sorted(p.name for p in (tmp_path / "far").iterdir()) == ["not_yet", "there"]


@links
def test_other_names_keep_what_was_there(tmp_path: Path) -> None:
    path, other = tmp_path / "file", tmp_path / "other"
    path.write_bytes(b"old")
    other.hardlink_to(path)
    write(path)
    assert (path.read_bytes(), other.read_bytes()) == (b"new", b"old")


def test_permissions_stay(tmp_path: Path) -> None:
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o640)
    mode = path.stat().st_mode
    write(path)
    assert path.read_bytes() == b"new"
    assert path.stat().st_mode == mode


def test_read_only(tmp_path: Path) -> None:
    """Refused, for the superuser too, who could."""
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o444)
    with pytest.raises(WorkbookError, match="expected a file that may be written, got a read-only"):
        write(path)
    assert path.read_bytes() == b"old"


def test_folder(tmp_path: Path) -> None:
    with pytest.raises(WorkbookError, match="expected a place to write, got a folder"):
        write(tmp_path)


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="no named pipes on this system")
def test_pipe(tmp_path: Path) -> None:
    """A pipe or a device stays what it is: a file would take its place."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    with pytest.raises(WorkbookError, match="expected a file to write, got a device or a pipe"):
        write(path)
    assert path.is_fifo()
