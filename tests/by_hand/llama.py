"""stories260K in plain NumPy, written apart from all of the package: what `stories` must equal.

Tokens as llama2.c makes them, one token at a time with a cache of keys and values.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

WEIGHTS = Path(__file__).parents[2] / "templates/weights/stories260K/stories260K.npz"
LAYERS, HEADS, KEY_HEADS, WIDTH = 5, 8, 4, 8
START, UNKNOWN, FIRST_BYTE = 1, 0, 3


@dataclass(frozen=True)
class Written:
    """The tokens that were read, the logits after each, and all that stands behind the start."""

    tokens: list[int]
    logits: np.ndarray
    story: str
    typed: int


@cache
def arrays() -> dict[str, np.ndarray]:
    with np.load(WEIGHTS, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def encode(text: str) -> list[int]:
    """The start, a space, the characters; then the pair that scores best, again and again."""
    data = arrays()
    pieces = [str(piece) for piece in data["Pieces"]]
    first = {piece: i for i, piece in reversed(list(enumerate(pieces))) if i > FIRST_BYTE + 255}
    tokens = [first[" "]] if text else []
    for character in text:
        code = ord(character)
        usual = FIRST_BYTE + code if 32 <= code < 127 else UNKNOWN
        tokens.append(first.get(character, usual) if 32 <= code < 127 else usual)
    better = {
        int(t): -int(s)
        for t, s in zip(data["Pair_tokens"][:, 0], data["Pair_scores"][:, 0], strict=False)
    }
    while True:
        found = []
        for i in range(len(tokens) - 1):
            if min(tokens[i], tokens[i + 1]) > FIRST_BYTE + 255:
                together = first.get(pieces[tokens[i]] + pieces[tokens[i + 1]])
                if together is not None:
                    found.append((better[together], i, together))
        if not found:
            return [START, *tokens]
        _, i, together = min(found)
        tokens[i : i + 2] = [together]


def write(
    text: str, length: int, temperature: float = 0.0, dice: np.ndarray | None = None
) -> Written:
    """So many tokens are read; after the typed ones each is the likeliest, or it is drawn."""
    data = dict(arrays().items())
    tokens = encode(text)
    typed = len(tokens)
    turning = 10000.0 ** -(np.arange(0, WIDTH, 2) / WIDTH)
    keys = np.zeros((LAYERS, length, KEY_HEADS, WIDTH))
    values = np.zeros_like(keys)
    logits = np.zeros((length, 512))

    def weight(name: str, layer: int) -> np.ndarray:
        return data[f"{name}_layer{layer + 1}"].astype(np.float64)

    def turned(vectors: np.ndarray, position: int) -> np.ndarray:
        complex_ = (vectors[:, 0::2] + 1j * vectors[:, 1::2]) * np.exp(1j * position * turning)
        return np.stack([complex_.real, complex_.imag], axis=-1).reshape(vectors.shape)

    for t in range(length):
        x = data["Embeddings"][tokens[t]].astype(np.float64)
        for layer in range(LAYERS):
            h = x / np.sqrt((x**2).mean() + 1e-5) * weight("gain_attention", layer)[0]
            q = turned((h @ weight("W_Q", layer)).reshape(HEADS, WIDTH), t)
            keys[layer, t] = turned((h @ weight("W_K", layer)).reshape(KEY_HEADS, WIDTH), t)
            values[layer, t] = (h @ weight("W_V", layer)).reshape(KEY_HEADS, WIDTH)
            of = np.arange(HEADS) * KEY_HEADS // HEADS
            scores = (
                np.einsum("hw,thw->ht", q, keys[layer, : t + 1, of].swapaxes(0, 1)) / WIDTH**0.5
            )
            shares = np.exp(scores - scores.max(axis=1, keepdims=True))
            shares /= shares.sum(axis=1, keepdims=True)
            gathered = np.einsum("ht,thw->hw", shares, values[layer, : t + 1, of].swapaxes(0, 1))
            x = x + gathered.ravel() @ weight("W_O", layer)
            h = x / np.sqrt((x**2).mean() + 1e-5) * weight("gain_forward", layer)[0]
            gate = h @ weight("W_gate", layer)
            x = x + (gate / (1 + np.exp(-gate)) * (h @ weight("W_up", layer))) @ weight(
                "W_down", layer
            )
        last = x / np.sqrt((x**2).mean() + 1e-5) * data["gain_last"][0]
        logits[t] = data["Embeddings"].astype(np.float64) @ last
        if t + 1 >= len(tokens):
            noisy = logits[t]
            if temperature > 0:
                assert dice is not None
                noisy = logits[t] / max(temperature, 0.01) - np.log(-np.log(dice[t]))
            tokens.append(int(noisy.argmax()))
    behind = tokens[1 : length + 1] if typed <= length else tokens[1:length]
    return Written(tokens[:length], logits, "".join(map(str, data["Pieces"][behind])), typed)
