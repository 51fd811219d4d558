"""The first guesses of a lesson of one's own: thresholds, meanings, numbers from a seed."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlsxattn.new.meanings import Meanings
from xlsxattn.new.numbers import VISIBLE, Numbers, threshold
from xlsxattn.new.request import Request

# --- thresholds -----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (0.0399, ""), (0.04, "0.02"), (0.5, "0.2"), (0.19, "0.09"), (0.2, "0.1"), (1.0, "0.5"),
        (-1.0, "0.5"), (1.9, "0.9"), (3.0, "1"), (25.0, "12"), (math.nan, ""),
    ],
)  # fmt: skip
def test_threshold(change: float, text: str) -> None:
    """Half of the change, down to one digit or a whole number; nothing of what is not seen."""
    assert threshold(np.array([[0.0, change]])) == text


@given(st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=9))
def test_any_threshold(changes: list[float]) -> None:
    """A claim that it is exceeded holds, and would not for a change of a quarter."""
    largest = max(map(abs, changes))
    text = threshold(np.array(changes))
    assert (text == "") == (largest < VISIBLE)
    if text:
        assert largest / 4 <= float(text) <= largest / 2
        assert "e" not in text


# --- meanings -------------------------------------------------------------------------

SENTENCES = [["cat", "and", "mouse", "friends"], ["keyboard", "and", "mouse", "useful"]]
VOCABULARY = ["cat", "and", "mouse", "friends", "keyboard", "useful"]


def meanings(**choices: object) -> Meanings:
    request = Request((), **choices)  # type: ignore[arg-type]
    return Meanings(request, SENTENCES, "mouse", ["cat", "keyboard"])


def test_meanings() -> None:
    """A sentence's telling word, its other words, what both share, and what only joins."""
    found = meanings()
    assert (found.names, found.column_of) == (["cat", "keyboard", "d3", "d4"], [0, 1])
    assert found.guesses(VOCABULARY).tolist() == [
        [2, 0, 0, 0], [0, 0, 1, 0], [1.2, 1.2, 0, 0], [1, 0, 0, 0], [0, 2, 0, 0], [0, 1, 0, 0],
    ]  # fmt: skip


def test_named_meanings() -> None:
    """A column of a sentence's own name is its own; the other sentence has the next free one."""
    found = meanings(columns=("device", "keyboard"))
    assert (found.keys, found.column_of) == (["device", "keyboard"], [0, 1])
    found = meanings(columns=("Keyboard", "device"))
    assert found.column_of == [1, 0]
    found = meanings(columns=("one meaning",))
    assert (found.keys, found.column_of) == (["one_meaning"], [0, None])


def test_keys_are_names() -> None:
    """What cannot be a name in a formula, or is taken, is d and its number."""
    assert meanings(columns=("a b", "A_b", "1st", "d4")).keys == ["a_b", "d2", "d3", "d4"]


# --- numbers --------------------------------------------------------------------------


@given(st.integers(0, 2**32 - 1), st.integers(1, 4))
def test_numbers_from_a_seed(seed: int, heads: int) -> None:
    """The same twice, near to what is guessed, of two decimals, and no negative 0."""
    guesses = np.array([[2.0, 0, 0, 0], [0, 0, 1.0, 0]])
    request = Request((), seed=seed, weights=True, heads=heads)
    one, other = Numbers(request, guesses), Numbers(request, guesses)
    assert list(one.weights) == ["W_Q", "W_K", "W_V", "W_O"][: 3 + (heads > 1)]
    for name, weight in one.weights.items():
        assert weight.shape == (4, 4)
        assert np.array_equal(weight, other.weights[name])
    for drawn in (one.embeddings, *one.weights.values()):
        assert np.array_equal(np.round(drawn, 2), drawn)
        assert not np.signbit(drawn[drawn == 0]).any()
    assert np.abs(one.embeddings - guesses).max() < 0.8
    assert np.array_equal(one.embeddings, other.embeddings)
