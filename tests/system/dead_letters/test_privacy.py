"""No personal identifier in a label, a log line or a page: planted names, looked for everywhere."""

import asyncio
import json
import urllib.error
import urllib.request

import pytest
from aiokafka import AIOKafkaConsumer

from rapport_schemas.relationship import TouchpointHeld
from rapport_schemas.survey import Answer, SurveyAnswered
from rapport_schemas.ticket import TicketOpened, TicketRated, TicketResolved
from rapport_schemas.wire.dead_letter import DEAD_LETTER_HEADER
from rapport_schemas.wire.registry import CHANGELOG_TOPIC

pytestmark = pytest.mark.kafka
PLANTED = ("Annabel", "Vandersteen", "annabel.v@example.org", "0612345678", "NL91ABNA0417164300")
SENTENCE = (
    "Annabel Vandersteen (annabel.v@example.org, 06-12345678 or 0612345678, NL91ABNA0417164300)"
    " brought in an external supplier because IT takes too long."
)
SOURCE = "urn:privacy"
PAGES = (
    "/metrics",
    "/status",
    "/clients",
    "/clients/discreet",
    "/ready",
    "/clients/discreet/explanation",
)


def good():
    yield TicketOpened(
        client="discreet", ticket_id=SENTENCE[:120], kind="request", priority="P2", comment=SENTENCE
    )
    yield TicketResolved(
        client="discreet", ticket_id="Annabel", priority="P3", sla_met=True, comment=SENTENCE
    )
    yield TicketRated(
        client="discreet", ticket_id="Vandersteen", score=1, lowest=1, highest=5, comment=SENTENCE
    )
    yield SurveyAnswered(
        client="discreet",
        survey_id="annabel.v@example.org",
        viewpoint="client",
        answers=[Answer(question="trust", score=2, lowest=1, highest=5)],
        comment=SENTENCE,
    )
    yield TouchpointHeld(client="discreet", kind="workshop", roles=["cio"], note=SENTENCE)


def bad(system):
    """Broken in every way in which a message could quote what it met."""
    topic, key, value, headers = system.event(next(good()), "annabel.v@example.org", SOURCE)
    data = json.loads(value)
    for field in data:
        if field != "client":
            yield topic, key, json.dumps(data | {field: {"Annabel": SENTENCE}}).encode(), headers
            yield topic, key, json.dumps(data | {field: [SENTENCE]}).encode(), headers
    yield topic, key, json.dumps(data | {"priority": SENTENCE}).encode(), headers
    yield topic, key, json.dumps(data | {"comment": SENTENCE * 600}).encode(), headers
    yield topic, key, value[:-1] + b', "x": {"Annabel": {"a": 1, "a": 2}}}', headers
    yield topic, key, value[:-1] + b', "Annabel": 1, "Annabel": 2}', headers
    yield topic, key, SENTENCE.encode(), headers
    yield topic, key, value[:-9], headers
    yield topic, key, value, [*headers, ("ce_id", b"Annabel")]
    yield topic, b"Annabel", value, [*headers, ("content-type", SENTENCE.encode())]
    others = [(name, content) for name, content in headers if name != "content-type"]
    for content_type in (SENTENCE, f"application/json; charset={SENTENCE}"):
        yield topic, key, value, [*others, ("content-type", content_type.encode())]
    yield topic, key, value, [*others, ("content-type", b"Annabel/Vandersteen")]


def fetched(url):
    try:
        with urllib.request.urlopen(url) as answer:  # noqa: S310 # the worker's own address
            return answer.read().decode()
    except urllib.error.HTTPError as error:
        return error.read().decode()


async def changelog(bootstrap):
    consumer = AIOKafkaConsumer(
        CHANGELOG_TOPIC, bootstrap_servers=bootstrap, auto_offset_reset="earliest"
    )
    await consumer.start()
    try:
        found = await consumer.getmany(timeout_ms=3_000)
    finally:
        await consumer.stop()
    return b"".join(
        record.key + (record.value or b"") for some in found.values() for record in some
    )


def traces(text):
    """Which planted names are in a text, however it is written."""
    seen = text.lower().encode() if isinstance(text, str) else text.lower()
    return [name for name in PLANTED if name.lower().encode() in seen]


def test_what_a_person_wrote_or_is_called_by_is_in_no_log_no_series_and_no_page(system):
    system.register("discreet")
    events = [
        system.event(data, f"annabel.v@example.org-{at}", SOURCE) for at, data in enumerate(good())
    ]
    wrong = list(bad(system))
    system.send(*events, *wrong)
    letters = system.dead_letters(SOURCE, len(wrong))
    system.until(lambda: len(system.pages("discreet")) >= 1)
    system.until(lambda: "discreet" in fetched(f"{system.url}/clients"))

    assert traces(system.log.read_text(errors="replace")) == []
    for page in PAGES:
        assert traces(fetched(f"{system.url}{page}")) == [], page
    assert traces(asyncio.run(changelog(system.bootstrap))) == []
    for file in system.data_dir.rglob("*"):
        assert not file.is_file() or traces(file.read_bytes()) == [], file
    for record, _ in letters:
        assert traces(dict(record.headers)[DEAD_LETTER_HEADER]) == [], record
    # The dead letters themselves keep the events whole, so that they can be replayed.
    assert any(traces(record.value) for record, _ in letters)


def test_a_failure_of_our_own_is_logged_without_what_it_quotes(caplog):
    from rapport.worker.ingest.internal_errors import internal_error

    try:
        int(SENTENCE)
    except ValueError as error:
        rejected = internal_error(error)
    assert traces(caplog.text + str(rejected)) == []
    assert "test_privacy.py" in caplog.text
    assert rejected.detail.startswith("ValueError, fingerprint ")
