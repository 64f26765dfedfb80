"""Agreed texts: which of them holds for a client, on which day."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.calendar import day_number
from rapport.domain.clients.agreed_texts import AgreedTexts
from rapport_schemas.desk import AgreedTextWithdrawn, MessageAgreed, OfferDescribed

SINCE = date(2026, 3, 1)
DAY = day_number(SINCE)


def message(text, client=None, since=SINCE):
    return MessageAgreed(client=client, since=since, text=text)


def texts_of(*events):
    texts = AgreedTexts()
    for event in events:
        texts.put(event.record_key, event)
    return texts


def told(texts, client="finance", day=DAY):
    return [(one.client, *one.parts.values()) for one in texts.of(client, day)]


def test_a_text_of_the_clients_own_holds_instead_of_the_one_for_every_client():
    offer = OfferDescribed(since=SINCE, does="Networks", does_not="Figures")
    texts = texts_of(message("general"), message("own", "finance"), offer)
    assert told(texts) == [("finance", "own"), (None, "Networks", "Figures")]
    assert told(texts, "law") == [(None, "general"), (None, "Networks", "Figures")]


def test_until_the_clients_own_text_holds_the_general_one_is_told_before_it():
    texts = texts_of(message("general"), message("own", "finance", date(2026, 3, 2)))
    assert told(texts) == [(None, "general"), ("finance", "own")]
    assert told(texts, day=DAY + 1) == [("finance", "own")]


@pytest.mark.parametrize("end", [AgreedTextWithdrawn(kind="message", client="finance"), None])
def test_a_text_that_is_withdrawn_holds_no_more(end):
    texts = texts_of(message("general"), message("own", "finance"))
    before, changes = texts.frozen(), texts.changes
    texts.put("message|finance", end)
    assert told(texts) == [(None, "general")]
    assert texts.changes == changes + 1
    assert told(before) == [("finance", "own")], "a copy does not change"


@given(
    st.lists(
        st.builds(
            message,
            st.text(min_size=1, max_size=5),
            st.sampled_from([None, "finance", "law"]),
            st.dates(date(2026, 2, 1), date(2026, 4, 1)),
        )
    )
)
def test_exactly_one_text_holds_wherever_one_does(events):
    newest = {event.client: event for event in events}
    for client in ("finance", "law", "other"):
        holding = [one for one in texts_of(*events).of(client, DAY) if one.since <= DAY]
        known = [newest.get(client), newest.get(None)]
        expected = [one.text for one in known if one is not None and one.since <= SINCE][:1]
        assert [one.parts["text"] for one in holding] == expected
