"""Today: who needs somebody first, what is overdue, and what went well; for some owners or all."""

import html
import json
import re
from dataclasses import replace
from datetime import timedelta
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
from run_rapport import run_rapport

from rapport.domain.calendar import dated
from rapport.domain.desk.entries import desk_entry
from rapport.language.codes import language_codes
from rapport.language.concerns import describe_concern
from rapport.language.language import find_language
from rapport.language.today import NEEDED_MAX, OVERDUE_MAX, today_texts
from rapport.web.client import fetch, fetch_json
from rapport_schemas.desk import ActionRecorded
from rapport_schemas.relationship import PromiseMade
from rapport_schemas.wire.errors import RapportError

HOSTILE = '<b onclick="x">"New laptops" & more'


def promise(number, due, what=HOSTILE):
    made = PromiseMade(
        client="finance", promise_id=f"p{number}", made_on=dated(20_500), due_on=due, what=what
    )
    return desk_entry("rapport.relationship.promise-made.v1", made, b"urn:a", b"1", 0, 20_500)


def action(number, due, *, status="open", what="Meet the controller"):
    done = {"done_on": due} if status == "done" else {}
    data = ActionRecorded(
        client="parks",
        action_id=f"a{number}",
        revision=1,
        what=what,
        kind="meeting",
        who="team-desk",
        due_on=due,
        status=status,
        **done,
    )
    return desk_entry("rapport.relationship.action-recorded.v1", data, b"urn:a", b"1", 1, 20_500)


@pytest.fixture
def recorded(pages):
    """Two overdue things, and three that are not; today is the last day on which one is due."""
    today = dated(pages.day)
    yesterday, before = today - timedelta(1), today - timedelta(9)
    pages.recorded = {
        "finance": [promise(1, yesterday), promise(2, today, "not yet")],
        "parks": [action(1, before), action(2, before, status="done"), action(3, None)],
    }
    yield pages
    pages.recorded = {}


def asked(pages, query=""):
    return fetch_json(f"{pages.url}/today.json?{query}")


def test_who_needs_somebody_stands_in_the_order_of_the_fleet_with_the_next_step(pages):
    fleet, found = fetch_json(f"{pages.url}/clients"), asked(pages)
    own = {
        client["id"]: [
            one
            for one in client["concerns"]
            if one["class"] in {"act", "watch"} and not one["fleet"]
        ]
        for client in fleet
    }
    needing = [one for one in fleet if one["state"] in {"act", "watch"} and own[one["id"]]]
    assert [one["id"] for one in found["needed"]] == [one["id"] for one in needing]
    assert found["needed"]
    for told in found["needed"]:
        first, *others = own[told["id"]]
        assert (told["text"], told["next"]) == (first["text"]["en"], first["next"]["en"])
        assert told["others"] == len(others)
    assert [one["id"] for one in found["well"]] == [one["id"] for one in fleet if one["news"]]
    assert sum(found["states"].values()) == found["clients"] == found["registered"] == len(fleet)


def test_what_is_overdue_waits_longest_first_and_is_open_after_its_day(recorded):
    found = asked(recorded)
    assert [(one["client"], one["kind"]) for one in found["overdue"]] == [
        ("parks", "action"),
        ("finance", "promise"),
    ]
    assert found["overdue"][1]["what"] == HOSTILE
    assert found["overdue"][0]["note"].endswith(" · team-desk")
    assert found["overdue"][0]["due_on"] == str(dated(recorded.day) - timedelta(9))


def test_an_owner_sees_the_clients_of_that_owner_alone(recorded):
    found = asked(recorded, "owner=rm-parks")
    assert (found["owners"], found["clients"], found["registered"]) == (["rm-parks"], 1, 1)
    everything = [*found["needed"], *found["well"]]
    assert {one["id"] for one in everything} <= {"parks"}
    assert [one["client"] for one in found["overdue"]] == ["parks"]
    both = asked(recorded, "owner=rm-parks&owner=rm-finance")
    assert both["clients"] == 2
    assert len(both["overdue"]) == 2
    assert asked(recorded, "owner=")["clients"] > 2, "the choice of every owner"


@pytest.mark.parametrize("lang", language_codes())
def test_the_page_says_the_same_as_text(recorded, lang):
    page, found = (
        fetch(f"{recorded.url}/today?lang={lang}").decode(),
        asked(recorded, f"lang={lang}"),
    )
    assert HOSTILE not in page
    text = html.unescape(re.sub(r"<[^>]+>", "", page))
    for one in (*found["needed"], *found["well"]):
        assert one["text"] in text
        assert one["next"] in text
    for one in found["overdue"]:
        assert one["note"] in text
    assert find_language(lang).text("today_overdue") in text
    linked = re.findall(r'href="/pages/([a-z]+)\?', page)
    assert linked == [
        *(one["id"] for one in found["needed"]),
        *(one["client"] for one in found["overdue"]),
        *(one["id"] for one in found["well"]),
    ]


def test_an_owner_without_clients_is_an_error_and_another_language_keeps_the_owners(pages):
    for path in ("today", "today.json"):
        with pytest.raises(HTTPError, match="404") as refused:
            urlopen(f"{pages.url}/{path}?owner=nobody", timeout=10)  # noqa: S310 # the test's own server
        refused.value.close()
    page = fetch(f"{pages.url}/today?owner=rm-parks&owner=rm-finance&lang=en").decode()
    other = re.search(r'href="([^"]+)" lang="nl"', page)
    assert html.unescape(other[1]) == "/today?owner=rm-parks&owner=rm-finance&lang=nl"
    assert "Clients of rm-finance, rm-parks" in page


def test_while_the_desk_cannot_be_read_the_page_says_so(pages, monkeypatch):
    async def damaged(_client):
        raise RapportError("the store is damaged")

    monkeypatch.setattr(pages.queries, "_read_desk", damaged)
    assert asked(pages)["overdue"] is None
    assert "The worker is busy." in fetch(f"{pages.url}/today?lang=en").decode()


def test_a_long_list_is_cut_and_counted(make_pages):
    made = make_pages({"finance": "Finance"})
    due = dated(made.day) - timedelta(1)
    made.recorded = {"finance": [promise(n, due)._replace(entity=n) for n in range(60)]}
    found = asked(made)
    assert (len(found["overdue"]), found["overdue_count"]) == (OVERDUE_MAX, 60)
    assert "10 more are overdue." in fetch(f"{made.url}/today?lang=en").decode()
    assert NEEDED_MAX < OVERDUE_MAX
    assert found["needed"] == []
    assert "Nothing needs attention now." in fetch(f"{made.url}/today?lang=en").decode()


def test_the_command_prints_what_the_worker_says(recorded):
    ran = run_rapport("today", "--url", recorded.url, "--owner", "rm-parks", "--lang", "nl")
    assert ran.returncode == 0, ran.stderr
    found = asked(recorded, "owner=rm-parks&lang=nl")
    assert ran.stdout.startswith("Klanten van rm-parks\n1 van 1 klanten: ")
    assert f"Actie: Meet the controller ({found['overdue'][0]['note']})" in ran.stdout
    as_json = run_rapport("today", "--url", recorded.url, "--json", "--owner", "rm-parks")
    assert json.loads(as_json.stdout) == asked(recorded, "owner=rm-parks")
    unknown = run_rapport("today", "--url", recorded.url, "--owner", "nobody")
    assert unknown.returncode == 1
    assert "no client has the owner 'nobody'" in unknown.stderr


def test_the_digest_names_what_is_overdue(recorded):
    ran = run_rapport("digest", "--week", "--url", recorded.url)
    assert ran.returncode == 0, ran.stderr
    assert "OVERDUE PROMISES AND ACTIONS" in ran.stdout
    words = " ".join(ran.stdout.split())
    assert "Action: Meet the controller (overdue since " in words
    assert 'Promise: <b onclick="x">"New laptops" & more' in words
    assert "not yet" not in words


def test_a_concern_that_is_acknowledged_needs_nobody_and_the_next_one_stands_first(pages):
    snapshot = pages.snapshots.fleet
    health = next(
        one
        for one in snapshot.health.values()
        if len([c for c in one.verdict.concerns if c.counts]) > 1
    )
    counting = [one for one in health.verdict.concerns if one.counts]

    def needed(*acknowledged):
        concerns = tuple(
            replace(one, acknowledged_until=pages.day) if one in acknowledged else one
            for one in health.verdict.concerns
        )
        told = replace(health, verdict=replace(health.verdict, concerns=concerns))
        scored = [(snapshot.directory[health.client], told)]
        return today_texts(scored, snapshot.directory, (), [], find_language("en")).needed

    names = snapshot.names
    (first,), (second,) = needed(), needed(counting[0])
    assert first.text == describe_concern(counting[0], names, find_language("en"))[0]
    assert second.text == describe_concern(counting[1], names, find_language("en"))[0]
    assert (first.others, second.others) == (len(counting) - 1, len(counting) - 2)
    assert needed(*counting) == []
