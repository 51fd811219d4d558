"""Training in notation: losses and updates against plain NumPy, and epochs as copies."""

from __future__ import annotations

import numpy as np
import pytest

from xlsxattn.errors import ShapeError
from xlsxattn.expression import ColumnCount, Input, Matrix, Number, Numbering, Step, postorder
from xlsxattn.functions import exp, row_max, row_sum, sqrt, total
from xlsxattn.gradient import gradient
from xlsxattn.named_attention import Steps, attention
from xlsxattn.training import (
    Adam,
    Momentum,
    Optimiser,
    State,
    copied,
    divergence,
    first_divergence,
    held,
    mean_squared_error,
    row_maxima,
)

RANDOM = np.random.RandomState(3)
W = RANDOM.uniform(-1, 1, (2, 3))
RATE, MOMENTUM, BETA1, BETA2, EPSILON = 0.2, 0.8, 0.7, 0.9, 1e-3


def scalar(name: str, value: float) -> Input:
    return Input(name, [[value]])


# --- steps that are too long ----------------------------------------------------------


def test_held() -> None:
    """A weight beyond a million is put back to it; others stay as they are."""
    weights = [[-1e9, -1e6, -0.5], [0, 999999.5, 1e300]]
    assert held(Input("A", weights)).value.tolist() == [[-1e6, -1e6, -0.5], [0, 999999.5, 1e6]]


@pytest.mark.parametrize(
    ("losses", "first"),
    [([1, 2, 3], "–"), ([1, 1e6, 3], 2.0), ([1e7, 1, 1e9], 1.0), ([1, 999999.9, 1e40], 3.0)],
)
def test_first_divergence(losses: list[float], first: float | str) -> None:
    """The first epoch with a loss of a million counts, whatever comes after it."""
    column = Step("Losses", Input("L", [[loss] for loss in losses]))
    apart = Step("Divergence", divergence(column, Step("Epochs", Numbering("row", column))))
    assert first_divergence(apart).value.tolist() == [[first]]


# --- the loss -------------------------------------------------------------------------


def test_mean_squared_error() -> None:
    """The mean counts every element of every pair alike, however long the sentences are."""
    short, long = RANDOM.uniform(-1, 1, (2, 2, 3)), RANDOM.uniform(-1, 1, (2, 5, 3))
    nodes = [Input(f"I{i}", values) for i, values in enumerate((*short, *long))]
    loss = mean_squared_error([nodes[0], nodes[2]], [nodes[1], nodes[3]])
    differences = np.concatenate([short[0] - short[1], long[0] - long[1]])
    assert loss.shape == (1, 1)
    assert loss.value[0, 0] == pytest.approx((differences**2).mean(), rel=1e-15)


def test_mean_squared_error_needs_pairs() -> None:
    """An output without a target is an error, not a shorter mean."""
    with pytest.raises(ValueError, match="shorter"):
        mean_squared_error([Input("A", W), Input("B", W)], [Input("C", W)])


# --- updates --------------------------------------------------------------------------


def epochs(optimiser: Optimiser, count: int) -> list[dict[str, np.ndarray]]:
    """The steps of some epochs that make the sum of the fourth powers of a weight smaller."""
    made: dict[str, Matrix] = {}
    step, state = Steps(made), State()
    weight = Input("W", W)
    start = step("Start", weight)
    (slope,) = gradient(total(start**4), [start])
    optimiser.start(step, state)
    step("Updated", optimiser.update("W", start, slope, step, state))
    steps = [node for node in made.values() if isinstance(node, Step) and node is not start]
    found = [{name: node.value for name, node in made.items()}]
    before: dict[Matrix, Matrix] = {node: node for node in steps}
    for epoch in range(2, count + 1):
        replaced = {start: before[made["Updated"]]}
        replaced |= {zero: before[kept] for zero, kept in state.carry.items()}
        before = copied(steps, replaced, lambda name, epoch=epoch: f"{name}_epoch{epoch}")
        found.append({node.name: before[node].value for node in steps})
    return found


def test_gradient_descent() -> None:
    """W ← W − η · ∂L/∂W."""
    weight = W
    for found in epochs(Optimiser(scalar("Rate", RATE)), 4):
        weight = weight - RATE * 4 * weight**3
        assert found["Updated"] == pytest.approx(weight, rel=1e-14)


def test_momentum() -> None:
    """The velocity is 0 at first, and then keeps a share of itself."""
    weight, velocity = W, np.zeros_like(W)
    for found in epochs(Momentum(scalar("Rate", RATE), scalar("Momentum", MOMENTUM)), 5):
        velocity = MOMENTUM * velocity + 4 * weight**3
        weight = weight - RATE * velocity
        assert found["Velocity_W"] == pytest.approx(velocity, rel=1e-13)
        assert found["Updated"] == pytest.approx(weight, rel=1e-13)


def test_adam() -> None:
    """Both means start at 0 and are corrected for it by the number of the epoch."""
    beta1, beta2 = scalar("Beta1", BETA1), scalar("Beta2", BETA2)
    optimiser = Adam(scalar("Rate", RATE), beta1, beta2, scalar("Epsilon", EPSILON))
    weight, mean, square = W, np.zeros_like(W), np.zeros_like(W)
    for epoch, found in enumerate(epochs(optimiser, 5), 1):
        slope = 4 * weight**3
        mean = BETA1 * mean + (1 - BETA1) * slope
        square = BETA2 * square + (1 - BETA2) * slope**2
        spread = np.sqrt(square / (1 - BETA2**epoch)) + EPSILON
        weight = weight - RATE * mean / (1 - BETA1**epoch) / spread
        assert found["Epoch_number"] == epoch
        assert found["Mean_W"] == pytest.approx(mean, rel=1e-12)
        assert found["Square_W"] == pytest.approx(square, rel=1e-12)
        assert found["Updated"] == pytest.approx(weight, rel=1e-12)


def test_states_are_of_each_weight() -> None:
    """Two weights share the number of the epoch, and nothing else."""
    made: dict[str, Matrix] = {}
    state, rate = State(), scalar("Rate", RATE)
    optimiser = Adam(rate, rate, rate, rate)
    optimiser.start(Steps(made), state)
    for name in ("W_Q", "W_K"):
        optimiser.update(name, Input(name, W), Input(f"d{name}", W), Steps(made), state)
    assert list(made) == ["Epoch_number", "Mean_W_Q", "Square_W_Q", "Mean_W_K", "Square_W_K"]
    assert [node.name for node in state.carry.values()] == list(made)
    assert all(not zero.value.any() for zero in state.carry)
    assert all(zero.shape == node.shape for zero, node in state.carry.items())


# --- copies ---------------------------------------------------------------------------


def test_copied() -> None:
    """A copy follows what is replaced, under its new name, and leaves the first as it was."""
    x, y = Input("x", W), Input("y", 2 * W)
    first = Step("First", exp(x))
    second = Step("Second", row_sum(first) * 2)
    twins = copied([first, second], {x: y}, lambda name: f"{name}_again")
    assert [twins[node].name for node in (first, second)] == ["First_again", "Second_again"]
    assert twins[second].value == pytest.approx(2 * np.exp(2 * W).sum(1, keepdims=True))
    assert second.value == pytest.approx(2 * np.exp(W).sum(1, keepdims=True))
    assert twins[first] in set(postorder(twins[second]))
    assert not {first, x} & set(postorder(twins[second]))
    assert (first.name, second.name) == ("First", "Second")


def test_copied_keeps_what_does_not_depend() -> None:
    """What does not depend on the replaced nodes is shared by all copies."""
    x, y, other = Input("x", W), Input("y", W), Input("other", W)
    outside = Step("Outside", other * 2)
    step = Step("Step", x + outside)
    twins = copied([step], {x: y}, str.upper)
    assert outside not in twins
    assert twins[step].operands[0].operands == (y, outside)


def test_copied_steps_have_a_copy_each() -> None:
    """A chosen step is copied even where nothing in it changes: it has cells in each epoch."""
    x, y = Input("x", W), Input("y", W)
    constant = Step("Constant", Input("other", W) * 2)
    twins = copied([constant], {x: y}, lambda name: f"{name}_2")
    assert twins[constant] is not constant
    assert twins[constant].name == "Constant_2"
    assert (twins[constant].value == constant.value).all()


def test_copied_writes_out_what_has_no_cells() -> None:
    """A step that has no copy of its own, but depends on what is replaced, is inlined."""
    x, y = Input("x", W), Input("y", 2 * W)
    inner = Step("Inner", x + 1)
    outer = Step("Outer", inner * 3)
    twins = copied([outer], {x: y}, lambda name: f"{name}_2")
    assert not any(isinstance(node, Step) for node in postorder(*twins[outer].operands))
    assert (twins[outer].value == (2 * W + 1) * 3).all()


def test_copied_shapes_are_shared() -> None:
    """How many columns there are, and the numbers of rows, are the same in every copy."""
    x, y = Input("x", W), Input("y", 2 * W)
    keys = Step("K", x * 1)
    width, numbers = ColumnCount(keys), Numbering("row", keys)
    step = Step("Scaled", x / sqrt(width) + numbers)
    twins = copied([step], {x: y}, lambda name: f"{name}_2")
    assert {width, numbers} <= set(postorder(twins[step]))


def test_copied_numbers_are_those_of_the_copy() -> None:
    """Where the numbered matrix has a copy, a formula filled to the right counts that one."""
    x, y = Input("x", W), Input("y", 2 * W)
    scores = Step("Scores", x * 1)
    mask = Step("Mask", Numbering("column", scores).less_equal(Numbering("row", scores)))
    twins = copied([scores, mask], {x: y}, lambda name: f"{name}_2")
    counted = {node.of for node in postorder(twins[mask]) if isinstance(node, Numbering)}
    assert counted == {twins[scores]}
    assert (twins[mask].value == mask.value).all()


def test_copied_refuses_another_shape() -> None:
    """A node is replaced by one of its shape."""
    x = Input("x", W)
    step = Step("Step", x + 1)
    with pytest.raises(ShapeError, match=r"x \(2×3\)"):
        copied([step], {x: Input("y", W.T)}, str.upper)


def test_copy_of_a_copy() -> None:
    """Epochs are copied one from the other, each reading the one before it."""
    weight = Input("W", W)
    start = Step("Start", weight)
    half = Step("Half", start / 2)
    before: Matrix = half
    for epoch in range(20):
        before = copied([half], {start: before}, lambda name, e=epoch: f"{name}{e}")[half]
    assert before.value == pytest.approx(W / 2**21, rel=1e-15)


# --- what needs no gradient -----------------------------------------------------------


def test_row_maxima() -> None:
    """The row maximum is found by what it is, and by nothing else."""
    x = Input("x", W)
    steps: dict[str, Matrix] = {
        "x": x,
        "Largest": Step("Largest", row_max(x)),
        "RowSum": Step("RowSum", row_sum(x)),
        "RowMax": Step("RowMax", x * 2),
    }
    assert row_maxima(steps) == [steps["Largest"]]


def test_row_maxima_change_no_gradient() -> None:
    """A softmax is the same for any shift: the gradient without them is the gradient."""
    made: dict[str, Matrix] = {}
    x = Input("x", RANDOM.uniform(-1, 1, (3, 2)))
    output = attention(x, x, x, Steps(made), temperature=Number(1))
    loss = total(output**2)
    (through,) = gradient(loss, [x])
    (past,) = gradient(loss, [x], constant=row_maxima(made))
    assert past.value == pytest.approx(through.value, abs=1e-14)
    assert len(list(postorder(past))) < len(list(postorder(through)))
