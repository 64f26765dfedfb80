"""The scorer caches inputs between evaluations; its scores equal those computed from scratch."""

import asyncio

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.calendar import last_day_of, week_of
from rapport.domain.clients.registry import Client, Directory
from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.page import CountChange
from rapport.domain.policy.model import parse_policy
from rapport.runtime.policy_file import DEFAULT_POLICY, load_policy
from rapport.worker.scoring import scorer as scorer_module
from rapport.worker.scoring.scorer import Scorer

POLICY = load_policy(None)
OTHER = parse_policy(
    DEFAULT_POLICY.read_text()
    .replace("window_weeks = 4 ", "window_weeks = 2 ")
    .replace('"*software*", ', "")
)
DAY = 20_000
NAMES = ("finance", "law", "quiet")


def scorer(policy=POLICY):
    directory = Directory()
    for name in NAMES:
        directory.register(Client(name, name.title(), "team-a", ()))
    return Scorer(directory, policy)


def bought(day, supplier="acme", count=1, category="software"):
    fact = ("buy", "outside", category, supplier, "EUR", 5000)
    return CountChange([(0, day, encode_fact(fact))], count)


def happened(day, fact, count=1):
    return CountChange([(0, day, encode_fact(fact))], count)


CHANGES = st.one_of(
    st.builds(
        bought,
        st.integers(DAY - 400, DAY),
        st.sampled_from(["acme-1", "acme-2", "other"]),
        st.integers(1, 3),
        st.sampled_from(["software", "hardware"]),
    ),
    st.builds(
        happened,
        st.integers(DAY - 150, DAY),
        st.sampled_from(
            [
                ("ticket.closed", "P1", True, "person", 0),
                ("ticket.opened", "request", "P3"),
                ("survey.invited",),
                ("ticket.rated", 5, 1, 5),
            ]
        ),
        st.integers(1, 9),
    ),
)
STEPS = st.lists(
    st.one_of(
        st.tuples(st.just("add"), st.sampled_from(NAMES[:2]), st.lists(CHANGES, max_size=5)),
        st.tuples(st.just("evaluate"), st.integers(DAY, DAY + 9)),
        st.tuples(st.just("policy"), st.sampled_from([POLICY, OTHER])),
        st.tuples(st.just("arrived"), st.integers(DAY - 90, DAY)),
        st.tuples(st.just("asked"), st.integers(DAY - 9, DAY)),
    ),
    max_size=12,
)


@given(STEPS)
@settings(max_examples=60, deadline=None)
def test_what_is_kept_between_evaluations_never_shows(steps):
    kept, fresh, policy, day = scorer(), [], POLICY, DAY
    for step in steps:
        match step:
            case "add", client, changes:
                kept.add(client, changes)
                fresh.append(lambda one, c=client, x=changes: one.add(c, x))
            case "evaluate", at:
                day = max(day, at)
                asyncio.run(kept.evaluate(day))
            case "policy", policy:
                kept.policy = policy
            case "asked", at:
                asyncio.run(kept.client_snapshot("finance", at))
            case "arrived", at:
                kept.arrived("procurement", [at])
                fresh.append(lambda one, at=at: one.arrived("procurement", [at]))
    anew = scorer(policy)
    for replayed in fresh:
        replayed(anew)
    for one in (kept, anew):
        asyncio.run(one.evaluate(day))
    assert kept.health == anew.health
    assert kept.fleet_context == anew.fleet_context
    assert kept.closed_baselines == anew.closed_baselines
    assert_the_past_is_what_the_days_show(kept)
    for at in (DAY - 9, DAY - 3, day):
        was, made = (asyncio.run(one.client_snapshot("finance", at)) for one in (kept, anew))
        assert (was.health, was.attributions) == (made.health, made.attributions)


def assert_the_past_is_what_the_days_show(one):
    health = one.health["finance"]
    earlier, week = one.past_scores(health), week_of(health.day)
    weeks = range(week - one.policy.compare.past_weeks, week)
    for index in (0, -5, -1):
        then = asyncio.run(one.client_snapshot("finance", last_day_of(weeks[index]))).health
        shown = {score.name: score.shown for score in then.scores}
        assert {name: values[index] for name, values in earlier.items()} == shown
        assert {len(values) for values in earlier.values()} == {len(weeks)}


GREEN = ("ticket.closed", "P1", True, "person", 0)


def test_a_late_purchase_of_one_client_changes_the_past_of_another_and_one_of_today_does_not():
    one = scorer()
    one.add("finance", [happened(DAY - 30, GREEN, 9), bought(DAY - 99), bought(DAY - 20, count=4)])
    one.add("law", [bought(DAY - 99 + week * 7) for week in range(14)])
    asyncio.run(one.evaluate(DAY))
    pasts, closed = [one.past_scores(one.health["finance"])], one.closed_baselines
    one.add("law", [bought(DAY, count=9)])
    asyncio.run(one.evaluate(DAY))
    assert one.closed_baselines == closed
    pasts.append(one.past_scores(one.health["finance"]))
    one.add("law", [bought(DAY - 20, count=40)])
    asyncio.run(one.evaluate(DAY))
    pasts.append(one.past_scores(one.health["finance"]))
    before, same, late = (earlier["divergence"] for earlier in pasts)
    assert before == same
    assert before[-1] > late[-1]
    assert late[:-4] == before[:-4]


def test_a_client_is_evaluated_again_only_when_it_or_the_fleet_changed():
    one, fresh = scorer(), scorer()
    ticket, late = happened(DAY - 30, GREEN), bought(DAY - 20, count=40)
    first = [bought(DAY - 99), bought(DAY - 20, count=4), ticket]
    kept = []
    for changes in (first, [ticket], [late]):
        one.add("finance", changes)
        asyncio.run(one.evaluate(DAY))
        kept.append(one.health["law"])
    assert kept[0] is kept[1]
    assert kept[1] is not kept[2]
    fresh.add("finance", [*first, ticket, late])
    asyncio.run(fresh.evaluate(DAY))
    assert one.health == fresh.health


@pytest.mark.parametrize("change", ["policy", "forget"])
@pytest.mark.parametrize("turns", range(1, 9))
def test_a_change_in_the_middle_of_an_evaluation_is_seen_by_the_next(change, turns, monkeypatch):
    monkeypatch.setattr(scorer_module, "SLICE_SECONDS", -1.0)
    one = scorer()
    one.add("finance", [bought(DAY - 3, count=9)])

    async def script():
        running = asyncio.ensure_future(one.evaluate(DAY))
        for _ in range(turns):
            await asyncio.sleep(0)
        if change == "policy":
            one.policy = OTHER
        else:
            one.forget()
        await running
        await one.evaluate(DAY)

    asyncio.run(script())
    health = one.health["finance"]
    assert health.policy_hash == (OTHER if change == "policy" else POLICY).hash
    assert health.purchases.observed == 0


def test_the_past_is_held_against_the_clients_of_other_workers_and_of_newcomers_too():
    own = [happened(DAY - 30, GREEN, 9), bought(DAY - 99), bought(DAY - 20, count=4)]
    others = [bought(DAY - 20, count=40), *(bought(DAY - 99 + week * 7) for week in range(14))]
    whole, half = scorer(), scorer()
    half._owns = {"finance", "quiet"}.__contains__
    for one in (whole, half):
        one.add("finance", own)
        asyncio.run(one.evaluate(DAY))
    alone = half.past_scores(half.health["finance"])["divergence"]
    whole.add("law", others)
    asyncio.run(whole.evaluate(DAY))
    half.on_peer_inputs("law", whole.client_inputs["law"])
    asyncio.run(half.evaluate(DAY))
    pasts = [one.past_scores(one.health["finance"])["divergence"] for one in (whole, half)]
    assert pasts[0] == pasts[1] != alone
    half._directory.register(Client("new", "New", "team-a", ()))
    half._owns = {"finance", "quiet", "new"}.__contains__
    half.add("new", others)
    asyncio.run(half.evaluate(DAY))
    assert half.closed_baselines[-1].clients == 1 + whole.closed_baselines[-1].clients


def test_a_new_policy_is_applied_to_clients_without_events_too():
    one = scorer()
    asyncio.run(one.evaluate(DAY))
    one.policy = OTHER
    asyncio.run(one.evaluate(DAY))
    assert {people.policy for people in one.closed_baselines} == {OTHER.purchases}
    assert {health.policy_hash for health in one.health.values()} == {OTHER.hash}


def test_what_changed_much_is_counted_whole_in_pieces_and_not_at_all_when_all_is_forgotten(
    monkeypatch,
):
    monkeypatch.setattr(scorer_module, "ENTRIES_AT_ONCE", 2)
    changes = [bought(DAY - number) for number in range(5)]
    counted, forgetful = scorer(), scorer()
    counted.add("law", changes)
    asyncio.run(counted.evaluate(DAY))
    assert sum(counted.measures("law").amounts["buy.count|outside|software"].values()) == 5

    async def forget_meanwhile(started):
        if "law" in forgetful._measures:
            forgetful.forget()
        return started

    forgetful.yield_if_due = forget_meanwhile
    forgetful.add("law", changes)
    asyncio.run(forgetful.evaluate(DAY))
    assert forgetful.measures("law").amounts == {}
