"""What every lesson that was trained is held to: PyTorch's answers, its file, its sentences."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from test_peers import error

from xlsxattn.compose import compose
from xlsxattn.expression import Matrix
from xlsxattn.fitting.lesson import Wish, train
from xlsxattn.fitting.start import load_unfitted, names_to_fit
from xlsxattn.gradient import gradients
from xlsxattn.lesson import Lesson, find, load, template_folder

Array = NDArray[np.float64]
#: How far PyTorch's own rounding may lead from ours after so many epochs, and in one.
CURVE, EXACT = 1e-6, 1e-9


def known_of(file: Path) -> dict[str, Array]:
    """PyTorch's answers, as they are kept."""
    with np.load(file) as arrays:
        return {name: arrays[name] for name in arrays.files}


def quiet(epoch: int, loss: float) -> None:
    """Tells nobody."""


def nodes_of(name: str, language: str) -> tuple[Lesson, Mapping[str, Matrix]]:
    """A lesson with its weights, and its steps."""
    lesson = load(find(name), language)
    return lesson, compose(lesson, language).nodes


def assert_gradients(
    lesson: Lesson, nodes: Mapping[str, Matrix], known: dict[str, Array], prefix: str, count: int
) -> None:
    """That of the loss for every weight, of which there are so many."""
    names = sorted(names_to_fit(lesson) & {*nodes})
    assert len(names) == count
    found = gradients(nodes["Loss"], [nodes[name] for name in names])
    for name, one in zip(names, found, strict=True):
        assert error(one.value, known[f"{prefix}{name}"]) <= EXACT, name


def assert_training(name: str, language: str, losses: Array, file: str, folder: Path) -> None:
    """Every epoch's loss from the same start, and the file that is shipped."""
    trained = train(find(name), language, folder / "again.toml", Wish(), quiet)
    np.testing.assert_allclose(trained.fitted.losses, losses, rtol=CURVE, atol=CURVE)
    assert trained.weights == folder / "weights" / file
    shipped = template_folder() / "weights" / file
    with np.load(trained.weights) as again, np.load(shipped) as before:
        assert again.files == before.files
        for one in again.files:
            np.testing.assert_allclose(again[one], before[one], atol=0.001)


def weights_after(name: str, content: str, language: str, epochs: int, folder: Path) -> bytes:
    """The file of weights after a few epochs of training on a changed lesson."""
    path = folder / f"{name}.toml"
    path.parent.mkdir()
    path.write_text(content, encoding="utf-8")
    return train(path, language, None, Wish(epochs=epochs), quiet).weights.read_bytes()


def assert_nothing_typed(name: str, language: str) -> None:
    """Everything that the loss depends on but the sentences was trained."""
    lesson = load_unfitted(find(name), language)
    assert not any(isinstance(given, list) for given in lesson.weights.values())
    assert lesson.vocabulary is not None
    assert isinstance(lesson.vocabulary.words, list)
