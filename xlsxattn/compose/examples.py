"""Labelled sentences as cells: a row each, with its label and whether it is kept aside."""

from __future__ import annotations

from xlsxattn import lesson as files
from xlsxattn.compose.story import Story
from xlsxattn.expression import Input, Words
from xlsxattn.outline import Block, Lane


def tell_examples(story: Story, examples: files.Examples) -> None:
    """The sentences (s, length), their labels (s, 1), which are kept aside, and the classes."""
    count = len(examples.sentences)
    said = [story.text(one.words).split() for one in examples.sentences]
    words = [word for one in said for word in one + [examples.pad] * (examples.length - len(one))]
    classes = Words("Classes", [story.text(text) for text in examples.labels.values()])
    shown = dict(zip(examples.labels, classes.words, strict=True))
    labels = Words("Sentence_labels", [shown[one.label] for one in examples.sentences], classes)
    sentences = Words("Sentences", words, story.vocabulary_words, examples.length)
    aside = Input("Aside", [[float(one.aside)] for one in examples.sentences], choices=(0.0, 1.0))
    for node in (classes, labels, sentences, aside):
        story.keep(node)
    numbers = tuple(str(number) for number in range(1, count + 1))
    headers = story.texts["examples"]
    table: Lane = [
        Block(sentences, numbers),
        Block(labels, (), (headers["label"],), attached=True),
        Block(aside, (), (headers["aside"],), attached=True, decimals=0),
    ]
    listed: Lane = [Block(classes, (), (headers["classes"],))]
    story.band("Examples", "", [table, listed], "input", sheet=examples.sheet)
