"""What the Python API accepts: one check for each kind of argument.

Each gives what is to be used, or raises ContentError with what was expected and what came;
``place`` is whose argument it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from numbers import Real
from typing import Any

import numpy as np
from numpy.typing import NDArray

from xlsxattn.a1 import MAX_COLUMNS, MAX_ROWS, number_text
from xlsxattn.errors import ContentError
from xlsxattn.expression import Matrix
from xlsxattn.lesson.validation.matrices import MAX_CHOICES_TEXT
from xlsxattn.lesson.validation.texts import CONTROL, MAX_TEXT
from xlsxattn.lesson.validation.words import MAX_WORD
from xlsxattn.style import TONES

MAX_DECIMALS = 12  # as in lessons


def checked_text(place: str, text: Any, least: int = 0, most: int = MAX_TEXT) -> str:
    """A text that a cell can hold in one line, of ``least`` to ``most`` characters."""
    if not isinstance(text, str):
        raise ContentError(f"{place}: expected a text, got {type(text).__name__}")
    if match := CONTROL.search(text):
        raise ContentError(
            f"{place}: expected text without control characters, got {match.group()!r}"
        )
    if not least <= len(text.strip()) or len(text) > most:
        raise ContentError(
            f"{place}: expected a text of {least} to {most} characters, got {len(text)}"
        )
    return text


def checked_word(place: str, word: Any) -> str:
    """A word that a lookup can seek."""
    checked_text(place, word, least=1, most=MAX_WORD)
    if re.search(r"[*?~]", word):
        raise ContentError(
            f"{place}: expected a word without * ? ~, which a lookup takes for a pattern, "
            f"got {word!r}"
        )
    return str(word)


def checked_tone(name: str, tone: str) -> str:
    """One of the tones that headings and heat have."""
    if tone not in TONES:
        raise ContentError(f"{name}.tone: expected one of {', '.join(TONES)}, got {tone!r}")
    return tone


def checked_decimals(name: str, decimals: int) -> int:
    """How many decimals a number format has."""
    if not isinstance(decimals, int) or not 0 <= decimals <= MAX_DECIMALS:
        raise ContentError(f"{name}.decimals: expected 0 to {MAX_DECIMALS}, got {decimals!r}")
    return decimals


def checked_numbers(name: str, values: Any) -> NDArray[np.float64]:
    """Typed numbers as a matrix."""
    if isinstance(values, Matrix):
        raise ContentError(f"{name}: expected numbers, got {values!r}; formulas are a step")
    try:
        data = np.asarray(values)
    except (TypeError, ValueError):
        came = _ragged(values)
        expected = "rows of equally many numbers" if came else "numbers"
        raise ContentError(f"{name}: expected {expected}, got {came or _sample(values)}") from None
    if data.dtype.kind not in "iufb":
        raise ContentError(f"{name}: expected numbers, got {_sample(values)}")
    if data.ndim > 2 or data.size == 0:
        raise ContentError(
            f"{name}: expected one or two dimensions and at least one number, "
            f"got the shape {data.shape}"
        )
    data = np.array(np.atleast_2d(data), dtype=np.float64)
    if not np.isfinite(data).all():
        wrong = next(number for number in data.ravel().tolist() if not np.isfinite(number))
        raise ContentError(f"{name}: expected finite numbers, got {wrong}")
    check_size(name, *data.shape)
    return data


def _ragged(values: Any) -> str:
    """The first row that is not as long as row 1: ``2 in row 1 and 1 in row 3``."""
    if not isinstance(values, list | tuple):
        return ""
    lengths = [len(row) if isinstance(row, list | tuple | np.ndarray) else 1 for row in values]
    for number, length in enumerate(lengths, start=1):
        if length != lengths[0]:
            return f"{lengths[0]} in row 1 and {length} in row {number}"
    return ""


def _sample(values: Any) -> str:
    """What came in place of numbers, with its row and column, counted from 1."""
    if isinstance(values, str):
        return values[:40]
    if not isinstance(values, list | tuple | np.ndarray):
        return type(values).__name__
    for row, line in enumerate(values, start=1):
        nested = isinstance(line, list | tuple | np.ndarray)
        for column, element in enumerate(line if nested else [line], start=1):
            if not isinstance(element, Real | np.bool_):
                came = repr(element) if isinstance(element, str | Matrix) else None
                came = came or type(element).__name__
                place = f"row {row}, column {column}" if nested else f"place {row}"
                return f"{came if len(came) <= 40 else came[:39] + '…'} in {place}"
    return type(values).__name__


def check_size(name: str, rows: int, columns: int) -> None:
    """Excel's limits, with some room for titles and labels."""
    if rows > MAX_ROWS - 100 or columns > MAX_COLUMNS - 10:
        raise ContentError(
            f"{name}: expected at most {MAX_ROWS - 100} rows and {MAX_COLUMNS - 10} columns, "
            f"got {rows}×{columns}"
        )


def checked_choices(name: str, data: Any, choices: Sequence[float]) -> tuple[float, ...]:
    """The numbers that a switch accepts, one of which is its own."""
    if not len(choices):
        return ()
    listed = tuple(checked_numbers(f"{name}.choices", choices).ravel().tolist())
    if data.shape != (1, 1) or data[0, 0] not in listed:
        came = f"{data[0, 0]:g}" if data.shape == (1, 1) else "a matrix"
        raise ContentError(f"{name}: expected one of its choices, got {came}")
    if len(",".join(map(number_text, listed))) > MAX_CHOICES_TEXT:
        raise ContentError(
            f"{name}.choices: expected a list of at most {MAX_CHOICES_TEXT} characters, got more"
        )
    return listed


def checked_limits(
    name: str, data: Any, limits: Sequence[float] | None, choices: Sequence[float]
) -> tuple[float, float] | None:
    """The least and the largest number that an input's cells accept, its own among them."""
    if limits is None:
        return None
    if len(choices):
        raise ContentError(f"{name}: expected either choices or limits, got both")
    given = checked_numbers(f"{name}.limits", limits).ravel().tolist()
    if len(given) != 2 or not given[0] < given[1]:
        came = ", ".join(map(number_text, given))
        raise ContentError(f"{name}.limits: expected the least and the largest number, got {came}")
    least, largest = given
    outside = data[(data < least) | (data > largest)]
    if outside.size:
        raise ContentError(
            f"{name}: expected numbers from {number_text(least)} to {number_text(largest)}, got "
            f"{number_text(outside[0])}"
        )
    return least, largest
