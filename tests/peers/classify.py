"""The lesson `classify` in PyTorch: ``python tests/peers/classify.py``, with torch installed.

``classify.npz`` has, for each language: the loss of every epoch of training from the lesson's
start (``losses``), and with the weights of the lesson's file all ``probabilities``, the ``loss``
and its gradient for each weight (``d_`` and its name).
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent.parent))

from peers.fitting import losses, numbered, weights

FILE = Path(__file__).with_suffix(".npz")
LANGUAGES = ("en", "zh")


def sentences(lesson: Any, language: str) -> tuple[Any, Any, Any]:
    """Which word stands where (36, 8), the classes (36,) and which are kept aside (36,)."""
    examples = lesson.examples
    words, classes = [], list(examples.labels)
    for one in examples.sentences:
        words.append(numbered(lesson, one.words[language], examples.length))
    labels = [classes.index(one.label) for one in examples.sentences]
    return np.array(words), np.array(labels), np.array([one.aside for one in examples.sentences])


def logits(words: Any, real: Any, W: dict[str, Any]) -> Any:
    """Two encoder layers after the paper, norm after each part, and the mean over the words."""
    import torch
    from torch.nn import functional

    x = W["Vocabulary"][words] + W["P"]
    for tail in ("_layer1", "_layer2"):
        heads = []
        Q, K, V = (x @ W[f"W_{letter}{tail}"] for letter in "QKV")
        for head in (slice(0, 3), slice(3, 6)):
            heads.append(
                functional.scaled_dot_product_attention(
                    Q[..., head], K[..., head], V[..., head], attn_mask=real[:, None, :]
                )
            )
        size = (x.shape[-1],)
        x = functional.layer_norm(x + torch.cat(heads, -1) @ W[f"W_O{tail}"], size)
        hidden = functional.relu(x @ W[f"W_hidden{tail}"] + W[f"b_hidden{tail}"])
        x = functional.layer_norm(x + hidden @ W[f"W_back{tail}"] + W[f"b_back{tail}"], size)
    mean = (x * real[..., None]).sum(1) / real.sum(1, keepdim=True)
    return mean @ W["W_class"]


class Peer:
    """The model in PyTorch, over the sentences of a lesson."""

    def __init__(self, lesson: Any, language: str) -> None:
        import torch

        words, labels, aside = sentences(lesson, language)
        pad = list(lesson.vocabulary.words).index(lesson.examples.pad)
        self.words, self.real = torch.tensor(words), torch.tensor(words != pad)
        self.target, self.kept = torch.tensor(labels), torch.tensor(~aside)

    def loss(self, W: dict[str, Any]) -> Any:
        """The cross-entropy over the sentences that are learned from."""
        from torch.nn import functional

        found = logits(self.words, self.real, W)
        return functional.cross_entropy(found[self.kept], self.target[self.kept])


def main() -> None:
    """Write the file."""
    import torch

    from xlsxattn.fitting.start import load_unfitted
    from xlsxattn.lesson import find, load

    torch.set_default_dtype(torch.float64)
    found = {}
    for language in LANGUAGES:
        start = load_unfitted(find("classify"), language)
        peer = Peer(start, language)
        curve = losses(weights(start, language), start.fit, peer.loss)
        found[f"{language}.losses"] = np.array(curve)
        W = weights(load(find("classify"), language), language)
        loss = peer.loss(W)
        loss.backward()
        found[f"{language}.loss"] = np.array(loss.item())
        probabilities = torch.softmax(logits(peer.words, peer.real, W), -1)
        found[f"{language}.probabilities"] = probabilities.detach().numpy()
        for name, weight in W.items():
            found[f"{language}.d_{name}"] = weight.grad.numpy()
    np.savez_compressed(FILE, **found)


if __name__ == "__main__":
    main()
