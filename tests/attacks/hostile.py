"""What hostile workbooks are made from: honest parts, and a list of ways to spoil them."""

from __future__ import annotations

import random
import tempfile
import zipfile
from collections.abc import Callable
from functools import cache
from io import BytesIO
from pathlib import Path

import openpyxl
from tools import SMALL, parts

from xlsxattn.build import build

Parts = dict[str, bytes]
#: Spoil the parts; what is returned is the file, where it is no plain archive of the parts.
Spoil = Callable[[Parts, random.Random], bytes | None]

SHEET, BOOK, STRINGS = "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/sharedStrings.xml"
#: A row far below what stands on the sheets.
ROW = 5000


@cache
def _honest() -> tuple[Parts, ...]:
    """A lesson on few lines, one that comes with the package, and a workbook that is not ours."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "small.toml").write_text(SMALL, encoding="utf-8")
        book = openpyxl.Workbook()
        book.active["A1"], book.active["A2"], book.active["B1"] = 1, 2, "text"
        book.active["A3"] = "=A1+A2"
        book.save(folder / "plain.xlsx")
        build(str(folder / "small.toml"), folder / "small.xlsx")
        build("mouse", folder / "mouse.xlsx")
        return tuple(parts(folder / f"{name}.xlsx") for name in ("small", "mouse", "plain"))


def honest(source: random.Random, *, lesson: bool = False) -> Parts:
    """The parts of a workbook, one that carries a lesson where it has to."""
    small, mouse, plain = _honest()
    return dict(source.choice([small, mouse] if lesson else [small, mouse, plain, plain]))


def packed(content: Parts, level: int = 6) -> bytes:
    """Parts as a file."""
    file = BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, data in content.items():
            archive.writestr(name, data)
    return file.getvalue()


def replace(content: Parts, part: str, old: str, new: str) -> None:
    """In a part, the first of something by something else; what is spoiled must be there."""
    assert old.encode() in content[part], (part, old)
    content[part] = content[part].replace(old.encode(), new.encode(), 1)


def add_rows(content: Parts, rows: str) -> None:
    """More rows at the end of the first sheet."""
    replace(content, SHEET, "</sheetData>", rows + "</sheetData>")


def add_formula(content: Parts, formula: str, attributes: str = "") -> None:
    """A cell with a formula of its own below all others."""
    add_rows(content, f'<row r="{ROW}"><c r="A{ROW}"><f{attributes}>{formula}</f></c></row>')


def add_cell(content: Parts, inside: str, attributes: str = "", place: str = f"A{ROW}") -> None:
    row = "".join(filter(str.isdigit, place))
    add_rows(content, f'<row r="{row}"><c r="{place}"{attributes}>{inside}</c></row>')


def add_behind(content: Parts, xml: str) -> None:
    """Something that stands behind the rows."""
    replace(content, SHEET, "</sheetData>", "</sheetData>" + xml)


def add_names(content: Parts, names: str) -> None:
    """Defined names more than there are."""
    if b"</definedNames>" in content[BOOK]:
        replace(content, BOOK, "</definedNames>", names + "</definedNames>")
    else:
        content[BOOK] = content[BOOK].replace(b"<definedNames/>", b"").replace(
            b"<definedNames />", b"")  # fmt: skip
        replace(content, BOOK, "</sheets>", f"</sheets><definedNames>{names}</definedNames>")


def title(content: Parts) -> str:
    """The title of the first sheet as a formula has it."""
    return "'" + content[BOOK].decode().split("<sheet ")[1].split('name="')[1].split('"')[0] + "'"
