"""Weights fitted to a lesson's loss: full-batch epochs over one compiled graph."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from xlsxattn.errors import LessonError, within
from xlsxattn.expression import Input, Matrix, Step, postorder
from xlsxattn.fitting.compiled import Compiled
from xlsxattn.fitting.optimisers import optimiser
from xlsxattn.gradient import gradient
from xlsxattn.lesson import Fit
from xlsxattn.outline import Outline

Array = NDArray[np.float64]
#: Told of every epoch: its number from 1, and the loss that it begins with.
Progress = Callable[[int, float], None]
#: The decimals that weights are rounded to: what a person can type.
DECIMALS = 3


@dataclass
class Fitted:
    """What came out: weights by name, rounded, and the loss that they give.

    ``losses`` has one for each epoch that was begun; of them the least was kept.
    """

    weights: dict[str, Array]
    loss: float
    losses: list[float] = field(default_factory=list)
    interrupted: bool = False


def fit(outline: Outline, weights: set[str], choices: Fit, progress: Progress) -> Fitted:
    """Fit those of the named ``weights`` on which the loss depends, from the numbers they have.

    Ctrl-C ends it with the best so far; in the first epoch there is none yet. LessonError where
    there is no such loss or nothing to fit, or where the loss is no number any more.
    """
    loss, fitted = _loss(outline, choices.loss), []
    below = set(postorder(loss))
    for name, node in outline.nodes.items():
        if name in weights and node in below:
            assert isinstance(node, Input)
            fitted.append(node)
    if not fitted:
        raise LessonError(f"fit.loss: expected a loss that depends on weights, got {loss!r}")
    with within("fit.loss"):
        run = Compiled([loss, *gradient(loss, fitted)], fitted)
    return _epochs(run, fitted, choices, progress)


def _loss(outline: Outline, name: str) -> Matrix:
    loss = outline.nodes.get(name)
    if not isinstance(loss, Step) or loss.shape != (1, 1) or loss.is_text:
        raise LessonError(f"fit.loss: expected the name of a step of one number, got {name!r}")
    return loss


def _epochs(run: Compiled, fitted: list[Input], choices: Fit, progress: Progress) -> Fitted:
    optimise, values = optimiser(choices), [node.data for node in fitted]
    best, interrupted = values, False
    losses: list[float] = []
    try:
        for epoch in range(1, choices.epochs + 1):
            found, *gradients = run(dict(zip(fitted, values, strict=True)))
            loss = float(found[0, 0])
            if not np.isfinite(loss):
                raise LessonError(
                    f"fit.learning_rate: expected a loss that stays a number, got {loss} in epoch "
                    f"{epoch}; try less than {choices.learning_rate:g}"
                )
            progress(epoch, loss)
            if not losses or loss < min(losses):
                best = values
            losses.append(loss)
            decayed = [g + choices.weight_decay * w for g, w in zip(gradients, values, strict=True)]
            values = optimise.update(values, decayed)
    except KeyboardInterrupt:
        if not losses:
            raise
        interrupted = True
    rounded = [np.round(value, DECIMALS) + 0.0 for value in best]
    loss = float(run(dict(zip(fitted, rounded, strict=True)))[0][0, 0])
    named = {node.name: value for node, value in zip(fitted, rounded, strict=True)}
    return Fitted(named, loss, losses, interrupted)
