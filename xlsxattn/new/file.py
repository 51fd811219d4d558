"""Text files that the commands write: a lesson, or its schema."""

from __future__ import annotations

from pathlib import Path

from xlsxattn.errors import LessonError
from xlsxattn.whole import whole_file


def require_new(path: Path, suffix: str, force: bool) -> None:
    """LessonError where a file cannot be written there, or one is there already."""
    if path.suffix != suffix:
        raise LessonError(f"{path}: expected a name that ends in {suffix}, got {path.name!r}")
    if path.is_dir():
        raise LessonError(f"{path}: expected a file, got a folder")
    if path.exists() and not force:
        raise LessonError(f"{path}: expected a new file, got one that exists; --force replaces it")


def write(text: str, path: Path) -> None:
    """Write a text file whole or not at all; LessonError where it cannot be written."""
    with whole_file(path, LessonError) as file:
        file.write(text.encode())
