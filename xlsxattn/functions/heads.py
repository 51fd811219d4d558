"""Attention as a function of matrices: heads, masks, biases, rotary positions.

Scaled dot-product and multi-head attention are those of Vaswani et al., "Attention Is All You
Need" (2017), sections 3.2.1 and 3.2.2; grouped key-value heads of Ainslie et al., "GQA" (2023);
a linear bias of Press et al., "Train Short, Test Long" (2022); rotary positions of Su et al.,
"RoFormer" (2021), section 3.4.2.

A step that calls these gets its parts under their usual names: ``Layer_Scores_head1``. A lesson's
own attention is the same derivation, ``attention_weights`` and ``turned``, in named steps.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from xlsxattn.errors import ShapeError
from xlsxattn.expression import (
    MASKED,
    Joined,
    Matrix,
    Number,
    Numbering,
    Operand,
    Slice,
    Text,
    require_matrix,
)
from xlsxattn.functions.registry import MakePart, function, plain_number
from xlsxattn.functions.rows import softmax_in_parts
from xlsxattn.functions.sentences import for_each
from xlsxattn.functions.tables import cos, sin, sqrt, where

#: What the steps of a softmax are called in a lesson, where they are named.
SOFTMAX_PARTS = ("RowMax", "Exponentials", "RowSum")

#: Added to the scores of one of some heads (from 0), by name: from the scores, the head and how
#: many heads there are.
Bias = Callable[[Matrix, int, int], Matrix]
BIASES: dict[str, Bias] = {}


def bias(made: Bias) -> Bias:
    """Put a positional bias on the list, under its own name."""
    BIASES[made.__name__] = made
    return made


@bias
def alibi(scores: Matrix, head: int, heads: int) -> Matrix:
    """−slope · distance; the slopes are 2^(−8/h), 2^(−16/h), … of h heads."""
    apart: Matrix = abs(Numbering("column", scores) - Numbering("row", scores))
    slope: float = 2.0 ** (-8 * (head + 1) / heads)
    return apart * -slope


def dot_product(Q: Matrix, K: Matrix, part: MakePart, *, sentences: int = 1) -> Matrix:
    """The scores of queries ``(n, d)`` over keys ``(m, d)`` → ``(n, m)``.

    Of several sentences one under another, each over itself alone.
    """
    return part("Scores", for_each("attention", sentences, lambda q, k: q @ k.T, Q, K))


def attention_weights(
    Q: Matrix,
    K: Matrix,
    part: MakePart,
    *,
    score: Callable[[Matrix, Matrix, MakePart], Matrix] = dot_product,
    divisors: Sequence[Operand] = (),
    bias: Callable[[Matrix], Matrix] | None = None,
    allowed: Callable[[Matrix], Matrix] | None = None,
) -> Matrix:
    """What one head gives each key: ``(n, d)`` over ``(m, d)`` → ``(n, m)``, rows sum to 1.

    Scores are divided by each of ``divisors``; ``bias`` makes what is added then, ``allowed``
    1 where a query may look and 0 elsewhere, both from the scores. ``part`` makes each step.
    """
    scaled = scores = score(Q, K, part)
    for divisor in divisors:
        scaled = scaled / divisor
    if bias is not None:
        scaled = scaled + bias(scores)
    scaled = part("Scaled", scaled)
    if allowed is not None:
        scaled = part("Masked", where(allowed(scores).equal(1), scaled, MASKED))
    return part("Attention", softmax_in_parts(scaled, part))


@function
def attention(
    Q: Matrix,
    K: Matrix,
    V: Matrix,
    heads: Operand = 1,
    key_heads: Operand = 0,
    mask: Matrix | str | None = None,
    window: Operand = 1,
    bias: Matrix | str | Sequence[Matrix] | None = None,
    temperature: Operand = 1,
    sentences: Operand = 1,
) -> Matrix:
    """Queries ``(n, h·d)`` over keys ``(m, g·d)`` and values ``(m, g·v)`` → ``(n, h·v)``.

    ``heads`` is h; ``key_heads`` is g, by itself h: each of fewer key-value heads serves a
    group of heads. ``mask`` is ``"causal"``, ``"window"`` (so many words each way) or a matrix
    of 1 where a query may look, one row for all queries or one each. ``bias`` is added to the
    scaled scores: a matrix, one for each head, or the name of one of ``BIASES``. The rows may
    be those of several ``sentences`` of one length, one under another, each of which looks at
    itself, or at its own keys of another length; ``mask`` may then be a column too, 1 for each
    key that is a word. ShapeError where columns or rows cannot be shared out.
    """
    require_matrix("attention", Q, K, V)
    h = whole_number("heads", heads)
    g = whole_number("key_heads", key_heads) or h
    if h < 1 or h % g or Q.columns % h or K.columns % g or V.columns % g:
        raise ShapeError(
            f"attention: expected columns that {h} heads and {g} key-value heads share, got "
            f"{Q!r}, {K!r} and {V!r}"
        )
    outputs: list[Matrix] = []
    look: Matrix | None = None

    def allowed(scores: Matrix) -> Matrix:
        """One mask for all heads."""
        nonlocal look
        assert mask is not None
        look = _allowed(mask, scores, window, s) if look is None else look
        return look

    s = whole_number("sentences", sentences)
    score = partial(dot_product, sentences=s)

    for head in range(h):
        part = _named(f"_head{head + 1}" if h > 1 else "")
        group = head * g // h
        query, key, value = share(Q, head, h), share(K, group, g), share(V, group, g)
        divisors: list[Operand] = [sqrt(Number(key.columns))]
        if not (isinstance(temperature, (int, float)) and temperature == 1):
            divisors.append(temperature)
        added = None if bias is None else partial(_bias, bias, head, h)
        weights = attention_weights(
            query, key, part, score=score, divisors=divisors, bias=added,
            allowed=None if mask is None else allowed,
        )  # fmt: skip
        output = for_each("attention", s, lambda w, v: w @ v, weights, value)  # (n, v)
        outputs.append(part("Output", output) if h > 1 else output)
    return outputs[0] if h == 1 else Joined("columns", outputs)


@function
def rotate(x: Matrix, heads: Operand = 1, base: Operand = 10000) -> Matrix:
    """Each pair of columns turned by an angle that grows with the row: ``(n, h·d)`` of any even d.

    Pair i of a head turns by position / base^(2i/d), positions counted from 0, so that the
    dot product of two rows depends on how far apart they are, and not on where.
    """
    require_matrix("rotate", x)
    h = whole_number("heads", heads)
    width = x.columns // max(h, 1)
    if h < 1 or x.columns % h or width % 2:
        raise ShapeError(f"rotate: expected an even width for each of {h} heads, got {x!r}")
    turns = angles(x, width, _part, base=plain_number("base", base))
    rotated = _part("Rotated", turned(x, turns))
    rotated.row_labels, rotated.column_labels = x.row_labels, x.column_labels
    return rotated


def angles(
    x: Matrix, width: int, part: MakePart, *, base: float = 10000, speed: Matrix | None = None
) -> Matrix:
    """How far each row of ``x`` turns each pair of an even ``width`` d: ``(n, d/2)``, in radians.

    Pair i of row n, both from 0, turns by n / base^(2i/d), and ``speed`` (1, 1) times as far
    where it is given.
    """
    divisors: list[Matrix] = [
        Number(base) ** Number(2 * pair / width) for pair in range(width // 2)
    ]
    divisor = part("Divisors", Joined("columns", divisors))  # (1, d/2)
    position = Numbering("row", x) - 1  # (n, 1)
    if speed is not None:
        position = speed * position
    return part("Angles", position / divisor)


def turned(x: Matrix, angles: Matrix) -> Matrix:
    """Each pair of columns turned by its angle: ``(n, h·d)``, ``(n, d/2)`` → ``(n, h·d)``."""
    columns: list[Matrix] = []
    for first in range(0, x.columns, 2):
        a, b = _column(x, first), _column(x, first + 1)
        angle = _column(angles, first // 2 % angles.columns)
        columns += [a * cos(angle) - b * sin(angle), a * sin(angle) + b * cos(angle)]
    return Joined("columns", columns)


def _part(name: str, node: Matrix) -> Matrix:
    """A node that becomes a step of its own, called so after the step that it is a part of."""
    node.part = name
    return node


def _named(tail: str) -> MakePart:
    """Names the parts of a head; those of its softmax are called by what they are."""
    return lambda name, node: node if name in SOFTMAX_PARTS else _part(name + tail, node)


def share(matrix: Matrix, number: int, of: int) -> Matrix:
    """One of equal shares of a matrix's columns, counted from 0."""
    width = matrix.columns // of
    if of == 1:
        return matrix
    return Slice(matrix, range(matrix.rows), range(number * width, (number + 1) * width))


def _column(matrix: Matrix, number: int) -> Matrix:
    return Slice(matrix, range(matrix.rows), range(number, number + 1))


def _allowed(mask: Matrix | str, scores: Matrix, window: Operand, sentences: int) -> Matrix:
    """1 where a query may look, from the name of a rule or a matrix of them."""
    rule = mask.text if isinstance(mask, Text) else mask
    if isinstance(rule, Matrix) and rule.shape == (sentences * scores.columns, 1):
        queries = scores.rows // sentences
        return _part("Mask", for_each("attention", sentences, partial(_of_keys, queries), rule))
    if isinstance(rule, Matrix):
        fits = rule.columns == scores.columns and rule.rows in (1, scores.rows)
        if not fits:
            raise ShapeError(f"attention: expected a mask of {scores!r}'s shape, got {rule!r}")
        return rule
    if rule == "causal":
        return _part("Mask", for_each("attention", sentences, _up_to_itself, scores))
    if rule == "window":
        return _part("Mask", for_each("attention", sentences, partial(_near, window), scores))
    raise ShapeError(f"attention: expected the mask causal, window or a matrix, got {rule!r}")


def _up_to_itself(scores: Matrix) -> Matrix:
    """1 for each key that is not after the query: ``(n, m)`` of a sentence's scores."""
    return where(Numbering("column", scores).less_equal(Numbering("row", scores)), 1, 0)


def _near(window: Operand, scores: Matrix) -> Matrix:
    """1 for each key so many words before or after the query, or fewer: ``(n, m)``."""
    apart = abs(Numbering("column", scores) - Numbering("row", scores))
    return where(apart.less_equal(window), 1, 0)


def _of_keys(queries: int, words: Matrix) -> Matrix:
    """For each of some queries n 1 for each key that is a word: ``(m, 1)`` → ``(n, m)``."""
    return where(words.T.equal(1), Number(1, (queries, words.rows)), 0)


def _bias(bias: Matrix | str | Sequence[Matrix], head: int, heads: int, scores: Matrix) -> Matrix:
    name = bias.text if isinstance(bias, Text) else bias
    if isinstance(name, str):
        if name not in BIASES:
            raise ShapeError(f"attention: expected a bias of {', '.join(BIASES)}, got {name!r}")
        return BIASES[name](scores, head, heads)
    chosen = name if isinstance(name, Matrix) else name[head]
    require_matrix("attention", chosen)
    return chosen


def whole_number(what: str, operand: Operand) -> int:
    number = plain_number(what, operand)
    if number != int(number) or number < 0:
        raise ShapeError(f"{what}: expected a whole number, got {number:g}")
    return int(number)
