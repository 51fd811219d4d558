"""What one asks for when one asks for a lesson."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from xlsxattn.errors import LessonError
from xlsxattn.texts import DEFAULT

MAX_DIMENSIONS = 512


@dataclass(frozen=True)
class Request:
    """What a lesson is to be about, and how its attention works."""

    sentences: Sequence[str]
    seed: int = 0
    dimensions: int = 4
    heads: int = 1
    mask: str = "off"
    weights: bool = False
    positions: bool = False
    focus: str = ""
    language: str = DEFAULT


def require_sizes(request: Request) -> None:
    """LessonError where there are too many dimensions, or heads do not divide them."""
    if not 1 <= request.dimensions <= MAX_DIMENSIONS:
        raise LessonError(f"--dimensions: expected 1 to {MAX_DIMENSIONS}, got {request.dimensions}")
    if request.heads < 1 or request.dimensions % request.heads:
        raise LessonError(
            f"--heads: expected a number that divides the {request.dimensions} dimensions, "
            f"got {request.heads}"
        )
