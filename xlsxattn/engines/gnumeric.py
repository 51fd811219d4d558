"""Gnumeric, made to recalculate: without the option it trusts every stored value."""

from __future__ import annotations

import tempfile
from pathlib import Path

from xlsxattn.engines.converter import prepared, run
from xlsxattn.saved import Change, Value


def recalculate(path: Path, changes: list[Change]) -> dict[str, dict[str, Value]]:
    """Every cell of the file after the changes, computed by Gnumeric."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source, result = prepared(path, changes, folder), folder / "result.xlsx"
        return run(["ssconvert", "--recalc", str(source), str(result)], result, "Gnumeric")
