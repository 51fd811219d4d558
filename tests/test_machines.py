"""The same workbook on another processor, with another NumPy, with and without lxml."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from xml.etree.ElementTree import canonicalize

import pytest
from conftest import Workbooks
from elsewhere import core
from machines import CORE, CORES, Compared, build_elsewhere, compare
from tools import parts, write_parts

from xlsxattn.widths import characters
from xlsxattn.writer.spelling import plain


def test_other_processor(workbooks: Workbooks, tmp_path: Path) -> None:
    """Where OpenBLAS adds in another order, stored values differ in their last digits only."""
    lessons = {f"{name}-en": workbooks.path(name) for name in ("mouse", "training")}
    here = core()
    if not here:
        pytest.skip("NumPy has another BLAS than OpenBLAS")
    for other in CORES:
        there = build_elsewhere(tmp_path, list(lessons), **{CORE: other}).split()[0]
        if there != here:
            break
    else:
        pytest.skip(f"OpenBLAS plays no other processor than {here}")
    found = Compared()
    for name, path in lessons.items():
        compare(path, tmp_path / f"{name}.xlsx", found)
    assert not found.wrong
    assert found.values > 100, f"{there} computes as {here} does: the comparison saw nothing"


@pytest.mark.parametrize(
    ("old", "new", "wrong"),
    [
        (b"", b"", 0),
        (b"<v>0.5</v>", b"<v>0.5000000000000001</v>", 0),
        (b"<v>0.5</v>", b"<v>0.50000000001</v>", 1),
        (b"<v>0.5</v>", b"<v>nan</v>", 1),
        (b"<v>cat</v>", b"<v>dog</v>", 1),
        (b's="3"', b's="4"', 1),
    ],
)
def test_compare_finds(old: bytes, new: bytes, wrong: int) -> None:
    """A last digit is no difference; a larger one, a text and a style are."""
    found = Compared()
    found.add_part("xl/worksheets/sheet1.xml", b"<c>" + old + b"</c>", b"<c>" + new + b"</c>")
    assert len(found.wrong) == wrong
    other = Compared()
    other.add_part("xl/styles.xml", old, new)
    assert len(other.wrong) == (old != new)


def test_compare_finds_parts(mouse: Path, tmp_path: Path) -> None:
    """A part that is not in both is a difference."""
    content = parts(mouse)
    del content["xl/styles.xml"]
    found = Compared()
    compare(mouse, write_parts(tmp_path / "less.xlsx", content), found)
    assert len(found.wrong) == 1


#: What openpyxl writes without lxml, and with it, in one go and piece by piece.
STANDARD = '<s xmlns:r="R" xmlns="M"><a /><b r:id="1" t="5 &gt; 3 −" /><c>−&amp;#8722;</c></s>'
LXML = '<s xmlns="M"><a/><b xmlns:r="R" r:id="1" t="5 &gt; 3 −"/><c>−&amp;#8722;</c></s>'
PIECES = (
    '<s xmlns="M"><a></a><b xmlns:r="R" r:id="1" t="5 &gt; 3 &#8722;"/>'
    "<c>&#8722;&amp;#8722;</c></s>"
)


def test_plain() -> None:
    expected = '<s xmlns="M" xmlns:r="R"><a /><b r:id="1" t="5 &gt; 3 −" /><c>−&amp;#8722;</c></s>'
    assert {plain(one.encode()).decode() for one in (STANDARD, LXML, PIECES)} == {expected}
    assert plain(expected.encode()).decode() == expected
    declared = '<?xml version="1.0"?>\n<a xmlns="M"%s/>'
    assert plain((declared % "").encode()) == (declared % " ").encode()
    assert plain(b"<t>a&#10;b &#9;</t>") == b"<t>a&#10;b &#9;</t>"


@pytest.mark.parametrize("text", [STANDARD, LXML, PIECES])
def test_plain_means_the_same(text: str) -> None:
    assert canonicalize(plain(text.encode()).decode()) == canonicalize(text)


def test_widths_are_added_exactly() -> None:
    """Python 3.12 adds otherwise than 3.11, and a column's width would show it."""
    assert characters("①" * 10) == 21.5


def test_lxml(workbooks: Workbooks, tmp_path: Path) -> None:
    """With lxml, which openpyxl uses where it is installed, the file is the same."""
    if importlib.util.find_spec("lxml") is None:
        pytest.skip("lxml is not installed")
    for used in ("True", "False"):
        build_elsewhere(tmp_path / used, ["mouse-zh"], OPENPYXL_LXML=used)
    one, other = (tmp_path / used / "mouse-zh.xlsx" for used in ("True", "False"))
    assert one.read_bytes() == other.read_bytes()
