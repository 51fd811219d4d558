"""Configurations drawn at random, with inputs of two decimals: NumPy alone, no engine.

A case has a family (``sdpa``, ``encoder`` …), options, and matrices by name. Vectors are rows
``(1, m)``, weights ``(inputs, outputs)`` as in ``x @ W + b``. What belongs to one of several
layers ends in its number: ``W_Q_2``.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.random import RandomState
from numpy.typing import NDArray

Array = NDArray[np.float64]
Options = dict[str, Any]
Arrays = dict[str, Array]
Draw = Callable[[RandomState], tuple[Options, Arrays]]

#: How many cases of each family stand in the reference file: sixty of attention, and others.
COUNTS = {
    "sdpa": 14, "mha": 14, "encoder": 12, "decoder": 10, "rope": 5, "alibi": 5,
    "cross_entropy": 3, "layer_norm": 3, "rms_norm": 2, "gelu": 2, "gelu_tanh": 1, "silu": 1,
    "log_softmax": 2,
}  # fmt: skip
#: One with which every option occurs among the cases of the file.
SEED = 2308
#: Matrices that no gradient is taken of.
CONSTANT = ("mask", "padding", "targets", "loss_weights")
#: Families in which the error function takes part, unless their activation is another.
WITH_ERF = ("gelu", "encoder", "decoder")


@dataclass(frozen=True)
class Case:
    """One configuration: ``given`` are its matrices, ``options`` everything else."""

    name: str
    family: str
    options: Options
    given: Arrays

    @property
    def of(self) -> list[str]:
        """The matrices that gradients are taken of."""
        return [name for name in self.given if name not in CONSTANT]

    @property
    def has_erf(self) -> bool:
        return self.family in WITH_ERF and self.options.get("activation", "gelu") == "gelu"


def cases(family: str, number: int, seed: int) -> list[Case]:
    """Cases of a family, always the same ones for a seed."""
    found = []
    for index in range(number):
        options, given = FAMILIES[family](RandomState([seed, index]))
        found.append(Case(f"{family}-{index + 1}", family, options, given))
    return found


def all_cases() -> list[Case]:
    """The cases of the reference file."""
    return [
        case
        for position, (family, number) in enumerate(COUNTS.items())
        for case in cases(family, number, SEED + position)
    ]


#: Two encoder layers as a lesson.
ENCODER = Path(__file__).with_name("encoder.toml")


def lesson_case() -> Case:
    """The two encoder layers of the lesson: its words and its weights."""
    lesson = tomllib.loads(ENCODER.read_text(encoding="utf-8"))
    words, layers = lesson["vocabulary"]["words"], lesson["steps"]
    given = {"X": np.array([words[word] for word in lesson["contexts"][0]["words"]])}
    with np.load(ENCODER.with_suffix(".npz")) as weights:
        given |= {name.replace("_layer", "_"): weights[name] for name in weights.files}
    d, hidden = given["W_hidden_1"].shape
    options = {
        "heads": layers[0]["numbers"]["heads"], "layers": len(layers), "norm_first": False,
        "activation": "relu", "causal": False, "d": d, "hidden": hidden,
    }  # fmt: skip
    rng = RandomState(0)
    return Case("lesson", "encoder", options, _with_loss(rng, given, *given["X"].shape))


def numbers(rng: RandomState, rows: int, columns: int, size: float = 1.0) -> Array:
    """Normally distributed numbers of two decimals."""
    return np.round(size * rng.randn(rows, columns), 2)


def _among(rng: RandomState, *choices: Any) -> Any:
    return choices[rng.randint(len(choices))]


def _mask(rng: RandomState, rows: int, columns: int) -> Array:
    """1 where a query may look, at least at one key in each row."""
    mask = (rng.rand(rows, columns) < 0.6).astype(float)
    mask[np.arange(rows), rng.randint(columns, size=rows)] = 1
    return mask


def _padding(rng: RandomState, columns: int) -> Array:
    """1 for the words that all queries may look at, at least two."""
    padding = np.ones((1, columns))
    ignored = rng.permutation(columns)[: rng.randint(columns - 1)]
    padding[0, ignored] = 0
    return padding


def _gain(rng: RandomState, columns: int) -> Array:
    return np.round(1 + numbers(rng, 1, columns, 0.2), 2)


def _with_loss(rng: RandomState, given: Arrays, rows: int, columns: int) -> Arrays:
    """The fixed weights with which the elements of the result add up to the loss."""
    return {**given, "loss_weights": numbers(rng, rows, columns)}


# --- attention without weights ------------------------------------------------------------


def _shared_heads(rng: RandomState) -> tuple[int, int]:
    """How many heads there are, and how many key-value heads they share."""
    heads = int(rng.randint(1, 5))
    return heads, int(_among(rng, *(g for g in range(1, heads + 1) if heads % g == 0)))


def _queries(
    rng: RandomState, heads: int, key_heads: int, n: int, m: int, width: int, value: int
) -> Arrays:
    return {
        "Q": numbers(rng, n, heads * width),
        "K": numbers(rng, m, key_heads * width),
        "V": numbers(rng, m, key_heads * value),
    }


def _sdpa(rng: RandomState) -> tuple[Options, Arrays]:
    heads, key_heads = _shared_heads(rng)
    n, m = int(rng.randint(1, 5)), int(rng.randint(2, 6))
    width, value = int(rng.randint(1, 4)), int(rng.randint(1, 4))
    mask, bias = _among(rng, "", "causal", "each", "row"), _among(rng, "", "one", "heads")
    given = _queries(rng, heads, key_heads, n, m, width, value)
    if mask in ("each", "row"):
        given["mask"] = _mask(rng, n if mask == "each" else 1, m)
    for head in range({"": 0, "one": 1, "heads": heads}[bias]):
        given[f"bias_{head + 1}"] = numbers(rng, n, m)
    options = {"heads": heads, "key_heads": key_heads, "mask": mask, "bias": bias}
    return options, _with_loss(rng, given, n, heads * value)


def _rope(rng: RandomState) -> tuple[Options, Arrays]:
    heads, key_heads = _shared_heads(rng)
    n, width = int(rng.randint(2, 6)), int(_among(rng, 2, 4, 6))
    options = {
        "heads": heads, "key_heads": key_heads, "causal": bool(rng.randint(2)),
        "base": 10000.0 if rng.rand() < 0.7 else 100.0,
    }  # fmt: skip
    given = _queries(rng, heads, key_heads, n, n, width, 2)
    return options, _with_loss(rng, given, n, heads * 2)


def _alibi(rng: RandomState) -> tuple[Options, Arrays]:
    heads, n = int(_among(rng, 1, 2, 4)), int(rng.randint(2, 6))
    given = _queries(rng, heads, heads, n, n, 2, 2)
    return {"heads": heads, "causal": bool(rng.randint(2))}, _with_loss(rng, given, n, heads * 2)


# --- layers -------------------------------------------------------------------------------


def _projections(
    rng: RandomState, d: int, widths: tuple[int, int, int], biases: bool, tail: str = ""
) -> Arrays:
    """The weights of multi-head attention, and its biases."""
    given: Arrays = {}
    for name, width in zip("QKVO", (*widths, d), strict=True):
        given[f"W_{name}{tail}"] = numbers(rng, width, d, 0.6)
        if biases:
            given[f"b_{name}{tail}"] = numbers(rng, 1, d, 0.3)
    return given


def _norm(rng: RandomState, d: int, tail: str) -> Arrays:
    return {f"gain{tail}": _gain(rng, d), f"shift{tail}": numbers(rng, 1, d, 0.2)}


def _forward(rng: RandomState, d: int, hidden: int, tail: str) -> Arrays:
    return {
        f"W_hidden{tail}": numbers(rng, d, hidden, 0.6),
        f"b_hidden{tail}": numbers(rng, 1, hidden, 0.3),
        f"W_back{tail}": numbers(rng, hidden, d, 0.6),
        f"b_back{tail}": numbers(rng, 1, d, 0.3),
    }


def _mha(rng: RandomState) -> tuple[Options, Arrays]:
    heads = int(rng.randint(1, 5))
    d = heads * int(rng.randint(1, 4))
    biases, padded, other = (bool(rng.randint(2)) for _ in range(3))
    n, m = int(rng.randint(1, 5)), int(rng.randint(2, 6))
    kdim, vdim = (int(rng.randint(2, 6)) if other else d for _ in range(2))
    given = {
        "X": numbers(rng, n, d), "Keys": numbers(rng, m, kdim), "Values": numbers(rng, m, vdim),
        **_projections(rng, d, (d, kdim, vdim), biases),
    }  # fmt: skip
    if padded:
        given["padding"] = _padding(rng, m)
    return {"heads": heads, "biases": biases}, _with_loss(rng, given, n, d)


def _layers(rng: RandomState, most: int) -> Options:
    heads = int(rng.randint(1, 3))
    return {
        "heads": heads, "layers": int(rng.randint(1, most + 1)),
        "norm_first": bool(rng.randint(2)), "activation": _among(rng, "relu", "gelu"),
        "causal": bool(rng.randint(2)), "d": int(_among(rng, 4, 6, 8)),
        "hidden": int(rng.randint(3, 9)),
    }  # fmt: skip


def encoder_weights(rng: RandomState, d: int, hidden: int, tail: str) -> Arrays:
    """What one encoder layer learns."""
    return {
        **_projections(rng, d, (d, d, d), True, tail),
        **_norm(rng, d, f"_attention{tail}"),
        **_forward(rng, d, hidden, tail),
        **_norm(rng, d, f"_forward{tail}"),
    }


def _encoder(rng: RandomState) -> tuple[Options, Arrays]:
    options = _layers(rng, 4)
    n, d = int(rng.randint(3, 6)), options["d"]
    given = {"X": numbers(rng, n, d)}
    for layer in range(options["layers"]):
        given |= encoder_weights(rng, d, options["hidden"], f"_{layer + 1}")
    if not options["causal"] and rng.randint(2):
        given["padding"] = _padding(rng, n)
    return options, _with_loss(rng, given, n, d)


def _decoder(rng: RandomState) -> tuple[Options, Arrays]:
    options = _layers(rng, 2)
    n, m, d = int(rng.randint(3, 6)), int(rng.randint(2, 6)), options["d"]
    given = {"X": numbers(rng, n, d), "Memory": numbers(rng, m, d)}
    for layer in range(options["layers"]):
        tail = f"_{layer + 1}"
        given |= encoder_weights(rng, d, options["hidden"], tail)
        given |= _projections(rng, d, (d, d, d), True, f"_cross{tail}")
        given |= _norm(rng, d, f"_cross{tail}")
    if rng.randint(2):
        given["padding"] = _padding(rng, m)
    return options, _with_loss(rng, given, n, d)


# --- functions ----------------------------------------------------------------------------


def _cross_entropy(rng: RandomState) -> tuple[Options, Arrays]:
    """Targets are words, or shares of them that sum to 1."""
    n, m, shared = int(rng.randint(1, 5)), int(rng.randint(2, 6)), bool(rng.randint(2))
    targets = np.eye(m)[rng.randint(m, size=n)]
    if shared:
        targets = 0.25 * targets + 0.75 * np.eye(m)[rng.randint(m, size=n)]
    given = {"X": numbers(rng, n, m, 2), "targets": targets}
    return {"shares": shared}, _with_loss(rng, given, 1, 1)


def _elementwise(rng: RandomState) -> tuple[Options, Arrays]:
    n, m = int(rng.randint(1, 5)), int(rng.randint(2, 7))
    return {}, _with_loss(rng, {"X": numbers(rng, n, m, 2)}, n, m)


def _normed(rng: RandomState) -> tuple[Options, Arrays]:
    n, m = int(rng.randint(1, 5)), int(rng.randint(2, 7))
    given = {"X": numbers(rng, n, m, 2), **_norm(rng, m, "")}
    return {"epsilon": _among(rng, 1e-5, 1e-3)}, _with_loss(rng, given, n, m)


def _rms_normed(rng: RandomState) -> tuple[Options, Arrays]:
    options, given = _normed(rng)
    return options, {name: array for name, array in given.items() if name != "shift"}


FAMILIES: dict[str, Draw] = {
    "sdpa": _sdpa, "mha": _mha, "encoder": _encoder, "decoder": _decoder, "rope": _rope,
    "alibi": _alibi, "cross_entropy": _cross_entropy, "layer_norm": _normed,
    "rms_norm": _rms_normed, "gelu": _elementwise, "gelu_tanh": _elementwise,
    "silu": _elementwise, "log_softmax": _elementwise,
}  # fmt: skip
