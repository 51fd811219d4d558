"""The lesson `translator` in PyTorch: ``python tests/peers/translator.py``, with torch installed.

``translator.npz`` has the loss of every epoch of training from the lesson's start (``losses``), and
with the weights of the lesson's file every step forward over all sentences, by its name in the
lesson, the ``Loss``, and its gradient for each weight (``d_`` and its name). Both editions have the
same numbers.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from peers.fitting import losses, numbered, weights

FILE = Path(__file__).with_suffix(".npz")
#: The steps that are compared, as the lesson calls them.
STEPS = (
    "X_all", "Attention_encoderall_head1", "Attention_encoderall_head2", "Encoder_all", "K_all",
    "V_all", "X_target_all", "Attention_sofarall_head1", "Attention_sofarall_head2", "So_far_all",
    "Attention_decoderall", "Context_decoderall", "Looked_decoderall", "Hidden_decoderall",
    "Decoder_all", "Logits_all",
)  # fmt: skip


def pairs(lesson: Any) -> tuple[Any, Any, Any]:
    """The Chinese words (s, 6), the English ones with <BOS> (s, 14), and what is aside (s,)."""
    examples = lesson.examples
    sources, targets = [], []
    for one in examples.sentences:
        for said, length, into in (
            (one.words, examples.length, sources),
            (one.target, examples.target_length, targets),
        ):
            words = said if isinstance(said, str) else said["zh"]
            into.append(numbered(lesson, words, length))
    return np.array(sources), np.array(targets), np.array([e.aside for e in examples.sentences])


def heads(x: Any, W: dict[str, Any], tail: str, allowed: Any) -> tuple[Any, list[Any]]:
    """Two heads of self-attention times W_O, and the weights of each."""
    import torch

    found, looks = [], []
    Q, K, V = (x @ W[f"W_{letter}_{tail}"] for letter in "QKV")
    for part in (slice(0, 4), slice(4, 8)):
        scores = Q[..., part] @ K[..., part].mT / 2.0  # √4
        looks.append(torch.softmax(scores.masked_fill(~allowed, -torch.inf), -1))
        found.append(looks[-1] @ V[..., part])
    return torch.cat(found, -1) @ W[f"W_O_{tail}"], looks


def forward(source: Any, real: Any, read: Any, W: dict[str, Any]) -> dict[str, Any]:
    """Every step over sentences (s, 6) and what is read of their translations (s, 13)."""
    import torch
    from torch.nn import functional

    def norm(x: Any) -> Any:
        return functional.layer_norm(x, (8,))

    def hidden(x: Any, tail: str) -> Any:
        return functional.relu(x @ W[f"W_hidden_{tail}"] + W[f"b_hidden_{tail}"])

    def fed(x: Any, inner: Any, tail: str) -> Any:
        return norm(x + inner @ W[f"W_back_{tail}"] + W[f"b_back_{tail}"])

    step = {"X_all": W["Vocabulary"][source] + W["P_xsource"]}
    attended, looks = heads(step["X_all"], W, "encoder", real[:, None, :])
    step |= {f"Attention_encoderall_head{n}": look for n, look in enumerate(looks, 1)}
    normed = norm(step["X_all"] + attended)
    memory = step["Encoder_all"] = fed(normed, hidden(normed, "encoder"), "encoder")
    step |= {"K_all": memory @ W["W_kcross"], "V_all": memory @ W["W_vcross"]}
    step["X_target_all"] = W["Vocabulary"][read] + W["P_xtarget"]
    earlier = torch.ones(13, 13, dtype=torch.bool).tril()
    attended, looks = heads(step["X_target_all"], W, "sofar", earlier)
    step |= {f"Attention_sofarall_head{n}": look for n, look in enumerate(looks, 1)}
    so_far = step["So_far_all"] = norm(step["X_target_all"] + attended)
    scores = so_far @ W["W_Q_cross_decoder"] @ step["K_all"].mT / 8**0.5
    look = torch.softmax(scores.masked_fill(~real[:, None, :], -torch.inf), -1)
    step |= {"Attention_decoderall": look, "Context_decoderall": look @ step["V_all"]}
    looked = step["Looked_decoderall"] = norm(so_far + step["Context_decoderall"])
    step["Hidden_decoderall"] = hidden(looked, "decoder")
    step["Decoder_all"] = fed(looked, step["Hidden_decoderall"], "decoder")
    step["Logits_all"] = step["Decoder_all"] @ W["W_logits"]
    return step


class Peer:
    """The model in PyTorch, over the pairs of a lesson."""

    def __init__(self, lesson: Any) -> None:
        import torch

        sources, targets, aside = pairs(lesson)
        listed = list(lesson.vocabulary.words)
        pad = listed.index(lesson.examples.pad)
        columns = [*dict.fromkeys(targets[targets != pad]), pad]
        wanted = np.vectorize(columns.index)(targets[:, 1:])
        self.source, self.real = torch.tensor(sources), torch.tensor(sources != pad)
        self.read, self.wanted = torch.tensor(targets[:, :-1]), torch.tensor(wanted)
        self.kept = torch.tensor((targets[:, 1:] != pad) & ~aside[:, None])

    def forward(self, W: dict[str, Any]) -> dict[str, Any]:
        return forward(self.source, self.real, self.read, W)

    def loss(self, W: dict[str, Any]) -> Any:
        """The cross-entropy over the words of the sentences that are learned from."""
        from torch.nn import functional

        logits = self.forward(W)["Logits_all"]
        return functional.cross_entropy(logits[self.kept], self.wanted[self.kept])


def main() -> None:
    """Write the file."""
    import torch

    from xlsxattn.fitting.start import load_unfitted
    from xlsxattn.lesson import find, load

    torch.set_default_dtype(torch.float64)
    start = load_unfitted(find("translator"), "zh")
    peer = Peer(start)
    found = {"losses": np.array(losses(weights(start, "zh"), start.fit, peer.loss))}
    W = weights(load(find("translator"), "zh"), "zh")
    steps = peer.forward(W)
    loss = peer.loss(W)
    loss.backward()
    found["Loss"] = np.array(loss.item())
    for name in STEPS:
        found[name] = steps[name].detach().flatten(0, 1).numpy()
    for name, weight in W.items():
        found[f"d_{name}"] = weight.grad.numpy()
    np.savez_compressed(FILE, **found)


if __name__ == "__main__":
    main()
