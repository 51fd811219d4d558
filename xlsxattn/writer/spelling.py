"""One spelling of the XML that openpyxl makes, which depends on whether lxml is installed.

openpyxl serialises with lxml where it finds it and with the standard library elsewhere. They differ
in how an empty element is closed, ``<a/>``, ``<a />`` or ``<a></a>``; in where a namespace is
declared, at the root or where it is used; and in signs beyond ASCII, which are written as they are
or as numbers. In all of a part of ours, a prefix means one namespace.
"""

from __future__ import annotations

import re

_TAG = re.compile(rb"<([^\s<>/?!]+)([^<>]*?)\s*(/?)>")
_EMPTY = re.compile(rb"<([^\s<>/?!]+)([^<>]*)></\1>")
_DECLARED = re.compile(rb'\s(xmlns(?::\w+)?)=("[^"]*")')
_NUMBERED = re.compile(rb"&#(\d{3,7});")


def plain(part: bytes) -> bytes:
    """A part with ``<a />``, its namespaces declared at the root, and signs as they are."""
    declared: dict[bytes, bytes] = {}

    def respelled(match: re.Match[bytes]) -> bytes:
        declared.update(_DECLARED.findall(match[2]))
        return b"<" + match[1] + _DECLARED.sub(b"", match[2]) + (b" />" if match[3] else b">")

    bare = _TAG.sub(respelled, _EMPTY.sub(rb"<\1\2/>", part))
    bare = _NUMBERED.sub(lambda match: chr(int(match[1])).encode(), bare)
    root = b"".join(b" %s=%s" % one for one in sorted(declared.items()))
    return _TAG.sub(lambda m: b"<" + m[1] + root + m[2] + b" " * len(m[3]) + m[3] + b">", bare, 1)
