"""PyTorch's numbers as ``make`` wrote them: cases, and what was found for each."""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import numpy as np

from peers.cases import Array, Arrays, Case

FOLDER = Path(__file__).parent


@cache
def reference() -> dict[str, tuple[Case, Arrays]]:
    """Every case by name, with the result under ``output`` and the gradients."""
    described = json.loads((FOLDER / "reference.json").read_text(encoding="utf-8"))
    known: dict[str, tuple[Case, Arrays]] = {}
    with np.load(FOLDER / "reference.npz") as numbers:
        for one in described:
            name = one["name"]
            given = _split(numbers[f"{name}.given"] / 100, one["given"])
            found = _split(numbers[f"{name}.found"], one["found"])
            known[name] = Case(name, one["family"], one["options"], given), found
    return known


def _split(flat: Array, shapes: dict[str, list[int]]) -> Arrays:
    """Matrices of some shapes from their elements one after another."""
    ends = np.cumsum([np.prod(shape, dtype=int) for shape in shapes.values()])
    parts = np.split(flat, ends[:-1])
    return {
        name: part.reshape(shape) for (name, shape), part in zip(shapes.items(), parts, strict=True)
    }
