"""The formulas of lesson files: every form, every refusal, and nothing executed."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from xlsxattn.errors import LONGEST, NotationError, ShapeError
from xlsxattn.expression import (
    ColumnCount,
    Elementwise,
    Entry,
    Input,
    Joined,
    Lookup,
    Matrix,
    Number,
    Numbering,
    Product,
    Reduction,
    Slice,
    Text,
    Texts,
    Transpose,
    Words,
)
from xlsxattn.notation import read
from xlsxattn.notation.read import parse

a = np.array([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]])
b = np.array([[2.0, 1.0, 0.5], [-1.0, 3.0, 4.0]])
s = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])

words = Words("Words", ("cat", "and", "mouse"))
dims = Texts(("animal", "device", "grammar"), ("动物", "设备", "语法"))
NAMES: dict[str, Matrix] = {
    "A": Input("A", a),
    "B": Input("B", b),
    "t": Input("t", 2.0),
    "Row": Input("Row", [[1.0, 2.0, 3.0]]),
    "Words": words,
    "X": Input("X", s, words, dims),
    "Weights": Input("Weights", s, words, words),
    "Sought": Words("Sought", ("mouse", "cat")),
}


def node(text: str) -> Matrix:
    """The expression that a formula over the names above stands for."""
    return read(text, NAMES.get)


def refused(text: str, error: type[Exception] = NotationError) -> str:
    """The message of the refusal, which is one line and begins with the text, or its beginning."""
    with pytest.raises(error) as caught:
        node(text)
    message = str(caught.value)
    assert "\n" not in message
    assert len(message) <= LONGEST
    if len(text) >= LONGEST // 2:
        assert message.startswith(repr(text)[:60] + "…")
        return message.partition("': ")[2]
    assert message.startswith(repr(text) + ": ")
    return message.removeprefix(repr(text) + ": ")


# --- forms ----------------------------------------------------------------------------


def test_names_are_resolved():
    """A name stands for the very matrix that it names."""
    assert node("A") is NAMES["A"]
    assert node("  A ") is NAMES["A"]


def test_asks_for_each_name():
    """Names go to the one who resolves them, and nothing else does."""
    asked = []
    read("A + sum(B) * exp(A)", lambda name: asked.append(name) or NAMES[name])
    assert asked == ["A", "B", "A"]


@pytest.mark.parametrize(
    ("text", "value"), [("2", 2), ("1.5", 1.5), ("1e-12", 1e-12), ("-3", -3), ("-1e30", -1e30)]
)
def test_numbers(text, value):
    """A number, with its sign, is one literal."""
    number = node(text)
    assert isinstance(number, Number)
    assert number.number == value


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A @ B.T", a @ b.T),
        ("A.T", a.T),
        ("A + B", a + b),
        ("A - B", a - b),
        ("A * B", a * b),
        ("A / B", a / b),
        ("A ** 2", a**2),
        ("-A", -a),
        ("-A ** 2", -(a**2)),
        ("2 - A", 2 - a),
        ("A + Row", a + np.array([[1, 2, 3]])),
        ("A / t", a / 2),
        ("A + B * t", a + b * 2),
        ("(A + B) * t", (a + b) * 2),
        ("A - B - t", a - b - 2),
        ("2 ** 3 ** 2 + 0 * t", [[512.0]]),
    ],
)
def test_operators(text, expected):
    """Operators mean what they mean in Python, with Python's precedence."""
    assert np.array_equal(node(text).value, expected)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("A == 1", a == 1),
        ("A != 1", a != 1),
        ("A < B", a < b),
        ("A <= B", a <= b),
        ("A > B", a > b),
        ("A >= B", a >= b),
        ("-2 < A <= 1", (a > -2) & (a <= 1)),
        ("A > 0 and B > 0", (a > 0) & (b > 0)),
        ("A > 0 and B > 0 and A < B", (a > 0) & (b > 0) & (a < b)),
        ("sum(A) < 2 and t == 2", [[True]]),
        ("sum(A) < 2 and t == 3", [[False]]),
        ("1 < t < 3", [[True]]),
        ("1 < t < 2", [[False]]),
    ],
)
def test_comparisons(text, expected):
    """Comparisons, chained or joined by ``and``, are 1 and 0."""
    assert node(text).value.dtype == np.float64
    assert np.array_equal(node(text).value, np.asarray(expected, float))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("exp(A)", np.exp(a)),
        ("ln(A * A)", np.log(a * a)),
        ("sqrt(A * A)", np.sqrt(a * a)),
        ("tanh(A)", np.tanh(a)),
        ("sin(A)", np.sin(a)),
        ("cos(A)", np.cos(a)),
        ("abs(A)", np.abs(a)),
        ("where(A > 0, A, B)", np.where(a > 0, a, b)),
        ("row_max(A)", a.max(axis=1)[:, None]),
        ("row_sum(A)", a.sum(axis=1)[:, None]),
        ("row_mean(A)", a.mean(axis=1)[:, None]),
        ("column_max(A)", a.max(axis=0)[None, :]),
        ("column_sum(A)", a.sum(axis=0)[None, :]),
        ("column_mean(A)", a.mean(axis=0)[None, :]),
        ("max(A)", [[3.0]]),
        ("min(A)", [[-2.0]]),
        ("sum(A)", [[a.sum()]]),
        ("mean(A)", [[a.mean()]]),
        ("max(A, B, 0)", np.maximum(np.maximum(a, b), 0)),
        ("min(A, B, 0)", np.minimum(np.minimum(a, b), 0)),
        ("beside(A, B)", np.hstack([a, b])),
        ("stack(A, B, Row)", np.vstack([a, b, [[1, 2, 3]]])),
        ("columns(A)", [[3.0]]),
        ("row_numbers(A)", [[1.0], [2.0]]),
        ("column_numbers(A)", [[1.0, 2.0, 3.0]]),
        ("lookup(Sought, Words, X)", s[[2, 0]]),
        ("find(Sought, Words, X)", s[[2, 0]]),
        ("recurrent(X, 0 * X, X)", np.tanh(s @ s)),
        (
            "lstm(X, full(0, 3, 12), full(0, 3, 12), full(0, 1, 12))",
            np.hstack([np.full((3, 9), 0.5), np.zeros((3, 9))]),
        ),
    ],
)
def test_functions(text, expected):
    """Each function is the NumPy function of its description."""
    assert np.array_equal(node(text).value, expected)


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("A @ B.T", Product),
        ("A.T", Transpose),
        ("A + B", Elementwise),
        ("A < B", Elementwise),
        ("sum(A)", Reduction),
        ("max(A)", Reduction),
        ("max(A, 0)", Elementwise),
        ("lookup(Sought, Words, X)", Lookup),
        ("beside(A, B)", Joined),
        ("columns(A)", ColumnCount),
        ("row_numbers(A)", Numbering),
        ('"cat"', Text),
        ('X["cat"]', Lookup),
        ('Weights["cat", "mouse"]', Entry),
        ('X["cat", "device"]', Entry),
        ('X["cat", 1]', Entry),
        ("X[0]", Slice),
        ("X[0, 1]", Slice),
        ('X[:, "device"]', Slice),
    ],
)
def test_kinds(text, kind):
    """Each form stands for one kind of node."""
    assert type(node(text)) is kind


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('X["mouse"]', s[[2]]),
        ('X["mouse", "device"]', [[8.0]]),
        ('X["mouse", 0]', [[7.0]]),
        ('X["mouse", -1]', [[9.0]]),
        ('Weights["cat", "mouse"]', [[3.0]]),
        ('Weights["mouse", "cat"]', [[7.0]]),
        ('Weights[1, "cat"]', [[4.0]]),
        ('X[:, "device"]', s[:, [1]]),
        ('X[0, "grammar"]', [[3.0]]),
        ("X[1]", s[[1]]),
        ("X[-1]", s[[-1]]),
        ("X[0:2]", s[0:2]),
        ("X[1:]", s[1:]),
        ("X[:-1]", s[:-1]),
        ("X[0, 1:3]", s[0:1, 1:3]),
        ("X[:, 0]", s[:, [0]]),
        ("X[:, :]", s),
        ('X["dog"]', [[np.nan] * 3]),
        ('X["dog", "device"]', [[np.nan]]),
        ('Weights["cat", "dog"]', [[np.nan]]),
    ],
)
def test_subscripts(text, expected):
    """Rows and columns are found by word, by id or by number; an absent word gives NaN."""
    assert np.array_equal(node(text).value, expected, equal_nan=True)


def test_ids_not_translations():
    """A dimension is called by its id, in every language of the page."""
    assert node('X[0, "device"]').value.item() == 2.0
    assert refused('X[0, "设备"]') == "expected one of animal, device, grammar, got '设备'"


def test_words_are_sought_in_the_sheet():
    """A word's row may be absent later, so that a formula with a word is optional."""
    assert node('X["cat"]').optional
    assert node('Weights["cat", "mouse"]').optional
    assert not node('X[0, "device"]').optional
    assert not node("lookup(Sought, Words, X)").optional


def test_text_comparison():
    """Words compare with a word."""
    assert np.array_equal(node('Words == "mouse"').value, [[0.0], [0.0], [1.0]])


def test_labels():
    """The labels of columns, and the label of each row's largest element, are texts."""
    assert node("column_labels(X)").value.tolist() == [["动物", "设备", "语法"]]
    assert node("largest_label(X)").value.tolist() == [["语法"]] * 3


def test_find():
    """``find`` is a lookup of words that may be absent."""
    found = read("find(Other, Words, X)", (NAMES | {"Other": Words("Other", ("dog",))}).get)
    assert found.optional
    assert np.isnan(found.value).all()


# --- refusals -------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    ["", "   ", "A +", "A B", "(A", "A)", "A[", "1 2", "= A", "a; b", "import os", "A = B",
     "x\ny", "\0", "del A", "return"],
)  # fmt: skip
def test_refuses_what_is_no_expression(text):
    """What Python's grammar does not take for one expression is refused."""
    assert refused(text).startswith("expected a formula, got ")
    with pytest.raises(NotationError):
        parse(text)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("Unknown", "expected the name of an input or an earlier step, got Unknown"),
        ("A + Unknown", "expected the name of an input or an earlier step, got Unknown"),
        ("A.shape", "expected .T, got .shape"),
        ("A.T.T.copy", "expected .T, got .copy"),
        ("A.__class__", "expected .T, got .__class__"),
        ("+A", "expected - before an operand, got '+A'"),
        ("~A", "expected - before an operand, got '~A'"),
        ("not A", "expected - before an operand, got 'not A'"),
        ("A // B", "expected @ + - * / or **, got 'A // B'"),
        ("A % B", "expected @ + - * / or **, got 'A % B'"),
        ("A | B", "expected @ + - * / or **, got 'A | B'"),
        ("A << 2", "expected @ + - * / or **, got 'A << 2'"),
        ("A or B", "expected `and`, got 'A or B'"),
        ("A in B", "expected a comparison, got 'A in B'"),
        ("A is B", "expected a comparison, got 'A is B'"),
        ("A is not None", "expected a number or a word, got " + repr("None")),
        ("True", "expected a number or a word, got " + repr("True")),
        ("1j", "expected a number or a word, got " + repr("1j")),
        ("b'cat'", "expected a number or a word, got " + repr("b'cat'")),
        ("...", "expected a number or a word, got " + repr("...")),
        ("A if t else B", "expected notation, got 'A if t else B'"),
        ("[A, B]", "expected notation, got '[A, B]'"),
        ("(A, B)", "expected notation, got '(A, B)'"),
        ("{A}", "expected notation, got '{A}'"),
        ("{A: B}", "expected notation, got '{A: B}'"),
    ],
)
def test_refuses_other_forms(text, message):
    """Whatever is not on the list is refused, by name."""
    assert refused(text) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("exp()", "exp: expected 1 operands, got 0"),
        ("exp(A, B)", "exp: expected 1 operands, got 2"),
        ("where(A, B)", "where: expected 3 operands, got 2"),
        ("row_sum()", "row_sum: expected other operands, got 0"),
        ("row_sum(A, B)", "row_sum: expected other operands, got 2"),
        ("max()", "max: expected other operands, got 0"),
        ("lookup(A)", "lookup: expected other operands, got 1"),
        ("lookup(Sought, A, X)", "lookup: expected a list of words as keys, got A (2×3)"),
        ("find(Sought, A, X)", "find: expected a list of words as keys, got A (2×3)"),
        ("recurrent(A)", "recurrent: expected other operands, got 1"),
        ("exp(x=A)", "exp: expected other operands, got 0, x"),
        ("exp(A, **B)", "expected a function of operands, got 'exp(A, **B)'"),
        ("A.T()", "expected a function of operands, got 'A.T()'"),
        ("exp(A)(B)", "expected a function of operands, got 'exp(A)(B)'"),
        ("exp(*A)", "expected notation, got '*A'"),
    ],
)
def test_refuses_calls(text, message):
    """A function has its own number of operands, and no keywords."""
    assert refused(text) == message


def test_refuses_unknown_functions():
    """An unknown function is answered with the nearest, or where all are listed."""
    assert refused("soft(A)") == "expected a function, got soft; did you mean softmax?"
    assert refused("qqq(A)") == "expected a function, got qqq; `xlsxattn guide` lists them"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("X[0, 1, 2]", "expected a row and a column, got 'X[0, 1, 2]'"),
        ("X[0:2:1]", "expected a slice without a step, got one with a step"),
        ("A[-3]", "expected a position up to 2, got -3"),
        ("A[:, 0:4]", "expected a position up to 3, got 4"),
        ("X[1.5]", "expected a number or a word, got " + repr("1.5")),
        ("X[True]", "expected a number or a word, got " + repr("True")),
        ("X[t]", "expected a number or a word, got " + repr("t")),
        ("X[A:B]", "expected a number or a word, got " + repr("A")),
        ("X[len('ab')]", "expected a number or a word, got " + repr("len('ab')")),
        ("X[10 ** 9]", "expected a number or a word, got " + repr("10 ** 9")),
        ("X[None]", "expected a number or a word, got " + repr("None")),
        ('A["cat"]', "expected one of no labels, got 'cat'"),
        ('X[0, "colour"]', "expected one of animal, device, grammar, got 'colour'"),
        ('X["cat", 0:2]', "expected one column with a word's row, or the whole row, got several"),
        ('Weights[0:2, "cat"]',
         "expected one column with a word's row, or the whole row, got several"),
    ],
)  # fmt: skip
def test_refuses_subscripts(text, message):
    """A subscript is words, ids, numbers and ranges of numbers."""
    assert refused(text) == message


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("A @ B", "A (2×3) @ B (2×3): expected a right operand of 3 rows, got 2"),
        ("A + X", "add: expected equal shapes, or a row, a column or a scalar, "
                  "got A (2×3), X (3×3)"),
        ("A[2]", "slice of A (2×3): expected rows within 0…1, got 2…2"),
        ("lookup(Sought, Words, A)", "lookup in A (2×3): expected 2 keys, got 3"),
        ("beside(A, X)", "join by columns: expected equally many rows, got A (2×3), X (3×3)"),
        ("stack(A, t)", "join by rows: expected equally many columns, got A (2×3), t (1×1)"),
    ],
)  # fmt: skip
def test_refuses_shapes(text, message):
    """Shapes that do not fit keep their own message, with the formula before it."""
    assert refused(text, ShapeError) == message


# --- nothing is executed --------------------------------------------------------------


@pytest.mark.parametrize(
    "text",
    [
        '__import__("os")',
        '__import__("os").system("true")',
        'open("x")',
        'eval("1")',
        "exec(A)",
        "print(A)",
        "A.__class__.__bases__",
        "().__class__",
        "(lambda: A)()",
        "lambda x: x",
        "[x for x in A]",
        "{x for x in A}",
        "{x: x for x in A}",
        "(x for x in A)",
        "sum(x for x in A)",
        'f"{A}"',
        "(y := A)",
        "*A",
        "(*A,)",
        "exp(*A)",
        "exp(**A)",
        "exp(x=A)",
        "X[*A]",
        "X[y := 0]",
        "X[lambda: 0]",
        "X[[0, 1]]",
        "X[{}]",
        'X[__import__("os")]',
        "await A",
        "yield A",
        "(yield A)",
        "A.T.__init__()",
        "globals()",
        "exit()",
    ],
)
def test_executes_nothing(text):
    """Code of any other kind is refused before any of it could run."""
    assert refused(text)


def test_attributes_are_not_read(monkeypatch):
    """Only .T is an attribute; another is not even looked at."""
    looked = []
    monkeypatch.setattr(Matrix, "secret", property(lambda self: looked.append(self)), raising=False)
    refused("A.secret")
    assert looked == []


@pytest.mark.parametrize("digits", [400, 10_000])
def test_huge_numbers(digits):
    """A number beyond all numbers is refused, however long it takes to write."""
    refused("9" * digits)
    refused("A * " + "9" * digits)
    with pytest.raises((NotationError, ShapeError)):
        node(f"X[{'9' * digits}]")


def test_powers_are_not_computed_while_reading():
    """A tower of powers is a node like any other; reading it takes no time."""
    assert node("9 ** 9 ** 9 ** 9").shape == (1, 1)


@pytest.mark.parametrize(
    "text",
    ["-" * 5_000 + "A", "(" * 5_000 + "A" + ")" * 5_000, "A" + ".T" * 5_000, "A" + "[0]" * 5_000,
     "A" + " + A" * 5_000, "exp(" * 5_000 + "A" + ")" * 5_000],
)  # fmt: skip
def test_too_deep(text):
    """What is nested thousands deep is refused, not a crash."""
    refused(text)


# --- arbitrary text -------------------------------------------------------------------

TOKENS = (
    *NAMES, *"+-*/@%&|^~<>=.,:;(){}]!?", "**", "//", "==", "!=", "<=", ">=", ":=", "->", " and ",
    " or ", " not ", " in ", " is ", " if ", " else ", " for ", " lambda ", " await ", " yield ",
    "None", "True", "...", "0", "1", "-1", "2", "1.5", "1e-12", "1j", "1e400", '"cat"', '"dog"',
    '"animal"', "'", '"', ".T", "[0]", "[:, 0]", '["cat"]', '["cat", "mouse"]', '[:, "animal"]',
    "exp(", "where(", "max(", "sum(", "row_sum(", "lookup(", "beside(", "stack(", "columns(",
    "row_numbers(", "\n", "\t", "\\", "#", "é", "动物", "\0",
)  # fmt: skip


def assert_read_or_refused(text: str) -> None:
    """A matrix comes out, or one line that begins with the text."""
    try:
        matrix = node(text)
    except (NotationError, ShapeError) as error:
        assert str(error).startswith(repr(text)[:60])
        assert "\n" not in str(error)
    else:
        assert isinstance(matrix, Matrix)


@settings(max_examples=400, deadline=None)
@given(st.text())
def test_any_text(text):
    """No text, whatever it holds, raises anything but the two errors of notation."""
    assert_read_or_refused(text)


@settings(max_examples=600, deadline=None)
@given(st.lists(st.sampled_from(TOKENS), max_size=12).map("".join))
def test_any_tokens(text):
    """No mixture of notation's own tokens does either."""
    assert_read_or_refused(text)


SUBSCRIPTS = ("0", "-1", "2", "99", "1.5", ":", "1:", "0:2", ":-1", "::2", '"cat"', '"dog"',
              '"animal"', '"mouse"', "A", "t", "[0]", "None", "*A")  # fmt: skip
texts = st.recursive(
    st.sampled_from((*NAMES, "1", "0.5", '"cat"', "Unknown")),
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from(("+", "-", "*", "/", "**", "@", "<", "==", " and ", "%")),
                  inner).map("({0[0]}{0[1]}{0[2]})".format),
        inner.map("-{}".format),
        inner.map("{}.T".format),
        st.tuples(inner, st.lists(st.sampled_from(SUBSCRIPTS), min_size=1, max_size=3)).map(
            lambda pair: f"{pair[0]}[{', '.join(pair[1])}]"
        ),
        st.tuples(
            st.sampled_from(("exp", "where", "max", "min", "sum", "row_sum", "column_max",
                             "lookup", "beside", "stack", "columns", "row_numbers", "other")),
            st.lists(inner, max_size=3),
        ).map(lambda pair: f"{pair[0]}({', '.join(pair[1])})"),
    ),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(texts)
def test_any_expression(text):
    """Nor does any well-formed expression, however its parts fit together."""
    assert_read_or_refused(text)
