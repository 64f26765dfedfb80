"""What an event leaves at the desk, whatever its form and order, and what takes it back."""

import json
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.calendar import day_number
from rapport.domain.desk import RECORDED_SOURCE, desk_entry, read_content, taken_back
from rapport.domain.desk.entries import DESK_TYPES, last_day
from rapport.domain.desk.kinds import KIND_OF_TYPE
from rapport.domain.events.contract_compiler import compile_contract
from rapport_schemas.desk import EntryCancelled
from rapport_schemas.docs.examples import EXAMPLES
from rapport_schemas.relationship import ProfileUpdated, RelationshipWithdrawn, TouchpointHeld
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL, CONTRACTS

AT = datetime(2026, 3, 2, 22, 30, tzinfo=UTC)
SECONDS = int(AT.timestamp())
DAY = 20_514
OTHER = "urn:acme:calendar"


def entry_of(data, *, source=RECORDED_SOURCE, event_id="e-1", at=SECONDS, day=DAY):
    name = CONTRACT_OF_MODEL[type(data)].type
    return desk_entry(name, data, source.encode(), event_id.encode(), at, day)


def example(name, **changes):
    return CONTRACTS[name].decode(json.dumps({**EXAMPLES[name].good, **changes}).encode())


@pytest.mark.parametrize("name", sorted(DESK_TYPES))
def test_both_forms_of_a_contract_leave_the_same_bytes(name):
    document = json.dumps(EXAMPLES[name].good).encode()
    forms = CONTRACTS[name].decode(document), compile_contract(CONTRACTS[name].model)(document)
    one, other = (desk_entry(name, form, b"urn:rapport:desk", b"e", 1, 2) for form in forms)
    assert one == other
    assert one.client == "finance"


@pytest.mark.parametrize("name", sorted(CONTRACTS.keys() - DESK_TYPES))
def test_other_events_leave_nothing(name):
    assert entry_of(example(name)) is None


@pytest.mark.parametrize("name", sorted(KIND_OF_TYPE))
def test_what_is_recorded_with_rapport_can_be_taken_back_from_what_the_entry_holds(name):
    entry = entry_of(example(name))
    back = taken_back(entry)
    later = entry_of(back, event_id="e-2", at=SECONDS + 60)
    assert (later.entity, later.content, later.client) == (entry.entity, None, "finance")
    assert later.revision > entry.revision
    assert taken_back(later) is None


def test_a_withdrawal_names_the_day_in_utc_of_the_event():
    back = taken_back(entry_of(example("rapport.relationship.profile-updated.v1"), day=DAY + 1))
    assert back == RelationshipWithdrawn(
        client="finance", event_id="e-1", occurred_on=date(2026, 3, 2)
    )


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("touchpoint-held", False),
        ("signal-heard", False),
        ("proposal-decided", False),
        ("profile-updated", True),
        ("promise-settled", True),
        ("action-recorded", True),
    ],
)
def test_of_other_sources_only_what_has_something_to_read_is_kept(name, kept):
    data = example(f"rapport.relationship.{name}.v1")
    assert (entry_of(data, source=OTHER) is not None) is kept


def test_a_settlement_that_names_no_promise_is_kept_only_if_it_was_recorded_with_rapport():
    data = example("rapport.relationship.promise-settled.v1", made_on=None)
    assert entry_of(data, source=OTHER) is None
    assert entry_of(data).revision == 0
    assert isinstance(taken_back(entry_of(data)), RelationshipWithdrawn)


def test_the_note_of_a_talk_is_read_for_signals_and_kept_nowhere():
    talk = TouchpointHeld(client="finance", kind="workshop", roles=["cio"], note="They bought it")
    assert b"bought" not in entry_of(talk).content


def test_a_revision_of_a_thing_is_one_entity_and_that_of_another_source_is_another():
    name = "rapport.relationship.action-recorded.v1"
    first, second = (entry_of(example(name, revision=n), event_id=f"e-{n}") for n in (1, 2))
    assert first.entity == second.entity
    assert (first.revision, second.revision) == (1, 2)
    assert entry_of(example(name), source=OTHER).entity != first.entity
    assert entry_of(example(name, action_id="A-5")).entity != first.entity


def test_kinds_with_the_same_id_are_different_entities():
    promise, settled = (
        entry_of(example(f"rapport.relationship.promise-{name}.v1")) for name in ("made", "settled")
    )
    assert promise.entity != settled.entity
    assert {read_content(it.content).data["promise_id"] for it in (promise, settled)} == {"P-17"}


def test_a_plan_is_one_per_source_and_an_acknowledgement_one_per_concern():
    plan = "rapport.relationship.plan-recorded.v1"
    one, other = entry_of(example(plan)), entry_of(example(plan, text="Other"), event_id="e-2")
    assert one.entity == other.entity
    name = "rapport.relationship.concern-acknowledged.v1"
    known = [entry_of(example(name, concern=text)) for text in ("silent", "silent", "trust_low")]
    assert known[0].entity == known[1].entity != known[2].entity


@given(st.text(max_size=500), st.text(max_size=80))
def test_every_text_is_read_as_it_was_written(statement, event_id):
    try:
        data = ProfileUpdated(
            client="finance", facet="goals", held_from="client", statement=statement or None
        )
        event_id.encode()
    except ValueError:
        return
    content = read_content(entry_of(data, event_id=event_id).content)
    assert content.data.get("statement") == (statement or None)
    assert (content.event_id, content.source, content.at) == (event_id, RECORDED_SOURCE, SECONDS)


def test_retention_counts_from_the_last_day_that_an_entry_is_about():
    promise = entry_of(
        example("rapport.relationship.promise-made.v1", due_on="2027-01-31"), day=DAY
    )
    assert last_day(promise) == day_number(date(2027, 1, 31))
    assert last_day(entry_of(example("rapport.relationship.signal-heard.v1"))) == DAY


def test_taking_back_something_without_its_original_leaves_an_entry_that_wins_over_it():
    cancelled = EntryCancelled(client="finance", kind="note", entry_id="N-9", revision=1)
    before = entry_of(cancelled, event_id="e-2")
    original = entry_of(example("rapport.relationship.note-recorded.v1"))
    assert before.entity == original.entity
    assert before.revision > original.revision
