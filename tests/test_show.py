"""What Python shows of a matrix: text to print, HTML for notebooks."""

from __future__ import annotations

import xml.etree.ElementTree as ElementTree

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlsxattn.expression import Input, Lookup, Matrix, Texts, Words
from xlsxattn.expression.show import html, table

LABELLED = Input("X", [[2, 0.5], [-1, 10]], Texts.of(["cat", "mouse"]), Texts.of(["a", "device"]))


def test_labels_and_numbers() -> None:
    """Name, shape, labels; numbers at the right, all with the decimals that they need."""
    assert str(LABELLED) == (
        "X (2×2)\n"
        "          a  device\n"
        "cat     2.0     0.5\n"
        "mouse  -1.0    10.0"
    )  # fmt: skip


def test_no_labels() -> None:
    """Without labels there is no row and no column for them."""
    assert table(Input("A", [[1, 2], [3, 40]])) == "A (2×2)\n1   2\n3  40"


def test_repr_stays_short() -> None:
    """Messages name a matrix; only print shows its numbers."""
    assert repr(LABELLED) == "X (2×2)"


def test_unnamed() -> None:
    """An expression is called by its mathematics, and computed where it is shown."""
    assert str(LABELLED / 2).splitlines()[0] == "X / 2 (2×2)"
    assert str(LABELLED / 2).splitlines()[-1].split() == ["mouse", "-0.50", "5.00"]


@pytest.mark.parametrize(
    ("number", "shown"),
    [
        (0, "0"), (-0.0, "0"), (3, "3"), (0.25, "0.25"), (1 / 3, "0.3333"), (1e12, "1e+12"),
        (1.5e-7, "1.5e-07"), (-2.5, "-2.5"), (-1e-17, "-1e-17"), (123456.5, "123456.5"),
    ],
)  # fmt: skip
def test_numbers(number: float, shown: str) -> None:
    """As many decimals as needed, at most four; powers of ten where those say nothing."""
    assert table(Input("t", number)).splitlines()[1] == shown


def test_no_minus_zero() -> None:
    """What rounds to zero has no sign."""
    assert table(Input("t", [[1 / 3, -1e-9]])).splitlines()[1] == "0.3333  0.0000"


def test_texts_and_absent_words() -> None:
    """Words are shown as they are, a missing number as a dash."""
    words = Words("Words", ("cat", "热"))
    assert table(words) == "Words (2×1)\ncat\n 热"
    keys = Words("Keys", ("cat", "dog"))
    found = Lookup(words, keys, Input("T", [[1], [2]]), strict=False)
    assert table(found).splitlines()[1:] == ["cat  1", "热   –"]


def test_large() -> None:
    """A large matrix shows its first and last rows and columns."""
    labels = Texts.of(f"r{i}" for i in range(100))
    text = table(Input("Large", np.arange(10000).reshape(100, 100), labels))
    lines = text.splitlines()
    assert len(lines) == 21
    assert lines[1].split() == ["r0", *"012345", "…", "95", "96", "97", "98", "99"]
    assert set(lines[11].split()) == {"…"}
    assert lines[-1].split()[-1] == "9999"
    assert len(html(Input("Large", np.ones((500, 500)))).splitlines()) == 22


def test_html_is_escaped() -> None:
    """Labels and names cannot bring tags of their own."""
    matrix = Input("A", [[1.0]], Texts.of(["<script>"]), Texts.of(["a & b"]))
    shown = html(matrix)
    assert "<script>" not in shown
    assert "&lt;script&gt;" in shown
    assert "a &amp; b" in shown
    assert matrix._repr_html_() == shown


def parsed(matrix: Matrix) -> list[list[str]]:
    tree = ElementTree.fromstring(html(matrix))
    return [["".join(cell.itertext()) for cell in row] for row in tree.iter("tr")]


@given(st.lists(st.text(st.characters(codec="utf-8", exclude_categories=["C"]), min_size=1),
                min_size=1, max_size=6))  # fmt: skip
def test_html_is_well_formed(labels: list[str]) -> None:
    """Whatever the labels are, a parser reads the same table again."""
    matrix = Input("A", np.ones((1, len(labels))), None, Texts.of(labels))
    assert parsed(matrix) == [["", *labels], ["", *("1" for _ in labels)]]


@given(st.lists(st.floats(-1e300, 1e300), min_size=1, max_size=8))
def test_numbers_read_back(numbers: list[float]) -> None:
    """What is printed is the number, to four decimals or four digits of the largest."""
    shown = table(Input("A", [numbers])).splitlines()[1].split()
    largest = max(map(abs, numbers))
    for text, number in zip(shown, numbers, strict=True):
        assert abs(float(text) - number) <= max(5.1e-5, 1e-3 * abs(number), 1e-9 * largest)
