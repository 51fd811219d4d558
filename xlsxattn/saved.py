"""A saved workbook as it is in the file: formulas, stored values, names, its lesson."""

from __future__ import annotations

import datetime
import math
import zipfile
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

from xlsxattn.a1 import MAX_COLUMNS, MAX_ROWS, Area, address, column_number, parse_area
from xlsxattn.grid import Computed, Grid
from xlsxattn.lesson import Carried
from xlsxattn.limits import Counted, LimitError, require_formula
from xlsxattn.saved_file import opened
from xlsxattn.saved_lesson import carried_by, properties_of
from xlsxattn.sheet_rows import RUN, Run, rows_of

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

    values: Grid = field(default_factory=Grid)
    formulas: dict[str, str] = field(default_factory=dict)
    arrays: dict[str, Area] = field(default_factory=dict)
    #: By row: first column, last column and style number of cells side by side.
    styles: dict[int, list[tuple[int, int, int]]] = field(default_factory=dict)

    @cached_property
    def computed(self) -> Computed:
        """The formula behind each computed cell, an array's for every cell of its area."""
        return Computed(self.formulas, self.arrays)

    @property
    def count(self) -> int:
        """As many cells as may hold something, those of arrays without a stored value too."""
        stored = sum(len(numbers) for _, numbers in self.values.rows.values())
        in_arrays = sum(area.rows * area.columns for area in self.arrays.values())
        return stored + len(self.values.others) + len(self.formulas) + in_arrays


@dataclass
class Saved:
    """A workbook file that has been read."""

    path: Path
    sheets: dict[str, Sheet]
    names: dict[str, Area]
    carried: Carried | None
    sheet_names: dict[str, dict[str, Area]] = field(default_factory=dict)
    #: What the file says of itself in its custom properties.
    properties: dict[str, str] = field(default_factory=dict)

    def names_for(self, sheets: list[str]) -> dict[str, Area]:
        """The workbook's names and those of some sheets."""
        names = dict(self.names)
        for sheet in sheets:
            names |= self.sheet_names.get(sheet, {})
        return names


def read(path: Path) -> Saved:
    """Read a workbook; WorkbookError where the file is none, LessonError for a damaged lesson."""
    with opened(path) as book:
        sheets = _sheets(book)
        names = _names(book.defined_names)
        by_sheet = {one.title: _names(one.defined_names) for one in book.worksheets}
    properties = properties_of(path)
    return Saved(path, sheets, names, carried_by(path, properties), by_sheet, properties)


def read_values(path: Path) -> dict[str, Grid]:
    """The stored values of every sheet, by address."""
    with opened(path) as book:
        return {title: sheet.values for title, sheet in _sheets(book).items()}


def _sheets(book: Any) -> dict[str, Sheet]:
    """Every sheet by its title; each has a part of its own."""
    known: set[str] = set()
    sheets = {}
    counted = Counted()
    for worksheet in book.worksheets:
        if worksheet._worksheet_path in known:
            raise LimitError(f"several sheets that are one part ({worksheet._worksheet_path})")
        known.add(worksheet._worksheet_path)
        sheets[worksheet.title] = _sheet(book, worksheet, counted)
    return sheets


def _sheet(book: Any, worksheet: Any, counted: Counted) -> Sheet:
    """Stored values and formulas of a sheet.

    openpyxl gives one or the other; here its parser is asked for both, cell by cell, for
    reading a file twice is most of the time that a check takes. Plain numbers are read without
    it, for there may be millions.
    """
    from openpyxl.worksheet._reader import WorkSheetParser

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
        for row, runs in rows_of(source):
            parser.row_counter = _row_number(row, parser.row_counter)
            parser.col_counter = 0
            _add_row(sheet, worksheet.title, row, runs, parser, counted)
    return sheet


def _row_number(row: ElementTree.Element, before: int) -> int:
    number = float(row.get("r", before + 1))
    if not number.is_integer() or not 1 <= number <= MAX_ROWS:
        raise ValueError(f"{row.get('r')} is not a valid row number")
    return int(number)


def _add_row(
    sheet: Sheet,
    title: str,
    row: ElementTree.Element,
    runs: list[Run],
    parser: Any,
    counted: Counted,
) -> None:
    """The cells of a row: its plain numbers together, the others as openpyxl reads them."""
    number = parser.row_counter
    columns: list[int] = []
    numbers: list[float] = []
    styles: list[tuple[int, int, int]] = []
    for element in row:
        folded = runs and element.tag == RUN
        run = runs[int(element.attrib["n"])] if folded else _plain_number(element)
        if run is not None:
            if run.row != number:
                raise ValueError(f"{address(run.row, run.first)} is not a cell of row {number}")
            parser.col_counter = last = run.last
            first, style, found = run.first, run.style, run.numbers
        else:
            cell = parser.parse_cell(element)
            first = last = cell["column"]
            style = int(element.get("s", 0))
            found = _add_cell(sheet, title, element, cell, parser, counted)
            if cell["row"] != number:
                sheet.values.others.update(((cell["row"], first), value) for value in found)
                found = []
        if not 1 <= first <= last <= MAX_COLUMNS:
            raise ValueError(f"{address(number, last)} is not a cell of a sheet")
        if all(map(math.isfinite, found)):
            columns += range(first, first + len(found))
            numbers += found
        else:
            sheet.values.others.update(
                ((number, column), value) for column, value in enumerate(found, start=first)
            )
        if styles and styles[-1][1] == first - 1 and styles[-1][2] == style:
            styles[-1] = styles[-1][0], last, style
        else:
            styles.append((first, last, style))
    sheet.styles.setdefault(number, []).extend(styles)
    sheet.values.put_row(number, columns, numbers)


def _plain_number(element: ElementTree.Element) -> Run | None:
    """A cell that holds a number and nothing else, as a run of one."""
    from openpyxl.worksheet._reader import VALUE_TAG

    place = element.get("r")
    if len(element) != 1 or "t" in element.attrib or element[0].tag != VALUE_TAG or not place:
        return None
    if not element[0].text:
        return None
    letters, value = place.rstrip("0123456789"), float(element[0].text)
    if value != value:
        raise ValueError(f"{place}: {element[0].text} is no number")
    return Run(
        int(place[len(letters) :] or 0), column_number(letters), int(element.get("s", 0)), [value]
    )


def _add_cell(
    sheet: Sheet, title: str, element: ElementTree.Element, cell: Any, parser: Any, counted: Counted
) -> list[float]:
    """What openpyxl has read of a cell; its number, if it is one, is returned and not added."""
    from openpyxl.worksheet._reader import FORMULA_TAG

    place = address(cell["row"], cell["column"])
    formula = element.find(FORMULA_TAG)
    if formula is not None:
        require_formula(place, formula.text or "")
        if formula.get("t") == "shared" and formula.get("si") in parser.shared_formulae:
            shared = parser.shared_formulae[formula.get("si")]
            counted.add_shared(place, len(shared.tokenizer.formula))
        _add_formula(sheet, title, place, parser.parse_formula(element))
        if place in sheet.arrays:
            counted.add_array(place, sheet.arrays[place])
    if cell["value"] is None and element.get("t") == "str":
        cell["value"] = ""  # what a formula gives: a text, but an empty one
    if cell["value"] is None:
        return []
    value = _value(cell["value"], cell["data_type"])
    if type(value) is float:
        return [value]
    sheet.values[place] = value
    return []


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


def sheet_parts(archive: zipfile.ZipFile) -> dict[str, str]:
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
