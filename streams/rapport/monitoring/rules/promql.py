"""Changes to PromQL expressions: more matchers, more labels to aggregate by, a longer memory.

The expressions of alerts name Rapport's series without saying which installation they are of. What
an installation needs is added when the files are rendered.
"""

import re
from collections.abc import Callable, Iterable
from typing import Final

_SELECTOR: Final = re.compile(
    r'"[^"]*"|\b(up|process_\w+|rapport[_:][\w:]+)\b(\{(?:[^}"]|"(?:[^"\\]|\\.)*")*\})?(\[\w+\])?'
)
"""A quoted text, which stays as it is, or a series of Rapport with its matchers and its range."""
_SPECIAL: Final = re.compile(r"(?![\w .,:;/@+=<>~&?*|-])[\x00-\x7f]")
"""A character that means something in PromQL, in a template, or in Grafana's files."""
_GROUPING: Final = re.compile(r"\b(by|on) \(([^)]*)\)")


def quoted(text: str) -> str:
    r"""Return the value of a label as PromQL writes it.

    >>> quoted("rapport prod"), quoted('50% "north"')
    ('"rapport prod"', '"50\\x25 \\x22north\\x22"')
    """
    return f'"{_SPECIAL.sub(_escaped, text)}"'


def _escaped(character: re.Match[str]) -> str:
    return r"\\" if character[0] == "\\" else f"\\x{ord(character[0]):02x}"


def with_matchers(expr: str, matchers: Callable[[str], Iterable[str]]) -> str:
    """Return an expression with the matchers that each of its series is to have as well.

    >>> with_matchers('max(rapport_x{a="b"}) / rapport_y', lambda series: ['job="rapport"'])
    'max(rapport_x{a="b",job="rapport"}) / rapport_y{job="rapport"}'
    >>> with_matchers('rapport_x{a="}"}', lambda series: ['b="c"'])
    'rapport_x{a="}",b="c"}'
    """

    def added(match: re.Match[str]) -> str:
        series, own, window = match.groups(default="")
        if not series:
            return match[0]
        every = ",".join(filter(None, (own[1:-1], *matchers(series))))
        return f"{series}{{{every}}}{window}" if every else f"{series}{window}"

    return _SELECTOR.sub(added, expr)


def with_labels(expr: str, labels: Iterable[str]) -> str:
    """Return an expression that keeps labels in every aggregation and every match.

    >>> with_labels("sum by (client) (rapport_x) unless on () rapport_y", ["job"])
    'sum by (job, client) (rapport_x) unless on (job) rapport_y'
    """

    def added(match: re.Match[str]) -> str:
        every = ", ".join(filter(None, (*labels, match[2])))
        return f"{match[1]} ({every})"

    return _GROUPING.sub(added, expr)


def over_time(expr: str, window: str) -> str:
    """Return an expression that reads the last sample of each series within a window.

    >>> over_time('100 * rapport_x{a="b"}', "3d")
    '100 * last_over_time(rapport_x{a="b"}[3d])'
    """

    def extended(match: re.Match[str]) -> str:
        series, own, _ = match.groups(default="")
        return f"last_over_time({series}{own}[{window}])" if series else match[0]

    return _SELECTOR.sub(extended, expr)
