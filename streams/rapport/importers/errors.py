"""What goes wrong while importing: with the whole import, or with one row of it."""

from rapport_schemas.wire.errors import RapportError


class ImportFailed(RapportError):  # noqa: N818 # reads as the event that it is
    """The import as a whole cannot be done; the message says what to change."""


class SourceInUse(ImportFailed):
    """Another import of the same source is running."""


class RowError(RapportError):  # a value as much as an error: it goes to the rejected rows
    """One row is not taken: `path` names the field or column, `reason` what is wrong with it."""

    def __init__(self, path: str, reason: str) -> None:
        self.path, self.reason = path, reason
        super().__init__(f"{path}: {reason}")


def excerpt(text: str, characters_max: int = 40) -> str:
    """Return a cell as a message quotes it.

    >>> excerpt("x" * 50, 5)
    "'xxxxx…'"
    """
    return repr(text if len(text) <= characters_max else text[:characters_max] + "…")
