"""Inputs that may turn a claim: switches, words, and numbers changed in ways of their own.

The same for ever, in order from what a person would try first to what is only looked for.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping

import numpy as np
from numpy.typing import NDArray

from xlsxattn.expression import Input, Matrix, Words
from xlsxattn.reference import Array

#: What an input may hold instead: its name, and all of its content.
Candidate = tuple[str, dict[str, Array]]
#: Lines of a matrix that are changed one at a time, at the most.
MOST_LINES = 8
#: Words that are tried in one place, at the most.
MOST_WORDS = 12
SEEDS = 3

Numbers = NDArray[np.float64]


def candidates(inputs: Mapping[str, Matrix], typed: Mapping[str, Array]) -> Iterator[Candidate]:
    """Other contents for some inputs, within what their cells take."""
    numbers = {n: v for n, v in inputs.items() if isinstance(v, Input) and not v.choices}
    numbers = {n: v for n, v in numbers.items() if np.isfinite(typed[n]).all()}
    words = {n: v for n, v in inputs.items() if isinstance(v, Words)}
    scalars = {n: v for n, v in numbers.items() if v.shape == (1, 1)}
    for name, node in inputs.items():
        if isinstance(node, Input):
            for state in node.choices:
                if not (typed[name] == state).all():
                    yield f"{name} to {state:g}", {name: np.full(node.shape, float(state))}
    for name, node in scalars.items():
        for number in _other_scalars(float(typed[name][0, 0]), node):
            yield f"{name} to {number:g}", {name: np.array([[number]])}
    for name, node in words.items():
        yield from ((name, {name: other}) for other in _other_words(node, typed, words))
    for name, node in numbers.items():
        if name not in scalars:
            for other in _other_matrices(typed[name]):
                yield name, {name: _within(other, node)}
    for seed in range(SEEDS):
        drawn = {
            n: _within(_drawn(typed[n], seed, k), v) for k, (n, v) in enumerate(numbers.items())
        }
        yield "all numbers", drawn
    for name, node in numbers.items():
        if name not in scalars:
            for other in _other_lines(typed[name]):
                yield name, {name: _within(other, node)}


def _within(values: Numbers, node: Input) -> Numbers:
    """Numbers as the cells of an input take them."""
    least, largest = node.limits or (-math.inf, math.inf)
    return np.clip(values, least, largest)


def _other_scalars(value: float, node: Input) -> list[float]:
    given = [*(node.limits or ()), 0.0, -value, 10 * value, value + 1, value - 1, value / 10, 100.0]
    least, largest = node.limits or (-math.inf, math.inf)
    fitting = [number for number in given if least <= number <= largest and number != value]
    return list(dict.fromkeys(fitting))


def _other_words(
    node: Words, typed: Mapping[str, Array], words: Mapping[str, Words]
) -> Iterator[Array]:
    """Another word in one place after another, one word everywhere, the same ones reversed."""
    current = typed[node.name]
    free = node.choices is None and node.shape == (1, 1)
    lists = [node.choices.name] if node.choices is not None else [*words] if free else []
    listed = [str(word) for name in lists if name in typed for word in typed[name][:, 0]]
    known = list(dict.fromkeys(word for word in listed if word != "None"))
    if not known:
        return
    yield current[::-1].copy()
    for word in known[:MOST_WORDS]:
        yield np.full_like(current, word)
    for row in range(len(current)):
        for word in known[:MOST_WORDS]:
            if word != current[row, 0]:
                other = current.copy()
                other[row, 0] = word
                yield other


def _other_matrices(values: Numbers) -> Iterator[Numbers]:
    yield np.zeros_like(values)
    yield -values
    yield values[::-1].copy()
    yield values[:, ::-1].copy()
    yield 4 * values
    yield from (_drawn(values, seed) for seed in range(SEEDS))


def _other_lines(values: Numbers) -> Iterator[Numbers]:
    """One row or column taken out, turned, or raised."""
    largest = max(1.0, float(np.abs(values).max(initial=0)))
    for axis, count in enumerate(values.shape):
        for index in range(min(count, MOST_LINES)):
            line = (index, slice(None)) if axis == 0 else (slice(None), index)
            for new in (0 * values[line], -values[line], values[line] + 2 * largest):
                other = values.copy()
                other[line] = new
                yield other


def _drawn(values: Numbers, seed: int, of: int = 0) -> Numbers:
    """Numbers of the same size, drawn."""
    largest = max(1.0, float(np.abs(values).max(initial=0)))
    drawn = np.random.RandomState((seed, of)).uniform(-largest, largest, values.shape)
    return np.asarray(np.round(drawn, 2))
