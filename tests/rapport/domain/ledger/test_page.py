"""The ledger against an oracle that is slow and obvious."""

from array import array
from collections import Counter

import msgspec
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from rapport.domain.ledger.fact_codec import cached_fact, encode_fact
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.ledger.page import (
    RETRACTED,
    Outcome,
    Page,
    PageVersionError,
    Posting,
    decode,
    encode,
    iter_facts,
)
from rapport.domain.ledger.rollup import count_page
from rapport.worker.storage import pages
from rapport.worker.storage.pages import SPLIT_MARK, PageStore
from rapport.worker.storage.rollup_cache import page_groups

DAY = 20_000
REOPENED = encode_fact(("ticket.reopened",))
FACTS = st.sampled_from(
    [
        REOPENED,
        encode_fact(("ticket.closed", "P3", True, "person", 3)),
        encode_fact(("buy", "outside", "software", "acme", "GBP", 1250)),
        encode_fact(("buy", "outside", "software", "acme", "GBP", 90)),
        encode_fact(("survey.answered", "client", (("trust", 4, 1, 5),), 2)),
        RETRACTED,
    ]
)


class Stores:
    """The stores of the partitions, as one dictionary: the tests use one partition."""

    def __init__(self):
        self.values = {}

    def get(self, _partition, key):
        return self.values.get(key)

    def keep(self, store):
        for values in store.encode_pages(store.take_touched()).values():
            self.values.update(values)


def join(store, postings):
    """Join postings as the router does; return the outcomes and the changes."""
    changes, counts = [], Counter()
    entities = [posting.entity for posting in postings]
    entries = [posting[1:] for posting in postings]
    store.join((0, "finance", DAY), (entities, entries), changes, counts)
    return counts, changes


def count(client, changes):
    for entries, times in changes:
        for _, day, fact in entries:
            client.add(day, cached_fact(fact), times)


def counted(table):
    """Rollup of stored pages, as recovery makes it."""
    clients = {}
    for client, values in page_groups(sorted(table.items()), table.get):
        for value in values:
            count_page(value, clients.setdefault(client, {}))
    return clients


def restored(table):
    """Rollup of the stored pages of one client."""
    (amounts,) = counted(table).values() or ({},)
    return ClientMeasures.restored(amounts).amounts


POSTINGS = st.lists(
    st.builds(
        Posting,
        st.integers(0, 30) | st.integers(0, 2**64 - 1),
        st.integers(0, 3),
        st.integers(DAY - 2, DAY + 2),
        FACTS,
    ),
    max_size=60,
)


def oracle(postings):
    """Per entity, the greatest of all its entries."""
    versions = {}
    for entity, revision, day, fact in postings:
        versions.setdefault(entity, []).append((revision, day, fact))
    return {entity: max(entries) for entity, entries in versions.items()}


def measures_of(entries):
    client = ClientMeasures()
    for _, day, fact in entries.values():
        client.add(day, cached_fact(fact), 1)
    return client.amounts


def applied(postings, split_entries=2048, batch=7):
    stores = Stores()
    store, client = PageStore(stores, split_entries), ClientMeasures()
    for start in range(0, len(postings), batch):
        _, changes = join(store, postings[start : start + batch])
        stores.keep(store)
        count(client, changes)
    return stores.values, client.amounts


@given(POSTINGS, st.randoms(), st.lists(st.integers(0, 59), max_size=20))
def test_shuffled_and_duplicated_postings_give_byte_identical_pages(postings, random, again):
    shuffled = postings + [postings[i] for i in again if i < len(postings)]
    random.shuffle(shuffled)
    assert applied(postings)[0] == applied(shuffled)[0]


@given(POSTINGS)
def test_the_page_equals_the_oracle(postings):
    table, amounts = applied(postings)
    expected = oracle(postings)
    assert amounts == measures_of(expected)
    if postings:
        (value,) = table.values()
        assert decode(value).entries == expected


@given(POSTINGS, st.randoms())
@settings(max_examples=60, deadline=None)
def test_a_busy_day_splits_the_same_way_in_any_order(postings, random):
    shuffled = list(postings)
    random.shuffle(shuffled)
    table, amounts = applied(postings, split_entries=4)
    assert table == applied(shuffled, split_entries=4, batch=3)[0]
    assert amounts == measures_of(oracle(postings))
    assert all(key.startswith(b"finance|") for key in table)
    assert restored(table) == amounts


@given(POSTINGS)
def test_a_page_survives_encoding(postings):
    page = Page()
    for posting in postings:
        page.join(posting.entity, posting[1:], [])
    assert decode(encode(page, DAY)).entries == page.entries


@given(POSTINGS, st.integers(2, 6))
@settings(max_examples=60)
def test_an_evicted_page_is_read_back_unchanged(postings, batch):
    stores = Stores()
    store = PageStore(stores, split_entries=4)
    for start in range(0, len(postings), batch):
        join(store, postings[start : start + batch])
        stores.keep(store)
        store.forget()
    assert stores.values == applied(postings, split_entries=4)[0]


@given(POSTINGS)
@settings(max_examples=60)
def test_changes_during_a_write_are_written_by_the_next_one(postings):
    assume(len(postings) > 1)
    stores = Stores()
    store = PageStore(stores, split_entries=4)
    half = len(postings) // 2
    join(store, postings[:half])
    leaves = store.take_touched()
    join(store, postings[half:])
    for values in store.encode_pages(leaves).values():
        stores.values.update(values)
    stores.keep(store)
    assert stores.values == applied(postings, split_entries=4)[0]


def test_memory_is_bounded_and_unwritten_pages_are_kept(monkeypatch):
    monkeypatch.setattr(pages, "CACHED_ENTRIES_MAX", 3)
    stores = Stores()
    store = PageStore(stores)
    postings = [Posting(entity, 0, DAY, REOPENED) for entity in range(9)]
    join(store, postings[:8])
    stores.keep(store)
    join(store, postings[8:])
    store.trim()
    stores.keep(store)
    assert stores.values == applied(postings)[0]
    assert join(store, postings)[0] == {Outcome.DUPLICATE: 9, Outcome.APPLIED: 0}


def test_a_half_does_not_count_until_its_parent_page_is_marked():
    postings = [Posting(entity, 0, DAY, REOPENED) for entity in range(5)]
    whole = applied(postings)[0]
    split = applied(postings, split_entries=4)[0]
    torn = {**{key: value for key, value in split.items() if value != SPLIT_MARK}, **whole}
    assert restored(torn) == {"ticket.reopened": {DAY: 5}}


@pytest.mark.parametrize("removed", [False, True])
def test_a_crash_during_a_split_or_removal_leaves_a_day_whole_or_absent(removed):
    postings = [Posting(entity, 0, DAY, REOPENED) for entity in range(12)]
    whole, split = applied(postings)[0], applied(postings, split_entries=1)[0]
    assert max(int(key.split(b"|")[2]) for key in split) > 2
    stores = Stores()
    store = PageStore(stores, split_entries=1)
    join(store, postings)
    ((_, order),) = store.encode_pages(store.take_touched()).items()
    assert order == split
    begins, steps = (split, dict.fromkeys(sorted(split))) if removed else (whole, order)
    for count in range(len(steps) + 1):
        torn = begins | dict(list(steps.items())[:count])
        left = {key: value for key, value in torn.items() if value is not None}
        expected = {} if removed and count else {"ticket.reopened": {DAY: 12}}
        assert restored(left) == expected, count


def test_clients_whose_names_begin_alike_are_counted_apart():
    value = encode(Page({1: (0, DAY, REOPENED)}), DAY)
    names = ["a", "a-b", "a.b", "ab", "a_b"]
    table = {f"{name}|{DAY + day}|0|0".encode(): value for name in names for day in range(3)}
    assert counted(table) == {name.encode(): {"ticket.reopened": {DAY: 3}} for name in names}


def test_a_redelivered_event_rewrites_its_page_and_the_marks_above_it():
    stores = Stores()
    store = PageStore(stores, split_entries=2)
    postings = [Posting(entity, 0, DAY, REOPENED) for entity in range(5)]
    join(store, postings)
    stores.keep(store)
    before = dict(stores.values)
    stores.values.clear()
    assert join(store, postings)[0] == {Outcome.DUPLICATE: 5, Outcome.APPLIED: 0}
    stores.keep(store)
    assert stores.values == before
    assert SPLIT_MARK in before.values()


def test_correction_cancellation_and_conflict_have_outcomes_of_their_own():
    page, changes = Page(), []
    buy = encode_fact(("buy", "outside", "software", "acme", "GBP", 100))
    dearer = encode_fact(("buy", "outside", "software", "acme", "GBP", 900))
    assert page.join(1, (1, DAY, dearer), changes) is Outcome.APPLIED
    assert page.join(1, (0, DAY, buy), changes) is Outcome.SUPERSEDED
    assert page.join(1, (1, DAY, buy), changes) is Outcome.CONFLICT
    assert page.join(1, (2, DAY, RETRACTED), changes) is Outcome.APPLIED
    assert page.join(1, (2, DAY, RETRACTED), changes) is Outcome.DUPLICATE
    client = ClientMeasures()
    count(client, changes)
    assert client.amounts == {}


def stored(version=1, day=DAY, facts=(REOPENED,), shifts=b"", entities=(7,), positions=(0,)):
    """A page as it is stored, column by column."""
    columns = array("Q", entities).tobytes(), array("I", positions).tobytes(), b""
    return msgspec.msgpack.encode([version, day, list(facts), shifts, *columns])


def test_a_page_is_stored_as_columns():
    page = Page({7: (0, DAY, REOPENED)})
    assert encode(page, DAY) == stored()
    dated = Page({7: (3, DAY + 2, REOPENED), 5: (0, DAY - 1, RETRACTED)})
    version, day, facts, shifts, entities, positions, revisions = msgspec.msgpack.decode(
        encode(dated, DAY)
    )
    assert (version, day, facts) == (1, DAY, [RETRACTED, REOPENED])
    assert shifts == array("i", [-1, 2]).tobytes()
    assert entities == array("Q", [5, 7]).tobytes()
    assert positions == array("I", [0, 1]).tobytes()
    assert revisions == array("I", [0, 3]).tobytes()


@pytest.mark.parametrize(
    ("value", "named"),
    [
        (stored(version=2), "2"),
        (msgspec.msgpack.encode([2, "another layout"]), "2"),
        (msgspec.msgpack.encode([]), "None"),
        (msgspec.msgpack.encode({"version": 9}), "None"),
        (msgspec.msgpack.encode(7), "None"),
        (msgspec.msgpack.encode("text"), "None"),
    ],
    ids=["newer", "another layout", "no version", "no list", "a number", "a text"],
)
@pytest.mark.parametrize(
    "read", [decode, lambda value: list(iter_facts(value))], ids=["all", "sums"]
)
def test_a_page_of_an_unknown_version_is_refused_with_the_version(value, named, read):
    with pytest.raises(PageVersionError, match=f"has version {named}, .* reads versions 1 to 1:"):
        read(value)


@pytest.mark.parametrize(
    "damaged",
    [
        {"shifts": array("i", [1, 2]).tobytes()},
        {"shifts": array("i", [1]).tobytes(), "facts": (REOPENED, RETRACTED), "positions": (0,)},
        {"entities": (7, 8)},
        {"positions": (0, 0)},
        {"positions": (1,)},
        {"shifts": b"odd"},
    ],
    ids=["more days", "fewer days", "more entities", "more places", "no such fact", "cut off"],
)
def test_a_page_whose_columns_do_not_fit_is_refused_and_not_read_short(damaged):
    with pytest.raises((ValueError, IndexError)):
        decode(stored(**damaged))


@pytest.mark.parametrize(
    ("page", "versions"),
    [
        ({1: (0, DAY, REOPENED)}, [(DAY, REOPENED, 1)]),
        ({1: (0, DAY, REOPENED), 2: (0, DAY, REOPENED)}, [(DAY, REOPENED, 2)]),
        (
            {1: (0, DAY, REOPENED), 2: (0, DAY + 1, REOPENED), 3: (5, DAY + 1, REOPENED)},
            [(DAY, REOPENED, 1), (DAY + 1, REOPENED, 2)],
        ),
        (
            {1: (0, DAY - 1, REOPENED), 2: (0, DAY, RETRACTED)},
            [(DAY - 1, REOPENED, 1), (DAY, RETRACTED, 1)],
        ),
        ({}, []),
    ],
    ids=["one", "twice", "on two days", "each once", "empty"],
)
def test_facts_of_a_page_are_counted_by_day(page, versions):
    value = encode(Page(page), DAY)
    assert list(iter_facts(value)) == versions
    assert decode(value).entries == page


def test_the_entries_of_a_page_are_its_own():
    assert Page().entries is not Page().entries
    entries = {1: (0, DAY, REOPENED)}
    assert Page(entries).entries is entries


def test_a_correction_removes_the_old_entry_and_adds_the_new_one():
    page, changes = Page(), []
    page.join(1, (0, DAY, REOPENED), changes)
    page.join(1, (1, DAY + 1, REOPENED), changes)
    page.join(1, (0, DAY, RETRACTED), changes)
    old, new = (0, DAY, REOPENED), (1, DAY + 1, REOPENED)
    assert changes == [((old,), 1), ((old,), -1), ((new,), 1)]
    assert [outcome.name for outcome in sorted(Outcome)] == [
        *("APPLIED", "DUPLICATE", "SUPERSEDED", "CONFLICT")
    ]


@pytest.mark.parametrize(
    ("new", "outcome", "kept"),
    [
        ((5, DAY, b"b"), Outcome.DUPLICATE, b"b"),
        ((4, DAY + 9, b"z"), Outcome.SUPERSEDED, b"b"),
        ((5, DAY - 1, b"z"), Outcome.CONFLICT, b"b"),
        ((5, DAY, b"a"), Outcome.CONFLICT, b"b"),
        ((5, DAY, b"c"), Outcome.CONFLICT, b"c"),
        ((5, DAY + 1, b"a"), Outcome.CONFLICT, b"a"),
        ((6, DAY - 9, b"a"), Outcome.APPLIED, b"a"),
    ],
)
def test_of_two_entries_the_greater_is_kept(new, outcome, kept):
    page = Page({1: (5, DAY, b"b")})
    assert page.join(1, new, []) is outcome
    assert page.entries[1][2] == kept
