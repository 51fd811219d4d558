"""stories260K as published, to the file in ``templates/weights/stories260K``.

``python tests/by_hand/stories_weights.py FOLDER``, where FOLDER has ``stories260K.bin`` and
``tok512.bin`` of https://huggingface.co/karpathy/tinyllamas. The format is llama2.c's first one:
seven int32 (width, hidden width, layers, heads, key-value heads, vocabulary, longest sequence),
then float32 tensors, matrices as (outputs, inputs); here they are (inputs, outputs).
"""

import struct
import sys
from pathlib import Path

import numpy as np

TARGET = Path(__file__).parents[2] / "templates/weights/stories260K/stories260K.npz"
START, FIRST_BYTE, BYTES = 1, 3, 256
PAIR = 1000  # a pair of tokens is 1000 · left + right


def weights(data: bytes) -> dict[str, np.ndarray]:
    d, hidden, layers, heads, key_heads, vocabulary, _ = struct.unpack("7i", data[:28])
    numbers, at = np.frombuffer(data, "<f4", offset=28), 0
    narrow = d * key_heads // heads
    found: dict[str, np.ndarray] = {}

    def take(name: str, rows: int, columns: int = 0) -> None:
        """The tensor of each layer: a gain, or a matrix."""
        nonlocal at
        for layer in range(1, layers + 1):
            part = numbers[at : at + rows * (columns or 1)]
            at += part.size
            found[f"{name}_layer{layer}"] = (
                part.reshape(rows, columns).T if columns else part[None, :]
            )

    found["Embeddings"] = numbers[: vocabulary * d].reshape(vocabulary, d)
    at = vocabulary * d
    take("gain_attention", d)
    take("W_Q", d, d)
    take("W_K", narrow, d)
    take("W_V", narrow, d)
    take("W_O", d, d)
    take("gain_forward", d)
    take("W_gate", hidden, d)
    take("W_down", d, hidden)
    take("W_up", hidden, d)
    found["gain_last"] = numbers[None, at : at + d]
    return found


def tokenizer(data: bytes) -> dict[str, np.ndarray]:
    """The tokens as texts, what each character is, and every pair that merges, best first."""
    at, pieces, scores = 4, [], []
    while at < len(data):
        score, length = struct.unpack("fi", data[at : at + 8])
        pieces.append(data[at + 8 : at + 8 + length])
        scores.append(score)
        at += 8 + length
    number = {piece: i for i, piece in enumerate(pieces)}
    pairs = sorted(
        (-scores[together], left, right, together)
        for left, a in enumerate(pieces)
        for right, b in enumerate(pieces)
        if (together := number.get(a + b)) is not None
    )
    texts = [_text(i, piece) for i, piece in enumerate(pieces)]
    codes = range(32, 127)
    return {
        "Pieces": np.array(texts),
        "Shown": np.array([_shown(i, text) for i, text in enumerate(texts)]),
        "Character_codes": _column(codes),
        "Character_tokens": _column(number.get(bytes([code]), FIRST_BYTE + code) for code in codes),
        "Pair_numbers": _column(PAIR * left + right for _, left, right, _ in pairs),
        "Pair_tokens": _column(together for *_, together in pairs),
        "Pair_scores": _column(scores[together] for *_, together in pairs),
    }


def _column(numbers) -> np.ndarray:
    return np.array(list(numbers), dtype=np.int32)[:, None]


def _text(number: int, piece: bytes) -> str:
    """What a token adds to the story: a byte of ASCII is its character."""
    if FIRST_BYTE <= number < FIRST_BYTE + BYTES:
        code = number - FIRST_BYTE
        return chr(code) if code == 10 or 32 <= code < 127 else f"<0x{code:02X}>"
    return piece.decode()


def _shown(number: int, text: str) -> str:
    """A token where it stands alone: its spaces and line breaks can be seen."""
    if number <= START + 1:
        return ("<unk>", "<s>", "</s>")[number]
    return text.replace(" ", "·").replace("\u00a0", "·").replace("\u200a", "·").replace("\n", "↵")


def main(folder: Path) -> None:
    arrays = weights((folder / "stories260K.bin").read_bytes())
    arrays |= tokenizer((folder / "tok512.bin").read_bytes())
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(TARGET, **arrays)
    print(f"{TARGET}: {TARGET.stat().st_size} bytes")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
