"""Rows that follow rows: states of recurrent cells, and words that are written one by one."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from xlsxattn.errors import ShapeError
from xlsxattn.expression.matrix import Matrix, Step, WordList, postorder
from xlsxattn.expression.operations import Value
from xlsxattn.expression.parts import is_of_shape
from xlsxattn.expression.written import written_rows


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


class Lstm(Recurrence):
    """What an LSTM cell holds, a row a word: gates, candidates, cells and states, ``(n, 6s)``.

    Side by side, s columns each: forget gate f, input gate i, output gate o, candidate g, cell
    ``c_t = f c_{t-1} + i g`` and state ``h_t = o tanh(c_t)``; c_0 = h_0 = 0. Gates are sigmoids
    and candidates tanh of ``h_{t-1} W + x_t U + b``: ``X`` is (n, d), ``W`` (s, 4s), ``U``
    (d, 4s) and ``b`` (1, 4s).
    """

    def __init__(self, X: Matrix, W: Matrix, U: Matrix, b: Matrix) -> None:
        wanted = {"W": (W.rows, 4 * W.rows), "U": (X.columns, 4 * W.rows), "b": (1, 4 * W.rows)}
        for (name, shape), came in zip(wanted.items(), (W, U, b), strict=True):
            if came.shape != shape:
                raise ShapeError(f"lstm: expected {name} of {shape[0]}×{shape[1]}, got {came!r}")
        Matrix.__init__(self, (X, W, U, b), (X.rows, 6 * W.rows), X.row_labels)
        self.states = W.rows

    def span(self, kind: str) -> range:
        """The columns of a kind: ``gates``, ``forget``, ``input``, ``output``, …"""
        size = self.states
        if kind == "gates":
            return range(3 * size)
        number = ("forget", "input", "output", "candidate", "cell", "state").index(kind)
        return range(number * size, (number + 1) * size)

    def compute(self, *operands: Value) -> Value:
        X, W, U, b = operands
        size, rows = self.states, []
        cell, state = np.zeros((1, size)), np.zeros((1, size))
        for word in X:
            z = state @ W + word[None, :] @ U + b
            gates, candidate = (1 + np.tanh(z[:, : 3 * size] / 2)) / 2, np.tanh(z[:, 3 * size :])
            forget, let_in, let_out = np.split(gates, 3, axis=1)
            cell = forget * cell + let_in * candidate
            state = let_out * np.tanh(cell)
            rows.append(np.concatenate([gates, candidate, cell, state], axis=1))
        return np.concatenate(rows)


class Continued(Matrix):
    """Rows that are typed at first, ``(k, m)``, and then written: ``(rows, m)``, texts or numbers.

    Row t + 1 is row t of what ``follows``, which is computed from the rows up to t: a word that
    is predicted becomes the next one that is read. ``follow`` closes that loop; until then the
    last typed row stands in all others. Typed rows of the number ``blank`` are written too, so
    that cells say how many are typed; there are ``rows`` of them then, the first one not blank.
    """

    follows: Matrix | None = None

    def __init__(self, typed: Matrix, rows: int, blank: float | None = None) -> None:
        least = 1 if blank is None else rows
        if not least <= typed.rows <= rows or (blank is not None and typed.is_text):
            raise ShapeError(f"continued: expected {least} to {rows} rows, got {typed!r}")
        super().__init__((typed,), (rows, typed.columns), column_labels=typed.column_labels)
        self.is_text, self.blank = typed.is_text, blank

    @property
    def typed(self) -> Matrix:
        return self.operands[0]

    def follow(self, follows: Matrix, known: Iterable[Matrix]) -> None:
        """Say what is written, of this shape; what is ``known`` and reads it loses its value."""
        if follows.shape != self.shape or follows.is_text != self.is_text:
            kind = "texts" if self.is_text else "numbers"
            raise ShapeError(
                f"continued: expected {kind} of {self.rows}×{self.columns} to follow, got "
                f"{follows!r}"
            )
        self.follows = follows
        for node in [*dependents(self, known), *dependents(self, [follows])]:
            node._value = None

    def compute(self, typed: Value) -> Value:
        written = np.arange(self.rows) >= len(typed)
        begun = np.concatenate([typed, np.repeat(typed[-1:], self.rows - len(typed), axis=0)])
        if self.blank is not None:
            written[1:] |= (typed[1:] == self.blank).all(axis=1)
            begun = np.where(written[:, None], typed[0], typed)
        rows: Value = begun
        if self.follows is None or not written.any():
            return rows
        order = dependents(self, [self.follows])[1:]
        inside = {self, *order}
        values = {o: o.value for node in order for o in node.operands if o not in inside}
        count = int(written.sum())
        if written[-count:].all():
            by_row = written_rows(order, self, self.follows, begun[:-count], values)
            rows = rows if by_row is None else by_row
        for _ in range(count):  # each time one more row is right for good
            values[self] = rows
            for node in order:
                values[node] = node.compute(*(values[operand] for operand in node.operands))
            above = np.concatenate([begun[:1], values[self.follows][:-1]])
            following = np.where(written[:, None], above, begun)
            if (following == rows).all():
                break
            rows = following
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
