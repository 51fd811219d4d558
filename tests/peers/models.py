"""The layers of a transformer in the notation of ``xlsxattn``'s functions.

``w`` maps the names of the weights of one layer to matrices. Nothing here comes from PyTorch.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from peers.cases import Case, Options
from xlsxattn import (
    Matrix,
    attention,
    cross_entropy,
    gelu,
    gelu_tanh,
    layer_norm,
    log_softmax,
    relu,
    rms_norm,
    rotate,
    silu,
)

Weights = Mapping[str, Matrix]
ACTIVATIONS = {"relu": relu, "gelu": gelu}


def model(case: Case, nodes: Weights) -> Matrix:
    """The result of a case, from its matrices as nodes."""
    return MODELS[case.family](case.options, nodes)


def linear(x: Matrix, w: Weights, name: str) -> Matrix:
    """x W + b, or x W where there is no bias."""
    product = x @ w[f"W_{name}"]
    return product + w[f"b_{name}"] if f"b_{name}" in w else product


def multi_head(
    x: Matrix, keys: Matrix, values: Matrix, w: Weights, heads: int,
    mask: Matrix | str | None = None, cross: str = "",
) -> Matrix:  # fmt: skip
    """Multi-head attention with its four projections."""
    Q, K = linear(x, w, f"Q{cross}"), linear(keys, w, f"K{cross}")
    V = linear(values, w, f"V{cross}")
    return linear(attention(Q, K, V, heads=heads, mask=mask), w, f"O{cross}")


def sublayer(
    x: Matrix, w: Weights, name: str, norm_first: bool, inner: Callable[[Matrix], Matrix]
) -> Matrix:
    """Add and norm, or norm and add."""
    gain, shift = w[f"gain_{name}"], w[f"shift_{name}"]
    if norm_first:
        return x + inner(layer_norm(x, gain, shift))
    return layer_norm(x + inner(x), gain, shift)


def forward(x: Matrix, w: Weights, activation: str) -> Matrix:
    """The feed-forward network of a layer."""
    return linear(ACTIVATIONS[activation](linear(x, w, "hidden")), w, "back")


def encoder_layer(
    x: Matrix, w: Weights, options: Options, mask: Matrix | str | None = None
) -> Matrix:
    """Attention and a feed-forward network, each added to its input and normed."""
    heads, first = options["heads"], options["norm_first"]
    x = sublayer(x, w, "attention", first, lambda y: multi_head(y, y, y, w, heads, mask))
    return sublayer(x, w, "forward", first, lambda y: forward(y, w, options["activation"]))


def decoder_layer(
    x: Matrix, memory: Matrix, w: Weights, options: Options,
    mask: Matrix | str | None = None, memory_mask: Matrix | None = None,
) -> Matrix:  # fmt: skip
    """The same, with attention to what an encoder gave in between."""
    heads, first = options["heads"], options["norm_first"]
    x = sublayer(x, w, "attention", first, lambda y: multi_head(y, y, y, w, heads, mask))
    x = sublayer(
        x, w, "cross", first,
        lambda y: multi_head(y, memory, memory, w, heads, memory_mask, "_cross"),
    )  # fmt: skip
    return sublayer(x, w, "forward", first, lambda y: forward(y, w, options["activation"]))


def of_layer(w: Weights, layer: int) -> Weights:
    """The weights of one layer, counted from 0, without its number in their names."""
    tail = f"_{layer + 1}"
    return {name.removesuffix(tail): node for name, node in w.items() if name.endswith(tail)}


def _encoder(options: Options, w: Weights) -> Matrix:
    x, mask = w["X"], "causal" if options["causal"] else w.get("padding")
    for layer in range(options["layers"]):
        x = encoder_layer(x, of_layer(w, layer), options, mask)
    return x


def _decoder(options: Options, w: Weights) -> Matrix:
    x, mask = w["X"], "causal" if options["causal"] else None
    for layer in range(options["layers"]):
        x = decoder_layer(x, w["Memory"], of_layer(w, layer), options, mask, w.get("padding"))
    return x


def _sdpa(options: Options, w: Weights) -> Matrix:
    biases = [node for name, node in w.items() if name.startswith("bias_")]
    return attention(
        w["Q"], w["K"], w["V"], heads=options["heads"], key_heads=options["key_heads"],
        mask="causal" if options["mask"] == "causal" else w.get("mask"),
        bias=biases if options["bias"] == "heads" else biases[0] if biases else None,
    )  # fmt: skip


def _rope(options: Options, w: Weights) -> Matrix:
    h, g, base = options["heads"], options["key_heads"], options["base"]
    Q, K = rotate(w["Q"], heads=h, base=base), rotate(w["K"], heads=g, base=base)
    mask = "causal" if options["causal"] else None
    return attention(Q, K, w["V"], heads=h, key_heads=g, mask=mask)


def _alibi(options: Options, w: Weights) -> Matrix:
    mask = "causal" if options["causal"] else None
    return attention(w["Q"], w["K"], w["V"], heads=options["heads"], mask=mask, bias="alibi")


MODELS: dict[str, Callable[[Options, Weights], Matrix]] = {
    "sdpa": _sdpa, "rope": _rope, "alibi": _alibi, "encoder": _encoder, "decoder": _decoder,
    "mha": lambda options, w: multi_head(
        w["X"], w["Keys"], w["Values"], w, options["heads"], w.get("padding")
    ),
    "cross_entropy": lambda options, w: cross_entropy(w["X"], w["targets"]),
    "layer_norm": lambda options, w: layer_norm(w["X"], w["gain"], w["shift"], options["epsilon"]),
    "rms_norm": lambda options, w: rms_norm(w["X"], w["gain"], options["epsilon"]),
    "gelu": lambda options, w: gelu(w["X"]),
    "gelu_tanh": lambda options, w: gelu_tanh(w["X"]),
    "silu": lambda options, w: silu(w["X"]),
    "log_softmax": lambda options, w: log_softmax(w["X"]),
}  # fmt: skip
