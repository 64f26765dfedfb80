"""Forms on two workers: what is sent counts once, through a death and an outage of Kafka."""

import base64
import http.client
import re
import time
from contextlib import suppress
from urllib.parse import urlencode, urlsplit

import pytest

from rapport.devkit.accounts import write_accounts
from rapport.devkit.kafka.broker import Broker, free_port
from rapport.devkit.testing import WorkerProcess, records_of, reset_broker
from rapport.publish import ClientRegistered, Publisher
from rapport.web.client import fetch_json
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import DEAD_LETTERS_TOPIC, RELATIONSHIP_TOPIC

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]
CLIENTS = [f"client-{number}" for number in range(8)]
USER, PASSWORD = "anna", "geheim"
SECONDS_MAX = 90


@pytest.fixture
def broker(tmp_path):
    with Broker(tmp_path / "kafka", free_port()) as broker:
        reset_broker(broker.bootstrap)
        yield broker


@pytest.fixture
def workers(broker, tmp_path):
    accounts = write_accounts(tmp_path, USER, PASSWORD)
    with Publisher(broker.bootstrap, source="urn:test") as publisher:
        for name in CLIENTS:
            publisher.publish(ClientRegistered(client=name, name=name, owner="team-a"))
    options = ("--decoders", "0", "--accounts", str(accounts))
    pair = [WorkerProcess(broker.bootstrap, tmp_path, *options, name=name) for name in ("a", "b")]
    for worker in pair:
        worker.launch()
    yield pair
    for worker in pair:
        worker.stop()


def ask(worker, method, path, body=None):
    address = urlsplit(worker.url)
    both = base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()
    headers = {"Authorization": f"Basic {both}"}
    if body is not None:
        headers |= {"Origin": worker.url, "Content-Type": "application/x-www-form-urlencoded"}
        body = urlencode(body, doseq=True)
    connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
    try:
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.headers, answer.read().decode()
    finally:
        connection.close()


def hidden(text):
    return dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text))


def opened(worker, client, form, **typed):
    """Return a form as a browser has it when it is filled in."""
    status, _, text = ask(worker, "GET", f"/pages/{client}/record/{form}")
    assert status == 200, text
    return {**hidden(text), **typed}


def sent(worker, client, form, body):
    return ask(worker, "POST", f"/pages/{client}/record/{form}", body)


def until(holds):
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def shown(worker):
    """The parts of engagement of the clients that a worker shows: each meeting adds to them."""
    with suppress(RapportError, OSError):
        fleet = fetch_json(f"{worker.url}/clients")
        return {one["id"]: one["engagement"]["contributions"] for one in fleet}
    return {}


def test_what_is_recorded_counts_once_on_any_worker_through_a_death_and_an_outage(broker, workers):
    first, second = workers
    until(lambda: first.url and second.url)
    until(lambda: shown(first) and shown(second) and {*shown(first), *shown(second)} == {*CLIENTS})
    # Each lists every client; the page of one is at the worker that has it.
    until(lambda: {*shown(first)} == {*shown(second)} == {*CLIENTS})
    client = next(one for one in CLIENTS if ask(first, "GET", f"/pages/{one}")[0] == 200)
    status, led, _ = ask(second, "GET", f"/pages/{client}")
    assert (status, led["Location"]) == (307, f"{first.url}/pages/{client}")
    before = shown(first)[client]
    assert f"/pages/{client}/record/touchpoint?" in ask(first, "GET", f"/pages/{client}")[2]
    today = time.strftime("%Y-%m-%d", time.gmtime())
    meeting = {"happened_on": today, "kind": "workshop", "roles": ["cio"]}
    # Opened at the owner, sent to the other, which leads to the forms: the page is not here.
    form = opened(first, client, "touchpoint", **meeting)
    status, headers, text = sent(second, client, "touchpoint", form)
    assert status == 303, text
    began = time.monotonic()
    until(lambda: shown(first)[client] != before)
    assert time.monotonic() - began < 10
    once = shown(first)[client]
    first.kill()
    assert sent(second, client, "touchpoint", form)[0] == 303
    until(lambda: ask(second, "GET", f"/pages/{client}")[0] == 200)
    until(lambda: shown(second).get(client) == once)
    (record, again) = records_of(broker.bootstrap, RELATIONSHIP_TOPIC)
    assert record.value == again.value
    assert dict(record.headers) == dict(again.headers)
    assert dict(record.headers)["ce_id"] == form["id"].encode()
    assert dict(record.headers)["ce_recordedby"] == USER.encode()
    # Kafka away: it says so, keeps what was typed, and the same form counts once afterwards.
    other = opened(second, client, "touchpoint", **meeting, note="<b>typed</b>")
    broker.kill()
    began = time.monotonic()
    status, _, text = sent(second, client, "touchpoint", other)
    assert (status, time.monotonic() - began < 15) == (503, True)
    assert "&lt;b&gt;typed&lt;/b&gt;" in text
    broker.start()
    once_more = {**other, **hidden(text)}
    assert once_more["id"] == other["id"]
    until(lambda: sent(second, client, "touchpoint", once_more)[0] == 303)
    until(lambda: shown(second)[client] != once)
    # What was wrong is withdrawn from the page that said it was recorded.
    _, _, text = ask(second, "GET", headers["Location"])
    address = re.search(r'href="(/pages/[^"]*/record/withdraw[^"]*)"', text)[1]
    _, _, text = ask(second, "GET", address.replace("&amp;", "&"))
    typed = dict(re.findall(r'name="(event_id|occurred_on)" type="\w+" value="([^"]*)"', text))
    assert sent(second, client, "withdraw", {**hidden(text), **typed})[0] == 303
    until(lambda: shown(second)[client] == once)
    assert records_of(broker.bootstrap, DEAD_LETTERS_TOPIC) == []
    for log in (first.log, second.log):
        assert USER not in log.read_text()
        assert "typed" not in log.read_text()
