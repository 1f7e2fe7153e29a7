"""Words and numbers that must fit: measured in inches of the figures' own type, wrapped, shortened, kept apart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Final

from sim import words
from sim.figures import lettering, style
from sim.words import given, measured

_POINTS_PER_INCH: Final = 72.0
_WHOLE_WORDS: Final = 0.6
"""The least fraction of a cut text that must remain for it to be cut further, to whole words."""
_LOOSE: Final = " ,;:-–(/"
"""Characters removed before an ellipsis."""
_FIXED: Final = "\u00a0"
"""The space between a number and its unit, where no line may break."""


def width(text: str, size: float, bold: bool = False) -> float:
    """Inches that a line of text takes at a size in points."""
    return lettering.extent(text, size, bold).width / _POINTS_PER_INCH


def widest(labels: Sequence[str], size: float) -> float:
    """Inches that the longest line of some labels takes."""
    return max((width(line, size) for label in labels for line in label.split("\n")), default=0.0)


def _cut(text: str, room: float, size: float, bold: bool) -> str:
    """The longest beginning of a text that fits with an ellipsis. It ends with a whole word unless that leaves very little."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if width(text[:middle] + " …", size, bold) <= room:
            low = middle
        else:
            high = middle - 1
    start = text[:low]
    if low < len(text) and text[low] != " ":
        words = start.rpartition(" ")[0]
        if len(words) >= _WHOLE_WORDS * low:
            return words.rstrip(_LOOSE) + " …"
    return start.rstrip(_LOOSE) + "…"


def _lines(text: str, room: float, size: float, bold: bool) -> list[str]:
    lines = [""]
    for word in text.split(" "):
        longer = f"{lines[-1]} {word}".strip()
        if width(longer, size, bold) <= room:
            lines[-1] = longer
        elif not lines[-1]:
            lines[-1] = _cut(word, room, size, bold)
        else:
            lines.append(word if width(word, size, bold) <= room else _cut(word, room, size, bold))
    return lines


def wrapped(text: str, room: float, size: float, *, lines: int = 2, bold: bool = False) -> str:
    """A text broken between words into lines that fit. If the last line cannot hold the rest, it ends in an ellipsis.

    ``room`` is the width in inches, ``size`` the size of type in points, ``lines`` the most lines it may take.
    """
    broken = _lines(text, room, size, bold)
    if len(broken) > lines:
        rest = " ".join(broken[lines - 1 :])
        broken = [*broken[: lines - 1], _cut(rest, room, size, bold)]
    return "\n".join(broken)


def balanced(text: str, room: float, size: float, *, lines: int, bold: bool = False) -> str:
    """A text wrapped as by `wrapped`, in lines of about the same length, so that no word stands alone on the last."""
    best = wrapped(text, room, size, lines=lines, bold=bold)
    for share in (0.9, 0.8, 0.7, 0.6):
        narrower = wrapped(text, room * share, size, lines=lines, bold=bold)
        if narrower.count("\n") > best.count("\n") or narrower.endswith("…"):
            break
        best = narrower
    return best


def _both_ends(text: str, room: float, size: float, lines: int, bold: bool) -> str:
    """A text without its middle. Its last words, which tell it from others, fill the last line, or half of a single line."""
    words = text.split(" ")
    end = ""
    share = room if lines > 1 else room / 2
    for word in reversed(words):
        longer = f"{word} {end}".strip()
        if width("…" + longer, size, bold) > share:
            break
        end = longer
    end = end or text[-4:]
    start = text[: len(text) - len(end)].rstrip()
    if lines > 1:
        head = wrapped(start, room, size, lines=lines - 1, bold=bold)
        before, _, last = head.rpartition("\n")
        if not last.endswith("…"):
            last = f"{last} …" if width(f"{last} …", size, bold) <= room else _cut(last, room, size, bold)
        return "\n".join(filter(None, (before, last, end)))
    return _cut(start, room - width(end, size, bold), size, bold) + end


def labels(names: Sequence[str], room: float, size: float, *, lines: int = 2, bold: bool = False) -> list[str]:
    """Names made to fit, each still different from the others.

    Names that differ only in the part to be cut lose their middle instead, so 'Jaminan Sosial … Kesehatan' and
    'Jaminan Sosial … Ketenagakerjaan' stay different. Names that are still equal get a number.
    """
    names = [" ".join(name.split()) for name in names]
    short = [wrapped(name, room, size, lines=lines, bold=bold) for name in names]
    seen = Counter(short)
    short = [
        _both_ends(name, room, size, lines, bold) if seen[label] > 1 and "…" in label else label
        for name, label in zip(names, short, strict=True)
    ]
    seen = Counter(short)
    count: Counter[str] = Counter()
    for index, label in enumerate(short):
        if seen[label] > 1:
            count[label] += 1
            mark = f" ({count[label]})"
            first, *others = label.split("\n")
            if width(first + mark, size, bold) > room:
                first = _cut(first, room - width(mark, size, bold), size, bold)
            short[index] = "\n".join([first + mark, *others])
    return short


def plan_labels(names: Sequence[str], room: float, *, lines: int = 2, size: float = style.SMALL) -> list[str]:
    """Names of plans made to fit; they may be broken after an underscore."""
    return [label.replace("_ ", "_") for label in labels([name.replace("_", "_ ") for name in names], room, size, lines=lines)]


def short(name: str, room: float = 5.2, size: float = style.TITLE) -> str:
    """A name for use in a sentence: the whole name, or its beginning."""
    name = " ".join(name.split())
    return name if width(name, size, True) <= room else _cut(name, room, size, True)


def percent(share: float) -> str:
    """A measured fraction in per cent, with its sign."""
    return words.percent(share).replace(" ", _FIXED)


def minutes(value: float) -> str:
    """A measured duration in minutes, with its unit."""
    return f"{measured(value)}{_FIXED}min"


def target_percent(share: float) -> str:
    """A fraction that somebody chose, in per cent."""
    return f"{given(round(100.0 * share, 9))}{_FIXED}%"


def target_minutes(value: float) -> str:
    """A duration that somebody chose, in minutes."""
    return f"{given(value)}{_FIXED}min"
