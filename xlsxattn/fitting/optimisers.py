"""How weights move along their gradients, in NumPy: the rules of ``training`` without cells.

Gradient descent with momentum is Polyak (1964), Adam is Kingma and Ba (2015), algorithm 1, both
as PyTorch has them; weight decay adds to a gradient that much of the weight itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from xlsxattn.lesson import Fit

Array = NDArray[np.float64]


class Optimiser(Protocol):
    """Moves weights, in the order in which they are always given."""

    def update(self, weights: Sequence[Array], gradients: Sequence[Array]) -> list[Array]:
        """The weights after an epoch."""


class Momentum:
    """The velocity u ← μ u + ∂L/∂W, which is 0 at first; W ← W − η u. Without μ: descent."""

    def __init__(self, learning_rate: float, momentum: float = 0.0) -> None:
        self.learning_rate, self.momentum = learning_rate, momentum
        self._velocities: list[Array] = []

    def update(self, weights: Sequence[Array], gradients: Sequence[Array]) -> list[Array]:
        before = self._velocities or [np.zeros_like(weight) for weight in weights]
        self._velocities = [
            self.momentum * u + gradient for u, gradient in zip(before, gradients, strict=True)
        ]
        return [w - self.learning_rate * u for w, u in zip(weights, self._velocities, strict=True)]


class Adam:
    """Means of the gradient and of its square, each divided by 1 − βᵗ in epoch t."""

    def __init__(self, learning_rate: float, beta1: float, beta2: float, epsilon: float) -> None:
        self.learning_rate, self.epsilon = learning_rate, epsilon
        self.beta1, self.beta2, self.epoch = beta1, beta2, 0
        self._means: list[Array] = []
        self._squares: list[Array] = []

    def update(self, weights: Sequence[Array], gradients: Sequence[Array]) -> list[Array]:
        self.epoch += 1
        means = self._means or [np.zeros_like(weight) for weight in weights]
        squares = self._squares or means
        self._means = [_mean(self.beta1, m, g) for m, g in zip(means, gradients, strict=True)]
        self._squares = [
            _mean(self.beta2, s, g * g) for s, g in zip(squares, gradients, strict=True)
        ]
        return [
            weight - self._step(mean, square)
            for weight, mean, square in zip(weights, self._means, self._squares, strict=True)
        ]

    def _step(self, mean: Array, square: Array) -> Array:
        mean = mean / (1 - self.beta1**self.epoch)
        square = square / (1 - self.beta2**self.epoch)
        return np.asarray(self.learning_rate * mean / (np.sqrt(square) + self.epsilon))


def _mean(share: float, before: Array, now: Array) -> Array:
    return share * before + (1 - share) * now


def optimiser(fit: Fit) -> Optimiser:
    """The optimiser that a lesson chooses."""
    if fit.optimiser == "adam":
        return Adam(fit.learning_rate, fit.beta1, fit.beta2, fit.epsilon)
    return Momentum(fit.learning_rate, fit.momentum if fit.optimiser == "momentum" else 0.0)
