"""What a real Alertmanager delivers with the shipped routes and words: mail, Slack, webhook."""

import email
import json
import shutil
import threading
import time
from datetime import UTC, datetime, timedelta
from email import policy
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from aiosmtpd.controller import Controller

from rapport.devkit.kafka.broker import free_port
from rapport.monitoring.alertmanager.config import alertmanager_config
from rapport.monitoring.alertmanager.routing import EXAMPLE, parse_routing
from rapport.runtime.child_process import Child

pytestmark = pytest.mark.prometheus
TEMPLATES = Path(__file__).parents[3] / "deploy" / "alertmanager" / "templates"
SECONDS_MAX = 30
HOSTILE = "A & B <script> <!channel> {{ .Status }} $(id)"


class Mailbox:
    """Keeps every mail that it is given."""

    def __init__(self):
        self.mails = []

    async def handle_DATA(self, _server, _session, envelope):  # noqa: N802 - aiosmtpd's name
        self.mails.append(email.message_from_bytes(envelope.content, policy=policy.default))
        return "250 kept"


@pytest.fixture
def mailbox():
    handler = Mailbox()
    controller = Controller(handler, hostname="127.0.0.1", port=free_port())
    controller.start()
    yield controller.port, handler.mails
    controller.stop()


@pytest.fixture
def hooks():
    """An HTTP server that keeps what is posted, by path, with its authorization."""
    received = []

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            received.append((self.path, body, self.headers.get("Authorization")))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"ok")

        def log_message(self, *_args):
            """Stay quiet."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Receiver)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server.server_address[1], received
    server.shutdown()


def configure(directory, smtp_port, hook_port):
    """Write the shipped example with addresses of this test, and times that it can wait."""
    (directory / "slack").write_text(f"http://127.0.0.1:{hook_port}/slack")
    (directory / "token").write_text("secret")
    shutil.copytree(TEMPLATES, directory / "templates")
    text = EXAMPLE
    for old, new in {
        "smtp.example.org:587": f"127.0.0.1:{smtp_port}",
        'username = "rapport"\n': "",
        'password_file = "/etc/alertmanager/smtp-password"': "require_tls = false",
        "/etc/alertmanager/slack-url": str(directory / "slack"),
        "http://127.0.0.1:8081": f"http://127.0.0.1:{hook_port}",
        "/etc/alertmanager/webhook-token": str(directory / "token"),
    }.items():
        assert old in text
        text = text.replace(old, new)
    config = alertmanager_config(parse_routing(text))
    for wait in ("group_wait: 5m", "group_wait: 30s"):
        config = config.replace(wait, "group_wait: 1s")
    path = directory / "alertmanager.yml"
    path.write_text(config)
    return path


@pytest.fixture
def alertmanager(tool, tmp_path, mailbox, hooks):
    """The address of a real Alertmanager that delivers to this test."""
    port = free_port()
    child = Child(
        [
            tool("prometheus-alertmanager"),
            f"--config.file={configure(tmp_path, mailbox[0], hooks[0])}",
            f"--storage.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{port}",
            "--cluster.listen-address=",
        ],
        tmp_path / "alertmanager.log",
    )
    url = f"http://127.0.0.1:{port}"
    try:
        until(lambda: answers(f"{url}/-/ready"), child)
        yield url, child
    finally:
        child.stop()


def answers(url):
    try:
        return requests.get(url, timeout=2)
    except requests.ConnectionError:
        return None


def until(found, child):
    deadline = time.monotonic() + SECONDS_MAX
    while not (value := found()):
        assert child.exit_code is None, child.tail()
        assert time.monotonic() < deadline, child.tail()
        time.sleep(0.1)
    return value


def alert(alertname, kind, owner, **labels):
    annotations = {
        "summary": f"{HOSTILE} is less than it was",
        "summary_nl": f"{HOSTILE} is minder dan het was",
        "description": "Trust is 54 of 100.",
        "description_nl": "Het vertrouwen is 54 van 100.",
        "runbook_url": "https://example.org/runbook.md#x",
        "dashboard_url": "/d/rapport-client/client?var-client=finance",
    }
    return {
        "labels": {"alertname": alertname, "kind": kind, "owner": owner, **labels},
        "annotations": annotations,
        "endsAt": (datetime.now(UTC) + timedelta(hours=1)).isoformat(),
    }


def fire(url, *alerts):
    assert requests.post(f"{url}/api/v2/alerts", json=alerts, timeout=5).ok


def test_a_risk_reaches_its_team_by_mail_and_slack_in_dutch_with_its_name_as_text(
    alertmanager, mailbox, hooks
):
    url, child = alertmanager
    fire(url, alert("RapportTrustFalling", "risk", "team-finance", client="finance", name=HOSTILE))
    (mail,) = until(lambda: mailbox[1], child)
    assert mail["To"] == "relations@example.org"
    assert mail["Subject"] == f"Risico: {HOSTILE} is minder dan het was"
    plain = mail.get_body(("plain",)).get_content()
    assert f"{HOSTILE} is minder dan het was" in plain
    assert "Het vertrouwen is 54 van 100." in plain
    assert "http://127.0.0.1:3000/d/rapport-client/client?var-client=finance" in plain
    html = mail.get_body(("html",)).get_content()
    assert "A &amp; B &lt;script&gt; &lt;!channel&gt; {{ .Status }} $(id)" in html
    assert 'href="http://127.0.0.1:3000/d/rapport-client/client?var-client=finance"' in html
    ((path, sent, _),) = until(lambda: list(hooks[1]), child)
    assert (path, sent["channel"]) == ("/slack", "#relations")
    annotations = sent["attachments"][0]
    assert annotations["title"].startswith(
        "Risico: A &amp; B &lt;script&gt; &lt;!channel&gt; {{ .Status"
    )
    assert (
        "<http://127.0.0.1:3000/d/rapport-client/client?var-client=finance|" in annotations["text"]
    )


def test_an_opportunity_reaches_the_team_of_opportunities_with_both_languages(alertmanager, hooks):
    url, child = alertmanager
    fire(url, alert("RapportStageWon", "opportunity", "team-finance", client="finance"))
    ((path, sent, authorization),) = until(lambda: list(hooks[1]), child)
    assert (path, authorization) == ("/alerts", "Bearer secret")
    (one,) = sent["alerts"]
    assert sent["receiver"] == "innovation"
    assert one["annotations"]["summary"] == f"{HOSTILE} is less than it was"
    assert one["annotations"]["summary_nl"] == f"{HOSTILE} is minder dan het was"


def test_what_follows_from_a_broken_feed_or_a_worker_away_is_held_back(alertmanager, mailbox):
    url, child = alertmanager
    broken = alert("RapportFeedBroken", "pipeline", "operations", source="surveys")
    fire(
        url,
        broken,
        alert("RapportITOverratesItself", "risk", "nobody", client="a"),
        alert("RapportNewOutsideSupplier", "risk", "nobody", client="b"),
        alert("RapportClientSilent", "risk", "nobody", client="c"),
    )
    until(lambda: len(mailbox[1]) >= 3, child)
    assert held(url) == {("RapportITOverratesItself", "a")}
    fire(url, alert("RapportWorkerDown", "pipeline", "operations"), alert("Other", "x", "y"))
    until(lambda: len(held(url)) == 4, child)
    assert ("Other", None) not in held(url)


def test_what_most_clients_have_is_told_once_and_holds_back_the_clients_alerts_on_it(
    alertmanager, mailbox
):
    url, child = alertmanager
    common = alert("RapportConcernOfMostClients", "risk", "it-management", concern="overrated")
    fire(url, common)
    until(lambda: mailbox[1], child)
    fire(
        url,
        alert("RapportITOverratesItself", "risk", "nobody", client="a", concern="overrated"),
        alert("RapportTrustLow", "risk", "nobody", client="a", concern="trust_low"),
    )
    until(lambda: len(mailbox[1]) >= 2, child)
    assert held(url) == {("RapportITOverratesItself", "a")}


def held(url):
    found = requests.get(f"{url}/api/v2/alerts", timeout=5).json()
    return {
        (one["labels"]["alertname"], one["labels"].get("client"))
        for one in found
        if one["status"]["inhibitedBy"]
    }
