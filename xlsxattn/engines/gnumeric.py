"""Gnumeric, made to recalculate: without the option it trusts every stored value."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

from xlsxattn.engines.converter import prepared, run
from xlsxattn.grid import Grid
from xlsxattn.saved import Change


def recalculate(
    path: Path, changes: list[Change], wanted: Mapping[str, tuple[int, int]] | None = None
) -> dict[str, Grid]:
    """Every cell of the file after the changes, computed by Gnumeric, whatever is wanted."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, result = prepared(path, changes, folder), folder / "result.xlsx"
        return run(["ssconvert", "--recalc", str(source), str(result)], result, "Gnumeric")
