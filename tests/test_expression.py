"""Lazy matrices: shapes, labels and values, against plain NumPy."""

import sys

import numpy as np
import pytest

from xlsxattn.errors import NotationError, ShapeError
from xlsxattn.expression import (
    ColumnCount,
    Elementwise,
    Entry,
    Input,
    Joined,
    LargestLabel,
    Lookup,
    Lstm,
    Matrix,
    Number,
    Numbering,
    Recurrence,
    Reduction,
    Slice,
    Step,
    Text,
    Texts,
    Verdict,
    Words,
    as_matrix,
    header_of,
    optional_sources,
    postorder,
)
from xlsxattn.functions import column_sum, exp, ln, row_max, row_sum, sqrt, tanh, total, where

a = np.array([[0.5, -1.25, 2.0], [3.0, 0.25, -0.75]])
b = np.array([[1.5, 2.0, 0.5], [-2.0, 1.0, 3.0]])
A, B = Input("A", a), Input("B", b)
ROW = Input("Row", [[1.0, -2.0, 3.0]])
COLUMN = Input("Column", [[4.0], [0.5]])
SCALAR = Input("t", 2.5)

dims = Texts(("animal", "device", "grammar"), ("an animal", "a device", "a form"))
words = Words("Words", ("cat", "mouse", "cat"))
X = Input("X", [[1, 2, 3], [4, 5, 6], [7, 8, 9]], words, dims)


def same(node: Matrix, expected) -> bool:
    """Whether the value is exactly the expected one, of the node's own shape."""
    expected = np.asarray(expected)
    assert node.value.shape == node.shape == expected.shape
    return bool(np.array_equal(node.value, expected, equal_nan=expected.dtype != object))


# --- operations against NumPy ---------------------------------------------------------


def test_product():
    """``@`` is the matrix product."""
    assert same(A @ B.T, a @ b.T)


def test_transpose():
    """``.T`` swaps rows and columns."""
    assert same(A.T, a.T)
    assert same(A.T.T, a)


@pytest.mark.parametrize(
    ("node", "expected"),
    [
        (A + B, a + b),
        (A - B, a - b),
        (A * B, a * b),
        (A / B, a / b),
        (A**2, a**2),
        (-A, -a),
        (2 + A, 2 + a),
        (2 - A, 2 - a),
        (2 * A, 2 * a),
        (2 / A, 2 / a),
        (2**A, 2**a),
        (A + 1, a + 1),
        (A - 0.5, a - 0.5),
    ],
)
def test_operators(node, expected):
    """Python's operators are elementwise, with a plain number on either side."""
    assert same(node, expected)


@pytest.mark.parametrize(
    ("operation", "expected"),
    [
        ("less", a < 0.5),
        ("less_equal", a <= 0.5),
        ("equal", a == 0.5),
        ("not_equal", a != 0.5),
        ("greater_equal", a >= 0.5),
        ("greater", a > 0.5),
    ],
)
def test_comparisons(operation, expected):
    """Comparisons give 1 and 0, not truth values."""
    node = getattr(A, operation)(0.5)
    assert same(node, expected.astype(float))
    assert node.value.dtype == np.float64


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (exp, np.exp(a)),
        (tanh, np.tanh(a)),
        (lambda x: ln(x * x), np.log(a * a)),
        (lambda x: sqrt(x * x), np.sqrt(a * a)),
        (lambda x: Elementwise("sin", x), np.sin(a)),
        (lambda x: Elementwise("cos", x), np.cos(a)),
        (lambda x: Elementwise("abs", x), np.abs(a)),
    ],
)
def test_functions(function, expected):
    """Functions are elementwise."""
    assert same(function(A), expected)


def test_functions_of_plain_numbers():
    """A plain number becomes a scalar."""
    assert same(sqrt(9), [[3.0]])
    assert same(exp(0), [[1.0]])


def test_numpy_numbers_on_the_left():
    """A NumPy scalar leaves the operation to the matrix."""
    assert same(np.float64(2) * A, 2 * a)


def test_where():
    """``where`` takes the first operand wherever the condition is not 0."""
    assert same(where(A.less(B), A, B), np.minimum(a, b))
    assert same(where(COLUMN - 0.5, ROW, -1), [[1, -2, 3], [-1, -1, -1]])


def test_what_an_absent_word_decides():
    """Where a condition reads an absent word there is no number, and no text, and no truth."""
    keys, table = Words("Keys", ("cat", "dog")), Input("T", [[1.0, 0.0], [2.0, 3.0]])
    found = Lookup(Words("W", ("cat", "mouse")), keys, table, strict=False)
    assert same(where(found, 5, 7), [[5, 7], [np.nan, np.nan]])
    said = where(found, Text("yes"), Text("no"))
    assert said.value.tolist() == [["yes", "no"], ["–", "–"]]
    for node in (found.less(1), found.equal(found), Elementwise("and", 1, found)):
        assert np.isnan(node.value).tolist() == [[False, False], [True, True]]
    assert same(found.less(1)[:1], [[0, 1]])
    error = 1 / Input("Z", [[0.0, 2.0]])  # an error in a cell, infinity to NumPy
    assert same(where(error, 5, 7), [[np.nan, 5]])


def test_and():
    """``and`` is 1 where every condition holds, for any number that is not 0."""
    one, zero = as_matrix(1), as_matrix(0)
    assert same(Elementwise("and", one, SCALAR, one), [[1.0]])
    assert same(Elementwise("and", one, zero), [[0.0]])
    assert same(Elementwise("and", as_matrix(2), as_matrix(3)), [[1.0]])
    assert same(Elementwise("and", as_matrix(-1), as_matrix(2), as_matrix(0.5)), [[1.0]])


def test_maximum():
    """``maximum`` is the largest of several operands, element by element."""
    assert same(Elementwise("maximum", A, B, ROW), np.maximum(np.maximum(a, b), ROW.data))


def test_minimum():
    """``minimum`` is the smallest of several operands, element by element."""
    assert same(Elementwise("minimum", A, B, 1), np.minimum(np.minimum(a, b), 1))


@pytest.mark.parametrize("operation", ["sum", "max", "min", "mean", "var"])
def test_reductions(operation):
    """Along rows a column comes out, along columns a row, of all a scalar."""
    reduce = getattr(np, operation)
    assert same(Reduction(operation, "row", A), reduce(a, axis=1)[:, None])
    assert same(Reduction(operation, "column", A), reduce(a, axis=0)[None, :])
    assert same(Reduction(operation, "all", A), [[reduce(a)]])


def test_named_reductions():
    """The names of the paper stand for reductions."""
    assert same(row_max(A), [[2.0], [3.0]])
    assert same(row_sum(A), [[1.25], [2.5]])
    assert same(column_sum(A), [[3.5, -1.0, 1.25]])
    assert same(total(A), [[3.75]])


def test_lookup():
    """A lookup gives the rows of the table whose key comes first."""
    table = Lookup(Words("Sought", ("mouse", "cat")), words, X)
    assert same(table, [[4.0, 5, 6], [1, 2, 3]])


def test_lookup_of_an_absent_word():
    """An absent word is NaN where it may be absent, and an error where not."""
    sought = Words("Sought", ("mouse", "dog"))
    found = Lookup(sought, words, X, strict=False)
    assert same(found, [[4.0, 5, 6], [np.nan] * 3])
    with pytest.raises(NotationError, match=r"lookup: expected one of cat, mouse, got 'dog'"):
        _ = Lookup(sought, words, X).value


def test_slice():
    """A slice has the rows and columns of its ranges, which count from 0."""
    assert same(Slice(A, range(1, 2), range(3)), a[1:2, :])
    assert same(Slice(A, range(2), range(1, 3)), a[0:2, 1:3])


def test_entry():
    """An entry is one element, found by words or by numbers."""
    square = Input("Square", np.arange(9).reshape(3, 3), words, words)
    assert same(Entry(square, "mouse", 2), [[5.0]])
    assert same(Entry(square, 2, "mouse"), [[7.0]])
    assert same(Entry(square, "cat", "mouse"), [[1.0]])
    assert same(Entry(square, 1, 0), [[3.0]])
    assert same(Entry(square, "dog", "mouse"), [[np.nan]])


def test_joined():
    """Parts stand side by side, or one under another."""
    assert same(Joined("columns", [A, COLUMN]), np.hstack([a, COLUMN.data]))
    assert same(Joined("rows", [A, ROW]), np.vstack([a, ROW.data]))


def test_joined_offsets():
    """Each part knows where it starts."""
    assert list(Joined("columns", [A, COLUMN, B]).offsets()) == [
        (A, 0, 0),
        (COLUMN, 0, 3),
        (B, 0, 4),
    ]
    assert list(Joined("rows", [A, ROW, B]).offsets()) == [(A, 0, 0), (ROW, 2, 0), (B, 3, 0)]


def test_numbering():
    """Rows and columns are numbered from 1."""
    assert same(Numbering("row", A), [[1.0], [2.0]])
    assert same(Numbering("column", A), [[1.0, 2.0, 3.0]])


def test_column_count():
    """The number of columns is a scalar."""
    assert same(ColumnCount(A), [[3.0]])


def test_header():
    """Column labels are texts, as the page shows them, or words that may change."""
    assert same(header_of(X), np.array([["an animal", "a device", "a form"]], dtype=object))
    assert same(header_of(Step("Turned", X.T)), np.array([["cat", "mouse", "cat"]], dtype=object))
    assert header_of(X) is header_of(X)


def test_largest_label():
    """Each row has the label of its largest element, the first where several are equal."""
    rows = Input("Rows", [[1, 3, 2], [5, 4, 5], [0, 0, 1]], words, dims)
    label = LargestLabel(rows)
    assert label.value.tolist() == [["a device"], ["an animal"], ["a form"]]
    assert (label.row_labels, label.shape) == (words, (3, 1))


def test_largest_label_of_what_is_absent():
    """One absent element is enough for a dash: it might have been the largest."""
    keys, table = Words("Keys", ("cat", "dog")), Input("T", [[1.0, 3.0, 2.0], [5.0, 4.0, 5.0]])
    found = Lookup(Words("W", ("dog", "mouse")), keys, table, strict=False)
    partly = Step("Partly", Joined("columns", [found[:, 0], table[:, 1:]]), None, dims)
    assert np.isnan(partly.value).tolist() == [[False] * 3, [True, False, False]]
    assert LargestLabel(partly).value.tolist() == [["an animal"], ["–"]]


def test_recurrence():
    """Each state is made of the one before it and of its own word."""
    w, u = np.array([[0.5, -1.0], [1.0, 0.25]]), np.array([[1.0, 0.5], [0.0, 1.0], [-0.5, 2.0]])
    states = Recurrence(A, Input("W", w), Input("U", u))
    first = np.tanh(a[0] @ u)
    assert same(states, [first, np.tanh(first @ w + a[1] @ u)])


def test_leaves():
    """Numbers and words are their own values."""
    assert same(Number(2.5), [[2.5]])
    assert same(Number(2) ** (Number(1) - Number(2)), [[0.5]])  # whole numbers are no integers
    assert same(SCALAR, [[2.5]])
    assert same(Text("cat"), np.array([["cat"]], dtype=object))
    assert same(words, np.array([["cat"], ["mouse"], ["cat"]], dtype=object))


def test_step_is_its_expression():
    """Naming an expression changes nothing about its value."""
    assert same(Step("Sum", A + B), a + b)


@pytest.mark.parametrize(
    ("condition", "when", "verdict"),
    [(1, None, "✓"), (0, None, "✗"), (1, 1, "✓"), (0, 1, "✗"), (1, 0, "–"), (0, 0, "–")],
)
def test_verdict(condition, when, verdict):
    """A claim holds, or not, or does not apply while its switch is off."""
    node = Verdict(as_matrix(condition), None if when is None else as_matrix(when))
    assert node.value.tolist() == [[verdict]]


def test_verdict_about_an_absent_word():
    """A claim about a word that is not there does not apply."""
    absent = Entry(Input("Square", np.eye(3), words, words), "dog", "cat")
    assert Verdict(absent.less(1)).value.tolist() == [["–"]]


# --- broadcasting ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("left", "right"),
    [
        (A, ROW),
        (A, COLUMN),
        (A, SCALAR),
        (ROW, A),
        (COLUMN, A),
        (SCALAR, A),
        (COLUMN, ROW),
        (ROW, COLUMN),
        (ROW, SCALAR),
        (SCALAR, COLUMN),
    ],
)
def test_broadcasting(left, right):
    """A row, a column and a scalar are repeated to the widest shape."""
    assert same(left - right, left.data - right.data)


# --- labels ---------------------------------------------------------------------------


def test_labels_of_a_product():
    """A product has the rows of its left operand and the columns of its right one."""
    W = Input("W", np.ones((3, 2)), dims, Texts.of(("u", "v")))
    product = X @ W
    assert (product.row_labels, product.column_labels) == (words, W.column_labels)


def test_labels_of_a_transpose():
    """Labels are swapped with rows and columns."""
    assert (X.T.row_labels, X.T.column_labels) == (dims, words)


def test_labels_of_elementwise_operations():
    """Labels come from the first operand that has them at full length."""
    plain = Input("Plain", np.zeros((3, 3)))
    one_row = Input("One", np.zeros((1, 3)), Texts.of(("one",)), Texts.of("abc"))
    assert (plain + X).row_labels is words
    assert (plain + X).column_labels is dims
    assert (one_row + X).row_labels is words
    assert (one_row + X).column_labels is one_row.column_labels
    assert (1 - X).row_labels is words


def test_labels_of_reductions():
    """The axis that is left keeps its labels."""
    assert (row_sum(X).row_labels, row_sum(X).column_labels) == (words, None)
    assert (column_sum(X).row_labels, column_sum(X).column_labels) == (None, dims)
    assert (total(X).row_labels, total(X).column_labels) == (None, None)


def test_labels_of_a_lookup():
    """Rows are the words sought, columns those of the table."""
    sought = Words("Sought", ("mouse",))
    found = Lookup(sought, words, X)
    assert (found.row_labels, found.column_labels) == (sought, dims)
    assert Lookup(Text("mouse"), words, X).row_labels is None


def test_labels_of_a_slice():
    """Fixed labels are cut with the matrix; words only where all of them stay."""
    part = Slice(X, range(3), range(1, 3))
    assert part.row_labels is words
    assert part.column_labels == Texts(("device", "grammar"), ("a device", "a form"))
    assert Slice(X, range(1), range(3)).row_labels is None


def test_labels_of_joined_parts():
    """Labels across come from the first part, labels along may be given."""
    given = Texts.of(("one", "two", "three", "four", "five", "six"))
    beside = Joined("columns", [X, X], given)
    assert (beside.row_labels, beside.column_labels) == (words, given)
    stacked = Joined("rows", [X, X], given)
    assert (stacked.row_labels, stacked.column_labels) == (given, dims)


def test_labels_of_parts_one_after_another():
    """Fixed labels follow each other; where one part has none, or words, there are none."""
    turned = X.T  # rows are dimensions, columns are words
    assert Joined("columns", [X, X]).column_labels == Texts(dims.ids * 2, dims.texts * 2)
    assert Joined("rows", [turned, turned]).row_labels == Texts(dims.ids * 2, dims.texts * 2)
    assert Joined("columns", [X, Input("Plain", np.zeros((3, 1)))]).column_labels is None
    assert Joined("rows", [X, X]).row_labels is None


def test_labels_of_a_step():
    """A step has the labels of its expression, unless it is given others."""
    other = Texts.of("xyz")
    assert (Step("S", X).row_labels, Step("S", X).column_labels) == (words, dims)
    assert Step("S", X, None, other).column_labels is other
    assert Step("S", X, other).row_labels is other


# --- errors ---------------------------------------------------------------------------


def test_error_of_a_product():
    """The message names both operands, what was expected and what came."""
    with pytest.raises(ShapeError) as caught:
        A @ B
    assert str(caught.value) == "A (2×3) @ B (2×3): expected a right operand of 3 rows, got 2"


def test_error_of_an_elementwise_operation():
    """The message names the operation and every operand."""
    with pytest.raises(ShapeError) as caught:
        A + X
    assert str(caught.value) == (
        "add: expected equal shapes, or a row, a column or a scalar, got A (2×3), X (3×3)"
    )


def test_error_of_a_third_operand():
    """Every operand must fit, not only the first two."""
    with pytest.raises(ShapeError, match=r"where: expected equal shapes.*got A .*, X \(3×3\)"):
        where(A, ROW, X)


def test_error_of_a_lookup():
    """The message names the table, and how many keys it needs."""
    with pytest.raises(ShapeError) as caught:
        Lookup(words, words, A)
    assert str(caught.value) == "lookup in A (2×3): expected 2 keys, got 3"


@pytest.mark.parametrize(
    ("rows", "columns", "message"),
    [
        (range(1, 3), range(3), "slice of A (2×3): expected rows within 0…1, got 1…2"),
        (range(2), range(3, 4), "slice of A (2×3): expected columns within 0…2, got 3…3"),
        (range(-1, 1), range(3), "slice of A (2×3): expected rows within 0…1, got -1…0"),
        (range(1, 1), range(3), "slice of A (2×3): expected rows within 0…1, got 1…0"),
    ],
)
def test_error_of_a_slice(rows, columns, message):
    """The message names the matrix, what it has and what was asked for."""
    with pytest.raises(ShapeError) as caught:
        Slice(A, rows, columns)
    assert str(caught.value) == message


def test_error_of_joined_parts():
    """The message says which dimension must agree."""
    with pytest.raises(ShapeError) as caught:
        Joined("columns", [A, X])
    assert str(caught.value) == "join by columns: expected equally many rows, got A (2×3), X (3×3)"
    with pytest.raises(ShapeError) as caught:
        Joined("rows", [A, COLUMN])
    assert str(caught.value) == (
        "join by rows: expected equally many columns, got A (2×3), Column (2×1)"
    )


def test_error_of_an_input():
    """An input has two dimensions and a label for each row and column."""
    with pytest.raises(ShapeError) as caught:
        Input("Cube", np.zeros((2, 2, 2)))
    assert str(caught.value) == "Cube: expected two dimensions, got 3"
    with pytest.raises(ShapeError) as caught:
        Input("Short", np.zeros((2, 3)), words)
    assert str(caught.value) == "Short: expected 2 row labels, got 3"
    with pytest.raises(ShapeError) as caught:
        Input("Short", np.zeros((2, 2)), None, dims)
    assert str(caught.value) == "Short: expected 2 column labels, got 3"


def test_error_of_a_recurrence():
    """The message says what shapes the weights must have."""
    square = Input("W", np.eye(2))
    with pytest.raises(ShapeError) as caught:
        Recurrence(A, square, B)
    assert str(caught.value) == (
        "recurrent: expected W square and U of 3×2, got W (2×2) and B (2×3)"
    )
    with pytest.raises(ShapeError, match=r"expected W square"):
        Recurrence(A, A, Input("U", np.ones((3, 2))))


def test_error_of_an_lstm():
    """The message names the operand, its shape and what came."""
    W, U, b = Input("W", np.ones((1, 4))), Input("U", np.ones((3, 4))), Input("b", np.ones((1, 3)))
    with pytest.raises(ShapeError, match=r"lstm: expected b of 1×4, got b \(1×3\)"):
        Lstm(A, W, U, b)
    with pytest.raises(ShapeError, match=r"lstm: expected U of 3×4, got W \(1×4\)"):
        Lstm(A, W, W, b)


def test_error_of_a_largest_label():
    """Only a matrix with column labels, on the page, has a largest label."""
    for node in (A, X * 2):
        with pytest.raises(ShapeError, match="expected a step with column labels, got") as caught:
            LargestLabel(node)
        assert repr(node) in str(caught.value)


def test_error_of_a_verdict():
    """A claim is one truth value."""
    with pytest.raises(ShapeError) as caught:
        Verdict(A)
    assert str(caught.value) == "a claim: expected one truth value, got A (2×3)"
    with pytest.raises(ShapeError, match=r"a claim: expected one truth value, got B \(2×3\)"):
        Verdict(SCALAR, B)


# --- graphs ---------------------------------------------------------------------------


class Counted(Matrix):
    """A scalar that counts how often it is computed."""

    def __init__(self):
        super().__init__((), (1, 1))
        self.times = 0

    def compute(self):
        self.times += 1
        return np.array([[1.0]])


def test_value_is_lazy_and_computed_once():
    """Making nodes computes nothing; a value that many nodes share is computed once."""
    leaf = Counted()
    node = leaf
    for _ in range(20):
        node = node + node  # 2^20 paths, 20 nodes
    assert leaf.times == 0
    assert node.value.item() == 2**20
    assert node.value.item() == 2**20
    assert (node + leaf).value.item() == 2**20 + 1
    assert leaf.times == 1


def test_deep_graphs_do_not_overflow_the_stack():
    """Thirty epochs of training are thousands of nodes deep."""
    depth = 3_000
    assert depth > sys.getrecursionlimit()
    node = SCALAR
    for _ in range(depth):
        node = node + 1
    assert node.value.item() == 2.5 + depth
    assert sum(1 for _ in postorder(node)) == 2 * depth + 1


def test_postorder():
    """Every node comes once, after its operands, in the order of the operands."""
    total_, product = A + B, A * B
    root = total_ / product
    order = list(postorder(root, A))
    assert order == [A, B, total_, product, root]


def test_nodes_are_compared_by_identity():
    """Nodes are keys of dictionaries, so equality is identity."""
    one, other = Number(1.0), Number(1.0)
    assert one != other
    assert {one: "one", other: "other"}[one] == "one"


def test_a_value_beyond_numbers_is_no_warning():
    """Overflow and division by zero give inf and NaN, as the engines give errors."""
    assert np.isinf(exp(Number(1000)).value).all()
    assert np.isnan((Number(0) / Number(0)).value).all()


def test_optional_is_inherited():
    """What uses a word that may be absent may itself be absent."""
    found = Lookup(Text("cat"), words, X, strict=False)
    assert not X.optional
    assert found.optional
    assert Step("S", found * 2).optional
    assert not Lookup(Text("cat"), words, X).optional
    assert Entry(Input("Square", np.eye(3), words), "cat", 0).optional
    assert not Entry(X, 0, 0).optional


def test_optional_sources():
    """The nearest optional steps, entries and lookups are found, each once, in order."""
    found = Lookup(Text("cat"), words, X, strict=False)
    step = Step("Found", found)
    entry = Entry(X, "mouse", 0)
    assert optional_sources(step + entry * step) == [step, entry]
    assert optional_sources(step) == [found]
    assert optional_sources(A + B) == []


def test_repr():
    """A node is called by its name, or by its kind, with its shape."""
    assert repr(A) == "A (2×3)"
    assert repr(A @ B.T) == "Product (2×2)"
    assert repr(Step("Scores", A @ B.T)) == "Scores (2×2)"
