"""The words of a workbook that do not come from a lesson: one TOML file per language."""

from __future__ import annotations

import tomllib
from functools import cache
from pathlib import Path
from typing import Any


def languages() -> tuple[str, ...]:
    """The languages that a workbook can be built in: one for each file of this folder."""
    return tuple(sorted(path.stem for path in Path(__file__).parent.glob("*.toml")))


@cache
def texts(language: str) -> dict[str, Any]:
    """The texts of one language, by section and key."""
    return tomllib.loads((Path(__file__).parent / f"{language}.toml").read_text("utf-8"))
