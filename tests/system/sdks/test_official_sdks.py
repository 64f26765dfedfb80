"""What the official CloudEvents SDKs write is read: their bytes, as recorded, and the SDKs live.

`make sdks` installs each SDK from its registry, lets it publish, and records its bytes anew in
`tests/data/cloudevents/`. Building the one for Go takes minutes, so `make test` reads the record.
"""

import base64
import json
import os
import shutil
import subprocess
import sys
import threading
from collections import Counter
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from rapport.devkit.kafka.jars import default_cache, install_jars, locked_jars
from rapport.devkit.testing import records_of
from rapport.domain.events.decoder import decode_carefully, decode_event
from rapport_schemas.wire.content_type import BATCH_TYPE
from rapport_schemas.wire.envelope import read_envelope

pytestmark = pytest.mark.kafka
HERE = Path(__file__).parent
RECORDED = HERE.parents[1] / "data" / "cloudevents"
LANGUAGES = ("go", "java", "js", "python")
EVENTS = {
    "go": {*("http/batch-1", "http/batch-2"), "http/base64", "kafka/base64"},
    "java": {"http/base64", "kafka/base64"},
    "js": {"http/base64", "kafka/base64"},
    "python": {"http/base64"},
}
IN_EACH = {f"{to}/{mode}" for to in ("http", "kafka") for mode in ("binary", "structured")}
TOOLS = {"go": "go", "java": "javac", "js": "npm"}
SECONDS_MAX = 900


def call(url, method, path, headers, body):
    """Send one request with exactly these headers; return (status, body)."""
    connection = HTTPConnection(urlsplit(url).netloc, timeout=60)
    connection.putrequest(method, path, skip_accept_encoding=True)
    for name, value in headers:
        connection.putheader(name, value)
    connection.endheaders(body)
    answer = connection.getresponse()
    found = answer.status, answer.read()
    connection.close()
    return found


def nothing(_text):
    return ()


def ids_of(records, language):
    """Decode records by both paths, and return their ids, each with how often it is there."""
    counts = Counter()
    for record in records:
        decoded = decode_event(record.value, record.headers, nothing)
        assert decoded == decode_carefully(record.value, record.headers, nothing)
        assert decoded[0] == "finance"
        envelope = read_envelope(record.value, record.headers)
        assert envelope.source == f"urn:sdk:{language}"
        data = json.loads(envelope.data)
        assert envelope.id == f"{language}/{data['ticket_id']}"
        assert (data["kind"], data["priority"]) == ("incident", "P2")
        counts[data["ticket_id"]] += 1
    return counts


def once(language):
    return dict.fromkeys(IN_EACH | EVENTS[language], 1)


class Message:
    """A record or a request, as it was recorded."""

    def __init__(self, line):
        entry = json.loads(line)
        self.to = entry["to"]
        self.value = base64.b64decode(entry["body"])
        self.headers = [
            (name, None if text is None else base64.b64decode(text))
            for name, text in entry["headers"]
        ]


def recorded(language):
    return [Message(line) for line in (RECORDED / f"{language}.jsonl").read_text().splitlines()]


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_recorded_bytes_of_an_sdk_are_read(language, intake, empty_kafka):
    messages = recorded(language)
    to_kafka = [one for one in messages if one.to == "kafka"]
    for one in messages:
        if one.to == "http":
            status, body = call(intake, "POST", "/events", one.headers, one.value)
            assert status == 202, body
    passed_on = records_of(empty_kafka, "tickets")
    assert ids_of([*to_kafka, *passed_on], language) == once(language)


def entry_of(to, headers, body):
    return {
        "to": to,
        "headers": [
            [name, None if value is None else base64.b64encode(value).decode()]
            for name, value in headers
        ],
        "body": base64.b64encode(body).decode(),
    }


class Relay(ThreadingHTTPServer):
    """Passes requests on to the intake, and records them."""

    def __init__(self, target):
        super().__init__(("127.0.0.1", 0), Relayed)
        self.target, self.entries = target, []

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server_address[1]}"


class Relayed(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_POST(self):
        body = self._body()
        headers = [
            (name, value.encode("latin-1"))
            for name, value in self.headers.items()
            if name.lower() not in {"host", "transfer-encoding", "content-length", "connection"}
        ]
        headers.append(("Content-Length", str(len(body)).encode()))
        self.server.entries.append(entry_of("http", headers, body))
        status, answer = call(self.server.target, "POST", self.path, headers, body)
        self.send_response(status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def _body(self):
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = b""
        while size := int(self.rfile.readline(), 16):
            body += self.rfile.read(size)
            self.rfile.readline()
        self.rfile.readline()
        return body

    def log_message(self, *_arguments):
        pass


def run(command, directory, **environment):
    done = subprocess.run(
        command,
        cwd=directory,
        capture_output=True,
        text=True,
        check=False,
        timeout=SECONDS_MAX,
        env={**os.environ, **environment},
    )
    assert done.returncode == 0, done.stdout + done.stderr


def publish_go(directory, *addresses):
    run(["go", "build", "-o", "publish", "."], directory)
    run(["./publish", *addresses], directory)


def publish_java(directory, *addresses):
    jars = install_jars(default_cache(), locked_jars(directory / "jars.lock"))
    path = os.pathsep.join(map(str, [*jars, directory]))
    run(["javac", "-encoding", "UTF-8", "-cp", path, "Publish.java"], directory)
    run(["java", "-cp", path, "Publish", *addresses], directory)


def publish_js(directory, *addresses):
    options = "--ignore-scripts", "--no-audit", "--no-fund", "--prefer-offline"
    run(["npm", "ci", *options], directory)
    run(["node", "publish.mjs", *addresses], directory)


def publish_python(directory, *addresses):
    run([sys.executable, "publish.py", *addresses], directory)


PUBLISH = {
    "go": publish_go,
    "java": publish_java,
    "js": publish_js,
    "python": publish_python,
}


@pytest.mark.timeout(2 * SECONDS_MAX)
@pytest.mark.skipif("RAPPORT_SDKS" not in os.environ, reason="builds for minutes: make sdks")
@pytest.mark.parametrize("language", LANGUAGES)
def test_an_sdk_publishes_to_kafka_and_over_http(language, intake, empty_kafka, tmp_path):
    if language in TOOLS and shutil.which(TOOLS[language]) is None:
        pytest.skip(f"{TOOLS[language]} is missing")
    directory = tmp_path / language
    shutil.copytree(HERE / language, directory)
    relay = Relay(intake)
    threading.Thread(target=relay.serve_forever, daemon=True).start()
    try:
        PUBLISH[language](directory, empty_kafka, relay.url)
    finally:
        relay.shutdown()
    records = records_of(empty_kafka, "tickets")
    assert ids_of(records, language) == once(language)
    to_kafka = [record for record in records if is_direct(record)]
    entries = [entry_of("kafka", one.headers, one.value) for one in to_kafka] + relay.entries
    lines = sorted(json.dumps(entry, sort_keys=True) for entry in entries)
    (RECORDED / f"{language}.jsonl").write_text("\n".join(lines) + "\n")


def is_direct(record):
    """Return whether a record came from the SDK, and not from the intake."""
    envelope = read_envelope(record.value, record.headers)
    return "/kafka/" in envelope.id


def test_the_batches_of_the_record_are_batches():
    kinds = {
        dict(one.headers).get("Content-Type", b"").partition(b";")[0]
        for one in recorded("go")
        if one.to == "http"
    }
    assert BATCH_TYPE.encode() in kinds
