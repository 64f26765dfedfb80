"""A real worker on a real broker hears signals in comments, with a user's vocabulary."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from rapport.devkit.testing import WorkerProcess
from rapport.publish.publisher import Publisher
from rapport.web.client import fetch_json
from rapport_schemas.client import ClientRegistered
from rapport_schemas.ticket import TicketRated
from rapport_schemas.wire.errors import RapportError

pytestmark = pytest.mark.kafka
SECONDS_MAX = 60
COMMENTS = {
    "law": "We hired an agency because IT never answered.",
    "finance": "We hired Xyzzy because IT never answered.",
    "sales": "My external scorer is black.",
}


def trust_parts(url, client):
    try:
        return fetch_json(f"{url}/clients/{client}")["trust"]["contributions"]
    except RapportError:
        return {}


def test_a_comment_with_a_signal_lowers_trust_and_one_without_does_not(empty_kafka, tmp_path):
    vocabulary = tmp_path / "ours.toml"
    vocabulary.write_text("[en.words]\nparty = '=xyzzy'\n")
    with Publisher(empty_kafka, source="urn:signals") as publisher:
        for client, comment in COMMENTS.items():
            name = f"signals-{client}"
            publisher.publish(ClientRegistered(client=name, name=client, owner="team-a"))
            for said in (comment, *[None] * 4):  # of fewer than five, ratings are not told apart
                rated = TicketRated(
                    client=name, ticket_id="T", score=3, lowest=1, highest=5, comment=said
                )
                publisher.publish(rated, time=datetime.now(UTC) - timedelta(hours=1))
    worker = WorkerProcess(empty_kafka, tmp_path, "--vocabulary", str(vocabulary))
    try:
        worker.start()
        url = worker.url
        worker.until(lambda: all("rating" in trust_parts(url, f"signals-{c}") for c in COMMENTS))
        assert trust_parts(url, "signals-law")["signal"] < 0
        assert trust_parts(url, "signals-finance")["signal"] < 0
        assert "signal" not in trust_parts(url, "signals-sales")
    finally:
        worker.stop()


def test_a_worker_with_a_bad_vocabulary_does_not_start_and_says_why(tmp_path):
    vocabulary = tmp_path / "ours.toml"
    vocabulary.write_text("[en.words]\nparty = 7\n")
    worker = WorkerProcess("127.0.0.1:1", tmp_path, "--vocabulary", str(vocabulary))
    worker.launch()
    deadline = time.monotonic() + SECONDS_MAX
    while worker.child.exit_code is None:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert worker.child.exit_code == 1
    assert f"{vocabulary} is refused" in worker.tail()
    assert "en.words.party (line 2): 7: input should be a valid string" in worker.tail()
