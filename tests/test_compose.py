"""From a lesson to an outline: steps, their names, and their order on the page."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest
from tools import SMALL, replaced

from xlsxattn import lesson as files
from xlsxattn.compose import compose
from xlsxattn.errors import LessonError
from xlsxattn.expression import Input, Step, Words
from xlsxattn.outline import Block, Outline

ATTENTION = ("Scores", "Scaled", "RowMax", "Exponentials", "RowSum", "Attention", "Output")


def composed(text: str, language: str = "en") -> Outline:
    lesson = files.parse(tomllib.loads(text))
    files.validate(lesson, language)
    return compose(lesson, language)


def template(name: str, language: str = "en") -> Outline:
    return compose(files.load(files.find(name), language), language)


def with_attention(choices: str, weights: str = "") -> str:
    """The small lesson with other choices of attention, without its own steps and claims."""
    head, _, _ = SMALL.partition("[attention]")
    return f"{head}[attention]\n{choices}\n[weights]\n{weights}\n"


def keys(content: Outline) -> list[str]:
    return [band.key for band in content.bands]


def settings_of(content: Outline) -> dict[str, str]:
    """The label of each setting by its name."""
    return {setting.node.name: setting.label for setting in content.settings}


# --- names ----------------------------------------------------------------------------


def test_one_context_has_no_suffix() -> None:
    """With one sentence, steps are named as in the paper."""
    nodes = composed(SMALL).nodes
    assert {*ATTENTION, "X", "Q", "W_Q", "Words", "Vocabulary", "d_k"} <= set(nodes)
    assert "K" not in nodes, "without a weight, keys are X itself"
    assert not [name for name in nodes if name.endswith("_one")]


def test_two_contexts_have_suffixes() -> None:
    """With two sentences each step says whose it is; what they share does not."""
    nodes = template("mouse").nodes
    assert {f"{n}_{c}" for n in (*ATTENTION, "X", "Words") for c in ("cat", "keyboard")} <= set(
        nodes
    )
    assert {"Vocabulary", "Temperature", "d_k"} <= set(nodes)
    assert not set(ATTENTION) & set(nodes)


def test_heads_come_before_the_context() -> None:
    """Attention_head1_cat: the head, then the sentence."""
    text = with_attention("heads = 2") + '[[contexts]]\nid = "two"\nwords = ["dog"]\n'
    nodes = composed(text).nodes
    assert {"Attention_head1_one", "Attention_head2_two", "Output_one", "Output_two"} <= set(nodes)
    assert nodes["Output_one"].shape == (3, 2)


def test_every_node_knows_its_name() -> None:
    """The names under which nodes are kept are their own."""
    for name, node in template("mouse").nodes.items():
        assert node.name == name


# --- choices of attention -------------------------------------------------------------


def test_scaled() -> None:
    """Scores are divided by the root of the keys' width, and softmax follows."""
    nodes = composed(SMALL).nodes
    X = np.array([[2.0, 0.0], [1.5, 0.25], [1.0, 1.0]])
    scores = X @ np.array([[1.0, 0.5], [0.0, 1.0]]) @ X.T / np.sqrt(2)
    weights = np.exp(scores) / np.exp(scores).sum(axis=1, keepdims=True)
    assert np.allclose(nodes["Scaled"].value, scores, rtol=0, atol=1e-14)
    assert np.allclose(nodes["Attention"].value, weights, rtol=0, atol=1e-14)
    assert np.allclose(nodes["Twice"].value, 2 * weights @ X, rtol=0, atol=1e-14)


def test_plain_dot_products() -> None:
    """Without scaling there is no width of a key among the settings."""
    content = composed(with_attention('scores = "dot"'))
    assert "d_k" not in content.nodes
    assert np.array_equal(content.nodes["Scaled"].value, content.nodes["Scores"].value)


def test_causal_mask() -> None:
    """A masked weight is exactly 0, and its switch is among the settings."""
    content = composed(with_attention('mask = "causal"'))
    weights = content.nodes["Attention"].value
    assert np.array_equal(weights[np.triu_indices(3, 1)], np.zeros(3))
    assert np.abs(weights.sum(axis=1) - 1).max() <= 1e-12
    assert {"Mask_on", "Window"} <= set(settings_of(content))
    switch = content.nodes["Mask_on"]
    assert isinstance(switch, Input)
    assert switch.choices == (0, 1, 2)


def test_window_mask() -> None:
    """A window lets neighbours through."""
    mask = composed(with_attention('mask = "window"\nwindow = 1')).nodes["Mask"].value
    assert mask.tolist() == [[1, 1, 0], [1, 1, 1], [0, 1, 1]]


def test_positions() -> None:
    """Positions add sines and cosines to the embeddings, and can be switched off."""
    on = composed(with_attention('positions = "sinusoidal"')).nodes
    off = composed(with_attention('positions = "none"')).nodes
    waves = [[np.sin(p), np.cos(p)] for p in range(3)]
    assert np.allclose(on["Positions"].value, waves, rtol=0, atol=1e-15)
    assert np.allclose(on["X"].value, on["Embeddings"].value + waves, rtol=0, atol=1e-15)
    assert np.array_equal(off["X"].value, off["Embeddings"].value)


def test_cross_attention() -> None:
    """Keys and values come from the other sentence, queries from this one."""
    text = with_attention("").replace('id = "one"', 'id = "one"\nkeys = ["dog", "cat"]')
    nodes = composed(text).nodes
    assert nodes["X_source"].value.tolist() == [[1.5, 0.25], [2.0, 0.0]]
    assert nodes["Attention"].shape == (3, 2)
    assert isinstance(nodes["Words_source"], Words)


def test_additive() -> None:
    """Additive scores come from a small network, one block a hidden unit."""
    weights = "W_query = [[1.0], [0.5]]\nW_key = [[0.5], [1.0]]\nW_score = [[2.0]]"
    nodes = composed(with_attention('scores = "additive"', weights)).nodes
    X = nodes["X"].value.astype(float)
    hidden = np.tanh(X @ [[1.0], [0.5]] + (X @ [[0.5], [1.0]]).T)
    assert np.allclose(nodes["Scores"].value, 2 * hidden, rtol=0, atol=1e-15)
    assert "Hidden_unit1" in nodes


def test_temperature() -> None:
    """The temperature divides the scores, and is an input that a reader may change."""
    content = composed(replaced("temperature = 1.0", "temperature = 4.0"))
    cold = composed(SMALL)
    assert np.allclose(content.nodes["Scaled"].value * 4, cold.nodes["Scaled"].value)
    assert settings_of(content)["Temperature"] == "temperature T"


# --- the page -------------------------------------------------------------------------


def test_order() -> None:
    """The story runs from the vocabulary to the output, then the lesson's own steps."""
    found = keys(composed(SMALL))
    expected = ["Vocabulary", "X", "Scores", "Scaled", "Exponentials", "Attention", "Output"]
    assert [key for key in found if key in expected] == expected
    assert found[-1] == "Twice"


def test_after() -> None:
    """A step of one's own moves to where it is told."""
    text = replaced('title = "Twice as much"', 'title = "Twice"\nafter = "X"')
    found = keys(composed(text))
    assert found.index("Twice") == found.index("X") + 1


def test_beside() -> None:
    """A column is attached to the step that it belongs to, and has no band of its own."""
    text = SMALL.partition("[[claims]]")[0]
    text += '[[steps]]\nname = "Mean"\nformula = "row_mean(Output)"\nbeside = "Output"\n'
    content = composed(text)
    assert "Mean" not in keys(content)
    lane = next(band for band in content.bands if band.key == "Output").lanes[0]
    block = lane[-1]
    assert isinstance(block, Block)
    assert (block.node.name, block.attached, block.row_labels) == ("Mean", True, ())


def test_notes_replace_the_usual_words() -> None:
    """A lesson's own title and sentence stand in place of the usual ones."""
    text = SMALL + '[notes.Scores]\ntitle = "My scores"\n'
    band = next(band for band in composed(text).bands if band.key == "Scores")
    usual = next(band for band in composed(SMALL).bands if band.key == "Scores")
    assert (band.title, usual.title) == ("My scores", "Scores")
    assert band.note == usual.note


@pytest.mark.parametrize(("language", "title"), [("en", "Scores"), ("zh", "得分")])
def test_language(language: str, title: str) -> None:
    """Headings, settings and labels are in the language of the page."""
    content = composed(SMALL, language)
    assert title in [band.title for band in content.bands]
    assert settings_of(content)["Temperature"] == {"en": "temperature T", "zh": "温度 T"}[language]
    assert content.title == {"en": "Two words", "zh": "两个词"}[language]


def test_inputs() -> None:
    """A single number is a setting with its title; a matrix has a band of its own."""
    text = SMALL + '[[inputs]]\nname = "Table"\nvalues = [[1.0, 2.0]]\ntitle = "A table"\n'
    content = composed(text)
    assert settings_of(content)["rate"] == "rate"
    assert "Table" in keys(content)
    assert next(band for band in content.bands if band.key == "Table").title == "A table"


def test_samples_are_the_same_for_ever() -> None:
    """A sample's numbers come from its seed, with two decimals."""
    text = SMALL + '[[inputs]]\nname = "Drawn"\nsample = { rows = 2, columns = 2, seed = 0 }\n'
    assert composed(text).nodes["Drawn"].value.tolist() == [[1.76, 0.4], [0.98, 2.24]]


def test_claims() -> None:
    """A live claim has a verdict; a what-if claim has a sentence only."""
    text = SMALL + (
        '[[claims]]\nname = "try_it"\ntext = "Try."\nchange = { Temperature = 2.0 }\n'
        'then = "max(abs(Attention_sum - 1)) <= 1e-12"\n'
    )
    content = composed(text)
    live, what_if = content.claims
    assert isinstance(live.verdict, Step)
    assert live.verdict.value.tolist() == [["✓"]]
    assert live.verdict is content.nodes["Claim_sums"]
    assert (what_if.name, what_if.text, what_if.verdict) == ("try_it", "Try.", None)


def test_tables_of_steps() -> None:
    """A table has a row for each of its formulas, each of which has a name."""
    content = template("mouse")
    table = content.nodes["Meaning"]
    assert table.shape == (4, 4)
    rows = ("Before_cat", "Before_keyboard", "After_cat", "After_keyboard")
    for index, name in enumerate(rows):
        assert np.array_equal(content.nodes[name].value, table.value[index : index + 1])


def test_charts() -> None:
    """A chart takes the columns that it is told, and says in words what it shows."""
    band = next(band for band in composed(SMALL).bands if band.key == "Twice")
    assert band.chart is not None
    assert (band.chart.title, band.chart.alternative) == ("Bars", "Two bars.")
    assert len(band.chart.series) == 3


def test_names_differ_by_more_than_case() -> None:
    """Two names that a spreadsheet takes for one are refused."""
    with pytest.raises(LessonError, match=r"output: .* taken by Output"):
        composed(replaced('name = "Twice"', 'name = "output"'))


@pytest.mark.parametrize("name", ["scaling", "bottleneck"])
def test_sheets_in_the_page_s_language(name: str) -> None:
    """A sheet that is not printed has a title in the language of the page too."""
    lesson = files.load(files.find(name), "zh")
    titles = {band.sheet for band in compose(lesson, "zh").bands} - {""}
    assert titles and all(not title.isascii() for title in titles)
