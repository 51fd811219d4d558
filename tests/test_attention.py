"""Attention in the paper's notation, against attention written by hand in NumPy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from xlsxattn.errors import ShapeError
from xlsxattn.expression import MASKED, ColumnCount, Input, Number, Slice, Step, Texts, Words
from xlsxattn.functions import head_outputs, head_scores, head_weights, heads
from xlsxattn.functions.rows import softmax_in_parts
from xlsxattn.named_attention import (
    Additive,
    Mask,
    Steps,
    additive_scores,
    allowed,
    attention,
    combine_heads,
    positions,
    projected,
)

numbers = st.integers(-300, 300).map(lambda n: n / 100)


def random(*shape: int, seed: int = 0) -> np.ndarray:
    """Some numbers of a shape, the same ones each time."""
    return np.random.RandomState(seed).randn(*shape)


def plain_softmax(scores: np.ndarray) -> np.ndarray:
    """The definition, a row at a time."""
    rows = []
    for row in scores:
        powers = np.array([np.exp(score - max(row)) for score in row])
        rows.append(powers / powers.sum())
    return np.array(rows)


def attend(q, k, v, *, temperature=1.0, scaled=True, mask=None, window=1.0, additive=None):
    """The steps by name; ``mask`` is the number of the switch."""
    step = Steps()
    Q, K, V = Input("Q", q), Input("K", k), Input("V", v)
    attention(
        Q,
        K,
        V,
        step,
        temperature=Input("Temperature", temperature),
        d_k=ColumnCount(K) if scaled else None,
        mask=None if mask is None else Mask(Input("Mask_on", mask), Input("Window", window)),
        additive=additive,
    )
    return {name: node.value for name, node in step.made.items()}


def close(got, expected) -> bool:
    """Whether two matrices have one shape and agree to 1e-12."""
    expected = np.asarray(expected)
    assert got.shape == expected.shape
    return bool(np.all(np.abs(got - expected) <= 1e-12 * np.maximum(1, np.abs(expected))))


# --- scaled dot-product attention -----------------------------------------------------


def test_attention_step_by_step():
    """Every step is what the paper's formula says it is."""
    q, k, v = random(2, 3), random(4, 3, seed=1), random(4, 5, seed=2)
    steps = attend(q, k, v, temperature=0.7)
    scores = np.array([[sum(q[i] * k[j]) for j in range(4)] for i in range(2)])
    scaled = scores / np.sqrt(3) / 0.7
    weights = plain_softmax(scaled)
    assert close(steps["Scores"], scores)
    assert close(steps["Scaled"], scaled)
    assert close(steps["RowMax"], [[max(row)] for row in scaled])
    assert close(steps["Exponentials"], [np.exp(row - max(row)) for row in scaled])
    assert close(steps["RowSum"], [[np.exp(row - max(row)).sum()] for row in scaled])
    assert close(steps["Attention"], weights)
    assert close(steps["Attention_sum"], [[1.0], [1.0]])
    assert close(steps["Output"], [sum(weights[i, j] * v[j] for j in range(4)) for i in range(2)])


def test_steps_in_order():
    """The steps are named and made in the order of the story."""
    x = random(3, 2)
    assert list(attend(x, x, x)) == [
        "Scores", "Scaled", "RowMax", "Exponentials", "RowSum", "Attention", "Attention_sum",
        "Output",
    ]  # fmt: skip
    assert list(attend(x, x, x, mask=1))[:5] == ["Scores", "Scaled", "Mask", "Masked", "RowMax"]


def test_attention_without_scaling():
    """Without ``d_k`` scores are divided by the temperature alone."""
    q, k = random(2, 3), random(4, 3, seed=1)
    assert close(attend(q, k, k, scaled=False, temperature=2.0)["Scaled"], q @ k.T / 2)


def test_attention_by_hand():
    """Two words, one dimension: weights 3/4 and 1/4."""
    q, k, v = [[1.0]], [[np.log(3)], [0.0]], [[8.0], [4.0]]
    steps = attend(q, k, v)
    assert close(steps["Attention"], [[0.75, 0.25]])
    assert close(steps["Output"], [[7.0]])


def test_temperature_evens_out():
    """A high temperature gives nearly equal weights, a low one nearly all to the largest."""
    q, k = np.array([[1.0]]), np.array([[2.0], [1.0], [0.0]])
    hot = attend(q, k, k, temperature=1e6)["Attention"]
    cold = attend(q, k, k, temperature=1e-3)["Attention"]
    assert np.allclose(hot, 1 / 3, atol=1e-5)
    assert np.array_equal(cold, [[1.0, 0.0, 0.0]])


def test_labels():
    """Scores have words on both sides, outputs the values' columns."""
    words, others = Words("Words", ("a", "b")), Words("Others", ("c", "d", "e"))
    dims = Texts.of(("x", "y"))
    Q = Input("Q", random(2, 2), words, dims)
    K = Input("K", random(3, 2), others, dims)
    step = Steps()
    output = attention(Q, K, K, step, temperature=Number(1))
    for name in ("Scores", "Scaled", "Exponentials", "Attention"):
        assert (step.made[name].row_labels, step.made[name].column_labels) == (words, others)
    for name in ("RowMax", "RowSum", "Attention_sum"):
        assert (step.made[name].row_labels, step.made[name].column_labels) == (words, None)
    assert (output.row_labels, output.column_labels) == (words, dims)


def test_suffixes():
    """A context's steps carry its suffix; all are remembered in one record."""
    step = Steps()
    for suffix in ("_head1_cat", "_head2_cat"):
        Q = Input("Q" + suffix, random(2, 2))
        attention(Q, Q, Q, step.within(suffix), temperature=Number(1))
    assert "Attention_head1_cat" in step.made
    assert "Attention_head2_cat" in step.made
    assert len(step.made) == 16
    assert all(step.made[name].name == name for name in step.made)


# --- softmax --------------------------------------------------------------------------


@settings(deadline=None)
@given(arrays(float, st.tuples(st.integers(1, 5), st.integers(1, 6)), elements=numbers))
def test_softmax(scores):
    """Softmax is its definition; every weight is positive and every row sums to 1."""
    step = Steps()
    weights = softmax_in_parts(Input("Scores", scores), step).value
    assert close(weights, plain_softmax(scores))
    assert (weights > 0).all()
    assert np.allclose(weights.sum(axis=1), 1, rtol=0, atol=1e-12)
    assert list(step.made) == ["RowMax", "Exponentials", "RowSum"]


@given(st.integers(-5, 5))
def test_softmax_of_shifted_scores(shift):
    """Adding one number to all scores changes no weight."""
    scores = random(3, 4)
    one = softmax_in_parts(Input("Scores", scores), Steps()).value
    other = softmax_in_parts(Input("Scores", scores + shift), Steps()).value
    assert close(other, one)


def test_softmax_of_large_scores():
    """Scores far beyond what EXP can take still give weights."""
    weights = softmax_in_parts(
        Input("Scores", [[5000.0, 5000.0, 0.0], [-5000.0, -6000.0, -7000.0]]), Steps()
    )
    assert np.array_equal(weights.value, [[0.5, 0.5, 0.0], [1.0, 0.0, 0.0]])


# --- masks ----------------------------------------------------------------------------


def plain_mask(kind: int, n_q: int, n_k: int, window: float) -> np.ndarray:
    """Which keys each query may look at, one by one."""
    rule = {
        0: lambda i, j: True,
        1: lambda i, j: j <= i,
        2: lambda i, j: abs(i - j) <= window,
    }[kind]
    return np.array([[float(rule(i, j)) for j in range(n_k)] for i in range(n_q)])


@pytest.mark.parametrize("kind", [0, 1, 2])
@pytest.mark.parametrize("window", [0.0, 1.0, 2.0])
@pytest.mark.parametrize("shape", [(4, 4), (2, 4), (4, 2), (1, 3), (3, 1)])
def test_allowed(kind, window, shape):
    """Off, causal, or a window each way, for as many queries and keys as there are."""
    mask = Mask(Input("Mask_on", kind), Input("Window", window))
    found = allowed(Input("Scores", np.zeros(shape)), mask, Steps())
    assert np.array_equal(found.value, plain_mask(kind, *shape, window))


@pytest.mark.parametrize("kind", [0, 1, 2])
def test_masked_attention(kind):
    """What is masked has weight exactly 0; the rest is the softmax of the rest."""
    x, v = random(5, 3), random(5, 2, seed=1)
    steps = attend(x, x, v, mask=kind)
    mask = plain_mask(kind, 5, 5, 1)
    scaled = x @ x.T / np.sqrt(3)
    assert np.array_equal(steps["Mask"], mask)
    assert close(steps["Masked"], np.where(mask, scaled, MASKED))
    assert (steps["Attention"][mask == 0] == 0).all()
    for i in range(5):
        seen = mask[i] == 1
        assert close(steps["Attention"][[i]][:, seen], plain_softmax(scaled[[i]][:, seen]))
    assert close(steps["Output"], steps["Attention"] @ v)
    assert close(steps["Attention_sum"], np.ones((5, 1)))


def test_a_mask_that_is_off_changes_nothing():
    """Mask 0 leaves attention as it is without a mask."""
    x = random(4, 3)
    without, off = attend(x, x, x), attend(x, x, x, mask=0)
    for name, value in without.items():
        assert np.array_equal(value, off[name])


def test_causal_attention_does_not_look_ahead():
    """Changing the last word changes no output before it."""
    x = random(4, 3)
    other = x.copy()
    other[3] = 9
    one, two = attend(x, x, x, mask=1)["Output"], attend(other, other, other, mask=1)["Output"]
    assert np.array_equal(one[:3], two[:3])
    assert not np.array_equal(one[3], two[3])


def test_window_of_nothing():
    """A window of 0 words leaves each word to itself."""
    x, v = random(4, 3), random(4, 2, seed=1)
    steps = attend(x, x, v, mask=2, window=0.0)
    assert np.array_equal(steps["Attention"], np.eye(4))
    assert close(steps["Output"], v)


# --- additive attention ---------------------------------------------------------------


def test_additive_scores():
    """Each score is v · tanh(W_query q + W_key k)."""
    q, k = random(2, 3), random(4, 3, seed=1)
    w_query, w_key, v = random(3, 2, seed=2), random(3, 2, seed=3), random(2, 1, seed=4)
    weights = Additive(Input("W_query", w_query), Input("W_key", w_key), Input("W_score", v))
    step = Steps()
    scores = additive_scores(Input("Q", q), Input("K", k), weights, step)
    expected = [
        [float(v[:, 0] @ np.tanh(q[i] @ w_query + k[j] @ w_key)) for j in range(4)]
        for i in range(2)
    ]
    assert close(scores.value, expected)
    assert list(step.made) == ["Query_part", "Key_part", "Hidden_unit1", "Hidden_unit2", "Scores"]
    hidden = [[np.tanh(q[i] @ w_query[:, 1] + k[j] @ w_key[:, 1]) for j in range(4)]
              for i in range(2)]  # fmt: skip
    assert close(step.made["Hidden_unit2"].value, hidden)


def test_additive_attention():
    """Additive scores take the place of dot products, and nothing else changes."""
    q, k, v = random(2, 3), random(4, 3, seed=1), random(4, 2, seed=5)
    w_query, w_key, w = random(3, 3, seed=2), random(3, 3, seed=3), random(3, 1, seed=4)
    weights = Additive(Input("W_query", w_query), Input("W_key", w_key), Input("W_score", w))
    steps = attend(q, k, v, scaled=False, additive=weights)
    scores = np.array(
        [[float(w[:, 0] @ np.tanh(q[i] @ w_query + k[j] @ w_key)) for j in range(4)]
         for i in range(2)]
    )  # fmt: skip
    assert close(steps["Attention"], plain_softmax(scores))
    assert close(steps["Output"], plain_softmax(scores) @ v)


# --- heads ----------------------------------------------------------------------------


def test_heads():
    """Each head attends to its own columns; their outputs side by side go through W_O."""
    x, w_o = random(4, 6), random(6, 3, seed=1)
    X, step = Input("X", x), Steps()
    outputs = []
    for head in range(2):
        part = Slice(X, range(4), range(3 * head, 3 * head + 3))
        tail = step.within(f"_head{head + 1}")
        outputs.append(attention(part, part, part, tail, temperature=Number(1), d_k=Number(3)))
    combined = combine_heads(outputs, Input("W_O", w_o), step)
    halves = [x[:, :3], x[:, 3:]]
    expected = [plain_softmax(h @ h.T / np.sqrt(3)) @ h for h in halves]
    assert close(step.made["Concatenated"].value, np.hstack(expected))
    assert close(combined.value, np.hstack(expected) @ w_o)
    assert combined is step.made["Output"]


# --- one derivation for lessons and functions -----------------------------------------


@pytest.mark.parametrize("bias", [None, "alibi"])
@pytest.mark.parametrize("mask", ["causal", "window"])
def test_a_lesson_and_a_function_agree(mask, bias):
    """Named steps and the function are one derivation: the same numbers, to the last bit."""
    Q, K, V = (Input(name, random(4, 3, seed=seed)) for seed, name in enumerate("QKV"))
    one = heads.attention(Q, K, V, mask=mask, bias=bias, temperature=0.7)
    other = attention(
        Q, K, V, Steps(), temperature=Number(0.7), d_k=Number(3),
        mask=Mask(Number({"causal": 1, "window": 2}[mask]), Number(1)),
        bias=None if bias is None else lambda scores: heads.BIASES[bias](scores, 0, 1),
    )  # fmt: skip
    assert np.array_equal(one.value, other.value)


def test_a_bias_is_added_to_scaled_scores():
    """After the division by √d_k and the temperature, before the mask."""
    q, bias = random(3, 2), random(3, 3, seed=1)
    Q, step = Input("Q", q), Steps()
    attention(
        Q, Q, Q, step, temperature=Number(2), d_k=Number(2),
        bias=lambda scores: Input("B", bias), mask=Mask(Number(1), Number(1)),
    )  # fmt: skip
    scaled = q @ q.T / np.sqrt(2) / 2 + bias
    assert close(step.made["Scaled"].value, scaled)
    assert close(step.made["Masked"].value, np.where(np.tri(3), scaled, MASKED))


@pytest.mark.parametrize("speed", [0, 1, 0.5])
def test_turned(speed):
    """Each pair of columns is a complex number times a rotation; no speed turns nothing."""
    x = random(5, 8)
    by = heads.angles(Input("X", x), 4, lambda _, node: node, speed=Number(speed))
    found = heads.turned(Input("X", x), by).value
    place, pair = np.arange(5)[:, None], np.arange(4)[None] % 2
    turns = np.exp(1j * speed * place / 10000 ** (2 * pair / 4))
    pairs = (x[:, 0::2] + 1j * x[:, 1::2]) * turns
    assert close(found[:, 0::2], pairs.real) and close(found[:, 1::2], pairs.imag)
    if not speed:
        assert np.array_equal(found, x)


def test_projections():
    """X W, plus a row where there is one, of as many columns as the weights."""
    x, w, b = random(3, 2), random(2, 4, seed=1), random(1, 4, seed=2)
    X, W = Input("X", x), Input("W", w)
    assert close(projected(X, W).value, x @ w)
    assert close(projected(X, W, Input("b", b)).value, x @ w + b)
    for wrong in (b.T, b[:, :3], b[:, :1]):
        with pytest.raises(ShapeError, match="expected 1×4 numbers"):
            projected(X, W, Input("b", wrong))


# --- positions ------------------------------------------------------------------------


@pytest.mark.parametrize("shape", [(1, 1), (3, 4), (5, 3), (10, 6)])
def test_positions(shape):
    """Even columns are sines, odd ones cosines, of the same falling frequencies."""
    n, d = shape
    step = Steps()
    waves = positions(Input("X", np.zeros(shape)), step)
    expected = [
        [(np.cos if j % 2 else np.sin)(position / 10000 ** ((j - j % 2) / d)) for j in range(d)]
        for position in range(n)
    ]
    assert close(waves.value, expected)
    assert close(step.made["Position_number"].value, np.arange(float(n))[:, None])
    assert list(step.made) == ["Position_number", "Divisor", "Positions"]


def test_position_0():
    """The first word gets 0 and 1 in turn."""
    waves = positions(Input("X", np.zeros((2, 4))), Steps())
    assert np.array_equal(waves.value[0], [0.0, 1.0, 0.0, 1.0])


def test_labels_of_positions():
    """Positions have the rows and columns of the embeddings."""
    words, dims = Words("Words", ("a", "b")), Texts.of(("x", "y"))
    waves = positions(Input("X", np.zeros((2, 2)), words, dims), Steps())
    assert (waves.row_labels, waves.column_labels) == (words, dims)


# --- properties -----------------------------------------------------------------------


@st.composite
def problems(draw):
    """Queries, keys and values that fit each other."""
    n_q, n_k, d_k, d_v = (draw(st.integers(1, 4)) for _ in range(4))
    shapes = ((n_q, d_k), (n_k, d_k), (n_k, d_v))
    return tuple(draw(arrays(float, shape, elements=numbers)) for shape in shapes)


@settings(deadline=None)
@given(problems(), st.sampled_from([None, 0, 1, 2]))
def test_rows_sum_to_1(problem, mask):
    """Weights are shares: never negative, and each row adds up to 1."""
    steps = attend(*problem, mask=mask)
    rows = steps["Attention"]
    assert (rows >= 0).all()
    assert np.allclose(rows.sum(axis=1), 1, rtol=0, atol=1e-12)


@settings(deadline=None)
@given(problems(), st.sampled_from([1, 2]), st.integers(0, 2))
def test_masked_weights_are_exactly_0(problem, kind, window):
    """Wherever a row may look at anything at all, what is masked weighs exactly 0."""
    q, k, _ = problem
    mask = plain_mask(kind, len(q), len(k), window)
    weights = attend(*problem, mask=kind, window=float(window))["Attention"]
    looks = mask.any(axis=1)
    assert (weights[looks][mask[looks] == 0] == 0).all()
    assert (weights[looks][mask[looks] == 1] > 0).all()


@settings(deadline=None)
@given(problems(), st.randoms(use_true_random=False))
def test_order_of_keys_does_not_matter(problem, random_):
    """Keys shuffled together with their values give the same output."""
    q, k, v = problem
    order = list(range(len(k)))
    random_.shuffle(order)
    one, other = attend(q, k, v), attend(q, k[order], v[order])
    assert close(other["Attention"], one["Attention"][:, order])
    assert close(other["Output"], one["Output"])


@settings(deadline=None)
@given(problems(), st.randoms(use_true_random=False))
def test_order_of_queries_is_the_order_of_outputs(problem, random_):
    """Queries shuffled give the outputs shuffled likewise."""
    q, k, v = problem
    order = list(range(len(q)))
    random_.shuffle(order)
    assert close(attend(q[order], k, v)["Output"], attend(q, k, v)["Output"][order])


@settings(deadline=None)
@given(problems())
def test_output_lies_between_the_values(problem):
    """An output is an average, so that it is never beyond the largest value."""
    output, values = attend(*problem)["Output"], problem[2]
    assert (output <= values.max(axis=0) + 1e-12).all()
    assert (output >= values.min(axis=0) - 1e-12).all()


def test_steps_are_steps():
    """Everything that is made is a named step, so that it gets cells of its own."""
    step = Steps()
    x = Input("X", random(2, 2))
    attention(x, x, x, step, temperature=Number(1), mask=Mask(Number(1), Number(1)))
    assert all(isinstance(node, Step) for node in step.made.values())


# --- heads side by side ---------------------------------------------------------------


@pytest.mark.parametrize(("h", "g"), [(1, 1), (2, 2), (4, 2), (4, 1)])
def test_heads_side_by_side(h, g):
    """Three tables, worked out head by head as NumPy does it."""
    n, d, v = 5, 3, 2
    q, k, values = random(n, h * d), random(n, g * d, seed=1), random(n, g * v, seed=2)
    scores = head_scores(Input("Q", q), Input("K", k), h, g)
    weights = head_weights(Step("Scores", scores), h)
    outputs = head_outputs(Step("Weights", weights), Input("V", values), h, g)
    assert (weights.shape, outputs.shape) == ((n, h * n), (n, h * v))
    for head in range(h):
        group = head * g // h
        plain = q[:, head * d : head * d + d] @ k[:, group * d : group * d + d].T / np.sqrt(d)
        below = np.tri(n) == 1
        own = scores.value[:, head * n : head * n + n]
        assert close(own[below], plain[below])
        assert np.all(own[~below] < -1e25)
        shares = plain_softmax(np.where(below, plain, -np.inf))
        assert close(weights.value[:, head * n : head * n + n], shares)
        want = shares @ values[:, group * v : group * v + v]
        assert close(outputs.value[:, head * v : head * v + v], want)


@pytest.mark.parametrize(
    ("made", "message"),
    [
        (lambda a, b: head_scores(a, b, 3), "columns that 3 heads and 3 key-value heads share"),
        (lambda a, b: head_scores(a, b, 2, 0.5), "key_heads: expected a whole number, got 0.5"),
        (lambda a, b: head_scores(a, b, 4, 3), "columns that 4 heads and 3 key-value heads share"),
        (lambda a, b: head_scores(a, a[:3], 2), r"expected keys of 4×8, got Slice \(3×8\)"),
        (lambda a, b: head_scores(a, b[:, :4], 2), "expected keys of 4×8, got"),
        (lambda a, b: head_weights(a, 3), "columns that 3 heads and 3 key-value heads share"),
        (lambda a, b: head_outputs(a, b, 4), "expected weights of 16 columns, got A"),
    ],
)
def test_heads_side_by_side_that_do_not_fit(made, message):
    with pytest.raises(ShapeError, match=message):
        made(Input("A", random(4, 8)), Input("B", random(4, 8)))
