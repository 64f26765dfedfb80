"""Forms: what is typed becomes the event of its contract, once; and what is wrong stays typed."""

import re
import time
from datetime import date, timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest

from rapport.web.forms import routes
from rapport.web.forms.forms import FORMS, OFFERED
from rapport_schemas.desk import (
    ActionRecorded,
    ConcernAcknowledged,
    EntryCancelled,
    NoteRecorded,
    PlanRecorded,
)
from rapport_schemas.fields import ScoreTargets
from rapport_schemas.relationship import (
    ProfileUpdated,
    PromiseMade,
    PromiseSettled,
    ProposalDecided,
    RelationshipWithdrawn,
    SignalHeard,
    TouchpointHeld,
)

YESTERDAY = date.fromtimestamp(time.time()) - timedelta(days=1)  # noqa: DTZ012 # a test needs no zone
EXAMPLES = {
    "touchpoint": (
        {"kind": "workshop", "roles": ["cio"], "teams": "", "note": ""},
        TouchpointHeld(client="finance", kind="workshop", roles=["cio"]),
    ),
    "signal": (
        {"signal": "unclear_role", "note": "What does IT do?"},
        SignalHeard(client="finance", signal="unclear_role", note="What does IT do?"),
    ),
    "profile": (
        {"facet": "goals", "held_from": "client"},
        ProfileUpdated(client="finance", facet="goals", held_from="client"),
    ),
    "promise": (
        {"what": "A new portal", "made_on": "2026-01-05", "due_on": "2026-03-01", "link": ""},
        PromiseMade(
            client="finance",
            promise_id="ID",
            what="A new portal",
            made_on=date(2026, 1, 5),
            due_on=date(2026, 3, 1),
        ),
    ),
    "action": (
        {
            "what": "Talk",
            "kind": "talk",
            "who": "team-a",
            "status": "done",
            "done_on": "2026-01-05",
        },
        ActionRecorded(
            client="finance",
            action_id="ID",
            what="Talk",
            kind="talk",
            who="team-a",
            status="done",
            done_on=date(2026, 1, 5),
        ),
    ),
    "note": (
        {"happened_on": "2026-01-05", "text": "Reorganised", "link": "https://wiki.example/x"},
        NoteRecorded(
            client="finance",
            note_id="ID",
            happened_on=date(2026, 1, 5),
            text="Reorganised",
            link="https://wiki.example/x",
        ),
    ),
    "settled": ({"kept": "no"}, PromiseSettled(client="finance", kept=False)),
    "plan": (
        {"text": "Be a partner", "stage": "partner", "targets.trust": "70", "review_on": ""},
        PlanRecorded(
            client="finance",
            text="Be a partner",
            stage="partner",
            targets=ScoreTargets(trust=70),
        ),
    ),
    "acknowledgement": (
        {"concern": "trust_low", "reason": "Known", "until": "2026-03-20", "points": "12"},
        ConcernAcknowledged(
            client="finance",
            concern="trust_low",
            reason="Known",
            until=date(2026, 3, 20),
            points=12,
        ),
    ),
    "proposal": (
        {"initiated_by": "it", "accepted": "yes"},
        ProposalDecided(client="finance", initiated_by="it", accepted=True),
    ),
}


def test_every_form_has_an_example():
    assert EXAMPLES.keys() == set(OFFERED)


@pytest.mark.parametrize("name", EXAMPLES)
def test_a_form_publishes_its_event_with_its_own_id_and_who_recorded_it(forms, name):
    typed, expected = EXAMPLES[name]
    hidden = forms.open(name)
    status, headers, _ = forms.send(name, {**hidden, "happened_on": YESTERDAY.isoformat(), **typed})
    assert status == 303
    ((event, event_id, at, recorded_by),) = forms.published
    if id_field := FORMS[name].id_field:
        expected = expected.model_copy(update={id_field: hidden["id"]})
    if name in {"plan", "acknowledgement"}:
        assert event.revision > 0
        expected = expected.model_copy(update={"revision": event.revision})
    assert (event, event_id, recorded_by) == (expected, hidden["id"], "anna")
    assert not FORMS[name].asks_day or at.date() == YESTERDAY
    status, _, text = forms.ask("GET", headers["Location"], "anna")
    assert status == 200
    assert "Recorded: " in text


def test_what_was_recorded_is_withdrawn_from_the_page_that_says_so(forms):
    hidden = forms.open("settled")
    sent = {**hidden, "happened_on": YESTERDAY.isoformat(), "kept": "yes"}
    _, headers, _ = forms.send("settled", sent)
    _, _, text = forms.ask("GET", headers["Location"], "anna")
    (address,) = re.findall(r'href="(/pages/finance/record/withdraw[^"]*)"', text)
    address = address.replace("&amp;", "&")
    _, _, text = forms.ask("GET", address, "anna")
    filled = dict(parse_qsl(urlsplit(address).query))
    assert f'value="{hidden["id"]}"' in text
    withdrawal = forms.open("withdraw")
    forms.send(
        "withdraw",
        {**withdrawal, "event_id": filled["event_id"], "occurred_on": filled["occurred_on"]},
    )
    assert forms.published[-1][0] == RelationshipWithdrawn(
        client="finance", event_id=hidden["id"], occurred_on=YESTERDAY
    )


def test_what_has_an_id_of_its_own_is_taken_back_by_that(forms):
    example, _ = EXAMPLES["note"]
    _, headers, _ = forms.send("note", {**forms.open("note"), **example})
    _, _, text = forms.ask("GET", headers["Location"], "anna")
    (address,) = re.findall(r'href="(/pages/finance/record/cancel[^"]*)"', text)
    filled = dict(parse_qsl(urlsplit(address.replace("&amp;", "&")).query))
    status, _, text = forms.send("cancel", {**forms.open("cancel"), **filled})
    assert status == 303, text
    note, cancelled = (event for event, *_ in forms.published)
    assert cancelled == EntryCancelled(
        client="finance", kind="note", entry_id=note.note_id, revision=cancelled.revision
    )
    assert cancelled.revision > note.revision


def test_a_rule_on_two_fields_and_a_link_of_another_kind_are_named_at_a_field(forms):
    example, _ = EXAMPLES["action"]
    for wrong, field in (({"done_on": ""}, "done_on"), ({"link": "javascript:alert(1)"}, "link")):
        sent = {**forms.open("action"), **example, **wrong}
        status, _, text = forms.send("action", sent)
        assert (status, forms.published) == (422, [])
        assert f'id="mistake-{field}"' in text


def test_a_form_sent_twice_has_the_same_id_content_and_time(forms, touchpoint):
    sent = {**forms.open("touchpoint"), **touchpoint}
    assert [forms.send("touchpoint", sent)[0] for _ in range(2)] == [303, 303]
    first, second = forms.published
    assert first == second


def test_a_form_sent_again_with_other_content_is_another_event_and_only_when_confirmed(forms):
    sent = {**forms.open("settled"), "happened_on": YESTERDAY.isoformat(), "kept": "yes"}
    forms.send("settled", sent)
    status, _, text = forms.send("settled", {**sent, "kept": "no"})
    assert status == 409
    assert "sent before with other content" in text
    assert len(forms.published) == 1
    again = hidden_fields(text)
    assert again["id"] != sent["id"]
    assert forms.send("settled", {**sent, **again, "kept": "no"})[0] == 303
    assert [event.kept for event, *_ in forms.published] == [True, False]


def test_mistakes_are_named_at_their_fields_and_what_was_typed_stays(forms, touchpoint):
    sent = {**forms.open("touchpoint"), **touchpoint, "roles": [], "kind": "party"}
    sent["happened_on"] = (YESTERDAY + timedelta(days=3)).isoformat()
    status, _, text = forms.send("touchpoint", sent)
    assert status == 422
    assert forms.published == []
    for field in ("roles", "kind", "happened_on"):
        assert f'id="mistake-{field}"' in text, field
        assert f'aria-describedby="mistake-{field}' in text, field
    assert 'value="crm, desk"' in text
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; “é”" in text
    assert "<script>" not in text
    assert 'value="yes" checked' in text


@pytest.mark.parametrize(
    ("day", "mistake"),
    [
        ("", "Fill this in"),
        ("31-03-2026", "Give a day"),
        ("9999-12-31", "yet to come"),
        ("1970-01-01", "Only the last 400 days"),
    ],
)
def test_a_day_that_cannot_count_is_refused_before_it_becomes_a_dead_letter(forms, day, mistake):
    sent = {**forms.open("settled"), "happened_on": day, "kept": "yes"}
    status, _, text = forms.send("settled", sent)
    assert (status, forms.published) == (422, [])
    assert mistake in text


def test_with_kafka_away_it_says_so_keeps_what_was_typed_and_counts_once_later(forms, touchpoint):
    hidden = forms.open("touchpoint")
    forms.is_kafka_away = True
    status, _, text = forms.send("touchpoint", {**hidden, **touchpoint})
    assert status == 503
    assert "Kafka did not confirm it" in text
    assert 'value="crm, desk"' in text
    again = hidden_fields(text)
    assert again["id"] == hidden["id"]
    forms.is_kafka_away = False
    assert forms.send("touchpoint", {**again, **touchpoint})[0] == 303
    assert [event_id for _, event_id, *_ in forms.published] == [hidden["id"]]


def test_a_stale_form_keeps_what_was_typed_and_is_sealed_anew(forms, touchpoint, monkeypatch):
    now = time.time()
    monkeypatch.setattr(routes.time, "time", lambda: now - 5 * 3600)
    hidden = forms.open("touchpoint")
    monkeypatch.undo()
    status, _, text = forms.send("touchpoint", {**hidden, **touchpoint})
    assert (status, forms.published) == (409, [])
    assert "was open for some hours" in text
    assert 'value="crm, desk"' in text
    assert forms.send("touchpoint", {**hidden_fields(text), **touchpoint})[0] == 303


def test_texts_are_there_in_both_languages_for_every_form(forms):
    for lang in ("en", "nl"):
        for name in FORMS:
            status, _, text = forms.ask("GET", f"/pages/finance/record/{name}?lang={lang}", "anna")
            assert status == 200
            assert f'<html lang="{lang}">' in text


def hidden_fields(text):
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))
