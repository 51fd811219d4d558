"""From a lesson to an outline: the story, told in named steps.

Inputs, the vocabulary, attention and its training, the lesson's own steps and its claims,
in the order in which a reader meets them.
"""

from __future__ import annotations

import msgspec

from xlsxattn import lesson as files
from xlsxattn.compose.attention import AttentionComposer
from xlsxattn.compose.ending import finished
from xlsxattn.compose.epoch import Epoch
from xlsxattn.compose.inputs import show_weights, tell_inputs
from xlsxattn.compose.steps import tell_steps
from xlsxattn.compose.story import Story
from xlsxattn.errors import within
from xlsxattn.lesson import Lesson
from xlsxattn.outline import Outline

__all__ = ["compose"]


def compose(lesson: Lesson, language: str) -> Outline:
    """The outline of a valid lesson; LessonError names the part that does not fit."""
    story = Story(lesson, language)
    tell_inputs(story)
    _add_attention(story, lesson)
    tell_steps(story)
    return finished(story)


def _add_attention(story: Story, lesson: Lesson) -> None:
    """Attention, and its training where the lesson has some."""
    choices, epoch = lesson.attention, None
    if choices is None:
        if any(context.words for context in lesson.contexts):
            AttentionComposer(story, files.Attention()).add_contexts()
        show_weights(story, "")
        return
    if lesson.training is not None:
        epoch = Epoch(story, lesson.training, choices)
        choices = msgspec.structs.replace(choices, sheet=lesson.training.sheet)
    with within("attention"):
        AttentionComposer(story, choices, epoch).compose()
    if epoch is not None:
        from xlsxattn.compose.training import TrainingComposer  # few lessons need it

        TrainingComposer(epoch).compose()
