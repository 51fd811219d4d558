"""The functions that formulas call, each of whole named matrices."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np

from xlsxattn.reference.picks import PICKS
from xlsxattn.reference.tables import Array, Named, joined


def no_number(values: Array) -> Array:
    """Where there is a dash among texts, or what no cell holds as a number."""
    return np.asarray(values == "–" if values.dtype == object else ~np.isfinite(values))


def truth(function: Callable[..., Any]) -> Callable[..., Array]:
    """1 or 0, and NaN where an operand is absent or no number."""

    def known(*operands: Array) -> Array:
        result = np.asarray(function(*operands)).astype(float)
        for operand in operands:
            result = np.where(no_number(operand), np.nan, result)
        return result

    return known


ELEMENTWISE: dict[str, Callable[..., Any]] = {
    "exp": np.exp,
    "ln": np.log,
    "sqrt": np.sqrt,
    "tanh": np.tanh,
    "sin": np.sin,
    "cos": np.cos,
    "abs": np.abs,
    "erf": np.vectorize(math.erf, otypes=[float]),
}
#: Each with the axis along which it goes; None is over all elements.
REDUCTIONS: dict[str, tuple[Callable[..., Any], int | None]] = {
    axis + name: (reduce, number)
    for name, reduce in (
        ("sum", np.sum),
        ("max", np.max),
        ("min", np.min),
        ("mean", np.mean),
        ("var", np.var),
    )
    for axis, number in (("row_", 1), ("column_", 0), ("", None))
}


def _lookup(words: Named, keys: Named, table: Named) -> Named:
    """The rows of words that are all there; ValueError names one that is not."""
    found = _find(words, keys, table)
    listed = [str(key) for key in keys.values[:, 0]]
    for word in found.rows or []:
        listed.index(word)
    return found


def _find(words: Named, keys: Named, table: Named) -> Named:
    listed = [str(key) for key in keys.values[:, 0]]
    sought = [str(word) for word in words.values[:, 0]]
    nothing = np.full(table.values.shape[1], np.nan)
    values = np.array(
        [table.values[listed.index(word)] if word in listed else nothing for word in sought]
    )
    return Named(values, sought, table.columns)


def _recurrent(X: Named, W: Named, U: Named) -> Named:
    state, states = np.zeros(len(W.values)), []
    for word in X.values:
        state = np.tanh(state @ W.values + word @ U.values)
        states.append(state)
    return Named(np.array(states), X.rows, W.columns)


def _lstm(X: Named, W: Named, U: Named, b: Named) -> Named:
    size = len(W.values)
    cell, state, rows = np.zeros(size), np.zeros(size), []
    for word in X.values:
        z = state @ W.values + word @ U.values + b.values[0]
        f, i, o = 1 / (1 + np.exp(-z[: 3 * size].reshape(3, size)))
        g = np.tanh(z[3 * size :])
        cell = f * cell + i * g
        state = o * np.tanh(cell)
        rows.append(np.concatenate([f, i, o, g, cell, state]))
    return Named(np.array(rows), X.rows)


def _causal(a: Named, beyond: Named) -> Named:
    rows, columns = np.indices(a.values.shape)
    return Named(np.where(columns <= rows, a.values, beyond.values), a.rows, a.columns)


def _shown(a: Named) -> list[str]:
    return [str(getattr(label, "shown", label)) for label in a.columns or []]


def _largest_label(a: Named) -> Named:
    found = ["–" if np.isnan(row).any() else _shown(a)[row.argmax()] for row in a.values]
    return Named(np.array([[label] for label in found], dtype=object), a.rows)


def _tally(mark: Named, *verdicts: Named) -> Named:
    marks = [verdict.values[0, 0] for verdict in verdicts]
    return Named(np.array([[float(marks.count(mark.values[0, 0]))]]))


def written(number: float, decimals: int) -> str:
    """A number as a text has it: rounded, a half away from 0, and no −0."""
    if not np.isfinite(number):
        return "–"
    if abs(number) >= 2**53:  # a whole number, which has nothing to round
        return f"{number:.{decimals}f}"
    scaled = math.floor(abs(number) * 10**decimals + 0.5) / 10**decimals
    return f"{math.copysign(scaled, number) if scaled else 0:.{decimals}f}"


def _beside(*parts: Named) -> Named:
    values = np.concatenate([part.values for part in parts], axis=1)
    return Named(values, parts[0].rows, joined([part.columns for part in parts]))


def _stack(*parts: Named) -> Named:
    values = np.concatenate([part.values for part in parts])
    return Named(values, joined([part.rows for part in parts]), parts[0].columns)


OTHERS: dict[str, Callable[..., Named]] = {
    "lookup": _lookup,
    "find": _find,
    "column_labels": lambda a: Named(np.array([_shown(a)], dtype=object), None, a.columns),
    "largest_label": _largest_label,
    "recurrent": _recurrent,
    "lstm": _lstm,
    "causal": _causal,
    "one_column": lambda a: Named(a.values.reshape(-1, 1)),
    "full": lambda a, rows, columns: Named(
        np.full((int(rows.values[0, 0]), int(columns.values[0, 0])), a.values[0, 0])
    ),
    "beside": _beside,
    "stack": _stack,
    "columns": lambda a: Named(np.array([[float(a.values.shape[1])]])),
    "tally": _tally,
    "row_numbers": lambda a: Named(np.arange(1.0, len(a.values) + 1)[:, None]),
    "column_numbers": lambda a: Named(np.arange(1.0, a.values.shape[1] + 1)[None, :]),
    **PICKS,
}
#: Every function that the reference knows; ``where`` is evaluated branch by branch.
FUNCTIONS = frozenset({"where", "text", *ELEMENTWISE, *REDUCTIONS, *OTHERS})
