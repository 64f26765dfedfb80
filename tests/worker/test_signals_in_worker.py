"""A real worker on a real broker hears signals in comments, with a user's vocabulary."""

import asyncio
import time
from datetime import UTC, datetime, timedelta

import pytest

from rapport.kafka.connection import Kafka
from rapport.kafka.topics import apply_topics
from rapport.publish.publisher import Publisher
from rapport.runtime.child_process import Child, rapport
from rapport.web.client import fetch_json
from rapport_schemas.client import ClientRegistered
from rapport_schemas.ticket import TicketRated
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import PARTITIONS

pytestmark = pytest.mark.kafka
SECONDS_MAX = 60
COMMENTS = {
    "law": "We hired an agency because IT never answered.",
    "finance": "We hired Xyzzy because IT never answered.",
    "sales": "My external monitor is black.",
}


def start(kafka, tmp_path, vocabulary):
    address = tmp_path / "address"
    worker = Child(
        rapport(
            "worker",
            *("--bootstrap", kafka, "--data-dir", str(tmp_path / "worker")),
            *("--http-port", "0", "--address-file", str(address)),
            *("--vocabulary", str(vocabulary)),
        ),
        tmp_path / "worker.log",
    )
    return worker, address


def trust_parts(url, client):
    try:
        return fetch_json(f"{url}/clients/{client}")["trust"]["contributions"]
    except RapportError:
        return {}


def until(worker, holds, told=lambda: ""):
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        assert worker.exit_code is None, worker.tail()
        assert time.monotonic() < deadline, f"{worker.tail()}\n{told()}"
        time.sleep(0.1)


def test_a_comment_with_a_signal_lowers_trust_and_one_without_does_not(kafka, tmp_path):
    asyncio.run(apply_topics(Kafka(kafka), PARTITIONS))
    vocabulary = tmp_path / "ours.toml"
    vocabulary.write_text("[en.words]\nparty = '=xyzzy'\n")
    with Publisher(kafka, source="urn:signals") as publisher:
        for client, comment in COMMENTS.items():
            name = f"signals-{client}"
            publisher.publish(ClientRegistered(client=name, name=client, owner="team-a"))
            for said in (comment, *[None] * 4):  # of fewer than five, ratings are not told apart
                rated = TicketRated(
                    client=name, ticket_id="T", score=3, lowest=1, highest=5, comment=said
                )
                publisher.publish(rated, time=datetime.now(UTC) - timedelta(hours=1))
    worker, address = start(kafka, tmp_path, vocabulary)
    try:
        until(worker, lambda: address.exists() and address.read_text())
        url = address.read_text()
        until(
            worker,
            lambda: all("rating" in trust_parts(url, f"signals-{c}") for c in COMMENTS),
            lambda: (
                fetch_json(f"{url}/status"),
                [trust_parts(url, f"signals-{c}") for c in COMMENTS],
            ),
        )
        assert trust_parts(url, "signals-law")["signal"] < 0
        assert trust_parts(url, "signals-finance")["signal"] < 0
        assert "signal" not in trust_parts(url, "signals-sales")
    finally:
        worker.stop()


def test_a_worker_with_a_bad_vocabulary_does_not_start_and_says_why(tmp_path):
    vocabulary = tmp_path / "ours.toml"
    vocabulary.write_text("[en.words]\nparty = 7\n")
    worker, _ = start("127.0.0.1:1", tmp_path, vocabulary)
    deadline = time.monotonic() + SECONDS_MAX
    while worker.exit_code is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert worker.exit_code == 1
    assert f"{vocabulary}: en.words.party: Input should be a valid string" in worker.tail()
