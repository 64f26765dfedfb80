"""What a worker answers when it is asked why, over its own HTTP server."""

import asyncio
import json
import threading
from pathlib import Path

import pytest
from run_rapport import run_rapport

from rapport.domain.calendar import since_days
from rapport.domain.clients.registry import Client, Directory
from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.page import CountChange
from rapport.domain.policy.model import parse_policy
from rapport.web.client import fetch_json
from rapport.web.fleet_snapshot import WorkerView
from rapport.web.server import WebServer
from rapport.worker.queries import ScoreQueries
from rapport.worker.scoring.scorer import Scorer
from rapport_schemas.wire.errors import RapportError

TEXT = (
    Path(__file__).parents[3] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
DAY = 20_000
FACTS = [
    (DAY - 40, ("ticket.rated", 5, 1, 5), 8),
    (DAY - 3, ("ticket.closed", "P1", False, "person", 0), 6),
    (DAY - 2, ("touch", "workshop", ("cio", "it_team"), ("crm",), ("goals",), True), 6),
    (DAY - 5, ("buy", "outside", "software", "acme", "GBP", 1250), 2),
    (DAY - 1, ("buy", "outside", "software", "acme", "GBP", 1250), 1),
    (DAY, ("knowledge", "goals", "client"), 1),
    (DAY, ("knowledge", "mission", "client"), 1),
]


def scorer_of(facts):
    directory = Directory()
    directory.register(Client("finance", "Finance", "rm-finance"))
    scorer = Scorer(directory, parse_policy(TEXT))
    for day, fact, times in facts:
        for number in range(times):
            entry = (number, day, encode_fact(fact))
            scorer.add("finance", [CountChange((entry,), 1)])
    return scorer, directory


@pytest.fixture(scope="module")
def url():
    """A web server in its thread, and a loop in another that owns the scorer, as in a worker."""
    scorer, directory = scorer_of(FACTS)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    asyncio.run_coroutine_threadsafe(scorer.evaluate(DAY), loop).result(10)
    queries = ScoreQueries(scorer, directory)
    asyncio.run_coroutine_threadsafe(queries.attach(), loop).result(10)
    server = WebServer("127.0.0.1", 0, lambda: WorkerView({"ready": True}), queries)
    host, port = server.start()
    yield f"http://{host}:{port}"
    loop.call_soon_threadsafe(loop.stop)
    thread.join(10)
    loop.close()


def answer(url, query=""):
    return fetch_json(f"{url}/clients/finance/explanation{query}")


def test_every_score_is_explained_by_units_that_add_up_exactly(url):
    found = answer(url)
    assert len(found["scores"]) == 9
    for score in found["scores"]:
        units = sum(int(part["units"]) for part in score["parts"])
        assert units + int(score["baseline"]) == int(score["numerator"])
        assert score["change"] is None
        assert score["text"]


def test_a_change_is_explained_by_units_that_add_up_exactly(url):
    found = answer(url, "?since=7d")
    assert (found["day"], found["since"]) == ("2024-10-04", "2024-09-27")
    for score in found["scores"]:
        change = score["change"]
        assert sum(int(row["units"]) for row in change["rows"]) == int(change["units"])
    trust = next(score for score in found["scores"] if score["name"] == "trust")
    assert trust["text"][-3].startswith("It fell from 91.2 to 43.6 since 27 Sept 2024")
    assert trust["low"] < trust["value"] < trust["high"]
    first = trust["change"]["rows"][0]
    assert (first["kind"], first["day"]) == ("ticket_missed", "2024-10-01")


def test_the_answer_is_also_in_dutch(url):
    found = answer(url, "?since=1w&lang=nl")
    assert found["title"] == "Finance op 4 okt 2024, vergeleken met 27 sep 2024"
    text = [line for score in found["scores"] for line in score["text"]]
    assert any(line.startswith("Gedaald van 91,2 naar 43,6") for line in text)
    absent = "Afwezig in de gesprekken: IT-management en projectmanagers."
    assert absent in [line.strip() for line in text]


def test_purchases_and_the_way_to_the_next_stage_are_in_the_answer(url):
    found = answer(url)
    # The purchase of 3 October counts from Monday on, when its week is closed.
    assert found["purchases"]["rows"] == [
        {"supplier": "acme", "category": "software", "day": "2024-09-29", "times": 2}
    ]
    assert found["maturity"]["stage"] == 1
    assert "trust" in found["maturity"]["unmet_criteria"]


def explained(facts, lang="en"):
    scorer, directory = scorer_of(facts)
    asyncio.run(scorer.evaluate(DAY))
    return asyncio.run(ScoreQueries(scorer, directory).explanation("finance", None, lang)), scorer


LONG = [
    (DAY - 200, ("buy", "outside", "software", "acme", "EUR", 100), 2),
    (DAY - 20, ("buy", "outside", "software", "acme", "EUR", 100), 40),
    *((day, ("ticket.closed", "P1", True, "person", 0), 6) for day in range(DAY - 120, DAY, 30)),
    *((day, ("ticket.rated", 5, 1, 5), 8) for day in range(DAY - 120, DAY, 30)),
    (DAY - 120, ("survey.answered", "own", (("trust", 5, 1, 5),), None), 9),
    (DAY - 120, ("survey.answered", "independent", (("trust", 4, 1, 5),), None), 9),
    (DAY - 120, ("touch", "workshop", ("cio",), (), (), True), 30),
    (DAY - 120, ("knowledge", "goals", "client"), 1),
    (DAY - 120, ("knowledge", "mission", "client"), 1),
]


def test_every_score_and_the_purchases_are_beside_their_own_thirteen_weeks():
    found, scorer = explained(LONG)
    for score in found["scores"]:
        assert len(score["past"]) == 13
        assert None not in score["past"], score["name"]
    earlier = next(score["past"] for score in found["scores"] if score["name"] == "divergence")
    # On Sunday 15 September the week of the burst was not closed yet; its window ends that day.
    assert earlier == [0] * 11 + [1] * 2
    weeks = found["purchases"]["past"]
    assert [week["observed"] for week in weeks] == [0] * 10 + [40] * 3
    assert [week["day"] for week in (weeks[0], weeks[-1])] == ["2024-07-07", "2024-09-29"]
    assert found["purchases"]["expected"] == scorer.health["finance"].purchases.expected
    assert all(0 < week["expected"] < 5 for week in weeks)
    year = found["purchases"]["weeks"]
    assert len(year) == 52
    assert [week | {"alert_threshold": 0} for week in weeks] == [
        week | {"alert_threshold": 0} for week in year[-13:]
    ]
    assert all(week["alert_threshold"] > week["expected"] for week in year)


def test_the_events_behind_a_score_add_up_to_it_exactly():
    found, _ = explained(LONG)
    for score in found["scores"]:
        events = score["events"]
        units = sum(int(row["units"]) for row in events["rows"])
        assert units == int(score["numerator"]), score["name"]
        assert events["count"] >= len(events["rows"]) > 0


@pytest.mark.parametrize(
    ("lang", "lines"),
    [
        (
            "en",
            [
                "  Stage index 1.43 (1 supplier, 2 partner, 3 anticipator).",
                "  13 weeks ago it was 1.57.",
            ],
        ),
        (
            "nl",
            [
                "  Fase-index 1,43 (1 leverancier, 2 partner, 3 meedenker).",
                "  13 weken geleden was het 1,57.",
            ],
        ),
    ],
)
def test_maturity_and_divergence_are_shown_with_their_earlier_values(lang, lines):
    # Of the seven criteria trust, its certainty and the gap between IT and the client are met; the
    # purchases were, before the burst.
    found, _ = explained(LONG, lang)
    text = {score["name"]: score["text"] for score in found["scores"]}
    assert text["maturity"][-2:] == lines
    assert text["divergence"][-1] == lines[1].replace("1.57", "0.0").replace("1,57", "0,0")


def test_purchases_are_beside_peers_where_there_are_some():
    found, scorer = explained(LONG)
    assert found["purchases"]["peers"] is None
    everyone = [f"unit-{number}" for number in range(12)]
    for name in everyone:
        scorer._directory.register(Client(name, name.title(), "rm"))
        scorer.add(name, [CountChange(((0, DAY - 9, encode_fact(LONG[0][1])),), 1)])
    asyncio.run(scorer.evaluate(DAY))
    asked = ScoreQueries(scorer, scorer._directory).explanation("finance", None, "en")
    peers = asyncio.run(asked)["purchases"]["peers"]
    assert (peers["observed"], peers["clients"]) == (42, 12)


@pytest.mark.parametrize(
    ("path", "says"),
    [
        ("/clients/law/explanation", "no client has the id, alias or name 'law'"),
        ("/clients/finance/explanation?since=soon", "expected 1d to 366d"),
        ("/clients/finance/explanation?lang=fr", "expected en or nl"),
    ],
    ids=["client", "since", "language"],
)
def test_what_cannot_be_answered_is_refused_with_the_reason(url, path, says):
    with pytest.raises(RapportError, match=says):
        fetch_json(url + path)


@pytest.mark.parametrize("text", ["7", "0d", "400d", "60w", "d", "-1d", "7d "])
def test_a_time_that_is_none_is_refused(text):
    with pytest.raises(RapportError, match="since is"):
        since_days(text)


def test_the_fleet_says_who_of_it_takes_part(url):
    found = fetch_json(f"{url}/fleet?lang=nl")
    roles = {role["name"]: role for role in found["it_activity"]["roles"]}
    assert roles["cio"]["clients"] == 1
    assert roles["project_managers"]["takes_part"] is False
    assert "CIO: sprak 1 klant; afgesproken boodschap in 100% van de gesprekken" in found["text"]


def test_the_command_line_tells_it_and_gives_json_and_an_exit_code(url):
    def run(*arguments):
        return run_rapport("explain", *arguments, "--url", url)

    result = run("finance", "--since", "7d", "--lang", "nl")
    assert result.returncode == 0, result.stderr
    title = "Finance op 4 okt 2024, vergeleken met 27 sep 2024"
    assert result.stdout.startswith(f"{title}\n\nStatus: ")
    assert "\n\nVertrouwen: " in result.stdout
    assert json.loads(run("finance", "--json").stdout)["client"] == "finance"
    refused = run("law")
    assert refused.returncode == 1
    assert "no client has the id, alias or name 'law'" in refused.stderr
