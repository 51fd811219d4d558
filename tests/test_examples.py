"""Sentences to learn from: the next word, targets in another sentence, many in one matrix."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from numpy.random import RandomState
from numpy.typing import NDArray
from tools import build_text, need, poison, replaced, values_of

import xlsxattn
from xlsxattn import Workbook
from xlsxattn.check import check
from xlsxattn.compose import compose
from xlsxattn.engines import engine
from xlsxattn.errors import LessonError, ShapeError
from xlsxattn.expression import Input
from xlsxattn.fitting.lesson import Wish, train
from xlsxattn.lesson import load
from xlsxattn.saved import read

Array = NDArray[np.float64]

PAIRS = """\
format = 1
title = "Pairs"

[vocabulary]
columns = { a = "a", b = "b", c = "c", d = "d" }

[examples]
length = 3
target_length = 5
sentences = [
    { words = "我 爱 猫", target = "<BOS> I love cats ." },
    { words = "你 跑", target = "<BOS> you run ." },
    { words = "我 跑", target = "<BOS> I run .", aside = true },
]

[weights]
Vocabulary = { seed = 1, scale = 0.7 }
W = { seed = 2, rows = 4, columns = 4 }

[fit]
loss = "Loss"
epochs = 4

[[words]]
name = "Read"
title = "source"
sentence = "我 爱 猫"

[[words]]
name = "Given"
title = "given"
words = ["<BOS>", "·", "·", "·"]

[[words]]
name = "Stop"
title = "the last word"
word = { en = ".", zh = "." }

[[inputs]]
name = "Random"
sample = { rows = 4, columns = 2, seed = 3, between = [0.001, 0.999] }

[[steps]]
name = "Read_all"
formula = "one_column(Sentences)"

[[steps]]
name = "Real_all"
formula = 'where(Read_all != "·", 1, 0)'

[[steps]]
name = "Written_all"
formula = "one_column(Target_sentences[:, 0:4])"

[[steps]]
name = "Following_all"
formula = "one_column(Target_sentences[:, 1:5])"

[[steps]]
name = "Room"
formula = 'where(Target_sentences[:, 1:5] != "·", 1 - Aside, 0)'

[[steps]]
name = "Counts"
formula = "one_column(Room)"

[[steps]]
name = "U"
formula = "lookup(Target_words, Vocabulary)"

[[steps]]
name = "S_all"
formula = "lookup(Read_all, Vocabulary)"

[[steps]]
name = "T_all"
formula = "lookup(Written_all, Vocabulary)"

[[steps]]
name = "Seen_all"
formula = 'T_all + attention(T_all @ W, T_all, T_all, mask="causal", sentences=3)'

[[steps]]
name = "Crossed_all"
formula = "Seen_all + attention(Seen_all, S_all, S_all, heads=2, mask=Real_all, sentences=3)"

[[steps]]
name = "Logits_all"
formula = "Crossed_all @ U.T"

[[steps]]
name = "Surprise"
formula = "-row_sum(one_hot(Following_all, U) * log_softmax(Logits_all))"

[[steps]]
name = "Loss"
formula = "sum(Surprise * Counts) / sum(Counts)"

[[steps]]
name = "S"
formula = "lookup(Read, Vocabulary)"

[[steps]]
name = "Real"
formula = 'where(Read != "·", 1, 0)'
beside = "S"

[[steps]]
name = "Story"
formula = "continued(Given[0:1], 4)"
follows = "Next"

[[steps]]
name = "T"
formula = "lookup(Story, Vocabulary)"

[[steps]]
name = "Seen"
formula = 'T + attention(T @ W, T, T, mask="causal")'

[[steps]]
name = "Crossed"
formula = "Seen + attention(Seen, S, S, heads=2, mask=Real)"

[[steps]]
name = "Logits"
formula = "Crossed @ U.T"

[[steps]]
name = "Likeliest"
formula = "largest_label(Logits)"
beside = "Logits"

[[steps]]
name = "Asked"
formula = 'stack(Given[1:], "·")'

[[steps]]
name = "Following"
formula = 'where(Story == Stop, "·", where(Story == "·", "·", Likeliest))'

[[steps]]
name = "Next"
formula = 'where(Asked == "·", Following, Asked)'

[[steps]]
name = "Drawn"
formula = "row_sum(Random)"

[[claims]]
name = "same"
text = "The sentence alone has the numbers that it has among all."
holds = "max(abs(Crossed_all[0] - Crossed[0])) <= 1e-12"

[[claims]]
name = "given"
text = "A word that is given stands there, and what stands before it stays."
change = { "Given[2]" = { en = "cats", zh = "love" } }
then = 'Story[2] != "·" and max(abs(Crossed[0:2] - before("Crossed")[0:2])) == 0'
"""


def attended(Q: Array, K: Array, V: Array, look: Array) -> Array:
    """Attention over what may be seen, by hand."""
    scores = np.where(look == 1, Q @ K.T / np.sqrt(Q.shape[1]), -np.inf)
    weights = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(weights / weights.sum(axis=1, keepdims=True) @ V)


@pytest.mark.parametrize("form", ["cells", "arrays"])
@pytest.mark.parametrize("mask", ["causal", "window", "real"])
@pytest.mark.parametrize(("count", "n", "m"), [(1, 4, 4), (3, 4, 4), (5, 2, 3), (4, 2, 1)])
def test_each_sentence_looks_at_its_own_keys(
    count: int, n: int, m: int, mask: str, form: str, tmp_path: Path
) -> None:
    """Many in one matrix are each one alone, in NumPy and in an engine."""
    rng = RandomState(count + n)
    Q, K, V = (np.round(rng.standard_normal((count * rows, 2)), 2) for rows in (n, m, m))
    seen = (rng.uniform(size=(count * m, 1)) < 0.6).astype(float)
    seen[::m] = 1
    book = Workbook("Sentences", form=form)
    given = {name: book.input(name, array) for name, array in (("Qs", Q), ("Ks", K), ("Vs", V))}
    rule = book.input("Seen", seen) if mask == "real" else mask
    step = book.step("Found", xlsxattn.attention(*given.values(), mask=rule, sentences=count))
    apart = np.arange(m)[None, :] - np.arange(n)[:, None]
    want = []
    for one in range(count):
        keys, rows = slice(one * m, (one + 1) * m), slice(one * n, (one + 1) * n)
        look = {"causal": apart <= 0, "window": abs(apart) <= 1}.get(
            mask, np.repeat(seen[keys].T, n, axis=0)
        )
        want.append(attended(Q[rows], K[keys], V[keys], look))
    np.testing.assert_allclose(step.value, np.concatenate(want), rtol=1e-12, atol=1e-12)
    path = tmp_path / "sentences.xlsx"
    book.save(path)
    saved = read(path)
    values = engine("ironcalc")(poison(path, tmp_path / "poisoned.xlsx", saved), [])
    got = np.array(values_of(values, saved.names["Found"]), dtype=float)
    np.testing.assert_allclose(got, step.value, rtol=1e-12, atol=1e-12)


def test_sentences_of_unequal_length_are_refused() -> None:
    Q, K = Input("Qs", np.ones((6, 2))), Input("Ks", np.ones((5, 2)))
    with pytest.raises(ShapeError, match="expected rows that 3 sentences of one length share"):
        xlsxattn.attention(Q, K, K, sentences=3)


@pytest.mark.parametrize("program", ["ironcalc", "libreoffice", "gnumeric"])
@pytest.mark.parametrize("form", ["cells", "arrays"])
def test_pairs_in_every_engine(program: str, form: str, tmp_path: Path) -> None:
    """Causal and cross-attention over all pairs, and one of them written row by row."""
    need({"libreoffice": "soffice", "gnumeric": "ssconvert", "ironcalc": "python3"}[program])
    text = replaced("format = 1\n", f'format = 1\nform = "{form}"\n', PAIRS)
    report = check(build_text(text, tmp_path / "pairs.xlsx"), program)
    assert report.problems == []
    assert [claim.ok for claim in report.claims] == [True] * len(report.claims)


def test_pairs_are_cells(tmp_path: Path) -> None:
    """Words and targets filled up, the list of words, and which of them count."""
    path = tmp_path / "pairs.toml"
    path.write_text(PAIRS, encoding="utf-8")
    nodes = compose(load(path, "en"), "en").nodes
    assert nodes["Sentences"].value[1].tolist() == ["你", "跑", "·"]
    assert nodes["Target_sentences"].value[1].tolist() == ["<BOS>", "you", "run", ".", "·"]
    words = ["<BOS>", "I", "love", "cats", ".", "you", "run", "·"]
    assert nodes["Target_words"].value[:, 0].tolist() == words
    assert nodes["Room"].value.tolist() == [[1, 1, 1, 1], [1, 1, 1, 0], [0, 0, 0, 0]]
    drawn = nodes["Random"].value
    assert ((drawn >= 0.001) & (drawn <= 0.999)).all() and len(set(drawn.ravel())) > 4
    np.testing.assert_array_equal(drawn, np.round(drawn, 3))


def test_what_is_kept_aside_or_filled_up_has_no_gradient(tmp_path: Path) -> None:
    """Another word in the target that is kept aside: the same weights, bit for bit."""
    files = []
    for name, text in (
        ("a", PAIRS),
        ("b", replaced("<BOS> I run .", "<BOS> cats love .", PAIRS)),
        ("c", replaced("<BOS> you run .", "<BOS> you love .", PAIRS)),
    ):
        path = tmp_path / name / "pairs.toml"
        path.parent.mkdir()
        path.write_text(text, encoding="utf-8")
        files.append(train(path, "en", None, Wish(), lambda epoch, loss: None).weights.read_bytes())
    assert files[0] == files[1] != files[2]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("target_length = 5", "target_length = 4", r"\[1\].target: expected 1 to 4 words, got 5"),
        ("target_length = 5\n", "", r"sentences\[1\].target: expected 1 to 0 words, got 5"),
        (', target = "<BOS> you run ."', "", r"sentences\[2\].target: expected 1 to 5 words, got"),
        ('target = "<BOS> you run ."', 'target = "<BOS> you run .", label = "x"',
         r"sentences\[2\].label: expected examples.labels with it, got none"),
        ("length = 3\n", 'length = 3\nlabels = { a = "a" }\n', "labels: expected two or more"),
        ("between = [0.001, 0.999]", "between = [0.9, 0.1]",
         "inputs.Random.sample.between: expected the least and the largest number, got 0.9, 0.1"),
        ("between = [0.001, 0.999]", "between = [0.9]", "got 0.9"),
        ('en = "cats", zh', 'de = "cats", zh', "expected a text in 'en'"),
        ('en = "cats", zh', 'en = "cat", zh', "expected a word of the list, got 'cat'"),
        ('"Given[2]" =', '"Random[1, 1]" = 2, "Given[2]" =', "expected a number from 0.001 to"),
        ('word = { en = ".", zh = "." }', 'word = { zh = "." }', "expected a text in 'en'"),
    ],
)  # fmt: skip
def test_refused(old: str, new: str, message: str, tmp_path: Path) -> None:
    """One line that names the place."""
    with pytest.raises(LessonError, match=message) as error:
        build_text(replaced(old, new, PAIRS), tmp_path / "refused.xlsx")
    assert "\n" not in str(error.value)
