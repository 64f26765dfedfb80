"""Classes 61-68: much of something. What is good is handled, and what is kept stays bounded.

A million events for 100,000 invented clients go through a real worker in `make bomb`.
"""

import json
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rapport.domain.clients.registry import Client, Directory
from rapport.domain.documents.toml import DOCUMENT_BYTES_MAX
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.ledger.page import SPLIT_ENTRIES, Outcome, decode
from rapport.domain.policy.model import PolicyError, parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.monitoring.metrics.catalogue import client_samples, fleet_samples
from rapport.runtime.policy_file import DEFAULT_POLICY, load_policy
from rapport.worker.storage.pages import SPLIT_MARK

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)
DAY = int(NOW.timestamp()) // 86_400
POLICY = parse_policy(Path(DEFAULT_POLICY).read_text())
MANY = 10_000


def resolved(ticket, *, event_id=None, client="finance", kind="rapport.ticket.resolved.v1"):
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": event_id or ticket,
        "ce_source": "urn:test",
        "ce_type": kind,
        "ce_time": "2026-03-02T12:00:00Z",
        "content-type": "application/json",
    }
    data = {"client": client, "ticket_id": ticket, "priority": "P3", "sla_met": True}
    headers = [(name, text.encode()) for name, text in attributes.items()]
    return client.encode(), json.dumps(data).encode(), headers


@pytest.fixture
def line(ingest_line):
    return ingest_line(NOW.timestamp())


@pytest.fixture
def ingest(line, build):
    """Ingest some records as one record batch."""
    record_bytes, sealed = build

    def ingested(records):
        payload = b"".join(record_bytes(at, *record) for at, record in enumerate(records))
        return line.batch(sealed(payload, len(records)))

    return ingested


def test_61_many_unknown_clients_are_dead_letters_and_leave_nothing_behind(line, ingest):
    batch = ingest([resolved("T1", client=f"invented-{number}") for number in range(MANY)])
    assert {rejected.reason for rejected in batch.dead.values()} == {"unknown-client"}
    assert len(batch.dead) == MANY
    assert (batch.counts, batch.changes, batch.forward) == (Counter(), {}, {})
    assert line.pages.take_touched() == []


def test_62_many_suppliers_add_no_series():
    def shown(suppliers):
        ledger = ClientMeasures()
        for number in range(suppliers):
            fact = ("buy", "outside", "software", f"supplier-{number:x}-co", "EUR", 900_000)
            ledger.add(DAY - number % 20, fact, 1)
        own = client_inputs(ledger, POLICY, DAY)
        shared = fleet_context([own], POLICY, DAY, {})
        health = evaluate("finance", ledger, own, CompiledPolicy(POLICY), DAY, shared)
        client = Client("finance", "Finance", "team-a", ())
        return [*client_samples(client, health, POLICY), *fleet_samples(shared)]

    assert len(shown(MANY)) <= len(shown(20))


def test_63_a_client_with_nine_tenths_of_all_has_all_of_it_on_pages_of_bounded_size(line, ingest):
    tickets = [f"T{number}" for number in range(MANY)]
    own = [resolved(ticket) for ticket in tickets]
    others = [resolved(ticket, client="law") for ticket in tickets[: MANY // 10]]
    batch = ingest([*own, *others])
    assert (batch.counts, batch.dead) == ({Outcome.APPLIED: MANY + MANY // 10}, {})
    (stored,) = line.pages.encode_pages(line.pages.take_touched()).values()
    sizes = [len(decode(value).entries) for value in stored.values() if value != SPLIT_MARK]
    assert sum(sizes) == MANY + MANY // 10
    assert max(sizes) <= SPLIT_ENTRIES


def test_64_a_storm_of_one_id_counts_once(line, ingest):
    batch = ingest([resolved("T1")] * MANY)
    assert batch.counts == {Outcome.APPLIED: 1, Outcome.DUPLICATE: MANY - 1}
    (leaf,) = line.pages.take_touched()
    assert len(leaf.page.entries) == 1


def test_65_of_a_batch_with_one_bad_record_the_others_are_handled(ingest):
    records = [resolved(f"T{number}") for number in range(MANY)]
    records[7_000] = b"finance", b"\0" * 100, records[7_000][2]
    batch = ingest(records)
    assert list(batch.dead) == [7_000]
    assert batch.counts == {Outcome.APPLIED: MANY - 1}


def test_66_a_topic_of_foreign_events_is_dead_letters_and_nothing_else(ingest):
    foreign = [resolved(f"T{number}", kind="com.example.order.v1") for number in range(MANY)]
    batch = ingest([*foreign, resolved("T1")])
    assert {rejected.reason for rejected in batch.dead.values()} == {"unknown-type"}
    assert batch.counts == {Outcome.APPLIED: 1}


def test_67_in_a_registry_of_100_000_clients_each_is_found_by_any_of_its_names():
    directory = Directory()
    for number in range(100_000):
        aliases = (f"CC{number}", "shared")
        directory.register(Client(f"client-{number}", f"Client {number}", "team-a", aliases))
    assert len(directory) == 100_000
    assert directory.resolve("cc99999") == "client-99999"
    assert directory.resolve("shared") == "client-0"
    directory.remove("client-0")
    assert directory.resolve("shared") == "client-1"


def test_68_a_policy_of_ten_megabytes_is_refused_with_its_bound(tmp_path):
    path = tmp_path / "policy.toml"
    path.write_bytes(b"# much\n" * (10 * DOCUMENT_BYTES_MAX // 7))
    with pytest.raises(PolicyError, match=str(DOCUMENT_BYTES_MAX)):
        load_policy(path)
