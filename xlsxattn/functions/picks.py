"""What is found by its number, and texts that are typed freely: for models that read and write."""

from __future__ import annotations

from xlsxattn.errors import ShapeError
from xlsxattn.expression import (
    CharacterCodes,
    CharacterCount,
    Elementwise,
    Largest,
    Matched,
    Matrix,
    Operand,
    Picked,
    RunningText,
    as_matrix,
    require_matrix,
)
from xlsxattn.functions.heads import share
from xlsxattn.functions.registry import function, plain_number
from xlsxattn.functions.tables import where


@function
def pick(table: Matrix, numbers: Operand) -> Matrix:
    """The rows of a table with some numbers, from 0: ``(m, d)``, ``(n, 1)`` → ``(n, d)``.

    Of a table of one column, any shape of numbers picks as many.
    """
    require_matrix("pick", table)
    return Picked(table, as_matrix(numbers))


@function
def match(x: Matrix, keys: Matrix, values: Matrix, otherwise: Operand) -> Matrix:
    """For each number the value beside the first equal one of ``keys``, or ``otherwise``.

    ``keys`` and ``values`` are columns of equally many numbers.
    """
    require_matrix("match", x, keys, values)
    return Matched(x, keys, values, plain_number("match", otherwise))


@function
def largest(x: Matrix, count: Operand = 1) -> Matrix:
    """The largest numbers of each row, so many of them, the largest first: ``(n, count)``."""
    require_matrix("largest", x)
    return Largest(x, int(plain_number("largest", count)), numbers=False)


@function
def largest_columns(x: Matrix, count: Operand = 1) -> Matrix:
    """The columns of the largest numbers of each row, from 0: ``(n, count)``."""
    require_matrix("largest_columns", x)
    return Largest(x, int(plain_number("largest_columns", count)), numbers=True)


@function
def choose(number: Matrix, *matrices: Operand) -> Matrix:
    """The first of some matrices where the number is 1, the second where it is 2, and so on."""
    require_matrix("choose", number)
    if not matrices or number.shape != (1, 1):
        raise ShapeError(f"choose: expected one number and what it chooses from, got {number!r}")
    *firsts, found = (as_matrix(matrix) for matrix in matrices)
    for position in range(len(firsts), 0, -1):
        equal = Elementwise("equal", number, position)
        found = where(equal, firsts[position - 1], found)
    return found


@function
def head_of(x: Matrix, heads: Operand, number: Matrix) -> Matrix:
    """One head's share of the columns of a table, by a number from 1: ``(n, h·m)`` → ``(n, m)``."""
    require_matrix("head_of", x)
    of = int(plain_number("head_of", heads))
    if of < 1 or x.columns % of:
        raise ShapeError(f"head_of: expected columns that {of} heads share, got {x!r}")
    return choose(number, *(share(x, head, of) for head in range(of)))


@function
def character_codes(text: Matrix, count: Operand) -> Matrix:
    """The codes of a text's first characters, ``(1, count)``, 0 behind the last one.

    What is no printable character of ASCII is −1.
    """
    require_matrix("character_codes", text)
    return CharacterCodes(text, int(plain_number("character_codes", count)))


@function
def character_count(text: Matrix) -> Matrix:
    """How many characters a text has, or each of several."""
    require_matrix("character_count", text)
    return CharacterCount(text)


@function
def running_text(texts: Matrix) -> Matrix:
    """Texts joined from the first row to each: ``(n, 1)`` → ``(n, 1)``."""
    require_matrix("running_text", texts)
    return RunningText(texts)
