"""The order of telling: each attention after the steps of the lesson's own that it reads."""

from __future__ import annotations

import re

import msgspec

from xlsxattn import lesson as files
from xlsxattn.compose.attention import AttentionComposer
from xlsxattn.compose.contexts import Common
from xlsxattn.compose.epoch import Epoch
from xlsxattn.compose.inputs import show_weights
from xlsxattn.compose.sentences import SentencesComposer
from xlsxattn.compose.steps import tell_steps
from xlsxattn.compose.story import Story
from xlsxattn.errors import LessonError, within
from xlsxattn.naming import tail_of


def tell(story: Story) -> None:
    """Every attention, its training where the lesson has some, and the lesson's own steps.

    What an attention reads of those steps is told before it, with all that stands before
    that in the file; the rest comes after the last attention.
    """
    lesson, told, epoch = story.lesson, 0, None
    if not lesson.attentions():
        if any(context.words for context in lesson.contexts):
            SentencesComposer(story, files.Attention().decimals, None).compose(lesson.contexts)
        show_weights(story, "")
    require_names(lesson)
    symbolise_weights(story)
    common = Common()
    for index, (place, choices) in enumerate(lesson.attentions()):
        if lesson.training is not None and lesson.training.loss == "cross-entropy":
            from xlsxattn.compose.labelled import LabelledComposer  # few lessons need it

            LabelledComposer(story, choices, lesson.training).compose()
            continue
        if lesson.training is not None:  # there is one attention then
            epoch = Epoch(story, lesson.training, choices)
            choices = msgspec.structs.replace(choices, sheet=lesson.training.sheet)
        composer = AttentionComposer(story, place, choices, common, index == 0, epoch)
        with within(place):
            if composer.first:
                composer.begin()
        needed = steps_before(lesson, choices, composer.first)
        tell_steps(story, lesson.steps[told:needed])
        told = max(told, needed)
        with within(place):
            composer.compose()
    if epoch is not None:
        from xlsxattn.compose.training import TrainingComposer, reconstruction  # likewise

        TrainingComposer(epoch).compose(reconstruction(epoch))
    tell_steps(story, lesson.steps[told:])


def require_names(lesson: files.Lesson) -> None:
    """LessonError unless every attention but the first has a name, which is like no other."""
    taken: dict[str, str] = {}
    ids = {f"_{context.id.lower()}" for context in lesson.contexts}
    for index, (place, choices) in enumerate(lesson.attentions()):
        name, tail = choices.name, tail_of(choices.name)
        if index and not name:
            raise LessonError(f"{place}.name: expected a name for all but the first, got none")
        if name and tail in taken:
            raise LessonError(
                f"{place}.name: expected a name of its own, got {name!r}"
                + (" twice" if taken[tail] == name else f" beside {taken[tail]!r}")
            )
        if tail in ids or re.fullmatch(r"_head\d+", tail):
            whose = "a context" if tail in ids else "a head"
            raise LessonError(f"{place}.name: expected another name than {whose} has, got {name!r}")
        taken[tail] = name


def symbolise_weights(story: Story) -> None:
    """Mathematics calls weights by what they are, whosever they are."""
    tails = [tail_of(choices.name) for _, choices in story.lesson.attentions()]
    for name in story.lesson.weights if tails else ():
        plain = name.partition("_head")[0]
        tail = next((tail for tail in tails if tail and plain.endswith(tail)), "")
        story.symbols[story.nodes[name]] = plain.removesuffix(tail)


def steps_before(lesson: files.Lesson, choices: files.Attention, first: bool) -> int:
    """How many of the lesson's own steps an attention needs: up to the last one that it names."""
    owners = [choices, *(lesson.contexts if first else [])]
    written = [getattr(owner, letter) for owner in owners for letter in "QKV"]
    written += [choices.from_, choices.source, choices.bias]
    words = {word for text in written for word in re.findall(r"\w+", text)}
    heads = ["", *(f"_head{number + 1}" for number in range(choices.heads))]
    contexts = ["", *(f"_{context.id}" for context in lesson.contexts)]
    named = {
        word + block + head + context
        for word in words
        for block in ("", tail_of(choices.name))
        for head in heads
        for context in contexts
    }
    return max(
        (
            index + 1
            for index, step in enumerate(lesson.steps)
            if named.intersection([step.name, *(row.name for row in step.rows)])
        ),
        default=0,
    )
