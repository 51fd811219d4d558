"""The lesson `next-word` in PyTorch: ``python tests/peers/next_word.py``, with torch installed.

``next_word.npz`` has, for each language: the loss of every epoch of training from the lesson's
start (``losses``); with the weights of the lesson's file the words that it writes on (``story``,
their numbers in the vocabulary), every step that leads to them (``step_`` and its name), the
scores of the next word in all sentences (``logits``), both losses, and the gradient of the one
that is learned from for each weight (``d_`` and its name).
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
#: How many words of a sentence are read.
READ = 7


def sentences(lesson: Any, language: str) -> tuple[Any, Any]:
    """Which word stands where (48, 8), and which sentences are kept aside (48,)."""
    examples, words = lesson.examples, []
    for one in examples.sentences:
        words.append(numbered(lesson, one.words[language], examples.length))
    return np.array(words), np.array([one.aside for one in examples.sentences])


def steps(words: Any, W: dict[str, Any]) -> dict[str, Any]:
    """Two decoder layers, norm after each part, over words ``(…, n)``; every step by name."""
    import torch
    from torch.nn import functional

    n = words.shape[-1]
    x = W["Vocabulary"][words] + W["P"][:n]
    found = {"X": x}
    seen = torch.tril(torch.ones(n, n, dtype=torch.bool))
    for tail in ("_layer1", "_layer2"):
        Q, K, V = (x @ W[f"W_{letter}{tail}"] for letter in "QKV")
        scores = Q @ K.transpose(-1, -2)
        scaled = scores / Q.shape[-1] ** 0.5
        attention = torch.softmax(scaled.masked_fill(~seen, -torch.inf), -1)
        attended = functional.scaled_dot_product_attention(Q, K, V, is_causal=True)
        added = x + attended
        normed = functional.layer_norm(added, x.shape[-1:])
        hidden = functional.relu(normed @ W[f"W_hidden{tail}"] + W[f"b_hidden{tail}"])
        fed = normed + hidden @ W[f"W_back{tail}"] + W[f"b_back{tail}"]
        x = functional.layer_norm(fed, x.shape[-1:])
        own = {
            "Q": Q, "K": K, "V": V, "Scores": scores, "Scaled": scaled, "Attention": attention,
            "Attended": attended, "Added": added, "Normed": normed, "Hidden": hidden, "Fed": fed,
        }  # fmt: skip
        found |= {name + tail: step for name, step in own.items()}
        found["Layer_" + tail[-1]] = x
    found["Logits"] = x @ W["Vocabulary"].T
    found["Probabilities"] = torch.softmax(found["Logits"], -1)
    return found


class Peer:
    """The model in PyTorch, over the sentences of a lesson."""

    def __init__(self, lesson: Any, language: str) -> None:
        import torch

        words, aside = sentences(lesson, language)
        self.listed = list(lesson.vocabulary.words)
        pad = self.listed.index(lesson.examples.pad)
        self.words, self.following = torch.tensor(words[:, :READ]), torch.tensor(words[:, 1:])
        following = words[:, 1:] != pad
        self.learned = torch.tensor(following & ~aside[:, None])
        self.aside = torch.tensor(following & aside[:, None])

    def loss(self, W: dict[str, Any], counted: Any) -> Any:
        """The cross-entropy over the rows that count."""
        from torch.nn import functional

        logits = steps(self.words, W)["Logits"]
        return functional.cross_entropy(logits[counted], self.following[counted])

    def loss_learned(self, W: dict[str, Any]) -> Any:
        """That over the rows that are learned from."""
        return self.loss(W, self.learned)

    def story(self, W: dict[str, Any], begun: list[str], stop: str, pad: str) -> Any:
        """A beginning and the likeliest words after it, until the full stop: ``(8,)``."""
        import torch

        words = [self.listed.index(word) for word in begun if word != pad]
        while len(words) < len(W["P"]):
            last = self.listed[words[-1]]
            following = int(steps(torch.tensor(words), W)["Logits"][-1].argmax())
            words.append(self.listed.index(pad) if last in (stop, pad) else following)
        return torch.tensor(words)


def main() -> None:
    """Write the file."""
    import torch

    from xlsxattn.fitting.start import load_unfitted
    from xlsxattn.lesson import find, load

    torch.set_default_dtype(torch.float64)
    found = {}
    for language in LANGUAGES:
        start = load_unfitted(find("next-word"), language)
        peer = Peer(start, language)
        curve = losses(weights(start, language), start.fit, peer.loss_learned)
        found[f"{language}.losses"] = np.array(curve)
        lesson = load(find("next-word"), language)
        W = weights(lesson, language)
        loss = peer.loss_learned(W)
        loss.backward()
        for name, weight in W.items():
            found[f"{language}.d_{name}"] = weight.grad.numpy()
        with torch.no_grad():
            given, stop = (typed for typed in lesson.words)
            story = peer.story(W, given.words, stop.word, lesson.examples.pad)
            found[f"{language}.loss"] = np.array(loss.item())
            found[f"{language}.loss_aside"] = peer.loss(W, peer.aside).numpy()
            found[f"{language}.logits"] = steps(peer.words, W)["Logits"].numpy()
            found[f"{language}.story"] = story.numpy()
            for name, step in steps(story, W).items():
                found[f"{language}.step_{name}"] = step.numpy()
    np.savez_compressed(FILE, **found)


if __name__ == "__main__":
    main()
