"""A zip file that depends on its content alone, and is quick to write where it is large.

Members are deflated by zlib, small ones as well as it can, the others at its usual level, so
that on one machine the file of a lesson is the same byte for byte whether or not optional
libraries are installed (what lxml would write otherwise, ``spelling`` makes the same). Large sheets
are deflated by igzip (the package ``isal``) where it is installed: measured on cells, it is nine
times as fast as zlib, and the result at most 5% larger. Without it zlib's quickest level takes its
place: three times as fast, 9% to 13% larger. A member inflates to the same bytes always.
"""

from __future__ import annotations

import zlib
from typing import IO, Any, Protocol, cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from xlsxattn.writer.properties import part_digest
from xlsxattn.writer.spelling import plain

#: Every member has this date: a lesson's content has none, and its file must not differ.
ZIP_EPOCH = (2000, 1, 1, 0, 0, 0)

SMALL = 1 << 20  # bytes inflated, up to which the best compression takes no time to speak of
LARGE = 1 << 23  # bytes inflated, from which on time counts more than size
LARGE_LESSON = 1 << 26  # the same in a lesson, whose file must not depend on what is installed
ZIP64 = 1 << 31  # bytes inflated, from which on a member needs the format for large files
RAW_DEFLATE = -zlib.MAX_WBITS  # neither a zlib header nor a gzip header


class Compressor(Protocol):
    """What zlib and igzip both make."""

    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


def quick_compressor() -> Compressor:
    """The fastest compressor for a large member that is installed."""
    try:
        from isal import isal_zlib
    except ImportError:  # it is optional: pip install 'xlsxattn[fast]'
        return zlib.compressobj(zlib.Z_BEST_SPEED, wbits=RAW_DEFLATE)
    return cast(Compressor, isal_zlib.compressobj(wbits=RAW_DEFLATE))


class ReproducibleZip(ZipFile):
    """A zip to write, whose members all have the same date and permissions."""

    def __init__(self, file: IO[bytes], large: int = LARGE) -> None:
        super().__init__(file, "w", ZIP_DEFLATED, allowZip64=True)
        #: Bytes inflated, from which on a member is deflated as fast as can be.
        self.large = large
        #: Of each part that was written as a whole, what the workbook says of it.
        self.digests: dict[str, bytes] = {}

    def writestr(self, *args: Any, **kwargs: Any) -> None:
        name, data = args
        data = plain(data if isinstance(data, bytes) else data.encode())
        self.digests[name] = part_digest(name, data)
        level = zlib.Z_BEST_COMPRESSION if len(data) <= SMALL else None
        super().writestr(_member(name), data, compresslevel=level, **kwargs)

    def open_member(self, name: str, size: int) -> IO[bytes]:
        """A member to write piece by piece; ``size`` is how many bytes it has at most."""
        # Excel offers to repair files that are zip64 without need.
        member: Any = self.open(_member(name), "w", force_zip64=size >= ZIP64)
        if size >= self.large:
            member._compressor = quick_compressor()
        elif size <= SMALL:
            best = zlib.Z_BEST_COMPRESSION
            member._compressor = zlib.compressobj(best, wbits=RAW_DEFLATE)
        return cast(IO[bytes], member)


def _member(name: str) -> ZipInfo:
    info = ZipInfo(name, ZIP_EPOCH)
    info.compress_type = ZIP_DEFLATED
    return info
