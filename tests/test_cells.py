"""Cells in bulk: exact XML, every float64, every formula, rows that are read once."""

from __future__ import annotations

import re
import struct
import tracemalloc
from collections.abc import Iterator
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays
from tools import need, values_of

from xlsxattn import cells, workbook
from xlsxattn.a1 import Area, address
from xlsxattn.engines import engine
from xlsxattn.errors import LayoutError, WorkbookError
from xlsxattn.expression import ABSENT
from xlsxattn.formula import Formula, Reference
from xlsxattn.layout import Layout, Run, Sheet
from xlsxattn.saved import read_values
from xlsxattn.style import ROW_HEIGHT, Role

FINITE = st.floats(allow_nan=False, allow_infinity=False)
TYPED, COMPUTED = Role("input"), Role("value")


def sheet_of(*runs: Run, **options: Any) -> Sheet:
    last_row = max(run.area.last_row for run in runs)
    last_column = max(run.area.last_column for run in runs)
    return Sheet("S", list(runs), last_row=last_row, last_column=last_column, **options)


def xml(*runs: Run, **options: Any) -> str:
    """The rows of a sheet; roles have the style 1 if they are typed, else 2."""
    rows = cells.rows(sheet_of(*runs, **options), lambda role: 1 if role == TYPED else 2)
    return b"".join(rows).decode()


def typed(values: Any, row: int = 1, column: int = 1) -> Run:
    return Run(Area("S", row, column, *values.shape), TYPED, values)


def computed(values: Any, row: int = 1, column: int = 1, array: bool = False) -> Run:
    area = Area("S", row, column, *values.shape)
    return Run(area, COMPUTED, values, Formula(area, ("1+1",), array))


def texts(*rows: list[Any]) -> Any:
    return np.array(rows, dtype=object)


# --- exact XML ------------------------------------------------------------------------


def test_typed_numbers() -> None:
    assert xml(typed(np.array([[1.0, -0.5], [1e30, 0.25]]), 2, 27), heights={2: 20.5}) == (
        f'<row r="1" ht="{ROW_HEIGHT:g}" customHeight="1"></row>'
        '<row r="2" ht="20.5" customHeight="1">'
        '<c r="AA2" s="1"><v>1.0</v></c><c r="AB2" s="1"><v>-0.5</v></c></row>'
        f'<row r="3" ht="{ROW_HEIGHT:g}" customHeight="1">'
        '<c r="AA3" s="1"><v>1e30</v></c><c r="AB3" s="1"><v>0.25</v></c></row>'
    )


def inside(text: str) -> str:
    """What is in the rows, without the rows themselves."""
    return re.sub(r"</?row[^>]*>", "", text)


def test_typed_texts() -> None:
    """A text keeps its spaces; an empty one is style alone; numbers may stand among texts."""
    assert inside(xml(typed(texts([" <&> ", "", 2])))) == (
        '<c r="A1" s="1" t="inlineStr"><is><t xml:space="preserve"> &lt;&amp;&gt; </t></is></c>'
        '<c r="B1" s="1"/>'
        '<c r="C1" s="1"><v>2.0</v></c>'
    )


def test_array_formula() -> None:
    """The formula stands in the first cell, with the whole area; every cell has a value."""
    assert inside(xml(computed(np.array([[1.0, 2.0], [3.0, 4.0]]), array=True))) == (
        '<c r="A1" s="2"><f t="array" ref="A1:B2">1+1</f><v>1.0</v></c>'
        '<c r="B1" s="2"><v>2.0</v></c>'
        '<c r="A2" s="2"><v>3.0</v></c><c r="B2" s="2"><v>4.0</v></c>'
    )


def test_results() -> None:
    """A result may be a text; NaN is the dash of an absent word, its neighbours are numbers."""
    assert inside(xml(computed(texts(["<", 1.5])))) == (
        '<c r="A1" s="2" t="str"><f>1+1</f><v>&lt;</v></c><c r="B1" s="2"><f>1+1</f><v>1.5</v></c>'
    )
    for values in (np.array([[np.nan, 1.5]]), texts([np.nan, 1.5])):
        assert inside(xml(computed(values))) == (
            f'<c r="A1" s="2" t="str"><f>1+1</f><v>{ABSENT}</v></c>'
            '<c r="B1" s="2"><f>1+1</f><v>1.5</v></c>'
        )


def test_absent_array_anchor() -> None:
    """An array whose first value is a dash, and whose others are not."""
    assert inside(xml(computed(np.array([[np.nan], [1.0]]), array=True))) == (
        f'<c r="A1" s="2" t="str"><f t="array" ref="A1:A2">1+1</f><v>{ABSENT}</v></c>'
        '<c r="A2" s="2"><v>1.0</v></c>'
    )


def test_side_by_side() -> None:
    """Runs that share rows stand in the order of their columns, whatever was added first."""
    right, left = typed(np.array([[2.0], [3.0]]), 1, 2), typed(texts(["a"]), 2, 1)
    assert re.findall(r'r="([A-Z]+\d)"', xml(right, left)) == ["B1", "A2", "B2"]


@pytest.mark.parametrize("kind", [np.float32, np.int64, np.uint8, bool])
def test_other_kinds_of_numbers(kind: type) -> None:
    """Numbers of other kinds are written as the doubles that they are."""
    assert re.findall("<v>(.*?)</v>", xml(typed(np.array([[0, 1]], dtype=kind)))) == ["0.0", "1.0"]


# --- numbers --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (0.0, "0.0"),
        (-0.0, "-0.0"),
        (1.0, "1.0"),
        (0.1, "0.1"),
        (1 / 3, "0.3333333333333333"),
        (0.0001, "0.0001"),
        (1e-5, "0.00001"),
        (1.5e-7, "1.5e-7"),
        (5e-324, "5e-324"),
        (2.0**53, "9007199254740992.0"),
        (1e15, "1000000000000000.0"),
        (1e16, "1e16"),
        (1e22, "1e22"),
        (-1e30, "-1e30"),
        (1.7976931348623157e308, "1.7976931348623157e308"),
    ],
)
def test_spelling(number: float, text: str) -> None:
    """One spelling on every installation."""
    assert cells.spelled(np.array([number])) == text.encode()


def bits(numbers: Any) -> list[bytes]:
    return [struct.pack("d", number) for number in numbers]


@settings(max_examples=2000)
@given(st.lists(FINITE, min_size=1, max_size=20))
def test_spelling_is_exact(numbers: list[float]) -> None:
    """Any number is an xsd:double, as short as repr's, that reads back to the last bit."""
    spelled = cells.spelled(np.array(numbers)).decode().split(",")
    assert bits(map(float, spelled)) == bits(numbers)
    for number, text in zip(numbers, spelled, strict=True):
        assert re.fullmatch(r"-?[0-9]+(\.[0-9]+)?(e-?[0-9]+)?", text)
        digits = [re.sub(r"e.*|\.0$|\D", "", t).strip("0") for t in (text, repr(number))]
        assert digits[0] == digits[1]


@settings(max_examples=40, deadline=None)
@given(values=arrays(np.float64, array_shapes(min_dims=2, max_dims=2, max_side=8), elements=FINITE))
def test_numbers_are_read_back(values: Any, tmp_path_factory: pytest.TempPathFactory) -> None:
    """What is written is read back by openpyxl and by us, to the last bit."""
    path = tmp_path_factory.mktemp("numbers") / "numbers.xlsx"
    run = typed(values, 3, 2)
    workbook.save([Layout([sheet_of(run)], {})], path, title="T", subject="S", language="en")
    sheet = openpyxl.load_workbook(path).worksheets[0]
    theirs = [sheet.cell(row, column).value for row, column in run.area.cells()]
    assert bits(theirs) == bits(values.ravel())
    ours = values_of(read_values(path), run.area)
    assert bits(number for row in ours for number in row) == bits(values.ravel())


@pytest.mark.parametrize(
    ("name", "program"), [("ironcalc", ""), ("libreoffice", "soffice"), ("gnumeric", "ssconvert")]
)
def test_engines_read_spellings(name: str, program: str, tmp_path: Path) -> None:
    """Every engine takes every form of a number for that number (LibreOffice to 15 digits)."""
    if program:
        need(program)
    numbers = [0.0, 1.0, 1 / 3, 1e-5, 1.5e-7, 2.0**53, 1e16, -1e22, 1e-300, -1.7e308]
    run = typed(np.array([numbers]))
    path = tmp_path / "numbers.xlsx"
    workbook.save([Layout([sheet_of(run)], {})], path, title="T", subject="S", language="en")
    (found,) = values_of(engine(name)(path, []), run.area)
    assert found == pytest.approx(numbers, rel=1e-14, abs=0)


@pytest.mark.parametrize("number", [np.nan, np.inf, -np.inf])
@pytest.mark.parametrize("dtype", [float, object])
def test_typed_numbers_are_finite(number: float, dtype: type) -> None:
    """What is no number cannot be typed; the message names the place."""
    with pytest.raises(WorkbookError, match=rf"^sheet 'S', B3:C3: expected finite .* got {number}"):
        xml(typed(np.array([[1.0, number]], dtype=dtype), 3, 2))


@pytest.mark.parametrize("dtype", [float, object])
def test_results_are_finite(dtype: type) -> None:
    """A result that no cell can hold is refused, also beside an absent one."""
    with pytest.raises(WorkbookError, match=r"^sheet 'S', A1:B1: .* beyond the range of numbers$"):
        xml(computed(np.array([[np.nan, np.inf]], dtype=dtype)))


@pytest.mark.parametrize("character", ["\x00", "\x01", "\x02", "\x1f", "\ud800", "\uffff"])
def test_characters_that_xml_cannot_hold(character: str) -> None:
    """Marks and holes cannot come in with a text, typed, computed or in a formula."""
    text = f"a{character}"
    area = Area("S", 1, 1, 1, 1)
    formula = Run(area, COMPUTED, np.ones((1, 1)), Formula(area, (f'"{text}"',), array=False))
    for run in (typed(texts([text])), computed(texts([text])), formula):
        with pytest.raises(WorkbookError, match=r"^sheet 'S', A1: expected text without control"):
            xml(run)


# --- formulas -------------------------------------------------------------------------

references = st.builds(
    Reference,
    st.sampled_from(["", "'100%s {}'!", "'数'!"]),
    st.integers(1, 1000),
    st.integers(1, 800),
    st.sampled_from(["row", "column", ""]),
    st.sampled_from(["row", "column", ""]),
    st.sampled_from(["", "$"]),
    st.sampled_from(["", "$"]),
)
pieces = st.lists(references | st.sampled_from(["+", "<>", "%s", "{}", '"&"']), max_size=6)


@settings(max_examples=300, deadline=None)
@given(
    pieces=pieces,
    shape=st.tuples(st.integers(1, 12), st.integers(1, 5)),
    place=st.tuples(st.integers(1, 120), st.integers(1, 30)),
    at_once=st.integers(1, 30),
    absent=st.booleans(),
    each=st.booleans(),
)
def test_formulas_in_bulk(
    pieces: list[str | Reference],
    shape: tuple[int, int],
    place: tuple[int, int],
    at_once: int,
    absent: bool,
    each: bool,
) -> None:
    """Each cell has the formula that ``Formula.at`` gives it, however rows are grouped."""
    area = Area("S", *place, *shape)
    formula = Formula(area, tuple(pieces), each=each)
    values = np.arange(1.0, area.rows * area.columns + 1).reshape(shape)
    if absent:
        values[-1, -1] = np.nan
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(cells, "CELLS_AT_ONCE", at_once)
        text = xml(*runs_of(formula, values))
    array = r' t="array" ref="\1"' if each else ""
    cell = rf'<c r="(\w+)" s="2"(| t="str")><f{array}>(.*?)</f><v>(.*?)</v></c>'
    found = re.findall(cell, text)
    assert found == [
        (address(area.row + row, area.column + column), kind, formula_xml, value)
        for row in range(area.rows)
        for column in range(area.columns)
        for number in [values[row, column]]
        for kind, value in [("", repr(float(number))) if number == number else (' t="str"', ABSENT)]
        for formula_xml in [_escaped(formula.at(row, column))]
    ]
    assert [unescape(one[2]) for one in found][:1] == [formula.at()]


def runs_of(formula: Formula, values: Any) -> list[Run]:
    """The formula over its area, row by row where its columns move from row to row."""
    top = formula.area.row
    return [
        Run(part.area, COMPUTED, values[part.area.row - top : part.area.last_row - top + 1], part)
        for part in formula.by_rows()
    ]


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


# --- overlap and shapes ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("second", "cell"),
    [((3, 3), "C3"), ((1, 2), "B2"), ((2, 1), "B2"), ((4, 4), ""), ((2, 4), ""), ((5, 2), "")],
)
def test_overlap(second: tuple[int, int], cell: str) -> None:
    """Two contents for one cell are refused, also where the second begins in another row."""
    runs = [typed(np.ones((2, 2)), *second), typed(np.ones((3, 2)), 2, 2)]
    if not cell:
        assert xml(*runs).count("<c ") == 10
        return
    with pytest.raises(LayoutError, match=f"^sheet 'S', {cell}: expected one content for each"):
        xml(*runs)


def test_run_beyond_the_sheet() -> None:
    """A run that ends after the sheet's last row is refused rather than cut."""
    sheet = Sheet("S", [typed(np.ones((3, 1)))], last_row=2, last_column=1)
    with pytest.raises(LayoutError, match=r"^sheet 'S', A1:A3: expected a place in the sheet's 2"):
        list(cells.rows(sheet, lambda _: 1))


class Lazy:
    """Rows that are made when they are asked for, and remember what was asked."""

    def __init__(self, rows: int, columns: int, given: int | None = None) -> None:
        self.shape = rows, columns
        self.given = columns if given is None else given
        self.asked: list[slice] = []

    def __getitem__(self, rows: slice) -> Any:
        self.asked.append(rows)
        first = np.arange(rows.start, min(rows.stop, self.shape[0]), dtype=float)[:, None]
        return first + np.arange(self.given) / 8


def test_lazy_rows() -> None:
    """Rows are asked for once each, from the first to the last, few cells at a time."""
    lazy = Lazy(3000, 7)
    numbers = re.findall("<v>(.*?)</v>", xml(typed(lazy)))
    assert [float(number) for number in numbers] == Lazy(3000, 7)[0:3000].ravel().tolist()
    assert lazy.asked[0].start == 0
    assert lazy.asked[-1].stop == 3000
    assert all(one.stop == two.start for one, two in pairwise(lazy.asked))
    assert all((one.stop - one.start) * 7 <= cells.CELLS_AT_ONCE for one in lazy.asked)


def test_memory_mapped_rows(tmp_path: Path) -> None:
    """A file of numbers can be written without reading all of it."""
    values = np.memmap(tmp_path / "numbers", np.float64, "w+", shape=(2, 2))
    values[:] = [[1, 2], [3, 4]]
    assert re.findall("<v>(.*?)</v>", xml(typed(values))) == ["1.0", "2.0", "3.0", "4.0"]


def test_shape_of_values() -> None:
    """Values of another shape than their area's are refused, before and while they are read."""
    run = Run(Area("S", 1, 1, 2, 3), TYPED, np.ones((3, 2)))
    with pytest.raises(LayoutError, match=r"^sheet 'S', A1:C2: expected values of 2×3, got 3×2$"):
        xml(run)
    run = typed(Lazy(5, 3, given=2))
    with pytest.raises(LayoutError, match=r"A1:C5: expected 5×3 values from row 1 on, got 5×2$"):
        xml(run)


# --- size -----------------------------------------------------------------------------


def peak(rows: Iterator[bytes]) -> int:
    tracemalloc.start()
    for _ in rows:
        pass
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most


def test_memory_does_not_grow() -> None:
    """Ten times the rows take the same memory."""
    few, many = (
        peak(cells.rows(sheet_of(typed(Lazy(rows, 50))), lambda _: 1)) for rows in (400, 4000)
    )
    assert many < 1.2 * few < 5e6


@settings(max_examples=50, deadline=None)
@given(
    pieces=pieces,
    values=arrays(np.float64, (11, 3), elements=FINITE),
    kind=st.sampled_from(["", "array", "each"]),
)
def test_most_bytes(pieces: list[str | Reference], values: Any, kind: str) -> None:
    """A sheet is never longer than was foreseen."""
    area = Area("S", 95, 25, 11, 3)
    formula = Formula(area, tuple(pieces), kind == "array", kind == "each")
    runs = [Run(area, COMPUTED, values, formula)] if kind == "array" else runs_of(formula, values)
    sheet = sheet_of(*runs, heights={96: 13.25})
    written = sum(map(len, cells.rows(sheet, lambda _: 999)))
    assert written <= cells.most_bytes(sheet)
