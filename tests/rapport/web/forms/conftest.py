"""A server of forms, with users, and a caller that sends what a browser sends."""

import base64
import http.client
import json
import re
import time
from html import unescape
from urllib.parse import urlencode

import bcrypt
import pytest

from rapport.domain.calendar import Calendar
from rapport.domain.clients.registry import Client
from rapport.domain.desk.entries import desk_entry
from rapport.domain.desk.kinds import RECORDED_SOURCE
from rapport.domain.desk.stored import join_entries
from rapport.web.auth import BasicAuth
from rapport.web.fleet_snapshot import WorkerView
from rapport.web.forms.recording import Recording
from rapport.web.server import WebHosts, WebServer
from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL

CLIENTS = {
    "finance": Client("finance", "Finance & Control", "team-a"),
    "parks": Client("parks", "Parks", "team-b"),
}
PASSWORDS = {"anna": "geheim: é", "eve": "anders", "rob": "lezen"}
KEY = "k" * 40
HORIZON_DAYS = 400
USERS = {
    "anna": {"role": "writer", "owners": ["team-a"]},
    "eve": {"role": "writer", "owners": ["*"]},
    "rob": {"role": "reader"},
}


def accounts_document(**more):
    users = {
        name: {
            **user,
            "password_hash": bcrypt.hashpw(PASSWORDS[name].encode(), bcrypt.gensalt(4)).decode(),
        }
        for name, user in USERS.items()
    }
    return {"reading": "open", "key_file": "key", "users": users, **more}


def write_private(path, text):
    path.touch(mode=0o600)
    path.write_text(text)
    return path


def write_accounts(directory, **more):
    write_private(directory / "key", KEY + "\n")
    return write_private(directory / "web.json", json.dumps(accounts_document(**more), indent=1))


class FormServer:
    """A server whose events are kept in a list, or refused as if Kafka were away."""

    def __init__(self, accounts_file, web_config=None, allowed_hosts=()):
        self.published, self.is_kafka_away = [], False
        self.auth = BasicAuth(web_config, accounts_file)
        self.has_clients = True
        recording = Recording(
            *(CLIENTS.get, lambda: HORIZON_DAYS, Calendar(), self._publish, self._desk)
        )
        view = WorkerView({"ready": True}, (), None)
        self.server = WebServer(
            *("127.0.0.1", 0, lambda: view, None, self.auth),
            hosts=WebHosts(allowed=allowed_hosts),
            recording=recording,
        )
        self.port = self.server.start()[1]
        self.origin = f"{self.auth.scheme}://127.0.0.1:{self.port}"

    async def _publish(self, event, event_id, at, recorded_by):
        if self.is_kafka_away:
            raise RapportError("no Kafka answers")
        self.published.append((event, event_id, at, recorded_by))

    async def _desk(self, client):
        """Return the desk of a client as it is after everything that was published."""
        if not self.has_clients:
            return None
        kept = {}
        for event, event_id, at, _ in self.published:
            kind, when = CONTRACT_OF_MODEL[type(event)].type, int(at.timestamp())
            source = RECORDED_SOURCE.encode()
            entry = desk_entry(kind, event, source, event_id.encode(), when, when // 86_400)
            if entry is not None and entry.client == client:
                kept[entry.entity] = join_entries(kept.get(entry.entity), entry)[1]
        return list(kept.values())

    def ask(self, method, path, user=None, body=None, headers=None):
        """Return (status, headers, text) of a request; headers whose value is None are left out."""
        sent = {}
        if user is not None:
            password = PASSWORDS.get(user, "wrong")
            both = base64.b64encode(f"{user}:{password}".encode()).decode()
            sent["Authorization"] = f"Basic {both}"
        if method == "POST":
            sent |= {
                "Origin": self.origin,
                "Sec-Fetch-Site": "same-origin",
                "Content-Type": "application/x-www-form-urlencoded",
            }
        sent = {k: v for k, v in (sent | (headers or {})).items() if v is not None}
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=20)
        try:
            connection.request(method, path, body=body, headers=sent)
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read().decode()
        finally:
            connection.close()

    def open(self, form, user="anna", client="finance"):
        """Return the hidden fields of a form that is opened."""
        status, _, text = self.ask("GET", f"/pages/{client}/record/{form}?lang=en", user)
        assert status == 200, text
        return hidden_of(text)

    def send(self, form, values, user="anna", client="finance", headers=None):
        body = urlencode(values, doseq=True)
        path = f"/pages/{client}/record/{form}?lang=en"
        return self.ask("POST", path, user, body, headers)


def hidden_of(text):
    return {
        name: unescape(value)
        for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', text)
    }


@pytest.fixture(scope="module")
def running(tmp_path_factory):
    made = FormServer(write_accounts(tmp_path_factory.mktemp("accounts")))
    yield made
    made.server.stop()


@pytest.fixture
def forms(running):
    running.published.clear()
    running.is_kafka_away, running.has_clients = False, True
    return running


@pytest.fixture
def touchpoint():
    return {
        "happened_on": time.strftime("%Y-%m-%d", time.gmtime()),
        "kind": "workshop",
        "roles": ["cio", "it_team"],
        "teams": "crm, desk",
        "message_carried": "yes",
        "note": "<script>alert(1)</script> & “é”",
    }


@pytest.fixture
def write_web_json(tmp_path):
    """Write the key and the accounts, changed as given; return the accounts file."""
    return lambda **more: write_accounts(tmp_path, **more)


@pytest.fixture
def write_file(tmp_path):
    """Write a private file."""
    return lambda name, text: write_private(tmp_path / name, text)


@pytest.fixture
def serve():
    """Start a server with its own files; it ends with the test."""
    made = []

    def start(*files, **options):
        made.append(FormServer(*files, **options))
        return made[-1]

    yield start
    for one in made:
        one.server.stop()
