"""Readings of the newest day: made once, and again after a change of what they read."""

import pytest

from rapport.domain.ledger.measures import ClientMeasures

DAY = 20_000
TICKET = ("ticket.opened", "incident", "P2")
PURCHASE = ("buy", "outside", "software", "acme", "EUR", 100)
RULES, OTHER = object(), object()


class Reading:
    """A reading that counts its calls."""

    def __init__(self):
        self.calls = 0

    def __call__(self, client, rules, day):
        self.calls += 1
        return {key: dict(days) for key, days in client.amounts.items()}, rules, day


@pytest.fixture
def client():
    found = ClientMeasures()
    found.add(DAY - 9, TICKET, 1)
    return found


@pytest.mark.parametrize(
    ("method", "own", "foreign"),
    [("reading", TICKET, PURCHASE), ("purchase_reading", PURCHASE, TICKET)],
)
def test_a_reading_is_made_again_only_after_a_change_of_what_it_reads(client, method, own, foreign):
    reading, read = Reading(), getattr(client, method)
    assert read(reading, RULES, DAY) is read(reading, RULES, DAY)
    client.add(DAY, foreign, 1)
    read(reading, RULES, DAY)
    assert reading.calls == 1
    client.add(DAY - 300, own, 1)
    client.add(DAY, own, 1)
    client.add(DAY, own, -1)
    assert read(reading, RULES, DAY) == reading(client, RULES, DAY)
    assert reading.calls == 3


def test_each_day_set_of_rules_and_reading_has_its_own_result(client):
    reading, another = Reading(), Reading()
    for rules, day in [(RULES, DAY), (RULES, DAY + 1), (OTHER, DAY + 1), (OTHER, DAY - 40)]:
        assert client.reading(reading, rules, day)[1:] == (rules, day)
        assert client.reading(another, rules, day)[1:] == (rules, day)
    assert (reading.calls, another.calls) == (4, 4)


def test_a_look_at_an_earlier_day_does_not_replace_the_newest(client):
    reading = Reading()
    newest = client.reading(reading, RULES, DAY)
    client.reading(reading, RULES, DAY - 1)
    assert client.reading(reading, RULES, DAY) is newest
