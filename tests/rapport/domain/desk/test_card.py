"""The card of a client: what holds now, what is open first, and links to allowed hosts only."""

import msgspec
import pytest

from rapport.domain.desk.card import client_card
from rapport.domain.desk.entries import DeskEntry
from rapport.domain.desk.links import shown_link

HOSTS = frozenset({"wiki.example"})


def entry(kind, entity, day=20_000, *, source="urn:a", revision=0, **data):
    content = {"source": source, "event_id": str(entity), "at": 0, "data": data}
    return DeskEntry("finance", entity, revision, kind, day, msgspec.json.encode(content))


def promise(entity, promise_id, due_on="2024-11-01", **more):
    made = {"promise_id": promise_id, "made_on": "2024-10-01", "due_on": due_on, "what": "x"}
    return entry("promise", entity, **made, **more)


def settlement(entity, promise_id, *, kept, **more):
    return entry("settlement", entity, promise_id=promise_id, kept=kept, **more)


def test_each_facet_has_what_is_known_of_it_the_newest_first():
    card = client_card(
        [
            entry("profile", 1, 20_000, facet="goals", held_from="client", statement="old"),
            entry("profile", 2, 20_005, facet="goals", held_from="inferred"),
            entry("profile", 3, 20_003, facet="mission", held_from="client", statement="serve"),
        ]
    )
    assert [one.entry.day for one in card.knowledge["goals"]] == [20_005, 20_000]
    assert [one.data["statement"] for one in card.knowledge["mission"]] == ["serve"]
    assert card.knowledge["pain_points"] == []


def test_what_was_taken_back_is_not_there():
    note = entry("note", 1, text="moved")
    assert len(client_card([note]).notes) == 1
    assert client_card([note._replace(content=None)]).notes == []
    assert client_card([note._replace(kind="withdrawn", content=None)]).notes == []


def test_a_promise_is_open_until_its_own_source_settles_it():
    card = client_card(
        [
            promise(1, "A"),
            promise(2, "B", due_on="2024-10-20"),
            promise(3, "C"),
            promise(4, "D"),
            settlement(5, "C", kept=True),
            settlement(6, "D", kept=False),
            settlement(7, "A", kept=True, source="urn:b"),
            settlement(8, "unknown", kept=True),
        ]
    )
    found = [(one.made.data["promise_id"], one.state) for one in card.promises]
    assert found == [("B", "open"), ("A", "open"), ("C", "kept"), ("D", "broken")]


def test_open_actions_come_first_by_the_day_on_which_they_are_due():
    card = client_card(
        [
            entry("action", 1, 20_009, status="done"),
            entry("action", 2, status="open"),
            entry("action", 3, status="open", due_on="2024-12-01"),
            entry("action", 4, status="open", due_on="2024-11-01"),
            entry("action", 5, 20_001, status="dropped"),
        ]
    )
    assert [one.entry.entity for one in card.actions] == [4, 3, 2, 1, 5]


def test_an_entry_has_its_link_only_where_the_host_is_allowed():
    link = "https://wiki.example/a"
    note = entry("note", 1, text="moved", link=link)
    assert client_card([note], HOSTS).notes[0].data == {"text": "moved", "link": link}
    assert client_card([note]).notes[0].data == {"text": "moved"}


@pytest.mark.parametrize(
    "link",
    [
        "https://wiki.example",
        "https://wiki.example/a?b=c#d",
        "https://wiki.example:443/a",
    ],
)
def test_a_link_to_an_allowed_host_is_shown(link):
    assert shown_link(link, HOSTS) == link


@pytest.mark.parametrize(
    "link",
    [
        None,
        "http://wiki.example",
        "javascript:alert(1)",
        "https://wiki.example.evil",
        "https://evil/wiki.example",
        "https://not-wiki.example",
        "https://wiki.example@evil",
        "https://a:b@wiki.example",
        "https://@wiki.example",
        "https://wiki.example:8443",
        "https://wiki.example:99999",
        "https://[wiki.example",
        "//wiki.example",
        "",
    ],
)
def test_any_other_link_is_not(link):
    assert shown_link(link, HOSTS) is None
