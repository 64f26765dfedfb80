"""The journal of a source: the published state of every record, in one SQLite file.

Each source and topic has a journal of its own, which one import at a time locks. It has ids,
clients and hashes, but no amounts, names or texts.
"""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, Self

from xxhash import xxh3_64_hexdigest, xxh3_64_intdigest

from rapport.domain.events.text_key import slug
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
_ORIGINS: Final = """
CREATE TABLE IF NOT EXISTS origins (record TEXT PRIMARY KEY, number INT, came INT) WITHOUT ROWID
"""
"""Of records whose id is their content: a hash of their numbers, and the run that had them new.

A journal of an earlier version gets the table, and has no numbers of its older records.
"""
_FILES: Final = """
CREATE TABLE IF NOT EXISTS files (run INTEGER PRIMARY KEY, part TEXT, sheet TEXT, columns TEXT)
"""
"""Of each run: the sheet that was read, and the columns of the mapping that the file had."""
_HELD: Final = """
CREATE TEMP TABLE held (record TEXT, slot TEXT, PRIMARY KEY (record, slot)) WITHOUT ROWID
"""
"""The withdrawals of this run that wait for the end of its file."""
_PUT: Final = "REPLACE INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_ENTRY: Final = "client, day, revision, content, withdrawn, acknowledged"
Slots = dict[str, JournalEntry]


class JournalRecord(NamedTuple):
    """A record in the journal: its events, and the last run and line that contained it."""

    slots: Slots
    run: int
    line: int


class Put(NamedTuple):
    """One journal entry to write, with the line of its row."""

    record: str
    slot: str
    entry: JournalEntry
    line: int
    newest: int


class Origin(NamedTuple):
    """What a record without an id of its own has in common with the one that it corrects."""

    record: str
    number: str
    is_new: bool


class HeldFact(NamedTuple):
    """One event of a record that its row no longer has, and that is not withdrawn yet."""

    record: str
    slot: str
    line: int
    newest: int
    entry: JournalEntry


class Journal:
    """An open, locked journal; a context manager. With `keep=False` nothing is committed."""

    def __init__(self, path: Path, part: str, *, keep: bool = True) -> None:
        self._lock = _locked(path) if keep or path.exists() else None
        self._keep = keep
        self._part = part
        try:
            self._base = _opened(path if keep or path.exists() else Path(":memory:"))
            self._base.execute("BEGIN IMMEDIATE")
            for table in (_ORIGINS, _FILES, _HELD):
                self._base.execute(table)
            cursor = self._base.execute("INSERT INTO runs (part) VALUES (?)", (part,))
        except sqlite3.DatabaseError as error:
            self._unlock()
            raise ImportFailed(
                f"the journal {path} cannot be used: {error}; it has the record of what was "
                "published. Restore it, or name another directory with --state"
            ) from error
        self.run = int(cursor.lastrowid or 0)
        self._commit()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._base.rollback()
        self._base.close()
        self._unlock()

    def columns_before(self) -> list[str]:
        """Return the columns that the last import of this part found.

        Before the first import of a part: those of the last import of each other part.
        """
        query = "SELECT columns FROM files WHERE run IN (SELECT max(run) FROM files GROUP BY part)"
        found = self._base.execute(f"{query} AND part = ?", (self._part,)).fetchall()
        lists = found or self._base.execute(query).fetchall()
        return sorted({name for (names,) in lists for name in json.loads(names)})

    def put_file(self, sheet: str | None, columns: Iterable[str]) -> None:
        """Remember the sheet that this run reads, and the columns that it found."""
        names = json.dumps(sorted(set(columns)))
        self._base.execute(
            "REPLACE INTO files VALUES (?, ?, ?, ?)", (self.run, self._part, sheet, names)
        )

    def sheets_of_missing(self, from_day: int) -> set[str]:
        """Return the sheets from which the missing records were read last."""
        runs = f"SELECT run FROM facts WHERE {_MISSING}"  # noqa: S608 # a constant
        query = f"SELECT DISTINCT sheet FROM files WHERE sheet NOT NULL AND run IN ({runs})"  # noqa: S608 # constants
        return {sheet for (sheet,) in self._base.execute(query, (self._part, self.run, from_day))}

    def hold(self, facts: Iterable[tuple[str, str]]) -> None:
        """Keep the withdrawals of facts (record, slot) until the end of the file."""
        self._base.executemany("INSERT OR IGNORE INTO held VALUES (?, ?)", facts)

    def held_count(self) -> int:
        """Return the number of withdrawals that wait."""
        ((count,),) = self._base.execute("SELECT count(*) FROM held")
        return int(count)

    def release_held(self) -> list[HeldFact]:
        """Return at most 500 facts whose withdrawals wait; they wait no longer."""
        columns = f"record, slot, line, newest, {_ENTRY}"
        query = f"SELECT {columns} FROM held JOIN facts USING (record, slot) LIMIT {QUERY_ROWS}"  # noqa: S608 # constants
        facts = [
            HeldFact(record, slot, line, newest, _entry(columns))
            for record, slot, line, newest, *columns in self._base.execute(query)
        ]
        self._base.executemany(
            "DELETE FROM held WHERE record = ? AND slot = ?", [fact[:2] for fact in facts]
        )
        return facts

    def records(self, ids: Sequence[str]) -> dict[str, JournalRecord]:
        """Return the records that are in the journal, by id.

        An event whose withdrawal waits is withdrawn there: its row was read before.
        """
        records: dict[str, JournalRecord] = {}
        for start in range(0, len(ids), QUERY_ROWS):
            chunk = ids[start : start + QUERY_ROWS]
            marks = ",".join("?" * len(chunk))
            query = f"SELECT record, slot, run, line, {_ENTRY} FROM facts WHERE record IN ({marks})"  # noqa: S608 # only question marks are put in
            for record_id, slot, run, line, *columns in self._base.execute(query, chunk):
                record = records.setdefault(record_id, JournalRecord({}, run, line))
                record.slots[slot] = _entry(columns)
            held = self._base.execute(
                f"SELECT record, slot FROM held WHERE record IN ({marks})",  # noqa: S608 # as above
                chunk,
            )
            for record_id, slot in held:
                slots = records[record_id].slots
                slots[slot] = slots[slot]._replace(withdrawn=True, acknowledged=True)
        return records

    def put(self, facts: Iterable[Put]) -> None:
        """Write entries before their events are sent (write-ahead log)."""
        self._base.executemany(
            _PUT,
            (
                (record, slot, *entry, self.run, line, self._part, newest)
                for record, slot, entry, line, newest in facts
            ),
        )
        self._commit()

    def mark_present(self, records: Iterable[tuple[int, int, str]]) -> None:
        """Mark records (line, newest day, id) as present in the file, changed or not."""
        self._base.executemany(
            f"UPDATE facts SET run = {self.run}, part = ?, line = ?, newest = ? WHERE record = ?",  # noqa: S608 # a number of ours
            ((self._part, *record) for record in records),
        )

    def acknowledge(self, facts: Iterable[tuple[str, str]]) -> None:
        """Mark events (record, slot) as acknowledged by Kafka."""
        self._base.executemany(
            "UPDATE facts SET acknowledged = 1 WHERE record = ? AND slot = ?", facts
        )
        self._commit()

    def put_origins(self, origins: Iterable[Origin]) -> None:
        """Write what a row that takes the place of another has in common with it."""
        self._base.executemany(
            "REPLACE INTO origins VALUES (?, ?, ?)",
            (
                (record, _hash(number), self.run if is_new else 0)
                for record, number, is_new in origins
            ),
        )

    def find_replaced(self, from_day: int) -> int:
        """Keep the missing records that new ones replace for `missing`; return their number.

        A new record replaces a missing one of the same client, day and numbers. If more are
        missing than are new, none of them is replaced.
        """
        values = {"part": self._part, "run": self.run, "day": from_day, "none": _hash("")}
        self._base.execute(_REPLACED, values)
        ((count,),) = self._base.execute("SELECT count(*) FROM replaced")
        return int(count)

    def missing_count(self, from_day: int) -> int:
        """Return the number of records since a day that this part of the source no longer has."""
        query = f"SELECT count(DISTINCT record) FROM facts WHERE {_MISSING}"  # noqa: S608 # a constant
        ((count,),) = self._base.execute(query, (self._part, self.run, from_day))
        return int(count)

    def missing(
        self, from_day: int, *, only_replaced: bool = False
    ) -> list[tuple[str, str, JournalEntry]]:
        """Return at most 500 events (record, slot, entry) of missing records."""
        which = f"{_MISSING} AND record IN replaced" if only_replaced else _MISSING
        query = f"SELECT record, slot, {_ENTRY} FROM facts WHERE {which} LIMIT {QUERY_ROWS}"  # noqa: S608 # constants
        rows = self._base.execute(query, (self._part, self.run, from_day))
        return [(record, slot, _entry(columns)) for record, slot, *columns in rows]

    def clients(self) -> int:
        """Return the number of clients in this run's file."""
        query = "SELECT count(DISTINCT client) FROM facts WHERE run = ? AND NOT withdrawn"
        ((count,),) = self._base.execute(query, (self.run,))
        return int(count)

    def last_day(self) -> int | None:
        """Return the newest day of the last finished import of this source."""
        query = "SELECT newest FROM runs WHERE finished AND newest IS NOT NULL"
        row = self._base.execute(f"{query} ORDER BY run DESC LIMIT 1").fetchone()
        return None if row is None else int(row[0])

    def finish(self, newest: int | None) -> None:
        """Mark this run as finished."""
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

_REPLACED: Final = """
CREATE TEMP TABLE replaced AS
WITH new AS (
  SELECT client, facts.day AS day, number, count(DISTINCT facts.record) AS records
  FROM facts JOIN origins USING (record)
  WHERE run = :run AND came = :run AND NOT withdrawn GROUP BY 1, 2, 3
), gone AS (
  SELECT record, client, facts.day AS day, coalesce(number, :none) AS number,
  count(*) OVER (PARTITION BY client, facts.day, coalesce(number, :none)) AS records
  FROM facts LEFT JOIN origins USING (record)
  WHERE part = :part AND run < :run AND newest >= :day AND (NOT withdrawn OR NOT acknowledged)
)
SELECT DISTINCT gone.record FROM gone JOIN new USING (client, day, number)
WHERE gone.records <= new.records
"""


def journal_path(state: Path, topic_identity: str, source: str) -> Path:
    """Return the path of the journal of a source on a topic."""
    name = f"{slug(source)}-{xxh3_64_hexdigest(source.encode())[:8]}.sqlite"
    return state / slug(topic_identity) / name


def _hash(text: str) -> int:
    return xxh3_64_intdigest(text.encode()) - 2**63


def _entry(columns: Sequence[Any]) -> JournalEntry:
    client, day, revision, content, withdrawn, acknowledged = columns
    return JournalEntry(client, day, revision, content, bool(withdrawn), bool(acknowledged))


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
            f"cannot write a journal at {path}: {error.strerror}; name a writable directory with "
            "--state"
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
        raise sqlite3.DatabaseError(f"version {version} of another version of Rapport")
    return base
