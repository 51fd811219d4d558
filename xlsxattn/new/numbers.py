"""The first guesses: numbers that are drawn, and how large a difference of two is."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xlsxattn.new.request import Request

Array = NDArray[Any]

#: A change that a page with two decimals shows.
VISIBLE = 0.04
#: How far drawn numbers spread around a guess.
SMALL = 0.1


class Numbers:
    """Embeddings of some words, and weights where they are wanted, drawn from a seed."""

    def __init__(self, request: Request, guesses: Array) -> None:
        """``guesses`` has a row for each word; what is drawn is small beside it, if it has any."""
        self._source = np.random.RandomState(request.seed)
        self._columns = request.width
        around = self._drawn(len(guesses), SMALL if guesses.any() else 1.0)
        self.embeddings: Array = np.round(guesses + around, 2) + 0.0
        self.weights: dict[str, Array] = {}
        if request.weights:
            names = ["W_Q", "W_K", "W_V", *(["W_O"] if request.heads > 1 else [])]
            scale = 1 / math.sqrt(request.width)
            self.weights = {name: self._drawn(request.width, scale) for name in names}

    def _drawn(self, rows: int, scale: float) -> Array:
        """Numbers of mean 0, rounded to two decimals."""
        numbers = self._source.standard_normal((rows, self._columns)) * scale
        rounded: Array = np.round(numbers, 2) + 0.0  # no minus before a zero
        return rounded


def threshold(changes: Array) -> str:
    """About half of the largest change, in one digit; empty where the page would not show it."""
    change = float(np.abs(changes).max())
    if not change >= VISIBLE:
        return ""
    half = change / 2
    digits = max(0, -math.floor(math.log10(half)))
    return f"{math.floor(half * 10**digits) / 10**digits:.{digits}f}"
