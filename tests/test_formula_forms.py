"""What has a form in one cell, what needs cells, and which steps are array formulas."""

import numpy as np
import pytest
from printing import COLUMN, FAR, MAYBE, ROW, SQUARE, TABLE, WORDS, A, B, t

from xlsxattn.expression import (
    ColumnCount,
    Elementwise,
    Entry,
    Input,
    Joined,
    LargestLabel,
    Lookup,
    Number,
    Numbering,
    Recurrence,
    Reduction,
    Slice,
    Step,
    Text,
    Words,
)
from xlsxattn.formula import array_steps
from xlsxattn.formula.forms import (
    LARGE_PRODUCT,
    has_block_form,
    has_cell_form,
    needs_cells,
)
from xlsxattn.formula.searches import LONG_SEARCH
from xlsxattn.formula.views import is_view
from xlsxattn.functions import erf, exp, row_sum, sqrt, total


def absolute(node):
    return Elementwise("abs", node)


# --- views ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("node", "is_one"),
    [
        (A, True),
        (A.T, True),
        (A.T.T, True),
        (Slice(A, range(1), range(2)), True),
        (Slice(A.T, range(1), range(2)).T, True),
        (MAYBE, True),
        (A + B, False),
        ((A + B).T, False),
        (Slice(A @ SQUARE, range(1), range(2)), False),
        (Entry(A, 0, 0), False),
    ],
)
def test_views(node, is_one):
    """A view's elements are cells: of something placed, of a part, turned or not."""
    assert is_view(node) is is_one


# --- what needs cells -----------------------------------------------------------------


@pytest.mark.parametrize(
    "node",
    [
        A @ B.T, A.T @ A, A.T, Slice(A, range(1), range(2)), Slice(A.T, range(1), range(2)),
        total(A), row_sum(A.T), total(A * B), total(A**2), total((A - FAR) ** 2),
        total(A.less(t)), total(A.equal(t * 2 + 1)),
        Reduction("mean", "all", A * B), Reduction("max", "row", absolute(A)),
        Reduction("max", "all", absolute(A - sqrt(t))), Entry(A, 0, 0), Numbering("row", A),
        ColumnCount(A), Lookup(WORDS, WORDS, TABLE), Lookup(Text("cat"), WORDS, TABLE),
        LargestLabel(TABLE), A + (B - t), exp(A * 2), Recurrence(A, Input("W", np.ones((2, 2))),
        TABLE), Joined("rows", [A + B, A @ SQUARE]),
    ],
)  # fmt: skip
def test_needs_no_cells(node):
    """One cell's formula reads these operands as they are."""
    assert not [operand for operand in node.operands if needs_cells(node, operand)]


@pytest.mark.parametrize(
    ("node", "operand"),
    [
        (sum_, sum_.operands[0])
        for sum_ in (
            total(exp(A)), total(A**3), total(A * ROW), total(SQUARE * SQUARE.T),
            total((A - ROW) ** 2), total(A.less(B)), total(A.less(COLUMN)), row_sum(A + B),
            total((A * B) ** 2), total((A + B) ** 2),
            Reduction("max", "all", absolute(A - B)), Reduction("max", "all", absolute(t - A)),
            Reduction("min", "all", absolute(A)), Reduction("mean", "all", A.less(t)),
            (A + B).T, (A + B) @ SQUARE, A @ SQUARE @ SQUARE, Entry(A + B, 0, 0),
            ColumnCount(A @ B.T), Numbering("row", A + B), Slice(A + B, range(1), range(1)),
            Lookup(WORDS, WORDS, TABLE * 2).T,
        )
    ],
)  # fmt: skip
def test_needs_cells(node, operand):
    """These read whole ranges, rows or columns of what has no cells of its own."""
    assert needs_cells(node, operand)


def test_only_what_has_no_cells():
    """Of a product, the operand that is placed needs none."""
    product = A @ (SQUARE * 2)
    assert [needs_cells(product, operand) for operand in product.operands] == [False, True]


def test_sums_of_products_of_ranges_that_lie_alike():
    """SUMPRODUCT and SUMXMY2 go through two ranges cell by cell: both turned, or neither."""
    assert has_cell_form(total(A.T * B.T))
    assert has_cell_form(total(SQUARE.T * Slice(A.T, range(3), range(1)).T.T)) is False
    assert has_cell_form(total(SQUARE * SQUARE.T)) is False
    assert has_cell_form(total((SQUARE.T - SQUARE.T) ** 2))
    assert has_cell_form(total((SQUARE - SQUARE.T) ** 2)) is False


# --- blocks ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("node", "has_one"),
    [
        (A @ SQUARE, True), (A.T, True), (A + ROW * COLUMN, True), (A @ (B.T * 2), True),
        (ROW @ ROW.T, False),  # one cell has a formula of its own
        (A / row_sum(A), False), (Slice(A.T, range(2), range(2)), False),
        (Elementwise("maximum", A, ROW), False), (MAYBE @ TABLE.T, False),
        (Numbering("row", A) + A, False), (Lookup(WORDS, WORDS, TABLE), False),
        (ROW * 2, True),  # but a row that stands for all rows fills its own in IronCalc
        (ROW * Number(1, A.shape), False), (exp(A), True), (erf(A), False),
    ],
)  # fmt: skip
def test_has_block_form(node, has_one):
    """One array formula gives a block where all engines compute the same by it."""
    assert has_block_form(node) is has_one


# --- which steps are arrays -----------------------------------------------------------


def steps_of(rows: int, columns: int = 1) -> dict[str, Step]:
    """Steps around a product of so many rows and columns."""
    left, right = Input("Left", np.ones((rows, 1))), Input("Right", np.ones((1, columns)))
    before = Step("Before", left * 2)
    product = Step("Product", before @ right)
    after = Step("After", row_sum(product))
    counted = Step("Counted", Numbering("row", product))
    last = Step("Last", after + 1)
    aside = Step("Aside", left + 1)
    return {step.name: step for step in (before, product, after, counted, last, aside)}


def names(form: str, steps: dict[str, Step]) -> set[str]:
    return {step.name for step in array_steps(steps.values(), form)}


def test_auto_is_by_size():
    """A product of more cells than LARGE_PRODUCT is an array, and whatever reads its values."""
    side = 128
    assert side * side == LARGE_PRODUCT
    assert names("auto", steps_of(side, side)) == set()
    assert names("auto", steps_of(LARGE_PRODUCT, 1)) == set()
    assert names("auto", steps_of(side, side + 1)) == {"Product", "After", "Last"}


def test_each_product_by_its_own_size():
    """Beside a larger product, one of LARGE_PRODUCT cells is still an ordinary formula."""
    large = Step("Large", Input("L", np.ones((129, 1))) @ Input("R", np.ones((1, 128))))
    limit = Step("Limit", Input("L", np.ones((128, 1))) @ Input("R", np.ones((1, 128))))
    assert array_steps([large, limit]) == {large}


def test_form_by_choice():
    """Cells are ordinary formulas at any size, arrays are arrays from the first product on."""
    assert names("cells", steps_of(200, 200)) == set()
    assert names("arrays", steps_of(2, 2)) == {"Product", "After", "Last"}
    assert names("arrays", steps_of(1, 1)) == set()


def test_the_product_counts_not_the_step():
    """A large product inside a step that is small makes it an array; a large sum makes none."""
    left, right = Input("L", np.ones((130, 1))), Input("R", np.ones((1, 130)))
    large = Step("Large", left @ right)
    inside = Step("Inside", Slice(large, range(1), range(1)) * 2)
    assert array_steps([large, inside]) == {large, inside}
    hidden = Step("Hidden", total((left @ right) * Input("B", np.ones((130, 130)))))
    assert array_steps([hidden]) == {hidden}
    assert array_steps([Step("Sum", left + right)]) == frozenset()


def test_long_searches_join():
    """A long search is an array where a product is one, and nowhere else."""
    keys = Words("Keys", tuple(f"w{number}" for number in range(2000)))
    table = Input("Vectors", np.ones((2000, 101)), keys)
    assert LONG_SEARCH < 101 * 2000
    one = Words("One", ("w7",))
    found = Step("Found", Lookup(one, keys, table))
    assert array_steps([found]) == frozenset()
    product = Step("Product", found.T @ found)
    assert not {found, product} & array_steps([found, product], "cells")
    assert array_steps([product], "arrays") == {found, product}
