"""Weights that are fitted: one compiled graph, the optimisers, the files that training leaves."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from conftest import Workbooks
from numpy.random import RandomState
from numpy.typing import NDArray
from peers.reference import reference
from test_peers import EXACT, error, model
from tools import build_text, replaced

from xlsxattn.check import check
from xlsxattn.cli import main
from xlsxattn.compose import compose
from xlsxattn.errors import GradientError, LessonError
from xlsxattn.expression import Input, LargestLabel, Matrix, Step, Texts
from xlsxattn.fitting import lesson as fitting
from xlsxattn.fitting.compiled import Compiled
from xlsxattn.fitting.fit import DECIMALS, fit
from xlsxattn.fitting.lesson import Wish, train
from xlsxattn.fitting.optimisers import Adam, Momentum
from xlsxattn.fitting.saving import save_weights, with_file
from xlsxattn.fitting.start import load_unfitted, names_to_fit
from xlsxattn.functions import attention
from xlsxattn.functions.tables import total
from xlsxattn.gradient import gradient, gradients
from xlsxattn.lesson import Fit, find
from xlsxattn.outline import Outline

Array = NDArray[np.float64]

LESSON = """\
format = 1
title = "Animal or device"

[vocabulary]
columns = { animal = "animal", device = "device", link = "link", mood = "mood" }
[vocabulary.words]
cat = [2.0, 0.0, 0.0, 0.5]
keyboard = [0.0, 2.0, 0.0, 0.5]
mouse = [1.2, 1.2, 0.0, 0.0]
and = [0.0, 0.0, 1.0, 0.0]

[[contexts]]
id = "cat"
title = "cat"
words = ["cat", "and", "mouse"]

[[contexts]]
id = "keyboard"
title = "keyboard"
words = ["keyboard", "and", "mouse"]

[[inputs]]
name = "Targets"
values = [[1, 0], [0, 1]]
columns = ["animal", "device"]

[weights]
W_class = { seed = 3, rows = 4, columns = 2 }
W_typed = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]

[fit]
loss = "Loss"
epochs = 60
learning_rate = 0.02

[[steps]]
name = "Layer_1"
use = "encoder_block"
from = "X"
weights = { seed = 4 }  # drawn at first

[[steps]]
name = "Logits"
formula = "stack(Layer_1_cat[2], Layer_1_keyboard[2]) @ W_typed @ W_class"

[[steps]]
name = "Loss"
formula = "cross_entropy(Logits, Targets)"

[[claims]]
name = "low"
text = "The loss is below that of a guess."
holds = "Loss < 0.69"
"""


def quiet(epoch: int, loss: float) -> None:
    """Tells nobody."""


@pytest.fixture
def written(tmp_path: Path) -> Path:
    path = tmp_path / "two.toml"
    path.write_text(LESSON, encoding="utf-8")
    return path


# --- the compiled graph -----------------------------------------------------------------


@pytest.mark.parametrize("name", reference())
def test_compiled_is_pytorchs(name: str) -> None:
    """Result and gradients of one pass, for weights that were not there when it was compiled."""
    case, found = reference()[name]
    nodes: dict[str, Matrix] = {
        name: Input(name, one * 0 + 0.5) for name, one in case.given.items()
    }
    for constant in set(case.given) - set(case.of):
        nodes[constant] = Input(constant, case.given[constant])
    output = model(case, nodes)
    loss = total(output * nodes["loss_weights"])
    of = [nodes[one] for one in case.of]
    run = Compiled([output, *gradients(loss, of)], of)
    got = run({nodes[one]: case.given[one] for one in case.of})
    for one, value in zip(["output", *case.of], got, strict=True):
        assert error(value, found[one]) <= EXACT, one


def test_alike_nodes_are_one_operation() -> None:
    """Twenty sentences of one length cost hardly more operations than one."""
    sizes = []
    for count in (1, 20):
        run, W, _ = alike(count)
        sizes.append(len(run._calls))
        numbers = RandomState(1).standard_normal(W.shape)
        want = sum(np.tanh(one @ numbers).sum() for one in sentences(count))
        np.testing.assert_allclose(run({W: numbers})[0], [[want]], rtol=1e-12)
    assert sizes[1] <= sizes[0] + 2 * 19 + 3  # the sums of losses and of gradients are chains


def sentences(count: int) -> list[Array]:
    return [RandomState(index).standard_normal((3, 4)) for index in range(count)]


def alike(count: int) -> tuple[Compiled, Input, Matrix]:
    from xlsxattn.functions.tables import tanh

    W = Input("W", np.zeros((4, 2)))
    loss: Matrix | None = None
    for index, numbers in enumerate(sentences(count)):
        one = total(tanh(Input(f"X{index}", numbers) @ W))
        loss = one if loss is None else loss + one
    assert loss is not None
    return Compiled([loss, *gradient(loss, [W])], [W]), W, loss


def test_sentences_of_one_matrix_are_one_operation() -> None:
    """Attention over many sentences, one under another, costs no more operations than over few."""
    sizes = []
    for count in (2, 20):
        X, Q = Input("X", np.concatenate(sentences(count))), Input("Q", np.ones((count, 4)))
        W = Input("W", np.zeros((4, 4)))
        loss = total(attention(Q, X @ W, X @ W, sentences=count) ** 2)
        run = Compiled([loss, *gradient(loss, [W])], [W])
        sizes.append(len(run._calls))
        numbers = RandomState(1).standard_normal(W.shape)
        found = []
        for one in sentences(count):
            scores = np.exp(one @ numbers @ np.ones(4) / 2)
            found.append(scores / scores.sum() @ one @ numbers)
        np.testing.assert_allclose(run({W: numbers})[0], [[(np.array(found) ** 2).sum()]])
        slopes = run({W: numbers})[1]
        for index in np.ndindex(W.shape):
            moved = [numbers.copy(), numbers.copy()]
            moved[0][index] += 1e-6
            moved[1][index] -= 1e-6
            above, below = (run({W: one})[0][0, 0] for one in moved)
            assert slopes[index] == pytest.approx((above - below) / 2e-6, rel=1e-5, abs=1e-6)
    assert sizes[0] == sizes[1]


def test_operations_without_a_slope_are_refused() -> None:
    W = Input("W", np.zeros((2, 2)), column_labels=Texts.of(("a", "b")))
    with pytest.raises(GradientError, match="expected an operation that can be trained"):
        Compiled([LargestLabel(W)], [W])


# --- optimisers -------------------------------------------------------------------------


def test_optimisers_by_hand() -> None:
    w, g = np.array([[1.0, -2.0]]), np.array([[0.5, 0.25]])
    descent = Momentum(0.1)
    np.testing.assert_allclose(descent.update([w], [g])[0], [[0.95, -2.025]])
    momentum = Momentum(0.1, 0.9)
    (once,) = momentum.update([w], [g])
    np.testing.assert_allclose(momentum.update([once], [g])[0], once - 0.1 * 1.9 * g)
    adam = Adam(0.1, 0.9, 0.999, 1e-8)
    (first,) = adam.update([w], [g])
    np.testing.assert_allclose(first, w - 0.1 * np.sign(g), rtol=1e-6)


@pytest.mark.parametrize("optimiser", ["gradient-descent", "momentum", "adam"])
def test_losses_are_those_of_training_in_cells(optimiser: str, workbooks: Workbooks) -> None:
    """The lesson that trains in cells and `fit` take the same steps."""
    from xlsxattn.lesson import load

    lesson = load(find("training"), "en")
    assert lesson.training is not None
    lesson.training.optimiser = optimiser  # type: ignore[assignment]
    lesson.training.learning_rate = 0.05
    outline = compose(lesson, "en")
    shown = [outline.nodes[f"Loss_epoch{epoch}"].value[0, 0] for epoch in range(2, 8)]
    choices = Fit("Loss", epochs=7, learning_rate=0.05, optimiser=optimiser)  # type: ignore[arg-type]
    fitted = fit(outline, {*lesson.weights}, choices, quiet)
    np.testing.assert_allclose(fitted.losses[1:], shown, rtol=1e-9)


def outline_of(*nodes: Matrix) -> Outline:
    """An outline that knows some nodes, and shows nothing."""
    return Outline(None, "en", "T", "", [], [], {node.name: node for node in nodes}, {})


def test_the_best_weights_are_kept() -> None:
    """Steps that go too far: of 1 → −2 → 4 → −8 the first has the least loss, and is kept."""
    W = Input("W", [[1.0]])
    choices = Fit("Loss", epochs=4, learning_rate=1.5, optimiser="gradient-descent")
    fitted = fit(outline_of(W, Step("Loss", total(W * W))), {"W"}, choices, quiet)
    assert fitted.losses == [1.0, 4.0, 16.0, 64.0]
    assert (fitted.loss, fitted.weights["W"].tolist()) == (1.0, [[1.0]])


def test_weight_decay_draws_weights_to_zero() -> None:
    """It adds that much of a weight to its gradient: W ← W − η (∂L/∂W + λ W)."""
    W, G = Input("W", [[1.0, -2.0]]), np.array([[0.5, 0.25]])
    loss = Step("Loss", total(W * Input("G", G)))
    choices = Fit(
        "Loss", epochs=3, learning_rate=0.5, optimiser="gradient-descent", weight_decay=0.1
    )
    fitted = fit(outline_of(W, loss), {"W"}, choices, quiet)
    weights, expected = W.data, []
    for _ in range(3):
        expected.append((weights * G).sum())
        weights = weights - 0.5 * (G + 0.1 * weights)
    np.testing.assert_allclose(fitted.losses, expected, rtol=1e-12)


def test_weights_have_seeds_of_their_own(written: Path) -> None:
    """Those of the file where it has some, and others for each weight where one is asked for."""
    lesson = load_unfitted(written, "en", seed=5)
    source, step = lesson.weights["W_class"], lesson.steps[0].weights
    assert not isinstance(source, list) and step is not None
    assert source.seed == 5 and step.seed not in (None, 5)
    lesson = load_unfitted(written, "en")
    source, step = lesson.weights["W_class"], lesson.steps[0].weights
    assert not isinstance(source, list) and step is not None
    assert (source.seed, step.seed) == (3, 4)


# --- training a lesson ------------------------------------------------------------------


def test_train(written: Path, tmp_path: Path) -> None:
    """The loss falls, the lesson names the file, and its workbook has the numbers."""
    losses: list[float] = []
    trained = train(written, "en", None, Wish(), lambda _, loss: losses.append(loss))
    assert trained.lesson == written
    assert len(losses) == 60
    assert trained.fitted.loss < losses[0] / 50
    with np.load(trained.weights) as arrays:
        assert {"W_class", "W_Q_layer1", "b_hidden_layer1"} <= set(arrays.files)
        assert "W_typed" not in arrays.files
        assert all((arrays[one] == np.round(arrays[one], DECIMALS)).all() for one in arrays.files)
    text = written.read_text(encoding="utf-8")
    assert 'weights = { seed = 4, file = "two.npz"}  # drawn at first' in text
    report = check(build_text_at(written, tmp_path / "two.xlsx"))
    assert report.problems == []
    from xlsxattn.lesson import load

    loss = compose(load(written, "en"), "en").nodes["Loss"].value
    np.testing.assert_allclose(loss, [[trained.fitted.loss]], rtol=1e-12)


def build_text_at(path: Path, target: Path) -> Path:
    from xlsxattn.build import build

    build(str(path), target, "en")
    return target


def test_again_is_the_same_file(written: Path) -> None:
    """The same seed, the same bytes, whatever the file had; another seed, others."""
    first = train(written, "en", None, Wish(epochs=5), quiet).weights.read_bytes()
    again = train(written, "en", None, Wish(epochs=5), quiet).weights.read_bytes()
    other = train(written, "en", None, Wish(epochs=5, seed=9), quiet).weights.read_bytes()
    assert first == again != other


def test_elsewhere(written: Path, tmp_path: Path) -> None:
    """With -o the lesson itself stays as it was."""
    result = CliRunner().invoke(
        main, ["train", str(written), "-o", str(tmp_path / "b" / "mine.toml"), "--epochs", "2"]
    )
    assert result.exit_code == 0, result.output
    assert written.read_text(encoding="utf-8") == LESSON
    assert (tmp_path / "b" / "mine.npz").exists()
    content = tomllib.loads((tmp_path / "b" / "mine.toml").read_text(encoding="utf-8"))
    assert content["weights"]["W_class"]["file"] == "mine.npz"


def test_interrupted(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C keeps the best so far; in the first epoch there is none, and nothing is written."""

    def stop(last: int) -> Any:
        def progress(epoch: int, loss: float) -> None:
            if epoch == last:
                raise KeyboardInterrupt

        return progress

    before = written.read_text(encoding="utf-8")
    with pytest.raises(KeyboardInterrupt):
        train(written, "en", None, Wish(), stop(1))
    assert written.read_text(encoding="utf-8") == before
    assert not written.with_suffix(".npz").exists()
    trained = train(written, "en", None, Wish(), stop(8))
    assert trained.fitted.interrupted
    assert len(trained.fitted.losses) == 7


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ('loss = "Loss"', 'loss = "Los"', "fit.loss: expected the name of a step of one number"),
        ('loss = "Loss"', 'loss = "Logits"', "fit.loss: expected the name of a step of one number"),
        ("rows = 4, columns = 2", 'file = "no.npz"', "expected rows and columns of a weight"),
        ('[fit]\nloss = "Loss"\nepochs = 60\nlearning_rate = 0.02\n', "", "expected a .fit. table"),
        ("epochs = 60", "epochs = 0", "fit.epochs"),
        ('formula = "cross_entropy(Logits, Targets)"', 'formula = "total(Targets)"', "fit.loss"),
    ],
)  # fmt: skip
def test_refused(old: str, new: str, message: str, written: Path) -> None:
    """One line, and nothing is written."""
    text = replaced(old, new, LESSON)
    text = text.replace("total(Targets)", "sum(Targets)")
    written.write_text(text, encoding="utf-8")
    with pytest.raises(LessonError, match=message) as raised:
        train(written, "en", None, Wish(), quiet)
    assert "\n" not in str(raised.value)
    assert written.read_text(encoding="utf-8") == text
    assert [one.name for one in written.parent.iterdir()] == ["two.toml"]


def test_a_rate_that_diverges(written: Path) -> None:
    text = replaced("cross_entropy(Logits, Targets)", "mean(Logits ** 4)", LESSON)
    text = replaced("epochs = 60", 'epochs = 60\noptimiser = "gradient-descent"', text)
    written.write_text(text, encoding="utf-8")
    with pytest.raises(LessonError, match=r"expected a loss that stays a number, got .* in epoch"):
        train(written, "en", None, Wish(learning_rate=10), quiet)
    assert [one.name for one in written.parent.iterdir()] == ["two.toml"]


def test_a_file_that_is_not_there_yet(written: Path, tmp_path: Path) -> None:
    """`build` needs the file, and `train` makes it."""
    text = replaced("{ seed = 4 }", '{ seed = 4, file = "two.npz" }', LESSON)
    with pytest.raises(LessonError, match="expected a file of weights, got no such file"):
        build_text(text, tmp_path / "two.xlsx")
    written.write_text(text, encoding="utf-8")
    assert train(written, "en", None, Wish(epochs=2), quiet).weights.exists()


def test_names_to_fit(written: Path) -> None:
    names = names_to_fit(load_unfitted(written, "en"))
    assert {"W_class", "W_Q_layer1", "gain_forward_layer1"} <= names
    assert "W_typed" not in names


def test_a_leaked_rule_is_found(written: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the gradient of another sign the loss does not fall."""
    monkeypatch.setattr(
        "xlsxattn.fitting.fit.gradient", lambda loss, of: [-one for one in gradient(loss, of)]
    )
    fitted = train(written, "en", None, Wish(epochs=20), quiet).fitted
    assert fitted.losses[-1] > fitted.losses[0]


# --- files ------------------------------------------------------------------------------


def test_saved_weights_are_numpys(tmp_path: Path) -> None:
    numbers = {"W": np.arange(6.0).reshape(2, 3), "b": np.array([[0.5]])}
    save_weights(tmp_path / "w.npz", numbers)
    with np.load(tmp_path / "w.npz", allow_pickle=False) as arrays:
        assert arrays.files == ["W", "b"]
        for name, array in numbers.items():
            np.testing.assert_array_equal(arrays[name], array)


def test_with_file_keeps_the_rest() -> None:
    text = "# a\n[weights]\nA = { seed = 1, rows = 2, columns = 2 } # b\nB = [[1]]\n"
    text += '[weights.C]\nseed = 2\nfile = "old.npz"\n'
    changed = with_file(text, "new.npz")
    assert changed.startswith("# a\n[weights]\nA = { seed = 1, rows = 2, columns = 2, file =")
    assert '# b\nB = [[1]]\n[weights.C]\nseed = 2\nfile = "old.npz"\n' in changed
    assert fitting.train is train
