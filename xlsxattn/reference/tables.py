"""Matrices with their names and labels: what the reference computes with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

Array = NDArray[Any]
Labels = list[str] | None


@dataclass
class Named:
    """A matrix with what its rows and columns are called, where they are called anything."""

    values: Array
    rows: Labels = None
    columns: Labels = None


Table = dict[str, Named]


class Label(str):
    """What notation calls a row or column, with what the page calls it."""

    shown: str

    @classmethod
    def shown_as(cls, name: str, text: str) -> Label:
        label = cls(name)
        label.shown = text
        return label


def joined(labels: list[Labels]) -> Labels:
    known = [part for part in labels if part is not None]
    return [label for part in known for label in part] if len(known) == len(labels) else None
