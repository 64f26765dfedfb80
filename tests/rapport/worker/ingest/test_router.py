"""What becomes of each entry of a group: of mixed groups too, and exactly at each bound."""

from collections import Counter

import pytest

from rapport.domain.calendar import DAY_SECONDS
from rapport.domain.clients.registry import Client, Directory
from rapport.domain.desk.entries import DeskEntry
from rapport.domain.desk.stored import decode_entry
from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.page import CountChange, Outcome, Posting
from rapport.kafka.record_batch import Record
from rapport.worker.ingest.decoding import Decoded, DeskRecord, EntryGroup
from rapport.worker.ingest.router import Router, RoutingResult
from rapport.worker.storage.desk_store import DeskStore
from rapport.worker.storage.pages import PageStore
from rapport_schemas.wire.rejection import Rejected

TODAY, HORIZON_DAYS, KEEP_DAYS = 20_000, 400, 100
NOW = TODAY * DAY_SECONDS + 43_200
OLDEST = TODAY - HORIZON_DAYS
FACT = encode_fact(("ticket.reopened",))
HOME, AWAY = 0, 3


class NothingStored:
    """A table that holds no page yet."""

    def get(self, _partition, _key):
        return None


class Folding:
    """A router over pages in memory; "law" is another partition's."""

    def __init__(self):
        self.directory = Directory()
        for name in ("finance", "law"):
            self.directory.register(Client(name, name.title(), "team-a", ()))
        self.pages = PageStore(NothingStored())
        self.desk = DeskStore(NothingStored())
        self.router = Router(
            self.pages,
            self.desk,
            self.directory,
            lambda name: AWAY if name == "law" else HOME,
            HORIZON_DAYS,
            KEEP_DAYS,
        )
        self.batch = RoutingResult()

    def take(self, *groups, rejected=(), records=(), desk=(), now=NOW):
        decoded = Decoded(list(groups), list(rejected), 0, dict(records), tuple(desk))
        self.router.route(decoded, HOME, self.batch, now)
        return self.batch

    def reasons(self):
        return {offset: rejected.reason for offset, rejected in self.batch.dead.items()}

    def read_days(self):
        return sorted(entry[1] for change in self.batch.changes["finance"] for entry in change[0])


@pytest.fixture
def routing():
    return Folding()


def group(*rows, client="finance", page_day=TODAY, entity=0):
    """Return a group of (day, seconds) rows; their offsets count from 100."""
    made = EntryGroup(client, page_day, has_moved_entries=any(day != page_day for day, _ in rows))
    for at, (day, seconds) in enumerate(rows):
        made.entities.append(entity + at)
        made.entries.append((0, day, FACT))
        made.offsets.append(100 + at)
        made.seconds.append(int(seconds))
    return made


def test_what_is_timely_changes_its_client_and_tells_the_newest_time(routing):
    batch = routing.take(group((TODAY, NOW - 60), (TODAY, NOW - 30), (TODAY, NOW - 90)))
    assert batch.changes == {"finance": [CountChange([(0, TODAY, FACT)] * 3, 1)]}
    assert batch.counts == Counter({Outcome.APPLIED: 3})
    assert batch.newest_event_seconds == NOW - 30
    assert (batch.dead, batch.forward, batch.unknown_clients) == ({}, {}, [])
    routing.take(group((TODAY, NOW - 600), entity=50))
    assert batch.newest_event_seconds == NOW - 30


def test_of_a_mixed_group_only_what_is_untimely_is_refused(routing):
    routing.take(
        group(
            (TODAY, NOW - 60),
            (TODAY, NOW + 301),
            (OLDEST - 1, NOW - 60),
            (OLDEST, NOW - 60),
            (TODAY + 1, NOW - 60),
            (TODAY, NOW + 300),
        )
    )
    assert routing.reasons() == {
        101: "from-the-future",
        102: "too-old",
        104: "from-the-future",
    }
    assert routing.read_days() == [OLDEST, TODAY, TODAY]
    assert routing.batch.counts == Counter({Outcome.APPLIED: 3})
    assert routing.batch.newest_event_seconds == NOW + 300


@pytest.mark.parametrize(
    ("page_day", "seconds", "reason"),
    [
        (OLDEST, NOW, None),
        (OLDEST - 1, NOW, "too-old"),
        (TODAY, NOW + 300, None),
        (TODAY, NOW + 301, "from-the-future"),
        (TODAY + 1, NOW, "from-the-future"),
    ],
    ids=["the oldest day", "a day before", "five minutes ahead", "a second more", "tomorrow"],
)
def test_a_group_exactly_at_a_bound_is_read_and_one_beyond_is_refused(
    routing, page_day, seconds, reason
):
    routing.take(group((page_day, seconds), page_day=page_day))
    assert routing.reasons() == ({} if reason is None else {100: reason})
    assert bool(routing.batch.changes) == (reason is None)


def test_shortly_before_midnight_the_next_day_is_no_future(routing):
    midnight = (TODAY + 1) * DAY_SECONDS
    routing.take(group((TODAY + 1, midnight), page_day=TODAY + 1), now=midnight - 300)
    assert routing.reasons() == {}
    routing.take(group((TODAY + 1, midnight), page_day=TODAY + 1), now=midnight - 301)
    assert routing.reasons() == {100: "from-the-future"}


def test_a_page_that_is_removed_is_not_made_again_when_the_clock_goes_back(routing):
    routing.pages.first_day = TODAY - 10
    routing.take(group((TODAY - 11, NOW), page_day=TODAY - 11))
    assert routing.reasons() == {100: "too-old"}
    assert routing.batch.dead[100].detail == "older than the horizon of 400 days"
    # What counts later but is kept on such a page is refused too.
    routing.take(group((TODAY, NOW), page_day=TODAY - 11, entity=9))
    assert routing.batch.changes == {}


def test_of_a_group_whose_page_is_too_old_nothing_is_kept(routing):
    routing.take(group((TODAY, NOW), (TODAY - 1, NOW), page_day=OLDEST - 1))
    assert routing.reasons() == {100: "too-old", 101: "too-old"}
    assert routing.batch.changes == {}
    assert routing.batch.newest_event_seconds == 0


def test_another_partition_s_client_is_sent_there_with_every_offset(routing):
    routing.take(group((TODAY, NOW), (TODAY, NOW), client="LAW"))
    assert routing.batch.forward == {100: ("law", AWAY), 101: ("law", AWAY)}
    assert (routing.batch.changes, routing.batch.dead) == ({}, {})


def test_the_row_that_is_in_conflict_is_the_one_that_is_refused(routing):
    routing.take(group((TODAY, NOW), (TODAY, NOW)))
    again = group((TODAY, NOW), (TODAY, NOW), (TODAY, NOW))
    again.entries[1] = (0, TODAY, encode_fact(("nothing",)))
    routing.take(again)
    assert routing.reasons() == {101: "conflict"}
    assert routing.batch.counts == Counter(
        {Outcome.APPLIED: 3, Outcome.DUPLICATE: 1, Outcome.CONFLICT: 1}
    )


def test_what_decoding_refused_stays_refused(routing):
    refused = Rejected("invalid", "data.score", "too high")
    record = Record(7, b"k", b"v", ())
    routing.take(group((TODAY, NOW)), rejected=[(7, refused)], records={7: record})
    assert routing.batch.dead == {7: refused}
    assert routing.batch.rejected_records == {7: record}


def test_who_is_unknown_waits_until_the_registry_is_read_to_its_end(routing):
    routing.take(
        group((TODAY, NOW), client="hr"),
        group((TODAY, NOW), (TODAY, NOW), client="nobody", entity=9),
    )
    assert [one.client for one in routing.batch.unknown_clients] == ["hr", "nobody"]
    assert (routing.batch.dead, routing.batch.changes) == ({}, {})
    routing.directory.register(Client("hr", "HR", "team-a", ()))
    routing.router.route_unknown(routing.batch, HOME, NOW)
    assert list(routing.batch.changes) == ["hr"]
    assert routing.reasons() == {100: "unknown-client", 101: "unknown-client"}
    assert routing.batch.dead[100].detail == "no client has the name or alias 'nobody'"
    assert routing.batch.unknown_clients == []


def recorded(*, day=TODAY, seconds=NOW, posted_day=None, revision=0, client="Finance", at=100):
    """Return an event of the desk; with a day also of the ledger."""
    entry = DeskEntry(client, 7, revision, "profile", day, b"{}")
    page_day = day if posted_day is None else posted_day
    post = None if posted_day is None else Posting(7, revision, posted_day, FACT)
    return DeskRecord(entry, page_day, post, at, int(seconds))


def kept(routing):
    """Return the entries that wait to be written, by partition."""
    return {
        partition: [
            decode_entry(*key.decode().split("|")[:1], 7, value) for key, value in some.items()
        ]
        for partition, some in routing.desk.take_joined().items()
    }


@pytest.mark.parametrize("posted_day", [None, TODAY], ids=["desk", "desk and ledger"])
def test_an_event_of_the_desk_counts_once_and_is_kept_under_its_client_s_id(routing, posted_day):
    record = recorded(posted_day=posted_day)
    batch = routing.take(desk=[record])
    assert kept(routing) == {HOME: [record.entry._replace(client="finance")]}
    assert batch.counts == Counter({Outcome.APPLIED: 1})
    assert bool(batch.changes) == (posted_day is not None)
    assert (batch.dead, batch.newest_event_seconds) == ({}, NOW)
    routing.take(desk=[record])
    assert batch.counts == Counter({Outcome.APPLIED: 1, Outcome.DUPLICATE: 1})
    older = record._replace(entry=record.entry._replace(revision=-1), post=None)
    routing.take(desk=[older])
    assert batch.counts[Outcome.SUPERSEDED] == 1


def test_a_text_that_differs_under_one_id_is_a_conflict_though_the_ledger_has_the_same_fact(
    routing,
):
    record = recorded(posted_day=TODAY)
    other = record._replace(entry=record.entry._replace(content=b"{1}"), offset=101)
    routing.take(desk=[record, other])
    assert routing.reasons() == {101: "conflict"}
    assert routing.batch.counts == Counter({Outcome.APPLIED: 1, Outcome.CONFLICT: 1})


@pytest.mark.parametrize(
    ("record", "reason", "is_kept", "is_posted"),
    [
        (recorded(day=TODAY - KEEP_DAYS), None, True, False),
        (recorded(day=TODAY - KEEP_DAYS - 1), "too-old", False, False),
        (recorded(day=TODAY - KEEP_DAYS - 1, posted_day=OLDEST), None, False, True),
        (recorded(day=TODAY - KEEP_DAYS - 1, posted_day=OLDEST - 1), "too-old", False, False),
        (recorded(posted_day=OLDEST - 1), None, True, False),
        (recorded(seconds=NOW + 300), None, True, False),
        (recorded(seconds=NOW + 301, posted_day=TODAY), "from-the-future", False, False),
        (recorded(day=TODAY + 1, posted_day=TODAY), "from-the-future", False, False),
    ],
    ids=[
        "oldest day of the desk",
        "a day before",
        "too old for the desk",
        "too old for both",
        "too old for the ledger, as what it takes back may be",
        "five minutes ahead",
        "a second more",
        "tomorrow",
    ],
)
def test_each_of_desk_and_ledger_takes_what_is_not_too_old_for_it(
    routing, record, reason, is_kept, is_posted
):
    routing.take(desk=[record])
    assert routing.reasons() == ({} if reason is None else {100: reason})
    assert bool(kept(routing)) == is_kept
    assert any(routing.batch.changes.values()) == is_posted


def test_an_entry_that_was_removed_is_not_made_again_when_the_clock_goes_back(routing):
    routing.desk.first_day = TODAY - 10
    routing.take(desk=[recorded(day=TODAY - 11)])
    assert routing.reasons() == {100: "too-old"}
    assert routing.batch.dead[100].detail == "older than the 100 days of desk.keep_days"


def test_events_of_the_desk_go_to_their_partition_and_wait_for_their_client_as_others_do(routing):
    routing.take(desk=[recorded(client="LAW"), recorded(client="hr", at=101)])
    assert routing.batch.forward == {100: ("law", AWAY)}
    assert kept(routing) == {}
    routing.router.route_unknown(routing.batch, HOME, NOW)
    assert routing.reasons() == {101: "unknown-client"}
