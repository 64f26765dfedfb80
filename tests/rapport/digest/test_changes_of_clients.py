"""What a worker says of the last week: the same as two evaluations and their explanation say."""

import asyncio
from collections import Counter
from urllib.parse import urlencode

import pytest

from rapport.language.codes import language_codes
from rapport.language.concerns import describe_concern
from rapport.language.language import find_language
from rapport.web.client import fetch_json
from rapport_schemas.wire.errors import RapportError

DAY, DAYS = 19_998, 7


@pytest.fixture
def fleet(world):
    return world()


@pytest.fixture
def ask(fleet, serve):
    url = serve(*fleet)

    def asked(since="7d", lang="en", *owners):
        query = [("since", since), ("lang", lang), *(("owner", one) for one in owners)]
        return fetch_json(f"{url}/digest?{urlencode(query)}")

    asked.url = url
    return asked


def by_id(answer):
    return {client["id"]: client for client in answer["clients"]}


def test_states_and_concerns_are_those_of_the_evaluations_of_both_days(fleet, ask):
    scorer, _ = fleet
    answer = ask()
    assert (answer["day"], answer["since"], answer["registered"]) == ("2024-10-02", "2024-09-25", 5)
    names, english = scorer.names, find_language("en")
    for name, client in by_id(answer).items():
        before = asyncio.run(scorer.client_snapshot(name, DAY - DAYS)).health.verdict
        now = scorer.health[name].verdict
        assert (client["state_before"], client["state"]) == (before.state, now.state)
        assert client["urgency"] == float(now.urgency)
        counting = [one for one in now.concerns if one.counts]
        assert (client["first"] is None) == (not counting)
        assert client["others"] == max(0, len(counting) - 1)
        if counting:
            sentence, step = describe_concern(counting[0], names, english)
            assert (client["first"]["text"], client["first"]["next"]) == (sentence, step)


def test_each_client_has_its_own_week(ask):
    clients = by_id(ask())
    moves = {name: client["steps"] for name, client in clients.items()}
    assert moves == {"arts": -1, "libraries": -2, "parks": 2, "housing": -2, "quiet": 0}
    assert clients["libraries"]["began"] == ["Trust is falling", "Trust is low"]
    assert clients["arts"]["began"] == ["No data from this client (survey answers)"]
    assert clients["parks"]["began"] == []
    assert clients["parks"]["ended"] == ["Trust is low"]
    assert [text[:11] for text in clients["parks"]["news"]] == ["Trust rose "]


def test_a_change_of_a_score_is_the_one_that_the_explanation_tells(ask):
    explained = fetch_json(f"{ask.url}/clients/libraries/explanation?since=7d")
    trust = next(score for score in explained["scores"] if score["name"] == "trust")
    points, after = -100 * trust["change"]["points"], 100 * trust["change"]["after"]
    (told,) = by_id(ask())["libraries"]["fell"]
    assert told.startswith(f"Trust: down {points:.1f} to {after:.1f} (")
    assert "survey answers, survey answers" not in told
    first = trust["change"]["rows"][0]
    assert f"({100 * first['points']:+.1f}: {first['label'].split(':')[0].lower()}" in told


def test_a_change_of_less_than_two_points_is_not_told(ask):
    assert by_id(ask("1d"))["arts"]["fell"] == by_id(ask("1d"))["arts"]["rose"] == []


def test_only_the_clients_of_the_owners_that_are_asked_for_are_in_it(ask):
    assert by_id(ask("7d", "en", "team-a")).keys() == {"libraries", "parks"}
    both = ask("7d", "en", "team-a", "team-c")
    assert both["registered"] == len(both["clients"]) == 3
    with pytest.raises(RapportError, match="no client has the owner 'team-q'; did you mean team-"):
        ask("7d", "en", "team-q")


@pytest.mark.parametrize(("since", "lang"), [("soon", "en"), ("0d", "en"), ("7d", "xx")])
def test_a_wrong_question_is_refused(ask, since, lang):
    with pytest.raises(RapportError, match="expected"):
        ask(since, lang)


@pytest.mark.parametrize("lang", language_codes())
def test_every_language_says_as_much(ask, lang):
    english, other = by_id(ask()), by_id(ask("7d", lang))
    for name, client in other.items():
        for part in ("began", "ended", "news", "rose", "fell"):
            assert len(client[part]) == len(english[name][part])


def test_the_past_fleet_has_what_most_clients_share(world):
    scorer, _ = world(
        events={
            name: [
                (9, ("survey.answered", "client", (("trust", 2, 1, 5),), 5), 8),
                (9, ("survey.answered", "own", (("trust", 5, 1, 5),), 5), 8),
            ]
            for name in "abcdefg"
        }
    )

    async def evaluated():
        await scorer.evaluate(DAY - DAYS)
        now = dict(scorer.health)
        return now, await scorer.past_fleet(DAY - DAYS)

    now, past = asyncio.run(evaluated())
    assert {name: one.verdict for name, one in past.items()} == {
        name: one.verdict for name, one in now.items()
    }
    shared = Counter(
        one.kind for health in past.values() for one in health.verdict.concerns if one.is_shared
    )
    assert shared["overrated"] == 7
