"""IronCalc, embedded: no program to install."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from functools import lru_cache
from pathlib import Path
from typing import Any

from xlsxattn.a1 import parse_address, quote_sheet
from xlsxattn.errors import EngineError
from xlsxattn.grid import Grid
from xlsxattn.saved import Change, ErrorValue, Value

#: A sheet of more cells than these, empty ones among them, is read by its list of cells.
MOST_SCANNED = 4_000_000


def recalculate(path: Path, changes: list[Change]) -> dict[str, Grid]:
    """Every cell of the file after the changes, computed by IronCalc."""
    import ironcalc

    model, titles = _loaded(path)
    places = [(titles.index(sheet), *parse_address(cell)) for sheet, cell, _ in changes]
    with _one_line(path):
        before = [_content(model, ironcalc, *place) for place in places]
        lost = any(_is_lost(model, *pair) for pair in zip(places, before, strict=True))
        try:
            for place, (_, _, new) in zip(places, changes, strict=True):
                _put(model, place, new)
            model.evaluate()
            return {title: _grid(model, ironcalc, n) for n, title in enumerate(titles)}
        finally:  # the model is kept for the next changes
            if lost:
                _read.cache_clear()
            for place, old in zip(places, before, strict=True):
                _put(model, place, old)


def _is_lost(model: Any, place: tuple[int, int, int], content: Value) -> bool:
    """Whether what a cell held cannot be put back."""
    marked = isinstance(content, str) and content.startswith(("'", "#"))
    return marked or model.get_cell_formula(*place) is not None


def _put(model: Any, place: tuple[int, int, int], content: Value) -> None:
    if content is None:
        model.range_clear_contents(*place, *place[1:])
    elif isinstance(content, bool):
        model.update_cell_with_bool(*place, content)
    elif isinstance(content, str):
        model.update_cell_with_text(*place, content)
    else:
        model.update_cell_with_number(*place, content)


def _content(model: Any, ironcalc: Any, sheet: int, row: int, column: int) -> Value:
    """What a cell shows: an error is told from the text that looks like it."""
    value: Value = model.get_cell_value(sheet, row, column)
    looks_wrong = isinstance(value, str) and value.startswith("#")
    wrong = ironcalc.CellType.ErrorValue
    if looks_wrong and model.get_cell_type(sheet, row, column) == wrong:
        return ErrorValue(value)
    return value


def _grid(model: Any, ironcalc: Any, sheet: int) -> Grid:
    """All that a sheet shows; the model changes after it."""
    grid = Grid()
    for row, places in _places(model, sheet):
        columns: list[int] = []
        numbers: list[float] = []
        for column in places:
            value = model.get_cell_value(sheet, row, column)
            if type(value) is float:
                columns.append(column)
                numbers.append(value)
            elif value is not None:
                grid.others[row, column] = _content(model, ironcalc, sheet, row, column)
        grid.put_row(row, columns, numbers)
    return grid


def _places(model: Any, sheet: int) -> Iterator[tuple[int, Iterable[int]]]:
    """The rows of a sheet that may hold something, with their columns."""
    top, bottom, left, right = model.get_sheet_dimensions(sheet)
    if (bottom - top + 1) * (right - left + 1) <= MOST_SCANNED:
        yield from ((row, range(left, right + 1)) for row in range(top, bottom + 1))
        return
    listed: dict[int, list[int]] = {}
    for number, row, column in model.get_all_cells():
        if number == sheet:
            listed.setdefault(row, []).append(column)
    yield from ((row, sorted(columns)) for row, columns in sorted(listed.items()))


def _loaded(path: Path) -> tuple[Any, list[str]]:
    """A file as IronCalc holds it, and the titles of its sheets; the last one is kept."""
    try:
        state = path.stat()
    except OSError as error:
        raise EngineError(f"{path}: expected a workbook, got {error.strerror}") from None
    return _read(path, state.st_mtime_ns, state.st_size, state.st_ino)


@lru_cache(maxsize=1)
def _read(path: Path, *_state: int) -> tuple[Any, list[str]]:
    """The same for ever, as long as the file's state is the same."""
    import ironcalc

    with _one_line(path):
        model = ironcalc.load_from_xlsx(str(path), "en", "UTC", "en")
        _quote_titles(model)
        return model, [sheet["name"] for sheet in model.get_worksheets_properties()]


def _quote_titles(model: Any) -> None:
    """Names that stand for cells have their sheet in quotes.

    LibreOffice writes titles without, where it needs none itself, such as one with a full-width
    colon; IronCalc then knows no such name.
    """
    for one in model.get_defined_name_list():
        title, mark, cells = one["formula"].rpartition("!")
        known = title.isascii() or title.startswith("'") or one["name"].startswith("_xlnm.")
        if mark and not known:
            name, scope = one["name"], one["scope"]
            model.update_defined_name(name, scope, name, scope, f"{quote_sheet(title)}!{cells}")


@contextmanager
def _one_line(path: Path) -> Iterator[None]:
    """Whatever IronCalc raises as an EngineError, and nothing of what it prints.

    It raises kinds that it does not export; where it panics, one that is no ``Exception``.
    """
    try:
        with _silent():
            yield
    except (KeyboardInterrupt, SystemExit, GeneratorExit, MemoryError):
        raise
    except BaseException as error:
        reason = " ".join(str(error).split())[:200]
        message = f"{path}: expected a workbook that IronCalc reads, got {reason}"
        raise EngineError(message) from None


@contextmanager
def _silent() -> Iterator[None]:
    """Nothing on standard output or error: IronCalc writes there past Python."""
    with ExitStack() as restored, open(os.devnull, "wb") as nowhere:  # noqa: PTH123
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, AttributeError):
                stream.flush()
        for number in (1, 2):
            with suppress(OSError):  # a program may have closed it
                kept = os.dup(number)
                restored.callback(os.close, kept)
                restored.callback(os.dup2, kept, number)
                os.dup2(nowhere.fileno(), number)
        yield
