"""Dead letters on a real broker: listed, shown, replayed after the fix, discarded."""

import json
import signal

import pytest

from rapport.admin.dead_letter import REPLAY_HEADER, DeadLetterFilter
from rapport.admin.dead_letter_store import (
    DEAD_LETTERS_AT_ONCE,
    REPLAYED,
    DeadLetterStore,
    HandledCounts,
)
from rapport.domain.ledger.page import decode
from rapport.kafka.connection import Kafka
from rapport.kafka.topic_reader import run_on
from rapport.worker.storage.pages import SPLIT_MARK
from rapport_schemas.ticket import TicketRated, TicketResolved

pytestmark = pytest.mark.kafka
EVENTS = 60


def ticket_event(client, number):
    if number % 3:
        return TicketResolved(client=client, ticket_id=f"T{number}", priority="P3", sla_met=True)
    return TicketRated(client=client, ticket_id=f"T{number}", score=4, lowest=1, highest=5)


def history(system, client, source):
    """The same events for any client, spread over days, the last one twice."""
    numbers = [*range(EVENTS), EVENTS - 1]
    return [
        system.event(ticket_event(client, at), f"e{at}", source, hours=1 + at) for at in numbers
    ]


def pages_once_whole(system, client, expected_days):
    return system.until(lambda: _whole(system.pages(client), expected_days))


def _whole(pages, expected):
    return pages if len(pages) >= expected else None


def listed(system, *options):
    done = system.command("list", "--json", "--limit", "100000", *options)
    assert done.exit_code == 0, done.stderr
    return json.loads(done.stdout)


def test_a_replay_after_the_fix_leaves_the_same_pages_as_if_all_had_been_good(system):
    system.register("early")
    # Every event has the same id for both clients, so equal pages are equal byte for byte.
    events = history(system, "early", "urn:replay")
    system.send(*events)
    late = [
        (topic, b"late", value.replace(b'"early"', b'"late"'), headers)
        for topic, _, value, headers in events
    ]
    system.send(*late)
    dead_letters = system.dead_letters("urn:replay", len(late))
    assert {why["reason"] for _, why in dead_letters} == {"unknown-client"}

    everything = ("replay", "--source", "urn:replay", "--yes")
    planned = system.command(*everything, "--dry-run")
    assert planned.stdout == f"would be replayed: {len(late)} unknown-client\n", planned.stderr
    system.register("late")
    done = system.command(*everything)
    assert (done.exit_code, done.stdout) == (0, f"{len(late)} replayed\n"), done.stderr
    good = pages_once_whole(system, "early", 2)
    system.until(lambda: system.pages("late") == good)
    assert listed(system, "--source", "urn:replay") == []
    assert system.command(*everything).stdout == "0 replayed\n"

    # A second replay, as after a crash before the outcome is written, changes nothing.
    duplicates = system.status()["outcomes"].get("duplicate", 0)
    system.send(*late)
    system.until(lambda: system.status()["outcomes"].get("duplicate", 0) >= duplicates + len(late))
    assert system.pages("late") == good


def test_an_interrupted_replay_continues_where_it_stopped(system):
    count = 3 * DEAD_LETTERS_AT_ONCE
    events = [
        system.event(ticket_event("impatient", at), f"i{at}", "urn:interrupted")
        for at in range(count)
    ]
    system.send(*events)
    system.dead_letters("urn:interrupted", count)
    system.register("patient", aliases=["impatient"])

    def interrupt(_done):
        raise KeyboardInterrupt

    kafka, handled = Kafka(system.bootstrap), HandledCounts()
    store = run_on(kafka, DeadLetterStore.opened(kafka))
    with pytest.raises(KeyboardInterrupt):
        run_on(
            kafka,
            store.handle(DeadLetterFilter(source="urn:interrupted"), REPLAYED, handled, interrupt),
        )
    assert handled.done == DEAD_LETTERS_AT_ONCE
    assert len(listed(system, "--source", "urn:interrupted")) == count - DEAD_LETTERS_AT_ONCE
    code, output = system.interrupted(3.0, "replay", "--source", "urn:interrupted", "--yes")
    assert code in {0, 130, -signal.SIGINT}, output
    done = system.command("replay", "--source", "urn:interrupted", "--yes")
    assert done.exit_code == 0, done.stderr
    assert listed(system, "--source", "urn:interrupted") == []
    system.until(lambda: entities(system, "patient") == count)


def entities(system, client):
    """How many entities the newest pages of a client hold."""
    pages = [page for page in system.pages(client).values() if page != SPLIT_MARK]
    return sum(len(decode(page).entries) for page in pages)


def test_dead_letters_are_listed_by_reason_source_and_time_and_counted(system):
    topic, key, _, headers = system.event(ticket_event("early", 1), "l1", "urn:listed")
    system.send((topic, key, b"not json", headers), (topic, key, b'{"client": 7}', headers))
    system.dead_letters("urn:listed", 2)
    by_reason = listed(system, "--source", "urn:listed", "--reason", "invalid")
    assert [(one["path"], one["topic"]) for one in by_reason] == [("data.client", "tickets")]
    assert listed(system, "--source", "urn:listed", "--until", "1h") == []
    assert len(listed(system, "--source", "urn:listed", "--since", "1h")) == 2
    counted = system.command("list", "--count", "--json", "--source", "urn:listed")
    assert json.loads(counted.stdout) == {"not-json": 1, "invalid": 1}
    table = system.command("list", "--source", "urn:listed").stdout
    assert "not-json" in table
    wrong = system.command("list", "--reason", "made-up")
    assert (wrong.exit_code, "is not one of not-json" in wrong.output) == (2, True)


def test_a_dead_letter_is_shown_in_full_with_its_control_characters_escaped(system):
    topic, key, _, headers = system.event(ticket_event("early", 1), "s1", "urn:shown")
    value = '{"client": "\x1b[2Jfinance", "note": "ligne é"}'.encode()
    system.send((topic, key, value, [*headers, ("x-colour", b"\x1b[31m")]))
    ((record, _),) = system.dead_letters("urn:shown", 1)
    done = system.command("show", f"{record.partition}:{record.offset}")
    assert "\x1b" not in done.stdout
    assert r"header x-colour" in done.stdout
    assert r"\x1b[31m" in done.stdout
    assert "ligne é" in done.stdout
    missing = system.command("show", "0:999999")
    assert "no dead letter at 0:999999" in str(missing.exception)


def test_a_dead_letter_that_was_cut_is_not_replayed_and_a_discarded_one_is_not_listed_again(system):
    topic, key, _, headers = system.event(ticket_event("early", 1), "c1", "urn:cut")
    whole = (topic, key, b"[1]", headers)
    system.send((topic, key, b"x" * 100_000, headers), whole)
    dead_letters = system.dead_letters("urn:cut", 2)
    done = system.command("replay", "--source", "urn:cut", "--yes")
    assert (done.exit_code, done.stdout) == (3, "1 replayed\n")
    assert "1 not replayed: its value was not stored in full" in done.stderr
    # The other is still wrong, so it comes back, with the header of a replayed event.
    again = system.dead_letters("urn:cut", 3)[-1][0]
    positions = {f"{record.partition}:{record.offset}" for record, _ in dead_letters}
    assert dict(again.headers)[REPLAY_HEADER].decode() in positions
    assert len(listed(system, "--source", "urn:cut")) == 2
    done = system.command("discard", "--source", "urn:cut", "--yes")
    assert (done.exit_code, done.stdout) == (0, "2 discarded\n")
    assert listed(system, "--source", "urn:cut") == []
    position = f"{again.partition}:{again.offset}"
    assert "discarded 20" in system.command("show", position).stdout


def test_a_selection_is_required_and_so_is_a_confirmation(system):
    assert system.command("replay").exit_code == 2
    assert system.command("discard", "--all", "--reason", "invalid").exit_code == 2
    topic, key, _, headers = system.event(ticket_event("early", 1), "u1", "urn:unasked")
    system.send((topic, key, b"not json", headers))
    system.dead_letters("urn:unasked", 1)
    done = system.command("discard", "--source", "urn:unasked", typed="n\n")
    assert done.exit_code == 1
    assert len(listed(system, "--source", "urn:unasked")) == 1
