"""The token file on disk: private to its owner, read again when it changes."""

import logging
import stat
from pathlib import Path
from typing import Final

from rapport.streams.shell.intake.tokens import Tokens, TokensError, parse_tokens

log = logging.getLogger(__name__)
FILE_BYTES_MAX: Final = 1_048_576
_Signature = tuple[int, int, int, int]


class TokenFile:
    """Knows the newest good tokens of a file; raises `TokensError` when the first are not good."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._seen = _signature(path)
        self.tokens = load_tokens(path)

    def refresh(self) -> None:
        """Read the file again if it changed; a bad one keeps the old tokens, and says so."""
        signature = _signature(self._path)
        if signature == self._seen:
            return
        self._seen = signature
        try:
            self.tokens = load_tokens(self._path)
        except TokensError as error:
            log.warning("the tokens stay as they were: %s", error)
        else:
            log.info("%d tokens read from %s", len(self.tokens.known), self._path)


def load_tokens(path: Path) -> Tokens:
    """Return the tokens of a file that its owner alone can read."""
    try:
        found = path.stat()
        if found.st_size > FILE_BYTES_MAX:
            raise TokensError(f"{path} has {found.st_size} bytes; at most {FILE_BYTES_MAX}")
        if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            mode = stat.S_IMODE(found.st_mode)
            raise TokensError(
                f"{path} has mode {mode:04o}, so others may read or change it; chmod 600 {path}"
            )
        return parse_tokens(path.read_text(encoding="utf-8"), str(path))
    except (OSError, UnicodeDecodeError) as error:
        raise TokensError(f"the token file {path} cannot be read: {error}") from error


def _signature(path: Path) -> _Signature | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_ino, found.st_size, found.st_mode
