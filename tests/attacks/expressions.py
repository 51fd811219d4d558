"""Formulas made at random, of notation and of noise: each is computed, or refused in one line.

What is built must show no error in any cell: where an intermediate value is not finite, the
build has to say so.
"""

from __future__ import annotations

import random
import re
import tempfile
from pathlib import Path

from tools import SMALL

from attacks.verdict import Verdict, judge
from xlsxattn.build import prepare, write
from xlsxattn.engines.ironcalc import recalculate
from xlsxattn.functions import FUNCTIONS
from xlsxattn.saved import ErrorValue

#: Mostly of one shape, so that most formulas are computed.
NAMES = ["X", "X", "Output", "Output", "Q", "Q", "Vocabulary", "rate", "Attention", "W_Q", "Scores"]
NUMBERS = ["0", "1", "2", "-1", "0.5", "1e-9", "1e6", "1e308", "1000", "-0.0", "1e-320", "0x10"]
NOISE = [
    "__import__('os')", "X.__class__", "lambda: X", "[X for X in X]", "X if X else Q", "X[::2]",
    "X[-1]", "X[99]", "X[0, 'zebra']", "'cat'", '"=1+1"', "b'x'", "f'{X}'", "None", "...", "1j",
    "X = 1", "X; Q", "yield", "await X", "*X", "**X", "X := 1", "not X", "X or Q", "X in Q",
    "~X", "X // 2", "X % 2", "X << 1", "X & 1", "X is Q", "1_000", "9" * 400, "(" * 90 + ")" * 90,
    "-" * 300 + "X", "X.T.T.T", "before('X')", "X['cat']", "X[:, 'animal']", "True", "", " ", "#",
    "Σ", "X\n", "X\\", "猫", "猫 + 1", "exp", "exp(exp)", "X(1)", "softmax(X)(1)",
]  # fmt: skip
BINARY = ["+", "-", "*", "/", "/", "**", "==", "<", ">=", "!=", "@", "+", "*"]
#: A formula of a step in a small lesson.
TEXT = SMALL.replace("Output * 2", "FORMULA")


class _Writer:
    def __init__(self, number: int) -> None:
        self.source = random.Random(number)

    def expression(self, depth: int) -> str:
        choose = self.source.random()
        if depth == 0 or choose < 0.15:
            return self.leaf()
        if choose < 0.55:
            operator = self.source.choice(BINARY)
            return f"({self.expression(depth - 1)} {operator} {self.expression(depth - 1)})"
        if choose < 0.65:
            return f"-{self.expression(depth - 1)}"
        if choose < 0.7:
            return f"{self.expression(depth - 1)}.T"
        if choose < 0.85:
            name = self.source.choice(["exp", "ln", "sqrt", "tanh", "abs", "min", "max", "where"])
            count = {"min": 2, "max": 2, "where": 3}.get(name, 1)
            return f"{name}({', '.join(self.expression(depth - 1) for _ in range(count))})"
        name = self.source.choice(sorted(FUNCTIONS))
        count = self.source.choice([1, 1, 1, 2, 2, 3, 4])
        return f"{name}({', '.join(self.expression(depth - 1) for _ in range(count))})"

    def leaf(self) -> str:
        choose = self.source.random()
        if choose < 0.6:
            return self.source.choice(NAMES)
        if choose < 0.95:
            return self.source.choice(NUMBERS)
        return self.source.choice(NOISE)


def formula(number: int) -> str:
    """Formula ``number``: one in six is noise alone."""
    writer = _Writer(number)
    if number % 6 == 0:
        return writer.source.choice(NOISE)
    return writer.expression(writer.source.choice([1, 2, 3]))


_PLACE = re.compile(r"^[^:]*\.toml: (steps\.|claims\.)?\w*Twice\w*\b")


def attack(number: int) -> Verdict:
    """Build a step of it; refused, or built without a cell that shows an error."""
    with tempfile.TemporaryDirectory(prefix="attack") as name:
        path, book = Path(name) / "lesson.toml", Path(name) / "lesson.xlsx"
        said = formula(number).replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
        path.write_text(TEXT.replace("FORMULA", said), encoding="utf-8")

        def build() -> str:
            write(prepare(str(path), "en"), book)
            cells = [
                f"{sheet}!{cell}"
                for sheet, values in recalculate(book, []).items()
                for cell, value in values.items()
                if isinstance(value, ErrorValue)
            ]
            return f"{formula(number)}: errors in {', '.join(cells[:3])}" if cells else ""

        verdict = judge(build, lambda line: bool(_PLACE.match(line)))
        if verdict.is_bad:
            return Verdict(verdict.kind, f"{formula(number)[:120]!r}: {verdict.said}")
        return verdict
