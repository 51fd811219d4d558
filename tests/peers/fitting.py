"""What PyTorch is given of a lesson that was trained, and how it trains it itself."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def numbered(lesson: Any, said: str, length: int) -> list[int]:
    """Which words of the vocabulary these are, filled up to a length."""
    listed, words = list(lesson.vocabulary.words), said.split()
    words += [lesson.examples.pad] * (length - len(words))
    return [listed.index(word) for word in words]


def weights(lesson: Any, language: str) -> dict[str, Any]:
    """The weights of a lesson that training fits, by name."""
    import torch

    from xlsxattn.compose import compose
    from xlsxattn.fitting.start import names_to_fit

    nodes = compose(lesson, language).nodes
    names = sorted(names_to_fit(lesson) & {*nodes})
    return {name: torch.tensor(nodes[name].value, requires_grad=True) for name in names}


def losses(W: dict[str, Any], fit: Any, loss: Callable[[dict[str, Any]], Any]) -> list[float]:
    """The loss of every epoch of Adam, which changes the weights."""
    import torch

    adam = torch.optim.Adam(W.values(), lr=fit.learning_rate, weight_decay=fit.weight_decay)
    found = []
    for _ in range(fit.epochs):
        adam.zero_grad()
        now = loss(W)
        found.append(now.item())
        now.backward()
        adam.step()
    return found
