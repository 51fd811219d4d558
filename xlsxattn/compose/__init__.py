"""From a lesson to an outline: the story, told in named steps.

Inputs, the vocabulary, attention and its training, the lesson's own steps and its claims,
in the order in which a reader meets them.
"""

from __future__ import annotations

from xlsxattn.compose.ending import finished
from xlsxattn.compose.inputs import tell_inputs
from xlsxattn.compose.row_names import name_rows
from xlsxattn.compose.steps import finish_steps
from xlsxattn.compose.story import Story
from xlsxattn.compose.telling import tell
from xlsxattn.lesson import Lesson
from xlsxattn.outline import Outline

__all__ = ["compose"]


def compose(lesson: Lesson, language: str) -> Outline:
    """The outline of a valid lesson; LessonError names the part that does not fit."""
    story = Story(lesson, language)
    tell_inputs(story)
    tell(story)
    finish_steps(story)
    name_rows(story)
    return finished(story)
