"""Attention in the paper's notation: named steps, no cells.

Scaled dot-product and multi-head attention are those of Vaswani et al., "Attention Is
All You Need" (2017), sections 3.2.1 and 3.2.2; sinusoidal positions are section 3.5;
additive attention is Bahdanau et al., "Neural Machine Translation by Jointly Learning
to Align and Translate" (2015), appendix A.1.2.

Scores, mask, temperature and the sources of Q, K and V are independent choices.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from xlsxattn.errors import LessonError, ShapeError
from xlsxattn.expression import (
    NEARLY_MASKED,
    ColumnCount,
    Elementwise,
    Joined,
    Labels,
    Matrix,
    Number,
    Numbering,
    Slice,
    Step,
)
from xlsxattn.functions.heads import attention_weights, dot_product
from xlsxattn.functions.registry import MakePart
from xlsxattn.functions.tables import row_sum, sqrt, tanh, where

#: Each hidden unit of additive scores has a block of its own on the page.
MAX_HIDDEN_UNITS = 64


#: What mathematics calls some steps, whatever their name.
SYMBOLS = {"RowMax": "max", "RowSum": "Σ", "Q_rotated": "Q′", "K_rotated": "K′"}


class Steps:
    """Makes named steps and remembers them in order.

    ``suffix`` tells whose they are: ``_cat`` for a context, ``_head1_cat`` for a head.
    """

    def __init__(
        self,
        made: dict[str, Matrix] | None = None,
        suffix: str = "",
        symbols: dict[Matrix, str] | None = None,
    ) -> None:
        self.made: dict[str, Matrix] = {} if made is None else made
        self.suffix = suffix
        #: What mathematics calls each step: its name without whose it is.
        self.symbols: dict[Matrix, str] = {} if symbols is None else symbols

    def within(self, suffix: str) -> Steps:
        """The same record with another suffix."""
        return Steps(self.made, suffix, self.symbols)

    def __call__(
        self,
        name: str,
        expression: Matrix,
        row_labels: Labels | None = None,
        column_labels: Labels | None = None,
    ) -> Step:
        step = Step(name + self.suffix, expression, row_labels, column_labels)
        if step.name in self.made:
            raise LessonError(
                f"{step.name}: expected a name that no input, weight or other context makes, "
                "got it twice"
            )
        self.made[step.name] = step
        self.symbols[step] = SYMBOLS.get(name, name)
        return step


@dataclass(frozen=True)
class Additive:
    """The weights of additive scores: ``W_query`` (d, h), ``W_key`` (d, h), ``v`` (h, 1)."""

    W_query: Matrix
    W_key: Matrix
    v: Matrix


@dataclass(frozen=True)
class Mask:
    """Which keys a query may look at.

    ``on`` is 0 for all, 1 for causal (none that comes later in the sentence), 2 for a
    window of ``window`` words each way.
    """

    on: Matrix
    window: Matrix


def attention(
    Q: Matrix,
    K: Matrix,
    V: Matrix,
    step: Steps,
    *,
    temperature: Matrix,
    d_k: Matrix | None = None,
    mask: Mask | None = None,
    additive: Additive | None = None,
    bias: Callable[[Matrix], Matrix] | None = None,
    W_out: Matrix | None = None,
) -> Step:
    """Attention of queries (n_q, d_k) over keys (n_k, d_k) and values (n_k, d_v) → (n_q, d_v).

    ``d_k`` scales dot-product scores where it is given; ``additive`` replaces
    dot products by a small network; ``bias`` makes of the scores what is added to them once
    they are scaled; ``W_out`` (d_v, d) turns what was attended to into the output (n_q, d).
    """
    weights = attention_weights(
        Q, K, step,
        score=dot_product if additive is None else _additive(additive),
        divisors=[temperature] if d_k is None else [sqrt(d_k), temperature],
        bias=bias,
        allowed=None if mask is None else partial(allowed, mask=mask, step=step),
    )  # (n_q, n_k)  # fmt: skip
    step("Attention_sum", row_sum(weights))  # (n_q, 1), shown as the proof that it is 1
    if W_out is None:
        return step("Output", weights @ V)  # (n_q, d_v)
    attended = step("Attended", weights @ V)  # (n_q, d_v)
    return step("Output", attended @ W_out)  # (n_q, d)


def additive_scores(Q: Matrix, K: Matrix, weights: Additive, step: MakePart) -> Matrix:
    """Scores ``tanh(q_i W_query + k_j W_key) · v``, one block a hidden unit → (n_q, n_k)."""
    hidden_units = weights.W_query.columns
    if weights.W_key.columns != hidden_units or weights.v.shape != (hidden_units, 1):
        raise ShapeError(
            f"additive scores: expected W_key of {hidden_units} columns and W_score of "
            f"{hidden_units}×1, got {weights.W_key!r} and {weights.v!r}"
        )
    if hidden_units > MAX_HIDDEN_UNITS:
        raise ShapeError(
            f"additive scores: expected at most {MAX_HIDDEN_UNITS} hidden units, got {hidden_units}"
        )
    queries = step("Query_part", Q @ weights.W_query)  # (n_q, h)
    keys = step("Key_part", weights.W_key.T @ K.T)  # (h, n_k)
    scores: Matrix | None = None
    for unit in range(weights.v.rows):
        query = Slice(queries, range(queries.rows), range(unit, unit + 1))  # (n_q, 1)
        key = Slice(keys, range(unit, unit + 1), range(keys.columns))  # (1, n_k)
        hidden = step(f"Hidden_unit{unit + 1}", tanh(query + key))  # (n_q, n_k)
        term = hidden * Slice(weights.v, range(unit, unit + 1), range(1))
        scores = term if scores is None else scores + term
    assert scores is not None
    return step("Scores", scores)


def _additive(weights: Additive) -> Callable[[Matrix, Matrix, MakePart], Matrix]:
    return lambda Q, K, step: additive_scores(Q, K, weights, step)


def combine_heads(heads: list[Matrix], W_O: Matrix, step: Steps, b_O: Matrix | None = None) -> Step:
    """Outputs of the heads side by side, times ``W_O``, plus ``b_O`` → (n_q, d_model)."""
    concatenated = step("Concatenated", Joined("columns", heads))
    return step("Output", projected(concatenated, W_O, b_O))


def projected(X: Matrix, W: Matrix, b: Matrix | None = None) -> Matrix:
    """X (n, d) through weights (d, m), plus a bias (1, m) where there is one → (n, m)."""
    product = X @ W
    if b is None:
        return product
    if b.shape != (1, W.columns):
        raise ShapeError(f"expected 1×{W.columns} numbers to add to {X!r} @ {W!r}, got {b!r}")
    return product + b


def allowed(scores: Matrix, mask: Mask, step: Steps) -> Step:
    """1 where a query may look at a key, 0 elsewhere, of the scores' shape (n_q, n_k)."""
    row, column = Numbering("row", scores), Numbering("column", scores)
    causal = where(column.less_equal(row), 1, 0)
    near = where(Elementwise("abs", column - row).less_equal(mask.window), 1, 0)
    rule = where(mask.on.equal(1), causal, where(mask.on.equal(2), near, 1))
    return step("Mask", rule, scores.row_labels, scores.column_labels)


def is_masked(node: Matrix) -> bool:
    """Whether some numbers are scores of keys that are not seen, divided or as a mask set them."""
    return node.value.dtype == float and bool((node.value < NEARLY_MASKED).any())


def positions(X: Matrix, step: Steps) -> Step:
    """Sinusoidal positions (n, d): sin(pos / 10000^(2i/d)) and cos, pos from 0."""
    position = step("Position_number", Numbering("row", X) - 1, X.row_labels)  # (n, 1)
    divisors: list[Matrix] = [
        Number(10000) ** (Number(2 * (column // 2)) / ColumnCount(X)) for column in range(X.columns)
    ]
    divisor = step("Divisor", Joined("columns", divisors), None, X.column_labels)  # (1, d)
    waves: list[Matrix] = []
    for column in range(X.columns):
        angle = position / Slice(divisor, range(1), range(column, column + 1))
        waves.append(Elementwise("cos" if column % 2 else "sin", angle))
    return step("Positions", Joined("columns", waves), X.row_labels, X.column_labels)
