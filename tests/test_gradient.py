"""Gradient rules, each against finite differences of the value that it claims to follow."""

import numpy as np
import pytest

from xlsxattn import gradient as module
from xlsxattn.attention import Steps, attention
from xlsxattn.errors import GradientError
from xlsxattn.expression import (
    Elementwise,
    Input,
    Joined,
    Lookup,
    Number,
    Reduction,
    Slice,
    Step,
    Words,
    exp,
    ln,
    row_sum,
    sqrt,
    tanh,
    total,
    where,
)
from xlsxattn.gradient import gradient

RANDOM = np.random.RandomState(7)
A, B = RANDOM.uniform(0.5, 2, (3, 4)), RANDOM.uniform(0.5, 2, (3, 4))
ROW, COLUMN, SCALAR = A[:1] + 0.1, A[:, :1] + 0.2, A[:1, :1] + 0.3
SQUARE = RANDOM.uniform(-1, 1, (4, 3))


def differences(build, values, which, h=1e-6):
    """Central differences of a scalar expression in one of its inputs."""

    def loss(changed):
        inputs = [Input(f"I{k}", changed if k == which else v) for k, v in enumerate(values)]
        return build(*inputs).value[0, 0]

    result = np.zeros_like(values[which])
    for index in np.ndindex(*result.shape):
        up, down = values[which].copy(), values[which].copy()
        up[index] += h
        down[index] -= h
        result[index] = (loss(up) - loss(down)) / (2 * h)
    return result


def largest_error(build, *values):
    """How far the rules are from finite differences, over all inputs."""
    inputs = [Input(f"I{k}", value) for k, value in enumerate(values)]
    found = gradient(build(*inputs), inputs)
    assert [node.shape for node in found] == [node.shape for node in inputs]
    return max(
        np.abs(node.value - differences(build, list(values), k)).max()
        for k, node in enumerate(found)
    )


def weighted(node):
    """A loss in which every element counts differently."""
    weights = np.arange(1.0, node.rows * node.columns + 1).reshape(node.shape)
    return total(node * Input("Weights", weights))


RULES = {
    "add": (lambda a, b: weighted(a + b), A, B),
    "subtract": (lambda a, b: weighted(a - b), A, B),
    "multiply": (lambda a, b: weighted(a * b), A, B),
    "divide": (lambda a, b: weighted(a / b), A, B),
    "power": (lambda a: weighted(a**3), A),
    "square": (lambda a: weighted(a**2), A),
    "negate": (lambda a: weighted(-a), A),
    "exp": (lambda a: weighted(exp(a)), A),
    "ln": (lambda a: weighted(ln(a)), A),
    "sqrt": (lambda a: weighted(sqrt(a)), A),
    "tanh": (lambda a: weighted(tanh(a)), A),
    "sin": (lambda a: weighted(Elementwise("sin", a)), A),
    "cos": (lambda a: weighted(Elementwise("cos", a)), A),
    "abs": (lambda a: weighted(Elementwise("abs", a - 1.2)), A),
    "where": (lambda a, b: weighted(where(a.less(b), a * 2, b * 3)), A, B),
    "row broadcast": (lambda a, b: weighted(a * b), A, ROW),
    "column broadcast": (lambda a, b: weighted(a / b), A, COLUMN),
    "scalar broadcast": (lambda a, b: weighted(a - b), A, SCALAR),
    "row against column": (lambda a, b: weighted(a * b), ROW, COLUMN),
    "product": (lambda a, b: weighted(a @ b), A, SQUARE),
    "transpose": (lambda a: weighted(a.T), A),
    "row sum": (lambda a: weighted(row_sum(a)), A),
    "column mean": (lambda a: weighted(Reduction("mean", "column", a)), A),
    "mean": (lambda a: Reduction("mean", "all", a) * 5, A),
    "row max": (lambda a: weighted(Reduction("max", "row", a)), A),
    "min": (lambda a: Reduction("min", "all", a), A),
    "slice": (lambda a: weighted(Slice(a, range(1, 3), range(2))), A),
    "beside": (lambda a, b: weighted(Joined("columns", [a, b])), A, B),
    "stack": (lambda a, b: weighted(Joined("rows", [a, b])), A, B),
    "used twice": (lambda a: weighted(a * a + a), A),
    "through a step": (lambda a: weighted(Step("S", exp(a)) * 2), A),
}


@pytest.mark.parametrize("name", RULES)
def test_rule(name):
    """Each rule follows finite differences."""
    build, *values = RULES[name]
    assert largest_error(build, *values) < 1e-6


@pytest.mark.parametrize("operation", sorted(module.ELEMENTWISE))
def test_every_elementwise_rule_is_tried(operation):
    """No rule is left out of the table above."""
    assert operation in RULES


def test_planted_wrong_rule_is_caught(monkeypatch):
    """The comparison can fail: a wrong rule is far from finite differences."""
    monkeypatch.setitem(module.ELEMENTWISE, "tanh", lambda n, g, r: (g * (1 - n),))
    build, *values = RULES["tanh"]
    assert largest_error(build, *values) > 0.01


def test_attention():
    """Softmax in parts, scaling and products together."""

    def loss(W_Q, W_K, W_V, W_out):
        X, one = Input("X", SQUARE), Input("T", [[1.0]])
        Q, K, V = X @ W_Q, X @ W_K, X @ W_V
        output = attention(Q, K, V, Steps(), temperature=one, d_k=Number(4))
        return Reduction("mean", "all", (output @ W_out - X) ** 2)

    weights = [RANDOM.uniform(-1, 1, shape) for shape in ((3, 4), (3, 4), (3, 2), (2, 3))]
    assert largest_error(loss, *weights) < 1e-7


def test_second_derivative():
    """A gradient is an expression like any other, and has a gradient itself."""
    x = Input("x", [[0.7]])
    (first,) = gradient(x**3, [x])
    (second,) = gradient(first, [x])
    assert second.value[0, 0] == pytest.approx(6 * 0.7, abs=1e-12)


def test_steps_can_be_named():
    """The gradient of each step can become a step, which those before it then use."""
    x = Input("x", A)
    y = Step("y", exp(x))
    made = {}

    def name(step, adjoint):
        made[step.name] = Step(f"d{step.name}", adjoint)
        return made[step.name]

    (found,) = gradient(total(y * y), [x], name=name)
    assert made["y"].value == pytest.approx(2 * y.value)
    assert made["y"] in found.operands


def test_constants_pass_nothing_on():
    """A node held constant gives no gradient to what it depends on."""
    x = Input("x", A)
    held = Step("held", x * 2)
    (found,) = gradient(total(held * x), [x], constant=[held])
    assert (found.value == 2 * A).all()


def test_independent_operand():
    """What the loss does not depend on has a gradient of zeros, at its own shape."""
    x, y = Input("x", A), Input("y", B)
    (found,) = gradient(total(x), [y])
    assert found.shape == (3, 4) and (found.value == 0).all()


def test_missing_rule_names_the_operation():
    """A lookup is chosen by words, and has no gradient."""
    words = Words("w", ("a", "b", "c"))
    table = Input("Table", A, words)
    with pytest.raises(GradientError, match="lookup in Table"):
        gradient(total(Lookup(words, words, table)), [table])
    x = Input("x", A)
    with pytest.raises(GradientError, match="maximum"):
        gradient(total(Elementwise("maximum", x, 1.0)), [x])


def test_loss_must_be_a_scalar():
    """A gradient is that of one number."""
    x = Input("x", A)
    with pytest.raises(GradientError, match="scalar"):
        gradient(x, [x])
