"""What training leaves: a file of weights beside the lesson, and the lesson's word of it."""

from __future__ import annotations

import io
import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import tomlkit
from numpy.typing import NDArray

from xlsxattn.errors import LessonError
from xlsxattn.lesson.weights import said_sources
from xlsxattn.whole import whole_file

#: The same bytes on every day: the earliest date that an archive can have.
LONG_AGO = (1980, 1, 1, 0, 0, 0)


def save_weights(path: Path, weights: Mapping[str, NDArray[np.float64]]) -> None:
    """Write arrays by name as a ``.npz``, the same bytes for the same numbers."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, numbers in weights.items():
            array = io.BytesIO()
            np.lib.format.write_array(array, np.ascontiguousarray(numbers), allow_pickle=False)
            member = zipfile.ZipInfo(f"{name}.npy", LONG_AGO)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, array.getvalue())
    with whole_file(path, LessonError) as file:
        file.write(content.getvalue())


def file_of(text: str, usual: str) -> str:
    """The file that a lesson's text names for its weights, or the usual one."""
    said = (source.get("file", "") for source in said_sources(tomllib.loads(text)))
    names = list(dict.fromkeys(name for name in said if name))
    if len(names) > 1:
        raise LessonError(f"fit: expected one file for all weights, got {', '.join(names)}")
    return names[0] if names else usual


def with_file(text: str, file: str) -> str:
    """The lesson's text, in which every source of weights that has a seed names the file too.

    All else stays as it was written, comments too.
    """
    document = tomlkit.parse(text)
    for source in said_sources(document):
        if "seed" in source and "file" not in source:
            source["file"] = file
    return tomlkit.dumps(document)
