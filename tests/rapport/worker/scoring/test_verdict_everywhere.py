"""The verdict on each client is the same in JSON, in the metrics and where it was evaluated."""

import asyncio
import re
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path

import pytest

from rapport.domain.clients.registry import Client, Directory
from rapport.domain.concerns.kinds import STATES
from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.page import CountChange
from rapport.domain.policy.model import parse_policy
from rapport.monitoring.metrics.concerns import STATE_VALUES
from rapport.monitoring.metrics.policy_values import KEYS
from rapport.web.exposition import Exposition
from rapport.worker.scoring.latest_snapshot import fleet_snapshot
from rapport.worker.scoring.scorer import Scorer

POLICY = parse_policy(
    (
        Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
    ).read_text()
)
DAY = 19_998
BOUGHT = ("buy", "outside", "software", "acme", "EUR", 5_000)


def answered(viewpoint, score):
    return ("survey.answered", viewpoint, (("trust", score, 1, 5),), None)


FINE = [(7 * ago, answered("client", 4), 3) for ago in range(1, 40)]
OVERRATED = [(7, answered("own", 5), 10)]
QUIET = [(7 * ago, BOUGHT, 1) for ago in range(1, 70)]
EVENTS = {
    "arts": [*FINE, *OVERRATED, *QUIET],
    "housing": [*FINE, *OVERRATED, *QUIET, *[(7 * ago, BOUGHT, 9) for ago in range(1, 5)]],
    "libraries": [*OVERRATED, (7, answered("client", 2), 3), (7, answered("client", 3), 7)],
    "museums": [
        *FINE,
        *[(ago, ("ticket.opened", "incident", "P3"), 1) for ago in range(30, 300)],
    ],
    "new": [(2, BOUGHT, 3)],
    "parks": [
        *FINE,
        *OVERRATED,
        *[(ago, ("ticket.opened", "incident", "P3"), 1) for ago in range(1, 300)],
        (9, ("signal", "raise_the_level", "heard"), 1),
    ],
}


def scorer_of(*owned):
    """Return a worker's scorer with the events of the clients that it owns."""
    directory = Directory()
    for name in EVENTS:
        directory.register(Client(name, name.title(), "rm"))
    scorer = Scorer(directory, POLICY, owns=owned.__contains__)
    for name, events in EVENTS.items():
        if name not in owned:
            continue
        for number, (ago, fact, times) in enumerate(events):
            entry = (number, DAY - ago, encode_fact(fact))
            scorer.add(name, [CountChange((entry,), times)])
    return scorer, directory


@pytest.fixture(scope="module")
def snapshot():
    scorer, directory = scorer_of(*EVENTS)
    asyncio.run(scorer.evaluate(DAY))
    return fleet_snapshot(scorer, directory)


def series_of(snapshot, name):
    """Return the series of a metric in the text of a scrape: labels -> value."""
    text = b"".join(Exposition(snapshot.samples).render("", gzip=False).pieces).decode()
    found = {}
    for labels, value in re.findall(rf"^rapport_{name}{{(.*)}} (\S+)$", text, re.MULTILINE):
        found[tuple(re.findall(r'"([^"]*)"', labels))] = float(value)
    return found


def points_of(concerns):
    points = {}
    for concern in concerns:
        points[concern["kind"]] = points.get(concern["kind"], 0) + concern["points"]
    return points


def test_the_fleet_has_each_state_and_a_concern_of_most_clients(snapshot):
    states = {name: one.health.verdict.state for name, one in snapshot.clients.items()}
    assert states == {
        "housing": "act",
        "libraries": "act",
        "museums": "watch",
        "new": "unknown",
        "parks": "normal",
        "arts": "normal",
    }
    assert set(states.values()) == set(STATES)
    (shared,) = snapshot.shared_concerns
    assert shared == ("overrated", "", 4, 6)


def test_the_state_is_the_same_in_json_in_the_metrics_and_in_the_verdict(snapshot):
    states, urgencies = (
        series_of(snapshot, "client_state"),
        series_of(snapshot, "client_urgency_points"),
    )
    assert states.keys() == {(name,) for name in EVENTS}
    for client in snapshot.clients_json:
        verdict = snapshot.health[client["id"]].verdict
        assert client["state"] == verdict.state
        assert states[client["id"],] == STATE_VALUES[verdict.state]
        assert client["urgency"] == urgencies[client["id"],] == float(verdict.urgency)


def test_the_concerns_are_the_same_in_json_in_the_metrics_and_in_the_verdict(snapshot):
    points, news = series_of(snapshot, "client_concern_points"), series_of(snapshot, "client_news")
    for client in snapshot.clients_json:
        name, verdict = client["id"], snapshot.health[client["id"]].verdict
        exposed = {kind: value for (one, kind), value in points.items() if one == name}
        assert exposed == points_of(client["concerns"])
        assert [one["kind"] for one in client["concerns"]] == [c.kind for c in verdict.concerns]
        assert {kind for one, kind in news if one == name} == {n["kind"] for n in client["news"]}
        assert sum(Fraction(str(one["points"])) for one in client["concerns"]) == verdict.urgency


def test_each_concern_and_good_news_shows_the_day_since_which_it_is_on(snapshot):
    shown = series_of(snapshot, "client_concern_since_timestamp_seconds")
    said = {}
    for client in snapshot.clients_json:
        for one in (*client["concerns"], *client["news"]):
            seconds = int(datetime.fromisoformat(one["since"]).replace(tzinfo=UTC).timestamp())
            key = client["id"], one["kind"]
            said[key] = min(seconds, said.get(key, seconds))
    assert shown == said


def test_the_numbers_of_the_policy_that_alerts_mention_are_exported(snapshot):
    shown = series_of(snapshot, "policy_value")
    assert {key for (key,) in shown} == set(KEYS)
    assert shown["concerns.trust_low",] == snapshot.policy.concerns.trust_low


def test_json_has_the_clients_in_the_order_of_the_snapshot(snapshot):
    assert [client["id"] for client in snapshot.clients_json] == list(snapshot.clients)


def test_a_concern_of_most_clients_counts_for_none_and_is_counted_once(snapshot):
    for client in snapshot.clients_json:
        for concern in client["concerns"]:
            assert concern["fleet"] == (concern["kind"] == "overrated")
            assert concern["points"] == 0 or not concern["fleet"]
    assert series_of(snapshot, "shared_concern_clients") == {
        ("overrated",): 4,
        ("silent",): 0,
        ("knowledge_stale",): 0,
    }


def test_each_concern_has_a_sentence_and_a_next_step_in_both_languages(snapshot):
    for client in snapshot.clients_json:
        for concern in (*client["concerns"], *client["news"]):
            assert concern["text"].keys() == concern["next"].keys() == {"en", "nl"}
            assert all(concern["text"].values())
            assert all(concern["next"].values())


async def exchanged(*scorers):
    """Evaluate on each worker, pass every client's inputs to all others, and evaluate again."""
    for _ in range(2):
        for one in scorers:
            await one.evaluate(DAY)
        for one in scorers:
            for name, inputs in one.inputs_for_peers.items():
                for other in scorers:
                    other.on_peer_inputs(name, inputs)
    for one in scorers:
        await one.evaluate(DAY)


def test_two_workers_that_exchange_inputs_say_what_one_worker_says(snapshot):
    first, _ = scorer_of("arts", "museums", "new")
    second, _ = scorer_of("housing", "libraries", "parks")
    asyncio.run(exchanged(first, second))
    assert first.shared_concerns == second.shared_concerns == snapshot.shared_concerns
    for scorer in (first, second):
        for name, health in scorer.health.items():
            assert health.verdict == snapshot.health[name].verdict
