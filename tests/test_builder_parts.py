"""What is cut out of an expression, what the parts are called and where they stand."""

from __future__ import annotations

import numpy as np
import pytest

from xlsxattn.builder import Builder, Look
from xlsxattn.builder.parts import MAX_DEPTH, Cutter
from xlsxattn.errors import FormulaError, XlsxattnError
from xlsxattn.expression import (
    ColumnCount,
    Elementwise,
    Input,
    Joined,
    Lookup,
    Matrix,
    Numbering,
    Recurrence,
    Reduction,
    Slice,
    Step,
    Words,
)
from xlsxattn.functions import exp, row_max, row_sum, sqrt, total, where
from xlsxattn.notation import write

t = Input("t", 2.0)
A = Input("A", np.arange(6.0).reshape(2, 3))
B = Input("B", np.ones((2, 3)) / 2)
ROW = Input("Row", np.ones((1, 3)))
SQUARE = Input("Square", np.eye(3))
WORDS = Words("Words", ("cat", "mouse", "and"))
TABLE = Input("Table", np.ones((3, 3)), WORDS)


def absolute(node: Matrix) -> Matrix:
    return Elementwise("abs", node)


def cut(expression: Matrix) -> tuple[Matrix, list[Matrix]]:
    """What becomes of an expression, and its parts in order."""
    parts: list[Matrix] = []

    def place(node: Matrix, _written: Matrix) -> Matrix:
        step = Step(f"Part_{len(parts)}_", node)
        parts.append(node)
        return step

    return Cutter().cut("Own", expression, place), parts


def shown(node: Matrix) -> str:
    """An expression as a reader of notation knows it."""
    return write(node)


# --- what is cut ----------------------------------------------------------------------


@pytest.mark.parametrize(
    "expression",
    [
        A, A @ B.T, A.T @ A, A.T, A + B - t, exp(A @ SQUARE - ROW), where(A.less(B), A, 0),
        A @ B.T / sqrt(ColumnCount(A)), row_sum(A), total(A), row_sum(A * B), total(A**2),
        total((A - B) ** 2), total(A.less(t)), Reduction("max", "all", absolute(A - t)),
        Slice(A, range(1), range(2)) @ Slice(SQUARE, range(2), range(3)), total(A) / total(B),
        Reduction("max", "all", absolute(A - total(B))), Lookup(WORDS, WORDS, TABLE),
        Numbering("column", A).less_equal(Numbering("row", A)), Joined("rows", [A @ SQUARE, A + B]),
        Recurrence(A, SQUARE, TABLE), row_sum(A.T), A @ SQUARE + B,
    ],
)  # fmt: skip
def test_whole(expression: Matrix) -> None:
    """These fit into the formula of a cell as they are."""
    found, parts = cut(expression)
    assert found is expression
    assert parts == []


@pytest.mark.parametrize(
    ("expression", "parts", "rest"),
    [
        (A @ B.T @ A, ["A @ B.T"], "Part_0_ @ A"),
        ((A * 2) @ SQUARE, ["A * 2"], "Part_0_ @ Square"),
        ((A + B).T, ["A + B"], "Part_0_.T"),
        (total(exp(A)), ["exp(A)"], "sum(Part_0_)"),
        (total(A * ROW), ["A * Row"], "sum(Part_0_)"),
        (row_max(A + B), ["A + B"], "row_max(Part_0_)"),
        (Slice(A @ SQUARE, range(1), range(2)), ["A @ Square"], "Part_0_[0:1, 0:2]"),
        (ColumnCount(A @ B.T), ["A @ B.T"], "columns(Part_0_)"),
        (Reduction("max", "all", absolute(A - B)), ["abs(A - B)"], "max(Part_0_)"),
        (Numbering("row", A).T @ A, ["row_numbers(A)"], "Part_0_.T @ A"),
        (Lookup(WORDS, WORDS, TABLE * 2), ["Table * 2"], "lookup(Words, Words, Part_0_)"),
        (Joined("rows", [A, B]) @ SQUARE, ["stack(A, B)"], "Part_0_ @ Square"),
        (Joined("rows", [A, B]) * 2, ["stack(A, B)"], "Part_0_ * 2"),
        (Joined("rows", [Joined("columns", [t, t, t]), A]), ["beside(t, t, t)"],
         "stack(Part_0_, A)"),
        (Recurrence(A, SQUARE, TABLE) * 2, ["recurrent(A, Square, Table)"], "Part_0_ * 2"),
        (Recurrence(A * 2, SQUARE, TABLE), ["A * 2"], "recurrent(Part_0_, Square, Table)"),
        # computed once, not in every cell that reads it
        (A - row_max(A), ["row_max(A)"], "A - Part_0_"),
        (A / total(A), ["sum(A)"], "A / Part_0_"),
        (A + ROW @ SQUARE, ["Row @ Square"], "A + Part_0_"),
        # within one another, operands first
        (exp(A) / row_sum(exp(A)), ["exp(A)", "row_sum(Part_0_)"], None),
        (total((A @ B.T @ A).T), ["A @ B.T", "Part_0_ @ A"], "sum(Part_1_.T)"),
    ],
)  # fmt: skip
def test_cut(expression: Matrix, parts: list[str], rest: str | None) -> None:
    """Parts in order, operands before what uses them, and what is left of the step."""
    found, made = cut(expression)
    assert [shown(part) for part in made] == parts
    if rest is not None:
        assert shown(found) == rest
    assert np.array_equal(found.value, expression.value)


def test_a_part_is_placed_once() -> None:
    """A part that is used twice, in one expression or in several, is one step.

    What each cell computes but once, as here the sum of its own row, is no part.
    """
    shared = exp(A)
    cutter, placed = Cutter(), []

    def place(node: Matrix, written: Matrix) -> Matrix:
        placed.append((shown(node), written))
        return Step(f"Part_{len(placed)}_", node)

    cutter.cut("One", total(shared) + row_sum(shared), place)
    cutter.cut("Two", shared @ SQUARE, place)
    assert [name for name, _ in placed] == ["exp(A)", "sum(Part_1_)"]
    assert placed[0][1] is shared


def test_too_deep_places_nothing() -> None:
    """An expression that is refused leaves nothing behind, though parts come before the end."""
    deep: Matrix = total(exp(A))
    for _ in range(MAX_DEPTH):
        deep = Elementwise("sin", deep)
    cutter, placed = Cutter(), []

    def place(node: Matrix, _written: Matrix) -> Matrix:
        placed.append(node)
        return Step(f"Part_{len(placed)}_", node)

    with pytest.raises(FormulaError, match="Own: expected at most 60 nested operations, got more"):
        cutter.cut("Own", deep, place)
    assert placed == []
    assert cutter.made == {}
    assert cut(deep.operands[0])[1] != []


# --- names and places on a page -------------------------------------------------------


def builder_with(*nodes: Matrix) -> Builder:
    builder = Builder("en")
    for node in nodes:
        builder.add_block(node, Look(title=node.name))
    return builder


def placed(builder: Builder) -> list[tuple[str, str]]:
    """Each block's name, with the title of the band where it stands, in reading order."""
    return [
        (block.node.name, band.title)
        for band in builder.bands
        for lane in band.lanes
        for block in lane
    ]


def test_a_part_before_its_step() -> None:
    """A part has the step's name and what it is, under a heading of its own."""
    builder = builder_with(A, B)
    step = builder.add_step("Own", total(exp(A) * B), Look(title="My step"))
    assert placed(builder) == [
        ("A", "A"),
        ("B", "B"),
        ("Own_Product", "My step · part"),
        ("Own", "My step"),
    ]
    assert list(builder.nodes) == ["A", "B", "Own_Product", "Own"]
    assert shown(step.expression) == "sum(Own_Product)"


@pytest.mark.parametrize(
    ("expression", "names"),
    [
        (total(A + B * 3), ["Own_Sum"]),
        (total(A - B), ["Own_Difference"]),
        (total(A * ROW), ["Own_Product"]),
        (total(A / B), ["Own_Quotient"]),
        (total(sqrt(A)), ["Own_Roots"]),
        (total(absolute(A - B)), ["Own_Absolute"]),
        (total(A.less(B)), ["Own_Comparison"]),
        (total(A**3), ["Own_Power"]),
        (A @ B.T @ A, ["Own_Product"]),
        (A @ B.T @ A @ SQUARE, ["Own_Product", "Own_Product2"]),
        (Joined("rows", [A, B]) @ SQUARE, ["Own_Joined"]),
        (Recurrence(A, SQUARE, SQUARE) * 2, ["Own_States"]),
        (Lookup(WORDS, WORDS, TABLE) @ SQUARE, ["Own_Rows"]),
        (A - row_max(A), ["A_RowMax"]),
        (A / Reduction("sum", "column", A), ["A_ColumnSum"]),
        (A / total(A), ["A_Total"]),
        (A - Reduction("mean", "all", A), ["A_Mean"]),
        (A - Reduction("min", "row", A), ["A_RowMin"]),
        (A / row_sum(A + B), ["Own_Sum", "Own_Sum_RowSum"]),
    ],
)
def test_names(expression: Matrix, names: list[str]) -> None:
    """A part is called after the step; a reduction after the matrix that it stands beside."""
    builder = builder_with(A, B, ROW, SQUARE, TABLE)
    before = set(builder.nodes)
    builder.add_step("Own", expression, Look(title="Own"))
    assert [name for name in builder.nodes if name not in before] == [*names, "Own"]


def test_a_taken_name_gets_a_number() -> None:
    """A part does not take the place of an input of its name, in any letters."""
    builder = builder_with(A, B, Input("own_sum", 1.0))
    builder.add_step("Own", total(A + B * 3), Look(title="Own"))
    assert "Own_Sum2" in builder.nodes


def test_reductions_stand_at_their_matrix() -> None:
    """A reduction of each row is a column beside its matrix, one of each column a row under it."""
    builder = builder_with(A)
    builder.add_step("Shifted", A - row_max(A), Look(title="Shifted"))
    builder.add_step("Shared", A / Reduction("sum", "column", A), Look(title="Shared"))
    assert placed(builder) == [
        ("A", "A"), ("A_ColumnSum", "A"), ("A_RowMax", "A"), ("Shifted", "Shifted"),
        ("Shared", "Shared"),
    ]  # fmt: skip
    beside, under = (
        builder.spot(builder.nodes["A_RowMax"]),
        builder.spot(builder.nodes["A_ColumnSum"]),
    )
    assert beside is not None and beside.block.gap >= 0
    assert under is not None and (under.block.gap, under.block.row_offset) == (-3, 2)


def test_a_reduction_is_placed_once() -> None:
    """Whoever asks for the same reduction again reads the same cells."""
    builder = builder_with(A)
    builder.add_step("One", A - row_max(A), Look(title="One"))
    builder.add_step("Two", A + row_max(A), Look(title="Two"))
    assert list(builder.nodes) == ["A", "A_RowMax", "One", "Two"]
    two = builder.nodes["Two"]
    assert isinstance(two, Step) and two.expression.operands[1] is builder.nodes["A_RowMax"]


def test_a_reduction_that_is_a_step() -> None:
    """A step that is the reduction itself is what later expressions read."""
    builder = builder_with(A)
    largest = builder.add_step("Largest", row_max(A), Look(title="Largest"))
    shifted = builder.add_step("Shifted", A - row_max(A), Look(title="Shifted"))
    assert list(builder.nodes) == ["A", "Largest", "Shifted"]
    assert shifted.expression.operands[1] is largest


def test_parts_of_a_claim_stand_apart() -> None:
    """What a claim's formula needs cells for is on a sheet that is not printed."""
    builder = builder_with(A, B)
    close = Reduction("max", "all", absolute(A - B)).less(9)
    claim = builder.add_claim("near", "They are near.", "", close)
    assert list(builder.nodes) == ["A", "B", "Claim_near_Absolute", "Claim_near"]
    band = builder.bands[-1]
    assert (band.sheet, band.lanes[0][0].node.name) == ("Working", "Claim_near_Absolute")
    assert claim.value.tolist() == [["✓"]]
    builder.add_claim("at_once", "No cells are needed.", "", total(A).greater(1))
    assert builder.bands[-1] is band


def test_a_sheet_of_its_own() -> None:
    """The parts of a step that stands on another sheet stand there too."""
    builder = builder_with(A)
    builder.add_step("Own", total(exp(A)), Look(sheet="aside"))
    assert [(band.key, band.sheet) for band in builder.bands] == [
        ("A", ""), ("Own_Exponentials", "aside"), ("Own", "aside"),
    ]  # fmt: skip


def test_an_error_leaves_nothing_behind() -> None:
    """What is refused has placed no part: the page is what it was."""
    builder = builder_with(A)
    deep: Matrix = total(exp(A))
    for _ in range(MAX_DEPTH):
        deep = Elementwise("sin", deep)
    before = placed(builder), dict(builder.nodes), dict(builder.symbols)
    with pytest.raises(XlsxattnError, match="Own"):
        builder.add_step("Own", deep, Look(title="Own"))
    assert (placed(builder), dict(builder.nodes), dict(builder.symbols)) == before
    builder.add_step("Own", total(exp(A)), Look(title="Own"))
    assert list(builder.nodes) == ["A", "Own_Exponentials", "Own"]
