"""Random expressions in three engines: signs, powers and truths that each reads alike.

A seed gives the same expressions for ever. The suite tries a few; to try many::

    EXPRESSIONS=5000 pytest tests/test_formula_engines.py
"""

from __future__ import annotations

import os
import random
from pathlib import Path

import numpy as np
import pytest
from tools import need

from xlsxattn import Workbook
from xlsxattn.a1 import address
from xlsxattn.engines import engine
from xlsxattn.errors import XlsxattnError
from xlsxattn.expression import Matrix, Number, is_comparison, postorder
from xlsxattn.notation import read as parse
from xlsxattn.reference import Named, evaluate
from xlsxattn.saved import read as read_saved

EXPRESSIONS = int(os.environ.get("EXPRESSIONS", "150"))
ENGINES = {"ironcalc": None, "gnumeric": "ssconvert", "libreoffice": "soffice"}
INPUTS = {
    "A": [[1.25]], "B": [[0.75]], "D": [[-0.625]], "E": [[1.5]],
    "M": [[0.5, -1.25, 2.0], [1.75, 0.25, -0.5]], "S": [[0.5, -0.75, 1.5]], "K": [[1.5], [-0.5]],
}  # fmt: skip
SCALARS = ("A", "B", "D", "E", "0", "1", "2", "3", "0.5", "-1", "-2")
MATRICES = ("M", "S", "K", "A", "D", "2", "-1", "(K @ S)")
KINDS = (
    *(["negate"] * 4), "+", "-", "-", "*", "/", "/", "power", "root", "compare", "function",
    "where", "and", "extreme",
)  # fmt: skip
LARGEST = 1e6


def expression(choose: random.Random, leaves: tuple[str, ...], depth: int) -> str:
    """A random expression in notation."""
    if depth == 0 or choose.random() < 0.1:
        return choose.choice(leaves)

    def inner() -> str:
        return expression(choose, leaves, depth - 1)

    kind = choose.choice(KINDS)
    if kind == "negate":
        return f"(-{inner()})"
    if kind == "power":
        return f"({inner()} ** {choose.choice((2, 3, -1, 0.5, 1))})"
    if kind == "root":
        return f"(2 ** {inner()})"
    if kind == "compare":
        return f"({inner()} {choose.choice(('<', '<=', '>', '>=', '!='))} {inner()})"
    if kind == "function":
        return choose.choice(("exp", "tanh", "sqrt", "abs", "ln", "sin", "cos")) + f"({inner()})"
    if kind == "where":
        return f"where({inner()} > {inner()}, {inner()}, {inner()})"
    if kind == "and":
        return f"(({inner()} > {inner()}) and ({inner()} < {inner()}))"
    if kind == "extreme":
        return choose.choice(("max", "min")) + f"({inner()}, {inner()})"
    return f"({inner()} {kind} {inner()})"


def is_tame(node: Matrix) -> bool:
    """Finite numbers everywhere within, and no comparison that rounding may turn."""
    for part in postorder(node):
        if not np.isfinite(part.value).all() or np.abs(part.value).max() > LARGEST:
            return False
        if is_comparison(part):
            left, right = part.operands
            if np.abs(left.value - right.value).min() < 1e-9:
                return False
    return True


def workbook(path: Path, seed: int) -> dict[str, str]:
    """Write a workbook of random steps; the notation of each by name."""
    choose = random.Random(seed)
    book = Workbook("Random expressions", form=choose.choice(("cells", "arrays")))
    nodes = {name: book.input(name, values) for name, values in INPUTS.items()}
    steps: dict[str, str] = {}
    while len(steps) < EXPRESSIONS:
        leaves = choose.choice((SCALARS, SCALARS, MATRICES))
        formula = expression(choose, leaves, choose.randint(2, 5))
        try:
            with np.errstate(all="ignore"):
                node = parse(formula, nodes.get)
                if isinstance(node, Number) or not is_tame(node):
                    continue
            book.step(name := f"Step_{len(steps)}_", node)
        except XlsxattnError:  # shapes that do not fit, or a formula that is too long
            continue
        steps[name] = formula
    book.save(path)
    return steps


@pytest.mark.parametrize("name", ENGINES)
@pytest.mark.parametrize("seed", [1, 2])
def test_every_engine_reads_alike(name: str, seed: int, tmp_path: Path) -> None:
    """What an engine computes from the text of a formula is what NumPy makes of the notation."""
    if program := ENGINES[name]:
        need(program)
    steps = workbook(path := tmp_path / "random.xlsx", seed)
    saved, values = read_saved(path), engine(name)(path, [])
    table = {key: Named(np.array(value)) for key, value in INPUTS.items()}
    wrong = []
    for step, formula in steps.items():
        area = saved.names[step]
        wanted = np.broadcast_to(evaluate(formula, table).values, area.shape)
        for (row, column), want in zip(area.cells(), wanted.ravel(), strict=True):
            got = values[area.sheet].get(address(row, column))
            if not isinstance(got, bool | float) or abs(got - want) > 1e-10 * max(1, abs(want)):
                text = saved.sheets[area.sheet].computed[address(row, column)]
                wrong.append(f"{formula}: expected {want}, got {got!r} from {text}")
    assert not wrong, "\n".join(wrong)


def test_a_sign_that_one_engine_reads_otherwise(tmp_path: Path) -> None:
    """IronCalc loses these parentheses, which is why they are never printed."""
    assert "-(" not in formula_of("exp(-(A ** 2 / (2 * B)))", tmp_path)
    assert formula_of("-(A * B)", tmp_path) == "=-1*A*B"
    assert formula_of("max((A < B and B > D) ** 1, D)", tmp_path) == "=MAX(--(AND(A<B,B>D)),D)"


def formula_of(text: str, folder: Path) -> str:
    book = Workbook("One")
    nodes = {name: book.input(name, INPUTS[name]) for name in "ABD"}
    book.step("Only", parse(text, nodes.get))
    book.save(folder / "one.xlsx")
    saved = read_saved(folder / "one.xlsx")
    area = saved.names["Only"]
    return "=" + saved.sheets[area.sheet].formulas[address(area.row, area.column)].lstrip("=")
