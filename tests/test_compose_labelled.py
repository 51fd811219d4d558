"""Training by labels: the task is learned, its gradients and its curve are right, faults found."""

from __future__ import annotations

import re
import tomllib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest
from by_hand import Array, Table, recompute
from conftest import Workbooks
from test_by_hand import assert_judged, typed
from tools import build_text, cell_of, consistent, plant, plant_rule, replaced

from xlsxattn import lesson as files
from xlsxattn.check import check
from xlsxattn.compose import compose
from xlsxattn.engines import engine
from xlsxattn.errors import LessonError
from xlsxattn.expression import Input
from xlsxattn.fitting.fit import fit
from xlsxattn.lesson import Fit
from xlsxattn.saved import Change

LABELLED = """\
format = 1
title = "Few sentences"

[vocabulary.columns]
hot = "hot"
cold = "cold"
link = "link"

[vocabulary.words]
it = [0.5, 0.5, 0.25]
sun = [2.0, 0.0, 0.0]
fire = [1.75, 0.0, 0.25]
ice = [0.0, 2.0, 0.0]
was = [0.25, 0.75, 1.0]

[[contexts]]
id = "sun"
label = "hot"
words = ["it", "was", "sun"]

[[contexts]]
id = "fire"
label = "hot"
words = ["fire", "it"]

[[contexts]]
id = "ice"
label = "cold"
words = ["it", "was", "ice"]

[[contexts]]
id = "mixed"
label = "cold"
aside = true
title = "kept aside"
words = ["ice", "was", "it", "fire"]

[attention]

[training]
loss = "cross-entropy"
row = "it"
epochs = 4
learning_rate = 0.5
optimiser = "gradient-descent"

[weights]
W_Q = [[0.5, -0.25], [0.25, 0.5], [0.0, 0.75]]
W_K = [[0.75, 0.25], [-0.5, 0.5], [0.25, -0.25]]
W_class = [[1.5, 0], [0, 1.5], [0.25, 0]]

[weight_columns]
W_class = { hot = "hot", cold = "cold" }
"""
MORE = """\
W_V = [[0.5, 0.0], [-0.25, 0.5], [0.25, 0.5]]
W_out = [[0.5, -0.25, 0.25], [0.25, 0.5, -0.5]]
W_class = [[1.5, 0]"""
VARIANTS = {
    "plain": LABELLED,
    "momentum": replaced('"gradient-descent"', '"momentum"', LABELLED),
    "adam": replaced('"gradient-descent"', '"adam"', LABELLED),
    "all weights": replaced("W_class = [[1.5, 0]", MORE, LABELLED),
    "only W_K": replaced("W_Q = [[0.5, -0.25], [0.25, 0.5], [0.0, 0.75]]\n", "", LABELLED).replace(
        "W_K = [[0.75, 0.25], [-0.5, 0.5], [0.25, -0.25]]",
        "W_K = [[0.75, 0.25, 0], [-0.5, 0.5, 0.5], [0.25, -0.25, 1]]",
    ),
    "dot": replaced("[attention]\n", '[attention]\nscores = "dot"\ntemperature = 2.0\n', LABELLED),
    "none aside": replaced("aside = true\n", "", LABELLED),
}
every = pytest.mark.parametrize("text", VARIANTS.values(), ids=VARIANTS)


def parsed(text: str) -> files.Lesson:
    lesson = files.parse(tomllib.loads(text))
    files.validate(lesson, "en")
    return lesson


def judged(text: str, **changed: Array) -> Table:
    lesson = parsed(text)
    return recompute(lesson, typed(compose(lesson, "en")) | changed)


def starting(text: str) -> list[str]:
    """The weights that are learned."""
    return [name for name in parsed(text).weights if name != "W_class"]


# --- right in every variant -------------------------------------------------------------


@every
def test_derived_by_hand(text: str) -> None:
    """Every step and every gradient is what the chain rule on paper gives."""
    assert_judged(parsed(text))


@every
def test_gradients_follow_the_loss(text: str) -> None:
    """Each weight's gradient is how fast the judge's own loss changes with it."""
    table, h = judged(text), 1e-5
    for name in starting(text):
        for index in np.ndindex(*table[name].values.shape):
            losses = []
            for sign in (h, -h):
                shifted = table[name].values.copy()
                shifted[index] += sign
                losses.append(judged(text, **{name: shifted})["Loss"].values[0, 0])
            quotient = (losses[0] - losses[1]) / (2 * h)
            assert table[f"d{name}"].values[index] == pytest.approx(quotient, abs=1e-9)


@every
def test_check_is_well(text: str, tmp_path: Path) -> None:
    """IronCalc and NumPy agree with every cell."""
    assert check(build_text(text, tmp_path / "labelled.xlsx")).problems == []


def test_loss_is_the_cross_entropy() -> None:
    """The mean of −ln p of the right class, over the sentences that are learned from."""
    table = judged(LABELLED)
    p = table["Probabilities"].values
    assert p.shape == (3, 2)
    assert p.sum(axis=1) == pytest.approx(1)
    want = -np.log([p[0, 0], p[1, 0], p[2, 1]]).mean()
    assert table["Loss"].values[0, 0] == pytest.approx(want, rel=1e-14)


# --- the lesson -------------------------------------------------------------------------


def task() -> files.Lesson:
    return files.load(files.find("task"), "en")


def curve(lesson: files.Lesson) -> Array:
    return compose(lesson, "en").nodes["Losses"].value[:, 0]


def test_fitting_has_the_same_curve() -> None:
    """`train`, which knows no epochs in cells, comes to the same losses from the same start."""
    lesson = task()
    training, content = lesson.training, compose(lesson, "en")
    assert training is not None
    wish = Fit(loss="Loss", epochs=training.epochs, learning_rate=training.learning_rate,
               optimiser=training.optimiser)  # fmt: skip
    found = fit(content, {"W_Q", "W_K"}, wish, lambda epoch, loss: None)
    np.testing.assert_allclose(found.losses, curve(lesson), rtol=0, atol=1e-12)


@pytest.mark.skipif(find_spec("torch") is None, reason="torch is in the extra `peers`")
def test_torch_has_the_same_curve() -> None:
    """PyTorch's own attention, cross-entropy and descent, sentence by sentence."""
    import torch

    lesson = task()
    training, vocabulary = lesson.training, lesson.vocabulary
    assert training is not None and vocabulary is not None
    nodes = compose(lesson, "en").nodes
    W_Q, W_K = (torch.tensor(nodes[name].value, requires_grad=True) for name in ("W_Q", "W_K"))
    W_class = torch.tensor(nodes["W_class"].value)
    learned = [context for context in lesson.contexts if not context.aside]
    classes = torch.tensor([["animal", "device"].index(context.label) for context in learned])
    asks = torch.tensor([vocabulary.words[training.row]], dtype=torch.float64)
    optimiser, losses = torch.optim.SGD([W_Q, W_K], lr=training.learning_rate), []
    for _ in range(training.epochs):
        outputs = []
        for context in learned:
            X = torch.tensor([vocabulary.words[w] for w in context.words], dtype=torch.float64)
            outputs.append(torch.nn.functional.scaled_dot_product_attention(asks @ W_Q, X @ W_K, X))
        loss = torch.nn.functional.cross_entropy(torch.cat(outputs) @ W_class, classes)
        losses.append(float(loss.detach()))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    np.testing.assert_allclose(curve(lesson), losses, rtol=0, atol=1e-6)


def test_generalising_is_real() -> None:
    """What is kept aside has words that are in no sentence learned from, and no weight is typed."""
    lesson = task()
    learned = [context for context in lesson.contexts if not context.aside]
    aside = [context for context in lesson.contexts if context.aside]
    assert (len(learned), len(aside)) == (12, 4)
    known = {word for context in learned for word in context.words}
    assert all(set(context.words) - known for context in aside)
    assert all(isinstance(lesson.weights[name], files.WeightSource) for name in ("W_Q", "W_K"))


def test_nothing_is_learned_from_what_is_kept_aside() -> None:
    """Its words and labels leave every loss and every weight as they are."""
    lesson = task()
    lesson.claims, lesson.outcome = [], None  # they speak of the words as they are
    before = compose(lesson, "en").nodes
    for context in lesson.contexts:
        if context.aside:
            context.label = {"animal": "device", "device": "animal"}[context.label]
            context.words = ["cable" if w in ("tail", "laptop") else w for w in context.words]
    after = compose(lesson, "en").nodes
    for name in ("Losses", "W_Q_epoch40", "Updated_W_K_epoch40", "Probabilities_epoch40"):
        assert (before[name].value == after[name].value).all()
    assert (before["Probabilities_aside"].value != after["Probabilities_aside"].value).any()


@pytest.mark.parametrize("rate", [0, 3, 10])
def test_any_rate_leaves_numbers(rate: float, workbooks: Workbooks) -> None:
    """No cell shows an error, however far a step goes."""
    saved = workbooks.saved("task", "en")
    area = saved.names["Learning_rate"]
    change: Change = (area.sheet, area.relative.partition(":")[0], float(rate))
    values = engine("ironcalc")(saved.path, [change])
    found = [value for sheet in values.values() for value in sheet.values()]
    assert not [value for value in found if type(value).__name__ == "ErrorValue"]


def test_wrong_rule_is_found(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A workbook built with a wrong gradient of exp does not pass."""
    with monkeypatch.context() as patch:
        plant_rule(patch, "exp", lambda f, g, r, x: (g,))
        path = build_text(LABELLED, tmp_path / "wrong.xlsx")
    wrong = {p.message.partition(":")[0] for p in check(path).problems if p.kind == "wrong value"}
    assert {"dLogits", "dScaled", "dScores", "dW_Q", "dW_K", "W_Q_epoch2"} <= wrong
    assert not {"dClassSum", "dClassExponentials", "dCrossEntropy", "Loss"} & wrong


def test_leaked_sentence_is_found(tmp_path: Path) -> None:
    """A sentence kept aside that training reads after all, its results stored: it is found."""
    path = build_text(LABELLED, tmp_path / "labelled.xlsx")
    place, source = cell_of(path, "Mask", 0, 3), cell_of(path, "OneHot_mixed", 0, 3)[1]
    last = re.sub(r"\d+", lambda row: str(int(row[0]) + 3), source)
    inside = f"<f>MAX({source}:{last})</f><v>0</v>"
    report = check(consistent(plant(path, tmp_path / "leak.xlsx", place, inside)))
    wrong = {p.message.partition(":")[0] for p in report.problems if p.kind == "wrong value"}
    assert {"Mask", "Attention", "Loss", "dW_K"} <= wrong


def test_targets_are_typed() -> None:
    """A reader may give a sentence another label, and all epochs learn that."""
    node = compose(parsed(LABELLED), "en").nodes["Targets"]
    assert isinstance(node, Input)
    assert node.value.tolist() == [[1, 0], [1, 0], [0, 1]]


# --- what is refused --------------------------------------------------------------------

ROW = 'row = "it"'
REFUSED = {
    "no row": (ROW, "", "training.row: expected the word whose output is judged, got ''"),
    "no such row": (
        ROW, 'row = "cat"', "training.row: expected the word whose output is judged, got 'cat'",
    ),
    "row is not in a sentence": (
        '["fire", "it"]', '["fire", "was"]',
        "contexts.fire.words: expected 'it' among them, got none",
    ),
    "a word twice": (
        '["fire", "it"]', '["fire", "it", "fire"]',
        "contexts.fire.words: expected each word once, got 'fire' twice",
    ),
    "no label": (
        'id = "sun"\nlabel = "hot"', 'id = "sun"',
        "contexts.sun.label: expected its class, got none",
    ),
    "label is no class": (
        'id = "sun"\nlabel = "hot"', 'id = "sun"\nlabel = "warm"',
        "contexts.sun.label: expected one of hot, cold, got 'warm'",
    ),
    "one class": (
        'id = "ice"\nlabel = "cold"', 'id = "ice"\nlabel = "hot"',
        "contexts: expected labels of two classes or more, got 'hot' alone",
    ),
    "no W_class": (
        "W_class = [[1.5, 0], [0, 1.5], [0.25, 0]]\n\n[weight_columns]\nW_class =",
        "\n[weight_columns]\nW_K =",
        "weights.W_class: expected a column for each class, got no weight",
    ),
    "classes without names": (
        '\n[weight_columns]\nW_class = { hot = "hot", cold = "cold" }\n', "",
        "weight_columns.W_class: expected the names of the classes, got none",
    ),
    "labels without cross-entropy": (
        'loss = "cross-entropy"\nrow = "it"\n', "",
        "contexts.sun.label: expected [training] by cross-entropy with it, got none",
    ),
    "row without cross-entropy": (
        'loss = "cross-entropy"\n', "",
        "training.row: expected loss = 'cross-entropy' with it, got 'mean-squared-error'",
    ),
    "mask": (
        "[attention]\n", '[attention]\nmask = "causal"\n',
        "attention.mask: expected 'off' under training by labels, got 'causal'",
    ),
    "positions": (
        "[attention]\n", '[attention]\npositions = "sinusoidal"\n',
        "attention.positions: expected 'off' under training by labels, got 'sinusoidal'",
    ),
    "keys": (
        '["fire", "it"]', '["fire", "it"]\nkeys = ["sun"]',
        "contexts.fire.keys: expected none under training by labels, got some",
    ),
    "one sheet for two": (
        "epochs = 4", 'epochs = 4\nsentence_sheet = "epochs"',
        "training.sheet: expected a sheet of its own, got 'epochs'",
    ),
    "unknown loss": (
        '"cross-entropy"', '"hinge"',
        "training.loss: expected one of 'mean-squared-error', 'cross-entropy', got 'hinge'",
    ),
    "W_class of another height": (
        "W_class = [[1.5, 0], [0, 1.5], [0.25, 0]]", "W_class = [[1.5, 0], [0, 1.5]]",
        "weights.W_class: Output (3×3) @ W_class (2×2): expected a right operand of 3 rows, got 2",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("old", "new", "message"), REFUSED.values(), ids=REFUSED)
def test_refused(old: str, new: str, message: str, tmp_path: Path) -> None:
    """What cannot be learned is refused in one line, and nothing is written."""
    path = tmp_path / "refused.xlsx"
    with pytest.raises(LessonError) as caught:
        build_text(replaced(old, new, LABELLED), path)
    assert str(caught.value) == f"{path.with_suffix('.toml')}: {message}"
    assert not path.exists()
