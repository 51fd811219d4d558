"""How far apart two numbers are, and how far they may be."""

from __future__ import annotations

import ast
import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from xlsxattn.lesson import Lesson
from xlsxattn.reference import Program
from xlsxattn.saved import ErrorValue, Value

TOLERANCE = 1e-12
#: Epochs of training carry the rounding of each one on to the next, and spreadsheets compute
#: the functions that have no closed form to fewer digits than others.
LOOSE = 1e-9
#: What counts as following a change: other numbers may cancel, in sums of hundreds of products,
#: where those of the lesson did not, and a step that does not follow is off by far more.
FOLLOWS = 1e-10
#: Functions for which each engine has an approximation of its own.
APPROXIMATE = frozenset({"erf"})


@dataclass(frozen=True)
class Tolerance:
    """What is allowed in one lesson: everywhere, and for the steps that need more."""

    everywhere: float
    loose: frozenset[str]

    def of(self, name: str) -> float:
        """The tolerance of a named step."""
        return LOOSE if name in self.loose else self.everywhere


def tolerance_of(lesson: Lesson, program: Program) -> Tolerance:
    """Loose in training, and for all that is computed from an approximate function."""
    everywhere = TOLERANCE if lesson.training is None else LOOSE
    return Tolerance(everywhere, frozenset(_downstream(program)))


def _downstream(program: Program) -> set[str]:
    """The names whose formula has an approximate function, or reads such a name."""
    if not any(name in one.formula for one in program for name in APPROXIMATE):
        return set()
    found: set[str] = set()
    before = -1
    while len(found) > before:  # once, and again where written rows follow from loose ones
        before = len(found)
        for one in program:  # each after those that it reads
            read = {*_names(one.formula), one.follows} if one.formula else set()
            if not (found | APPROXIMATE).isdisjoint(read):
                found.add(one.name)
    return found


def _names(formula: str) -> Iterator[str]:
    """The names that a formula has, of steps and of functions."""
    for node in ast.walk(ast.parse(formula, mode="eval")):
        if isinstance(node, ast.Name):
            yield node.id


def error(a: float, b: float) -> float:
    """|a − b| relative to b, absolute below 1."""
    return abs(a - b) / max(1.0, abs(b))


def errors(a: NDArray[np.float64], b: NDArray[np.float64]) -> NDArray[np.float64]:
    """``error`` of all the elements of two matrices of one shape; NaN where one is NaN."""
    apart, scale = a - b, np.abs(b)
    np.abs(apart, out=apart)
    np.maximum(scale, 1, out=scale)
    apart /= scale
    return apart


def distance(value: Value, want: Value) -> float:
    """How far apart two contents are; infinity where they are not both numbers, or one text."""
    if isinstance(value, float) and isinstance(want, float):
        if math.isnan(value) or math.isnan(want):
            return math.inf
        return error(value, want)
    return 0.0 if value == want else math.inf


def differ(a: Value, b: Value, tolerance: float) -> bool:
    """Whether two contents are not the same; an error is not the text that looks like it."""
    if isinstance(a, float) and isinstance(b, float):
        return not error(a, b) <= tolerance
    return a != b or isinstance(a, ErrorValue) != isinstance(b, ErrorValue)


def unstable(want: Value) -> bool:
    """Whether a result is outside the numbers, where engines show errors of their own."""
    return isinstance(want, float) and not math.isfinite(want)
