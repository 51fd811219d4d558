"""Where training starts: weights that are drawn again, whatever a file has."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from xlsxattn.errors import LessonError
from xlsxattn.lesson import Lesson, UseWeights, WeightSource, load
from xlsxattn.lesson.blocks import uses


def load_unfitted(path: Path, language: str, seed: int | None = None) -> Lesson:
    """The lesson with all weights drawn that have a seed or a file; ``seed`` replaces theirs.

    LessonError where it says nothing of a loss, or where a weight has no shape.
    """
    return load(path, language, prepare=lambda lesson: _draw_all(lesson, seed))


def _draw_all(lesson: Lesson, seed: int | None) -> None:
    if lesson.fit is None:
        raise LessonError("fit: expected a [fit] table that names the loss, got none")
    first = lesson.fit.seed if seed is None else seed
    for number, (place, source) in enumerate(_sources(lesson)):
        if isinstance(source, WeightSource) and not (source.rows and source.columns):
            raise LessonError(f"{place}: expected rows and columns of a weight to fit, got none")
        if source.seed is None or seed is not None:
            source.seed = (first + 7919 * number) % 2**32
        source.file = ""
        if isinstance(source, WeightSource):
            source.digest = source.array = ""


def _sources(lesson: Lesson) -> Iterator[tuple[str, WeightSource | UseWeights]]:
    """Where weights come from that nobody typed, each once."""
    for name, source in lesson.weights.items():
        if isinstance(source, WeightSource):
            yield f"weights.{name}", source
    for name, block in lesson.blocks.items():
        if block.shared is not None:
            yield f"blocks.{name}.shared", block.shared
    for step in lesson.steps:
        if step.weights is not None and not step.weights.of:
            yield f"steps.{step.name}.weights", step.weights


def names_to_fit(lesson: Lesson) -> set[str]:
    """The names that weights may have which nobody typed."""
    typed = {name for name, given in lesson.weights.items() if isinstance(given, list)}
    names = {*lesson.weights}
    for use in uses(lesson):
        for weight in use.block.weights:
            names |= {*use.weight_names(weight), use.shared_name(weight)}
    return names - typed
