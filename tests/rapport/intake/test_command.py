"""`rapport intake` as a command: TLS, where it may listen, and how it ends."""

import json
import socket
import ssl
import subprocess
import time
import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from urllib.parse import urlsplit

import pytest
import requests
from run_rapport import run_rapport

from rapport.devkit.kafka.broker import free_port
from rapport.intake.server import serve
from rapport.intake.settings import IntakeSettings
from rapport.intake.tokens import new_token
from rapport.kafka.connection import Kafka
from rapport.runtime.child_process import Child, rapport_command
from rapport.runtime.tls import server_context

EVENT = {
    "specversion": "1.0",
    "id": "1",
    "source": "urn:acme:desk",
    "type": "rapport.client.removed.v1",
    "time": "2026-03-02T09:30:00Z",
    "data": {"client": "nobody-by-this-name"},
}
SECONDS_MAX = 30
STRUCTURED = "application/cloudevents+json"


def certificate(directory, openssl, name):
    cert, key = directory / f"{name}.pem", directory / f"{name}.key"
    subprocess.run(
        [
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"),
            *("-nodes", "-days", "1", "-subj", f"/CN={name}", "-addext"),
            *("subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(cert)),
        ],
        check=True,
        capture_output=True,
    )
    return cert, key


@pytest.fixture
def command(tmp_path):
    """Run `rapport intake` as a process of its own; return it and its URL."""
    children = []

    def begin(*arguments):
        address = tmp_path / "address"
        address.unlink(missing_ok=True)
        child = Child(
            rapport_command("intake", "--port", "0", "--address-file", str(address), *arguments),
            tmp_path / "log",
        )
        children.append(child)
        deadline = time.monotonic() + SECONDS_MAX
        while not (address.exists() and address.read_text()):
            assert child.exit_code is None, child.tail()
            assert time.monotonic() < deadline, child.tail()
            time.sleep(0.05)
        return child, address.read_text()

    yield begin
    for child in children:
        child.stop()


def post(curl, url, *arguments):
    content = ("--header", "Content-Type: application/cloudevents+json")
    return curl(f"{url}/events", *content, *arguments, body=json.dumps(EVENT).encode())


def until(holds):
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.kafka
def test_it_speaks_tls_1_2_and_newer_and_takes_a_renewed_certificate(
    command, broker, curl, tmp_path, tool
):
    openssl = tool("openssl")
    cert, key = certificate(tmp_path, openssl, "first")
    tokens = tmp_path / "tokens.toml"
    token, stanza = new_token("hub", ["*"])
    tokens.touch(mode=0o600)
    tokens.write_text(f"{stanza}registry = true\n")
    _, url = command(
        *("--bootstrap", broker, "--tokens", str(tokens)),
        *("--tls-cert", str(cert), "--tls-key", str(key)),
    )
    assert url.startswith("https://")
    trust = ("--cacert", str(cert))
    until(lambda: curl(f"{url}/ready", *trust).status == 200)
    assert post(curl, url, *trust).status == 401
    assert post(curl, url, *trust, "--header", f"Authorization: Bearer {token}").status == 202
    weak = ("--ciphers", "DEFAULT@SECLEVEL=0")  # else curl itself would refuse to speak TLS 1.1
    assert curl(f"{url}/healthz", *trust, *weak, "--tls-max", "1.2").status == 200
    for refused in ((*trust, *weak, "--tls-max", "1.1"), ()):  # and without a certificate
        with pytest.raises(subprocess.CalledProcessError):
            curl(f"{url}/healthz", *refused)
    assert server_context(cert, key).minimum_version == ssl.TLSVersion.TLSv1_2
    certificate(tmp_path, openssl, "second")
    (tmp_path / "second.pem").replace(cert)
    (tmp_path / "second.key").replace(key)
    until(lambda: _trusted(curl, url, cert))


def _trusted(curl, url, cert):
    try:
        return curl(f"{url}/healthz", "--cacert", str(cert)).status == 200
    except subprocess.CalledProcessError:
        return False


@pytest.mark.kafka
def test_without_tokens_it_answers_this_machine_alone(command, broker, curl):
    child, url = command("--bootstrap", broker)
    assert "any program on this machine may send" in child.tail()
    until(lambda: curl(f"{url}/ready").status == 200)
    assert post(curl, url).status == 202
    rebound = post(curl, url, "--header", "Host: evil.example.org")
    assert (rebound.status, rebound.json["reason"]) == (421, "wrong-host")
    assert curl(f"{url}/healthz").headers["server"] == "rapport"


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--host", "192.0.2.1"), "give --tokens"),
        (("--host", "192.0.2.1", "--tokens", "TOKENS"), "--tls-cert"),
        (("--tls-cert", "missing"), "both a certificate and its key"),
        (("--tls-cert", "missing", "--tls-key", "missing"), "cannot be used"),
        (("--tokens", "missing"), "cannot be read"),
        (("token", "new", "--source", "a*b"), "sources"),
    ],
)
def test_what_is_not_safe_or_not_there_is_refused_in_one_line(arguments, says, tmp_path):
    tokens = tmp_path / "tokens.toml"
    tokens.touch(mode=0o600)
    tokens.write_text(new_token("hub", ["*"])[1])
    given = [str(tokens) if one == "TOKENS" else one for one in arguments]
    done = run_rapport("intake", *given)
    assert done.returncode == 1
    assert done.stderr.startswith("rapport: ")
    assert says in done.stderr
    assert "Traceback" not in done.stderr


def test_sigterm_ends_it_while_kafka_is_away_and_a_head_is_half_sent(command):
    child, url = command("--bootstrap", f"127.0.0.1:{free_port()}")
    address = urlsplit(url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\nPOST /events HTT")
        child.stop()
    # It ended by itself: a child that does not is killed, and then has another exit code.
    assert child.exit_code == 0


@pytest.mark.kafka
def test_what_was_begun_before_sigterm_is_answered(command, broker, curl):
    child, url = command("--bootstrap", broker)
    until(lambda: curl(f"{url}/ready").status == 200)
    address, body = urlsplit(url), json.dumps(EVENT).encode()
    with socket.create_connection((address.hostname, address.port), timeout=10) as connection:
        connection.sendall(
            b"POST /events HTTP/1.1\r\nHost: localhost\r\n"
            b"Content-Type: application/cloudevents+json\r\nExpect: 100-continue\r\n"
            b"Content-Length: %d\r\n\r\n" % len(body)
        )
        assert connection.recv(1000).startswith(b"HTTP/1.1 100")
        subprocess.run(["kill", "-TERM", str(child.pid)], check=True)
        time.sleep(0.5)
        connection.sendall(body)
        assert connection.recv(65_536).startswith(b"HTTP/1.1 202")
    until(lambda: child.exit_code == 0)


@pytest.mark.kafka
def test_what_was_answered_with_202_is_on_kafka_though_the_intake_was_killed(
    command, broker, curl, published
):
    child, url = command("--bootstrap", broker)
    until(lambda: curl(f"{url}/ready").status == 200)
    source, acknowledged, headers = f"urn:test:{uuid.uuid4()}", [], {"Content-Type": STRUCTURED}

    def send(sender):
        with requests.Session() as session, suppress(requests.ConnectionError):
            for number in range(100_000):
                event = {**EVENT, "source": source, "id": f"{sender}-{number}"}
                answer = session.post(f"{url}/events", json=event, headers=headers, timeout=20)
                if answer.status_code == 202:
                    acknowledged.append(event["id"].encode())

    with ThreadPoolExecutor(8) as senders:
        sending = [senders.submit(send, sender) for sender in range(8)]
        until(lambda: len(acknowledged) > 200)
        child.kill()
        for one in sending:
            one.result(SECONDS_MAX)
    kept = {dict(record.headers)["ce_id"] for record in published(source)}
    assert len(acknowledged) > 200
    assert set(acknowledged) <= kept


def test_it_ends_with_the_error_when_its_kafka_side_cannot_go_on():
    settings = IntakeSettings(Kafka("127.0.0.1:1", {"nonsense": 1}), port=0)
    with pytest.raises((TypeError, AttributeError)):
        serve(settings, lambda _url: None, lambda: None)


def test_a_token_is_printed_as_json_for_scripts(tmp_path):
    named = ("--name", "desk", "--source", "urn:a")
    done = run_rapport("intake", "token", "new", *named, "--json", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["token"] not in found["stanza"]
    assert 'name = "desk"' in found["stanza"]
