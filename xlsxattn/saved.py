"""A saved workbook as it is in the file: formulas, stored values, names, its lesson."""

from __future__ import annotations

import datetime
import re
import warnings
import zipfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from html import escape
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from xlsxattn.a1 import Area, address, parse_area
from xlsxattn.errors import LessonError, WorkbookError
from xlsxattn.lesson import Carried, parse_carried

#: A cell's content as Python has it; an error such as #N/A is an ``ErrorValue``.
Value = float | str | bool | None
#: A changed cell: sheet, address, new content.
Change = tuple[str, str, float | str]


class ErrorValue(str):
    """An error that a cell shows, ``#DIV/0!``."""

    __slots__ = ()


@dataclass
class Sheet:
    """The cells of a sheet by address: what is typed or stored, and which are computed."""

    values: dict[str, Value] = field(default_factory=dict)
    formulas: dict[str, str] = field(default_factory=dict)
    arrays: dict[str, Area] = field(default_factory=dict)

    @cached_property
    def computed(self) -> dict[str, str]:
        """The formula behind each computed cell, an array's for every cell of its area."""
        computed = dict(self.formulas)
        for first, area in self.arrays.items():
            for row, column in area.cells():
                computed[address(row, column)] = self.formulas[first]
        return computed


@dataclass
class Saved:
    """A workbook file that has been read."""

    path: Path
    sheets: dict[str, Sheet]
    names: dict[str, Area]
    carried: Carried | None
    sheet_names: dict[str, dict[str, Area]] = field(default_factory=dict)

    def names_for(self, sheets: list[str]) -> dict[str, Area]:
        """The workbook's names and those of some sheets."""
        names = dict(self.names)
        for sheet in sheets:
            names |= self.sheet_names.get(sheet, {})
        return names


def read(path: Path) -> Saved:
    """Read a workbook; WorkbookError where the file is none, LessonError for a damaged lesson."""
    with _opened(path) as book:
        sheets = {worksheet.title: _sheet(book, worksheet) for worksheet in book.worksheets}
        names = _names(book.defined_names)
        by_sheet = {one.title: _names(one.defined_names) for one in book.worksheets}
    return Saved(path, sheets, names, _carried(path), by_sheet)


def read_values(path: Path) -> dict[str, dict[str, Value]]:
    """The stored values of every sheet, by address."""
    with _opened(path) as book:
        return {one.title: _sheet(book, one).values for one in book.worksheets}


@contextmanager
def _opened(path: Path) -> Iterator[Any]:
    """A workbook while it is read; whatever goes wrong then is a WorkbookError of one line."""
    import openpyxl

    if path.suffix.lower() == ".toml" and path.is_file():
        raise WorkbookError(
            f"{path}: expected an .xlsx workbook, got a lesson; `xlsxattn build` makes one of it"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            book = openpyxl.load_workbook(path, read_only=True, data_only=True)
            with closing(book):
                yield book
    except FileNotFoundError:
        raise WorkbookError(f"{path}: expected a workbook, got no such file") from None
    except IsADirectoryError:
        raise WorkbookError(f"{path}: expected a workbook, got a folder") from None
    except PermissionError:
        raise WorkbookError(f"{path}: expected a readable file, got no permission") from None
    except openpyxl.utils.exceptions.InvalidFileException:
        kind = f"a {path.suffix} file" if path.suffix else "a file without an ending"
        raise WorkbookError(f"{path}: expected an .xlsx workbook, got {kind}") from None
    except Exception as error:  # openpyxl raises what its parsers raise
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        raise WorkbookError(
            f"{path}: expected an .xlsx workbook, got another file ({reason})"
        ) from None


def _sheet(book: Any, worksheet: Any) -> Sheet:
    """Stored values and formulas of a sheet.

    openpyxl gives one or the other; here its parser is asked for both, cell by cell, for
    reading a file twice is most of the time that a check takes.
    """
    from openpyxl.worksheet._reader import FORMULA_TAG, ROW_TAG, WorkSheetParser

    sheet = Sheet()
    with worksheet._get_source() as source:
        parser = WorkSheetParser(
            source,
            worksheet._shared_strings,
            data_only=True,
            epoch=book.epoch,
            date_formats=frozenset(),  # a date is a number, as every engine takes it
            timedelta_formats=frozenset(),
        )
        for _, row in ElementTree.iterparse(source):
            if row.tag != ROW_TAG:
                continue
            for element, cell in zip(row, parser.parse_row(row)[1], strict=True):
                place = address(cell["row"], cell["column"])
                if cell["value"] is not None:
                    sheet.values[place] = _value(cell["value"], cell["data_type"])
                if element.find(FORMULA_TAG) is not None:
                    _add_formula(sheet, worksheet.title, place, parser.parse_formula(element))
            row.clear()
    return sheet


def _add_formula(sheet: Sheet, title: str, place: str, content: Any) -> None:
    if isinstance(content, str):
        sheet.formulas[place] = content
    elif hasattr(content, "text"):  # openpyxl's ArrayFormula; a data table has none
        sheet.formulas[place] = content.text or "="
        sheet.arrays[place] = parse_area(f"{title}!{content.ref or place}")


def _value(value: Any, kind: str) -> Any:
    if kind == "e":
        return ErrorValue(value)
    if isinstance(value, datetime.datetime | datetime.date | datetime.time):  # typed as ISO 8601
        from openpyxl.utils.datetime import to_excel

        return float(to_excel(value))
    whole = isinstance(value, int) and not isinstance(value, bool)
    return float(value) if whole else value


def _names(defined: Any) -> dict[str, Area]:
    names = {}
    for name, one in defined.items():
        try:
            names[name] = parse_area(one.attr_text or "")
        except ValueError:
            continue  # a name of the reader's own that holds a formula
    return names


def _carried(path: Path) -> Carried | None:
    """The lesson in the workbook's custom XML part, wherever a program has moved it."""
    from xlsxattn.writer import LESSON_NAMESPACE

    with zipfile.ZipFile(path) as archive:
        for name in archive.namelist():
            if not re.fullmatch(r"customXml/item\d+\.xml", name):
                continue
            try:
                root = ElementTree.fromstring(archive.read(name))
            except ElementTree.ParseError:
                continue
            if root.tag == f"{{{LESSON_NAMESPACE}}}lesson":
                try:
                    return parse_carried(root.text or "")
                except LessonError as error:
                    raise LessonError(f"{path}: {error}") from None
    return None


def write_changed(source: Path, changes: list[Change], target: Path) -> None:
    """A copy of a workbook with some typed cells changed, everything else as it was."""
    by_sheet: dict[str, list[Change]] = {}
    for change in changes:
        by_sheet.setdefault(change[0], []).append(change)
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as new:
        parts = _sheet_parts(old)
        for name in old.namelist():
            content = old.read(name)
            for sheet, part in parts.items():
                if part == name and sheet in by_sheet:
                    text = content.decode()
                    for _, cell, value in by_sheet[sheet]:
                        text = _replace_cell(text, cell, value)
                    content = text.encode()
            new.writestr(name, content)


def _sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
    """The part of each sheet, by its title."""
    main = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
    relation = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
    workbook = ElementTree.fromstring(archive.read("xl/workbook.xml"))
    targets = {
        r.get("Id"): (r.get("Target") or "")
        for r in ElementTree.fromstring(archive.read("xl/_rels/workbook.xml.rels"))
    }
    return {
        sheet.get("name") or "": "xl/" + targets[sheet.get(relation)].removeprefix("/xl/")
        for sheet in workbook.iter(f"{main}sheet")
    }


def _replace_cell(xml: str, cell: str, value: float | str) -> str:
    pattern = re.compile(rf'<c r="{cell}"((?: (?!t=)\w+="[^"]*")*)[^>]*?(?:/>|>.*?</c>)', re.DOTALL)
    if isinstance(value, str):
        content = f' t="inlineStr"><is><t>{escape(value, quote=False)}</t></is></c>'
    else:
        content = f"><v>{value!r}</v></c>"
    return pattern.sub(lambda match: f'<c r="{cell}"{match[1]}{content}', xml, count=1)
