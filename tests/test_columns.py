"""How wide columns are, and when a long label takes more lines than one."""

from __future__ import annotations

import numpy as np
import pytest

from xlsxattn.expression import Input
from xlsxattn.layout.columns import MANY_COLUMNS, MOST_HEADER, PADDING, value_widths
from xlsxattn.layout.long_labels import height_of, lines_of
from xlsxattn.outline import Block
from xlsxattn.style import NARROW_WIDTH, ROW_HEIGHT, TEXT_SIZE, VALUE_WIDTH, Role

LABEL = Role("label")


@pytest.mark.parametrize(
    ("columns", "width"),
    [(1, VALUE_WIDTH), (MANY_COLUMNS, VALUE_WIDTH), (MANY_COLUMNS + 1, NARROW_WIDTH)],
)
def test_many_columns_are_narrow(columns: int, width: float) -> None:
    """All alike, and narrower where there are more than fourteen."""
    block = Block(Input("A", np.zeros((2, columns))))
    assert value_widths([[block]]) == [width] * columns


def test_columns_hold_their_numbers_and_labels() -> None:
    """A long number widens its own column; a label does up to ten characters."""
    node = Input("A", [[0.0, -1234567.0, 0.0]])
    small, number, label = value_widths([[Block(node, (), ("a", "b", "c" * 40))]])
    assert small == VALUE_WIDTH
    assert number > len("-1234567.00")
    assert label == MOST_HEADER + PADDING


@pytest.mark.parametrize(
    ("length", "lines"), [(1, 1), (10, 1), (15, 1), (16, 2), (20, 2), (21, 3), (40, 4), (99, 4)]
)
def test_lines_of_a_label(length: int, lines: int) -> None:
    """In one line up to one and a half times its cell, set smaller; in four at the most."""
    ten = 10 * TEXT_SIZE / 11 + 0.6 + 1e-9  # a width that holds ten characters
    assert lines_of("m" * length, ten, LABEL) == lines


def test_height_of_a_label() -> None:
    """One line has the usual height, more of them enough for each, in whole pixels."""
    assert height_of(1, LABEL) == ROW_HEIGHT
    for lines in (2, 3, 4):
        height = height_of(lines, LABEL)
        assert height >= lines * TEXT_SIZE * 1.25
        assert height % 0.75 == 0
