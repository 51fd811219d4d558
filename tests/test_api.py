"""The Python API: what is said is in the file, live and true; what is wrong is one line."""

from __future__ import annotations

import pydoc
import re
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable
from itertools import count
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, reject, settings
from hypothesis import strategies as st
from tools import need, poison, same, values_of

import xlsxattn
from xlsxattn import (
    Matrix,
    Workbook,
    beside,
    close,
    column_max,
    column_mean,
    column_sum,
    cos,
    exp,
    gradients,
    ln,
    lookup,
    maximum,
    mean,
    minimum,
    row_max,
    row_mean,
    row_sum,
    sin,
    softmax,
    sqrt,
    stack,
    tanh,
    total,
    where,
)
from xlsxattn.check import check
from xlsxattn.engines import ironcalc
from xlsxattn.errors import ContentError, FormulaError, XlsxattnError
from xlsxattn.expression.mathematics import mathematics
from xlsxattn.saved import Saved, read

WORDS = ["cat", "keyboard", "mouse"]
x = np.array([[2.0, 0.5], [0.0, 2.0], [1.0, -0.5]])


def small() -> tuple[Workbook, Matrix]:
    book = Workbook("Small")
    return book, book.input("X", x, rows=WORDS, columns=["animal", "device"])


def written(book: Workbook, folder: Path) -> tuple[Path, Saved]:
    path = folder / "book.xlsx"
    book.save(path)
    return path, read(path)


def proved(book: Workbook, folder: Path) -> Saved:
    """The saved workbook, once its poisoned copy recalculates to what it stores."""
    path, saved = written(book, folder)
    report = check(path)
    assert report.ok, report.problems
    values = ironcalc.recalculate(poison(path, folder / "poisoned.xlsx"), [])
    for sheet, content in saved.sheets.items():
        for cell in content.computed:
            assert same(values[sheet][cell], content.values[cell]), cell
    return saved


def stored(saved: Saved, name: str) -> np.ndarray:
    values = {title: sheet.values for title, sheet in saved.sheets.items()}
    return np.array(values_of(values, saved.names[name]), dtype=float)


def formula(saved: Saved, name: str) -> str:
    area = saved.names[name]
    return saved.sheets[area.sheet].computed[area.relative.split(":")[0]].strip("{=}")


def shares(scores: np.ndarray) -> np.ndarray:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


# --- the package ----------------------------------------------------------------------


def test_import_is_light() -> None:
    """Neither NumPy nor openpyxl is imported before something is used."""
    code = "import sys, xlsxattn; print({'numpy', 'openpyxl', 'msgspec'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True)
    assert done.stdout.strip() == "set()"


def test_names_of_the_package() -> None:
    """Everything that the package offers is there, documented, and listed."""
    for name in xlsxattn.__all__:
        assert getattr(xlsxattn, name).__name__ == name
    assert set(xlsxattn.__all__) <= set(dir(xlsxattn))
    with pytest.raises(AttributeError, match="has no attribute 'nothing'"):
        xlsxattn.nothing  # noqa: B018


@pytest.mark.parametrize("name", [n for n in dir(Workbook) if not n.startswith("_")])
def test_methods_are_documented(name: str) -> None:
    """Every public method says what it does."""
    assert getattr(Workbook, name).__doc__


def test_help_leads_to_the_functions() -> None:
    """The help of a workbook says where softmax and the others are described."""
    text = pydoc.plain(pydoc.render_doc(Workbook))
    assert all(name in text for name in ("softmax", "lookup", "gradients", "xlsxattn.__all__"))
    described = pydoc.plain(pydoc.render_doc("xlsxattn.functions"))
    for name in xlsxattn.__all__:
        if name not in ("Matrix", "Workbook", "XlsxattnError", "gradients"):
            assert f"{name}(" in described, name


# --- parts ----------------------------------------------------------------------------


def test_softmax_comes_in_parts(tmp_path: Path) -> None:
    """A softmax of an expression is logits, exponentials, and columns beside them."""
    book, X = small()
    weights = book.step("Attention", softmax(X @ X.T / sqrt(2)), heat=True)
    saved = proved(book, tmp_path)
    scores = x @ x.T / np.sqrt(2)
    parts = {
        "Attention_Logits": scores,
        "Attention_Logits_RowMax": scores.max(axis=1, keepdims=True),
        "Attention_Exponentials": np.exp(scores - scores.max(axis=1, keepdims=True)),
        "Attention": shares(scores),
    }
    for name, expected in parts.items():
        assert np.abs(stored(saved, name) - expected).max() <= 1e-12, name
    assert np.abs(weights.value - shares(scores)).max() <= 1e-12
    for block, column in (("Logits", "Logits_RowMax"), ("Exponentials", "Exponentials_RowSum")):
        area, side = saved.names[f"Attention_{block}"], saved.names[f"Attention_{column}"]
        assert (side.row, side.column) == (area.row, area.last_column + 1)


def test_softmax_of_a_step(tmp_path: Path) -> None:
    """A softmax of a matrix that has cells reads those."""
    book, X = small()
    book.step("Shares", softmax(X))
    saved = proved(book, tmp_path)
    assert set(saved.names) == {
        "X", "X_RowMax", "Shares_Exponentials", "Shares_Exponentials_RowSum", "Shares"
    }  # fmt: skip


def test_softmax_of_one_row(tmp_path: Path) -> None:
    """One row comes in the same parts as several, and a part says of which step it is."""
    book, X = small()
    book.step("P", softmax(X[:1] @ X.T))
    book.step("Q", softmax(X[1]))
    saved = proved(book, tmp_path)
    for block, side in (("P_Logits", "RowMax"), ("P_Exponentials", "RowSum")):
        area, column = saved.names[block], saved.names[f"{block}_{side}"]
        assert (column.row, column.column) == (area.row, area.last_column + 1)
    assert np.abs(stored(saved, "P") - shares(x[:1] @ x.T)).max() <= 1e-12
    texts = [str(v) for sheet in saved.sheets.values() for v in sheet.values.values()]
    assert any(text.endswith("Q · max") for text in texts)
    assert not any(text.endswith("· part") for text in texts)


def test_parts_are_placed_once(tmp_path: Path) -> None:
    """A reduction that is written twice, or is a step already, has cells once."""
    book, X = small()
    sums = book.step("Sums", row_sum(X), beside=X)
    book.step("Shares", X / row_sum(X))
    book.step("Again", X / row_sum(X) + row_max(X) * row_max(X))
    names = written(book, tmp_path)[1].names
    assert [name for name in names if "Row" in name] == ["X_RowMax"]
    assert names["Sums"].columns == sums.columns == 1


def test_columns_are_reduced_below(tmp_path: Path) -> None:
    """The sums of the columns stand under their matrix, one row for each kind."""
    book, X = small()
    book.step("Centred", X - column_mean(X) + column_max(X) - row_mean(X))
    saved = proved(book, tmp_path)
    area = saved.names["X"]
    assert (saved.names["X_ColumnMean"].row, saved.names["X_ColumnMean"].column) == (
        area.last_row + 1, area.column
    )  # fmt: skip
    assert saved.names["X_ColumnMax"].row == area.last_row + 2
    assert saved.names["X_RowMean"].column == area.last_column + 1


def test_tables_in_steps(tmp_path: Path) -> None:
    """A table inside a step is written out or as a list, and no label of it misleads."""
    book = Workbook("Inverse")
    A = book.input("A", [[2, 1], [1, 3]], rows=["x", "y"], columns=["x", "y"])
    names = {key: book.input(f"entry_{key}", value) for key, value in zip("pqrs", (3, -1, -1, 2),
                                                                         strict=True)}  # fmt: skip
    det = book.step("Det", A[0, 0] * A[1, 1] - A[0, 1] * A[1, 0])
    inverse = book.step(
        "Inverse", stack(beside(A[1, 1], -A[0, 1]), beside(-A[1, 0], A[0, 0])) / det
    )
    p, q, r, s = names.values()
    book.step("Long", stack(beside(p, q, p, q), beside(r, s, r, s)) / (p * s - q * r))
    assert np.allclose(A.value @ inverse.value, np.eye(2))
    assert (inverse.row_labels, inverse.column_labels) == (None, None)
    saved = proved(book, tmp_path)
    texts = [str(v) for sheet in saved.sheets.values() for v in sheet.values.values()]
    written = "[[A[y, y], −A[x, y]]; [−A[y, x], A[x, x]]] / Det"
    assert any(text.startswith(written) for text in texts)
    assert any(text.startswith("[…; …] / ") for text in texts)
    assert not [text for text in texts if "Joined" in text and " " in text]
    X = small()[1]
    assert stack(X[:1], X[1:]).row_labels.ids == tuple(WORDS)
    assert stack(X[:1], X[1:]).column_labels is X.column_labels
    assert beside(X[0, 0], X[1, 1]).row_labels is None
    assert beside(X[0, 0], X[1, 1]).column_labels.ids == ("animal", "device")
    assert beside(X, X).column_labels is None
    assert beside(X, X).row_labels is X.row_labels


def test_a_part_of_two_steps(tmp_path: Path) -> None:
    """An expression that became a part is read again where it is used again."""
    book, X = small()
    squares = X**4
    book.step("One", squares / row_sum(squares))
    book.step("Two", squares / column_sum(squares))
    names = proved(book, tmp_path).names
    assert [name for name in names if name.endswith("_Power")] == ["One_Power"]


def test_scalars_are_placed_in_matrices_only(tmp_path: Path) -> None:
    """What all cells read is computed once; what one cell reads stays in its formula."""
    book, X = small()
    book.step("Unit", X / sqrt(total(X * X)))
    book.step("Norm", sqrt(total(X * X)))
    saved = proved(book, tmp_path)
    assert formula(saved, "Unit_Total") == "SUMPRODUCT(X,X)"
    assert formula(saved, "Norm") == "SQRT(SUMPRODUCT(X,X))"
    assert "Norm_Total" not in saved.names


def test_gradients_are_steps(tmp_path: Path) -> None:
    """The gradient of a loss is a step as any other, also through parts of a matrix."""
    book, X = small()
    W = book.input("W", [[0.5, -1.0], [0.25, 1.0]])
    error = book.step("Error", tanh(X @ W))
    loss = book.step("Loss", mean(error**2) + error[0, 1] * 2)
    (slope,) = gradients(loss, [W])
    step = book.step("dW", slope, signed=True)
    proved(book, tmp_path)

    def value(w: np.ndarray) -> float:
        found = np.tanh(x @ w)
        return float((found**2).mean() + 2 * found[0, 1])

    for index in np.ndindex(2, 2):
        up, down = W.value.copy(), W.value.copy()
        up[index] += 1e-6
        down[index] -= 1e-6
        assert step.value[index] == pytest.approx((value(up) - value(down)) / 2e-6, abs=1e-6)


# --- placing --------------------------------------------------------------------------


def test_everything_at_once(tmp_path: Path) -> None:
    """Words, settings, switches, sheets, claims and charts in one workbook, in Chinese."""
    book = Workbook("一切", subtitle="一页", language="zh", focus="mouse")
    listed = book.words("Listed", WORDS)
    table = book.input("Table", x, rows=listed, columns=["animal", "device"], note="A table.")
    rate = book.input("rate", 0.5, title="rate", choices=[0.5, 1])
    scale = book.input("scale", 3, title="scale", limits=(1, 5))
    sentence = book.words("Sentence", ["mouse", "cat"], choices=listed)
    X = book.step("X", lookup(sentence, table), rows=sentence)
    scores = book.step("Scores", X @ X.T * rate / scale, decimals=3)
    book.step("Hidden", scores + 1, sheet="Apart")
    twice = book.step("Twice", 2 * X, next_to=X, title="twice", note="Beside it.")
    both = book.step("Both", stack(beside(X, twice), beside(twice, X)))
    book.claim("larger", "It is larger.", (X["mouse", "animal"] > 0) & (total(both) > 0))
    book.claim("off", "Never mind.", close(X, X), when=rate.equal(1))
    book.bar_chart(X, "Meanings", alternative="Bars.", columns=["device"])
    line, other = book.step("Line", X[:, "animal"]), book.step("Other", X[:, "device"] ** 2)
    book.line_chart(line, [other], "Lines")
    saved = proved(book, tmp_path)
    assert saved.names["Hidden"].sheet != saved.names["X"].sheet
    assert saved.names["Twice"].row == saved.names["X"].row
    marks = [formula(saved, f"Claim_{name}") for name in ("larger", "off")]
    assert all(mark.startswith("IFERROR(IF(") for mark in marks)
    shown = next(iter(saved.sheets.values())).values
    area = saved.names["Claim_off"]
    assert shown[area.relative] == "–"
    assert shown[saved.names["Claim_larger"].relative] == "✓"


def test_columns_beside_have_their_own_names(tmp_path: Path) -> None:
    """A column beside another is headed by its title or name, in a legend as well."""
    book = Workbook("Beside")
    v = book.input("v", [[1], [2]], rows=["a", "b"], columns=["value"])
    w = book.step("w", v * v, beside=v)
    u = book.step("u", w + v, beside=v, title="sum")
    t = book.step("t", w + v, beside=v, columns=["own"])
    assert [node.column_labels.ids for node in (v, w, u, t)] == [
        ("value",), ("w",), ("sum",), ("own",)
    ]  # fmt: skip
    book.line_chart(v, [w, u], "Lines")
    proved(book, tmp_path)
    with zipfile.ZipFile(tmp_path / "book.xlsx") as archive:
        chart = archive.read("xl/charts/chart1.xml").decode()
    assert re.findall(r"<(?:c:)?tx><(?:c:)?v>(.*?)</", chart) == ["w", "sum"]


@pytest.mark.parametrize(("rows", "names"), [(1, ["P"]), (2, ["P 1", "P 2"])])
def test_legend_without_labels(rows: int, names: list[str], tmp_path: Path) -> None:
    """Bars of rows without labels have the name of their matrix in the legend."""
    book = Workbook("Bars")
    book.bar_chart(book.input("P", np.ones((rows, 2)), columns=["a", "b"]), "Bars")
    book.save(tmp_path / "bars.xlsx")
    with zipfile.ZipFile(tmp_path / "bars.xlsx") as archive:
        chart = archive.read("xl/charts/chart1.xml").decode()
    assert re.findall(r"<(?:c:)?tx><(?:c:)?v>(.*?)</", chart) == names


def test_saved_twice(tmp_path: Path) -> None:
    """Saving changes nothing, and what comes later is added."""
    book, X = small()
    first, second = tmp_path / "1.xlsx", tmp_path / "new" / "2.xlsx"
    book.save(first)
    book.save(str(second))
    assert first.read_bytes() == second.read_bytes()
    book.step("Y", X + 1)
    book.save(second)
    assert set(read(second).names) == {"X", "Y"}


@pytest.mark.parametrize("engine", ["libreoffice", "gnumeric"])
def test_other_engines(tmp_path: Path, engine: str) -> None:
    """Parts, sums under a matrix and single cells are the same in other programs."""
    need({"libreoffice": "soffice", "gnumeric": "ssconvert"}[engine])
    book, X = small()
    book.step("Attention", softmax(X @ X.T / sqrt(2)))
    book.step("Normal", (X - column_mean(X)) / sqrt(column_mean((X - column_mean(X)) ** 2)))
    book.step("Chosen", where(row_mean(X) < X @ X.T, minimum(X @ X.T, 1), maximum(row_max(X), 0)))
    path, _ = written(book, tmp_path)
    report = check(path, engine)
    assert report.ok, report.problems


# --- random expressions ---------------------------------------------------------------

TIE = 1.234e-5  # no rounding decides a comparison

UNARY: dict[str, tuple[Callable, Callable]] = {
    "tanh": (tanh, np.tanh), "sin": (sin, np.sin), "cos": (cos, np.cos), "abs": (abs, np.abs),
    "negate": (lambda a: -a, np.negative), "softmax": (softmax, shares),
    "exp": (lambda a: exp(tanh(a)), lambda a: np.exp(np.tanh(a))),
    "ln": (lambda a: ln(1 + abs(a)), lambda a: np.log(1 + np.abs(a))),
    "less_max": (lambda a: a - row_max(a), lambda a: a - a.max(axis=1, keepdims=True)),
    "less_mean": (lambda a: a - column_mean(a), lambda a: a - a.mean(axis=0, keepdims=True)),
    "sums": (lambda a: a + row_sum(a) * column_sum(a),
             lambda a: a + a.sum(axis=1, keepdims=True) * a.sum(axis=0, keepdims=True)),
    "over_total": (lambda a: a / (1 + total(a * a)), lambda a: a / (1 + (a * a).sum())),
    "smallest": (lambda a: a - minimum(a), lambda a: a - a.min()),
    "gram": (lambda a: a @ a.T @ a, lambda a: a @ a.T @ a),
    "turned": (lambda a: beside(a.T, a.T)[:, : a.rows].T, lambda a: a),
    "first": (lambda a: a * a[0], lambda a: a * a[:1]),
    "last": (lambda a: a * a[:, -1], lambda a: a * a[:, -1:]),
    "stacked": (lambda a: stack(a[:1], a)[1:], lambda a: a),
}  # fmt: skip
BINARY: dict[str, tuple[Callable, Callable]] = {
    "add": (lambda a, b: a + b, np.add), "multiply": (lambda a, b: a * b, np.multiply),
    "maximum": (maximum, np.maximum),
    "where": (lambda a, b: where(a > b + TIE, a, b / 2),
              lambda a, b: np.where(a > b + TIE, a, b / 2)),
    "both": (lambda a, b: (a > TIE) & (b > TIE),
             lambda a, b: ((a > TIE) & (b > TIE)).astype(float)),
    "product": (lambda a, b: a @ b.T @ b, lambda a, b: a @ b.T @ b),
    "weighted": (lambda a, b: softmax(a @ b.T) @ b, lambda a, b: shares(a @ b.T) @ b),
    "mask": (lambda a, b: softmax(where(a @ b.T <= row_mean(b) + TIE, a @ b.T, -9)) @ b,
             lambda a, b: shares(
                 np.where(a @ b.T <= b.mean(axis=1, keepdims=True) + TIE, a @ b.T, -9)) @ b),
}  # fmt: skip


def expressions(depth: int) -> st.SearchStrategy:
    if not depth:
        return st.sampled_from(["A", "B"])
    inner = expressions(depth - 1)
    return st.one_of(
        st.sampled_from(["A", "B"]),
        st.tuples(st.sampled_from(sorted(UNARY)), inner),
        st.tuples(st.sampled_from(sorted(BINARY)), inner, inner),
    )


def built(tree, leaves, which: int):
    """An expression of the API (0), or its value by NumPy (1)."""
    if isinstance(tree, str):
        return leaves[tree]
    operation, *operands = tree
    functions = UNARY if len(operands) == 1 else BINARY
    return functions[operation][which](*(built(o, leaves, which) for o in operands))


@settings(max_examples=60, deadline=None)
@given(
    st.lists(expressions(3), min_size=1, max_size=3),
    st.tuples(st.integers(1, 3), st.integers(1, 3)),
    st.randoms(use_true_random=False),
)
def test_random_expressions(trees, shape, random) -> None:
    """Any expression is cut, written, and recalculated to what NumPy makes of it."""
    numbers = {
        name: np.array([[random.randint(-20, 20) / 10 for _ in range(shape[1])]
                        for _ in range(shape[0])])
        for name in "AB"
    }  # fmt: skip
    book, values = Workbook("Random"), {}
    leaves = {name: book.input(name, number) for name, number in numbers.items()}
    for tree, number in zip(trees, count()):
        expected = np.broadcast_to(built(tree, numbers, 1), shape)
        if np.abs(expected).max() > 100:
            continue  # later digits would be lost by the mathematics itself
        step = book.step(f"Step_{number}_", built(tree, leaves, 0))
        values[step.name] = expected
    with tempfile.TemporaryDirectory() as folder:
        try:
            path, saved = written(book, Path(folder))
        except FormulaError as error:  # a mask writes its operand more than once
            assert "expected a formula of at most 8192 characters" in str(error)
            reject()
        found = ironcalc.recalculate(path, [])
    for name, expected in values.items():
        area = saved.names[name]
        for got in (np.array(values_of(found, area), dtype=float), stored(saved, name)):
            assert np.abs(got - expected).max() <= 1e-9, (name, trees)


# --- operators ------------------------------------------------------------------------


def test_parts_of_a_matrix() -> None:
    """Rows, columns and parts by number, slice and label, always of two dimensions."""
    _, X = small()
    for part, expected in (
        (X[0], x[:1]), (X[-1], x[-1:]), (X["mouse"], x[2:]), (X[:, "device"], x[:, 1:]),
        (X["cat", 1], x[:1, 1:]), (X[1:, :1], x[1:, :1]), (X[np.int64(1), :], x[1:2]),
    ):  # fmt: skip
        assert part.value.tolist() == expected.tolist()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (list, "not iterable"),
        (sum, "expected total, maximum"),
        (max, "expected total, maximum"),
        (np.exp, "expected exp, sqrt, total"),
        (np.sum, "expected exp, sqrt, total"),
        (np.asarray, "A.value"),
    ],
)
def test_other_functions(call: Callable, message: str) -> None:
    """Functions of Python and NumPy on matrices fail in one line that says which to use."""
    with pytest.raises(TypeError, match=message) as caught:
        call(small()[1])
    assert str(caught.value).startswith("X (3×2): expected")
    assert "\n" not in str(caught.value)


def test_numbers_of_numpy() -> None:
    """Numbers of NumPy stand on either side of an operator; its arrays are refused there."""
    _, X = small()
    two = np.float64(2)
    for made, expected in ((two * X, 2 * x), (two - X, 2 - x), (two / (X + 3), 2 / (x + 3)),
                           (X + np.int64(1), x + 1), (two**X, 2**x), (two < X, x > 2)):  # fmt: skip
        assert isinstance(made, Matrix)
        assert made.value.tolist() == expected.tolist()
    for call in (lambda: x * X, lambda: x @ X, lambda: X * x, lambda: x < X):
        with pytest.raises(XlsxattnError, match="got ndarray"):
            call()


def test_comparisons() -> None:
    """Comparisons are matrices of 1 and 0, and no truth of Python's."""
    _, X = small()
    assert (X > 1).value.tolist() == (x > 1).astype(float).tolist()
    assert ((X >= 0) & (X <= 1)).value.tolist() == ((x >= 0) & (x <= 1)).astype(float).tolist()
    with pytest.raises(TypeError, match="expected one comparison"):
        _ = 0 < X < 1
    assert {X: 1}[X] == 1
    assert X == X
    assert bool(X + 1)


# --- errors ---------------------------------------------------------------------------


def fails(message: str, call: Callable[[Workbook, Matrix], object]) -> object:
    return pytest.param(message, call, id=message)


@pytest.mark.parametrize(
    ("message", "call"),
    [
        fails("Q1: expected a name", lambda b, X: b.input("Q1", 1)),
        fails("x: expected a new name, got one that is taken by X", lambda b, X: b.step("x", X)),
        fails("ppp", lambda b, X: b.step("p" * 201, softmax(X))),
        fails("A: expected rows of equally many numbers, got 2 in row 1 and 1 in row 3",
              lambda b, X: b.input("A", [[1, 2], [3, 4], [5]])),
        fails("A: expected rows of equally many numbers, got 1 in row 1 and 2 in row 2",
              lambda b, X: b.input("A", [1, [3, 4]])),
        fails("A: expected numbers, got 'b' in row 2, column 1",
              lambda b, X: b.input("A", [[1, 2], ["b", 3]])),
        fails("A: expected numbers, got NoneType in place 2", lambda b, X: b.input("A", [1, None])),
        fails("A: expected numbers, got X (3×2); formulas", lambda b, X: b.input("A", X)),
        fails("A: expected numbers, got X (3×2) in place 1", lambda b, X: b.input("A", [X, X])),
        fails("Claim_c: expected a matrix, got bool; == compares no cells: use close(a, b)",
              lambda b, X: b.claim("c", "T.", X == X)),
        fails("softmax: expected a matrix, got list", lambda b, X: softmax([[1, 2]])),
        fails("mean: expected a matrix, got list", lambda b, X: row_mean([[1, 2]])),
        fails("lookup: expected a matrix, got list", lambda b, X: lookup(["cat"], X)),
        fails("T: expected a matrix with a place under a heading, got Slice (1×2); make it a step",
              lambda b, X: b.bar_chart(X[0], "T")),
        fails("A: expected numbers, got a", lambda b, X: b.input("A", "a")),
        fails("A: expected finite numbers, got nan", lambda b, X: b.input("A", [1, np.nan])),
        fails("A: expected finite numbers, got inf", lambda b, X: b.step("A", X / 0)),
        fails("A: expected one or two dimensions", lambda b, X: b.input("A", np.ones((2, 2, 2)))),
        fails("A: expected one or two dimensions and at least", lambda b, X: b.input("A", [])),
        fails("A: expected at most", lambda b, X: b.input("A", np.ones((1, 17000)))),
        fails("A: expected 2 row labels, got 1", lambda b, X: b.input("A", [[1], [2]], rows=["a"])),
        fails("A: expected 3 rows, got 1", lambda b, X: b.step("A", X, rows=["a"])),
        fails("A: expected a list of texts as rows", lambda b, X: b.step("A", X, rows="abc")),
        fails("A.note: expected text without control", lambda b, X: b.step("A", X, note="a\nb")),
        fails("A.tone: expected one of", lambda b, X: b.step("A", X, tone="loud")),
        fails("A.decimals: expected 0 to 12", lambda b, X: b.step("A", X, decimals=99)),
        fails("A: expected one of its choices, got 3", lambda b, X: b.input("A", 3, choices=[1])),
        fails("A: expected numbers from 0 to 1, got 3",
              lambda b, X: b.input("A", 3, limits=(0, 1))),
        fails("A.limits: expected the least and the largest number, got 1, 0",
              lambda b, X: b.input("A", 3, limits=(1, 0))),
        fails("A: expected either choices or limits",
              lambda b, X: b.input("A", 1, choices=[1], limits=(0, 1))),
        fails("A: expected a matrix, got int", lambda b, X: b.step("A", 5)),
        fails("A: expected matrices of this workbook", lambda b, X: b.step("A", X @ small()[1].T)),
        fails("A: expected 3 rows beside", lambda b, X: b.step("A", X.T, beside=X)),
        fails("A: expected either beside or", lambda b, X: b.step("A", X, beside=X, next_to=X)),
        fails("A: expected a matrix with a place", lambda b, X: b.step("A", X, beside=X + 1)),
        fails("A: expected at most 60 nested", lambda b, X: b.step("A", sum([X] * 99, X))),
        fails("X (3×2) @ X (3×2): expected a right operand of 2 rows", lambda b, X: X @ X),
        fails("@: expected a matrix, got ndarray", lambda b, X: X @ x),
        fails("@: expected a matrix, got list", lambda b, X: [1] @ X),
        fails("expected a matrix or a number, got list", lambda b, X: X * [1]),
        fails("expected a finite number, got inf", lambda b, X: X / float("inf")),
        fails("X (3×2): expected one of cat, keyboard", lambda b, X: X["dog"]),
        fails("X (3×2): expected a position below 3, got 7", lambda b, X: X[7]),
        fails("X (3×2): expected a number, a slice", lambda b, X: X[1.5]),
        fails("Claim_c: a claim: expected one truth", lambda b, X: b.claim("c", "T.", X > 0)),
        fails("W: expected a list of words", lambda b, X: b.words("W", "cat")),
        fails("W: expected a word without", lambda b, X: b.words("W", ["c*"])),
        fails("W: expected words that differ by", lambda b, X: b.words("W", ["cat", "Cat"])),
        fails("A (1×1): expected one of cat, got 'Cat'",
              lambda b, X: b.input("A", 1, rows=b.words("W", ["cat"]))["Cat"]),
        fails("W: expected one of a, got 'b'",
              lambda b, X: b.words("W", ["b"], choices=b.words("L", ["a"]))),
        fails("lookup: expected words", lambda b, X: lookup(b.words("W", ["a"]), X)),
        fails("T: expected a matrix with column labels",
              lambda b, X: b.bar_chart(b.input("A", [[1, 2]]), "T")),
        fails("T: expected some of animal", lambda b, X: b.bar_chart(X, "T", columns=["x"])),
        fails("T: expected columns", lambda b, X: b.line_chart(X, [X], "T")),
        fails("language: expected one of en, zh", lambda b, X: Workbook("T", language="xx")),
        fails("title: expected a text of 1", lambda b, X: Workbook(" ")),
        fails("Empty: expected at least one", lambda b, X: Workbook("Empty").save("a.xlsx")),
        fails("a.xls: expected a name that ends in .xlsx", lambda b, X: b.save("a.xls")),
        fails("W: expected a matrix with these words",
              lambda b, X: (b.words("W", ["a"]), b.save("a.xlsx"))),
    ],
)  # fmt: skip
def test_errors(message: str, call: Callable, tmp_path: Path, monkeypatch) -> None:
    """Every mistake is one line of our own that says what was expected and what came."""
    monkeypatch.chdir(tmp_path)
    book, X = small()
    with pytest.raises(XlsxattnError) as caught:
        call(book, X)
    assert str(caught.value).startswith(message)
    assert "\n" not in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_an_error_changes_nothing(tmp_path: Path) -> None:
    """After an error the workbook is what it was."""
    book, X = small()
    book.save(tmp_path / "before.xlsx")
    for call in (
        lambda: book.step("A", softmax(X) / 0),
        lambda: book.step("A", softmax(X), rows=["one"]),
        lambda: book.claim("c", "T.", softmax(X)),
        lambda: book.step("A", sum([softmax(X)] * 99, X)),
    ):
        with pytest.raises(XlsxattnError):
            call()
    book.save(tmp_path / "after.xlsx")
    assert (tmp_path / "before.xlsx").read_bytes() == (tmp_path / "after.xlsx").read_bytes()
    assert isinstance(ContentError("one line"), XlsxattnError)


# --- mathematics ----------------------------------------------------------------------


@pytest.mark.parametrize(
    ("build", "text"),
    [
        (lambda X: X @ X.T / sqrt(2), "X Xᵀ / √2"),
        (lambda X: softmax(X / 2) @ X[:2], "softmax(X / 2) · X[0:2]"),
        (lambda X: (X + 1) * (X - 2), "(X + 1) × (X − 2)"),
        (lambda X: -(X**2) / (X / 3), "−X² / (X / 3)"),
        (lambda X: (X * X + 1) ** 0.5, "(X² + 1)^0.5"),
        (lambda X: abs(X - row_mean(X)), "|X − mean(X)|"),
        (lambda X: where(X >= 0, X, -1), "where(X ≥ 0, X, −1)"),
        (lambda X: stack(X[0], X[1:, "device"].T), "[X[cat]; X[1:3, device]ᵀ]"),
        (lambda X: maximum(X, 0) - maximum(X), "max(X, 0) − max(X)"),
        (lambda X: (total(X) > 0) & (mean(X) < 1), "Σ(X) > 0 ∧ mean(X) < 1"),
        (lambda X: sum([X] * 50, X), ""),
    ],
)
def test_mathematics(build: Callable[[Matrix], Matrix], text: str) -> None:
    """An expression is written as people write it, in one line or not at all."""
    assert mathematics(build(small()[1])) == text
