"""Matrices with their names and labels: what the reference computes with."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from numpy.typing import NDArray

from xlsxattn.lesson import LabelTexts, LocalText

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
    def of(cls, name: str, text: LocalText, language: str) -> Label:
        label = cls(name)
        label.shown = text if isinstance(text, str) else text[language]
        return label


def labels_of(given: LabelTexts, language: str) -> Labels:
    if isinstance(given, dict):
        return [Label.of(name, text, language) for name, text in given.items()]
    ids = [text if isinstance(text, str) else next(iter(text.values())) for text in given]
    return [Label.of(i, text, language) for i, text in zip(ids, given, strict=True)] or None


def joined(labels: list[Labels]) -> Labels:
    known = [part for part in labels if part is not None]
    return [label for part in known for label in part] if len(known) == len(labels) else None
