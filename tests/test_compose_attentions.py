"""Lessons with several attentions: against NumPy, their names, their order, what is refused."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from tools import LAYERS, TOLERANCE, assert_recalculated, build_text, need, replaced

from xlsxattn import lesson as files
from xlsxattn.check import check
from xlsxattn.cli import main
from xlsxattn.compose import compose
from xlsxattn.engines import engine
from xlsxattn.lesson.weights import numbers_of
from xlsxattn.naming import tail_of
from xlsxattn.outline import Outline
from xlsxattn.saved import read

Array = np.ndarray[Any, np.dtype[np.float64]]


def composed(text: str, language: str = "en") -> Outline:
    lesson = files.parse(tomllib.loads(text))
    files.validate(lesson, language)
    return compose(lesson, language)


def weights(text: str) -> dict[str, Array]:
    """Every weight of a lesson as an array."""
    lesson = files.parse(tomllib.loads(text))
    return {name: np.array(numbers_of(given)) for name, given in lesson.weights.items()}


def sentence(text: str, number: int) -> Array:
    """The embeddings of a sentence."""
    content = tomllib.loads(text)
    table = content["vocabulary"]["words"]
    return np.array([table[word] for word in content["contexts"][number]["words"]])


def softmax(scores: Array) -> Array:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    result: Array = powers / powers.sum(axis=1, keepdims=True)
    return result


def turned(x: Array) -> Array:
    """Each pair of columns turned by its place: complex numbers times a rotation."""
    pairs = x[:, 0::2] + 1j * x[:, 1::2]
    speeds = 10000.0 ** (-2 * np.arange(pairs.shape[1]) / x.shape[1])
    pairs = pairs * np.exp(1j * np.arange(len(x))[:, None] * speeds)
    result = np.empty_like(x)
    result[:, 0::2], result[:, 1::2] = pairs.real, pairs.imag
    return result


def first_layer(X: Array, W: dict[str, Array]) -> Array:
    """Two heads under a causal mask, with a linear bias, by hand."""
    Q, K, V = X @ W["W_Q"] + W["b_Q"], X @ W["W_K"], X @ W["W_V"]
    i, j = np.indices((len(X), len(X)))
    found = []
    for head in range(2):
        part = slice(2 * head, 2 * head + 2)
        scores = Q[:, part] @ K[:, part].T / np.sqrt(2) - 2.0 ** (-4 * (head + 1)) * abs(i - j)
        found.append(softmax(np.where(j <= i, scores, -np.inf)) @ V[:, part])
    result: Array = np.hstack(found) @ W["W_O"] + W["b_O"]
    return result


def second_layer(X: Array, W: dict[str, Array], rotary: bool = True) -> Array:
    """Four heads over two key-value heads, with rotary positions in a window, by hand."""
    turn = turned if rotary else np.array
    Q, V = X @ W["W_Q_layer2"] + W["b_Q_layer2"], X @ W["W_V_layer2"] + W["b_V_layer2"]
    K = [X @ W[f"W_K_layer2_head{g}"] + W[f"b_K_layer2_head{g}"] for g in (1, 2)]
    i, j = np.indices((len(X), len(X)))
    found = []
    for head in range(4):
        group = head // 2
        scores = turn(Q[:, 2 * head : 2 * head + 2]) @ turn(K[group]).T / np.sqrt(2) / 0.5
        weights = softmax(np.where(abs(i - j) <= 1, scores, -np.inf))
        found.append(weights @ V[:, 2 * group : 2 * group + 2])
    result: Array = np.hstack(found) @ W["W_O_layer2"]
    return result


def close(got: Array, expected: Array) -> bool:
    assert got.shape == expected.shape
    return bool(np.all(np.abs(got - expected) <= 1e-12 * np.maximum(1, np.abs(expected))))


# --- against NumPy --------------------------------------------------------------------


@pytest.mark.parametrize(("number", "context"), [(0, "cat"), (1, "board")])
def test_two_layers_by_hand(number: int, context: str) -> None:
    """A layer on a layer, of other heads, masks, biases and positions, is what NumPy computes."""
    nodes, W = composed(LAYERS).nodes, weights(LAYERS)
    X = sentence(LAYERS, number)
    one = first_layer(X, W)
    assert close(nodes[f"Output_{context}"].value, one)
    assert close(nodes[f"Layer_1_{context}"].value, X + one)
    assert close(nodes[f"Output_layer2_{context}"].value, second_layer(X + one, W))


def test_turned_queries() -> None:
    """Rotary positions turn queries and keys of any even width, each pair at its own speed."""
    start = LAYERS.index("[[attention]]")
    nodes = composed(LAYERS[:start] + '[attention]\npositions = "rotary"\n').nodes
    X = sentence(LAYERS, 1)
    assert close(nodes["Q_rotated_board"].value, turned(X))
    assert close(nodes["Scores_board"].value, turned(X) @ turned(X).T)
    assert close(nodes["Divisors"].value, np.array([[1.0, 100.0]]))
    assert nodes["Positions_on"].value == 1


def test_a_file_of_two_layers(tmp_path: Path) -> None:
    """IronCalc agrees with NumPy on every step; in both languages."""
    for language in ("en", "zh"):
        report = check(build_text(LAYERS, tmp_path / f"{language}.xlsx", language))
        assert (report.problems, report.reference) == ([], "numpy")
        assert all(s.max_error is not None and s.max_error <= TOLERANCE for s in report.steps)


def test_a_file_of_two_layers_in_libreoffice(tmp_path: Path) -> None:
    """LibreOffice computes the stored values again."""
    need("soffice")
    path = build_text(LAYERS, tmp_path / "layers.xlsx")
    assert_recalculated(read(path), engine("libreoffice")(path, []))


def test_rotary_switch_in_an_engine(tmp_path: Path) -> None:
    """Set to 0 in the sheet, positions change nothing any more."""
    text = LAYERS + (
        '[[claims]]\nname = "off"\ntext = "off"\nchange = { Positions_on_layer2 = 0 }\n'
        'then = "max(abs(Q_rotated_layer2_head1_cat - Q_layer2_head1_cat)) == 0"\n'
    )
    assert [claim.ok for claim in check(build_text(text, tmp_path / "off.xlsx")).claims] == [True]


def test_cross_attention_of_a_decoder() -> None:
    """``source`` gives keys and values, ``from`` the queries; the widths of rows may differ."""
    text = LAYERS[: LAYERS.index("[[attention]]")] + (
        '[[inputs]]\nname = "State"\nvalues = [[1, 0, 0, 0], [0, 2, 0, 0]]\n'
        "[[attention]]\n[[attention]]\nname = 'Cross'\nfrom = 'State'\nsource = 'Output'\n"
    )
    nodes = composed(text).nodes
    state, source = nodes["State"].value, nodes["Output_board"].value
    found = softmax(state @ source.T / 2) @ source
    assert close(nodes["Output_cross_board"].value, found)
    assert nodes["Attention_cross_cat"].shape == (2, 3)


def test_source_of_the_first_attention_is_the_other_sentence() -> None:
    """Where contexts have keys, a first attention over a step still attends to these."""
    text = LAYERS[: LAYERS.index("[[attention]]")].replace(
        'words = ["cat", "and", "mouse"]', 'words = ["cat", "and"]\nkeys = ["mouse"]'
    )
    text += (
        '[[steps]]\nname = "Twice_cat"\nformula = "X_cat * 2"\n'
        '[[steps]]\nname = "Twice_board"\nformula = "X_board * 2"\n'
        '[[attention]]\nfrom = "Twice"\n[[attention]]\nname = "B"\nfrom = "Output"\n'
    )
    nodes = composed(text).nodes
    assert nodes["Attention_cat"].shape == (2, 1)
    assert nodes["Attention_board"].shape == (4, 4)
    assert nodes["Attention_b_cat"].shape == (2, 2)
    twice = 2 * sentence(text, 1)
    assert close(nodes["Scores_board"].value, twice @ twice.T)


@pytest.mark.parametrize("bias", ["alibi", "Table", "Table * 2 - 1", "Table[0]", "0.5"])
def test_bias(bias: str) -> None:
    """A bias is added to the scaled scores, by name or from notation."""
    text = LAYERS[: LAYERS.index("[[contexts]]")] + (
        '[[contexts]]\nid = "one"\nwords = ["cat", "and"]\n'
        '[[inputs]]\nname = "Table"\nvalues = [[1, 2], [3, 4]]\n'
        f'[attention]\nbias = "{bias}"\n'
    )
    nodes = composed(text).nodes
    X, table = sentence(text, 0), np.array([[1.0, 2], [3, 4]])
    expected = {
        "alibi": -(2.0**-8) * np.array([[0.0, 1], [1, 0]]), "Table": table,
        "Table * 2 - 1": table * 2 - 1, "Table[0]": table[:1], "0.5": np.array([[0.5]]),
    }[bias]  # fmt: skip
    assert close(nodes["Scaled"].value, X @ X.T / 2 + expected)
    assert ("Bias" in nodes) == (bias != "Table")


def test_one_key_head_for_all() -> None:
    """Multi-query attention: one K and one V, without the number of a head."""
    text = LAYERS[: LAYERS.index("[[contexts]]")] + (
        '[[contexts]]\nid = "one"\nwords = ["cat", "and"]\n'
        "[attention]\nheads = 2\nkey_heads = 1\n"
        "[weights]\nW_K = { seed = 1, rows = 4, columns = 2 }\n"
        "b_K = [[1, 2]]\nW_V = { seed = 2, rows = 4, columns = 1 }\n"
    )
    content = composed(text)
    nodes, W, X = content.nodes, weights(text), sentence(text, 0)
    K, V = X @ W["W_K"] + W["b_K"], X @ W["W_V"]
    assert close(nodes["K"].value, K)
    assert not {"K_head1", "V_head1"} & set(nodes)
    expected = [softmax(X[:, c : c + 2] @ K.T / np.sqrt(2)) @ V for c in (0, 2)]
    assert close(nodes["Output"].value, np.hstack(expected))
    assert [band.title for band in content.bands].count("Keys") == 1


# --- names ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "tail"), [("", ""), ("Layer_2", "_layer2"), ("Cross", "_cross"), ("a_B_c", "_abc")]
)
def test_tails(name: str, tail: str) -> None:
    """Small letters, no underscores but the one before."""
    assert tail_of(name) == tail


def test_names() -> None:
    """Matrix, block, head, context; what is told once has no block."""
    nodes = composed(LAYERS).nodes
    assert {
        "Q_layer2_cat", "Q_layer2_head3_cat", "K_layer2_head2_board", "Scores_layer2_head4_cat",
        "Output_layer2_cat", "Divisors_layer2", "Angles_layer2_board", "Bias_head2_board",
        "Concatenated_layer2_cat", "Q_rotated_layer2_head1_cat", "K_rotated_layer2_head1_cat",
    } <= set(nodes)  # fmt: skip
    assert not {"K_layer2_head3_cat", "X_layer2_cat", "Words_layer2_cat", "d_k_layer2"} & set(nodes)


def settings_of(content: Outline) -> dict[str, str]:
    return {setting.node.name: setting.label for setting in content.settings}


def test_settings_that_differ_say_whose_they_are() -> None:
    """Another mask and temperature are settings of their own; the window is shared."""
    shown = settings_of(composed(LAYERS))
    assert list(shown) == [
        "Temperature", "Mask_on", "Window", "d_k", "Temperature_layer2", "Mask_on_layer2",
        "Positions_on_layer2",
    ]  # fmt: skip
    assert shown["Temperature_layer2"] == "temperature T · layer 2"
    assert shown["Temperature"] == "temperature T"
    zh = settings_of(composed(LAYERS, "zh"))
    assert zh["Temperature_layer2"] == "温度 T · 第 2 层"


def test_settings_that_are_the_same_are_shared() -> None:
    """The same mask and temperature have one cell."""
    text = replaced('temperature = 0.5\nmask = "window"', 'mask = "causal"', LAYERS)
    text = replaced('bias = "alibi"\n', 'positions = "rotary"\n', text)
    assert list(settings_of(composed(text))) == [
        "Temperature", "Mask_on", "Window", "Positions_on", "d_k",
    ]  # fmt: skip


def test_weights_of_its_own_or_shared() -> None:
    """Without weights of its own an attention takes the shared ones, with their biases."""
    start, end = LAYERS.index("heads = 4"), LAYERS.index("W_Q_layer2 =")
    text = LAYERS[:start] + "heads = 2\n\n" + LAYERS[LAYERS.index("[weights]") : end]
    nodes, W = composed(text).nodes, weights(text)
    X = nodes["Layer_1_cat"].value
    assert close(nodes["Q_layer2_cat"].value, X @ W["W_Q"] + W["b_Q"])
    own = text + "W_Q_layer2 = { seed = 5, rows = 4, columns = 4 }\n"
    nodes, W = composed(own).nodes, weights(own)
    assert close(nodes["Q_layer2_cat"].value, X @ W["W_Q_layer2"]), "b_Q belongs to W_Q"
    own += "b_Q_layer2 = [[1, 2, 3, 4]]\n"
    assert close(composed(own).nodes["Q_layer2_cat"].value, X @ W["W_Q_layer2"] + [1, 2, 3, 4])


def test_notation_of_a_named_attention() -> None:
    """``W_Q`` in its formulas is its own; ``Layer_1`` is that of the context."""
    text = replaced('from = "Layer_1"', 'Q = "(Layer_1 @ W_Q) * 2"\nfrom = "Layer_1"', LAYERS)
    text = replaced("b_Q_layer2 = { seed = 15, rows = 1, columns = 8 }\n", "", text)
    nodes, W = composed(text).nodes, weights(text)
    assert close(nodes["Q_layer2_board"].value, nodes["Layer_1_board"].value @ W["W_Q_layer2"] * 2)


def test_a_named_attention_alone() -> None:
    """The short form may have a name too."""
    text = LAYERS[: LAYERS.index("[[attention]]")] + '[attention]\nname = "Only"\n'
    assert {"X_cat", "Output_only_cat"} <= set(composed(text).nodes)


# --- the page -------------------------------------------------------------------------


def test_order_of_telling() -> None:
    """An attention follows the last step that it reads; the steps after that follow it."""
    keys = [band.key for band in composed(LAYERS).bands]
    order = ["X", "W", "Scores_head1", "Output", "Layer_1_cat", "Q_layer2", "Output_layer2",
             "After_cat"]  # fmt: skip
    assert [key for key in keys if key in order] == order
    assert keys.count("X") == keys.count("Vocabulary") == 1


def test_steps_before_the_first_attention() -> None:
    """A first attention over a step is told after it, the embeddings before both."""
    text = LAYERS[: LAYERS.index("[[contexts]]")] + (
        '[[contexts]]\nid = "one"\nwords = ["cat", "and"]\n'
        '[[steps]]\nname = "Normed"\nformula = "layer_norm(X)"\n'
        '[[steps]]\nname = "Twice"\nformula = "Output * 2"\n'
        '[attention]\nfrom = "Normed"\nmask = "causal"\n'
    )
    keys = [band.key for band in composed(text).bands]
    order = ["X", "Normed", "Scores", "Output", "Twice"]
    assert [key for key in keys if key in order] == order


@pytest.mark.parametrize(
    ("language", "heading"),
    [("en", "Scores · layer 2 · head 3"), ("zh", "得分 · 第 2 层 · 头 3")],
)
def test_headings(language: str, heading: str) -> None:
    """Headings of a later attention say whose they are, in the language of the page."""
    titles = [band.title for band in composed(LAYERS, language).bands]
    assert heading in titles
    assert len([t for t in titles if t.startswith(heading.partition(" ")[0] + " · ")]) == 6
    untitled = replaced('title = { en = "layer 2", zh = "第 2 层" }\n', "", LAYERS)
    shown = [band.title for band in composed(untitled, language).bands]
    assert heading.replace("layer 2", "Layer 2").replace("第 2 层", "Layer 2") in shown


def test_key_heads_are_shown_once() -> None:
    """Keys of a group stand under the first head that reads them."""
    titles = [band.title for band in composed(LAYERS).bands]
    assert [t for t in titles if t.startswith("Keys · layer 2")] == [
        "Keys · layer 2 · key-value head 1", "Keys · layer 2 · key-value head 2",
    ]  # fmt: skip


def test_notes_of_a_later_attention() -> None:
    """A note may be for one attention, or for all that have none of their own."""
    text = LAYERS + '[notes.Scores]\ntitle = "All"\n[notes.Scores_layer2_head1]\ntitle = "One"\n'
    titles = [band.title for band in composed(text).bands]
    assert {"All · head 1", "One · layer 2 · head 1", "All · layer 2 · head 2"} <= set(titles)


@pytest.mark.parametrize("which", ["heads = 2", "heads = 4"])
def test_inspector_of_each(which: str, tmp_path: Path) -> None:
    """Any of several attentions may have an inspector, or all of them."""
    more = f'{which}\ninspector = {{ query = "cat", key = "and" }}\nmixture = "and"'
    more += "\nintersection = true"
    text = replaced(f"\n{which}\n", f"\n{more}\n", LAYERS)
    assert check(build_text(text, tmp_path / "inspected.xlsx")).problems == []


# --- what is refused ------------------------------------------------------------------

FIRST = "heads = 2\nmask"
REFUSED: dict[str, tuple[str, str, tuple[str, ...]]] = {
    "no name": ('name = "Layer_2"\n', "", ("attention[1].name", "expected a name", "got none")),
    "a name twice": (FIRST, f'name = "Layer_2"\n{FIRST}',
                     ("attention.Layer_2.name", "'Layer_2' twice")),
    "names alike": (FIRST, f'name = "layer2"\n{FIRST}',
                    ("attention.Layer_2.name", "'Layer_2' beside 'layer2'")),
    "the name of a head": ('name = "Layer_2"', 'name = "Head_1"', ("Head_1.name", "head has")),
    "the name of a context": ('name = "Layer_2"', 'name = "Cat"', ("Cat.name", "context has")),
    "no name at all": ('name = "Layer_2"', 'name = "2"', ("attention[1].name", "letters")),
    "from nothing": ('from = "Layer_1"', 'from = "Layer_3"',
                     ("attention.Layer_2.from", "earlier step", "'Layer_3'")),
    "from a later step": ('from = "Layer_1"', 'from = "Output_layer2"',
                          ("attention.Layer_2.from", "earlier step")),
    "from words": ('from = "Layer_1"', 'from = "Words"', ("attention.Layer_2.from", "'Words'")),
    "from a formula": ('from = "Layer_1"', 'from = "Layer_1 * 2"', ("attention.Layer_2.from",)),
    "source of nothing": ('from = "Layer_1"', 'source = "Nope"',
                          ("attention.Layer_2.source", "earlier step", "'Nope'")),
    "misspelt": ("key_heads = 2", "key_head = 2", ("attention[1]", "'key_heads'", "'key_head'")),
    "misspelt from": ('from = "Layer_1"', 'form = "Layer_1"', ("attention[1]", "'from'", "'form'")),
    "too many heads": ("heads = 4", "heads = 17", ("attention[1].heads", "1 to 16", "17")),
    "no such positions": ('"rotary"', '"round"', ("attention[1].positions", "'rotary'", "'round'")),
    "key heads": ("key_heads = 2", "key_heads = 3",
                  ("attention.Layer_2.key_heads", "divides the 4 heads", "got 3")),
    "heads that do not divide": ("heads = 4\nkey_heads = 2", "heads = 3",
                                 ("attention.Layer_2.heads", "8 columns of Q", "got 3")),
    "widths that differ": ("seed = 6, rows = 4, columns = 2", "seed = 6, rows = 4, columns = 4",
                           ("attention.Layer_2.K", "1×4", "1×2")),
    "rows of weights": ("seed = 8, rows = 4", "seed = 8, rows = 3",
                        ("attention.Layer_2.V", "3", "4")),
    "a bias of another width": ("[[0.1, 0.2, 0.3, 0.4]]", "[[0.1]]",
                                ("attention[0].Q", "1×4", "b_Q (1×1)")),
    "rows of W_O": ("seed = 9, rows = 8", "seed = 9, rows = 4",
                    ("attention.Layer_2", "W_O_layer2 (4×4)", "8 rows")),
    "one head without": ("W_K_layer2_head2 = ", "W_K_layer2_head5 = ",
                         ("weights.W_K_layer2_head2", "each head")),
    "turned keys of another width": (
        "W_Q_layer2 = { seed = 5, rows = 4, columns = 8 }\n"
        "b_Q_layer2 = { seed = 15, rows = 1, columns = 8 }",
        "W_Q_layer2 = { seed = 5, rows = 4, columns = 16 }",
        ("attention.Layer_2", "keys of 4 columns", "K_layer2_head1_cat (3×2)"),
    ),
    "an odd width": (FIRST, f'positions = "rotary"\n{FIRST.replace("2", "4")}',
                     ("attention[0].positions", "even number of columns", "Q_head1_cat (3×1)")),
    "waves of a later one": ('"rotary"', '"sinusoidal"',
                             ("attention.Layer_2.positions", "rotary or off", "sinusoidal")),
    "no such bias": ('"alibi"', '"alibii"', ("attention[0].bias", "alibii", "mean alibi")),
    "a bias of another shape": ('"alibi"', '"W_Q"',
                                ("attention[0].bias", "Scores_head1_cat (3×3)", "W_Q (4×4)")),
    "a bias that is unused": ("b_O = ", "b_out = ", ("weights.b_out", "a step uses")),
    "a step before its attention": ('formula = "X_cat + Output_cat"',
                                    'formula = "X_cat + Output_layer2_cat"',
                                    ("steps.Layer_1_cat", "earlier step", "Output_layer2_cat")),
    "no more than a temperature": ("temperature = 0.5", "temperature = nan",
                                   ("attention[1].temperature", "0.01 to 100")),
    "no title in English": ('title = { en = "layer 2", zh = "第 2 层" }', 'title = { zh = "二" }',
                            ("attention.Layer_2.title", "'en'")),
    "a small window": (
        'from = "Layer_1"', 'from = "X"\nsource = "Few"',
        ("attention.Layer_2.window", "at most 1 words more than keys", "got 3 and 1"),
    ),
    "training of two": ("[weights]", "[training]\n\n[weights]",
                        ("training", "expected one attention", "got 2")),
}  # fmt: skip


@pytest.mark.parametrize("case", REFUSED)
def test_refused(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line that says where, what was expected and what came."""
    old, new, says = REFUSED[case]
    monkeypatch.chdir(tmp_path)
    few = '[[inputs]]\nname = "Few"\nvalues = [[1, 2, 3, 4]]\n'
    text = replaced(old, new, LAYERS.replace("\n[weights]", f"\n{few}\n[weights]", 1))
    Path("bad.toml").write_text(text, encoding="utf-8")
    result = CliRunner().invoke(main, ["build", "bad.toml"])
    assert result.exit_code == 2, result.exception
    (line,) = result.stderr.splitlines()
    assert line.startswith("xlsxattn: bad.toml: ")
    assert all(word in line for word in (*says, "expected", "got")), line
