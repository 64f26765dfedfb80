"""Silences of acknowledged concerns, in a real Alertmanager."""

import asyncio
import time
from base64 import b64encode

import bcrypt
import pytest
import requests

from rapport.devkit.kafka.broker import free_port
from rapport.domain.clients import Client, Directory
from rapport.domain.desk.follow_up import Acknowledgement, Due, FollowUp
from rapport.runtime.child_process import Child
from rapport.runtime.policy_file import load_policy
from rapport.worker.announce.alertmanager_file import (
    AlertmanagerFileError,
    read_alertmanager_file,
)
from rapport.worker.announce.silences import SilenceReconciler
from rapport.worker.assignment import Assignment
from rapport.worker.scoring.scorer import Scorer

pytestmark = pytest.mark.prometheus
TODAY = int(time.time()) // 86_400
PASSWORD = "geheim"  # noqa: S105 # of an Alertmanager that lives as long as this test
HEADERS = {"Authorization": f"Basic {b64encode(f'rapport:{PASSWORD}'.encode()).decode()}"}
LATE = FollowUp(promises=(Due(TODAY - 3),))
KNOWN = LATE._replace(acknowledged=(Acknowledgement("promise_overdue", TODAY, TODAY + 5, 15),))
ALERT = "RapportPromiseOverdue"


@pytest.fixture(scope="module")
def alertmanager(tool, tmp_path_factory):
    """The address of an Alertmanager that asks for a password, and the file that says so."""
    directory = tmp_path_factory.mktemp("alertmanager")
    hashed = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode()
    (directory / "web.yml").write_text(f"basic_auth_users: {{rapport: '{hashed}'}}\n")
    (directory / "am.yml").write_text("route: {receiver: a}\nreceivers: [{name: a}]\n")
    url = f"http://127.0.0.1:{free_port()}"
    child = Child(
        [
            tool("prometheus-alertmanager"),
            f"--config.file={directory / 'am.yml'}",
            f"--web.config.file={directory / 'web.yml'}",
            f"--storage.path={directory / 'data'}",
            f"--web.listen-address={url.removeprefix('http://')}",
            "--cluster.listen-address=",
        ],
        directory / "log",
    )
    (directory / "password").write_text(PASSWORD)
    (directory / "password").chmod(0o600)
    file = directory / "rapport.toml"
    file.write_text(f'url = "{url}"\nusername = "rapport"\npassword_file = "password"\n')
    try:
        until(lambda: is_ready(url), child)
        yield url, file
    finally:
        child.stop()


def is_ready(url):
    try:
        return requests.get(f"{url}/-/ready", headers=HEADERS, timeout=1).ok
    except requests.ConnectionError:
        return False


def until(condition, child):
    deadline = time.monotonic() + 30
    while not condition():
        assert child.exit_code is None, child.tail()
        assert time.monotonic() < deadline
        time.sleep(0.05)


class Line:
    """A worker that owns some clients: what was recorded of them, and its silences."""

    def __init__(self, file, *owned):
        self.recorded = {}
        directory = Directory()
        for name in ("finance", "housing"):
            directory.register(Client(name, name.title(), "rm"))
        self.scorer = Scorer(directory, load_policy(None), self._read, owns=owned.__contains__)
        self.silences = SilenceReconciler(read_alertmanager_file(file), Assignment(8), self.scorer)

    async def _read(self, _clients):
        return self.recorded

    def step(self, **recorded):
        """Record, evaluate, reconcile, and evaluate with what is silenced."""
        self.recorded = recorded

        async def run():
            await self.scorer.evaluate(TODAY)
            await self.silences.reconcile()
            await self.scorer.evaluate(TODAY)

        asyncio.run(run())

    def concern(self, client):
        (found,) = self.scorer.health[client].verdict.concerns
        return found.acknowledged_until, found.is_silenced


def active(url):
    answer = requests.get(f"{url}/api/v2/silences", headers=HEADERS, timeout=5).json()
    return {one["id"]: one for one in answer if one["status"]["state"] != "expired"}


def state_of(url, **labels):
    """Fire an alert, and return whether Alertmanager tells it."""
    alert = {"alertname": ALERT, "job": "rapport", **labels}
    requests.post(
        f"{url}/api/v2/alerts", json=[{"labels": alert}], headers=HEADERS, timeout=5
    ).raise_for_status()
    answer = requests.get(f"{url}/api/v2/alerts", headers=HEADERS, timeout=5).json()
    (found,) = (one for one in answer if one["labels"] == alert)
    return found["status"]["state"]


def test_an_acknowledged_concern_is_silenced_until_it_is_taken_back(alertmanager):
    url, file = alertmanager
    line = Line(file, "finance", "housing")
    line.step(finance=LATE, housing=LATE)
    assert active(url) == {}
    line.step(finance=KNOWN, housing=LATE)
    ((name, silence),) = active(url).items()
    matchers = {one["name"]: (one["value"], one["isRegex"]) for one in silence["matchers"]}
    assert matchers == {
        "job": ("rapport", False),
        "client": ("finance", False),
        "alertname": (ALERT, False),
    }
    assert silence["comment"] == "Acknowledged in Rapport"
    assert (line.concern("finance"), line.concern("housing")) == (
        (TODAY + 5, True),
        (None, False),
    )
    assert state_of(url, client="finance", severity="info") == "suppressed"
    assert state_of(url, client="housing", severity="info") != "suppressed"
    assert state_of(url, client="finance", job="test") != "suppressed"
    # Another worker takes the client over, and one owns none of these.
    other = Line(file, "finance")
    other.step(finance=KNOWN)
    Line(file).step()
    assert list(active(url)) == [name]
    # A person's own silence of the same alert stays when Rapport's ends.
    own = {**silence, "createdBy": "someone", "comment": "on holiday"}
    del own["id"]
    requests.post(f"{url}/api/v2/silences", json=own, headers=HEADERS, timeout=5).raise_for_status()
    longer = KNOWN.acknowledged[0]._replace(until=TODAY + 9)
    other.step(finance=KNOWN._replace(acknowledged=(longer,)))
    ends = {one["createdBy"]: one["endsAt"] for one in active(url).values()}
    assert (len(ends), ends["Rapport"] > silence["endsAt"]) == (2, True)
    other.step(finance=LATE)
    assert [one["createdBy"] for one in active(url).values()] == ["someone"]
    assert other.concern("finance") == (None, False)


def test_what_cannot_be_silenced_says_so_once_and_the_worker_goes_on(
    alertmanager, tmp_path, caplog
):
    url, _ = alertmanager
    wrong = tmp_path / "wrong.toml"
    wrong.write_text(f'url = "{url}"\n')
    line = Line(wrong, "finance")
    line.recorded = {"finance": KNOWN}

    async def run():
        await line.scorer.evaluate(TODAY)
        await line.silences.attempt()
        await line.silences.attempt()
        await line.scorer.evaluate(TODAY)

    asyncio.run(run())
    assert "401" in caplog.text
    assert caplog.text.count("no silence can be set") == 1
    assert line.concern("finance") == (TODAY + 5, False)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('url = "alertmanager:9093"', "url"),
        ('url = "http://user:word@alertmanager:9093"', "url"),
        ('url = "http://a:1"\nusername = "rapport"', "username and password_file are given"),
        ('url = "http://a:1"\nusername = "a"\npassword_file = "b"', "use https"),
        ('url = "http://a:1"\npassword = "b"', "password itself"),
        ('url = "http://a:1"\ntoken = "b"', "token"),
    ],
)
def test_a_file_on_alertmanager_is_refused_with_the_reason(text, reason, tmp_path):
    file = tmp_path / "alertmanager.toml"
    file.write_text(text)
    with pytest.raises(AlertmanagerFileError, match=reason) as refused:
        read_alertmanager_file(file)
    assert str(file) in str(refused.value)
