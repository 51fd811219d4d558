"""PyTorch's own modules and functions, fed with the matrices of a case.

Nothing here comes from ``xlsxattn``. PyTorch computes in double precision, without dropout,
and in training mode, in which its layers take no short cuts.
"""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn import functional as F  # noqa: N812, its usual name

from peers.cases import Array, Case, Options

Tensors = dict[str, Tensor]
Parameters = dict[str, Tensor]


def answers(case: Case) -> dict[str, Array]:
    """The result of a case under ``output``, and the gradients by the names of the matrices.

    The loss is the sum of the result's elements, each times its fixed weight.
    """
    tensors = {name: torch.from_numpy(array.copy()) for name, array in case.given.items()}
    for name in case.of:
        tensors[name].requires_grad_()
    output = ANSWERS[case.family](case.options, tensors)
    loss = (output * tensors["loss_weights"]).sum()
    found = torch.autograd.grad(loss, [tensors[name] for name in case.of])
    numbers = [output.detach(), *found]
    return {
        name: np.asarray(number.numpy(), dtype=np.float64)
        for name, number in zip(["output", *case.of], numbers, strict=True)
    }


# --- attention without weights ------------------------------------------------------------


def _heads(matrix: Tensor, heads: int, repeated: int = 1) -> Tensor:
    """(n, h·d) → (h, n, d), each head so often in succession."""
    return matrix.unflatten(1, (heads, -1)).transpose(0, 1).repeat_interleave(repeated, dim=0)


def _together(heads: Tensor) -> Tensor:
    return heads.transpose(0, 1).flatten(1)


def _sdpa(options: Options, of: Tensors) -> Tensor:
    h, g = options["heads"], options["key_heads"]
    q, k, v = _heads(of["Q"], h), _heads(of["K"], g, h // g), _heads(of["V"], g, h // g)
    n, m = q.shape[1], k.shape[1]
    biases = [of[name] for name in of if name.startswith("bias_")]
    if not biases and options["mask"] == "causal":
        return _together(F.scaled_dot_product_attention(q, k, v, is_causal=True))
    allowed = None
    if options["mask"] == "causal":
        allowed = torch.ones(n, m, dtype=torch.bool).tril()
    elif options["mask"]:
        allowed = of["mask"].bool().expand(n, m)
    mask = allowed
    if biases:
        mask = torch.stack(biases).expand(h, n, m)
        if allowed is not None:
            mask = mask.masked_fill(~allowed, -torch.inf)
    return _together(F.scaled_dot_product_attention(q, k, v, attn_mask=mask))


def _turned(x: Tensor, base: float) -> Tensor:
    """Pairs of columns as complex numbers, each times e^(i · position · frequency): (h, n, d)."""
    _, n, d = x.shape
    frequencies = base ** (-torch.arange(0, d, 2, dtype=torch.float64) / d)
    angles = torch.arange(n, dtype=torch.float64)[:, None] * frequencies
    turns = torch.polar(torch.ones_like(angles), angles)
    pairs = torch.view_as_complex(x.unflatten(2, (-1, 2)).contiguous())
    return torch.view_as_real(pairs * turns).flatten(2)


def _rope(options: Options, of: Tensors) -> Tensor:
    h, g = options["heads"], options["key_heads"]
    q, k = (_turned(_heads(of[name], of_them), options["base"]) for name, of_them in
            (("Q", h), ("K", g)))  # fmt: skip
    k, v = k.repeat_interleave(h // g, dim=0), _heads(of["V"], g, h // g)
    return _together(F.scaled_dot_product_attention(q, k, v, is_causal=options["causal"]))


def _alibi(options: Options, of: Tensors) -> Tensor:
    h = options["heads"]
    q, k, v = (_heads(of[name], h) for name in "QKV")
    position = torch.arange(q.shape[1], dtype=torch.float64)
    first = 2.0 ** (-8 / h)
    slopes = first ** torch.arange(1, h + 1, dtype=torch.float64)
    bias = -slopes[:, None, None] * (position[None, :] - position[:, None]).abs()
    if options["causal"]:
        bias = bias + torch.full_like(bias, -torch.inf).triu(1)
    return _together(F.scaled_dot_product_attention(q, k, v, attn_mask=bias))


# --- layers -------------------------------------------------------------------------------


def _attention_parameters(of: Tensors, tail: str, packed: bool = True) -> Parameters:
    """The state of a MultiheadAttention: its matrices are transposed, and mostly stacked."""
    weights = [of[f"W_{name}{tail}"].T for name in "QKV"]
    found = {"out_proj.weight": of[f"W_O{tail}"].T}
    if packed:
        found["in_proj_weight"] = torch.cat(weights)
    else:
        found |= {f"{name}_proj_weight": w for name, w in zip("qkv", weights, strict=True)}
    if f"b_O{tail}" in of:
        found["in_proj_bias"] = torch.cat([of[f"b_{name}{tail}"][0] for name in "QKV"])
        found["out_proj.bias"] = of[f"b_O{tail}"][0]
    return found


def _ignored(of: Tensors) -> Tensor | None:
    """PyTorch's padding mask, which is true where nobody may look."""
    return of["padding"][0] == 0 if "padding" in of else None


def _mha(options: Options, of: Tensors) -> Tensor:
    d, kdim, vdim = (of[name].shape[1] for name in ("X", "Keys", "Values"))
    module = nn.MultiheadAttention(
        d, options["heads"], bias=options["biases"], kdim=kdim, vdim=vdim, dtype=torch.float64
    )
    parameters = _attention_parameters(of, "", packed=kdim == d and vdim == d)
    assert parameters.keys() == dict(module.named_parameters()).keys()
    inputs = of["X"], of["Keys"], of["Values"]
    return functional_call(module, parameters, inputs, {"key_padding_mask": _ignored(of)})[0]


def _layer_parameters(of: Tensors, tail: str, decoder: bool) -> Parameters:
    """The state of an encoder or decoder layer."""
    norms = ["attention", "cross", "forward"] if decoder else ["attention", "forward"]
    found = {f"self_attn.{k}": v for k, v in _attention_parameters(of, tail).items()}
    if decoder:
        cross = _attention_parameters(of, f"_cross{tail}")
        found |= {f"multihead_attn.{k}": v for k, v in cross.items()}
    for number, name in enumerate(norms, start=1):
        found[f"norm{number}.weight"] = of[f"gain_{name}{tail}"][0]
        found[f"norm{number}.bias"] = of[f"shift_{name}{tail}"][0]
    for number, name in enumerate(("hidden", "back"), start=1):
        found[f"linear{number}.weight"] = of[f"W_{name}{tail}"].T
        found[f"linear{number}.bias"] = of[f"b_{name}{tail}"][0]
    return found


def _stack_parameters(options: Options, of: Tensors, decoder: bool) -> Parameters:
    return {
        f"layers.{layer}.{name}": tensor
        for layer in range(options["layers"])
        for name, tensor in _layer_parameters(of, f"_{layer + 1}", decoder).items()
    }


def _settings(options: Options) -> dict[str, object]:
    return {
        "d_model": options["d"], "nhead": options["heads"], "dim_feedforward": options["hidden"],
        "dropout": 0.0, "activation": options["activation"], "batch_first": True,
        "norm_first": options["norm_first"], "dtype": torch.float64,
    }  # fmt: skip


def _later(options: Options, n: int) -> Tensor | None:
    """True where a word stands after another, which a causal layer does not look at."""
    return torch.ones(n, n, dtype=torch.bool).triu(1) if options["causal"] else None


def encoder(options: Options, of: Tensors) -> Tensor:
    """TransformerEncoder of some layers, without a last norm."""
    module = nn.TransformerEncoder(
        nn.TransformerEncoderLayer(**_settings(options)), options["layers"],
        enable_nested_tensor=False,
    )  # fmt: skip
    parameters = _stack_parameters(options, of, decoder=False)
    assert parameters.keys() == dict(module.named_parameters()).keys()
    masks = {"mask": _later(options, len(of["X"])), "src_key_padding_mask": _ignored(of)}
    return functional_call(module, parameters, (of["X"],), masks)


def _decoder(options: Options, of: Tensors) -> Tensor:
    module = nn.TransformerDecoder(
        nn.TransformerDecoderLayer(**_settings(options)), options["layers"]
    )
    parameters = _stack_parameters(options, of, decoder=True)
    assert parameters.keys() == dict(module.named_parameters()).keys()
    masks = {"tgt_mask": _later(options, len(of["X"])), "memory_key_padding_mask": _ignored(of)}
    return functional_call(module, parameters, (of["X"], of["Memory"]), masks)


# --- functions ----------------------------------------------------------------------------


def _cross_entropy(options: Options, of: Tensors) -> Tensor:
    targets = of["targets"] if options["shares"] else of["targets"].argmax(dim=1)
    return F.cross_entropy(of["X"], targets).reshape(1, 1)


def _layer_norm(options: Options, of: Tensors) -> Tensor:
    x, gain, shift = of["X"], of["gain"][0], of["shift"][0]
    return F.layer_norm(x, (x.shape[1],), gain, shift, options["epsilon"])


def _rms_norm(options: Options, of: Tensors) -> Tensor:
    x = of["X"]
    return F.rms_norm(x, (x.shape[1],), of["gain"][0], options["epsilon"])


ANSWERS = {
    "sdpa": _sdpa, "mha": _mha, "encoder": encoder, "decoder": _decoder, "rope": _rope,
    "alibi": _alibi, "cross_entropy": _cross_entropy, "layer_norm": _layer_norm,
    "rms_norm": _rms_norm,
    "gelu": lambda _, of: F.gelu(of["X"]),
    "gelu_tanh": lambda _, of: F.gelu(of["X"], approximate="tanh"),
    "silu": lambda _, of: F.silu(of["X"]),
    "log_softmax": lambda _, of: F.log_softmax(of["X"], dim=1),
}  # fmt: skip
