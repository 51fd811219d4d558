"""The judge of training, against finite differences of its own loss and lines by hand."""

from __future__ import annotations

import tomllib

import numpy as np
import pytest
from by_hand import Array, Table, recompute
from tools import OPTIMISERS, TRAINING, replaced, trained_by

from xlsxattn import lesson as files
from xlsxattn.compose import compose
from xlsxattn.expression import Input, Words

WEIGHTS = ("W_Q", "W_K", "W_V", "W_out")
CONTEXTS = ("one", "two")
KEYS = replaced('words = ["cat", "runs"]', 'words = ["cat", "runs"]\nkeys = ["dog", "cat", "runs"]',
                TRAINING)  # fmt: skip
#: The lesson with other choices of attention, and with some of the weights.
CHOICES = {
    "plain": TRAINING,
    "causal": replaced("[attention]\n", '[attention]\nmask = "causal"\n', TRAINING),
    "window": replaced("[attention]\n", '[attention]\nmask = "window"\nwindow = 1\n', TRAINING),
    "positions": replaced("[attention]\n", '[attention]\npositions = "sinusoidal"\n', TRAINING),
    "dot": replaced("[attention]\n", '[attention]\nscores = "dot"\ntemperature = 2.0\n', TRAINING),
    "cross": KEYS,
    "no W_Q and W_K": TRAINING.replace("W_Q =", "#").replace("W_K =", "#"),
    "no W_V and W_out": TRAINING.replace("W_V =", "#").replace("W_out =", "#"),
}
every = pytest.mark.parametrize("text", CHOICES.values(), ids=CHOICES)


def prepared(text: str) -> tuple[files.Lesson, dict[str, Array]]:
    """A lesson with what is typed into its cells."""
    lesson = files.parse(tomllib.loads(text))
    nodes = compose(lesson, "en").nodes
    return lesson, {n: v.value for n, v in nodes.items() if isinstance(v, (Input, Words))}


def judged(text: str, **changed: Array) -> Table:
    lesson, inputs = prepared(text)
    return recompute(lesson, inputs | changed)


@every
def test_gradients_follow_the_loss(text: str) -> None:
    """Each weight's gradient is how fast the judge's own loss changes with it."""
    lesson, inputs = prepared(text)
    table, h = recompute(lesson, inputs), 1e-5
    for name in lesson.weights:
        for index in np.ndindex(*inputs[name].shape):
            losses = []
            for sign in (h, -h):
                shifted = inputs[name].copy()
                shifted[index] += sign
                losses.append(recompute(lesson, inputs | {name: shifted})["Loss"].values[0, 0])
            quotient = (losses[0] - losses[1]) / (2 * h)
            assert table[f"d{name}"].values[index] == pytest.approx(quotient, abs=1e-9)


def test_loss() -> None:
    """The mean of the squared differences over all numbers of both sentences."""
    table = judged(TRAINING)
    apart = [table[f"Output_{c}"].values - table[f"X_{c}"].values for c in CONTEXTS]
    squares = np.concatenate([a.ravel() for a in apart]) ** 2
    assert table["Loss"].values[0, 0] == pytest.approx(squares.mean(), rel=1e-14)


@pytest.mark.parametrize("optimiser", OPTIMISERS)
def test_epochs_are_chained(optimiser: str) -> None:
    """An epoch starts with what the one before it left, and is the first epoch of those."""
    table = judged(trained_by(optimiser))
    for epoch in (2, 3, 4):
        tail = f"_epoch{epoch - 1}" if epoch > 2 else ""
        starts = {name: table[f"{name}_epoch{epoch}"].values for name in WEIGHTS}
        for name, start in starts.items():
            assert (start == table[f"Updated_{name}{tail}"].values).all()
        again = judged(trained_by(optimiser), **starts)
        for step in ("Loss", "Attention_two", "dScores_one", "dW_Q", "dW_out"):
            assert (again[step].values == table[f"{step}_epoch{epoch}"].values).all()


def tails(count: int) -> list[str]:
    return ["", *(f"_epoch{epoch}" for epoch in range(2, count + 1))]


def test_gradient_descent_by_hand() -> None:
    """Every weight goes against its gradient."""
    table = judged(TRAINING)
    for name in WEIGHTS:
        weight = table[name].values
        for tail in tails(4):
            weight = weight - 0.25 * table[f"d{name}{tail}"].values
            assert table[f"Updated_{name}{tail}"].values == pytest.approx(weight, rel=1e-15)


def test_momentum_by_hand() -> None:
    """Two epochs written out: the second velocity keeps nine tenths of the first."""
    table = judged(trained_by("momentum"))
    for name in WEIGHTS:
        start, first = table[name].values, table[f"d{name}"].values
        second = table[f"d{name}_epoch2"].values
        velocity = 0.9 * first + second
        assert (table[f"Velocity_{name}"].values == first).all()
        assert table[f"Velocity_{name}_epoch2"].values == pytest.approx(velocity, rel=1e-15)
        moved = start - 0.25 * first - 0.25 * velocity
        assert table[f"Updated_{name}_epoch2"].values == pytest.approx(moved, abs=1e-15)


def test_adam_by_hand() -> None:
    """The first step is the rate itself in the gradient's direction; the second is written out."""
    table = judged(trained_by("adam"))
    for name in WEIGHTS:
        start, first = table[name].values, table[f"d{name}"].values
        second = table[f"d{name}_epoch2"].values
        step = 0.25 * first / (np.abs(first) + 1e-8)
        assert table[f"Updated_{name}"].values == pytest.approx(start - step, abs=1e-14)
        mean = (0.9 * 0.1 * first + 0.1 * second) / (1 - 0.81)
        square = (0.999 * 0.001 * first**2 + 0.001 * second**2) / (1 - 0.999**2)
        moved = start - step - 0.25 * mean / (np.sqrt(square) + 1e-8)
        assert table[f"Updated_{name}_epoch2"].values == pytest.approx(moved, abs=1e-12)


def test_without_learning_nothing_moves() -> None:
    """With learning rate 0 every epoch is the first one."""
    losses = judged(TRAINING, Learning_rate=np.array([[0.0]]))["Losses"].values
    assert losses.shape == (4, 1)
    assert len(set(losses.ravel())) == 1


def test_gradient_checker() -> None:
    """The row of a matrix has its chosen weight, both losses, their quotient, the gradient."""
    chosen = {"Checked_row": np.array([[2.0]]), "Checked_column": np.array([[1.0]])}
    table = judged(TRAINING, **chosen)
    lines = table["Gradient_check"].values
    for name, line in zip(WEIGHTS, lines, strict=True):
        assert line[0] == table[name].values[1, 0]
        assert line[4] == table[f"d{name}"].values[1, 0]
        assert line[3] == (line[1] - line[2]) / 0.002
        assert line[3] == pytest.approx(line[4], abs=1e-6)
    assert table["Gradient_check"].rows == list(WEIGHTS)


def test_a_weight_outside_a_matrix() -> None:
    """Where a smaller matrix has no such row, nothing is changed, and both answers are 0."""
    table = judged(TRAINING, Checked_row=np.array([[3.0]]), Checked_column=np.array([[2.0]]))
    last = table["Gradient_check"].values[WEIGHTS.index("W_out")]
    assert last.tolist() == [0, last[1], last[1], 0, 0]


@pytest.mark.parametrize(
    ("epochs", "chosen"),
    [
        (2, [1, 2]),
        (3, [1, 2, 3]),
        (7, [1, 2, 3, 4, 5, 6, 7]),
        (30, [1, 5, 10, 15, 20, 25, 30]),
        (60, [1, 10, 20, 30, 40, 50, 60]),
    ],
)
def test_milestones(epochs: int, chosen: list[int]) -> None:
    """The first and the last epoch, and about every sixth part between them."""
    text = replaced("epochs = 4", f"epochs = {epochs}", TRAINING)
    assert judged(text)["Milestones"].values[:, 0].tolist() == chosen


def test_last_epoch() -> None:
    """What notation calls the last is the last, whatever the number of epochs."""
    table = judged(TRAINING)
    for name in ("Loss", "Attention_one", "Updated_W_V", "dW_K"):
        assert table[f"{name}_last"] is table[f"{name}_epoch4"]
