"""A promise with an id counts once in the ledger, whatever the order, and can be taken back."""

import itertools
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.calendar import day_number
from rapport.domain.events.facts import posting
from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.page import RETRACTED, Page, encode
from rapport_schemas.desk import EntryCancelled
from rapport_schemas.relationship import PromiseMade, PromiseSettled
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL
from rapport_schemas.wire.rejection import Rejected

MADE_ON = date(2026, 2, 16)
MADE_DAY = day_number(MADE_ON)
KEPT, BROKEN = (encode_fact(("promise", word)) for word in ("kept", "broken"))


def settled(kept, revision=0, **changes):
    fields = {"promise_id": "P-1", "made_on": MADE_ON, "revision": revision} | changes
    return PromiseSettled(client="finance", kept=kept, **fields)


def cancelled(revision):
    return EntryCancelled(
        client="finance", kind="settlement", entry_id="P-1", revision=revision, made_on=MADE_ON
    )


def posted(data, day, event_id=b"e", source=b"urn:a"):
    return posting(CONTRACT_OF_MODEL[type(data)].type, data, source, event_id, day, lambda _: ())


def page_of(events):
    """Return the only page that these events, on these days, are on."""
    (page_day,) = {posted(data, day)[0] for data, day in events}
    page = Page()
    for number, (data, day) in enumerate(events):
        _, post = posted(data, day, str(number).encode())
        page.join(post.entity, post[1:], [])
    return page_day, page


EVENTS = [
    (settled(kept=True), MADE_DAY + 10),
    (settled(kept=True), MADE_DAY + 10),
    (settled(kept=False, revision=1), MADE_DAY + 30),
]


@pytest.mark.parametrize("events", itertools.permutations(EVENTS))
def test_the_highest_revision_counts_once_on_its_own_day(events):
    page_day, page = page_of(events)
    assert page_day == MADE_DAY
    assert list(page.entries.values()) == [(1, MADE_DAY + 30, BROKEN)]


@given(st.permutations([*EVENTS, (cancelled(5), MADE_DAY + 31)]))
def test_a_settlement_that_is_taken_back_counts_no_more(events):
    _, page = page_of(events)
    assert [entry[2] for entry in page.entries.values()] == [RETRACTED]


@given(st.permutations([*EVENTS, (cancelled(5), MADE_DAY + 31)]))
def test_every_order_leaves_the_same_bytes(events):
    assert encode(page_of(events)[1], MADE_DAY) == encode(page_of(EVENTS + events)[1], MADE_DAY)


@pytest.mark.parametrize("changes", [{"promise_id": None}, {"made_on": None}])
def test_without_id_or_day_of_the_promise_each_event_counts_as_before(changes):
    data = settled(kept=True, **changes)
    (day, first), (_, second) = (posted(data, MADE_DAY + 9, event_id) for event_id in (b"1", b"2"))
    assert (day, first.day, first.revision) == (MADE_DAY + 9, MADE_DAY + 9, 0)
    assert first.fact == KEPT
    assert first.entity != second.entity


def test_a_promise_is_that_of_its_source():
    entities = {
        posted(settled(kept=True), MADE_DAY, source=source)[1].entity for source in (b"a", b"b")
    }
    assert len(entities) == 2


def test_what_is_promised_or_taken_back_otherwise_leaves_nothing_in_the_ledger():
    made = PromiseMade(
        client="finance", promise_id="P-1", made_on=MADE_ON, due_on=MADE_ON, what="A test system"
    )
    other = EntryCancelled(client="finance", kind="promise", entry_id="P-1", revision=1)
    assert [posted(data, MADE_DAY) for data in (made, other)] == [(MADE_DAY, None)] * 2


def test_a_promise_cannot_be_settled_before_the_day_it_was_made():
    assert posted(settled(kept=True), MADE_DAY - 1)[0] == MADE_DAY
    with pytest.raises(Rejected, match="later than the event's own time") as refused:
        posted(settled(kept=True), MADE_DAY - 2)
    assert refused.value.path == "data.made_on"
