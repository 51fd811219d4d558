"""Texts that are typed freely: their characters as numbers, and texts one after another."""

from __future__ import annotations

import numpy as np

from xlsxattn.errors import ShapeError
from xlsxattn.expression.matrix import Matrix, Words
from xlsxattn.expression.operations import Value

#: The printable characters of ASCII, which have the same codes in every program.
PRINTABLE = range(32, 127)
#: In place of the code of any other character.
OTHER = -1


class TypedText(Words):
    """A text in one cell that a reader types as it comes, ``(1, 1)``; it may be empty.

    Its cell takes so many characters, the ``longest`` text.
    """

    def __init__(self, name: str, text: str, longest: int) -> None:
        super().__init__(name, [text])
        self.longest = longest


class CharacterCodes(Matrix):
    """The codes of the first characters of a text: ``(1, 1)`` → ``(1, count)``.

    0 stands behind the last one, ``OTHER`` for what is no printable character of ASCII.
    """

    def __init__(self, text: Matrix, count: int) -> None:
        _require_text("character_codes", text, (1, 1))
        if count < 1:
            raise ShapeError(f"character_codes: expected a count from 1 on, got {count}")
        super().__init__((text,), (1, count))

    def compute(self, text: Value) -> Value:
        codes = [ord(one) if ord(one) in PRINTABLE else OTHER for one in str(text[0, 0])]
        codes = (codes + [0] * self.columns)[: self.columns]
        return np.array([codes], dtype=np.float64)


class CharacterCount(Matrix):
    """How many characters texts have, ``(n, m)``, each of them."""

    def __init__(self, texts: Matrix) -> None:
        _require_text("character_count", texts)
        super().__init__((texts,), texts.shape, texts.row_labels, texts.column_labels)

    def compute(self, texts: Value) -> Value:
        lengths = [[float(len(str(text))) for text in row] for row in texts]
        return np.array(lengths, dtype=np.float64)


class Concatenation(Matrix):
    """Texts, each with the one at its place behind it: ``(n, m)``, ``(n, m)`` → ``(n, m)``."""

    is_text = True

    def __init__(self, before: Matrix, behind: Matrix) -> None:
        _require_text("concatenation", before)
        _require_text("concatenation", behind, before.shape)
        super().__init__((before, behind), before.shape, before.row_labels, before.column_labels)

    def compute(self, before: Value, behind: Value) -> Value:
        return before + behind


class RunningText(Matrix):
    """Texts joined from the first row to each: ``(n, 1)`` → ``(n, 1)``."""

    is_text = True

    def __init__(self, texts: Matrix) -> None:
        _require_text("running_text", texts, (texts.rows, 1))
        super().__init__((texts,), texts.shape, texts.row_labels)

    def compute(self, texts: Value) -> Value:
        said, rows = "", []
        for text in texts[:, 0]:
            said += str(text)
            rows.append([said])
        return np.array(rows, dtype=object)


def _require_text(name: str, node: Matrix, shape: tuple[int, int] | None = None) -> None:
    if not node.is_text or (shape is not None and node.shape != shape):
        kind = "texts" if shape is None else f"texts of {shape[0]}×{shape[1]}"
        raise ShapeError(f"{name}: expected {kind}, got {node!r}")
