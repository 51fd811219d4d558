"""What a check types into a workbook to see whether all of it follows."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest

import numpy as np

from xlsxattn.a1 import Area, address, parse_address
from xlsxattn.check.references import Places, References, box_of
from xlsxattn.compose import compose
from xlsxattn.expression import Input, TypedText, Words
from xlsxattn.lesson import CarriedLesson
from xlsxattn.reference import Array
from xlsxattn.saved import Change, Saved

#: From here to 1 a number may be a rate or a share, which is tried smaller, never above 1.
LEAST_RATE = 0.01
#: An edit changes this many cells of an input at the most: a person types each of them.
MOST_CELLS = 24
#: The numbers of an input of more than so many are changed by a share of each: those of a model
#: are small, and with others added all that it computes would be 0 or 1.
MANY_NUMBERS = 1024
#: A workbook without a lesson gets this many edits at the most.
MOST_EDITS = 24
#: An edit of many lessons says what it changes by this many names at the most.
MOST_NAMED = 3


@dataclass(frozen=True)
class Edit:
    """New content for some cells of an input."""

    what: str
    changes: list[Change]


def edits(saved: Saved) -> list[Edit]:
    """One edit of every input; lessons of one workbook are edited side by side.

    An edit for each input, not one for all: where several cells are edited one after another,
    the first may bring up to date what would have hidden the change of the second.
    """
    if saved.carried is None:
        return _of_cells(saved)
    lessons = [_of_lesson(saved, one, saved.carried.language) for one in saved.carried.lessons]
    return [_together([e for e in some if e is not None]) for some in zip_longest(*lessons)]


def _together(some: list[Edit]) -> Edit:
    names = list(dict.fromkeys(edit.what for edit in some))
    if len(names) > MOST_NAMED:
        names[MOST_NAMED - 1 :] = [f"{len(names) - MOST_NAMED + 1} other inputs"]
    return Edit(" and ".join(names), [change for edit in some for change in edit.changes])


def _of_lesson(saved: Saved, carried: CarriedLesson, language: str) -> list[Edit]:
    names, nodes = saved.names_for(carried.sheets), compose(carried.lesson, language).nodes
    inputs = {name: node for name, node in nodes.items() if isinstance(node, (Input, Words))}
    present = {name for name, area in names.items() if area.sheet in saved.sheets}
    inputs = {name: node for name, node in inputs.items() if name in present}
    typed = {name: _typed(saved, names[name], node) for name, node in inputs.items()}
    found = []
    for name, node in inputs.items():
        if isinstance(node, Words) and node.choices is not None and node.choices.name not in typed:
            continue  # the list that it is chosen from has lost its name
        changes = other_content(node, names[name], typed)
        if changes:
            found.append(Edit(name, _spread(changes)))
    return found


def _typed(saved: Saved, area: Area, node: Input | Words) -> Array:
    """What stands in the cells of an input; NaN for a text where a number belongs."""
    sheet = saved.sheets.get(area.sheet)
    values = sheet.values if sheet else {}
    cells = [values.get(address(*cell)) for cell in area.cells()]
    if isinstance(node, Input):
        numbers = [cell if isinstance(cell, float) else math.nan for cell in cells]
        return np.array(numbers, dtype=float).reshape(area.shape)
    texts = [f"{cell:g}" if isinstance(cell, float) else cell for cell in cells]
    return np.array(texts, dtype=object).reshape(area.shape)


def _spread(changes: list[Change]) -> list[Change]:
    """Some of many changes, from everywhere among them."""
    return changes[:: math.ceil(len(changes) / MOST_CELLS)]


def other_content(node: Input | Words, area: Area, typed: Mapping[str, Array]) -> list[Change]:
    """Other numbers or words for an input, near to what it holds."""
    changes: list[Change] = []
    for (row, column), value in np.ndenumerate(typed[node.name]):
        new: float | str
        if isinstance(node, TypedText):
            new = f"{value}s"[-node.longest :]
        elif isinstance(node, Words):
            if node.choices is None or row != area.rows - 1:
                continue  # the last word of a sentence; the keys of a table stay
            listed = [str(word) for word in typed[node.choices.name][:, 0]]
            position = listed.index(str(value)) if str(value) in listed else -1
            new = listed[(position + 1) % len(listed)]
        elif node.choices:
            position = node.choices.index(value) if value in node.choices else -1
            new = float(node.choices[(position + 1) % len(node.choices)])
        elif math.isnan(value):
            continue  # a text where a number belongs, which is a problem of its own
        elif node.whole and node.limits is not None:
            least, largest = node.limits
            new = least + (float(value) - least + 1) % (largest - least + 1)
        elif typed[node.name].size > MANY_NUMBERS:
            new = round(float(value) * (1 + _other_number(0, row, column)), 9)
        else:
            new = _other_number(float(value), row, column)
        if isinstance(new, float) and isinstance(node, Input) and node.limits is not None:
            new = min(max(new, node.limits[0]), node.limits[1])
        changes.append((area.sheet, address(area.row + row, area.column + column), new))
    return changes


def _other_number(value: float, row: int = 0, column: int = 0) -> float:
    step = 0.0625 * ((3 * row + 5 * column) % 7 + 1)
    if LEAST_RATE <= value < 1:
        return round(value * (1 - step / 2), 6)
    return round(value * (1.125 if abs(value) < 1e100 else 0.5) + step, 6)


# --- a workbook without a lesson ------------------------------------------------------


def _of_cells(saved: Saved) -> list[Edit]:
    """An edit of every named area with typed numbers that formulas read, and one of others."""
    cells = _numbers_that_are_read(saved)
    found = []
    for name, area in saved.names.items():
        inside = [(area.sheet, address(*cell)) for cell in area.cells()]
        changes = [_change(place, cells.pop(place)) for place in inside if place in cells]
        if changes:
            found.append(Edit(name, _spread(changes)))
    if cells:
        others = [_change(place, value) for place, value in cells.items()]
        found.append(Edit("cells without a name", _spread(others)))
    return found[:MOST_EDITS]


def _change(place: tuple[str, str], value: float) -> Change:
    return (*place, _other_number(value, *parse_address(place[1])))


def _numbers_that_are_read(saved: Saved) -> dict[tuple[str, str], float]:
    """The typed numbers that formulas read, by sheet and address."""
    references = References(saved)
    boxes: dict[str, dict[tuple[int, int, int, int], None]] = {}
    for title, sheet in saved.sheets.items():
        for formula in sheet.formulas.values():
            for other, box in references.read_by(formula, title):
                boxes.setdefault(other, {})[box] = None
    found = {}
    for title, sheet in saved.sheets.items():
        places = Places(list(boxes.get(title, ())))
        arrays = Places([box_of(area) for area in sheet.arrays.values()])
        for cell, value in sheet.values.items():
            if not isinstance(value, float) or cell in sheet.formulas:
                continue
            row, column = parse_address(cell)
            box = row, row, column, column
            if places.first_meeting(box) is not None and arrays.first_meeting(box) is None:
                found[title, cell] = value
    return found
