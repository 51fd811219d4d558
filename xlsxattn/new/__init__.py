"""A lesson file of one's own: sentences in, a commented TOML file out, ready to build.

The embeddings are drawn from a seed and rounded to two decimals, the same everywhere. The
claims are those that hold for the drawn numbers. What comes out is built once, in memory,
before anyone gets it: a lesson that would be refused is refused here.

``words`` splits sentences and finds what they have in common, ``numbers`` draws, ``draft``
is what the file will be about, ``text`` writes it part by part (``toml`` value by value),
``claims`` finds claims that hold, ``made`` puts all that together, ``copied`` takes a lesson
that comes with the package instead, and ``file`` writes the result where it belongs. A classifier
of labelled sentences is read by ``labelled_file``, drafted by ``labelled`` and written by
``labelled_text``.
"""

from xlsxattn.new.copied import copy_weights, lesson_from
from xlsxattn.new.file import require_new, write
from xlsxattn.new.labelled import LabelledDraft, LabelledRequest
from xlsxattn.new.labelled_file import labelled_sentences
from xlsxattn.new.labelled_text import train_command
from xlsxattn.new.made import new_classifier, new_lesson
from xlsxattn.new.request import Request
from xlsxattn.new.text import build_command
from xlsxattn.new.words import split

__all__ = [
    "LabelledDraft",
    "LabelledRequest",
    "Request",
    "build_command",
    "copy_weights",
    "labelled_sentences",
    "lesson_from",
    "new_classifier",
    "new_lesson",
    "require_new",
    "split",
    "train_command",
    "write",
]
