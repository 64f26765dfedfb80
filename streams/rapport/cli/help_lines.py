"""Layout of help texts: each example and each exit code has a line of its own."""

import re
from typing import Any, Final

KEEP_LINES: Final = "\b"
"""Click wraps no paragraph that starts with it."""


def with_lines(command: Any) -> Any:
    """Put each example and each exit code of a command's help on a line of its own."""
    for text in ("help", "epilog"):
        setattr(command, text, lines(getattr(command, text) or ""))
    for inner in getattr(command, "commands", {}).values():
        with_lines(inner)
    return command


def lines(text: str) -> str:
    """Return a help text with each example and each exit code on a line of its own."""
    return "\n\n".join(map(_paragraph, text.split("\n\n")))


def _paragraph(text: str) -> str:
    head, _, rest = text.strip().partition(":")
    if head not in {"Example", "Examples", "Exit codes"}:
        return text
    return "\n  ".join((f"{KEEP_LINES}\n{head}:", *re.split(r"\s+·\s+", " ".join(rest.split()))))
