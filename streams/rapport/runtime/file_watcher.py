"""Tells when files change, and keeps the newest good content of files that are read again."""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

from rapport_schemas.wire.errors import RapportError

log = logging.getLogger(__name__)
Content = TypeVar("Content")


class FileWatcher:
    """Compares files with how they were at the last call: time, size, inode and mode.

    A tool may write a file in place, or give a new file its name; a file may also be away.
    """

    def __init__(self, *files: Path) -> None:
        self._files = files
        self._seen = {file: _stamp(file) for file in files}

    def changed(self) -> bool:
        """Return whether a file changed since the last call.

        Call this before the files are read: a change in the meantime is then seen at the next call.
        """
        before, self._seen = self._seen, {file: _stamp(file) for file in self._seen}
        return before != self._seen

    def watch(self, files: Iterable[Path]) -> None:
        """Watch other files beside the first ones."""
        wanted = (*self._files, *files)
        self._seen = {file: self._seen.get(file) or _stamp(file) for file in wanted}


class ReloadedFile(Generic[Content]):
    """The newest good content of files; `load` raises `RapportError` when they are not good.

    `named_in` returns the further files that a content is made of.
    """

    def __init__(
        self,
        what: str,
        load: Callable[[], Content],
        *files: Path,
        named_in: Callable[[Content], tuple[Path, ...]] = lambda _: (),
    ) -> None:
        self._what, self._load, self._named_in = what, load, named_in
        self._watcher = FileWatcher(*files)
        self.content = load()
        self._watcher.watch(named_in(self.content))

    def refresh(self) -> bool:
        """Read the files again if they changed; return whether there is new content.

        When they are not good the content stays, and a warning is logged.
        """
        if not self._watcher.changed():
            return False
        try:
            self.content = self._load()
        except RapportError as error:
            log.warning("%s stays as it was: %s", self._what, error)
            return False
        log.info("%s was read again", self._what)
        self._watcher.watch(self._named_in(self.content))
        return True


def _stamp(file: Path) -> tuple[int, ...] | str:
    try:
        found = file.stat()
    except OSError as error:
        return type(error).__name__
    return found.st_mtime_ns, found.st_size, found.st_ino, found.st_mode
