"""A lesson's weights, fitted: the lesson and the file of weights that it names then."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from xlsxattn.compose import compose
from xlsxattn.errors import LessonError
from xlsxattn.fitting.fit import Fitted, Progress, fit
from xlsxattn.fitting.saving import file_of, save_weights, with_file
from xlsxattn.fitting.start import load_unfitted, names_to_fit
from xlsxattn.lesson import template_folder
from xlsxattn.whole import whole_file


@dataclass(frozen=True)
class Wish:
    """What a request says in place of the lesson's ``[fit]``; None where it says nothing."""

    epochs: int | None = None
    learning_rate: float | None = None
    weight_decay: float | None = None
    seed: int | None = None


@dataclass(frozen=True)
class Trained:
    """What training left: the lesson, its file of weights, and how it went."""

    lesson: Path
    weights: Path
    fitted: Fitted


def train(
    path: Path, language: str, target: Path | None, wish: Wish, progress: Progress
) -> Trained:
    """Fit the weights of the lesson in a file, and write them and the lesson at ``target``.

    By itself that is the lesson's own file, but for a lesson of the package a copy in the
    working folder. LessonError where it has no loss, and nothing is written.
    """
    lesson = load_unfitted(path, language, wish.seed)
    assert lesson.fit is not None
    said = {key: value for key, value in asdict(wish).items() if value is not None}
    choices = msgspec.structs.replace(lesson.fit, **said)
    target = target or (Path(path.name) if _is_ours(path) else path)
    if target.suffix != ".toml":
        raise LessonError(f"{target}: expected a name that ends in .toml, got {target.name!r}")
    outline = compose(lesson, language)
    fitted = fit(outline, names_to_fit(lesson), choices, progress)
    text = path.read_text(encoding="utf-8-sig")
    file_name = file_of(text, f"{target.stem}.npz")
    weights = target.parent / file_name.replace("{language}", language)
    text = with_file(text, file_name)
    save_weights(weights, fitted.weights)
    with whole_file(target, LessonError) as file:
        file.write(text.encode("utf-8"))
    return Trained(target, weights, fitted)


def _is_ours(path: Path) -> bool:
    return path.resolve().is_relative_to(template_folder().resolve())
