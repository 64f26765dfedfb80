"""The journal of a source: what was published of every record, in one SQLite file.

One file a source and topic, locked by one import at a time. It holds ids, clients and
hashes; no amounts, names or texts.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from types import TracebackType
from typing import IO, Final, NamedTuple, Self

from xxhash import xxh3_64_hexdigest

from rapport.domain.text_key import slug
from rapport.importers.errors import ImportFailed, SourceInUse
from rapport.importers.sync.diff import JournalEntry
from rapport.runtime.directory_lock import InUseError, lock_file

VERSION: Final = 1
QUERY_ROWS: Final = 500
_SCHEMA: Final = """
CREATE TABLE facts (
  record TEXT, slot TEXT, client TEXT, day INT, revision INT, content INT, withdrawn INT,
  acknowledged INT, run INT, line INT, part TEXT, newest INT,
  PRIMARY KEY (record, slot)
) WITHOUT ROWID;
CREATE TABLE runs (run INTEGER PRIMARY KEY, part TEXT, newest INT, finished INT DEFAULT 0);
"""
_PUT: Final = "REPLACE INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_KNOWN: Final = "client, day, revision, content, withdrawn, acknowledged"
Slots = dict[str, JournalEntry]


class JournalRecord(NamedTuple):
    """What the journal has of a record: its events, and when it was last met."""

    slots: Slots
    run: int
    line: int


class Put(NamedTuple):
    """One event of a record, as the journal is to have it."""

    record: str
    slot: str
    known: JournalEntry
    line: int
    newest: int


class Journal:
    """An open, locked journal; a context manager. With `keep=False` nothing of it is written."""

    def __init__(self, path: Path, part: str, *, keep: bool = True) -> None:
        self._lock = _locked(path) if keep or path.exists() else None
        self._keep = keep
        self._part = part
        try:
            self._base = _opened(path if keep or path.exists() else Path(":memory:"))
            self._base.execute("BEGIN IMMEDIATE")
            cursor = self._base.execute("INSERT INTO runs (part) VALUES (?)", (part,))
        except sqlite3.DatabaseError as error:
            self._unlock()
            raise ImportFailed(
                f"the journal {path} cannot be used: {error}; it says what was published. "
                "Restore it, or name another with --state"
            ) from error
        self.run = int(cursor.lastrowid or 0)
        self._commit()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._base.rollback()
        self._base.close()
        self._unlock()

    def known(self, records: Sequence[str]) -> dict[str, JournalRecord]:
        """Return what is known of records, by id."""
        found: dict[str, JournalRecord] = {}
        for start in range(0, len(records), QUERY_ROWS):
            some = records[start : start + QUERY_ROWS]
            marks = ",".join("?" * len(some))
            query = f"SELECT record, slot, run, line, {_KNOWN} FROM facts WHERE record IN ({marks})"  # noqa: S608 # only question marks are put in
            for record, slot, run, line, *rest in self._base.execute(query, some):
                seen = found.setdefault(record, JournalRecord({}, run, line))
                seen.slots[slot] = _known(rest)
        return found

    def put(self, facts: Iterable[Put]) -> None:
        """Write what will be published, so that a crash cannot make it unknown."""
        self._base.executemany(
            _PUT,
            (
                (record, slot, *known, self.run, line, self._part, newest)
                for record, slot, known, line, newest in facts
            ),
        )
        self._commit()

    def met(self, records: Iterable[tuple[int, int, str]]) -> None:
        """Note that the file has these records (line, newest day, id), changed or not."""
        self._base.executemany(
            f"UPDATE facts SET run = {self.run}, part = ?, line = ?, newest = ? WHERE record = ?",  # noqa: S608 # a number of ours
            ((self._part, *record) for record in records),
        )

    def acknowledge(self, facts: Iterable[tuple[str, str]]) -> None:
        """Note that Kafka has these events (record, slot)."""
        self._base.executemany(
            "UPDATE facts SET acknowledged = 1 WHERE record = ? AND slot = ?", facts
        )
        self._commit()

    def missing_count(self, from_day: int) -> int:
        """Return how many records this part of the source had since a day, and has no more."""
        query = f"SELECT count(DISTINCT record) FROM facts WHERE {_MISSING}"  # noqa: S608 # a constant
        ((count,),) = self._base.execute(query, (self._part, self.run, from_day))
        return int(count)

    def missing(self, from_day: int) -> list[tuple[str, str, JournalEntry]]:
        """Return some events (record, slot, known) of records that are missing."""
        query = f"SELECT record, slot, {_KNOWN} FROM facts WHERE {_MISSING} LIMIT {QUERY_ROWS}"  # noqa: S608 # constants
        rows = self._base.execute(query, (self._part, self.run, from_day))
        return [(record, slot, _known(rest)) for record, slot, *rest in rows]

    def clients(self) -> int:
        """Return how many clients this run's file names."""
        query = "SELECT count(DISTINCT client) FROM facts WHERE run = ? AND NOT withdrawn"
        ((count,),) = self._base.execute(query, (self.run,))
        return int(count)

    def last_day(self) -> int | None:
        """Return the newest day of the last import of this source that came to its end."""
        query = "SELECT newest FROM runs WHERE finished AND newest IS NOT NULL"
        row = self._base.execute(f"{query} ORDER BY run DESC LIMIT 1").fetchone()
        return None if row is None else int(row[0])

    def finish(self, newest: int | None) -> None:
        """Note that this run came to its end."""
        self._base.execute(
            "UPDATE runs SET finished = 1, newest = ? WHERE run = ?", (newest, self.run)
        )
        self._commit()

    def _unlock(self) -> None:
        if self._lock is not None:
            self._lock.close()

    def _commit(self) -> None:
        if self._keep:
            self._base.commit()
            self._base.execute("BEGIN IMMEDIATE")


_MISSING: Final = "part = ? AND run < ? AND newest >= ? AND (NOT withdrawn OR NOT acknowledged)"


def journal_path(state: Path, topic_identity: str, source: str) -> Path:
    """Return where the journal of a source on a topic is kept."""
    return (
        state
        / slug(topic_identity)
        / f"{slug(source)}-{xxh3_64_hexdigest(source.encode())[:8]}.sqlite"
    )


def _known(values: Sequence[object]) -> JournalEntry:
    client, day, revision, content, withdrawn, acknowledged = values
    return JournalEntry(
        str(client),
        int(str(day)),
        int(str(revision)),
        int(str(content)),
        bool(withdrawn),
        bool(acknowledged),
    )


def _locked(path: Path) -> IO[str]:
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        return lock_file(path.with_suffix(".lock"))
    except InUseError as error:
        raise SourceInUse(
            f"another import of this source is running ({error}); run this one later"
        ) from error
    except OSError as error:
        raise ImportFailed(
            f"cannot keep a journal at {path}: {error.strerror}; name a directory that can be "
            "written with --state"
        ) from error


def _opened(path: Path) -> sqlite3.Connection:
    base = sqlite3.connect(path, isolation_level=None)
    base.execute("PRAGMA journal_mode = WAL")
    base.execute("PRAGMA synchronous = FULL")
    ((version,),) = base.execute("PRAGMA user_version")
    if version == 0:
        with closing(base.cursor()) as cursor:
            cursor.executescript(f"BEGIN;{_SCHEMA}PRAGMA user_version = {VERSION};COMMIT;")
    elif version != VERSION:
        base.close()
        raise sqlite3.DatabaseError(f"version {version} of another Rapport")
    return base
