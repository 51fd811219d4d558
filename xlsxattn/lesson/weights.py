"""Weights that a lesson does not type: drawn from a seed, or read from a file beside it."""

from __future__ import annotations

import hashlib
import zipfile
import zlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xlsxattn.a1 import MAX_NUMBER
from xlsxattn.errors import LessonError
from xlsxattn.lesson.blocks import uses
from xlsxattn.lesson.format import Lesson, Rows, WeightSource, Word

#: How many bytes an array in a file may take: a matrix of 4,096 rows and columns.
MAX_BYTES = 4096 * 4096 * 8 + 4096

Numbers = NDArray[np.float64]


def load_weights(lesson: Lesson, folder: Path, language: str) -> None:
    """Draw or read all weights that are not typed; LessonError names one that is not there.

    Their shape and digest are noted in the lesson, which a workbook carries; so are the weights
    that uses of blocks read from files, each as a weight of its own. ``{language}`` in the name
    of a file is the language.
    """
    for name, source in lesson.weights.items():
        if isinstance(source, WeightSource):
            place = f"weights.{name}"
            source.file = source.file.replace("{language}", language)
            if source.file == "":
                _note(source, _drawn(source, place), place)
            else:
                _note(source, _read(source, folder, [source.array or name], place), place)
    for matrix in lesson.inputs:
        if matrix.source is not None:
            place = f"inputs.{matrix.name}.source"
            source = matrix.source
            source.file = source.file.replace("{language}", language)
            _note(source, _read(source, folder, [source.array or matrix.name], place), place)
    for word in lesson.words:
        if word.file:
            texts = _texts(word.file, folder, word.array or word.name, f"words.{word.name}")
            word.count, vars(word)["texts"] = len(texts), texts
    for use in uses(lesson):
        own = use.steps[0].weights
        for weight in use.block.weights:
            name = use.weight_names(weight)[0]
            source_of, place = own, f"steps.{use.steps[0].name}.weights"
            if name in lesson.weights:
                continue
            if own is None and use.block.shared is not None:
                name, source_of = use.shared_name(weight), use.block.shared
                place = f"blocks.{use.step.use}.shared"
            if source_of is not None and source_of.file and name not in lesson.weights:
                source = WeightSource(file=source_of.file.replace("{language}", language))
                _note(source, _read(source, folder, [name, weight], place), place)
                lesson.weights[name] = source


def _note(source: WeightSource, numbers: Numbers, place: str) -> None:
    """Keep numbers with their source; LessonError where it says others."""
    digest = hashlib.sha256(numbers.astype("<f8").tobytes()).hexdigest()[:16]
    _require_as_said(source, numbers, digest, place)
    source.rows, source.columns = numbers.shape
    source.digest = digest
    vars(source)["numbers"] = numbers


def numbers_of(weights: Rows | WeightSource) -> Numbers:
    """The numbers of typed or loaded weights; zeros where a workbook carries only their shape."""
    if not isinstance(weights, WeightSource):
        return np.array(weights, dtype=np.float64)
    numbers: Numbers = vars(weights).get("numbers", np.zeros((weights.rows, weights.columns)))
    return numbers


def texts_of(word: Word) -> list[str]:
    """The texts of a file; empty ones where a workbook carries only how many there are."""
    texts: list[str] = vars(word).get("texts", [""] * word.count)
    return texts


def _drawn(source: WeightSource, place: str) -> Numbers:
    if source.seed is None or source.array:
        came = "array without a file" if source.array else "neither"
        raise LessonError(f"{place}: expected a file or a seed, got {came}")
    if not source.rows or not source.columns:
        raise LessonError(
            f"{place}: expected rows and columns beside a seed, got "
            f"{source.rows} and {source.columns}"
        )
    scale = source.rows**-0.5 if source.scale is None else source.scale
    return drawn(source.seed, source.rows, source.columns, scale)


def drawn(seed: int | Sequence[int], rows: int, columns: int, scale: float = 1.0) -> Numbers:
    """Numbers of mean 0, the same for ever, rounded to two decimals and never −0."""
    numbers = np.random.RandomState(seed).standard_normal((rows, columns))
    return np.asarray(np.round(numbers * scale, 2) + 0.0)


def drawn_between(seed: int, rows: int, columns: int, least: float, largest: float) -> Numbers:
    """Numbers between two, all as likely, the same for ever, rounded to three decimals."""
    numbers = np.random.RandomState(seed).uniform(least, largest, (rows, columns))
    return np.asarray(np.round(numbers, 3).clip(least, largest) + 0.0)


def _read(source: WeightSource, folder: Path, names: list[str], place: str) -> Numbers:
    """The array of the first of some names that the file has; which one, the source notes."""
    found, array = _array(source.file, folder, names, place)
    if found != names[0]:
        source.array = found
    return _checked(array, found, f"{place}: {source.file}")


def _texts(file: str, folder: Path, name: str, place: str) -> list[str]:
    """A list of texts in a file; LessonError where it has none of that name."""
    _, array = _array(file, folder, [name], place)
    if array.dtype.kind != "U" or array.ndim != 1 or not array.size:
        came = f"{array.dtype} of the shape {array.shape}"
        raise LessonError(f"{place}: {file}: expected {name} to be a list of texts, got {came}")
    return [str(text) for text in array]


def _array(file: str, folder: Path, names: list[str], place: str) -> tuple[str, Any]:
    """The first of some names that a file has, and its array."""
    path = PurePosixPath(file)
    if path.is_absolute() or ".." in path.parts or "\\" in file or path.suffix != ".npz":
        raise LessonError(
            f"{place}.file: expected a .npz file in the lesson's folder, got {file!r}"
        )
    place = f"{place}: {file}"
    try:
        _require_size(folder / path, names, place)
        with np.load(folder / path, allow_pickle=False) as arrays:
            found = [name for name in names if name in arrays.files]
            if not found:
                known = ", ".join(arrays.files[:20]) or "none"
                raise LessonError(f"{place}: expected an array {' or '.join(names)}, got {known}")
            return found[0], arrays[found[0]]
    except FileNotFoundError:
        raise LessonError(f"{place}: expected a file of weights, got no such file") from None
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        reason = " ".join(str(error).split())[:80] or type(error).__name__
        raise LessonError(f"{place}: expected a .npz file of arrays, got {reason}") from None


def said_sources(content: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """What a lesson's file says of weights that nobody typed: its own, of blocks, of their uses."""
    said = list(content.get("weights", {}).values())
    said += [block.get("shared") for block in content.get("blocks", {}).values()]
    said += [step.get("weights") for step in content.get("steps", [])]
    return (source for source in said if isinstance(source, dict))


def said_files(content: Mapping[str, Any]) -> list[str]:
    """The names of all files that a lesson reads: of weights, inputs and words."""
    said = [*said_sources(content), *content.get("words", [])]
    said += [matrix.get("source", {}) for matrix in content.get("inputs", [])]
    return list(dict.fromkeys(source["file"] for source in said if source.get("file")))


def _require_size(path: Path, names: list[str], place: str) -> None:
    """Sizes are in the directory of the archive, so that nothing large is read to be refused."""
    with zipfile.ZipFile(path) as archive:
        for member in archive.infolist():
            known = member.filename.removesuffix(".npy") in names
            if known and member.file_size > MAX_BYTES:
                raise LessonError(
                    f"{place}: expected an array of at most {MAX_BYTES} bytes, got "
                    f"{member.file_size}"
                )


def _checked(numbers: Any, array: str, place: str) -> Numbers:
    data = np.asarray(numbers)
    if data.dtype.kind not in "fiu" or data.ndim != 2 or data.size == 0:
        came = f"{data.dtype} of the shape {data.shape}"
        raise LessonError(f"{place}: expected {array} to be a matrix of numbers, got {came}")
    data = data.astype(np.float64)
    if not (np.abs(data) <= MAX_NUMBER).all():
        raise LessonError(f"{place}: expected finite numbers in {array}, got others")
    return data


def _require_as_said(source: WeightSource, numbers: Numbers, digest: str, place: str) -> None:
    """LessonError where the lesson says another shape or digest than the numbers have."""
    for what, said, came in (
        ("rows", source.rows, numbers.shape[0]),
        ("columns", source.columns, numbers.shape[1]),
        ("the digest", source.digest, digest),
    ):
        if said and said != came:
            raise LessonError(f"{place}: expected {what} {said}, got {came}")
