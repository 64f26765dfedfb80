"""The page of a digest as plain text, for a terminal and for mails."""

import textwrap
from collections.abc import Iterator
from typing import Final

from rapport.digest.page import DigestItem, DigestPage, DigestSection

COLUMNS: Final = 78
"""RFC 5322 asks for lines of at most 78 characters."""


def text_of(page: DigestPage) -> str:
    """Return the page as lines of text."""
    return "\n".join(_lines(page)) + "\n"


def _lines(page: DigestPage) -> Iterator[str]:
    yield from _wrapped(page.title)
    yield ""
    for line in page.summary:
        yield from _wrapped(line)
    for section in page.sections:
        yield ""
        yield from _section(section)
    if page.link:
        yield ""
        yield f"{page.all_clients}: {page.link}"


def _section(section: DigestSection) -> Iterator[str]:
    yield section.title.upper()
    for item in section.items:
        yield from _item(item)
    if section.note:
        yield from _wrapped(section.note)


def _item(item: DigestItem) -> Iterator[str]:
    if item.name:
        yield from _wrapped(f"- {item.name} ({item.note})", "  ")
    for line in item.lines:
        yield from _wrapped(f"  {line}" if item.name else f"- {line}", "  ")


def _wrapped(text: str, indent: str = "") -> list[str]:
    return textwrap.wrap(text, COLUMNS, subsequent_indent=indent, break_on_hyphens=False)
