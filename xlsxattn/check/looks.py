"""How cells look against what ``build`` would write: number formats, colours, bold letters."""

from __future__ import annotations

import re
from collections.abc import Iterator

from xlsxattn.a1 import address
from xlsxattn.check.report import Problem
from xlsxattn.layout.sheet import Run, Sheet
from xlsxattn.saved import Saved
from xlsxattn.saved_frame import Format, Frame
from xlsxattn.style import look


def unseen(saved: Saved, sheet: Sheet, frame: Frame) -> Iterator[Problem]:
    """Whatever is in a cell can be seen."""
    for run in sheet.runs:
        wanted = look(run.role)
        for place, got in _formats_of(saved, run, frame):
            if got is None:
                message = "expected a style of the workbook, got a number beyond them"
            elif hides(got.number_format) and not hides(wanted.number_format):
                message = f"expected a format that shows what is there, got {got.number_format!r}"
            elif got.colour and got.colour == (got.fill or "FFFFFF"):
                message = f"expected letters that can be seen, got {got.colour} on the same colour"
            else:
                continue
            yield Problem(sheet.title, place, "format", message)
            break


def otherwise_looking(saved: Saved, sheet: Sheet, frame: Frame) -> Iterator[Problem]:
    """Every number, letter and cell has the format, the weight and the colours that were meant.

    A program that saves the file spells formats in another way, and changes none.
    """
    for run in sheet.runs:
        wanted = look(run.role)
        for place, got in _formats_of(saved, run, frame):
            if got is None or hides(got.number_format):
                continue
            if not wanted.text_only and not same_code(got.number_format, wanted.number_format):
                message = f"expected the format {wanted.number_format!r}, got {got.number_format!r}"
            elif (got.colour, got.fill) != (wanted.colour, wanted.fill):
                message = (f"expected {wanted.colour} on {wanted.fill or 'no fill'}, got "
                           f"{got.colour} on {got.fill or 'no fill'}")  # fmt: skip
            elif got.bold != wanted.bold:
                message = f"expected {_weight(wanted.bold)} letters, got {_weight(got.bold)} ones"
            else:
                continue
            yield Problem(sheet.title, place, "format", message)
            break


def _formats_of(saved: Saved, run: Run, frame: Frame) -> Iterator[tuple[str, Format | None]]:
    """The formats in an area, each with the first cell that has it; None for one that is not."""
    for place, number in _styles_of(saved, run):
        yield place, frame.formats[number] if number < len(frame.formats) else None


def _styles_of(saved: Saved, run: Run) -> Iterator[tuple[str, int]]:
    """The style numbers in an area, each with the first cell that has it."""
    area, known = run.area, set()
    for row in range(area.row, area.last_row + 1):
        for first, last, number in saved.sheets[area.sheet].styles.get(row, ()):
            column = max(first, area.column)
            if column <= min(last, area.last_column) and number not in known:
                known.add(number)
                yield address(row, column), number


def _weight(bold: bool) -> str:
    return "bold" if bold else "plain"


def same_code(a: str, b: str) -> bool:
    """Whether two codes are one format: ``"−"0`` and ``\\−0``, ``[<-1E+9]`` and ``[<-1E+009]``."""
    return _bare_code(a) == _bare_code(b)


def _bare_code(code: str) -> str:
    bare = re.sub(r'"([^"]*)"|\\(.)', r"\1\2", code)
    return re.sub(r"\[([<>=]+)([^\]]*)\]", lambda m: f"[{m[1]}{_number_in(m[2])}]", bare)


def _number_in(condition: str) -> str:
    try:
        return repr(float(condition))
    except ValueError:
        return condition


def hides(code: str) -> bool:
    """Whether a number format has nothing to show for some number: ``;;;``, ``0;;``, ``" "``."""
    sections = re.sub(r"\[[^\]]*\]", "", code).split(";")
    numbers = sections[: min(3, max(1, len(sections)))]
    return any(not re.sub(r'"\s*"|\\ |_.|\*.|\s', "", section) for section in numbers)
