"""Announcements: each change adds up exactly, whatever happened between two of them."""

from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.schemas.exact import total
from rapport.schemas.registry import CONTRACT_OF_MODEL
from rapport.streams.core.announcements import Last, changed, number_changed, state_changed
from rapport.streams.core.announcing import announced
from rapport.streams.core.figures import figures, market
from rapport.streams.core.measures import ClientMeasures
from rapport.streams.core.moment import moment
from rapport.streams.core.plan import Plan
from rapport.streams.core.policy import parse_policy
from rapport.streams.core.scores import evaluate

TEXT = (Path(__file__).parents[2] / "streams" / "core" / "policy.toml").read_text()
PLAN = Plan(parse_policy(TEXT))
OTHER = Plan(parse_policy(TEXT.replace("base_rate = 0.5 ", "base_rate = 0.6 ")))
DAY = 20_000
FACTS = [
    ("ticket.opened", "incident", "P3"),
    ("ticket.closed", "P1", True, "person", 0),
    ("ticket.closed", "P3", False, "auto", 5),
    ("ticket.reopened",),
    ("ticket.rated", 3, 1, 7),
    ("survey.invited",),
    ("survey.answered", "client", (("trust", 4, 1, 5), ("clarity", 2, 1, 5)), 9),
    ("survey.answered", "own", (("trust", 5, 1, 5),), None),
    ("survey.answered", "independent", (("trust", 2, 1, 5),), None),
    ("touch", "workshop", ("cio", "it_team"), ("crm",), ("goals",), True),
    ("touch", "roadmap_talk", ("it_team", "it_management"), (), (), False),
    ("promise", "broken"),
    ("knowledge", "goals", "client"),
    ("buy", "outside", "software", "acme", "GBP", 1250),
]
EVENTS = st.lists(
    st.tuples(st.integers(DAY - 300, DAY), st.sampled_from(FACTS), st.integers(-3, 9)), max_size=30
)


def at(client, day, plan=PLAN):
    own = figures(client, plan.policy, day)
    shared = market([own], plan.policy, day, {})
    return moment(client, plan, evaluate("a", client, own, plan, day, shared))


def add(client, events):
    for day, fact, times in events:
        had = client.amounts
        before = {key: dict(days) for key, days in had.items()}
        client.add(day, fact, times)
        if any(amount < 0 for days in client.amounts.values() for amount in days.values()):
            client.add(day, fact, -times)  # a ledger never holds less than nothing
            assert {key: dict(days) for key, days in client.amounts.items()} == before


def chain(moments):
    """Announce every score at every moment; return the announcements by score."""
    kept, told = {}, {}
    for now in moments:
        for name, found in now.reasons.items():
            change = number_changed(found, kept.get(name), now.health)
            if change is not None:
                told.setdefault(name, []).append(change)
                policy = now.health.policy_hash
                kept[name] = announced(found, change.event_id, now.health.day, policy)
    return told


@given(EVENTS, EVENTS, st.integers(0, 60), st.booleans())
@settings(deadline=None, max_examples=40)
def test_every_change_adds_up_and_follows_the_one_before(first, second, days, another):
    client = ClientMeasures()
    add(client, first)
    one = at(client, DAY)
    add(client, second)
    later = [at(client, DAY), at(client, DAY + days), at(client, DAY + days, OTHER)]
    told = chain([one, *later[: 3 if another else 2]])
    for changes in told.values():
        follows, old = None, None
        for change in changes:
            assert (change.follows, change.old) == (follows, old)
            assert total(part.points for part in change.attribution) == change.change.fraction
            contract = CONTRACT_OF_MODEL[type(change)]
            assert contract.decode(change.model_dump_json(exclude_none=True).encode()) == change
            follows, old = change.event_id, change.new


def one_after_another(*events):
    client, moments = ClientMeasures(), []
    for more in events:
        add(client, more)
        moments.append(at(client, DAY))
    return chain(moments)


ANSWER = ("survey.answered", "client", (("trust", 4, 1, 5),), None)
PROMISE = ("promise", "kept")


def test_an_event_of_today_is_told_as_what_it_is_and_what_was_there_as_fading():
    first, second = one_after_another([(DAY - 2, ANSWER, 6)], [(DAY, ("ticket.reopened",), 3)])[
        "trust"
    ]
    assert first.old is None
    assert [(p.kind, str(p.day), p.events) for p in first.attribution] == [
        ("answer", "2024-10-02", 6)
    ]
    parts = {(p.component, p.kind): (p.points.value, p.events, p.day) for p in second.attribution}
    assert parts["reopened", "ticket_reopened"][0] < 0
    assert parts["reopened", "ticket_reopened"][1] == 3
    assert str(parts["reopened", "ticket_reopened"][2]) == "2024-10-04"
    assert parts["survey", "decay"][1:] == (0, None)
    assert {e.kind: e.events for e in second.evidence} == {"answer": 6, "ticket_reopened": 3}
    assert "Trust. It fell by" in second.reason.en
    assert "reopened tickets" in second.reason.en
    assert "heropende meldingen" in second.reason.nl


def test_a_late_event_of_long_ago_is_told_by_its_kind_and_a_withdrawn_one_too():
    told = one_after_another(
        [(DAY - 60, PROMISE, 3)], [(DAY - 90, PROMISE, 2)], [(DAY - 90, PROMISE, -1)]
    )["trust"]
    kinds = [[(p.kind, p.day, p.events) for p in one.attribution] for one in told[1:]]
    assert kinds == [[("promise_kept", None, 2)], [("promise_kept", None, 1)]]
    assert told[2].change.fraction < 0 < told[1].change.fraction


def test_evidence_that_is_too_little_ends_in_null_and_the_baseline_stands_for_it():
    client = ClientMeasures()
    add(client, [(DAY, PROMISE, 1)])
    first, last = chain([at(client, DAY), at(client, DAY + 400)])["trust"]
    assert first.new is not None
    assert last.new is None
    assert {part.kind for part in last.attribution} == {"insufficient"}
    assert "insufficient evidence" in last.reason.en


def test_an_event_in_two_tallies_of_a_component_is_counted_once():
    rating = ("ticket.rated", 4, 1, 5)  # three quarters for, one quarter against
    (first,) = one_after_another([(DAY, rating, 6), (DAY, ("ticket.rated", 1, 1, 5), 2)])["trust"]
    assert [(part.kind, part.events) for part in first.attribution] == [("ticket_rated", 8)]


@pytest.mark.parametrize(
    ("shown", "minimum", "told"),
    [(None, 0.005, True), (0.0, 0.005, True), ("same", 0.005, False), ("near", 0.5, False)],
)
def test_only_what_changed_enough_is_told(shown, minimum, told):
    client = ClientMeasures()
    add(client, [(DAY, ANSWER, 6)])
    health = at(client, DAY).health
    trust = health.trust.shown
    was = {"same": trust, "near": trust - 0.4}.get(shown, shown)
    last = {"trust": Last("0" * 32, was)}
    assert ("trust" in list(changed(health, last.get, minimum))) is told


def test_states_are_told_when_they_change_but_not_the_one_where_all_begin():
    now = at(ClientMeasures(), DAY)
    assert list(changed(now.health, lambda _: None, 0.005)) == []
    rising = replace(now.health, purchases=replace(now.health.purchases, state="alert"))
    assert list(changed(rising, lambda _: None, 0.005)) == ["state.purchases"]
    change = state_changed("state.purchases", None, replace(now, health=rising))
    assert (change.old, change.new, change.follows) == (None, "alert", None)
    back = state_changed("state.purchases", Last(change.event_id, "alert"), now)
    assert (back.old, back.new, back.follows) == ("alert", "clear", change.event_id)
    assert back.event_id != change.event_id
