"""Blocks: steps that are written once and used several times, against NumPy by hand."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner
from numpy.typing import NDArray
from tools import (
    SMALL,
    assert_recalculated,
    build_text,
    cell_of,
    convert,
    need,
    poison,
    replaced,
    values_of,
)

from xlsxattn import lesson as files
from xlsxattn.build import build
from xlsxattn.check import check
from xlsxattn.cli import main
from xlsxattn.compose import compose
from xlsxattn.engines import engine
from xlsxattn.errors import LessonError
from xlsxattn.labels import label_text
from xlsxattn.lesson import WeightSource
from xlsxattn.lesson.blocks import MAX_USES, built_in_blocks
from xlsxattn.naming import tail_of
from xlsxattn.outline import Block, Outline
from xlsxattn.saved import Saved, read, read_values

Array = NDArray[np.float64]

#: Two layers over two sentences; the tests change a line of it at a time.
TWO = """\
format = 1
title = "Two layers"

[vocabulary]
columns = { animal = "animal", device = "device", link = "link", mood = "mood" }
[vocabulary.words]
cat = [2.0, 0.0, 0.0, 0.5]
keyboard = [0.0, 2.0, 0.0, 0.5]
and = [0.0, 0.0, 1.0, 0.0]
mouse = [1.2, 1.2, 0.0, 0.0]

[[contexts]]
id = "cat"
title = "with a cat"
words = ["cat", "and", "mouse"]

[[contexts]]
id = "keyboard"
title = "with a keyboard"
words = ["keyboard", "and", "mouse"]

[weights]
gain_attention = [[1.5, 0.5, 1.0, 1.0]]

[[steps]]
name = "Layer_1"
use = "encoder_block"
from = "X"
numbers = { heads = 2, hidden = 6 }
weights = { seed = 3 }

[[steps]]
name = "Layer_2"
title = "Second layer"
use = "encoder_block"
from = "Layer_1"
numbers = { heads = 2, hidden = 6 }
weights = { seed = 4 }
folded = true
"""
GAIN = np.array([[1.5, 0.5, 1.0, 1.0]])
SENTENCES = {
    "cat": np.array([[2.0, 0, 0, 0.5], [0, 0, 1, 0], [1.2, 1.2, 0, 0]]),
    "keyboard": np.array([[0, 2.0, 0, 0.5], [0, 0, 1, 0], [1.2, 1.2, 0, 0]]),
}

#: A small block of one's own; its weight may come from anywhere.
OWN = """\
format = 1
title = "Own"

[[inputs]]
name = "A_in"
values = [[1, 2], [3, 4], [5, 6]]

[blocks.double]
parameters = ["M"]
numbers = { times = 2, wide = "columns(M) + times" }
[blocks.double.weights]
W_in = ["columns(M)", "wide"]
[[blocks.double.steps]]
name = "Product"
formula = "M @ W_in"
[[blocks.double.steps]]
name = "Doubled"
formula = "Product * times"

[[steps]]
name = "Once"
use = "double"
from = "A_in"
weights = { seed = 5 }
"""
A_IN = np.array([[1.0, 2], [3, 4], [5, 6]])


def outline(text: str, folder: Path, language: str = "en") -> Outline:
    """What a lesson is told as."""
    path = folder / "lesson.toml"
    path.write_text(text, encoding="utf-8")
    return compose(files.load(path, language), language)


def found(path: Path, name: str, saved: Saved | None = None) -> Array:
    """The stored values of a named matrix."""
    saved = saved or read(path)
    stored = {title: sheet.values for title, sheet in saved.sheets.items()}
    return np.array(values_of(stored, saved.names[name]), dtype=float)


def refused(text: str, folder: Path) -> str:
    """The message of a lesson that is refused, in one line, and nothing is written."""
    with pytest.raises(LessonError) as caught:
        build_text(text, folder / "refused.xlsx")
    assert not (folder / "refused.xlsx").exists()
    message = str(caught.value)
    assert "\n" not in message
    return message


# --- the layers by hand -------------------------------------------------------------------


def drawn(seed: int, index: int, rows: int, columns: int) -> Array:
    """A weight as the guide says that it is drawn."""
    numbers = np.random.RandomState([seed, index]).standard_normal((rows, columns))
    return np.asarray(np.round(numbers * rows**-0.5, 2))


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(axis=1, keepdims=True))
    return np.asarray(e / e.sum(axis=1, keepdims=True))


def normed(x: Array, gain: Array | float) -> Array:
    centred = x - x.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.sqrt(x.var(axis=1, keepdims=True) + 1e-5) * gain)


def attended(Q: Array, K: Array, V: Array, heads: int, causal: bool = False) -> Array:
    outputs, width = [], Q.shape[1] // heads
    for h in range(heads):
        own = slice(h * width, (h + 1) * width)
        scores = Q[:, own] @ K[:, own].T / np.sqrt(width)
        if causal:
            scores = np.where(np.tri(*scores.shape) == 1, scores, -1e30)
        outputs.append(softmax(scores) @ V[:, own])
    return np.hstack(outputs)


def encoded(x: Array, seed: int, gain: Array | float = 1.0, residual: int = 1) -> Array:
    """An encoder layer of two heads and six hidden units, its biases 0."""
    W = {name: drawn(seed, index, 4, 4) for name, index in zip("QKVO", (0, 2, 4, 6), strict=True)}
    found = attended(x @ W["Q"], x @ W["K"], x @ W["V"], 2) @ W["O"]
    x = normed(residual * x + found, gain)
    hidden = np.maximum(x @ drawn(seed, 10, 4, 6), 0)
    return normed(residual * x + hidden @ drawn(seed, 12, 6, 4), 1.0)


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The workbook of two layers over two sentences."""
    return build_text(TWO, tmp_path_factory.mktemp("blocks") / "two.xlsx")


def test_two_layers(two: Path) -> None:
    """Both layers of both sentences are what NumPy computes by hand, with weights of their own."""
    for context, X in SENTENCES.items():
        first = encoded(X, 3, GAIN)
        assert np.allclose(found(two, f"Layer_1_{context}"), first, rtol=0, atol=1e-12)
        second = encoded(first, 4, GAIN)
        assert np.allclose(found(two, f"Layer_2_{context}"), second, rtol=0, atol=1e-12)


def test_check(two: Path, tmp_path: Path) -> None:
    """IronCalc agrees with the reference, from formulas alone; a constant is found."""
    path = poison(two, tmp_path / "poisoned.xlsx")
    values = engine("ironcalc")(path, [])
    area = read(two).names["Layer_2_cat"]
    assert np.allclose(values_of(values, area), found(two, "Layer_2_cat"), rtol=0, atol=1e-12)
    report = check(two)
    assert report.problems == [] and report.reference == "numpy"
    assert {step.name for step in report.steps} >= {"Layer_2_cat", "Scores_layer2_head1_keyboard"}


def test_array_formulas(tmp_path: Path) -> None:
    """Large blocks are array formulas, with the same numbers."""
    text = replaced('title = "Two layers"', 'title = "Two layers"\nform = "arrays"', TWO)
    path = build_text(text, tmp_path / "arrays.xlsx")
    assert any(sheet.arrays for sheet in read(path).sheets.values())
    assert check(path).problems == []


def test_a_lesson_without_its_block(tmp_path: Path) -> None:
    """One that was not completed, as in a damaged workbook, is refused in one line."""
    lesson = files.load(build_text(TWO, tmp_path / "two.xlsx").with_suffix(".toml"), "en")
    lesson.blocks.clear()
    with pytest.raises(LessonError, match=r"steps\.Layer_1\.use: expected a block of the lesson"):
        files.validate(lesson, "en")


def test_libreoffice(two: Path, tmp_path: Path) -> None:
    """So does LibreOffice."""
    path = poison(two, tmp_path / "two.xlsx")
    folder = convert([path], "xlsx:Calc MS Excel 2007 XML", tmp_path)
    assert_recalculated(read(two), read_values(folder / path.name))


def test_gnumeric(two: Path, tmp_path: Path) -> None:
    """So does Gnumeric."""
    need("ssconvert")
    path = poison(two, tmp_path / "two.xlsx")
    assert_recalculated(read(two), engine("gnumeric")(path, []))


def test_switches(two: Path) -> None:
    """One cell for all uses turns the residual connections off."""
    off = (*cell_of(two, "Residual_on"), 0.0)
    values = engine("ironcalc")(two, [off])
    expected = encoded(encoded(SENTENCES["cat"], 3, GAIN, 0), 4, GAIN, 0)
    shown = values_of(values, read(two).names["Layer_2_cat"])
    assert np.allclose(shown, expected, rtol=0, atol=1e-10)


DECODER = """\
format = 1
title = "Decoder"

[[inputs]]
name = "Source"
values = [[1, 0, 0.5], [0, 1, -0.5]]
[[inputs]]
name = "Target"
values = [[1, 0.2, 0.5, 0], [0, 0.1, 1, 0.3], [0.1, 1, 0, 0.8]]

[[steps]]
name = "Out"
use = "decoder_block"
from = { X = "Target", source = "Source" }
numbers = { hidden = 6 }
weights = { seed = 9 }
"""


def test_decoder_block(tmp_path: Path) -> None:
    """Masked self-attention, attention to the source, the network; all that is not drawn fills."""
    path = build_text(DECODER, tmp_path / "decoder.xlsx")
    x = np.array([[1, 0.2, 0.5, 0], [0, 0.1, 1, 0.3], [0.1, 1, 0, 0.8]])
    source = np.array([[1, 0, 0.5], [0, 1, -0.5]])
    Q, K, V, O = (drawn(9, index, 4, 4) for index in (0, 2, 4, 6))  # noqa: E741
    x = normed(x + attended(x @ Q, x @ K, x @ V, 2, causal=True) @ O, 1)
    Q, O = drawn(9, 10, 4, 4), drawn(9, 16, 4, 4)  # noqa: E741
    K, V = drawn(9, 12, 3, 4), drawn(9, 14, 3, 4)
    x = normed(x + attended(x @ Q, source @ K, source @ V, 2) @ O, 1)
    x = normed(x + np.maximum(x @ drawn(9, 20, 4, 6), 0) @ drawn(9, 22, 6, 4), 1)
    assert np.allclose(found(path, "Out"), x, rtol=0, atol=1e-12)
    names = read(path).names
    assert {"Scores_out_head1", "Cross_Scores_out_head1", "Masked_out_head2"} <= names.keys()
    assert check(path).problems == []


def test_built_in_blocks() -> None:
    """They come with the package, and are no lessons; a lesson carries those that it uses."""
    folder = files.template_folder() / "blocks"
    assert built_in_blocks(folder) == ["decoder_block", "encoder_block"]
    assert not {*built_in_blocks(folder)} & {*files.template_names()}


# --- names and places ---------------------------------------------------------------------


def test_names(two: Path) -> None:
    """Matrix, block, head, context; the result has the name of the use, and settings have none."""
    assert (tail_of("Layer_2"), tail_of("")) == ("_layer2", "")
    names = read(two).names
    assert {
        "X_cat", "Q_layer1_cat", "Scores_layer1_head1_cat", "Attention_layer2_head2_keyboard",
        "Exponentials_layer1_head1_cat", "Exponentials_RowSum_layer1_head1_cat",
        "Hidden_layer2_cat", "Normed_layer1_keyboard", "Added_forward_RowMean_layer1_cat",
        "Layer_1_cat", "Layer_2_keyboard", "W_Q_layer1", "W_Q_layer2", "gain_attention",
        "Residual_on", "Norm_on",
    } <= names.keys()  # fmt: skip
    assert "gain_attention_layer1" not in names


def test_contexts_side_by_side(tmp_path: Path) -> None:
    """One band for both sentences, which stand under their titles; weights stand there once."""
    told = outline(TWO, tmp_path)
    bands = {band.key: band for band in told.bands}
    for key in ("Q_layer1", "Scores_layer1_head1", "Layer_1", "Layer_2"):
        assert len(bands[key].lanes) == 2, key
        captions = [lane[0].caption for lane in bands[key].lanes]
        assert captions == ["with a cat", "with a keyboard"]
    assert bands["Scores_layer1_head1"].title == "Scores · Layer 1 · head 1"
    assert bands["Q_layer1"].mathematics == "X · W_Q + b_Q"
    assert bands["Q_layer2"].mathematics == "Layer_1 · W_Q + b_Q"
    assert bands["W_layer1"].title == "Weights · Layer 1"
    assert sum(bool(re.fullmatch(r"W_layer1(_\d+)?", band.key)) for band in told.bands) == 8


def test_heads_side_by_side(tmp_path: Path) -> None:
    """With one sentence, the heads of a step stand beside each other."""
    alone = TWO[: TWO.index('[[contexts]]\nid = "keyboard"')] + TWO[TWO.index("[weights]") :]
    bands = {band.key: band for band in outline(alone, tmp_path).bands}
    assert bands["Scores_layer1"].title == "Scores · Layer 1"
    captions = [lane[0].caption for lane in bands["Scores_layer1"].lanes]
    assert captions == ["head 1", "head 2"]
    assert bands["Scores_layer1"].tone == bands["Attention_layer1"].tone == "scores"
    assert bands["Scores_layer1"].mathematics == "Q₁ K₁ᵀ,  …"


def test_folded(two: Path, tmp_path: Path) -> None:
    """Its steps are on a sheet that is not printed, the result is on the page, with a link."""
    names = read(two).names
    assert names["Layer_2_cat"].sheet == names["Layer_1_cat"].sheet == "Two layers"
    inside = ("Hidden_layer2_cat", "W_Q_layer2", "Scores_layer2_head1_cat", "b_back_layer2")
    assert {names[name].sheet for name in inside} == {"Second layer"}
    assert names["Hidden_layer1_cat"].sheet == "Two layers"
    told = outline(TWO, tmp_path)
    band = next(band for band in told.bands if band.key == "Layer_2")
    assert (band.title, band.links, band.sheet) == ("Second layer", ["Second layer"], "")
    assert band.mathematics == "Encoder layer (Layer_1)" and band.note
    full = build_text(replaced("folded = true\n", "", TWO), tmp_path / "full.xlsx")
    assert {area.sheet for area in read(full).names.values()} == {"Two layers"}
    for name in ("Layer_2_cat", "Hidden_layer2_keyboard"):
        assert np.array_equal(found(full, name), found(two, name))


NESTED = (
    OWN
    + """folded = true

[blocks.pair]
[[blocks.pair.steps]]
name = "First"
use = "double"
from = "X"
numbers = { wide = 2 }
[[blocks.pair.steps]]
name = "Second"
use = "double"
from = "First"

[[steps]]
name = "Both"
use = "pair"
from = "Once"
weights = { seed = 6 }
"""
)


@pytest.mark.parametrize("folded", [False, True])
def test_blocks_inside_blocks(folded: bool, tmp_path: Path) -> None:
    """Their names have both uses; the seed of the outer one serves all; the last one's result
    is that of both."""
    path = build_text(NESTED + "folded = true\n" * folded, tmp_path / "nested.xlsx")
    once = 2 * A_IN @ drawn(5, 0, 2, 4)
    first = 2 * once @ drawn(6, 0, 4, 2)
    assert np.array_equal(found(path, "W_in_both_first"), drawn(6, 0, 4, 2))
    assert np.allclose(found(path, "First_both"), first, rtol=0, atol=1e-12)
    second = 2 * first @ drawn(6, 1, 2, 4)
    assert np.allclose(found(path, "Both"), second, rtol=0, atol=1e-12)
    names = read(path).names
    assert names["Both"].sheet == "Own"
    assert names["Product_both_second"].sheet == ("Both" if folded else "Own")
    assert check(path).problems == []


def test_a_block_with_everything(tmp_path: Path) -> None:
    """Tables of rows, columns beside and guests next to a step work in a block as outside."""
    more = """[[blocks.double.steps]]
name = "Ends"
title = "Ends"
rows = [
  { name = "Top", formula = "Product[0]", label = "first" },
  { name = "Bottom", formula = "Product[2]", label = "last" },
]
[[blocks.double.steps]]
name = "Half"
formula = "Product[:, 0] / 2"
title = "half"
beside = "Product"
[[blocks.double.steps]]
name = "Doubled"
"""
    text = replaced('[[blocks.double.steps]]\nname = "Doubled"\n', more, OWN)
    path = build_text(text, tmp_path / "more.xlsx")
    product = A_IN @ drawn(5, 0, 2, 4)
    assert np.allclose(found(path, "Ends_once"), product[[0, 2]], rtol=0, atol=1e-12)
    assert np.allclose(found(path, "Bottom_once"), product[[2]], rtol=0, atol=1e-12)
    assert np.allclose(found(path, "Half_once"), product[:, :1] / 2, rtol=0, atol=1e-12)
    assert check(path).problems == []


# --- weights ------------------------------------------------------------------------------

SEED = "weights = { seed = 5 }\n"
W_IN = np.arange(8.0).reshape(2, 4) / 4
TYPED = f'[weights]\n{{}} = {W_IN.tolist()}\n\n[[steps]]\nname = "Once"'
STEP = '[[steps]]\nname = "Once"'


def own_with(weight: str, source: str, block: str = "") -> str:
    """The small lesson with a typed weight, another source in its use and more in its block."""
    text = replaced(SEED, source, OWN)
    text = replaced('parameters = ["M"]\n', f'parameters = ["M"]\n{block}', text)
    return replaced(STEP, TYPED.format(weight), text) if weight else text


@pytest.mark.parametrize(
    ("text", "name", "expected"),
    [
        (own_with("W_in_once", SEED), "W_in_once", W_IN),
        (own_with("W_in_once", "", "shared = { seed = 7 }\n"), "W_in_once", W_IN),
        (own_with("", SEED, "shared = { seed = 7 }\n"), "W_in_once", drawn(5, 0, 2, 4)),
        (own_with("", "", "shared = { seed = 7 }\n"), "W_in_double", drawn(7, 0, 2, 4)),
        (own_with("W_in_double", ""), "W_in_double", W_IN),
        (own_with("W_in", ""), "W_in", W_IN),
        (
            replaced('["columns(M)", "wide"]', '{ rows = 2, columns = "wide", fill = 3 }',
                     own_with("", "")),
            "W_in_once", np.full((2, 4), 3.0),
        ),
    ],
)  # fmt: skip
def test_which_weights(text: str, name: str, expected: Array, tmp_path: Path) -> None:
    """The most special ones that there are."""
    path = build_text(text, tmp_path / "own.xlsx")
    assert np.array_equal(found(path, name), expected)
    assert np.allclose(found(path, "Once"), 2 * A_IN @ expected, rtol=0, atol=1e-12)
    assert check(path).problems == []


@pytest.mark.parametrize("array", ["W_in_once", "W_in"])
def test_weights_of_a_file(array: str, tmp_path: Path) -> None:
    """They stand in the cells; the workbook carries file, array, shape and digest."""
    np.savez(tmp_path / "own.npz", **{array: W_IN})
    path = build_text(own_with("", 'weights = { file = "own.npz" }\n'), tmp_path / "own.xlsx")
    (tmp_path / "own.npz").unlink()
    assert np.array_equal(found(path, "W_in_once"), W_IN)
    carried = read(path).carried
    assert carried is not None
    source = carried.lessons[0].lesson.weights["W_in_once"]
    assert isinstance(source, WeightSource)
    assert (source.file, source.rows, source.columns) == ("own.npz", 2, 4)
    assert (source.array or "W_in_once") == array and len(source.digest) == 16
    assert check(path).problems == []


def test_shared_weights_of_a_file(tmp_path: Path) -> None:
    """All uses of a block have one set of cells."""
    np.savez(tmp_path / "own.npz", W_in=W_IN)
    twice = own_with("", "", 'shared = { file = "own.npz" }\n') + STEP.replace("Once", "Again")
    path = build_text(twice + '\nuse = "double"\nfrom = "A_in"\n', tmp_path / "own.xlsx")
    assert [name for name in read(path).names if name.startswith("W_in")] == ["W_in_double"]
    assert np.array_equal(found(path, "Again"), found(path, "Once"))
    titles = [
        band.title for band in compose(files.load(path.with_suffix(".toml"), "en"), "en").bands
    ]
    assert "Weights · double" in titles and "Weights · Once" not in titles


FILE = 'weights = { file = "own.npz" }\n'


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({}, "steps.Once.weights: own.npz: expected an array W_in_once or W_in, got none"),
        ({"W_in": W_IN.T}, "steps.Once.weights: expected W_in_once of 2×4, got 4×2"),
        ({"W_in": W_IN * np.nan}, "own.npz: expected finite numbers in W_in, got others"),
        ({"W_in": W_IN[0]}, "own.npz: expected W_in to be a matrix of numbers"),
    ],
)
def test_bad_files(arrays: dict[str, Array], message: str, tmp_path: Path) -> None:
    """A file that does not fit gets one line that names the weight."""
    np.savez(tmp_path / "own.npz", **arrays)
    assert message in refused(own_with("", FILE), tmp_path)


def test_no_file(tmp_path: Path) -> None:
    """Likewise for one that is not there, damaged, or out of the lesson's folder."""
    assert "own.npz: expected a file of weights, got no such file" in refused(
        own_with("", FILE), tmp_path
    )
    (tmp_path / "own.npz").write_bytes(b"PK no archive")
    assert "expected a .npz file of arrays, got" in refused(own_with("", FILE), tmp_path)
    outside = own_with("", FILE.replace("own.npz", "../own.npz"))
    assert "expected a .npz file in the lesson's folder" in refused(outside, tmp_path)


def test_files_come_with_a_copy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`new --from` puts the files of uses and blocks beside its copy."""
    templates = tmp_path / "templates"
    (templates / "weights").mkdir(parents=True)
    np.savez(templates / "weights" / "a.npz", W_in=W_IN)
    np.savez(templates / "weights" / "b.npz", W_in=W_IN)
    sources = 'weights = { file = "weights/a.npz" }\n', 'shared = { file = "weights/b.npz" }\n'
    (templates / "mine.toml").write_text(own_with("", *sources), encoding="utf-8")
    for module in ("xlsxattn.lesson.files", "xlsxattn.new.copied"):
        monkeypatch.setattr(f"{module}.template_folder", lambda: templates)
    monkeypatch.setattr("xlsxattn.new.copied.lesson_names", lambda: ["mine"])
    target = tmp_path / "copy" / "own.toml"
    result = CliRunner().invoke(main, ["new", "--from", "mine", "-o", str(target)])
    assert result.exit_code == 0, result.output
    copied = {path.name for path in (target.parent / "weights").iterdir()}
    assert copied == {"a.npz", "b.npz"}
    build(str(target), tmp_path / "built.xlsx")


# --- what is wrong ------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('use = "double"', 'use = "dubble"', "steps.Once.use: expected 'double', got 'dubble'"),
        ('from = "A_in"', 'from = "B_in"',
         "steps.Once.from: expected the name of an input or an earlier step, got 'B_in'"),
        ('from = "A_in"\n', "", "steps.Once.from: expected a matrix for M, got none"),
        ('from = "A_in"', "from = 3", "steps[0].from: expected a text or a table, got 3"),
        ('from = "A_in"', 'from = { X = "A_in" }',
         "steps.Once.from: expected a matrix for M, got X"),
        ('from = "A_in"', 'from = { M = "A_in", X = "A_in" }',
         "steps.Once.from: expected a matrix for M, got M and X"),
        ('parameters = ["M"]', 'parameters = ["M", "Z"]',
         "steps.Once.from: expected a table with M and Z, got the name 'A_in'"),
        ('parameters = ["M"]', "parameters = []",
         "blocks.double.parameters: expected at least one, got none"),
        (SEED, "numbers = { time = 3 }\n" + SEED,
         "steps.Once.numbers: expected one of times, wide, got 'time'"),
        (SEED, 'numbers = { times = "M" }\n' + SEED,
         "steps.Once.numbers.times: 'M': expected one number, got 3×2 of them"),
        (SEED, 'numbers = { wide = 2.5 }\n' + SEED,
         "blocks.double.weights.W_in: 'wide': expected a whole number above 0, got 2.5"),
        (SEED, "numbers = { wide = 1e9 }\n" + SEED,
         "blocks.double.weights.W_in: expected at most 16777216 numbers, got 2×1000000000 of"),
        (SEED, SEED + '[blocks.plain]\nshared = { seed = 1 }\n[[blocks.plain.steps]]\n'
         'name = "S"\nformula = "X * 2"\n',
         "blocks.plain.shared: expected weights of the block to share, got none"),
        (SEED, SEED + '[[steps]]\nname = "P"\nuse = "plain"\nfrom = "Once"\n' + SEED
         + '[blocks.plain]\n[[blocks.plain.steps]]\nname = "S"\nformula = "X * 2"\n',
         "steps.P.weights: expected a block with weights, got 'plain', which has none"),
        (SEED, "", "steps.Once.weights: expected W_in_once from a file or a seed, or W_in in"),
        (SEED, "weights = {}\n",
         "steps.Once.weights: expected a file or a seed, got neither"),
        (SEED, SEED + 'formula = "A_in"\n',
         "steps.Once: expected a use without formula, got one with it"),
        (SEED, SEED + 'beside = "A_in"\n', "steps.Once: expected a use without beside"),
        ('use = "double"\n', "", "steps.Once.use: expected a block beside from, got none"),
        ('name = "Doubled"\n', 'name = "Product"\n',
         "blocks.double.steps.Product: expected a new name, got one that is taken"),
        ('name = "Doubled"\n', 'name = "Doubled"\nsheet = "x"\n',
         "blocks.double.steps.Doubled: expected a step of a block without sheet"),
        ('formula = "Product * times"', 'formula = "Product * A_in"', "got A_in"),
        ('formula = "Product * times"', 'formula = "Product * 2 + 0 * Once"', "got Once"),
        ('formula = "Product * times"\n', 'use = "double"\nfrom = "Product"\n',
         "blocks.double: expected a block that does not use itself, got double → double"),
        ('wide = "columns(M) + times"', 'wide = "columns(M) + times", more = 1',
         "blocks.double.numbers.more: expected something that a step of the block uses, got none"),
        ('W_in = ["columns(M)", "wide"]', 'W_in = ["columns(M)"]',
         "blocks.double.weights.W_in: expected rows and columns, got 1 of them"),
        ('W_in = ["columns(M)", "wide"]', 'W_in = { rows = 2, columns = "wide", fill = inf }',
         "blocks.double.weights.W_in.fill: expected a finite number, got inf"),
        ('["columns(M)", "wide"]', '["1/0", "wide"]',
         "blocks.double.weights.W_in: '1/0': expected a finite number, got inf"),
        ('W_in = ["columns(M)", "wide"]', "W_in = { rows = 2 }",
         "blocks.double.weights.W_in: expected `columns`, got no such key"),
        ('["columns(M)", "wide"]', '["columns(N)", "wide"]',
         "blocks.double.weights.W_in: 'columns(N)': expected the name"),
        ('formula = "Product * times"\n', 'use = "other"\nfrom = "Q"\n[blocks.other]\n'
         '[[blocks.other.steps]]\nname = "S"\nformula = "X * 2"\n',
         "steps.Once.Doubled.from: expected a parameter or an earlier step, got 'Q'"),
        (STEP, '[blocks.other]\n[[blocks.other.steps]]\nname = "S"\nformula = "X"\n' + STEP,
         "blocks.other: expected a block that a step uses, got none"),
        (STEP, '[[blocks.double.settings]]\nname = "s"\nvalues = [[1, 2]]\n' + STEP,
         "blocks.double.settings.s: expected one number, got a matrix"),
        (STEP, STEP.replace("Once", "Head_1"),
         "steps.Head_1: expected a name that is not that of a head, got 'Head_1'"),
        (STEP, '[weights]\nW_other_once = [[1]]\n' + STEP,
         "weights.W_other_once: expected weights that a step uses, got none"),
    ],
)  # fmt: skip
def test_refused(old: str, new: str, message: str, tmp_path: Path) -> None:
    """What is wrong gets one line with its place, and nothing is written."""
    assert message in refused(replaced(old, new, OWN), tmp_path)


def test_names_that_are_taken(tmp_path: Path) -> None:
    """Two uses, or two whose matrices could not be told apart."""
    again = '\n[[steps]]\nname = "{}"\nuse = "double"\nfrom = "A_in"\nweights = {{ seed = 1 }}\n'
    assert "steps.Once: expected a new name" in refused(OWN + again.format("Once"), tmp_path)
    message = refused(OWN + again.format("On_ce"), tmp_path)
    assert "steps.On_ce: expected a name that differs from Once by more than capitals" in message


def test_a_hundred_layers(tmp_path: Path) -> None:
    """Refused with their number, also where blocks inside blocks make it astronomical."""
    again = '\n[[steps]]\nname = "L{}x"\nuse = "double"\nfrom = "A_in"\nweights = {{ seed = 1 }}\n'
    text = OWN + "".join(again.format(number) for number in range(99))
    assert f"at most {MAX_USES} uses of blocks, those inside of blocks included, got 100" in (
        refused(text, tmp_path)
    )
    chain = OWN.partition("[[steps]]")[0]
    for number in range(60):
        inner = f"b{number - 1}x" if number else "double"
        steps = "".join(
            f'[[blocks.b{number}x.steps]]\nname = "{name}"\nuse = "{inner}"\nfrom = "X"\n'
            for name in ("One", "Two")
        )
        chain += f"[blocks.b{number}x]\n{steps}"
    chain += '[[steps]]\nname = "All"\nuse = "b59x"\nfrom = "A_in"\nweights = { seed = 1 }\n'
    assert "got 2305843009213693951" in refused(chain, tmp_path)


def test_a_circle_of_blocks(tmp_path: Path) -> None:
    """The chain is named."""
    circle = replaced('use = "double"', 'use = "a"', OWN)
    for name, inner in (("a", "b"), ("b", "c"), ("c", "b")):
        circle += f'[blocks.{name}]\n[[blocks.{name}.steps]]\nname = "S"\nuse = "{inner}"\n'
        circle += 'from = "X"\n'
    assert "got b → c → b" in refused(circle, tmp_path)


# --- new --layers -------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("sentences", [["cat and mouse are friends"], ["a b", "b c"]])
def test_new_with_layers(sentences: list[str], language: str, tmp_path: Path) -> None:
    """The lesson has so many layers, the first in full; it builds, and its claims hold."""
    target, runner = tmp_path / "mine.toml", CliRunner()
    options = ["--layers", "3", "--heads", "2", "--lang", language, "-o", str(target)]
    result = runner.invoke(main, ["new", *sentences, *options])
    assert result.exit_code == 0, result.output
    lesson = files.load(target, language)
    uses = [step for step in lesson.steps if step.use]
    assert [step.name for step in uses] == ["Layer_1", "Layer_2", "Layer_3"]
    assert [step.folded for step in uses] == [False, True, True]
    assert lesson.attention is None
    build(str(target), tmp_path / "mine.xlsx", language)
    report = check(tmp_path / "mine.xlsx")
    assert report.problems == [] and report.claims


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--layers", "13"], "--layers: expected 1 to 12, got 13"),
        (["--layers", "2", "--heads", "3"], "--heads: expected a number that divides"),
        (["--layers", "2", "--mask", "causal"], "--layers: expected no --mask beside it"),
        (["--layers", "2", "--weights"], "--layers: expected no --weights beside it"),
    ],
)
def test_new_refuses(options: list[str], message: str) -> None:
    """What does not go together gets one line."""
    result = CliRunner().invoke(main, ["new", "a b", *options, "-o", "-"])
    assert result.exit_code == 2 and message in result.stderr


def test_parts_of_attention(tmp_path: Path) -> None:
    """Each in the colour of its idea; a mask counts, and says whose rows and columns it has."""
    step = '[[steps]]\nname = "Again"\nformula = \'attention(X, X, X, mask="causal")\'\n'
    softmax = '[[steps]]\nname = "Likely"\nformula = "softmax(X)"\ntone = "output"\n'
    lesson = outline(f"{SMALL}{step}tone = 'output'\n{softmax}", tmp_path)
    bands = {band.key: band for band in lesson.bands}
    (mask,) = [block for block in bands["Again_Mask"].lanes[0] if isinstance(block, Block)]
    assert (mask.decimals, mask.tone) == (0, "neutral")
    assert [*map(label_text, mask.row_labels)] == [*map(label_text, mask.column_labels)]
    assert label_text(mask.row_labels[0]) == "cat"
    parts = "Scores", "Scaled", "Masked", "Exponentials"
    assert {bands[f"Again_{part}"].tone for part in parts} == {"scores"}
    assert bands["Again"].tone == bands["Likely_Exponentials"].tone == "output"
