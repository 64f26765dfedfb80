"""Errors of an import: of the whole import, or of one row."""

from collections.abc import Sequence

from rapport_schemas.wire.errors import RapportError


class ImportFailed(RapportError):  # noqa: N818 # an outcome, like `SourceInUse`
    """The import failed as a whole; the message says what to change."""


class RefusedFile(ImportFailed):
    """The file as a whole is in doubt; nothing is published and nothing is withdrawn."""


class SourceInUse(ImportFailed):
    """Another import of the same source is running."""


class UnknownMapping(ImportFailed):
    """There is no preset and no file of that name."""


class RowError(RapportError):  # a value as much as an error: it goes to the rejected rows
    """One row is rejected: `path` is the field or column, `reason` is why."""

    def __init__(self, path: str, reason: str, cells: Sequence[str] = ()) -> None:
        self.path, self.reason = path, reason
        self.cells = cells
        """The cells of a row that has too few; empty for every other reason."""
        super().__init__(f"{path}: {reason}")


def excerpt(text: str, characters_max: int = 40) -> str:
    """Return a cell quoted and truncated for a message.

    >>> excerpt("x" * 50, 5)
    "'xxxxx…'"
    """
    return repr(text if len(text) <= characters_max else text[:characters_max] + "…")
