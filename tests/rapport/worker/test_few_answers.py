"""Nothing that a worker says of a client differs by what a few people answered.

The strongest way to say that no output holds a figure: two worlds that differ only in the answers
of fewer than five people say the same, letter by letter.
"""

import asyncio
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.clients.registry import Client, Directory
from rapport.domain.explanation.change_attribution import announced_score
from rapport.domain.explanation.change_events import shown_values
from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.page import CountChange
from rapport.language.announcements import score_announcement
from rapport.runtime.policy_file import load_policy
from rapport.web.fleet_snapshot import ScoredClient
from rapport.web.pages.fleet import FleetQuery
from rapport.web.pages.links import FileLinks
from rapport.web.pages.locale import negotiate_language
from rapport.web.pages.render import Pages
from rapport.worker.queries import ScoreQueries
from rapport.worker.scoring.latest_snapshot import fleet_snapshot
from rapport.worker.scoring.scorer import Scorer

DAY = 20_600
POLICY = load_policy(None)
SINCE_DAYS = 28
TICKETS = [
    (DAY - 9, ("ticket.closed", "P2", True, "person", 0), 9),
    (DAY - 3, ("ticket.closed", "P3", False, "person", 4), 3),
    (DAY - 40, ("ticket.opened", "request", "P3"), 12),
    (DAY - 2, ("touch", "workshop", ("cio", "it_team"), ("crm",), ("goals",), True), 6),
    (DAY - 1, ("knowledge", "goals", "client"), 1),
    (DAY - 1, ("buy", "outside", "software", "acme", "EUR", 1250), 1),
]


def answer(viewpoint, score, question="trust"):
    return ("survey.answered", viewpoint, ((question, score, 1, 5),), None)


def added(scorer, events):
    for number, (day, fact, times) in enumerate(events):
        for copy in range(times):
            scorer.add(
                "finance", [CountChange(((100 * number + copy, day, encode_fact(fact)),), 1)]
            )


async def outputs(*rounds):
    """Return all that is said of a client after each round of events, in every way there is."""
    directory, texts, kept = Directory(), [], {}
    client = Client("finance", "Finance", "rm-finance")
    directory.register(client)
    scorer = Scorer(directory, POLICY)
    queries = ScoreQueries(scorer, directory)
    for events in rounds:
        added(scorer, events)
        await scorer.evaluate(DAY)
        texts += await outputs_of(scorer, queries, directory)
        texts += announcements(scorer, kept)
    return texts


async def outputs_of(scorer, queries, directory):
    snapshot = fleet_snapshot(scorer, directory)
    texts = [str(snapshot.samples), json.dumps(snapshot.clients_json)]
    snapshots = await queries.snapshots("finance", SINCE_DAYS)
    for lang in ("en", "nl"):
        texts += [
            json.dumps(await queries.explanation("finance", since, lang))
            for since in (None, f"{SINCE_DAYS}d")
        ]
        texts.append(json.dumps(await queries.fleet(lang)))
        pages = Pages(negotiate_language(lang, ""), FileLinks(None))
        scored = ScoredClient(next(iter(directory)), scorer.health["finance"])
        texts += [
            pages.client(scored, snapshot),
            pages.scores(scored, snapshot),
            pages.reasons(scored, snapshots, SINCE_DAYS),
            pages.fleet(snapshot, FleetQuery()),
        ]
    return texts


def announcements(scorer, kept):
    health = scorer.health["finance"]
    found = scorer.current_snapshot(health).attributions
    for name in shown_values(health):
        change = score_announcement(found[name], kept.get(name), health) if name in found else None
        if change is not None:
            kept[name] = announced_score(found[name], change.event_id, health.day, POLICY.hash)
            yield change.model_dump_json()


def both(*worlds):
    return [asyncio.run(outputs(*rounds)) for rounds in worlds]


VIEWS = st.sampled_from(["own", "independent"])


@given(VIEWS, st.data(), st.lists(st.integers(0, 60), min_size=4, max_size=4), st.integers(0, 9))
@settings(deadline=None, max_examples=25)
def test_what_a_few_of_it_or_independent_people_answered_shows_nowhere(view, data, ages, others):
    first = data.draw(st.lists(st.integers(1, 5), min_size=1, max_size=4))
    second = data.draw(st.lists(st.integers(1, 5), min_size=len(first), max_size=len(first)))
    fixed = [*TICKETS, *([(DAY - 5, answer("client", 4), others)] if others else [])]
    fixed += [(DAY - 6, answer("own" if view == "independent" else "independent", 3), 6)]
    worlds = [
        [(DAY - age, answer(view, score), 1) for age, score in zip(ages, scores, strict=False)]
        for scores in (first, second)
    ]
    one, another = both(*((fixed, world) for world in worlds))
    assert one == another


@pytest.mark.parametrize("people", [1, 3, 4])
@pytest.mark.parametrize("score", [1, 2, 4])
def test_what_a_few_of_the_client_said_shows_only_in_the_score_as_a_whole(people, score):
    # A step of an answer is one unit of evidence, of such a rating half a unit: the sum is one.
    worlds = [
        [(DAY, answer("client", given), people), (DAY, ("ticket.rated", rating, 1, 4), people)]
        for given, rating in ((score, 4), (score + 1, 2))
    ]
    one, another = both(*((TICKETS, world, TICKETS[:1]) for world in worlds))
    assert one == another


def test_with_five_the_answers_show_so_the_others_do_prove_something():
    worlds = [[(DAY, answer("own", score), 5)] for score in (2, 3)]
    one, another = both(*((TICKETS, world) for world in worlds))
    assert sum(a != b for a, b in zip(one, another, strict=True)) >= 8


@pytest.mark.parametrize(
    ("lang", "whole", "part"),
    [
        (
            "en",
            "not shown, fewer than 5 respondents",
            "Not shown separately, fewer than 5 respondents: survey",
        ),
        (
            "nl",
            "niet getoond, minder dan 5 respondenten",
            "Niet apart getoond, minder dan 5 respondenten: enquête",
        ),
    ],
)
def test_the_words_say_what_is_withheld_and_why(lang, whole, part):
    events = [*TICKETS, (DAY, answer("own", 5), 4), (DAY, answer("client", 5), 4)]

    async def explained():
        directory = Directory()
        directory.register(Client("finance", "Finance", "rm-finance"))
        scorer = Scorer(directory, POLICY)
        added(scorer, events)
        await scorer.evaluate(DAY)
        return await ScoreQueries(scorer, directory).explanation("finance", "28d", lang)

    found = {score["name"]: score for score in asyncio.run(explained())["scores"]}
    for name in ("trust.own", "perception"):
        assert found[name]["value"] is None
        assert whole in found[name]["text"][0]
    assert found["trust.own"]["withheld"]["inputs"] == ["survey"]
    assert found["trust"]["value"] is not None
    assert any(part in line for line in found["trust"]["text"])
    assert {"survey", "closed"}.isdisjoint(p["component"] for p in found["trust"]["parts"])
