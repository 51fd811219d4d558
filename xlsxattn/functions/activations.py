"""Activations: what a feed-forward network does to each element."""

from __future__ import annotations

import math

from xlsxattn.expression import Elementwise, Matrix, Operand
from xlsxattn.functions.registry import function
from xlsxattn.functions.tables import erf, sqrt, tanh, where


@function
def relu(x: Operand) -> Matrix:
    """Each element, or 0 where it is negative."""
    return where(_positive(x), x, 0)


def _positive(x: Operand) -> Matrix:
    return Elementwise("greater", x, 0)


@function
def sigmoid(x: Operand) -> Matrix:
    """1 / (1 + e⁻ˣ), written as (1 + tanh(x/2)) / 2, which no number makes overflow."""
    return (1 + tanh(Elementwise("divide", x, 2))) / 2


@function
def silu(x: Operand) -> Matrix:
    """x · sigmoid(x), the swish of SwiGLU (Ramachandran et al., 2017)."""
    return x * sigmoid(x)


@function
def gelu(x: Operand) -> Matrix:
    """x · Φ(x), by the error function (Hendrycks and Gimpel, 2016)."""
    return x * (1 + erf(Elementwise("divide", x, sqrt(2)))) / 2


@function
def gelu_tanh(x: Operand) -> Matrix:
    """gelu, near enough, by tanh (Hendrycks and Gimpel, 2016, section 2)."""
    cubic = x + 0.044715 * Elementwise("power", x, 3)
    return x * (1 + tanh(math.sqrt(2 / math.pi) * cubic)) / 2
