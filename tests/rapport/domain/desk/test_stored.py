"""Two entries of one entity join to the same one in any order, and are stored as they are."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.desk.entries import DeskEntry
from rapport.domain.desk.stored import (
    EntryVersionError,
    decode_entry,
    encode_entry,
    join_entries,
)
from rapport.domain.ledger.page import Outcome

ENTRY = DeskEntry("finance", 2**64 - 1, 3, "note", 20_000, b'{"text":"moved"}')
ENTRIES = st.builds(
    DeskEntry,
    st.just("finance"),
    st.just(7),
    st.integers(0, 2),
    st.sampled_from(["note", "withdrawn"]),
    st.integers(20_000, 20_002),
    st.none() | st.sampled_from([b"a", b"b"]),
)


def joined(entries):
    present = None
    for entry in entries:
        _, present = join_entries(present, entry)
    return present


@given(
    st.lists(ENTRIES, min_size=1, max_size=6).flatmap(
        lambda some: st.tuples(st.just(some), st.permutations(some + some))
    )
)
def test_entries_join_to_the_same_one_in_any_order_and_however_often(orders):
    some, others = orders
    kept = joined(some)
    assert kept == joined(others)
    assert kept in some
    assert kept.revision == max(entry.revision for entry in some)


@pytest.mark.parametrize(
    ("change", "outcome", "stays"),
    [
        ({}, Outcome.DUPLICATE, "either"),
        ({"day": 20_001}, Outcome.DUPLICATE, "new"),
        ({"day": 19_999}, Outcome.DUPLICATE, "present"),
        ({"revision": 4}, Outcome.APPLIED, "new"),
        ({"revision": 4, "content": None}, Outcome.APPLIED, "new"),
        ({"revision": 2}, Outcome.SUPERSEDED, "present"),
        ({"content": b"~"}, Outcome.CONFLICT, "new"),
        ({"content": None}, Outcome.CONFLICT, "present"),
        ({"kind": "action"}, Outcome.CONFLICT, "present"),
    ],
    ids=repr,
)
def test_the_greater_revision_stays_and_the_day_alone_is_no_other_content(change, outcome, stays):
    new = ENTRY._replace(**change)
    found, kept = join_entries(ENTRY, new)
    assert found is outcome
    assert kept == {"either": ENTRY, "new": new, "present": ENTRY}[stays]


@pytest.mark.parametrize("content", [None, b"", b'{"text":"moved"}'])
def test_an_entry_is_read_as_it_was_stored(content):
    entry = ENTRY._replace(content=content)
    assert decode_entry(entry.client, entry.entity, encode_entry(entry)) == entry


def test_an_entry_of_a_newer_version_is_refused_with_what_to_do():
    newer = msgspec.msgpack.encode([2, "another form"])
    with pytest.raises(EntryVersionError, match=r"has version 2, .* Start that version or a later"):
        decode_entry("finance", 7, newer)
