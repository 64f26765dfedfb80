"""A meeting, a promise, a profile and an action by form, by command and by file, on two workers.

One worker is killed in between; each is corrected and taken back, and found in page and JSON.
"""

import base64
import http.client
import re
import time
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from html import unescape
from urllib.parse import urlencode, urlsplit

import pytest
from run_rapport import run_rapport

from rapport.devkit.accounts import write_accounts
from rapport.devkit.testing import WorkerProcess, records_of, reset_broker
from rapport.publish import ClientRegistered, Publisher
from rapport.web.client import fetch_json
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import DEAD_LETTERS_TOPIC

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(300)]
CLIENTS = [f"client-{number}" for number in range(8)]
SECONDS_MAX = 90
NOW = datetime.now(UTC)
TODAY, NEXT_MONTH = str(NOW.date()), str((NOW + timedelta(days=30)).date())
YESTERDAY = str((NOW - timedelta(days=1)).date())
EMPTY = {"promises": [], "actions": []}


class Office:
    """People who record for a client, by each way there is."""

    def __init__(self, bootstrap, directory):
        self.bootstrap, self.directory, self.client = bootstrap, directory, ""
        accounts = write_accounts(directory, "anna", "geheim")
        options = ("--decoders", "0", "--accounts", str(accounts))
        self.workers = [
            WorkerProcess(bootstrap, directory, *options, name=name) for name in ("a", "b")
        ]

    def ask(self, worker, method, path, body=None):
        address = urlsplit(worker.url)
        credentials = base64.b64encode(b"anna:geheim").decode()
        headers = {"Authorization": f"Basic {credentials}", "Origin": worker.url}
        headers["Content-Type"] = "application/x-www-form-urlencoded"
        connection = http.client.HTTPConnection(address.hostname, address.port, timeout=30)
        try:
            sent = None if body is None else urlencode(body, doseq=True)
            connection.request(method, path, sent, headers)
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def form(self, shows, takes, name, values, **query):
        """Open a form at one worker, and send it to another, with what it shows and values."""
        path = f"/pages/{self.client}/record/{name}"
        status, text = self.ask(shows, "GET", f"{path}?{urlencode(query)}")
        assert status == 200, text
        found = re.findall(r'name="([\w.]+)"[^>]* value="([^"]*)"( checked)?[^>]*>', text)
        chosen = re.findall(r'type="radio" name="(\w+)" value="([^"]*)"', text)
        shown = {
            key: unescape(value)
            for key, value, checked in found
            if (key, value) not in chosen or checked
        }
        shown |= {
            key: unescape(value)
            for key, value in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>\n([^<]*)<', text)
        }
        status, text = self.ask(takes, "POST", path, shown | values)
        assert status == 303, text

    def command(self, *arguments):
        done = run_rapport("record", *arguments, "--bootstrap", self.bootstrap)
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[0].rpartition(": ")[2]

    def file(self, kind, text, *options):
        path = self.directory / f"{kind}.csv"
        path.write_text(text)
        state = ["--state", str(self.directory / "state"), "--bootstrap", self.bootstrap]
        done = run_rapport("import", kind, path, "-m", kind, *state, *options)
        assert done.returncode == 0, done.stderr

    def desk(self, worker):
        return fetch_json(f"{worker.url}/clients/{self.client}/desk")

    def engagement(self, worker):
        return fetch_json(f"{worker.url}/clients/{self.client}")["engagement"]["contributions"]

    def sources(self, worker):
        """The sources of what is known of the goals."""
        return sorted(one["source"] for one in self.desk(worker)["knowledge"]["goals"])


@pytest.fixture
def office(kafka, tmp_path):
    reset_broker(kafka)
    with Publisher(kafka, source="urn:test") as publisher:
        for name in CLIENTS:
            publisher.publish(ClientRegistered(client=name, name=name, owner="team-a"))
    made = Office(kafka, tmp_path)
    for worker in made.workers:
        worker.launch()
    yield made
    for worker in made.workers:
        worker.stop()


def until(holds):
    deadline = time.monotonic() + SECONDS_MAX
    while True:
        with suppress(RapportError, OSError):
            if holds():
                return
        assert time.monotonic() < deadline
        time.sleep(0.2)


def clients_of(worker):
    return {one["id"] for one in fetch_json(f"{worker.url}/clients")} if worker.url else set()


def test_what_is_recorded_in_three_ways_is_corrected_and_taken_back_through_a_death(office):
    first, second = office.workers
    until(lambda: clients_of(first) and clients_of(second))
    until(lambda: clients_of(first) | clients_of(second) == {*CLIENTS})
    office.client = client = min(clients_of(first) - {max(CLIENTS)})
    before = office.engagement(first)
    # By form, shown by the owner of the client and sent to the other worker.
    meeting = {"happened_on": TODAY, "kind": "workshop", "roles": "cio"}
    office.form(first, second, "touchpoint", meeting)
    promise = {"what": "A test system", "made_on": YESTERDAY, "due_on": NEXT_MONTH}
    office.form(first, second, "promise", promise)
    action = {"what": "Show the catalogue", "kind": "explain-offer", "who": "team-a"}
    office.form(first, first, "action", action)
    goals = {"facet": "goals", "held_from": "client", "statement": "Close in three days"}
    office.form(first, first, "profile", {"happened_on": TODAY, **goals})
    until(lambda: len(office.desk(first)["actions"]) == len(office.desk(first)["promises"]) == 1)
    until(lambda: office.engagement(first) != before)
    # By command and by file.
    told = office.command("touchpoint", client, "--kind", "workshop", "--role", "cio")
    by_command = ["--what", "Visit", "--kind", "meet", "--who", "team-a"]
    visit = office.command("action", client, *by_command)
    other = f"Date,Client,Facet,Held from,Statement\n{YESTERDAY},{max(CLIENTS)},goals,client,Stay\n"
    profiles = other + "{},{},goals,client,{}\n"
    office.file("profiles", profiles.format(YESTERDAY, client, "Grow north"))
    until(lambda: len(office.desk(first)["actions"]) == 2)
    until(lambda: office.sources(first) == ["urn:rapport:desk", "urn:rapport:import:profiles"])
    # The owner dies; the other worker has everything, and corrects it.
    shown = office.desk(first)
    first.kill()
    until(lambda: clients_of(second) == {*CLIENTS})
    until(lambda: office.desk(second) == shown)
    (by_form,) = (one for one in shown["actions"] if one["what"] == "Show the catalogue")
    office.form(second, second, "action", {}, entry=by_form["action_id"], status="done")
    name = f"{YESTERDAY} {shown['promises'][0]['promise_id']}"
    office.form(second, second, "settled", {}, promise=name, kept="yes")
    office.command("action", client, "--id", visit, "--status", "dropped", "--url", second.url)
    office.file("profiles", profiles.format(YESTERDAY, client, "Grow south"))
    until(lambda: office.desk(second)["promises"][0]["state"] == "kept")
    until(lambda: [one["status"] for one in office.desk(second)["actions"]].count("open") == 0)
    _, page = office.ask(second, "GET", f"/pages/{client}?lang=en")
    until(lambda: "Grow south" in office.ask(second, "GET", f"/pages/{client}?lang=en")[1])
    assert "A test system" in page
    # All of it is taken back.
    one = {"kind": "settlement", "entry_id": name.split()[1], "made_on": YESTERDAY}
    office.form(second, second, "cancel", {}, **one)
    office.form(second, second, "cancel", {}, kind="promise", entry_id=name.split()[1])
    office.form(second, second, "cancel", {}, kind="action", entry_id=by_form["action_id"])
    office.command("action", client, "--withdraw", visit)
    office.command("touchpoint", client, "--withdraw", told)
    office.file("profiles", other, "--cancel-missing")
    until(lambda: EMPTY.items() <= office.desk(second).items())
    until(lambda: office.sources(second) == ["urn:rapport:desk"])
    assert records_of(office.bootstrap, DEAD_LETTERS_TOPIC) == []
