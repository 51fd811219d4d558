"""The judge: notation and whole lessons, against values worked out by hand."""

import math

import numpy as np
import pytest
from by_hand import recompute

from xlsxattn import lesson as files
from xlsxattn import notation
from xlsxattn.expression import OPERATIONS, REDUCTIONS, Input, Matrix, Texts, Words
from xlsxattn.reference import Named, evaluate
from xlsxattn.reference.formulas import verdict
from xlsxattn.reference.functions import FUNCTIONS

a = np.array([[1.0, -2.0, 0.5], [0.25, 3.0, -1.0]])
b = np.array([[2.0, 1.0, 0.5], [-1.0, 3.0, 4.0]])
s = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0], [7.0, 8.0, 9.0]])
WORDS = ["cat", "and", "mouse"]
DIMENSIONS = ["animal", "device", "grammar"]


def texts(words) -> np.ndarray:
    """A column of texts."""
    return np.array([[word] for word in words], dtype=object)


GATE, NEW = 1 / (1 + math.exp(-4)), math.tanh(4)
#: What an LSTM cell holds after a first word of 2, with weights of 2.
LSTM = [GATE, GATE, GATE, NEW, GATE * NEW, GATE * math.tanh(GATE * NEW)]
TABLE = {
    "A": Named(a),
    "B": Named(b),
    "t": Named(np.array([[2.0]])),
    "Row": Named(np.array([[1.0, 2.0, 3.0]])),
    "Words": Named(texts(WORDS)),
    "Sought": Named(texts(["mouse", "cat"])),
    "X": Named(s, WORDS, DIMENSIONS),
    "Weights": Named(s, WORDS, WORDS),
}


def test_knows_every_function() -> None:
    """It knows every operation and reduction, and whatever else an expansion is written with."""
    operations = {name for name, one in OPERATIONS.items() if one.help}
    reductions = {axis + name for name in REDUCTIONS for axis in ("row_", "column_", "")}
    written = {"lookup", "find", "stack", "beside", "largest_label", "row_numbers", "full"}
    written |= {"column_numbers", "columns", "recurrent", "lstm", "column_labels", "causal"}
    written |= {"one_column"}
    written |= {"text", "tally", "pick", "match", "largest", "largest_columns"}
    written |= {"character_codes", "character_count", "running_text"}
    assert operations | reductions | written == FUNCTIONS


# --- notation, by hand ----------------------------------------------------------------


@pytest.mark.parametrize(
    ("formula", "expected"),
    [
        ("3", [[3]]),
        ("-2.5", [[-2.5]]),
        ("t + 1", [[3]]),
        ("A + B", [[3, -1, 1], [-0.75, 6, 3]]),
        ("A - t", [[-1, -4, -1.5], [-1.75, 1, -3]]),
        ("A * Row", [[1, -4, 1.5], [0.25, 6, -3]]),
        ("X / t", [[0.5, 1, 1.5], [2, 2.5, 3], [3.5, 4, 4.5]]),
        ("Row ** 2", [[1, 4, 9]]),
        ("-Row", [[-1, -2, -3]]),
        ("-Row ** 2", [[-1, -4, -9]]),
        ("A @ X", [[-3.5, -4, -4.5], [5.25, 7.5, 9.75]]),
        ("Row @ Row.T", [[14]]),
        ("Row.T", [[1], [2], [3]]),
        ("Row == 2", [[0, 1, 0]]),
        ("Row != 2", [[1, 0, 1]]),
        ("Row < 2", [[1, 0, 0]]),
        ("Row <= 2", [[1, 1, 0]]),
        ("Row > 2", [[0, 0, 1]]),
        ("Row >= 2", [[0, 1, 1]]),
        ("1 < Row < 3", [[0, 1, 0]]),
        ("t == 2 and sum(Row) == 6", [[1]]),
        ("t == 2 and sum(Row) == 7", [[0]]),
        ("Row > 1 and Row < 3", [[0, 1, 0]]),
        ("exp(t - 2)", [[1]]),
        ("ln(t / 2)", [[0]]),
        ("sqrt(t * 8)", [[4]]),
        ("tanh(t)", [[0.9640275800758169]]),
        ("sin(t)", [[0.9092974268256817]]),
        ("cos(t)", [[-0.4161468365471424]]),
        ("abs(A)", [[1, 2, 0.5], [0.25, 3, 1]]),
        ("where(A > 0, A, 0)", [[1, 0, 0.5], [0.25, 3, 0]]),
        ("row_sum(A)", [[-0.5], [2.25]]),
        ("row_max(A)", [[1], [3]]),
        ("row_mean(Row)", [[2]]),
        ("column_sum(A)", [[1.25, 1, -0.5]]),
        ("column_max(A)", [[1, 3, 0.5]]),
        ("column_mean(X)", [[4, 5, 6]]),
        ("sum(A)", [[1.75]]),
        ("max(A)", [[3]]),
        ("min(A)", [[-2]]),
        ("mean(X)", [[5]]),
        ("max(A, B)", [[2, 1, 0.5], [0.25, 3, 4]]),
        ("max(t, 1, 3)", [[3]]),
        ("min(A, 0)", [[0, -2, 0], [0, 0, -1]]),
        ("beside(Row, t)", [[1, 2, 3, 2]]),
        ("stack(Row, Row * 2)", [[1, 2, 3], [2, 4, 6]]),
        ("columns(A)", [[3]]),
        ("row_numbers(A)", [[1], [2]]),
        ("column_numbers(A)", [[1, 2, 3]]),
        ("lookup(Sought, Words, X)", [[7, 8, 9], [1, 2, 3]]),
        ("find(Sought, Words, X)", [[7, 8, 9], [1, 2, 3]]),
        ("recurrent(Row, 0 * X, X)", [[math.tanh(v) for v in (30, 36, 42)]]),
        ("lstm(t, beside(t, t, t, t), beside(t, t, t, t), full(0, 1, 4))", [LSTM]),
        ('X["mouse"]', [[7, 8, 9]]),
        ('X["mouse", "device"]', [[8]]),
        ('X["and", 0]', [[4]]),
        ('X[:, "device"]', [[2], [5], [8]]),
        ('Weights["cat", "mouse"]', [[3]]),
        ("X[1]", [[4, 5, 6]]),
        ("X[-1, -1]", [[9]]),
        ("X[0, 1:3]", [[2, 3]]),
        ("X[1:]", [[4, 5, 6], [7, 8, 9]]),
        ("X[:-1, 0]", [[1], [4]]),
        ('Words == "and"', [[0], [1], [0]]),
        ('X[1:]["mouse", "animal"]', [[7]]),
        ('X.T["device", "mouse"]', [[8]]),
        ('row_sum(X)["and"]', [[15]]),
        ('(X * 2)["cat", "grammar"]', [[6]]),
    ],
)
def test_evaluate(formula, expected):
    """Each form has the value that one works out by hand."""
    found = evaluate(formula, TABLE).values
    assert found.shape == np.asarray(expected).shape
    assert np.allclose(found.astype(float), expected, rtol=0, atol=1e-15)


@pytest.mark.parametrize(
    ("formula", "shape"),
    [
        ('X["dog"]', (1, 3)),
        ('X["dog", "device"]', (1, 1)),
        ('X["dog", 0]', (1, 1)),
        ('X["dog"] * 2 + 1', (1, 3)),
        ('sum(X["dog"])', (1, 1)),
        ('X["dog"] @ X.T', (1, 3)),
        ('abs(X["dog"] - X["cat"])', (1, 3)),
    ],
)
def test_absent_words_are_nan(formula, shape):
    """A word that is not there gives NaN, and so does all that is made of it."""
    found = evaluate(formula, TABLE).values
    assert found.shape == shape
    assert np.isnan(found).all()


def test_a_choice_with_an_absent_word_is_absent():
    """A dash in either branch makes the choice a dash, however the word is looked up."""
    for row in ('X["dog"]', 'find("dog", Words, X)', 'find("dog", Words, X * 2)'):
        for formula in (f"where(t > 1, 1, {row})", f"where(t > 1, {row}, 1)"):
            assert np.isnan(evaluate(formula, TABLE).values).all()
        assert verdict(f"sum({row}) > 0", "", TABLE) == "–"
    assert evaluate('where(t > 1, 1, find("cat", Words, X))', TABLE).values.tolist() == [[1] * 3]


def test_a_context_comes_before_the_rest():
    """With a suffix, a context's own matrix hides the one that all contexts share."""
    table = TABLE | {"t_cat": Named(np.array([[5.0]]))}
    assert evaluate("t + sum(Row)", table, "_cat").values.item() == 11.0
    assert evaluate("t + sum(Row)", table).values.item() == 8.0


def test_before():
    """In a what-if claim the matrices are there as they were before the change."""
    before = {"t": Named(np.array([[7.0]]))}
    assert evaluate('t - before("t")', TABLE, before=before).values.item() == -5.0


def test_dividing_by_zero_is_no_warning():
    """What a sheet shows as an error is inf or NaN here, quietly."""
    assert math.isinf(evaluate("t / 0", TABLE).values.item())
    assert math.isnan(evaluate("(t - 2) / 0", TABLE).values.item())


# --- the judge and the judged, which share nothing ------------------------------------


def nodes() -> dict[str, Matrix]:
    """The matrices of the table above, as expressions."""
    words, dims = Words("Words", WORDS), Texts.of(DIMENSIONS)
    return {
        "A": Input("A", a),
        "B": Input("B", b),
        "t": Input("t", 2.0),
        "Row": Input("Row", [[1.0, 2.0, 3.0]]),
        "Words": words,
        "Sought": Words("Sought", ["mouse", "cat"]),
        "X": Input("X", s, words, dims),
        "Weights": Input("Weights", s, words, words),
    }


@pytest.mark.parametrize(
    "formula",
    [
        "A @ B.T / sqrt(columns(B)) / t",
        "exp(A - row_max(A)) / row_sum(exp(A - max(A)))",
        "where(column_numbers(X) <= row_numbers(X), X, -1e30)",
        "2 ** -A + A ** 2 - -A",
        "-2 < A <= 1 and B > 0",
        'X["cat"] @ X["mouse"].T',
        'X["dog"] @ X["mouse"].T',
        "beside(A, B)[:, 2:5] - 1",
        "stack(A, B)[-1]",
        "max(abs(A - B)) <= 1e-12",
        "sum(A * B) / mean(B) + max(t, 3)",
        "column_sum(X @ X.T) * row_mean(X)",
        "lookup(Sought, Words, X) @ A.T",
        "tanh(sin(A)) * cos(B)",
        "X[:, 'animal'] - X[:, 'device']",
    ],
)
def test_agrees_with_expressions(formula):
    """A formula read into nodes has the value that the judge gives it."""
    judged = notation.read(formula, nodes().get).value
    judge = evaluate(formula, TABLE).values
    assert judge.shape == judged.shape
    assert np.allclose(judge, judged, rtol=1e-14, atol=1e-14, equal_nan=True)


# --- lessons --------------------------------------------------------------------------

VOCABULARY = np.array([[2.0, 0.0, 0.5], [1.0, 1.0, 0.0], [0.0, 2.0, -0.5]])


def lesson(**parts) -> files.Lesson:
    """A lesson of three words, checked like one from a file."""
    content = {
        "format": 1,
        "title": "Small",
        "vocabulary": {
            "columns": {"animal": "animal", "device": "device", "grammar": "grammar"},
            "words": {
                word: row.tolist()
                for word, row in zip(("cat", "mouse", "key"), VOCABULARY, strict=True)
            },
        },
        "contexts": [{"id": "c", "words": ["cat", "mouse"]}],
        "attention": {},
        **parts,
    }
    made = files.parse(content)
    files.validate(made, "en")
    return made


def inputs(**more) -> dict[str, np.ndarray]:
    """The typed matrices of that lesson, as they are read from a workbook."""
    return {
        "Vocabulary_words": texts(["cat", "mouse", "key"]),
        "Vocabulary": VOCABULARY,
        "Words": texts(["mouse", "cat"]),
        "Temperature": np.array([[0.5]]),
        **more,
    }


def softmax(scores: np.ndarray) -> np.ndarray:
    """Exponentials of each row, divided by their sum."""
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    return powers / powers.sum(axis=1, keepdims=True)


def close(got, expected) -> bool:
    """Whether two matrices have one shape and agree to 1e-12."""
    assert got.shape == np.asarray(expected).shape
    return bool(np.allclose(got, expected, rtol=0, atol=1e-12))


def test_recompute_attention():
    """Words are looked up and attended to: from the cells, not from the lesson's file."""
    table = recompute(lesson(), inputs())
    x = VOCABULARY[[1, 0]]  # the sheet says mouse, cat; the lesson's file says cat, mouse
    scaled = x @ x.T / math.sqrt(3) / 0.5
    assert close(table["X"].values, x)
    assert close(table["Scores"].values, x @ x.T)
    assert close(table["d_k"].values, [[3.0]])
    assert close(table["Scaled"].values, scaled)
    assert close(table["RowMax"].values, scaled.max(axis=1)[:, None])
    assert close(table["Exponentials"].values, np.exp(scaled - scaled.max(axis=1)[:, None]))
    assert close(table["Attention"].values, softmax(scaled))
    assert close(table["Attention_sum"].values, [[1.0], [1.0]])
    assert close(table["Output"].values, softmax(scaled) @ x)
    assert table["Attention"].rows == table["Attention"].columns == ["mouse", "cat"]
    assert table["Output"].columns == ["animal", "device", "grammar"]


def test_recompute_by_hand():
    """One word attends to itself alone: all weight, and its own embedding comes out."""
    table = recompute(lesson(), inputs(Words=texts(["key"])))
    assert table["Attention"].values.tolist() == [[1.0]]
    assert table["Output"].values.tolist() == [[0.0, 2.0, -0.5]]
    assert table["Scores"].values.tolist() == [[4.25]]


def test_recompute_weights():
    """Learned weights project the embeddings; without scaling √d is left out."""
    w_q, w_k, w_v = (np.random.RandomState(i).randn(3, 2) for i in range(3))
    weights = {"W_Q": w_q, "W_K": w_k, "W_V": w_v}
    content = {name: values.tolist() for name, values in weights.items()}
    table = recompute(lesson(weights=content, attention={"scores": "dot"}), inputs(**weights))
    x = VOCABULARY[[1, 0]]
    scaled = (x @ w_q) @ (x @ w_k).T / 0.5
    assert close(table["Q"].values, x @ w_q)
    assert close(table["Scaled"].values, scaled)
    assert close(table["Output"].values, softmax(scaled) @ x @ w_v)
    assert "d_k" not in table


@pytest.mark.parametrize(
    ("switch", "allowed"),
    [
        (0, [[1, 1, 1], [1, 1, 1], [1, 1, 1]]),
        (1, [[1, 0, 0], [1, 1, 0], [1, 1, 1]]),
        (2, [[1, 1, 0], [1, 1, 1], [0, 1, 1]]),
    ],
)
def test_recompute_masks(switch, allowed):
    """The switch in the sheet counts; a masked weight is exactly 0."""
    given = inputs(
        Words=texts(["cat", "key", "mouse"]),
        Mask_on=np.array([[float(switch)]]),
        Window=np.array([[1.0]]),
    )
    table = recompute(lesson(attention={"mask": "window"}), given)
    assert table["Mask"].values.tolist() == allowed
    x = VOCABULARY[[0, 2, 1]]
    scaled = x @ x.T / math.sqrt(3) / 0.5
    powers = np.exp(scaled) * np.array(allowed)
    assert close(table["Attention"].values, powers / powers.sum(axis=1, keepdims=True))
    assert (table["Attention"].values[np.array(allowed) == 0] == 0).all()


@pytest.mark.parametrize("switch", [0.0, 1.0])
def test_recompute_positions(switch):
    """Positions are added as much as the switch says."""
    given = inputs(Positions_on=np.array([[switch]]))
    table = recompute(lesson(attention={"positions": "sinusoidal"}), given)
    small = 10000 ** (2 / 3)
    waves = np.array([[0.0, 1.0, 0.0], [math.sin(1), math.cos(1), math.sin(1 / small)]])
    assert close(table["Positions"].values, waves)
    assert close(table["Embeddings"].values, VOCABULARY[[1, 0]])
    assert close(table["X"].values, VOCABULARY[[1, 0]] + switch * waves)


def test_recompute_additive():
    """Additive scores are v · tanh(W_query q + W_key k)."""
    w_query, w_key, w = (np.random.RandomState(i).randn(3, 2) for i in range(3))
    weights = {"W_query": w_query, "W_key": w_key, "W_score": w[:2, :1]}
    content = {name: values.tolist() for name, values in weights.items()}
    table = recompute(lesson(weights=content, attention={"scores": "additive"}), inputs(**weights))
    x = VOCABULARY[[1, 0]]
    scores = [[float(w[:2, 0] @ np.tanh(q @ w_query + k @ w_key)) for k in x] for q in x]
    assert close(table["Scores"].values, scores)
    assert close(table["Attention"].values, softmax(np.array(scores) / 0.5))


def test_recompute_heads():
    """Each head takes its columns; W_O mixes the heads' outputs."""
    w_q, w_k, w_v = (np.random.RandomState(i).randn(3, 4) for i in range(3))
    w_o = np.random.RandomState(3).randn(4, 3)
    weights = {"W_Q": w_q, "W_K": w_k, "W_V": w_v, "W_O": w_o}
    content = {name: values.tolist() for name, values in weights.items()}
    table = recompute(lesson(weights=content, attention={"heads": 2}), inputs(**weights))
    x, outputs = VOCABULARY[[1, 0]], []
    for part in (slice(0, 2), slice(2, 4)):
        q, k, v = (x @ w[:, part] for w in (w_q, w_k, w_v))
        outputs.append(softmax(q @ k.T / math.sqrt(2) / 0.5) @ v)
    assert close(table["Output_head1"].values, outputs[0])
    assert close(table["Output_head2"].values, outputs[1])
    assert close(table["Concatenated"].values, np.hstack(outputs))
    assert close(table["Output"].values, np.hstack(outputs) @ w_o)


def test_recompute_two_contexts():
    """Each sentence has its own steps, with its id as suffix."""
    contexts = [{"id": "c", "words": ["cat"]}, {"id": "k", "words": ["key"]}]
    given = inputs(Words_c=texts(["cat", "mouse"]), Words_k=texts(["key", "mouse", "key"]))
    del given["Words"]
    table = recompute(lesson(contexts=contexts), given)
    for suffix, rows in (("_c", [0, 1]), ("_k", [2, 1, 2])):
        x = VOCABULARY[rows]
        expected = softmax(x @ x.T / math.sqrt(3) / 0.5) @ x
        assert close(table["Output" + suffix].values, expected)
    assert "Output" not in table


def test_recompute_cross_attention():
    """Keys and values come from the other sentence."""
    contexts = [{"id": "c", "words": ["cat"], "keys": ["key", "mouse"]}]
    given = inputs(Words=texts(["cat"]), Words_source=texts(["mouse", "key", "cat"]))
    table = recompute(lesson(contexts=contexts), given)
    q, k = VOCABULARY[[0]], VOCABULARY[[1, 2, 0]]
    assert close(table["Output"].values, softmax(q @ k.T / math.sqrt(3) / 0.5) @ k)
    assert table["Attention"].columns == ["mouse", "key", "cat"]


def test_recompute_own_steps():
    """A lesson's own steps are notation; rows of formulas form one table."""
    steps = [
        {"name": "Double", "formula": "2 * X"},
        {
            "name": "Both",
            "rows": [
                {"name": "First", "formula": 'Double["cat"]', "label": "first"},
                {"name": "Second", "formula": 'X["dog"]', "label": "second"},
            ],
        },
        {"name": "Leaning", "formula": 'Both[:, "animal"] - Both[:, "device"]'},
    ]
    table = recompute(lesson(steps=steps), inputs())
    assert table["Double"].values.tolist() == [[2.0, 2.0, 0.0], [4.0, 0.0, 1.0]]
    assert table["First"].values.tolist() == [[4.0, 0.0, 1.0]]
    assert np.array_equal(table["Both"].values, [[4, 0, 1], [np.nan] * 3], equal_nan=True)
    assert np.array_equal(table["Leaning"].values, [[4.0], [np.nan]], equal_nan=True)


@pytest.mark.parametrize(
    ("holds", "when", "verdict"),
    [
        ('X["cat", "animal"] == 2', "", "✓"),
        ('X["cat", "animal"] == 3', "", "✗"),
        ('1 < X["cat", "animal"] < 3 and sum(X) == 4.5', "", "✓"),
        ('X["cat", "animal"] == 2', "Temperature == 0.5", "✓"),
        ('X["cat", "animal"] == 2', "Temperature == 1", "–"),
        ('X["dog", "animal"] == 2', "", "–"),
        ('X["cat", "animal"] > X["key", "animal"]', "", "–"),
    ],
)
def test_recompute_claims(holds, when, verdict):
    """A claim is true, or not, or does not apply: its switch is off, or its word absent."""
    claims = [{"name": "it", "text": "It.", "holds": holds, "when": when}]
    table = recompute(lesson(claims=claims), inputs())
    assert table["Claim_it"].values.tolist() == [[verdict]]


def test_recompute_without_attention():
    """A lesson may be nothing but inputs and steps."""
    content = {
        "format": 1,
        "title": "Plain",
        "inputs": [{"name": "M", "values": [[1, 2], [3, 4]], "columns": ["u", "v"]}],
        "steps": [{"name": "Mean_row", "formula": 'mean(M[:, "v"])'}],
    }
    made = files.parse(content)
    files.validate(made, "en")
    table = recompute(made, {"M": np.array([[1.0, 2.0], [3.0, 10.0]])})
    assert table["Mean_row"].values.tolist() == [[6.0]]
