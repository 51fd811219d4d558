"""IronCalc, embedded: no program to install."""

from __future__ import annotations

import os
import sys
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager, suppress
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

from xlsxattn.a1 import address, parse_address
from xlsxattn.errors import EngineError
from xlsxattn.saved import Change, ErrorValue, Value


def recalculate(path: Path, changes: list[Change]) -> Mapping[str, Mapping[str, Value]]:
    """Every cell of the file after the changes, computed by IronCalc."""
    import ironcalc

    loaded = _loaded(path)
    with _one_line(path):
        model = ironcalc.load_from_bytes(loaded, "en")
        titles = [sheet["name"] for sheet in model.get_worksheets_properties()]
        for sheet, cell, new in changes:
            row, column = parse_address(cell)
            if isinstance(new, str):
                model.update_cell_with_text(titles.index(sheet), row, column, new)
            else:
                model.update_cell_with_number(titles.index(sheet), row, column, new)
        model.evaluate()
    listed = cache(lambda: _addresses(model))
    return {title: _Cells(model, index, listed) for index, title in enumerate(titles)}


def _addresses(model: Any) -> Mapping[int, list[str]]:
    """The cells of every sheet, which IronCalc lists all at once."""
    found = defaultdict(list)
    for sheet, row, column in model.get_all_cells():
        found[sheet].append(address(row, column))
    return found


def _loaded(path: Path) -> bytes:
    """A file as IronCalc holds it, which is read ten times as quickly as the file itself."""
    try:
        state = path.stat()
    except OSError as error:
        raise EngineError(f"{path}: expected a workbook, got {error.strerror}") from None
    return _converted(path, state.st_mtime_ns, state.st_size, state.st_ino)


@lru_cache(maxsize=2)
def _converted(path: Path, *_state: int) -> bytes:
    """The same for ever, as long as the file's state is the same."""
    import ironcalc

    with _one_line(path):
        return bytes(ironcalc.load_from_xlsx(str(path), "en", "UTC", "en").to_bytes())


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


class _Cells(Mapping[str, Value]):
    """The values of a sheet, read when they are asked for: a check needs few of many."""

    def __init__(
        self, model: Any, sheet: int, listed: Callable[[], Mapping[int, list[str]]]
    ) -> None:
        self.model, self.sheet, self.listed = model, sheet, listed

    def __getitem__(self, cell: str) -> Value:
        import ironcalc

        where = (self.sheet, *parse_address(cell))
        value: Value = self.model.get_cell_value(*where)
        looks_wrong = isinstance(value, str) and value.startswith("#")
        if looks_wrong and self.model.get_cell_type(*where) == ironcalc.CellType.ErrorValue:
            return ErrorValue(value)
        return value

    def __iter__(self) -> Iterator[str]:
        return iter(self.listed().get(self.sheet, ()))

    def __len__(self) -> int:
        return len(self.listed().get(self.sheet, ()))
