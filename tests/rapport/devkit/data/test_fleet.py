"""The demo's clients differ as their profiles say, on whatever day the demo is started.

The events are folded in this process, as the worker folds them, at the end of each weekday, and at
the ends of months and years: weeks close on Sundays, and no event falls on a weekend.
"""

import asyncio
from collections import defaultdict
from datetime import date, timedelta
from functools import cache
from itertools import pairwise
from typing import NamedTuple

import pytest

from rapport.devkit.data import POLICY, demo_data
from rapport.devkit.data.fleet import read_fleet
from rapport.domain.calendar import day_number
from rapport.domain.clients.registry import Client, Directory
from rapport.domain.events.facts import posting
from rapport.domain.ledger.page import Outcome, Page
from rapport.domain.signals.finder import SignalNames
from rapport.domain.verdicts.fleet import rank
from rapport.runtime.policy_file import load_policy
from rapport.runtime.vocabulary_file import load_vocabulary
from rapport.worker.scoring.scorer import Scorer
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL

SOURCE = b"urn:rapport:demo"
NEW_YEARS_WEEK = [date(2026, 12, 28) + timedelta(days=days) for days in range(7)]
OTHER_DAYS = [date(2028, 2, 29), date(2027, 10, 31)]
NEW = "early-years"
RENAMED = "Housing Advice and Support"


class Looks(NamedTuple):
    """What is to be seen of one client: bounds in points, stage, signals, and the verdict."""

    trust: tuple[int, int]
    engagement: tuple[int, int]
    knowledge: tuple[int, int] | None
    """None: too little is known for a score."""
    gap: tuple[int, int]
    """IT's own view less the client's."""
    state: str
    concerns: frozenset[str] = frozenset()
    """Kinds of concern, without chores."""
    on_some_days: frozenset[str] = frozenset()
    """Kinds that real purchases add on some days of the week, since weeks close on Sundays."""
    news: frozenset[str] = frozenset()
    stage: int = 1
    silent: tuple[str, ...] = ()
    """Sources."""
    signals: frozenset[tuple[str, str]] = frozenset()
    """Signal and who reported it: a person, or a text."""


def kinds(*names):
    return frozenset(names)


def reported(signal, *by):
    return {(signal, who) for who in by}


LEARNING_SUPPORT = Looks(
    (68, 80),
    (60, 75),
    (45, 55),
    (-8, 4),
    "act",
    kinds("outside_purchases_rising", "signs_contradict", "outside_spend_rising")
    | kinds("heard_unclear_role"),
    signals=frozenset(reported("unclear_role", "person")),
)
LIBRARIES = Looks(
    (25, 40),
    (30, 45),
    (18, 28),
    (10, 20),
    "act",
    kinds("trust_low", "heard_external_supplier"),
    signals=frozenset(
        reported("external_supplier", "person", "text") | reported("unclear_role", "text")
    ),
)
REGULATORY_SERVICES = Looks(
    (46, 60),
    (60, 78),
    (35, 44),
    (0, 20),
    "act",
    kinds("stage_lost", "trust_falling", "trust_under_target"),
)
ADULT_SOCIAL_CARE = Looks(
    (58, 67),
    (58, 72),
    (50, 65),
    (0, 12),
    "watch",
    kinds("silent", "trust_under_target"),
    silent=("surveys", "tickets"),
)
REGISTRARS = Looks(
    (52, 64),
    (12, 24),
    None,
    (0, 10),
    "watch",
    kinds("far_from_peers", "heard_options_open", "trust_under_target"),
    signals=frozenset(reported("options_open", "person", "text")),
)
REVENUES_AND_BENEFITS = Looks(
    (68, 90),
    (60, 72),
    (45, 55),
    (-18, 0),
    "normal",
    news=kinds("trust_risen", "heard_raise_the_level"),
    signals=frozenset(reported("raise_the_level", "person", "text")),
)
FLEET = {
    "learning-support": LEARNING_SUPPORT,
    "libraries": LIBRARIES,
    "regulatory-services": REGULATORY_SERVICES,
    "adult-social-care": ADULT_SOCIAL_CARE,
    "registrars": REGISTRARS,
    "housing-advice": Looks(
        (62, 72), (50, 65), (45, 55), (-5, 5), "watch", kinds("silent"), silent=("tickets",)
    ),
    "transport-planning": Looks(
        (64, 75), (38, 52), (35, 45), (-5, 10), "watch", kinds("engagement_fading")
    ),
    "city-museums": Looks(
        (60, 70),
        (48, 60),
        (20, 32),
        (30, 40),
        "watch",
        kinds("overrated"),
        kinds("outside_spend_rising"),
    ),
    "environmental-health": Looks((76, 88), (62, 75), (45, 55), (-38, -25), "normal"),
    "public-health": Looks((68, 78), (78, 88), (80, 95), (0, 10), "normal", stage=2),
    "children-s-services": Looks((82, 92), (87, 93), (95, 100), (-5, 5), "normal", stage=3),
    "parks-and-leisure": Looks(
        (72, 84), (75, 86), (75, 85), (-6, 6), "normal", news=kinds("stage_won"), stage=2
    ),
    "revenues-and-benefits": REVENUES_AND_BENEFITS,
}
"""Every client but the new one, of which nothing is known."""


class Seen(NamedTuple):
    """A day's evaluation of the demo."""

    day: date
    scorer: Scorer
    unknown_names: set[str]

    @property
    def health(self):
        return self.scorer.health


def folded(today):
    """Return the evaluation of what the demo publishes on a day."""
    clients, events = demo_data(today)
    directory = Directory()
    for client in clients:
        directory.register(Client(client.client, client.name, client.owner, tuple(client.aliases)))
    scorer, pages, unknown = Scorer(directory, load_policy(POLICY)), defaultdict(Page), set()
    changes = defaultdict(list)
    for event in events:
        assert event.at.date() < today
        client = directory.resolve(event.data.client)
        if client is None:
            unknown.add(event.data.client)
            continue
        posted = posted_event(event)
        outcome = pages[client].join(posted.entity, posted[1:], changes[client])
        assert outcome is Outcome.APPLIED, event
    for client, found in changes.items():
        scorer.add(client, found)
    asyncio.run(scorer.evaluate(day_number(today)))
    return Seen(today, scorer, unknown)


@cache
def finder():
    return SignalNames(load_vocabulary(None))


def posted_event(event):
    kind, day = CONTRACT_OF_MODEL[type(event.data)].type, day_number(event.at.date())
    return posting(kind, event.data, SOURCE, event.id.encode(), day, finder())[1]


@pytest.fixture(scope="module", params=[*NEW_YEARS_WEEK, *OTHER_DAYS], ids=str)
def seen(request):
    return folded(request.param)


def points(score):
    return None if score.shown is None else 100 * score.shown


def is_within(value, bounds):
    if value is None or bounds is None:
        return value is bounds
    return bounds[0] <= value <= bounds[1]


def test_each_client_looks_as_its_profile_says(seen):
    assert {client.id for client in read_fleet().clients} == {*FLEET, NEW}
    for client, looks in FLEET.items():
        health = seen.health[client]
        scores = {
            "trust": health.trust,
            "engagement": health.engagement,
            "knowledge": health.knowledge.score,
            "gap": health.perception.score,
        }
        for name, score in scores.items():
            assert is_within(points(score), getattr(looks, name)), (client, name, points(score))
        assert health.maturity.stage == looks.stage, client
        found = {(count.signal, count.by) for count in health.signals if count.times}
        assert found == looks.signals, client


def test_each_client_has_the_state_the_concerns_and_the_news_of_its_profile(seen):
    for client, looks in FLEET.items():
        verdict = seen.health[client].verdict
        concerns = {one.kind for one in verdict.concerns if one.class_ != "chore"}
        news = {one.kind for one in verdict.news}
        assert (verdict.state, news) == (looks.state, looks.news), client
        assert looks.concerns <= concerns <= looks.concerns | looks.on_some_days, client
    assert seen.health[NEW].verdict.state == "unknown"
    assert seen.scorer.shared_concerns == ()


def test_the_three_clients_that_need_action_come_first_and_the_new_one_before_the_normal(seen):
    policy = seen.scorer.policy.compare
    order = sorted(seen.health.values(), key=lambda health: rank(health, policy))
    clients = [health.client for health in order]
    assert clients[:3] == ["learning-support", "regulatory-services", "libraries"]
    assert [health.verdict.state for health in order].index("unknown") == clients.index(NEW) == 8


def test_only_the_two_silent_clients_are_silent_and_every_feed_flows(seen):
    silent = {
        (client, source): state.silence_days
        for client, health in seen.health.items()
        for source, state in health.sources.items()
        if state.state in {"silent", "broken"}
    }
    assert set(silent) == {
        (client, source) for client, looks in FLEET.items() for source in looks.silent
    }
    for source in FLEET["adult-social-care"].silent:
        assert 58 <= silent["adult-social-care", source] <= 62
    assert {state.state for state in seen.scorer.fleet_context.feeds.values()} == {"flowing"}


def test_the_broken_feed_is_that_of_a_client_whose_new_name_is_not_registered(seen):
    assert seen.unknown_names == {RENAMED}
    state = seen.health["housing-advice"].sources["tickets"]
    assert 30 <= state.silence_days <= 37


def test_of_the_new_client_only_purchases_are_known(seen):
    health = seen.health[NEW]
    assert [score.name for score in health.scores if score.shown is not None] == []
    assert 0 < health.purchases.history_weeks <= 3
    assert health.purchases.state != "alert"


def test_the_fleet_holds_each_kind_of_client_once_or_twice(seen):
    fleet = seen.health.values()
    stages = [health.maturity.stage for health in fleet]
    assert (stages.count(2), stages.count(3)) == (2, 1)
    steps = {health.client: health.maturity.step for health in fleet if health.maturity.step}
    assert steps == {"regulatory-services": -1, "parks-and-leisure": 1}
    gaps = {h.client: points(h.perception.score) for h in fleet if h.client != NEW}
    assert [client for client, gap in gaps.items() if gap >= 30] == ["city-museums"]
    assert [client for client, gap in gaps.items() if gap <= -25] == ["environmental-health"]
    assert [h.client for h in fleet if h.perception.overrates] == ["city-museums"]
    engaged = sorted(points(h.engagement) for h in fleet if h.client != NEW)
    assert engaged[0] <= 20
    assert engaged[-1] >= 88
    assert max(high - low for low, high in pairwise(engaged)) <= 25
    good_news = {health.client for health in fleet if health.verdict.news}
    assert good_news == {"parks-and-leisure", "revenues-and-benefits"}


def test_amounts_are_shown_in_pounds_and_no_exchange_rate_is_missing(seen):
    assert seen.scorer.policy.money.reporting_currency == "GBP"
    for health in seen.health.values():
        assert {spent.currency for spent in health.purchases.spent} <= {"GBP"}
        assert not [one for one in health.purchases.missing if "rate" in str(one).lower()]


def test_every_profile_is_one_short_paragraph():
    for client in read_fleet().clients:
        assert 20 < len(client.profile) <= 240, client.id
        assert "\n" not in client.profile.strip()


def test_events_of_one_day_are_the_same_each_time_and_none_falls_on_a_weekend():
    day = date(2026, 8, 1)
    assert demo_data(day) == demo_data(day)
    made_up = [event for event in demo_data(day)[1] if not hasattr(event.data, "purchased_on")]
    assert {event.at.weekday() for event in made_up} == {0, 1, 2, 3, 4}
