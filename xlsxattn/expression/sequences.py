"""Rows that follow rows: states of a recurrent cell, and words that are written one by one."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from xlsxattn.errors import ShapeError
from xlsxattn.expression.matrix import Matrix, Step, WordList, postorder
from xlsxattn.expression.operations import Value
from xlsxattn.expression.parts import is_of_shape


class Recurrence(Matrix):
    """States of a recurrent cell, a row a word: ``h_t = tanh(h_{t-1} W + x_t U)``, h_0 = 0.

    ``X`` is (n, d), ``W`` (s, s) and ``U`` (d, s); the states are (n, s).
    """

    def __init__(self, X: Matrix, W: Matrix, U: Matrix) -> None:
        if U.shape != (X.columns, W.rows) or W.rows != W.columns:
            raise ShapeError(
                f"recurrent: expected W square and U of {X.columns}×{W.rows}, got {W!r} and {U!r}"
            )
        super().__init__((X, W, U), (X.rows, W.columns), X.row_labels, W.column_labels)

    def compute(self, X: Value, W: Value, U: Value) -> Value:
        states, state = [], np.zeros((1, len(W)))
        for word in X:
            state = np.tanh(state @ W + word[None, :] @ U)
            states.append(state[0])
        return np.array(states)


class Continued(Matrix):
    """Rows that are typed at first, ``(k, 1)``, and then written: ``(rows, 1)``, texts or numbers.

    Row t + 1 is row t of what ``follows``, which is computed from the rows up to t: a word that
    is predicted becomes the next one that is read. ``follow`` closes that loop; until then the
    last typed row stands in all others.
    """

    follows: Matrix | None = None

    def __init__(self, typed: Matrix, rows: int) -> None:
        if typed.columns != 1 or not 0 < typed.rows <= rows:
            raise ShapeError(f"continued: expected a column of 1 to {rows} rows, got {typed!r}")
        super().__init__((typed,), (rows, 1))
        self.is_text = typed.is_text

    @property
    def typed(self) -> Matrix:
        return self.operands[0]

    def follow(self, follows: Matrix, known: Iterable[Matrix]) -> None:
        """Say what is written, ``(rows, 1)``; what is ``known`` and reads it loses its value."""
        if follows.shape != self.shape or follows.is_text != self.is_text:
            kind = "texts" if self.is_text else "numbers"
            raise ShapeError(
                f"continued: expected {kind} of {self.rows}×1 to follow, got {follows!r}"
            )
        self.follows = follows
        for node in [*dependents(self, known), *dependents(self, [follows])]:
            node._value = None

    def compute(self, typed: Value) -> Value:
        begun = len(typed)
        rows: Value = np.concatenate([typed, np.repeat(typed[-1:], self.rows - begun, axis=0)])
        if self.follows is None:
            return rows
        order = dependents(self, [self.follows])[1:]
        inside = {self, *order}
        values = {o: o.value for node in order for o in node.operands if o not in inside}
        for _ in range(self.rows - begun):  # each time one more row is right for good
            values[self] = rows
            for node in order:
                values[node] = node.compute(*(values[operand] for operand in node.operands))
            written = np.concatenate([typed, values[self.follows][begun - 1 : -1]])
            if (written == rows).all():
                break
            rows = written
        return rows


class Column(Matrix):
    """The rows of a table one after another, ``(n, m)`` → ``(n·m, 1)``: sentences word by word."""

    def __init__(self, table: Matrix) -> None:
        super().__init__((table,), (table.rows * table.columns, 1))
        self.is_text = table.is_text

    def compute(self, value: Value) -> Value:
        return value.reshape(self.shape)


class Written(Step, WordList):
    """A step of words, which label rows as typed ones do."""


def dependents(source: Matrix, roots: Iterable[Matrix]) -> list[Matrix]:
    """A node, and all that is computed from it to give the roots, operands before their users."""
    found: dict[Matrix, None] = {source: None}
    for node in postorder(*roots):
        if not is_of_shape(node) and any(operand in found for operand in node.operands):
            found[node] = None
    return list(found)
