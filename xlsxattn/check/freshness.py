"""No stored value behind an array formula: the rule that keeps a workbook fresh, by its text.

LibreOffice loads an array formula without computing it, and tells nobody who reads it when
an input of it changes. An ordinary formula whose value is stored in the file then shows its
old result until Ctrl+Shift+F9. So an ordinary formula with a stored value must not depend on
a cell of an array formula.

A formula breaks this where it reads a cell of an array, or where it reads an ordinary formula
that breaks it. Each such chain begins with a formula that reads an array itself; finding
those finds every chain, and where there are none, no formula breaks the rule.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from xlsxattn.a1 import Area
from xlsxattn.check.references import Places, References, box_of
from xlsxattn.saved import Saved

#: Of the cells that read one array, this many are named, and the others counted.
MOST_FOR_AN_ARRAY = 3


@dataclass(frozen=True)
class Reader:
    """A cell that reads an array formula, and how many more of its sheet read the same."""

    sheet: str
    cell: str
    formula: str
    array: Area
    more: int = 0


def readers_of_arrays(saved: Saved) -> list[Reader]:
    """The ordinary formulas with stored values that read a cell of an array formula."""
    arrays = {title: list(one.arrays.values()) for title, one in saved.sheets.items() if one.arrays}
    if not arrays:
        return []
    places = {title: Places([box_of(area) for area in areas]) for title, areas in arrays.items()}
    references = References(saved)
    found: dict[tuple[str, Area], list[tuple[str, str]]] = defaultdict(list)
    for title, sheet in saved.sheets.items():
        for cell, formula in sheet.formulas.items():
            if cell in sheet.arrays or cell not in sheet.values:
                continue
            for other, box in references.read_by(formula, title):
                number = places[other].first_meeting(box) if other in places else None
                if number is not None:
                    found[title, arrays[other][number]].append((cell, formula))
                    break
    return [
        Reader(sheet, cell, formula, area, 0 if n < last else len(cells) - last - 1)
        for (sheet, area), cells in found.items()
        for last in [min(len(cells), MOST_FOR_AN_ARRAY) - 1]
        for n, (cell, formula) in enumerate(cells[: last + 1])
    ]
