"""Spreadsheet engines that are not ours: a saved file in, every cell's value out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

from xlsxattn.errors import EngineError
from xlsxattn.grid import Grid
from xlsxattn.saved import Change

Values = Mapping[str, Grid]
#: Of which sheets contents are wanted, and up to which row and column.
Wanted = Mapping[str, tuple[int, int]]


class Recalculate(Protocol):
    """Every cell of a file after some changes, or at least those that are wanted."""

    def __call__(
        self, path: Path, changes: list[Change], wanted: Wanted | None = None, /
    ) -> Values: ...


def engine(name: str) -> Recalculate:
    """The function that recalculates a file in an engine, given some changed cells.

    EngineError for a name that is not known.
    """
    from xlsxattn.engines import gnumeric, ironcalc, libreoffice

    engines: dict[str, Recalculate] = {
        "ironcalc": ironcalc.recalculate,
        "libreoffice": libreoffice.recalculate,
        "gnumeric": gnumeric.recalculate,
    }
    if name not in engines:
        raise EngineError(f"--engine: expected {', '.join(engines)}, got {name!r}")
    return engines[name]
