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


class Numbers:
    """Embeddings of some words, and weights where they are wanted, drawn from a seed."""

    def __init__(self, request: Request, words: int) -> None:
        self._source = np.random.RandomState(request.seed)
        self._columns = request.dimensions
        self.embeddings = self._drawn(words, 1.0)
        self.weights: dict[str, Array] = {}
        if request.weights:
            names = ["W_Q", "W_K", "W_V", *(["W_O"] if request.heads > 1 else [])]
            scale = 1 / math.sqrt(request.dimensions)
            self.weights = {name: self._drawn(request.dimensions, scale) for name in names}

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
