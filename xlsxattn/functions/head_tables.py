"""Causal attention as three tables, in which the heads stand side by side: for large models.

``attention`` gives each part of each head a step of its own. With many heads and layers that is
hundreds of tables; here it is three: what a row of a model has is a row of each.
"""

from __future__ import annotations

from xlsxattn.errors import ShapeError
from xlsxattn.expression import (
    Causal,
    Joined,
    Matrix,
    Number,
    Operand,
    require_matrix,
)
from xlsxattn.functions.heads import share, whole_number
from xlsxattn.functions.registry import function
from xlsxattn.functions.rows import softmax
from xlsxattn.functions.tables import sqrt


@function
def head_scores(Q: Matrix, K: Matrix, heads: Operand, key_heads: Operand = 0) -> Matrix:
    """Scaled scores of all heads, up to the diagonal: ``(n, h·d)``, ``(n, g·d)`` → ``(n, h·n)``.

    ``heads`` is h, ``key_heads`` g, by itself h; each key head serves a group of heads.
    """
    require_matrix("head_scores", Q, K)
    h, g = _heads("head_scores", heads, key_heads, Q, K)
    if Q.columns * g != K.columns * h or Q.rows != K.rows:
        raise ShapeError(
            f"head_scores: expected keys of {Q.rows}×{Q.columns // h * g}, got {K!r}"
        )  # fmt: skip
    scores: list[Matrix] = []
    for head in range(h):
        query, key = share(Q, head, h), share(K, head * g // h, g)
        scores.append(Causal(query @ key.T) / sqrt(Number(key.columns)))
    return Joined("columns", scores)


@function
def head_weights(scores: Matrix, heads: Operand) -> Matrix:
    """The softmax of each head's scores, ``(n, h·n)`` both; where arrays are, in one formula."""
    require_matrix("head_weights", scores)
    h, _ = _heads("head_weights", heads, 0, scores)
    weights = [softmax(share(scores, head, h)) for head in range(h)]
    for one in weights:
        one.in_one_formula = True
    return Joined("columns", weights)


@function
def head_outputs(weights: Matrix, V: Matrix, heads: Operand, key_heads: Operand = 0) -> Matrix:
    """What each head gathers, side by side: ``(n, h·n)``, ``(n, g·d)`` → ``(n, h·d)``."""
    require_matrix("head_outputs", weights, V)
    h, g = _heads("head_outputs", heads, key_heads, weights, V)
    if weights.columns != h * V.rows:
        raise ShapeError(
            f"head_outputs: expected weights of {h * V.rows} columns, got {weights!r}"
        )  # fmt: skip
    outputs = [share(weights, i, h) @ share(V, i * g // h, g) for i in range(h)]
    return Joined("columns", outputs)


def _heads(name: str, heads: Operand, key_heads: Operand, *tables: Matrix) -> tuple[int, int]:
    """How many heads and key heads share tables, the last of which is of key heads."""
    h = whole_number("heads", heads)
    g = whole_number("key_heads", key_heads) or h
    of = [h, g] if len(tables) > 1 else [h]
    if h < 1 or h % g or any(t.columns % n for t, n in zip(tables, of, strict=True)):
        came = " and ".join(map(repr, tables))
        raise ShapeError(
            f"{name}: expected columns that {h} heads and {g} key-value heads share, got {came}"
        )
    return h, g
