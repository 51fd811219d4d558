"""What is found by its number, and typed texts, as the reference computes them."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from xlsxattn.reference.tables import Named


def _pick(table: Named, numbers: Named) -> Named:
    rows = numbers.values.astype(int)
    if rows.size and not (rows.min() >= 0 and rows.max() < len(table.values)):
        raise ValueError(f"pick: expected rows up to {len(table.values) - 1}, got {rows.max()}")
    if table.values.shape[1] == 1:
        return Named(table.values[:, 0][rows], numbers.rows, numbers.columns)
    return Named(table.values[rows[:, 0]], numbers.rows, table.columns)


def _match(x: Named, keys: Named, values: Named, otherwise: Named) -> Named:
    found: dict[float, float] = {}
    for key, value in zip(keys.values[:, 0], values.values[:, 0], strict=True):
        found.setdefault(key, value)
    other = otherwise.values[0, 0]
    looked_up = [[found.get(number, other) for number in row] for row in x.values]
    return Named(np.array(looked_up), x.rows, x.columns)


def _largest(a: Named, count: Named) -> Named:
    return Named(np.sort(a.values, axis=1)[:, ::-1][:, : int(count.values[0, 0])], a.rows)


def _largest_columns(a: Named, count: Named) -> Named:
    largest = _largest(a, count).values
    at = [[float(np.flatnonzero(row == one)[0]) for one in best]
          for row, best in zip(a.values, largest, strict=True)]  # fmt: skip
    return Named(np.array(at), a.rows)


def _character_codes(text: Named, count: Named) -> Named:
    length = int(count.values[0, 0])
    said = str(text.values[0, 0])[:length]
    codes = [float(ord(sign)) if " " <= sign <= "~" else -1.0 for sign in said]
    return Named(np.array([codes + [0.0] * (length - len(codes))]))


def _running_text(texts: Named) -> Named:
    said = [str(text) for text in texts.values[:, 0]]
    rows = [["".join(said[: row + 1])] for row in range(len(said))]
    return Named(np.array(rows, dtype=object), texts.rows)


PICKS: dict[str, Callable[..., Named]] = {
    "pick": _pick,
    "match": _match,
    "largest": _largest,
    "largest_columns": _largest_columns,
    "character_codes": _character_codes,
    "character_count": lambda a: Named(
        np.array([[float(len(str(text))) for text in row] for row in a.values])
    ),
    "running_text": _running_text,
}
