"""What a card says, row by row, in both languages."""

from datetime import date

import pytest

from rapport.domain.calendar import day_number
from rapport.domain.clients.agreed_texts import agreed_text
from rapport.domain.desk.card import client_card
from rapport.domain.desk.content import encode_content
from rapport.domain.desk.entries import DeskEntry, desk_entry
from rapport.language.desk import ROWS_MAX, describe_sections, desk_sections
from rapport.language.language import find_language
from rapport.runtime.policy_file import load_policy
from rapport_schemas.desk import (
    ActionRecorded,
    ConcernAcknowledged,
    MessageAgreed,
    NoteRecorded,
    OfferDescribed,
    PlanRecorded,
)
from rapport_schemas.relationship import ProfileUpdated, PromiseMade, PromiseSettled
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL

VALID = load_policy(None).knowledge.valid_days
DAY = "2026-03-02"


def on(text):
    return date.fromisoformat(text)


TODAY = day_number(on(DAY))
EVENTS = (
    ProfileUpdated(client="f", facet="goals", held_from="client", statement="Grow\nnorth"),
    ProfileUpdated(client="f", facet="mission", held_from="inferred"),
    PromiseMade(
        client="f", promise_id="1", made_on=on("2026-02-01"), due_on=on("2026-03-01"), what="Mend"
    ),
    PromiseMade(
        client="f", promise_id="2", made_on=on("2026-02-01"), due_on=on("2026-03-02"), what="Ask"
    ),
    PromiseSettled(client="f", promise_id="2", made_on=on("2026-02-01"), kept=False, revision=1),
    ActionRecorded(client="f", action_id="1", what="Call", kind="talk", who="rm"),
    ActionRecorded(
        client="f",
        action_id="2",
        what="Visit",
        kind="talk",
        who="rm",
        status="done",
        done_on=on("2026-02-20"),
    ),
    PlanRecorded(client="f", text="To partner", review_on=on("2026-04-01")),
    NoteRecorded(client="f", note_id="1", happened_on=on("2026-05-01"), text="Moves"),
    ConcernAcknowledged(client="f", concern="trust_low", reason="Known", until=on("2026-03-20")),
)


def lines(language, events=EVENTS, today=TODAY):
    entries = [
        desk_entry(CONTRACT_OF_MODEL[type(data)].type, data, b"urn:a", b"%d" % at, 0, TODAY)
        for at, data in enumerate(events)
    ]
    card = client_card(entries)
    return describe_sections(desk_sections(card, today, VALID, find_language(language)))


def test_a_card_says_what_is_known_promised_planned_and_noted():
    assert lines("en") == [
        "What is on their mind",
        "  goals: Grow north (told by the client · 2 Mar 2026)",
        "  Known, but not written down: mission.",
        "  Not known yet: strategic plan, business strategy and pain points.",
        "Promises",
        "  Mend (promised on 1 Feb 2026 · overdue since 1 Mar 2026)",
        "  Ask (promised on 1 Feb 2026 · broken on 2 Mar 2026)",
        "Actions",
        "  Call (rm · open)",
        "  Visit (rm · done on 20 Feb 2026)",
        "Plan",
        "  To partner (2 Mar 2026 · review on 1 Apr 2026)",
        "Notes",
        "  Moves (1 May 2026)",
        "Acknowledged concerns",
        "  Trust is low: Known (until 20 Mar 2026)",
    ]
    assert len(lines("nl")) == len(lines("en"))


def test_a_client_of_which_nothing_is_recorded_has_its_five_facets_to_ask_for():
    assert len(lines("en", ())) == 2


def test_agreed_texts_are_told_with_since_when_and_for_whom():
    agreed = [
        agreed_text(MessageAgreed(since=on("2026-02-01"), text="We say what it costs.")),
        agreed_text(MessageAgreed(client="f", since=on("2026-04-01"), text="We come by.")),
        agreed_text(OfferDescribed(since=on(DAY), does="Networks", does_not="Figures")),
    ]
    told = {
        language: describe_sections(
            desk_sections(client_card(()), TODAY, VALID, find_language(language), agreed)
        )[2:]
        for language in ("en", "nl")
    }
    assert told["en"] == [
        "The agreed message",
        "  We say what it costs. (since 1 Feb 2026 · for every client)",
        "  We come by. (from 1 Apr 2026 on · for this client)",
        "What IT offers",
        "  IT does: Networks",
        "  IT does not: Figures (since 2 Mar 2026 · for every client)",
    ]
    assert told["nl"][1] == "  We say what it costs. (sinds 1 feb 2026 · voor alle klanten)"


def test_what_is_known_for_longer_than_it_is_valid_is_to_be_asked_again():
    goals = EVENTS[:1]
    limit = TODAY + VALID.goals
    assert "ask again" not in "".join(lines("en", goals, limit))
    assert f"older than {VALID.goals} days: ask again" in "".join(lines("en", goals, limit + 1))


@pytest.mark.parametrize("count", [ROWS_MAX, ROWS_MAX + 2])
def test_many_rows_are_folded(count):
    notes = [
        DeskEntry(
            "f",
            number,
            0,
            "note",
            TODAY - number,
            encode_content(
                "a",
                str(number),
                0,
                NoteRecorded(client="f", note_id="1", happened_on=on(DAY), text=str(number)),
            ),
        )
        for number in range(count)
    ]
    _, section = desk_sections(client_card(notes), TODAY, VALID, find_language("en"))
    assert [row.text for row in section.rows] == [str(number) for number in range(ROWS_MAX)]
    assert len(section.folded) == count - ROWS_MAX
