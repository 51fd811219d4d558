"""Gradient rules, each against finite differences of the value that it claims to follow."""

import dataclasses

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tools import plant_rule

from xlsxattn import gradient as module
from xlsxattn.errors import GradientError
from xlsxattn.expression import (
    OPERATIONS,
    REDUCTIONS,
    ColumnCount,
    Elementwise,
    Entry,
    Input,
    Joined,
    Lookup,
    Number,
    Numbering,
    Product,
    Recurrence,
    Reduction,
    Slice,
    Step,
    Transpose,
    Words,
    postorder,
)
from xlsxattn.functions import (
    FUNCTIONS,
    column_sum,
    erf,
    exp,
    ln,
    maximum,
    minimum,
    row_sum,
    row_var,
    sqrt,
    tanh,
    total,
    where,
)
from xlsxattn.gradient import gradient
from xlsxattn.named_attention import Steps, attention

RANDOM = np.random.RandomState(7)
A, B = RANDOM.uniform(0.5, 2, (3, 4)), RANDOM.uniform(0.5, 2, (3, 4))
ROW, COLUMN, SCALAR = A[:1] + 0.1, A[:, :1] + 0.2, A[:1, :1] + 0.3
SQUARE = RANDOM.uniform(-1, 1, (4, 3))
KEYS = Words("Keys", ("cat", "dog", "mouse"))
LOOKED_UP = Words("Looked_up", ("mouse", "cat", "mouse"))


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


ALL = range(4)


def parts_of(a):
    """All rows of a matrix, in two slices."""
    return [Slice(a, range(1), ALL), Slice(a, range(1, 3), ALL)]


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
    "erf": (lambda a: weighted(erf(a)), A),
    "maximum": (lambda a, b: weighted(maximum(a, b, 1.1)), A, B),
    "minimum": (lambda a, b: weighted(minimum(a, b)), A, B),
    "power of a matrix": (lambda a, b: weighted(a**b), A, B),
    "row variance": (lambda a: weighted(row_var(a)), A),
    "variance": (lambda a: FUNCTIONS["var"](a) * 3, A),
    "relu": (lambda a: weighted(FUNCTIONS["relu"](a - 1.2)), A),
    "gelu": (lambda a: weighted(FUNCTIONS["gelu"](a)), A),
    "gelu by tanh": (lambda a: weighted(FUNCTIONS["gelu_tanh"](a)), A),
    "silu": (lambda a: weighted(FUNCTIONS["silu"](a)), A),
    "log softmax": (lambda a: weighted(FUNCTIONS["log_softmax"](a)), A),
    "layer norm": (lambda a, b, c: weighted(FUNCTIONS["layer_norm"](a, b, c)), A, ROW, ROW),
    "rms norm": (lambda a, b: weighted(FUNCTIONS["rms_norm"](a, b)), A, ROW),
    "cross entropy": (lambda a, b: FUNCTIONS["cross_entropy"](a, FUNCTIONS["softmax"](b)), A, B),
    "looked up": (lambda a: weighted(Lookup(LOOKED_UP, KEYS, a)), A),
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
    "shared out": (lambda a: weighted(Slice(a, range(2), ALL) @ Slice(a, range(2, 3), ALL).T), A),
    "shared out twice": (
        lambda a: (
            weighted(Joined("rows", [exp(part) for part in parts_of(a)]))
            * total(parts_of(a)[0] ** 2)
        ),
        A,
    ),
    "shared out, and read whole": (lambda a: weighted(parts_of(a)[1] ** 2) + weighted(a**3), A),
    "overlapping": (lambda a: total(Slice(a, range(2), ALL) * Slice(a, range(1, 3), ALL)), A),
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


@pytest.mark.parametrize(
    "operation", sorted(name for name, one in OPERATIONS.items() if one.gradient)
)
def test_every_elementwise_rule_is_tried(operation):
    """No rule is left out of the table above."""
    assert operation in RULES


def test_planted_wrong_rule_is_caught(monkeypatch):
    """The comparison can fail: a wrong rule is far from finite differences."""
    plant_rule(monkeypatch, "tanh", lambda f, g, r, x: (g * (1 - x),))
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
    """A lookup that may find nothing has no gradient."""
    words = Words("w", ("a", "b", "c"))
    table = Input("Table", A, words)
    with pytest.raises(GradientError, match="find in Table"):
        gradient(total(Lookup(words, words, table, strict=False)), [table])


def test_loss_must_be_a_scalar():
    """A gradient is that of one number."""
    x = Input("x", A)
    with pytest.raises(GradientError, match="scalar"):
        gradient(x, [x])


# --- what a gradient looks like -------------------------------------------------------


def operations(node):
    """What an expression is made of, the names of its operations in order."""
    kinds = (Elementwise, Reduction)
    return [
        n.operation if isinstance(n, kinds) else type(n).__name__.lower()
        for n in postorder(node)
        if not isinstance(n, (Input, Number))
    ]


def reductions(node):
    return [n for n in postorder(node) if isinstance(n, Reduction)]


def test_gradient_of_a_mean_is_one_number():
    """A gradient that is the same everywhere stays a scalar until it is needed whole."""
    x = Input("x", A)
    (found,) = gradient(Reduction("mean", "all", x * x), [x])
    assert found.value == pytest.approx(2 * A / 12)
    scalars = [n for n in postorder(found) if n.shape == (1, 1)]
    whole = [n for n in postorder(found) if n.shape == (3, 4) and n is not x]
    assert any(n.value[0, 0] == pytest.approx(1 / 12) for n in scalars)
    assert not any(isinstance(n, Number) for n in whole)


def test_gradient_of_a_row_sum_is_a_column():
    """The gradient of row sums stands for whole rows, and is not summed up again."""
    x = Input("x", A)
    (found,) = gradient(total(row_sum(x) ** 2), [x])
    assert found.value == pytest.approx(2 * A.sum(1, keepdims=True) * np.ones((3, 4)))
    largest = [n for n in postorder(found) if n.shape == (3, 4) and not isinstance(n, Number)]
    assert largest == [x, found]


def test_gradient_of_a_column_mean_is_a_row():
    """Likewise along the other direction."""
    x, shift = Input("x", A), Input("shift", ROW)
    (found,) = gradient(weighted(Reduction("mean", "column", x) + shift), [shift])
    assert found.shape == (1, 4)
    assert found.value == pytest.approx(np.arange(1.0, 5)[None, :])
    assert not reductions(found)


def test_a_constant_gradient_is_counted_not_summed():
    """The sum over a direction in which all elements are the same is a multiple of one."""
    x, shift, row = Input("x", A), Input("shift", SCALAR), Input("row", ROW)
    loss = total(x + shift + row)
    by_scalar, by_row = gradient(loss, [shift, row])
    assert by_scalar.value == 12 and not reductions(by_scalar)
    assert (by_row.value == 3).all() and not reductions(by_row)


def test_a_divisor_is_taken_out_of_a_sum():
    """Σ(−g·x / s) is printed as −Σ(g·x) / s where s is the same for all that is summed."""
    x, s = Input("x", A), Input("s", COLUMN)
    (found,) = gradient(weighted(x / s), [s])
    (inner,) = reductions(found)
    assert (inner.operation, inner.axis) == ("sum", "row")
    assert operations(inner)[-2:] == ["multiply", "sum"]
    assert found.operation == "negate"
    assert found.operands[0].operation == "divide"
    assert found.operands[0].operands[0] is inner


def test_a_divisor_that_varies_stays_inside():
    """A divisor of its own for each element is part of what is summed."""
    x, s, shift = Input("x", A), Input("s", B), Input("shift", COLUMN)
    (found,) = gradient(weighted((x + shift) / s), [shift])
    (inner,) = reductions(found)
    assert "divide" in operations(inner)
    weights = np.arange(1.0, 13).reshape(3, 4)
    assert found.value == pytest.approx((weights / B).sum(1, keepdims=True))


def test_transposes_cancel():
    """∂L/∂K of Q Kᵀ is ∂Scoresᵀ Q, not a transposed product of transposes."""
    Q, K = Input("Q", A), Input("K", SQUARE.T)
    scores = Step("Scores", Q @ K.T)
    dScores = Step("dScores", Input("G", np.ones((3, 3))))
    found = gradient(total(scores), [Q, K], name=lambda step, g: dScores)
    assert operations(found[0])[-1] == operations(found[1])[-1] == "product"
    assert found[0].operands == (dScores, K)
    left, right = found[1].operands
    assert isinstance(left, Transpose) and left.operands == (dScores,)
    assert right is Q


def test_results_are_read_where_they_stand():
    """The gradient of exp, sqrt and tanh reads the step's cells instead of computing again."""
    x = Input("x", A)
    for function in (exp, sqrt, tanh):
        step = Step("Result", function(x))
        (found,) = gradient(weighted(step), [x])
        assert step in set(postorder(found))
        below = set(postorder(found, until=lambda node, step=step: node is step))
        assert not any(isinstance(n, Elementwise) and n is step.expression for n in below)


def test_the_largest_is_read_where_it_stands():
    """So is a row's maximum, for the rule that finds where it came from."""
    x = Input("x", A)
    largest = Step("Largest", Reduction("max", "row", x))
    (found,) = gradient(weighted(largest), [x])
    assert largest in set(postorder(found))
    expected = np.where(A.max(1, keepdims=True) == A, np.arange(1.0, 4)[:, None], 0)
    assert (found.value == expected).all()


def test_gradient_has_every_operand_once():
    """An operand used along two ways has the sum of both gradients."""
    x = Input("x", A)
    inner = Step("Inner", x * 3)
    (found,) = gradient(total(inner * inner) + total(inner), [x])
    assert found.value == pytest.approx(3 * (6 * A + 1))


# --- larger expressions ---------------------------------------------------------------


def layer_norm(x, gain, shift):
    """Each row less its mean, over its standard deviation, by hand."""
    centred = x - Reduction("mean", "row", x)
    variance = Reduction("mean", "row", centred**2)
    return gain * centred / sqrt(variance + 1e-5) + shift


LARGER = {
    "sum of a product": (lambda a, b: total(a @ b), A, SQUARE),
    "mean of a product": (lambda a, b: Reduction("mean", "all", a @ b.T), A, B),
    "product of a scalar": (lambda a, b: total(tanh(a @ b)), ROW, ROW.T),
    "outer product": (lambda a, b: weighted(a @ b), COLUMN, ROW),
    "sum of a transpose": (lambda a, b: total(a.T @ b), A, B),
    "row sum of a product": (lambda a, b: weighted(row_sum(a @ b)), A, SQUARE),
    "column sum of a product": (lambda a, b: weighted(column_sum(a @ b)), A, SQUARE),
    "mask": (
        lambda a: weighted(exp(where(Input("M", np.tri(3, 4)).equal(1), a, -1e30))),
        A,
    ),
    "where of scalars": (lambda a, b: weighted(where(a.less(1.2), b, a)), A, SCALAR),
    "layer norm": (lambda x, g, b: weighted(layer_norm(x, g, b)), A, ROW, ROW - 1),
    "heads": (
        lambda a, b, w: weighted(Joined("columns", [tanh(a), b @ b.T]) @ w),
        A,
        B,
        RANDOM.uniform(-1, 1, (7, 2)),
    ),
    "stacked": (lambda a, b: weighted(exp(Joined("rows", [a, b, a]))), ROW, A),
    "sum of joined": (lambda a, b: total(Joined("columns", [a, b])), A, COLUMN),
    "slices": (
        lambda a: total(Slice(a, range(2), range(1, 3)) * Slice(a, range(1, 3), range(2))),
        A,
    ),
    "sum of a slice": (lambda a: total(Slice(a, range(1, 2), range(4))), A),
    "row, column and scalar": (
        lambda r, c, s: weighted(exp(r * c) / s - r + c * s),
        ROW,
        COLUMN,
        SCALAR,
    ),
    "recurrence by hand": (
        lambda w, x: total(
            tanh(tanh(Slice(x, range(1), range(3)) @ w) @ w.T @ w + Slice(x, range(1, 2), range(3)))
        ),
        SQUARE[:3],
        SQUARE.T[:3, :3],
    ),
    "logarithm of a softmax": (
        lambda a: -total(Slice(ln(exp(a) / row_sum(exp(a))), range(3), range(1))),
        A,
    ),
}


@pytest.mark.parametrize("name", LARGER)
def test_larger(name):
    """Expressions as a lesson may have them, against finite differences."""
    build, *values = LARGER[name]
    assert largest_error(build, *values) < 1e-6


def test_masked_elements_get_nothing():
    """Exactly nothing comes back through a masked element, and no NaN."""
    mask = np.tri(3, 4)
    x = Input("x", A)
    masked = where(Input("Mask", mask).equal(1), x, -1e30)
    (found,) = gradient(weighted(exp(masked - Reduction("max", "row", masked))), [x])
    assert (found.value[mask == 0] == 0).all()
    assert np.isfinite(found.value).all()


def test_ties_of_a_maximum():
    """Where several elements are the largest, each gets the gradient."""
    x = Input("x", [[1.0, 3.0, 3.0]])
    (found,) = gradient(Reduction("max", "row", x), [x])
    assert found.value.tolist() == [[0, 1, 1]]


def test_shapes_have_no_gradient():
    """How wide a matrix is does not depend on what stands in it."""
    x = Input("x", A)
    (found,) = gradient(total(x / sqrt(ColumnCount(x)) + Numbering("row", x)), [x])
    assert (found.value == 0.5).all()


def test_an_operation_without_a_rule_may_be_passed_by():
    """A missing rule matters only on the way to what is asked for."""
    x, y = Input("x", A), Input("y", B)
    (found,) = gradient(total(x + Elementwise("maximum", y, 1.0)), [x])
    assert (found.value == 1).all()


@pytest.mark.parametrize("kind", ["recurrence", "entry"])
def test_kinds_without_a_rule(kind):
    """Kinds of node that cannot be trained through are named."""
    x = Input("x", SQUARE[:3])
    node = {
        "recurrence": Recurrence(x, Input("W", np.eye(3)), Input("U", np.eye(3))),
        "entry": Entry(x, 0, 1),
    }[kind]
    with pytest.raises(GradientError, match=rf"(?i){kind}.*expected an operation with a gradient"):
        gradient(total(node), [x])


# --- wrong rules are caught -----------------------------------------------------------

WRONG = {
    "subtract": lambda f, g, r, a, b: (g, g),
    "multiply": lambda f, g, r, a, b: (g * a, g * b),
    "divide": lambda f, g, r, a, b: (g / b, -(g / b**2)),
    "exp": lambda f, g, r, x: (g,),
    "ln": lambda f, g, r, x: (g * x,),
    "sqrt": lambda f, g, r, x: (g / r,),
    "sin": lambda f, g, r, x: (-(g * f("cos", x)),),
    "cos": lambda f, g, r, x: (g * f("sin", x),),
    "where": lambda f, g, r, c, a, b: (None, g, g),
    "abs": lambda f, g, r, x: (g,),
    "negate": lambda f, g, r, x: (g,),
    "power": lambda f, g, r, a, b: (a * g, None),
    "erf": lambda f, g, r, x: (g * (1 - r**2),),
    "maximum": lambda f, g, r, *x: [g for _ in x],
}


@pytest.mark.parametrize("operation", WRONG)
def test_planted_wrong_elementwise_rule(operation, monkeypatch):
    """The comparison with finite differences catches a wrong rule of any operation."""
    plant_rule(monkeypatch, operation, WRONG[operation])
    build, *values = RULES[operation]
    assert largest_error(build, *values) > 0.01


@pytest.mark.parametrize(
    ("reduction", "wrong", "rule"),
    [
        ("mean", lambda f, along, g, r, x, n: g, "mean"),
        ("max", lambda f, along, g, r, x, n: g, "row max"),
        ("sum", lambda f, along, g, r, x, n: g * 2, "row sum"),
        ("var", lambda f, along, g, r, x, n: g * x * (2 / n), "row variance"),
    ],
)
def test_planted_wrong_rule_of_reductions(reduction, wrong, rule, monkeypatch):
    """So does it for reductions."""
    planted = dataclasses.replace(REDUCTIONS[reduction], gradient=wrong)
    monkeypatch.setitem(REDUCTIONS, reduction, planted)
    build, *values = RULES[rule]
    assert largest_error(build, *values) > 0.01


@pytest.mark.parametrize(
    ("kind", "wrong", "rule"),
    [
        (Product, lambda n, g, r: (g @ n.operands[1].T, n.operands[0].T @ (g * g)), "product"),
        (
            Joined,
            lambda n, g, r: [
                Slice(g, range(part.rows), range(part.columns)) for part in n.operands
            ],
            "beside",
        ),
        (Slice, lambda n, g, r: (0 * n.operand + total(g),), "slice"),
    ],
    ids=["product", "beside", "slice"],
)
def test_planted_wrong_rule_of_other_kinds(kind, wrong, rule, monkeypatch):
    """So does it for products and parts."""
    monkeypatch.setitem(module.STRUCTURAL, kind, wrong)
    build, *values = RULES[rule]
    assert largest_error(build, *values) > 0.01


def test_planted_wrong_broadcasting(monkeypatch):
    """A gradient that is not summed over what was broadcast has another shape, or value."""
    monkeypatch.setattr(module, "_summed", lambda g, sum_up: sum_up(g) * 0.5)
    for rule in ("row broadcast", "column broadcast", "scalar broadcast"):
        build, *values = RULES[rule]
        assert largest_error(build, *values) > 0.01


# --- random expressions ---------------------------------------------------------------

SHAPES = [(3, 4), (1, 4), (3, 1), (1, 1)]
UNARY = {
    "exp": lambda a: exp(a / 2),
    "tanh": tanh,
    "sin": lambda a: Elementwise("sin", a),
    "cos": lambda a: Elementwise("cos", a),
    "negate": lambda a: -a,
    "square": lambda a: a**2,
    "root": lambda a: sqrt(a * a + 1),
    "logarithm": lambda a: ln(a * a + 1),
    "step": lambda a: Step("", a),
    "transpose twice": lambda a: tanh(a.T).T,
    "row sum": row_sum,
    "column sum": column_sum,
    "row mean": lambda a: Reduction("mean", "row", a),
    "total": total,
    "gram": lambda a: tanh(a @ a.T) @ a,
    "joined": lambda a: Slice(Joined("rows", [a, -a]), range(1, 1 + a.rows), range(a.columns)),
    "softmax": lambda a: exp(a) / row_sum(exp(a)),
}
BINARY = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / (b * b + 1),
    "where": lambda a, b: where(Input("M", np.tri(a.rows, a.columns)).equal(1), a, b),
}


@st.composite
def losses(draw):
    """A random expression over inputs of every shape, as a recipe."""
    seed = draw(st.integers(0, 10**6))
    recipe = draw(
        st.lists(
            st.one_of(
                st.tuples(st.sampled_from(sorted(UNARY)), st.integers(0, 20)),
                st.tuples(st.sampled_from(sorted(BINARY)), st.integers(0, 20), st.integers(0, 20)),
            ),
            min_size=1,
            max_size=7,
        )
    )
    return seed, recipe


def loss_of(recipe):
    def build(*inputs):
        nodes = [tanh(node) for node in inputs]
        for name, *which in recipe:
            operands = [nodes[-1 - k % len(nodes)] for k in which]
            table = UNARY if len(operands) == 1 else BINARY
            nodes.append(tanh(table[name](*operands)))
        return weighted(nodes[-1]) + total(nodes[0] * nodes[-1])

    return build


@settings(deadline=None, max_examples=60, derandomize=True)
@given(losses())
def test_random_expressions(case):
    """Whatever is written with these operations, its gradient follows finite differences."""
    seed, recipe = case
    random = np.random.RandomState(seed)
    values = [random.uniform(-1, 1, shape) for shape in SHAPES]
    assert largest_error(loss_of(recipe), *values) < 1e-6


def test_random_expressions_can_fail(monkeypatch):
    """The same comparison finds a wrong rule."""
    plant_rule(monkeypatch, "tanh", lambda f, g, r, x: (g * (1 - r),))
    values = [np.full(shape, 0.5) for shape in SHAPES]
    assert largest_error(loss_of([("add", 0, 1)]), *values) > 0.01
