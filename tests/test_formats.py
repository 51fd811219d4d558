"""What a sheet becomes in the file around its numbers: formats, styles, print set-up."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import openpyxl
import pytest
from openpyxl.formatting.rule import Rule
from openpyxl.worksheet.worksheet import Worksheet
from tools import parts

from xlsxattn.a1 import Area
from xlsxattn.layout import Layout, Run, Sheet
from xlsxattn.layout.sheet import Bars, Heat, Marked, Strong
from xlsxattn.style import LINE, MUTED, TONES, Role, number_format, unsigned_format
from xlsxattn.writer import workbook

BLOCK, OTHER = Area("S", 1, 1, 2, 2), Area("S", 4, 1, 1, 2)


@pytest.fixture
def saved(tmp_path: Path) -> Callable[..., Path]:
    """Saves a sheet of numbers that are typed in a role."""

    def save(role: str | Role = "value", values: Any = None, **options: Any) -> Path:
        numbers = np.ones((2, 2)) if values is None else np.array(values, dtype=object)
        run = Run(Area("S", 1, 1, *numbers.shape), Role(role) if isinstance(role, str) else role,
                  numbers)  # fmt: skip
        sheet = Sheet("S", [run], **{"last_row": 9, "last_column": 3, **options})
        path = tmp_path / "formats.xlsx"
        workbook.save([Layout([sheet], {})], path, title="T", subject="S", language="en")
        return path

    return save


def sheet_in(path: Path) -> Worksheet:
    return openpyxl.load_workbook(path).worksheets[0]


def rules(path: Path) -> dict[str, list[Rule]]:
    """The conditional formats of each range of cells."""
    return {str(one.sqref): one.rules for one in sheet_in(path).conditional_formatting}


# --- conditional formats --------------------------------------------------------------


def test_heat(saved: Callable[..., Path]) -> None:
    """White is the least number, or 0 where some are negative; below 0 it is grey."""
    path = saved(heats=[Heat(BLOCK, "key"), Heat(OTHER, "query", negative=True)])
    found = {area: one[0].colorScale for area, one in rules(path).items()}
    scales = {
        area: [(v.type, v.val, c.rgb[2:]) for v, c in zip(one.cfvo, one.color, strict=True)]
        for area, one in found.items()
    }
    assert scales == {
        "A1:B2": [("min", None, "FFFFFF"), ("max", None, TONES["key"][2])],
        "A4:B4": [("min", None, LINE), ("num", 0, "FFFFFF"), ("max", None, TONES["query"][2])],
    }


def test_bars(saved: Callable[..., Path]) -> None:
    """A share is a bar from 0 to 1 over the whole width of its cell, without its number."""
    (rule,) = rules(saved(bars=[Bars(BLOCK, "output")]))["A1:B2"]
    bar = rule.dataBar
    assert [(v.type, v.val) for v in bar.cfvo] == [("num", 0), ("num", 1)]
    assert (bar.showValue, bar.minLength, bar.maxLength) == (False, 0, 100)
    assert bar.color.rgb[2:] == TONES["output"][0]


def test_strong_and_marked(saved: Callable[..., Path]) -> None:
    """Bold by a condition; in a frame and a fill of the tone too, where cells are marked."""
    strong, marked = Strong(BLOCK, '$A1="mouse"'), Marked(OTHER, "B$1=2", "key")
    found = rules(saved(strong=[strong], marked=[marked]))
    (bold,), (framed,) = found["A1:B2"], found["A4:B4"]
    assert (bold.formula, bold.dxf.font.b) == (['$A1="mouse"'], True)
    assert (framed.formula, framed.dxf.font.b) == (["B$1=2"], True)
    assert framed.dxf.fill.bgColor.rgb[2:] == TONES["key"][1]
    sides = [getattr(framed.dxf.border, name) for name in ("left", "right", "top", "bottom")]
    assert {(side.style, side.color.rgb[2:]) for side in sides} == {("thin", TONES["key"][0])}


def test_masked_is_hatched(saved: Callable[..., Path]) -> None:
    """Scores below −1E+25, and no others."""
    (rule,) = rules(saved(masked=[BLOCK, OTHER]))["A1:B2 A4:B4"]
    assert (rule.operator, list(map(float, rule.formula))) == ("lessThan", [-1e25])
    fill = rule.dxf.fill
    assert (fill.patternType, fill.fgColor.rgb[2:], fill.bgColor.rgb[2:]) == (
        "lightUp",
        MUTED,
        LINE,
    )


@pytest.mark.parametrize("decimals", [0, 2, 4])
def test_near_zero_has_no_sign(decimals: int, saved: Callable[..., Path]) -> None:
    """From minus to plus half a unit of the last decimal, which itself keeps its sign."""
    (rule,) = rules(saved(near_zero={decimals: [BLOCK]}))["A1:B2"]
    least, largest = map(float, rule.formula)
    half = 0.5 * 10**-decimals
    assert rule.operator == "between"
    assert -half < least < -0.999 * half and largest == -least
    assert rule.dxf.numFmt.formatCode == unsigned_format(decimals)


def test_dash_beyond_the_largest(saved: Callable[..., Path]) -> None:
    """Results of that size and more, of either sign."""
    (rule,) = rules(saved(results=[BLOCK], largest=1000.0))["A1:B2"]
    least, largest = map(float, rule.formula)
    assert rule.operator == "notBetween"
    assert 999.99 < largest < 1000 and least == -largest
    assert rule.dxf.numFmt.formatCode == '"–"'


# --- styles ---------------------------------------------------------------------------


def test_texts_are_texts(saved: Callable[..., Path]) -> None:
    """A label has the format of texts and the prefix of one, so that =1 stays what it is."""
    cell = sheet_in(saved("label", [["=1", "x"]]))["A1"]
    assert (cell.value, cell.data_type) == ("=1", "s")
    assert (cell.number_format, cell.quotePrefix) == ("@", True)
    number = sheet_in(saved("value"))["A1"]
    assert (number.number_format, number.quotePrefix) == (number_format(2), False)


def test_number_formats_of_roles(saved: Callable[..., Path]) -> None:
    """Masked scores and wide numbers have formats of their own."""
    for role, expected in (
        (Role("value", masked=True), number_format(2, masked=True)),
        (Role("value", wide=True, decimals=4), number_format(4, wide=True)),
        (Role("side", signed=True), number_format(2, signed=True)),
    ):
        assert sheet_in(saved(role))["A1"].number_format == expected != number_format(2)


# --- print ----------------------------------------------------------------------------


def footer(path: Path) -> str:
    """The footer as the file has it."""
    xml = parts(path)["xl/worksheets/sheet1.xml"].decode()
    found = re.search("<oddFooter>(.*)</oddFooter>", xml)
    assert found is not None
    return found[1].replace("&amp;", "&")


def test_footer(saved: Callable[..., Path]) -> None:
    """A & of the title is doubled, those of the page numbers are not; long titles are cut."""
    left, right = footer(saved(footer=("Q & A&B", "&P / &N"))).split("&R")
    assert left.endswith("Q && A&&B")
    assert right.endswith("&P / &N")
    left, _ = footer(saved(footer=("&" * 79 + "xyz", ""))).split("&R")
    assert left.endswith("&" * 158 + "x")


def test_margins(saved: Callable[..., Path]) -> None:
    """More at the foot of the page than at its head, for the footer; the same at the sides."""
    margins = sheet_in(saved()).page_margins
    assert (margins.left, margins.right) == (0.4, 0.4)
    assert (margins.top, margins.bottom) == (0.5, 0.65)
    assert margins.footer < margins.bottom


def test_page_set_up(saved: Callable[..., Path]) -> None:
    """Paper, side, scale, breaks and what is printed are those of the sheet."""
    sheet = sheet_in(saved(landscape=True, scale=83, breaks=[3, 7], print_columns=2))
    set_up = sheet.page_setup
    assert (set_up.orientation, set_up.paperSize, set_up.scale) == ("landscape", 9, 83)
    assert not (set_up.fitToWidth or set_up.fitToHeight)  # Excel ignores the breaks beside that
    assert [one.id for one in sheet.row_breaks.brk] == [3, 7]
    assert sheet.print_area == "'S'!$A$1:$B$9"
    assert sheet_in(saved()).print_area == "'S'!$A$1:$C$9"
    assert sheet_in(saved(printed=False)).print_area == "'S'!$A$1"


def test_labels_on_every_page(saved: Callable[..., Path]) -> None:
    """The row and the columns of labels are frozen and repeated, where a sheet says so."""
    sheet = sheet_in(saved(repeated_row=4, frozen_rows=4, frozen_columns=2))
    assert (sheet.print_title_rows, sheet.print_title_cols) == ("$4:$4", "$A:$B")
    assert sheet.freeze_panes == "C5"
    assert sheet_in(saved()).print_title_rows is None
