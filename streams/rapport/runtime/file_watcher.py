"""File watching: detects changed files, and reloads their content while it is valid."""

import logging
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Generic, TypeVar

from rapport_schemas.wire.errors import RapportError

log = logging.getLogger(__name__)
Content = TypeVar("Content")


class FileWatcher:
    """Detects changes of files by modification time, size, inode and mode.

    This also notices a file that is replaced by rename, deleted, or created.
    """

    def __init__(self, *files: Path) -> None:
        self._files = files
        self._seen = {file: _stamp(file) for file in files}

    def changed(self) -> bool:
        """Return whether a file changed since the last call.

        Call it before reading the files: the next call then notices a change in the meantime.
        """
        before, self._seen = self._seen, {file: _stamp(file) for file in self._seen}
        return before != self._seen

    def watch(self, files: Iterable[Path]) -> None:
        """Watch these files besides those of the constructor."""
        self._seen = {file: self._seen.get(file) or _stamp(file) for file in (*self._files, *files)}


class ReloadedFile(Generic[Content]):
    """The last valid content of files; `load` raises `RapportError` when they are not valid.

    `named_in` returns the further files that the content refers to.
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

        When they are not valid the content stays, and a warning is logged.
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
        stat = file.stat()
    except OSError as error:
        return type(error).__name__
    return stat.st_mtime_ns, stat.st_size, stat.st_ino, stat.st_mode
