"""The lesson that translates: against PyTorch, and its writing against NumPy in three engines."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np
import pytest
from conftest import Workbooks
from numpy.typing import NDArray
from peers.translator import FILE, STEPS
from test_peers import error
from tools import need, need_uno, values_of
from trained import (
    EXACT,
    assert_gradients,
    assert_nothing_typed,
    assert_training,
    known_of,
    nodes_of,
    quiet,
    weights_after,
)

from xlsxattn.check.references import References
from xlsxattn.compose import compose
from xlsxattn.engines import engine
from xlsxattn.engines.uno_session import Session
from xlsxattn.fitting.lesson import Wish, train
from xlsxattn.lesson import Lesson, find, load, template_folder, text
from xlsxattn.saved import Change, Saved

Array = NDArray[np.float64]
LENGTH, ROWS = 6, 13

#: Some that were learned from, all that were kept aside, and some that the lesson does not have.
SENTENCES = (
    "我 爱 中国 的 山川 湖海", "你 爱 中国 的 山川 湖海", "我们 看 中国 的 山川",
    "你 看 法国 的 湖海", "我 爱 湖海", "你 看 山川",
    "你 看 法国", "中国 的 山川 湖海", "我 爱 中国 的 山川",
    "你 看 湖海", "我们 爱 法国", "法国 的 山川 湖海",
    "我们 看 法国 的 山川 湖海", "我 爱 法国 的 湖海", "我 看 湖海",
    "我们 爱 山川", "你 爱 法国", "法国 的 湖海",
    "我们 爱 中国 的 山川 湖海", "山川 湖海",
)  # fmt: skip


@pytest.fixture(scope="module")
def known() -> dict[str, Array]:
    return known_of(FILE)


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return load(find("translator"), "zh")


# --- against PyTorch --------------------------------------------------------------------


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_step_and_gradient_is_pytorchs(language: str, known: dict[str, Array]) -> None:
    """Forward over all sentences, the loss, and its gradient for every weight."""
    lesson, nodes = nodes_of("translator", language)
    for name in STEPS:
        assert error(nodes[name].value, known[name]) <= EXACT, name
    assert error(nodes["Loss"].value[0, 0], known["Loss"]) <= EXACT
    assert_gradients(lesson, nodes, known, "d_", 23)


def test_training_is_pytorchs_and_gives_the_file(known: dict[str, Array], tmp_path: Path) -> None:
    """Every epoch's loss from the same start, and the file that is shipped."""
    assert_training("translator", "zh", known["losses"], "translator.npz", tmp_path)


def test_both_editions_train_the_same(tmp_path: Path) -> None:
    """The glosses of the English edition are other words for the same rows."""
    files = [
        train(find("translator"), language, tmp_path / f"{language}.toml", Wish(epochs=3), quiet)
        for language in ("en", "zh")
    ]
    assert files[0].weights.read_bytes() == files[1].weights.read_bytes()


# --- what was kept aside ----------------------------------------------------------------


def test_what_is_kept_aside_is_never_seen(tmp_path: Path) -> None:
    """Other sentences and other translations in their place: the same weights, bit for bit."""
    original = find("translator").read_text(encoding="utf-8")
    kept = re.compile(r'words = \{[^}]*\}, target = "[^"]*", aside')
    other = 'words = { en = "法国/France", zh = "法国 法国" }, target = "<BOS> seas seas .", aside'
    leaked, count = kept.subn(other, original)
    assert count == 8
    learned = original.replace(", aside = true", "", 1)
    first, others, another = (
        weights_after("translator", content, "zh", 5, tmp_path / str(number))
        for number, content in enumerate((original, leaked, learned))
    )
    assert first == others
    assert first != another


def test_sentences_kept_aside_are_no_others(lesson: Lesson) -> None:
    """24 to learn from and 8 kept aside, in no spelling the same: neither side of a pair."""
    assert lesson.examples is not None
    for side in ("words", "target"):
        said = [
            (re.sub(r"\W", "", text(getattr(one, side), "zh")).casefold(), one.aside)
            for one in lesson.examples.sentences
        ]
        learned, aside = ({s for s, is_aside in said if is_aside == kept} for kept in (False, True))
        assert (len(learned), len(aside), learned & aside) == (24, 8, set())


def test_no_weight_is_typed() -> None:
    assert_nothing_typed("translator", "zh")


def test_all_are_right(lesson: Lesson) -> None:
    nodes = compose(lesson, "zh").nodes
    assert nodes["Right_aside"].value[0, 0] == 8
    assert nodes["Right"].value.all()


# --- writing, in NumPy ------------------------------------------------------------------


def softmax(x: Array) -> Array:
    e = np.exp(x - x.max(axis=-1, keepdims=True))
    return np.asarray(e / e.sum(axis=-1, keepdims=True))


def norm(x: Array) -> Array:
    centred = x - x.mean(axis=1, keepdims=True)
    return np.asarray(centred / np.sqrt((centred**2).mean(axis=1, keepdims=True) + 1e-5))


class Translator:
    """The model from the file of weights alone, one sentence and one word at a time."""

    def __init__(self, lesson: Lesson) -> None:
        assert lesson.vocabulary is not None
        assert lesson.examples is not None
        self.listed = list(lesson.vocabulary.words)
        said = " ".join(text(one.target, "zh") for one in lesson.examples.sentences)
        self.words = [*dict.fromkeys(said.split()), "·"]
        with np.load(template_folder() / "weights" / "translator.npz") as arrays:
            self.W = {name: arrays[name] for name in arrays.files}

    def rows(self, words: list[str], place: str) -> Array:
        index = [self.listed.index(word) for word in words]
        return np.asarray(self.W["Vocabulary"][index] + self.W[f"P_{place}"][: len(words)])

    def heads(self, x: Array, whose: str, allowed: Array) -> Array:
        Q, K, V = (x @ self.W[f"W_{letter}_{whose}"] for letter in "QKV")
        found = []
        for part in (slice(0, 4), slice(4, 8)):
            scores = np.where(allowed, Q[:, part] @ K[:, part].T / 2, -np.inf)
            found.append(softmax(scores) @ V[:, part])
        return np.asarray(norm(x + np.concatenate(found, axis=1) @ self.W[f"W_O_{whose}"]))

    def fed(self, x: Array, whose: str) -> Array:
        W = self.W
        hidden = np.maximum(x @ W[f"W_hidden_{whose}"] + W[f"b_hidden_{whose}"], 0)
        return norm(x + hidden @ W[f"W_back_{whose}"] + W[f"b_back_{whose}"])

    def translate(self, sentence: str, typed: dict[int, str] | None = None) -> list[str]:
        """The words, 13 with what fills up; ``typed`` ones, by number from 0, take their place."""
        W, said = self.W, sentence.split()
        padded = said + ["·"] * (LENGTH - len(said))
        real = np.array([word != "·" for word in padded])
        allowed = np.broadcast_to(real, (LENGTH, LENGTH))
        memory = self.fed(self.heads(self.rows(padded, "xsource"), "encoder", allowed), "encoder")
        K, V = memory @ W["W_kcross"], memory @ W["W_vcross"]
        written = ["<BOS>"]
        for moment in range(ROWS):
            n = len(written)
            x = self.heads(self.rows(written, "xtarget"), "sofar", np.tri(n) == 1)[-1:]
            scores = x @ W["W_Q_cross_decoder"] @ K.T / np.sqrt(8)
            x = norm(x + softmax(np.where(real, scores, -np.inf)) @ V)
            likeliest = self.words[int((self.fed(x, "decoder") @ W["W_logits"]).argmax())]
            ended = written[-1] in (".", "·")
            written.append((typed or {}).get(moment, "·" if ended else likeliest))
        return written[1:]


@pytest.fixture(scope="module")
def translator(lesson: Lesson) -> Translator:
    return Translator(lesson)


def chosen(saved: Saved, sentence: str, typed: dict[int, str] | None = None) -> list[Change]:
    """What a reader does to have another sentence, and other words already written."""
    said = sentence.split() + ["·"] * LENGTH
    changes: list[Change] = []
    for name, words in (("Source", dict(enumerate(said[:LENGTH]))), ("Typed", typed or {})):
        area = saved.names[name]
        for row, word in words.items():
            changes.append((area.sheet, area.part(row, 0).relative, word))
    return changes


def test_numpy_translates_what_was_kept_aside(lesson: Lesson, translator: Translator) -> None:
    """Greedy writing is what the page claims from rows that are all right."""
    assert lesson.examples is not None
    for one in lesson.examples.sentences:
        wanted = text(one.target, "zh").split()[1:]
        written = translator.translate(text(one.words, "zh"))
        assert written == wanted + ["·"] * (ROWS - len(wanted))
    # The page says that it gets this one wrong.
    assert "lakes" not in translator.translate("法国 的 湖海")


def test_twenty_sentences_as_numpy_writes(workbooks: Workbooks, translator: Translator) -> None:
    path, saved = workbooks.path("translator", "zh"), workbooks.saved("translator", "zh")
    assert len(set(SENTENCES)) == 20
    for sentence in SENTENCES:
        values = engine("ironcalc")(path, chosen(saved, sentence))
        got = [row[0] for row in values_of(values, saved.names["Next"])]
        assert got == translator.translate(sentence), sentence


@pytest.mark.parametrize("program", ["ironcalc", "libreoffice", "gnumeric"])
@pytest.mark.parametrize(
    ("sentence", "typed"),
    [("你 看 法国 的 湖海", {}), (SENTENCES[0], {2: "China"}), (SENTENCES[0], {0: "we", 4: "and"})],
)
def test_engines_write_the_same(
    program: str, sentence: str, typed: dict[int, str], workbooks: Workbooks, translator: Translator
) -> None:
    if program != "ironcalc":
        need({"libreoffice": "soffice", "gnumeric": "ssconvert"}[program])
    saved = workbooks.saved("translator", "zh")
    values = engine(program)(workbooks.path("translator", "zh"), chosen(saved, sentence, typed))
    got = [row[0] for row in values_of(values, saved.names["Next"])]
    assert got == translator.translate(sentence, typed)


def test_edits_in_libreoffice_leave_nothing_stale(
    workbooks: Workbooks, translator: Translator
) -> None:
    """As a person does it: another sentence, another word already written."""
    need_uno()
    path, saved = workbooks.path("translator", "zh"), workbooks.saved("translator", "zh")
    area = saved.names["Next"]
    with Session() as office:
        for sentence, typed in (("我们 看 法国", {}), (SENTENCES[1], {2: "France"})):
            changes = chosen(saved, sentence, typed)
            assert office.stale(path, changes) == []
            office.open(path)
            office.edit(changes)
            shown = office.read()[area.sheet]
            got = [shown[row - 1][column - 1] for row, column in area.cells()]
            assert got == translator.translate(sentence, typed)


def test_keys_and_values_are_the_same_cells_at_every_step(workbooks: Workbooks) -> None:
    """Of the scores each cell reads one row of K, and of the contexts one column of V, wherever."""
    saved = workbooks.saved("translator")
    references = References(saved)
    for reads, name in (("Scores_decoder", "K_cross"), ("Context_decoder", "V_cross")):
        area, cells = saved.names[reads], saved.names[name]
        own = set(cells.cells())
        read_at = []
        for row in range(ROWS):
            found = set()
            for column in range(area.shape[1]):
                formula = saved.sheets[area.sheet].formulas[area.part(row, column).relative]
                for sheet, (top, bottom, left, right) in references.read_by(formula, area.sheet):
                    if sheet == cells.sheet:
                        found |= {
                            (r, c) for r in range(top, bottom + 1) for c in range(left, right + 1)
                        } & own
            read_at.append(found)
        assert read_at == [own] * ROWS
