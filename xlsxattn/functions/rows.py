"""Rows: softmax, norms, and a loss over them."""

from __future__ import annotations

from xlsxattn.errors import ShapeError
from xlsxattn.expression import Matrix, Number, Operand, require_matrix
from xlsxattn.functions.registry import MakePart, function
from xlsxattn.functions.tables import exp, ln, row_max, row_mean, row_sum, row_var, sqrt, total


@function
def softmax(x: Matrix) -> Matrix:
    """The softmax of each row, ``(n, m)`` → ``(n, m)``: shares that sum to 1.

    The row's maximum is subtracted first, which changes no share and keeps EXP from
    overflowing.
    """
    require_matrix("softmax", x)
    return softmax_in_parts(x, lambda _, part: part)


def softmax_in_parts(x: Matrix, part: MakePart) -> Matrix:
    """The softmax of each row of numbers ``(n, m)``, whose parts ``part`` may name."""
    largest = part("RowMax", row_max(x))  # (n, 1)
    exponentials = part("Exponentials", exp(x - largest))  # (n, m)
    return exponentials / part("RowSum", row_sum(exponentials))


@function
def log_softmax(x: Matrix) -> Matrix:
    """The logarithms of the softmax of each row, ``(n, m)`` → ``(n, m)``, none of them −∞."""
    require_matrix("log_softmax", x)
    shifted = x - row_max(x)
    return shifted - ln(row_sum(exp(shifted)))


@function
def layer_norm(x: Matrix, gain: Operand = 1, shift: Operand = 0, epsilon: Operand = 1e-5) -> Matrix:
    """Each row with mean 0 and variance 1, times ``gain`` (1, m), plus ``shift`` (1, m).

    Ba, Kiros and Hinton, "Layer Normalization" (2016); ``epsilon`` is added to the variance.
    """
    require_matrix("layer_norm", x)
    normal = (x - row_mean(x)) / sqrt(row_var(x) + epsilon)
    return _scaled(normal, gain, shift)


@function
def rms_norm(x: Matrix, gain: Operand = 1, epsilon: Operand = 1e-5) -> Matrix:
    """Each row divided by the root of the mean of its squares, times ``gain`` (1, m).

    Zhang and Sennrich, "Root Mean Square Layer Normalization" (2019).
    """
    require_matrix("rms_norm", x)
    return _scaled(x / sqrt(row_sum(x**2) / x.columns + epsilon), gain, 0)


def _scaled(x: Matrix, gain: Operand, shift: Operand) -> Matrix:
    scaled = x if _is_number(gain, 1) else x * gain
    return scaled if _is_number(shift, 0) else scaled + shift


def _is_number(operand: Operand, number: float) -> bool:
    return (operand.number if isinstance(operand, Number) else operand) is number or (
        isinstance(operand, (int, float)) and operand == number
    )


@function
def cross_entropy(logits: Matrix, targets: Matrix) -> Matrix:
    """−Σ target · ln softmax(logits), the mean over the rows: ``(n, m)`` both, a scalar.

    The rows of ``targets`` are shares that sum to 1, such as those of ``one_hot``.
    """
    require_matrix("cross_entropy", logits, targets)
    if logits.shape != targets.shape:
        raise ShapeError(
            f"cross_entropy: expected targets of the shape of {logits!r}, got {targets!r}"
        )
    return -(total(targets * log_softmax(logits)) / logits.rows)
