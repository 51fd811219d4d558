"""Sentences to learn from, as cells: a row each, with what is learned from it."""

from __future__ import annotations

from collections.abc import Iterable

from xlsxattn import lesson as files
from xlsxattn.compose.story import Story
from xlsxattn.expression import Input, Words
from xlsxattn.outline import Block, Lane


def tell_examples(story: Story, examples: files.Examples) -> None:
    """The sentences (s, length), which are kept aside (s, 1), their labels or their targets."""
    headers = story.texts["examples"]
    said = [story.text(one.words) for one in examples.sentences]
    words = _filled(said, examples.length, examples.pad)
    sentences = Words("Sentences", words, story.vocabulary_words, examples.length)
    aside = Input("Aside", [[float(one.aside)] for one in examples.sentences], choices=(0.0, 1.0))
    numbers = tuple(str(number) for number in range(1, len(said) + 1))
    table: Lane = [Block(sentences, numbers)]
    lanes = [table]
    story.keep(sentences)
    if examples.target_length:
        lanes.append(_tell_targets(story, examples, table))
    if examples.labels:
        lanes.append(_tell_labels(story, examples, table))
    story.keep(aside)
    table.append(Block(aside, (), (headers["aside"],), attached=True, decimals=0))
    story.band(
        "Examples", "", lanes, "input", sheet=examples.sheet,
        standard="Examples" if examples.labels else "Examples_unlabelled",
    )  # fmt: skip


def _tell_labels(story: Story, examples: files.Examples, table: Lane) -> Lane:
    """The label of each sentence (s, 1), and the list of classes in a lane of its own."""
    headers = story.texts["examples"]
    classes = Words("Classes", [story.text(text) for text in examples.labels.values()])
    shown = dict(zip(examples.labels, classes.words, strict=True))
    labels = Words("Sentence_labels", [shown[one.label] for one in examples.sentences], classes)
    for node in (classes, labels):
        story.keep(node)
    table.append(Block(labels, (), (headers["label"],), attached=True))
    return [Block(classes, (), (headers["classes"],))]


def _tell_targets(story: Story, examples: files.Examples, table: Lane) -> Lane:
    """The targets (s, target_length), and the list of their words in a lane of its own."""
    headers = story.texts["examples"]
    said = [story.text(one.target) for one in examples.sentences]
    words = _filled(said, examples.target_length, examples.pad)
    targets = Words(
        "Target_sentences", words, story.vocabulary_words, examples.target_length
    )  # fmt: skip
    said_words = dict.fromkeys(word for word in words if word != examples.pad)
    listed = Words("Target_words", [*said_words, examples.pad])
    for node in (targets, listed):
        story.keep(node)
    table.append(Block(targets, (), (), attached=True, gap=1))
    return [Block(listed, (), (headers["target_words"],))]


def _filled(sentences: Iterable[str], length: int, pad: str) -> list[str]:
    """The words of sentences one after another, each sentence filled up to a length."""
    split = [sentence.split() for sentence in sentences]
    return [word for words in split for word in words + [pad] * (length - len(words))]
