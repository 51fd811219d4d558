"""Words that join others and mean little alone: poor names for a sentence or a lesson."""

#: After one of these comes what a sentence is about, or soon after.
DETERMINERS = frozenset(
    {"a", "an", "the", "my", "your", "his", "her", "its", "our", "their"}
    | {"this", "that", "these", "those"}
)

_ENGLISH = """
    and or but nor so yet if than then as of in on at to from by with for into onto over under
    about after before between through up down out off near behind beside
    i you he she it we they me him them us who what which whom there here
    is are was were be been being am do does did has have had will would can could may might
    shall should must not no very too also just only now perhaps
"""
_CHINESE = """
    的 了 着 过 是 在 和 与 及 或 但 而 也 都 就 很 不 没 有 这 那 个 把 被 给 到 从 对 为 吗 呢 吧
    我 你 他 她 它 们 我们 你们 他们
"""
FUNCTION_WORDS = DETERMINERS | {*_ENGLISH.split(), *_CHINESE.split()}


def means_little(word: str) -> bool:
    """Whether a word is one of those, or a Latin one of one or two letters."""
    return word.lower() in FUNCTION_WORDS or (word.isascii() and len(word) < 3)
