"""Columns that earlier imports of a source had and a file lacks: a doubt about the whole file."""

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from rapport.importers.errors import RefusedFile
from rapport.importers.mapping.columns import SHOWN_TEXT, plain

_NUMBER: Final = re.compile(r"#\d+$")


class ColumnsGone(RefusedFile):
    """The file lacks columns of earlier imports."""

    def __init__(self, path: Path, gone: Sequence[str]) -> None:
        self.columns = tuple(gone)
        names = ", ".join(map(repr, gone))
        super().__init__(
            f"{path} lacks columns that earlier imports of this source had: {names}. Without them "
            "events would be withdrawn or moved to another client, so nothing was published; "
            "export the file with these columns, or say with --fewer-columns that it is right "
            "without them"
        )


def columns_gone(before: Iterable[str], header: Iterable[str]) -> list[str]:
    """Return the columns of earlier imports that a header no longer has.

    >>> columns_gone(["Opened at", "Resolved", "Note"], ["opened_at", "Note#1", "Note#2"])
    ['Resolved']
    """
    names = {_key(name) for name in header}
    return [name for name in before if _key(name) not in names]


def _key(name: str) -> str:
    """Return a name without what its place in the header, or a form of JSON, adds to it."""
    return plain(_NUMBER.sub("", name).removesuffix(SHOWN_TEXT))
