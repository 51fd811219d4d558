"""Epochs of training the lesson `classify`, by this project and by PyTorch.

Both compute the same loss of the same model over the same sentences in double precision, its
gradient and Adam's step, from the same start; ``peers/classify.py`` has the model in PyTorch.
Each reports the milliseconds of one epoch: those of the clock, and those of all processors.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from pathlib import Path

LANGUAGE = "en"
Action = Callable[[], dict[str, float]]


def _use(threads: int) -> None:
    """Let NumPy's products use so many threads: it reads this when it is imported."""
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ[name] = str(threads)


def _timed(train: Callable[[int], object], epochs: int) -> Action:
    """An action that trains, after a few epochs that do not count."""
    train(5)

    def action() -> dict[str, float]:
        clock, processors = time.perf_counter(), time.process_time()
        train(epochs)
        return {
            "clock": (time.perf_counter() - clock) / epochs * 1e3,
            "processors": (time.process_time() - processors) / epochs * 1e3,
        }

    return action


def ours(threads: int, epochs: int) -> Action:
    _use(threads)
    from xlsxattn.compose import compose
    from xlsxattn.expression import Input
    from xlsxattn.fitting.compiled import Compiled
    from xlsxattn.fitting.optimisers import optimiser
    from xlsxattn.fitting.start import load_unfitted, names_to_fit
    from xlsxattn.gradient import gradient
    from xlsxattn.lesson import find

    lesson = load_unfitted(find("classify"), LANGUAGE)
    nodes = compose(lesson, LANGUAGE).nodes
    weights = [nodes[name] for name in sorted(names_to_fit(lesson) & {*nodes})]
    start = [node.data for node in weights if isinstance(node, Input)]
    run = Compiled([nodes["Loss"], *gradient(nodes["Loss"], weights)], weights)
    fit = lesson.fit
    assert fit is not None

    def train(count: int) -> None:
        values, adam = start, optimiser(fit)
        for _ in range(count):
            _, *gradients = run(dict(zip(weights, values, strict=True)))
            decayed = [g + fit.weight_decay * w for g, w in zip(gradients, values, strict=True)]
            values = adam.update(values, decayed)

    return _timed(train, epochs)


def torch(threads: int, epochs: int) -> Action:
    _use(threads)
    sys.path.insert(0, str(Path(__file__).parent.parent))
    import msgspec
    import torch as library
    from peers.classify import Peer, weights

    from xlsxattn.fitting.start import load_unfitted
    from xlsxattn.lesson import find

    library.set_num_threads(threads)
    library.set_default_dtype(library.float64)
    lesson = load_unfitted(find("classify"), LANGUAGE)
    peer, W = Peer(lesson, LANGUAGE), weights(lesson, LANGUAGE)

    def train(count: int) -> None:
        assert lesson.fit is not None
        peer.losses(W, msgspec.structs.replace(lesson.fit, epochs=count))

    return _timed(train, epochs)
