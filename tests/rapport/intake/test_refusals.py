"""Rows 85 to 90 of the bad input, and the limits: refused for the reason, and nothing published."""

import json
import socket
import time
import uuid
from urllib.parse import urlsplit

import pytest
import requests

from rapport.intake.limits import Limits
from rapport.intake.tokens import new_token
from rapport_schemas.docs.examples import EXAMPLES

pytestmark = pytest.mark.kafka
STRUCTURED = "application/cloudevents+json"
BATCH = "application/cloudevents-batch+json"
NAME = "rapport.ticket.opened.v1"


@pytest.fixture
def source():
    return f"urn:acme:crm:{uuid.uuid4()}"


def event(source, **changes):
    return {
        "specversion": "1.0",
        "id": str(uuid.uuid4()),
        "source": source,
        "type": NAME,
        "time": "2026-03-02T09:30:00Z",
        "data": EXAMPLES[NAME].good,
        **changes,
    }


def post(intake, body, token, content_type=STRUCTURED, **headers):
    if token is not None:
        headers["Authorization"] = f"Bearer {token}"
    data = body if isinstance(body, bytes) else json.dumps(body).encode()
    return requests.post(
        f"{intake.url}/events",
        data=data,
        headers={"Content-Type": content_type, **headers},
        timeout=30,
    )


def refusal(answer, status, reason):
    assert answer.status_code == status
    assert answer.headers["Content-Type"].startswith("application/problem+json")
    found = answer.json()
    assert (found["status"], found["reason"]) == (status, reason)
    assert found["title"]
    assert found["detail"]
    return found


def test_no_token_a_wrong_one_and_one_for_another_source(start, broker, source, published):
    intake = start(broker)
    answer = post(intake, event(source), None)
    refusal(answer, 401, "no-token")
    assert answer.headers["WWW-Authenticate"].startswith("Bearer")
    refusal(post(intake, event(source), None, Authorization="Basic abc"), 401, "no-token")
    refusal(post(intake, event(source), new_token("x", ["*"])[0]), 403, "wrong-token")
    foreign = post(intake, event("urn:acme:finance"), intake.desk)
    assert refusal(foreign, 403, "foreign-source")["path"] == "source"
    registered = event(source, type="rapport.client.removed.v1", data={"client": "finance"})
    assert refusal(post(intake, registered, intake.desk), 403, "registry-closed")["path"] == "type"
    name = "rapport.supplier.approved.v1"
    approved = event(source, type=name, data=EXAMPLES[name].good)
    assert refusal(post(intake, approved, intake.desk), 403, "registry-closed")["path"] == "type"
    batch = post(intake, [event("urn:acme:finance"), event(source)], intake.desk, BATCH)
    assert batch.status_code == 207
    assert [result["status"] for result in batch.json()["results"]] == [403, 202]
    published(source, 1)


def test_a_body_over_the_limit_is_refused_with_and_without_a_content_length(
    start, broker, source, published, curl
):
    intake = start(broker)
    big = event(source, data={**EXAMPLES[NAME].good, "pad": "x" * 1_048_576})
    refusal(post(intake, big, intake.desk), 413, "too-big")
    for extra in (("--header", "Expect: 100-continue"), ("--header", "Transfer-Encoding: chunked")):
        answer = curl(
            f"{intake.url}/events",
            *("--header", f"Authorization: Bearer {intake.desk}"),
            *("--header", f"Content-Type: {STRUCTURED}"),
            *extra,
            body=json.dumps(big).encode(),
        )
        assert (answer.status, answer.json["reason"]) == (413, "too-big")
    batch = [event(source)] * 1001
    refusal(post(intake, batch, intake.desk, BATCH), 413, "too-big")
    refusal(post(intake, b" " * (8 * 1024 * 1024 + 1), intake.desk, BATCH), 413, "too-big")
    published(source, 0)


def test_a_wrong_content_type_charset_or_compression(start, broker, source, published):
    intake = start(broker)
    for content_type in ("text/plain", "application/xml", f"{STRUCTURED}; charset=utf-16"):
        refusal(post(intake, event(source), intake.desk, content_type), 415, "wrong-content-type")
    zipped = post(intake, event(source), intake.desk, **{"Content-Encoding": "gzip"})
    refusal(zipped, 415, "wrong-content-type")
    published(source, 0)


def raw(intake, *parts, pause_seconds=0.0):
    """Send bytes over a bare socket, slowly; return all that comes back until it is closed."""
    address = urlsplit(intake.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        for part in parts:
            connection.sendall(part)
            time.sleep(pause_seconds)
        answer = b""
        while chunk := connection.recv(65_536):
            answer += chunk
    return answer


def head(intake, length, *extra):
    lines = [
        "POST /events HTTP/1.1",
        "Host: 127.0.0.1",
        f"Authorization: Bearer {intake.desk}",
        f"Content-Type: {STRUCTURED}",
        f"Content-Length: {length}",
        *extra,
    ]
    return "\r\n".join([*lines, "", ""]).encode()


def test_a_slow_body_is_cut_and_so_is_a_slow_head(start, broker, source, published):
    intake = start(broker, limits=Limits(body_seconds_max=0.5, idle_seconds_max=1.0))
    body = json.dumps(event(source)).encode()
    # `raw` times out when the intake does not close the connection.
    answer = raw(intake, head(intake, len(body)), body[:20])
    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"reason":"too-slow"' in answer
    assert raw(intake, head(intake, len(body))[:40]) == b""
    published(source, 0)


def test_a_body_that_never_ends_does_not_hold_up_the_end(start, broker, source, published):
    intake = start(broker, limits=Limits(drain_seconds_max=0.5))
    address = urlsplit(intake.url)
    with socket.create_connection((address.hostname, address.port), timeout=20) as connection:
        connection.sendall(head(intake, 100, "Expect: 100-continue"))
        assert connection.recv(1000).startswith(b"HTTP/1.1 100")
        connection.sendall(b"{")
        intake.stop()  # it times out when the request holds it up
        assert connection.recv(1000) == b""
    published(source, 0)


def test_a_body_that_is_cut_off_publishes_nothing(start, broker, source, published):
    intake = start(broker)
    body = json.dumps(event(source)).encode()
    address = urlsplit(intake.url)
    with socket.create_connection((address.hostname, address.port)) as connection:
        connection.sendall(head(intake, len(body)) + body[:-5])
    assert post(intake, event("urn:acme:desk"), intake.desk).status_code == 202
    published(source, 0)


def test_too_many_headers_and_a_head_that_is_no_http(start, broker, caplog):
    intake = start(broker)
    many = [f"X-{number}: 1" for number in range(500)]
    for sent in (
        head(intake, 0, *many),
        head(intake, 0, "X: " + "x" * 20_000),
        b"nonsense\r\n\r\n",
    ):
        assert raw(intake, sent).split(b"\r\n")[0].endswith(b" 400 Bad Request")
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    "name",
    ["Content-Type", "Authorization", "Content-Encoding", "Expect", "Host", "ce-id", "ce-\xff"],
)
def test_bytes_that_are_no_text_in_a_header_never_fail_the_intake(start, broker, name):
    intake = start(broker)
    lines = head(intake, 2, "Connection: close").split(b"\r\n")
    kept = [line for line in lines if line and not line.startswith(name.encode() + b":")]
    sent = [*kept, name.encode("latin-1") + b": \xff\xfe", b"", b"{}"]
    status = int(raw(intake, b"\r\n".join(sent)).split()[1])
    assert 400 <= status < 500


def test_a_rate_that_is_used_up_is_429_with_the_seconds_to_wait(start, broker, source):
    intake = start(broker, rate=20)
    assert post(intake, [event(source)] * 50, intake.desk, BATCH).status_code == 202
    answer = post(intake, event(source), intake.desk)
    refusal(answer, 429, "too-fast")
    seconds = int(answer.headers["Retry-After"])
    assert seconds == 2
    assert post(intake, event(source), intake.hub).status_code == 202
    time.sleep(seconds)
    assert post(intake, event(source), intake.desk).status_code == 202


def test_what_is_over_the_bounds_of_memory_is_503_with_the_seconds_to_wait(
    start, broker, source, published
):
    intake = start(broker, limits=Limits(in_flight_events_max=10, bodies_bytes_max=20_000))
    answer = post(intake, [event(source)] * 11, intake.desk, BATCH)
    refusal(answer, 503, "busy")
    assert answer.headers["Retry-After"] == "1"
    refusal(post(intake, [event(source)] * 200, intake.desk, BATCH), 503, "busy")
    assert post(intake, [event(source)] * 10, intake.desk, BATCH).status_code == 202
    published(source, 10)


def alive(address):
    """Return a connection that was answered, or None."""
    connection = socket.create_connection((address.hostname, address.port), timeout=20)
    try:
        connection.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
        if connection.recv(1000).startswith(b"HTTP/1.1 200"):
            return connection
    except ConnectionError:
        pass
    connection.close()
    return None


def test_over_the_bound_an_idle_connection_gives_way_and_one_with_a_request_does_not(start, broker):
    intake = start(broker, limits=Limits(connections_max=1))
    address = urlsplit(intake.url)
    deadline = time.monotonic() + 10
    while (idle := alive(address)) is None:
        assert time.monotonic() < deadline
    with idle, socket.create_connection((address.hostname, address.port), timeout=20) as busy:
        assert idle.recv(1000) == b""
        busy.sendall(
            b"POST /events HTTP/1.1\r\nHost: localhost\r\nContent-Length: 9\r\n"
            b"Content-Type: application/cloudevents+json\r\nExpect: 100-continue\r\n"
            b"Authorization: Bearer " + intake.desk.encode() + b"\r\n\r\n"
        )
        assert busy.recv(1000).startswith(b"HTTP/1.1 100")
        with socket.create_connection((address.hostname, address.port), timeout=20) as over:
            assert over.recv(1) == b""


def test_tokens_are_read_again_while_it_runs(start, broker, source):
    intake = start(broker)
    token, stanza = new_token("fresh", ["*"])
    assert post(intake, event(source), token).status_code == 403
    intake.tokens.write_text(stanza)
    deadline = time.monotonic() + 10
    while post(intake, event(source), token).status_code == 403:
        assert time.monotonic() < deadline
        time.sleep(0.1)
    assert post(intake, event(source), token).status_code == 202
    assert post(intake, event(source), intake.desk).status_code == 403


def test_other_paths_and_methods_are_problems_too(start, broker, curl):
    intake = start(broker)
    assert curl(f"{intake.url}/nothing").json["reason"] == "not-found"
    wrong = curl(f"{intake.url}/events")
    assert (wrong.status, wrong.json["reason"]) == (405, "wrong-method")
    assert set(wrong.headers["allow"].replace(" ", "").split(",")) == {"OPTIONS", "POST"}
    options = curl(f"{intake.url}/events", "--request", "OPTIONS")
    assert (options.status, options.headers["allow"]) == (204, "OPTIONS, POST")
    assert "access-control-allow-origin" not in options.headers
    assert curl(f"{intake.url}/healthz", "--head").status == 200
    hook = ("--request", "OPTIONS", "--header", "WebHook-Request-Origin: events.example.org")
    assert curl(f"{intake.url}/events", *hook).status == 401
    token = ("--header", f"Authorization: Bearer {intake.desk}")
    allowed = curl(f"{intake.url}/events", *hook, *token)
    assert allowed.headers["webhook-allowed-origin"] == "events.example.org"
    assert allowed.headers["webhook-allowed-rate"] == "300000"
