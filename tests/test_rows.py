"""Rows that follow rows: written words, printed row by row, against NumPy and three engines."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.random import RandomState
from numpy.typing import NDArray
from tools import build_text, need, need_uno, poison, replaced, values_of

import xlsxattn
from xlsxattn import Matrix, Workbook
from xlsxattn.check import check
from xlsxattn.check.references import References
from xlsxattn.engines import engine
from xlsxattn.engines.uno_session import Session
from xlsxattn.errors import ContentError, FormulaError, LessonError, ShapeError, XlsxattnError
from xlsxattn.expression import (
    Causal,
    Continued,
    Elementwise,
    Input,
    Joined,
    Number,
    Words,
    seen_rows,
)
from xlsxattn.expression.causal import is_masked_beyond, is_zero_beyond
from xlsxattn.saved import Saved, read

Array = NDArray[np.float64]
WORDS = ("cat", "mouse", "keyboard", "sleeps", "works", "and", ".")


# --- random causal models: as NumPy, and as workbooks -----------------------------------


@dataclass(frozen=True)
class Model:
    """A causal model of some layers, with all that differs between such models."""

    seed: int
    layers: int = 1
    heads: int = 1
    key_heads: int = 1
    bias: str = ""
    rotary: bool = False
    norm: str = "layer"
    rows: int = 5
    begun: int = 1
    form: str = "cells"
    tables: bool = False  # heads side by side
    width: int = 4
    numbers: dict[str, Array] = field(default_factory=dict, compare=False)

    @property
    def words(self) -> list[str]:
        return [WORDS[i] for i in RandomState(self.seed).permutation(len(WORDS))]

    def weight(self, name: str, rows: int, columns: int) -> Array:
        if name not in self.numbers:
            rng = RandomState([self.seed, len(self.numbers)])
            self.numbers[name] = np.round(rng.standard_normal((rows, columns)) * 1.2, 2)
        return self.numbers[name]


def models() -> list[Model]:
    """Forty of them, with every choice taken by several."""
    found = []
    for seed in range(40):
        rng = RandomState(seed)
        heads = int(rng.choice([1, 2]))
        found.append(
            Model(
                seed, layers=int(rng.randint(1, 4)), heads=heads,
                key_heads=int(rng.choice([1, heads])), bias=str(rng.choice(["", "alibi"])),
                rotary=bool(rng.randint(2)), norm=str(rng.choice(["layer", "rms"])),
                rows=int(rng.randint(3, 9)), begun=int(rng.randint(1, 4)),
                form=str(rng.choice(["cells", "arrays"])),
            )
        )  # fmt: skip
    for seed in range(12):
        rng = RandomState([seed, 1])
        heads = int(rng.choice([1, 2]))
        found.append(
            Model(
                100 + seed, layers=int(rng.randint(1, 4)), heads=heads, tables=True,
                key_heads=int(rng.choice([1, heads])), rotary=bool(rng.randint(2)), norm="rms",
                rows=int(rng.randint(2, 9)), begun=int(rng.randint(1, 4)),
                form=str(rng.choice(["cells", "arrays"])),
            )
        )  # fmt: skip
    return found


def name_of(model: Model) -> str:
    return f"{model.seed}-{model.form}"


def forward(model: Model, words: list[str]) -> dict[str, Array]:
    """The matrix form by hand: all rows at once, later ones hidden by a mask."""
    d, n = model.width, len(words)
    table = model.weight("E", len(WORDS), d)
    h = table[[model.words.index(word) for word in words]]
    found = {"X": h}
    for layer in range(model.layers):
        Q, K, V = (h @ w for w in _projections(model, layer))
        if model.rotary:
            Q, K = _rotated(Q, model.heads), _rotated(K, model.key_heads)
        outputs = []
        for head in range(model.heads):
            group = head * model.key_heads // model.heads
            width = d // model.heads
            own = slice(head * width, (head + 1) * width)
            shared = slice(group * width, (group + 1) * width)
            scores = Q[:, own] @ K[:, shared].T / np.sqrt(width)
            if model.bias:
                apart = np.abs(np.arange(n)[None, :] - np.arange(n)[:, None])
                scores = scores - apart * 2.0 ** (-8 * (head + 1) / model.heads)
            scores = np.where(np.tri(n) == 1, scores, -np.inf)
            weights = np.exp(scores - scores.max(axis=1, keepdims=True))
            outputs.append(weights / weights.sum(axis=1, keepdims=True) @ V[:, shared])
        attended = np.concatenate(outputs, axis=1)
        h = _normed(model, h + attended)
        h = h + np.maximum(h @ model.weight(f"up{layer}", d, 6), 0) @ model.weight(
            f"down{layer}", 6, d
        )
        found[f"Layer{layer + 1}_out"] = h
    found["Logits"] = h @ model.weight("U", d, len(WORDS))
    return found


def _projections(model: Model, layer: int) -> list[Array]:
    d = model.width
    narrow = d // model.heads * model.key_heads
    shapes = {"Q": d, "K": narrow, "V": narrow}
    return [model.weight(f"{name}{layer}", d, columns) for name, columns in shapes.items()]


def _rotated(x: Array, heads: int) -> Array:
    width, result = x.shape[1] // heads, x.copy()
    for position in range(len(x)):
        for column in range(0, x.shape[1], 2):
            angle = position / 10000.0 ** (column % width / width)
            a, b = x[position, column], x[position, column + 1]
            result[position, column] = a * np.cos(angle) - b * np.sin(angle)
            result[position, column + 1] = a * np.sin(angle) + b * np.cos(angle)
    return result


def _normed(model: Model, x: Array) -> Array:
    if model.norm == "rms":
        return np.asarray(x / np.sqrt((x**2).mean(axis=1, keepdims=True) + 1e-5))
    centred = x - x.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5))


def written_by_hand(model: Model, typed: list[str] | None = None) -> list[str]:
    """The words one by one: the likeliest next one after those that are there."""
    words = list(typed or begun_words(model))
    while len(words) < model.rows:
        words.append(model.words[int(forward(model, words)["Logits"][-1].argmax())])
    return words


def begun_words(model: Model) -> list[str]:
    rng = RandomState([model.seed, 99])
    return [str(rng.choice(WORDS)) for _ in range(min(model.begun, model.rows))]


def workbook(model: Model, typed: list[str], writes: bool = True) -> tuple[Workbook, Matrix]:
    """The same in a workbook: written from what is typed, or all typed and in matrix form."""
    forward(model, begun_words(model))  # all weights are drawn
    book = Workbook("Written", form=model.form)
    listed = book.words("Listed", model.words)
    table = book.input("E", model.numbers["E"], rows=listed)
    words = book.words("Typed", typed, choices=listed)
    story = words
    if writes:
        story = book.step("Story", xlsxattn.continued(words, model.rows))
    h = book.step("X", xlsxattn.lookup(story, table))
    for layer in range(model.layers):
        W_Q, W_K, W_V, up, down = (
            book.input(f"W_{name}_{layer}", model.numbers[f"{name}{layer}"])
            for name in ("Q", "K", "V", "up", "down")
        )
        Q, K = h @ W_Q, h @ W_K
        if model.rotary:
            Q, K = xlsxattn.rotate(Q, heads=model.heads), xlsxattn.rotate(K, heads=model.key_heads)
        if model.tables:
            attended = side_by_side(book, model, layer, Q, K, h @ W_V)
        else:
            attended = xlsxattn.attention(
                Q, K, h @ W_V, heads=model.heads, key_heads=model.key_heads, mask="causal",
                bias=model.bias or None,
            )  # fmt: skip
        norm = xlsxattn.rms_norm if model.norm == "rms" else xlsxattn.layer_norm
        middle = book.step(f"Layer{layer + 1}_middle", norm(h + attended))
        h = book.step(f"Layer{layer + 1}_out", middle + xlsxattn.relu(middle @ up) @ down)
    U = book.input("U", model.numbers["U"], columns=listed)
    logits = book.step("Logits", h @ U)
    following = book.step("Next", xlsxattn.largest_label(logits))
    if writes:
        book.follow(story, following)
    return book, story


def side_by_side(
    book: Workbook, model: Model, layer: int, Q: Matrix, K: Matrix, V: Matrix
) -> Matrix:
    """Attention in steps in which the heads stand side by side."""
    heads = model.heads, model.key_heads
    scores = book.step(f"Scores_{layer}", xlsxattn.head_scores(Q, K, *heads))
    weights = book.step(f"Weights_{layer}", xlsxattn.head_weights(scores, model.heads))
    return book.step(f"Heads_{layer}", xlsxattn.head_outputs(weights, V, *heads))


def saved_as(book: Workbook, path: Path) -> Saved:
    book.save(path)
    return read(path)


# --- row by row is the matrix form ------------------------------------------------------

PRINTED = pytest.mark.parametrize(
    ("form", "tables"), [("cells", False), ("arrays", False), ("arrays", True)]
)


@pytest.mark.parametrize("model", models(), ids=name_of)
def test_written_as_numpy_writes(model: Model, tmp_path: Path) -> None:
    """Words and numbers, recalculated from nothing: those of the matrix form by hand."""
    path = tmp_path / "written.xlsx"
    saved = saved_as(workbook(model, begun_words(model))[0], path)
    words = written_by_hand(model)
    values = engine("ironcalc")(poison(path, tmp_path / "poisoned.xlsx", saved), [])
    assert values_of(values, saved.names["Story"]) == [[word] for word in words]
    for name, want in forward(model, words).items():
        got = np.array(values_of(values, saved.names[name]), dtype=float)
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12, err_msg=name)


@pytest.mark.parametrize("model", models()[:12], ids=name_of)
def test_nodes_are_those_of_the_matrix_form(model: Model) -> None:
    """Row by row and all at once are the same expressions to NumPy."""
    book, story = workbook(model, begun_words(model))
    words = [str(word) for word in story.value[:, 0]]
    assert words == written_by_hand(model)
    whole, _ = workbook(model, words, writes=False)
    for name in forward(model, words):
        np.testing.assert_allclose(
            book._builder.nodes[name].value, whole._builder.nodes[name].value, rtol=1e-12,
            atol=1e-12,
        )  # fmt: skip


@pytest.mark.parametrize("program", ["libreoffice", "gnumeric"])
@PRINTED
def test_other_engines_write_the_same(
    program: str, form: str, tables: bool, tmp_path: Path
) -> None:
    need({"libreoffice": "soffice", "gnumeric": "ssconvert"}[program])
    model = Model(
        3, layers=2, heads=2, key_heads=1, bias="" if tables else "alibi", rotary=True, rows=7,
        form=form, tables=tables,
    )  # fmt: skip
    path = tmp_path / "written.xlsx"
    saved = saved_as(workbook(model, begun_words(model))[0], path)
    words = written_by_hand(model)
    values = engine(program)(poison(path, tmp_path / "poisoned.xlsx", saved), [])
    assert values_of(values, saved.names["Story"]) == [[word] for word in words]
    for name, want in forward(model, words).items():
        got = np.array(values_of(values, saved.names[name]), dtype=float)
        np.testing.assert_allclose(got, want, rtol=1e-12, atol=1e-12, err_msg=name)


@PRINTED
def test_no_circle(form: str, tables: bool, tmp_path: Path) -> None:
    """No formula reads, over any others, its own cell."""
    model = Model(5, layers=2, heads=2, key_heads=2, rotary=True, rows=5, form=form, tables=tables)
    saved = saved_as(workbook(model, begun_words(model))[0], tmp_path / "written.xlsx")
    order = depth_first(cell_graph(saved))
    assert len(order) > 500


def cell_graph(saved: Saved) -> dict[tuple[str, int, int], set[tuple[str, int, int]]]:
    """Every cell with a formula, and the cells that it reads by the formula's text."""
    references, graph = References(saved), {}
    for title, sheet in saved.sheets.items():
        for cell, formula in sheet.formulas.items():
            area = sheet.arrays.get(cell)
            read_ = {
                (other, row, column)
                for other, (top, bottom, left, right) in references.read_by(formula, title)
                for row in range(top, bottom + 1)
                for column in range(left, right + 1)
            }
            cells = area.cells() if area is not None else [place_of(cell)]
            for row, column in cells:
                graph[title, row, column] = read_
    return graph


def place_of(cell: str) -> tuple[int, int]:
    from openpyxl.utils.cell import column_index_from_string, coordinate_from_string

    letters, row = coordinate_from_string(cell)
    return row, column_index_from_string(letters)


def depth_first(graph: dict[Any, set[Any]]) -> list[Any]:
    """The cells, each after those it reads; AssertionError where they go round."""
    done: dict[Any, bool] = {}
    order = []
    for start in graph:
        pending: list[tuple[Any, Iterator[Any] | None]] = [(start, None)]
        while pending:
            cell, rest = pending.pop()
            if rest is None:
                if done.get(cell):
                    continue
                assert cell not in done, f"{cell} waits for itself"
                done[cell] = False
                rest = iter(graph[cell] & graph.keys())
            for read_ in rest:
                if done.get(read_) is not True:
                    assert read_ not in done, f"{read_} waits for itself"
                    pending += [(cell, rest), (read_, None)]
                    break
            else:
                done[cell] = True
                order.append(cell)
    return order


@PRINTED
def test_an_edited_word_changes_what_follows(form: str, tables: bool, tmp_path: Path) -> None:
    """As a person does it in LibreOffice: nothing stale, and what stands before stays."""
    need_uno()
    model = Model(7, layers=2, heads=2, key_heads=1, rows=7, begun=3, form=form, tables=tables)
    typed = begun_words(model)
    path = tmp_path / "written.xlsx"
    saved = saved_as(workbook(model, typed)[0], path)
    other = next(word for word in WORDS if word != typed[1])
    area = saved.names["Typed"]
    change = (area.sheet, area.part(1, 0).relative, other)
    with Session() as office:
        assert office.stale(path, [change]) == []
        office.open(path)
        office.edit([change])
        shown = office.read()
    want = written_by_hand(model, [typed[0], other, *typed[2:]])
    story = saved.names["Story"]
    assert [shown[story.sheet][row - 1][column - 1] for row, column in story.cells()] == want
    logits = forward(model, want)["Logits"]
    before = forward(model, written_by_hand(model, typed))["Logits"]
    assert np.abs(logits[0] - before[0]).max() < 1e-12 < np.abs(logits[1] - before[1]).max()


def test_a_row_of_a_head_is_one_array(tmp_path: Path) -> None:
    """Side by side, a head has one array a row and step, the softmax too; beyond it, numbers."""
    model = Model(9, heads=2, key_heads=2, rows=6, form="arrays", tables=True)
    saved = saved_as(workbook(model, begun_words(model))[0], tmp_path / "written.xlsx")
    for name in ("Scores_0", "Weights_0", "Heads_0"):
        area = saved.names[name]
        sheet, cells = saved.sheets[area.sheet], set(area.cells())
        own = [cell for cell in sheet.formulas if place_of(cell) in cells]
        alone = [cell for cell in own if cell not in sheet.arrays]
        assert len(own) - len(alone) == model.heads * model.rows
        assert {sheet.formulas[cell].removeprefix("=") for cell in alone} <= {"-1E+30/SQRT(2)"}
    assert not [name for name in saved.names if name.endswith(("RowMax", "RowSum"))]


def test_repeated_words_are_one_array(tmp_path: Path) -> None:
    """Written words label the rows of every step: in one array, where they are arrays."""
    model = Model(9, rows=6, form="arrays")
    saved = saved_as(workbook(model, begun_words(model))[0], tmp_path / "written.xlsx")
    area = saved.names["Logits"]
    label = area.part(0, -1)
    assert saved.sheets[area.sheet].arrays[label.relative].shape == (model.rows, 1)


class Counted(Elementwise):
    """A sum that counts the rows that it is computed for."""

    rows_computed = 0

    def compute(self, *values: Any) -> Any:
        Counted.rows_computed += len(values[0])
        return super().compute(*values)


@pytest.mark.parametrize("by_row", [True, False])
def test_each_row_is_computed_once(by_row: bool) -> None:
    """Then all are once more; without a way by rows, all of them each time."""
    rows = 40
    numbers = Continued(Input("N", np.array([[1.0], [2.0]])), rows)
    Counted.rows_computed = 0
    above: Matrix = Counted("add", numbers, 1)
    if not by_row:  # of parts one under another, no row is known to be of a row
        above = Joined("rows", [above[:1], above[1:]])
    numbers.follow(above, [])
    assert numbers.value[:, 0].tolist() == [1.0, *range(2, rows + 1)]
    once = (rows - 1) + rows
    assert (Counted.rows_computed == once) if by_row else (Counted.rows_computed > 10 * once)


@pytest.mark.parametrize("form", ["cells", "arrays"])
def test_check_is_well(form: str, tmp_path: Path) -> None:
    """The passes of check know what is written: reference, liveness, freshness."""
    text = replaced("format = 1\n", f'format = 1\nform = "{form}"\n', WRITING)
    report = check(build_text(text, tmp_path / "written.xlsx"))
    assert report.problems == []
    assert [claim.ok for claim in report.claims] == [True, True]


@pytest.mark.parametrize("form", ["cells", "arrays"])
def test_check_of_heads_side_by_side(form: str, tmp_path: Path) -> None:
    """The reference works the three tables out from their notation, and finds them right."""
    one = """name = "Seen"
formula = "attention(X, X, X, mask='causal')"
"""
    tables = """name = "Scores"
formula = "head_scores(X, X, 3)"

[[steps]]
name = "Weights"
formula = "head_weights(Scores, 3)"

[[steps]]
name = "Seen"
formula = "head_outputs(Weights, X, 3)"
"""
    text = replaced("format = 1\n", f'format = 1\nform = "{form}"\n', WRITING)
    report = check(build_text(replaced(one, tables, text), tmp_path / "written.xlsx"))
    assert report.problems == []
    assert report.reference == "numpy"
    assert {"Scores", "Weights", "Seen"} <= {step.name for step in report.steps}


# --- gradients --------------------------------------------------------------------------


def test_gradients_are_those_of_the_typed_words() -> None:
    """What is written is a constant to a gradient: the words are what they are."""
    model = Model(11, layers=2, heads=2, key_heads=2, rows=5)
    book, story = workbook(model, begun_words(model))
    words = [str(word) for word in story.value[:, 0]]
    whole, _ = workbook(model, words, writes=False)
    found = []
    for one in (book, whole):
        nodes = one._builder.nodes
        weights = [nodes[f"W_{name}_{layer}"] for name in ("Q", "V", "up") for layer in (0, 1)]
        loss = xlsxattn.total(nodes["Logits"] ** 2)
        found.append([g.value for g in xlsxattn.gradients(loss, [*weights, nodes["E"]])])
    for written, typed in zip(*found, strict=True):
        np.testing.assert_allclose(written, typed, rtol=1e-12, atol=1e-12)
        assert np.abs(typed).max() > 0


# --- what is refused --------------------------------------------------------------------


@dataclass
class Begun:
    """A story over four rows, and what it is read as."""

    book: Workbook
    story: Matrix
    X: Matrix


def begun() -> Begun:
    book = Workbook("Refused")
    listed = book.words("Listed", ["a", "b"])
    table = book.input("E", [[1.0, 0.5], [0.25, 1.0]], rows=listed)
    words = book.words("Typed", ["a"], choices=listed)
    story = book.step("Story", xlsxattn.continued(words, 4))
    return Begun(book, story, book.step("X", xlsxattn.lookup(story, table)))


def closed(one: Begun, logits: Matrix) -> None:
    step = one.book.step("Logits", logits, columns=["a", "b"])
    one.book.follow(one.story, one.book.step("Next", xlsxattn.largest_label(step)))


@pytest.mark.parametrize(
    ("reads", "named"),
    [
        (lambda X: xlsxattn.attention(X, X, X), "Scores"),
        (lambda X: xlsxattn.attention(X, X, X, mask="window"), "Scores"),
        (lambda X: X + xlsxattn.column_mean(X), "ColumnMean"),
        (lambda X: X / xlsxattn.total(X), "Total"),
        (lambda X: xlsxattn.stack(X[1:], X[:1]), "Logits"),
        (lambda X: X @ (X.T @ X), "Logits_Product"),
        (lambda X: xlsxattn.stack(X[3:], X[:3]) * 2, "Joined"),
    ],
)
def test_a_later_row_is_refused_by_name(reads: Any, named: str) -> None:
    one = begun()
    with pytest.raises(FormulaError, match=rf"Story: \w*({named})\w*: expected") as error:
        closed(one, reads(one.X))
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "reads",
    [
        lambda X: xlsxattn.attention(X, X, X, mask="causal"),
        lambda X: xlsxattn.softmax(xlsxattn.causal(X @ X.T)) @ X,
        lambda X: xlsxattn.causal(X @ X.T, 0) @ X,
        lambda X: X - xlsxattn.row_mean(X),
        lambda X: xlsxattn.beside(X[:, 1], X[:, 0]),
        lambda X: X * xlsxattn.row_numbers(X),
    ],
)
def test_earlier_rows_are_accepted(reads: Any, tmp_path: Path) -> None:
    one = begun()
    closed(one, reads(one.X))
    one.book.save(tmp_path / "accepted.xlsx")
    assert check(tmp_path / "accepted.xlsx").problems == []


def test_what_cannot_be_followed() -> None:
    one = begun()
    number = one.book.step("Sums", xlsxattn.row_sum(one.X))
    for follows in (number, one.X):
        with pytest.raises(ShapeError, match=r"^Story: continued: expected texts of 4×1 to foll"):
            one.book.follow(one.story, follows)
    with pytest.raises(ContentError, match="expected a continued step"):
        one.book.follow(one.X, one.X)
    with pytest.raises(ContentError, match="of this workbook"):
        one.book.follow(one.story, begun().X)
    closed(one, one.X)
    with pytest.raises(ContentError, match="expected a continued step"):
        one.book.follow(one.story, one.book._builder.nodes["Next"])


def test_a_loop_must_be_closed(tmp_path: Path) -> None:
    one = begun()
    with pytest.raises(ContentError, match=r"^Story: expected a step that it follows, got none"):
        one.book.save(tmp_path / "open.xlsx")
    assert not (tmp_path / "open.xlsx").exists()


def test_continued_is_a_step_of_its_own() -> None:
    book = Workbook("Part")
    words = book.words("Typed", ["a"])
    book.input("E", [[1.0]], rows=words)
    with pytest.raises(FormulaError, match="expected a step of its own"):
        book.step("Same", xlsxattn.continued(words, 3).equal("a" and words[0]))
    with pytest.raises(ShapeError, match="expected 1 to 2 rows"):
        xlsxattn.continued(book.words("More", ["a", "b", "c"]), 2)


def test_numbers_are_written_too(tmp_path: Path) -> None:
    """Each row is the one above, doubled, and one more."""
    book = Workbook("Numbers")
    first = book.input("First", [[1.0]], title="first", rows=["start"])
    numbers = book.step("Numbers", xlsxattn.continued(first, 5))
    book.follow(numbers, book.step("Following", numbers * 2 + 1))
    assert numbers.value[:, 0].tolist() == [1, 3, 7, 15, 31]
    book.save(tmp_path / "numbers.xlsx")
    values = engine("ironcalc")(tmp_path / "numbers.xlsx", [])
    saved = read(tmp_path / "numbers.xlsx")
    assert values_of(values, saved.names["Numbers"]) == [[1.0], [3.0], [7.0], [15.0], [31.0]]


# --- lessons ----------------------------------------------------------------------------

WRITING = """\
format = 1
title = "Writing on"

[vocabulary]
columns = { animal = "animal", action = "action", end = "end" }
[vocabulary.words]
cat = [1.0, 0.0, 0.0]
mouse = [0.9, 0.0, 0.0]
sleeps = [0.0, 1.0, 0.0]
"." = [0.0, 0.0, 1.0]

[[words]]
name = "Beginning"
title = "beginning"
words = ["mouse"]

[weights]
W_next = [[0, 1, 0], [0, 0, 1], [1, 0, 0]]

[[steps]]
name = "Story"
formula = "continued(Beginning, 6)"
follows = "Next"

[[steps]]
name = "X"
formula = "lookup(Story, Vocabulary)"

[[steps]]
name = "Seen"
formula = "attention(X, X, X, mask='causal')"

[[steps]]
name = "Logits"
formula = "(X @ W_next + 0.1 * Seen) @ Vocabulary.T"

[[steps]]
name = "Next"
formula = "largest_label(Logits)"

[[claims]]
name = "sleeps"
text = "After the animal comes what it does."
holds = 'Next[0] == "sleeps"'

[[claims]]
name = "another"
text = "Another beginning leaves it at that."
change = { "Beginning[0]" = "cat" }
then = 'Next[0] == "sleeps"'
"""


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('follows = "Next"', 'follows = "Nxt"', "steps.Story.follows: expected the name of a step"),
        ('follows = "Next"', 'follows = "Logits"', "expected texts of 6×1 to follow"),
        ('follows = "Next"\n', "", "Story: expected a step that it follows, got none"),
        ("mask='causal'", "mask='window'", "steps.Story.follows: Story: Seen_Scores: expected"),
        ("Beginning, 6", "Beginning, 0", "expected 1 to 0 rows"),
        ('words = ["mouse"]', 'words = ["mose"]', "words.Beginning.words: expected words of the"),
        ('words = ["mouse"]', "", "words.Beginning: expected either a word or words, got neither"),
        ('name = "X"', 'name = "X"\nfollows = "Next"', "expected a continued step"),
    ],
)
def test_refused_lessons(old: str, new: str, message: str, tmp_path: Path) -> None:
    with pytest.raises(XlsxattnError, match=message.replace("(", r"\(")) as error:
        build_text(replaced(old, new, WRITING), tmp_path / "refused.xlsx")
    assert isinstance(error.value, (LessonError, ContentError))
    assert "\n" not in str(error.value)
    assert not (tmp_path / "refused.xlsx").exists()


def test_words_that_stand_nowhere(tmp_path: Path) -> None:
    text = replaced("continued(Beginning, 6)", "continued(Other, 6)", WRITING)
    text += '[[words]]\nname = "Other"\ntitle = "other"\nwords = ["cat"]\n'
    with pytest.raises(LessonError, match=r"words.Beginning: expected a step with these words"):
        build_text(text, tmp_path / "refused.xlsx")


# --- what a row sees --------------------------------------------------------------------


def test_hidden_products_end_at_the_diagonal() -> None:
    rng = RandomState(0)
    A, B = (Input(name, rng.standard_normal((4, 4))) for name in "AB")
    column, row = xlsxattn.column_numbers(A), xlsxattn.row_numbers(A)
    for other, ends in ((-1e30, is_masked_beyond), (0, is_zero_beyond)):
        masked = xlsxattn.where(column <= row, A @ B.T / 2 + 1, other)
        seen = seen_rows(masked)
        assert ends(seen)
        below = np.tri(4) == 1
        np.testing.assert_array_equal(seen.value[below], masked.value[below])
        np.testing.assert_array_equal(
            xlsxattn.softmax(seen).value, xlsxattn.softmax(masked).value
        )  # fmt: skip


def test_what_reads_whole_rows_stays_whole() -> None:
    A = Input("A", RandomState(1).standard_normal((3, 3)))
    scores = A @ A.T
    column, row = xlsxattn.column_numbers(A), xlsxattn.row_numbers(A)
    masked = xlsxattn.where(column <= row, scores - xlsxattn.row_max(scores), -1e30)
    below = np.tri(3) == 1
    np.testing.assert_array_equal(seen_rows(masked).value[below], masked.value[below])


@pytest.mark.parametrize("beyond", [-1e30, 0.0])
def test_causal(beyond: float) -> None:
    A = Input("A", RandomState(2).standard_normal((3, 3)))
    want = np.where(np.tri(3) == 1, A.value, beyond)
    np.testing.assert_array_equal(Causal(A, beyond).value, want)
    (gradient,) = xlsxattn.gradients(xlsxattn.total(Causal(A, beyond) * 2), [A])
    np.testing.assert_array_equal(gradient.value, np.tri(3) * 2)
    with pytest.raises(ShapeError, match="expected as many columns as rows"):
        Causal(Number(1, (2, 3)))


def test_continued_before_and_after_it_is_closed() -> None:
    words = Words("W", ["a", "b"])
    rows = Continued(words, 4)
    assert rows.value[:, 0].tolist() == ["a", "b", "b", "b"]
