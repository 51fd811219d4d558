"""What a what-if claim changes: places such as ``t``, ``Words_cat["cat"]``, ``V["warm", 0]``."""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xlsxattn.a1 import MAX_NUMBER, number_text
from xlsxattn.errors import NotationError
from xlsxattn.expression import Input, Labels, Matrix, Texts, Words
from xlsxattn.notation import meant

Content = float | str | dict[str, str] | list[float | list[float]]
#: A cell within a named matrix (row and column from 0), and its new content.
Changed = tuple[int, int, float | str]


def changed_cells(
    place: str,
    content: Content,
    nodes: Mapping[str, Matrix],
    words: Mapping[str, Sequence[str]] | None = None,
) -> tuple[str, list[Changed]]:
    """The name of the input that a claim changes, and its changed cells.

    ``words`` are the lists as they stand in a workbook; without them, as in the lesson.
    NotationError names the place where it is no input, lies outside, or does not take the
    content.
    """
    name, keys = _parsed(place)
    node = nodes.get(name)
    if not isinstance(node, (Input, Words)):
        inputs = [key for key, one in nodes.items() if isinstance(one, (Input, Words))]
        raise NotationError(
            f"{place}: expected the name of an input, got {name}{meant(name, inputs)}"
        )
    row_labels = node if isinstance(node, Words) else node.row_labels
    row, column = (
        _position(place, key, _ids(labels, words), length)
        for key, labels, length in zip(
            [*keys, 0, 0], (row_labels, node.column_labels), node.shape, strict=False
        )
    )
    table = _table(place, content)
    if row + table.shape[0] > node.rows or column + table.shape[1] > node.columns:
        raise NotationError(f"{place}: expected content within {node!r}, got more")
    changed: list[Changed] = []
    for (down, right), new in np.ndenumerate(table):
        if isinstance(node, Words):
            listed = (node.choices or node).words
            free = node.choices is None and node.shape == (1, 1)  # typed among the settings
            if not (free and isinstance(new, str) and new) and new not in listed:
                raise NotationError(f"{place}: expected a word of the list, got {new!r}")
        elif not isinstance(new, (int, float)) or not abs(new) <= MAX_NUMBER:
            raise NotationError(f"{place}: expected finite numbers, got {new!r}")
        elif node.limits and not node.limits[0] <= new <= node.limits[1]:
            least, largest = map(number_text, node.limits)
            raise NotationError(f"{place}: expected a number from {least} to {largest}, got {new}")
        value = new if isinstance(new, str) else float(new)
        changed.append((row + down, column + right, value))
    return name, changed


def _parsed(place: str) -> tuple[str, list[int | str]]:
    try:
        node = ast.parse(place.strip(), mode="eval").body
        keys: list[int | str] = []
        if isinstance(node, ast.Subscript):
            index = node.slice
            parts = index.elts if isinstance(index, ast.Tuple) else [index]
            keys = [ast.literal_eval(part) for part in parts]
            node = node.value
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        keys, node = [], ast.Constant(None)
    if not isinstance(node, ast.Name) or len(keys) > 2:
        raise NotationError(
            f'expected a place such as Temperature, Vocabulary["tea"] or W_Q[0, 1], got {place!r}'
        )
    return node.id, keys


def _table(place: str, content: Content) -> NDArray[Any]:
    """The new content as rows of equal length, at least one element."""
    given = content if isinstance(content, list) else [content]
    nested = [row for row in given if isinstance(row, list)]
    rows: list[Any] = nested or [given]
    mixed = nested and len(nested) < len(given)
    if mixed or not rows[0] or any(len(row) != len(rows[0]) for row in rows):
        raise NotationError(f"{place}: expected rows of equally many numbers, got {content}")
    return np.array(rows, dtype=object)


def _ids(labels: Labels | None, words: Mapping[str, Sequence[str]] | None) -> Sequence[str]:
    if isinstance(labels, Words):
        return (words or {}).get(labels.name, labels.words)
    return labels.ids if isinstance(labels, Texts) else ()


def _position(place: str, key: int | str, labels: Sequence[str], length: int) -> int:
    if isinstance(key, str) and key in labels:
        return list(labels).index(key)
    if isinstance(key, int) and not isinstance(key, bool) and 0 <= key < length:
        return key
    known = ", ".join(labels) or f"0…{length - 1}"
    raise NotationError(f"{place}: expected one of {known}, got {key!r}")
