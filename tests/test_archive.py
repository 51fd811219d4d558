"""The zip file: the same bytes inside whatever deflates them, and quick only where it counts."""

from __future__ import annotations

import sys
import zipfile
import zlib
from pathlib import Path

import numpy as np
import pytest
from tools import parts

from xlsxattn.a1 import Area
from xlsxattn.build import build, prepare
from xlsxattn.layout import Layout, Run, Sheet
from xlsxattn.lesson import template_names
from xlsxattn.style import Role
from xlsxattn.writer import workbook
from xlsxattn.writer.archive import LARGE, LARGE_LESSON, ZIP64, ReproducibleZip, quick_compressor
from xlsxattn.writer.cells import most_bytes


@pytest.fixture(params=["isal", "zlib"])
def library(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Large members are deflated by igzip, or by zlib as if igzip were not installed."""
    if request.param == "isal":
        pytest.importorskip("isal", reason="isal is not installed")
    else:
        monkeypatch.setitem(sys.modules, "isal", None)
    return str(request.param)


def test_quick_compressor(library: str) -> None:
    """It is the library's that is installed, and raw: no header, no checksum."""
    compressor = quick_compressor()
    assert type(compressor).__module__.startswith(library)
    text = b"<v>0.5</v>" * 1000
    assert zlib.decompress(compressor.compress(text) + compressor.flush(), -15) == text


def write(path: Path, size: int) -> zipfile.ZipInfo:
    with path.open("wb") as file, ReproducibleZip(file) as archive:
        archive.writestr("small", "content")
        with archive.open_member("member", size) as member:
            for number in range(10_000):
                member.write(b"%d," % number)
    with zipfile.ZipFile(path) as read:
        assert read.testzip() is None
        assert read.read("member") == b"".join(b"%d," % number for number in range(10_000))
        return read.getinfo("member")


@pytest.mark.parametrize("size", [0, LARGE - 1, LARGE, ZIP64])
def test_members(size: int, library: str, tmp_path: Path) -> None:
    """Any zip reader finds the content; zip64 is used only where a member needs it."""
    info = write(tmp_path / "file.zip", size)
    assert info.extract_version == (45 if size >= ZIP64 else 20)
    assert info.date_time == (2000, 1, 1, 0, 0, 0)
    usual = write(tmp_path / "usual.zip", 0).compress_size
    assert (info.compress_size != usual) == (size >= LARGE)


def save_large(path: Path) -> Path:
    values = np.random.RandomState(0).standard_normal((LARGE // 7_000, 100))
    area = Area("S", 1, 1, *values.shape)
    sheet = Sheet("S", [Run(area, Role("value"), values)], last_row=area.rows, last_column=100)
    workbook.save([Layout([sheet], {})], path, title="T", subject="S", language="en")
    return path


def test_same_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With and without igzip every part of a large workbook is the same byte for byte."""
    pytest.importorskip("isal", reason="isal is not installed")
    quick = save_large(tmp_path / "quick.xlsx")
    again = save_large(tmp_path / "again.xlsx")
    monkeypatch.setitem(sys.modules, "isal", None)
    usual = save_large(tmp_path / "usual.xlsx")
    assert parts(quick) == parts(usual)
    assert quick.read_bytes() == again.read_bytes()
    assert quick.read_bytes() != usual.read_bytes()


def test_lessons_do_not_need_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file of a lesson, the largest too, is the same with and without igzip."""
    for name in template_names():
        sheets = [sheet for layout in prepare(name).layouts for sheet in layout.sheets]
        assert all(most_bytes(sheet) < LARGE_LESSON for sheet in sheets), name
    build("scaling", tmp_path / "with.xlsx")
    monkeypatch.setitem(sys.modules, "isal", None)
    build("scaling", tmp_path / "without.xlsx")
    assert (tmp_path / "with.xlsx").read_bytes() == (tmp_path / "without.xlsx").read_bytes()
