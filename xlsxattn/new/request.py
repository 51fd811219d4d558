"""What one asks for when one asks for a lesson."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xlsxattn.errors import LessonError
from xlsxattn.texts import DEFAULT

MAX_DIMENSIONS = 512
MAX_LAYERS = 12


@dataclass(frozen=True)
class Request:
    """What a lesson is to be about, and how its attention works.

    ``columns`` are names of meanings, as many as there are dimensions where there are any;
    ``words`` those at which sentences without spaces are split.
    """

    sentences: Sequence[str]
    seed: int = 0
    dimensions: int = 4
    heads: int = 1
    mask: str = "off"
    weights: bool = False
    positions: bool = False
    focus: str = ""
    language: str = DEFAULT
    layers: int = 0
    columns: Sequence[str] = ()
    words: Sequence[str] = ()

    @property
    def named(self) -> Sequence[str]:
        """The words that were named, which tell a sentence apart before any other."""
        return [*self.columns, *self.words]

    @property
    def width(self) -> int:
        """How many numbers an embedding has."""
        return len(self.columns) or self.dimensions


def require_sizes(request: Request) -> None:
    """LessonError for too many dimensions or layers, or what does not go together."""
    if not 1 <= request.width <= MAX_DIMENSIONS:
        raise LessonError(f"--dimensions: expected 1 to {MAX_DIMENSIONS}, got {request.width}")
    twice = [
        name for number, name in enumerate(request.columns) if name in request.columns[:number]
    ]
    if twice:
        raise LessonError(f"--columns: expected each name once, got {twice[0]!r} twice")
    if request.heads < 1 or request.width % request.heads:
        raise LessonError(
            f"--heads: expected a number that divides the {request.width} dimensions, "
            f"got {request.heads}"
        )
    if not 0 <= request.layers <= MAX_LAYERS:
        raise LessonError(f"--layers: expected 1 to {MAX_LAYERS}, got {request.layers}")
    asked = {
        "--mask": request.mask != "off", "--weights": request.weights,
        "--positions": request.positions,
    }  # fmt: skip
    beside = [option for option, given in asked.items() if given]
    if request.layers and beside:
        raise LessonError(
            f"--layers: expected no {beside[0]} beside it, which is of a lesson with one attention"
        )
