"""Conditional formats: what a number looks like follows what it is, after any edit."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from openpyxl.formatting.rule import ColorScaleRule, DataBarRule, FormulaRule, Rule
from openpyxl.styles import Border, Font, PatternFill, Side
from openpyxl.styles.differential import DifferentialStyle
from openpyxl.styles.numbers import NumberFormat
from openpyxl.worksheet.worksheet import Worksheet

from xlsxattn.a1 import Area
from xlsxattn.expression import ABSENT
from xlsxattn.layout.sheet import Bars, Heat, Marked, Sheet
from xlsxattn.style import (
    LINE,
    MASKED_BELOW,
    MUTED,
    band_colour,
    heat_colour,
    rounds_to_zero,
    text_colour,
    unsigned_format,
)

#: How many areas stand in one attribute.
AREAS = 100
#: The number of the format of a dash; lower ones are Excel's own, or of the cells' styles.
DASH_FORMAT = 9000
#: And of the first of those without a sign, which have 0, 1, 2 … decimals.
UNSIGNED_FORMAT = 9100


def add_formats(worksheet: Worksheet, sheet: Sheet) -> None:
    """All conditional formats of a sheet; of those that style one cell the first counts."""
    add = worksheet.conditional_formatting.add
    for marked in sheet.marked:
        add(marked.area.relative, _mark(marked))
    for bars in sheet.bars:
        add(bars.area.relative, _bars(bars))
    for some in batched(sheet.masked):
        add(together(some), _hatched())
    for area, rules in _of_rows(sheet).items():
        for rule in rules:
            add(area.relative, rule)
    for decimals, areas in sheet.near_zero.items():
        for some in batched(areas):
            add(together(some), _unsigned(decimals))
    for some in batched(sheet.results):
        add(together(some), _dash_beyond(sheet.largest))


def batched(areas: Sequence[Area]) -> Iterator[Sequence[Area]]:
    """Areas a hundred at a time, so that no attribute grows beyond what programs read."""
    for start in range(0, len(areas), AREAS):
        yield areas[start : start + AREAS]


def together(areas: Sequence[Area]) -> str:
    """Areas as one reference: ``B2:C3 E2:F3``."""
    return " ".join(area.relative for area in areas)


def _mark(marked: Marked) -> Rule:
    """Bold in a frame, on a fill, which grey shows too."""
    side = Side("thin", color=text_colour(marked.tone))
    border = Border(left=side, right=side, top=side, bottom=side)
    fill = PatternFill("solid", bgColor=band_colour(marked.tone))
    return FormulaRule(formula=[marked.condition], font=Font(b=True), border=border, fill=fill)


def _bars(bars: Bars) -> Rule:
    """Shares from 0 to 1 as bars over the whole width of their cells."""
    ends = {"start_type": "num", "start_value": 0, "end_type": "num", "end_value": 1}
    colour = text_colour(bars.tone)
    return DataBarRule(**ends, color=colour, showValue=False, minLength=0, maxLength=100)


def _dash_beyond(largest: float) -> Rule:
    """Numbers of that size and more, of either sign, shown as a dash.

    A number format alone has room for two conditions, and the sign of other numbers is lost
    then in LibreOffice, for which neighbouring numbers are equal, too.
    """
    inside = largest * (1 - 1e-9)
    dash = DifferentialStyle(numFmt=NumberFormat(numFmtId=DASH_FORMAT, formatCode=f'"{ABSENT}"'))
    limits = [repr(-inside), repr(inside)]
    return Rule(type="cellIs", operator="notBetween", formula=limits, dxf=dash)


def _hatched() -> Rule:
    """Scores that a mask takes away: hatched in grey, which paper and a grey screen show too."""
    hatch = PatternFill("lightUp", fgColor=MUTED, bgColor=LINE)
    style = DifferentialStyle(fill=hatch)
    return Rule(type="cellIs", operator="lessThan", formula=[repr(MASKED_BELOW)], dxf=style)


def _unsigned(decimals: int) -> Rule:
    """No sign before numbers that round to zero.

    A number format alone cannot say so: LibreOffice adds a sign under any limit but 0.
    """
    form = NumberFormat(numFmtId=UNSIGNED_FORMAT + decimals, formatCode=unsigned_format(decimals))
    return Rule(
        type="cellIs", operator="between", formula=list(rounds_to_zero(decimals)),
        dxf=DifferentialStyle(numFmt=form),
    )  # fmt: skip


def _of_rows(sheet: Sheet) -> dict[Area, list[Rule]]:
    """Bold rows and heat maps by area; both of one area together.

    LibreOffice shows a style beside a colour scale only where both stand in one block.
    """
    rules: dict[Area, list[Rule]] = {}
    for strong in sheet.strong:
        rule = FormulaRule(formula=[strong.condition], font=Font(b=True))
        rules.setdefault(strong.area, []).append(rule)
    for heat in sheet.heats:
        rules.setdefault(heat.area, []).append(_scale(heat))
    return rules


def _scale(heat: Heat) -> ColorScaleRule:
    """From white to the tone's colour, and from white to grey below 0."""
    most = {"end_type": "max", "end_color": heat_colour(heat.tone)}
    if not heat.negative:
        return ColorScaleRule(start_type="min", start_color="FFFFFF", **most)
    white = {"mid_type": "num", "mid_value": 0, "mid_color": "FFFFFF"}
    return ColorScaleRule(start_type="min", start_color=LINE, **white, **most)
