"""The lesson that writes: against PyTorch and NumPy, and that what it learned is real."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from numpy.random import RandomState
from numpy.typing import NDArray
from peers.next_word import FILE, LANGUAGES
from test_peers import error
from tools import need, need_uno, values_of
from trained import (
    EXACT,
    assert_gradients,
    assert_nothing_typed,
    assert_training,
    known_of,
    nodes_of,
    weights_after,
)

from xlsxattn.build import build
from xlsxattn.compose import compose
from xlsxattn.engines import engine
from xlsxattn.engines.uno_session import Session
from xlsxattn.lesson import Lesson, find, load, template_folder, text
from xlsxattn.saved import Saved, read

Array = NDArray[np.float64]
ROWS, PAD = 8, "·"

both = pytest.mark.parametrize("language", LANGUAGES)


@pytest.fixture(scope="module")
def known() -> dict[str, Array]:
    return known_of(FILE)


# --- against PyTorch ----------------------------------------------------------------------


@both
def test_every_step_is_pytorchs(language: str, known: dict[str, Array]) -> None:
    """From the embeddings to the probabilities, row by row in cells and all at once there."""
    nodes = compose(load(find("next-word"), language), language).nodes
    listed = nodes["Vocabulary_words"].value[:, 0]
    words = [str(word) for word in nodes["Story"].value[:, 0]]
    assert words == [str(listed[number]) for number in known[f"{language}.story"]]
    seen = np.tri(ROWS, dtype=bool)
    steps = [name for name in known if name.startswith(f"{language}.step_")]
    assert len(steps) == 27
    for key in steps:
        name = key.partition("step_")[2]
        found, expected = nodes[name].value, known[key]
        if name.startswith(("Scores", "Scaled")):  # beyond the diagonal there is a mask
            found, expected = np.where(seen, found, 0), np.where(seen, expected, 0)
        assert error(found, expected) <= EXACT, name


@both
def test_losses_and_gradients_are_pytorchs(language: str, known: dict[str, Array]) -> None:
    """Over all sentences, and the gradient for every weight."""
    lesson, nodes = nodes_of("next-word", language)
    logits = known[f"{language}.logits"]
    assert error(nodes["Logits_all"].value, logits.reshape(-1, logits.shape[-1])) <= EXACT
    assert error(nodes["Loss"].value[0, 0], known[f"{language}.loss"]) <= EXACT
    assert error(nodes["Loss_aside"].value[0, 0], known[f"{language}.loss_aside"]) <= EXACT
    assert_gradients(lesson, nodes, known, f"{language}.d_", 16)


@both
def test_training_is_pytorchs_and_gives_the_file(
    language: str, known: dict[str, Array], tmp_path: Path
) -> None:
    """Every epoch's loss from the same start, and the file that is shipped."""
    losses = known[f"{language}.losses"]
    assert_training("next-word", language, losses, f"next-word-{language}.npz", tmp_path)


# --- what is kept aside ---------------------------------------------------------------------


@both
def test_what_is_kept_aside_is_never_seen(language: str, tmp_path: Path) -> None:
    """Other words in those sentences: the same weights, bit for bit; one of them learned: not."""
    original = find("next-word").read_text(encoding="utf-8")
    others = 'words = { en = "the the cat .", zh = "猫 猫 。" }, aside = true'
    changed = re.sub(r"words = \{[^}]*\}, aside = true", others, original)
    assert changed.count(others) == 10
    first = weights_after("next-word", original, language, 10, tmp_path / "a")
    assert weights_after("next-word", changed, language, 10, tmp_path / "b") == first
    leaked = original.replace(", aside = true", "", 1)
    assert weights_after("next-word", leaked, language, 10, tmp_path / "c") != first


@both
def test_sentences_kept_aside_are_no_others(language: str) -> None:
    """38 to learn from and 10 kept aside, none of them the same under any spelling."""
    lesson = load(find("next-word"), language)
    assert lesson.examples is not None
    spelt: dict[bool, list[str]] = {True: [], False: []}
    for one in lesson.examples.sentences:
        spelt[one.aside].append(re.sub(r"\W", "", text(one.words, language)).casefold())
    assert (len(set(spelt[False])), len(set(spelt[True]))) == (38, 10)
    assert not set(spelt[False]) & set(spelt[True])


@both
def test_no_weight_is_typed(language: str) -> None:
    """Everything that the loss depends on but the sentences was trained."""
    assert_nothing_typed("next-word", language)


# --- word pairs, counted by hand ------------------------------------------------------------


@both
def test_perplexities(language: str) -> None:
    """Those of the word pairs are what a count by hand gives; the decoder's is far below."""
    lesson = load(find("next-word"), language)
    nodes = compose(lesson, language).nodes
    assert lesson.examples is not None
    said: dict[bool, list[tuple[str, str]]] = {True: [], False: []}
    for one in lesson.examples.sentences:
        words = text(one.words, language).split()
        said[one.aside] += pairwise(words)
    size = len(nodes["Vocabulary_words"].value)

    def surprise(pairs: list[tuple[str, str]]) -> float:
        learned = said[False]
        found = [
            (1 + learned.count(pair)) / (size + sum(first == pair[0] for first, _ in learned))
            for pair in pairs
        ]
        return float(np.exp(-np.mean(np.log(found))))

    want = [[surprise(said[False]), surprise(said[True])]]
    np.testing.assert_allclose(nodes["Perplexity_pairs"].value, want, rtol=1e-12)
    shown = nodes["Perplexity"].value.round(2).tolist()
    assert (
        shown
        == {
            "en": [[2.5, 2.68], [11.86, 12.15]],
            "zh": [[2.26, 2.47], [10.17, 10.41]],
        }[language]
    )


# --- what it writes -------------------------------------------------------------------------


class Writer:
    """The model in NumPy, from the file of weights and the words of the lesson."""

    def __init__(self, lesson: Lesson, language: str) -> None:
        assert lesson.examples is not None
        sentences = [text(one.words, language).split() for one in lesson.examples.sentences]
        self.words = [*dict.fromkeys(word for said in sentences for word in said), PAD]
        self.stop = sentences[0][-1]
        with np.load(template_folder() / "weights" / f"next-word-{language}.npz") as arrays:
            self.W = {name: arrays[name] for name in arrays.files}

    def scores(self, words: list[str]) -> Array:
        """The scores of all words after some."""
        W, n = self.W, len(words)
        x = W["Vocabulary"][[self.words.index(word) for word in words]] + W["P"][:n]
        for tail in ("_layer1", "_layer2"):
            Q, K, V = (x @ W[f"W_{letter}{tail}"] for letter in "QKV")
            weights = np.exp(Q @ K.T / np.sqrt(6)) * np.tri(n)
            x = normed(x + weights / weights.sum(axis=1, keepdims=True) @ V)
            hidden = np.maximum(x @ W[f"W_hidden{tail}"] + W[f"b_hidden{tail}"], 0)
            x = normed(x + hidden @ W[f"W_back{tail}"] + W[f"b_back{tail}"])
        return np.asarray(x[-1] @ W["Vocabulary"].T)

    def write(self, given: list[str], temperature: float, random: Array) -> list[str]:
        """The words that are given, and those that are chosen where none is."""
        words = [given[0]]
        for row in range(1, ROWS):
            if given[row] != PAD:
                words.append(given[row])
            elif words[-1] in (self.stop, PAD):
                words.append(PAD)
            else:
                scores = self.scores(words)
                if temperature:
                    scores = scores / temperature - np.log(-np.log(random[row - 1]))
                words.append(self.words[int(scores.argmax())])
        return words

    def three(self, words: list[str]) -> tuple[list[str], Array]:
        """The three likeliest next words, equally likely ones in the order of the vocabulary."""
        shares = np.exp(self.scores(words))
        order = np.argsort(-shares, kind="stable")[:3]
        return [self.words[place] for place in order], shares[order] / shares.sum()


def normed(x: Array) -> Array:
    centred = x - x.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5))


@dataclass
class Built:
    """A workbook of the lesson, and a writer beside it."""

    path: Path
    saved: Saved
    writer: Writer
    random: Array

    def changes(self, given: list[str], temperature: float = 0) -> list[tuple[str, str, object]]:
        """The cells of a beginning and of the temperature, and what is typed there."""
        areas = self.saved.names["Given"], self.saved.names["Temperature"]
        cells = [areas[0].part(row, 0).relative for row in range(ROWS)]
        typed = [(areas[0].sheet, cell, word) for cell, word in zip(cells, given, strict=True)]
        return [*typed, (areas[1].sheet, areas[1].relative, temperature)]

    def beginnings(self, count: int) -> list[list[str]]:
        """One to seven words, now and then with one to be written between them."""
        rng = RandomState(18)
        found = []
        for _ in range(count):
            length = int(rng.randint(1, ROWS))
            words = [str(word) for word in rng.choice(self.writer.words[:-1], length)]
            if length > 3 and rng.uniform() < 0.5:
                words[2] = PAD
            found.append(words + [PAD] * (ROWS - length))
        return found


@pytest.fixture(scope="module", params=LANGUAGES)
def built(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Built:
    path = tmp_path_factory.mktemp("next-word") / f"{request.param}.xlsx"
    build("next-word", path, request.param)
    lesson = load(find("next-word"), request.param)
    random = compose(lesson, request.param).nodes["Random"].value
    return Built(path, read(path), Writer(lesson, request.param), random)


def test_fifty_beginnings(built: Built) -> None:
    """The words are those that NumPy writes, and so are the three likeliest of each row."""
    recalculate = engine("ironcalc")
    ends = 0
    for given in built.beginnings(50):
        values = recalculate(built.path, built.changes(given))
        want = built.writer.write(given, 0, built.random)
        assert values_of(values, built.saved.names["Story"]) == [[word] for word in want]
        ends += PAD in want
        rows = [values_of(values, built.saved.names[n]) for n in ("First", "Second", "Third")]
        shares = np.array(values_of(values, built.saved.names["Three"]), dtype=float)
        for row in range(ROWS):
            words, three = built.writer.three(want[: row + 1])
            assert [column[row][0] for column in rows] == words
            np.testing.assert_allclose(shares[row], three, rtol=1e-12, atol=1e-12)
    assert 10 < ends < 50


@pytest.mark.parametrize("temperature", [0.01, 0.5, 1, 3, 100])
def test_draws(temperature: float, built: Built) -> None:
    """Words that are drawn with the typed random numbers, and no cell with an error."""
    for given in built.beginnings(4):
        values = engine("ironcalc")(built.path, built.changes(given, temperature))
        want = built.writer.write(given, temperature, built.random)
        assert values_of(values, built.saved.names["Story"]) == [[word] for word in want]


@pytest.mark.parametrize("program", ["libreoffice", "gnumeric"])
def test_other_engines_write_the_same(program: str, built: Built) -> None:
    need({"libreoffice": "soffice", "gnumeric": "ssconvert"}[program])
    for given in built.beginnings(2):
        for temperature in (0, 1.5):
            values = engine(program)(built.path, built.changes(given, temperature))
            want = built.writer.write(given, temperature, built.random)
            assert values_of(values, built.saved.names["Story"]) == [[word] for word in want]


def test_edits_in_libreoffice(built: Built) -> None:
    """As a person types them: nothing is stale, and the words are NumPy's."""
    need_uno()
    with Session() as office:
        for given in built.beginnings(3):
            changes = built.changes(given, 0)
            assert office.stale(built.path, changes) == []
            office.open(built.path)
            office.edit(changes)
            shown, story = office.read(), built.saved.names["Story"]
            words = [shown[story.sheet][row - 1][column - 1] for row, column in story.cells()]
            assert words == built.writer.write(given, 0, built.random)


def test_words_that_are_equally_likely(built: Built) -> None:
    """With all embeddings equal every word is: the first three of the vocabulary are named."""
    area = built.saved.names["Vocabulary"]
    rows, columns = area.shape
    changes = [
        (area.sheet, area.part(row, column).relative, 0.5)
        for row in range(rows)
        for column in range(columns)
    ]
    values = engine("ironcalc")(built.path, changes)
    for name, word in zip(("First", "Second", "Third"), built.writer.words, strict=False):
        assert values_of(values, built.saved.names[name]) == [[word]] * ROWS
    shares = np.array(values_of(values, built.saved.names["Three"]), dtype=float)
    np.testing.assert_allclose(shares, 1 / 31, rtol=1e-12)
