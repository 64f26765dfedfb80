"""Every surface says the same of every client of the demo: one state, one urgency, one list of
concerns, in one order. The surfaces: JSON, both pages, the terminal, the metrics, the
announcements, and the alerts that fire in a real Prometheus."""

import html
import json
import re
import time
import urllib.request
from collections import defaultdict
from datetime import UTC, datetime

import pytest
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console
from run_rapport import run_rapport

from rapport.devkit.demo import Demo, Ports
from rapport.devkit.prometheus import start_prometheus
from rapport.devkit.testing import records_of
from rapport.domain.concerns.kinds import KINDS, NEWS, STATES
from rapport.language.language import find_language
from rapport.monitoring.alerts.catalogue import ALERT_OF_CONCERN
from rapport.monitoring.alerts.scores import CONCERN_OF_MOST_CLIENTS
from rapport.monitoring.metrics.concerns import (
    CONCERN_POINTS,
    SHARED_CLIENTS,
    SINCE,
    STATE,
    STATE_VALUES,
    URGENCY,
)
from rapport.monitoring.metrics.concerns import NEWS as NEWS_SERIES
from rapport.monitoring.render import render_rules
from rapport.publish.publisher import Publisher
from rapport_schemas.relationship import SignalHeard
from rapport_schemas.survey import Answer, SurveyAnswered
from rapport_schemas.wire.registry import RELATIONSHIP_HEALTH_TOPIC

SECONDS_MAX = 120
LANGUAGES = ("en", "nl")
KIND_NAMES = frozenset(kind.name for kind in (*KINDS, *NEWS))
WITHOUT_WAITING = re.sub(r"( (?:for|keep_firing_for)): \S+", r"\1: 0s", render_rules())
"""The rules as delivered, but for the times that they wait: a test cannot wait so long."""

pytestmark = [pytest.mark.kafka, pytest.mark.prometheus, pytest.mark.timeout(600)]


class Fleet:
    """A demo, and a Prometheus that scrapes it."""

    def __init__(self, demo, prometheus):
        self.demo, self._prometheus = demo, prometheus

    @property
    def clients(self):
        return self.demo.fleet()

    def text(self, path):
        with urllib.request.urlopen(f"{self.demo.url}{path}") as answer:  # noqa: S310 # our own address
            return answer.read().decode()

    def page(self, path, language):
        """Return the words of a page's main part."""
        source = self.text(f"{path}?lang={language}").partition("<main")[2]
        return words(re.sub(r"<[^>]+>", " ", source))

    def terminal(self, *arguments):
        done = run_rapport(*arguments, "--url", self.demo.url, env={"COLUMNS": "300"})
        assert done.returncode == 0, done.stderr
        return done.stdout

    def series(self, metric, *labels):
        """Return the series of a metric in `/metrics`: the values of some labels -> value."""
        return {
            tuple(sample.labels[label] for label in labels): sample.value
            for family in text_string_to_metric_families(self.text("/metrics"))
            for sample in family.samples
            if sample.name == metric.series
        }

    def firing(self):
        """Return the alerts that fire now: the labels of each."""
        with urllib.request.urlopen(f"{self._prometheus}/api/v1/alerts") as answer:  # noqa: S310 # our own address
            alerts = json.load(answer)["data"]["alerts"]
        return [alert["labels"] for alert in alerts if alert["state"] == "firing"]

    def announced(self, client):
        """Return what was announced last of a client: its state, and the kinds that are on."""
        newest = dict.fromkeys(KIND_NAMES, "off") | {"verdict": "unknown"}
        for record in records_of(self.demo.kafka, RELATIONSHIP_HEALTH_TOPIC):
            change = json.loads(record.value)
            if change["client"] == client:
                newest[change.get("state")] = change["new"]
        return newest["verdict"], {kind for kind in KIND_NAMES if newest[kind] == "on"}


def words(text):
    return " ".join(html.unescape(text).split())


def on(client):
    """Return the concerns of a client and its good news."""
    return [*client["concerns"], *client["news"]]


def kinds_on(client):
    return {one["kind"] for one in on(client)}


def first_of(client):
    """Return the concern that a list shows of a client, else its good news; None without both."""
    own = [one for one in client["concerns"] if not one["fleet"] and one["class"] != "chore"]
    return next(iter((*own, *client["news"])), None)


def until_equal(found, expected):
    """Wait until what is found is what is expected: both are asked again and again."""
    deadline = time.monotonic() + SECONDS_MAX
    while (first := found()) != (second := expected()) and time.monotonic() < deadline:
        time.sleep(0.5)
    assert first == second


@pytest.fixture(scope="module")
def running(tool, tmp_path_factory):
    tool("prometheus")
    directory = tmp_path_factory.mktemp("one-verdict")
    console = Console(file=(directory / "demo.log").open("w"))
    with Demo(console, data=None, state=directory / "state", ports=Ports()) as demo:
        child, address = start_prometheus(
            directory / "prometheus", demo.url, scrape="1s", rules=WITHOUT_WAITING
        )
        try:
            yield Fleet(demo, address)
        finally:
            child.stop()


@pytest.fixture(scope="module", params=["the demo", "the demo after two events"])
def fleet(running, request):
    if request.param != "the demo":
        with Publisher(running.demo.kafka, source="urn:test:one-verdict") as publisher:
            publisher.publish(SignalHeard(client="public-health", signal="external_supplier"))
            publisher.publish(
                SurveyAnswered(
                    client="adult-social-care",
                    survey_id="one-verdict",
                    viewpoint="client",
                    answers=[Answer(question="trust", score=4)],
                )
            )
            assert publisher.flush() == 0
        until_equal(lambda: changed(running.clients), lambda: ({"act"}, {"tickets"}))
    return running


def changed(clients):
    """Return what the two events change: a client to act on, and an end of a silence."""
    states = {one["state"] for one in clients if one["id"] == "public-health"}
    (care,) = [one for one in clients if one["id"] == "adult-social-care"]
    return states, {one["subject"] for one in care["concerns"] if one["kind"] == "silent"}


def test_the_demo_has_each_state_and_most_kinds_of_concern(fleet):
    clients = fleet.clients
    assert {client["state"] for client in clients} == set(STATES)
    assert len(set().union(*map(kinds_on, clients))) >= len(KIND_NAMES) * 3 / 4


def test_json_has_a_client_alone_as_it_has_it_in_the_list(fleet):
    for client in fleet.clients:
        assert json.loads(fleet.text(f"/clients/{client['id']}")) == client
        first = first_of(client)
        assert first is None or client["reason"] == first["text"]["en"]


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_of_the_fleet_has_the_same_order_states_and_first_concerns(fleet, code):
    rows = fleet.text(f"/?lang={code}").partition("<tbody")[2].split("<tr ")[1:]
    rows = [words(re.sub(r"<[^>]+>", " ", f"<tr {row}")) for row in rows]
    states = find_language(code).states
    for client, row in zip(fleet.clients, rows, strict=True):
        said = f"{client['name']} {client['owner']} {states[client['state']]}"
        assert row.startswith(said), row
        first = first_of(client)
        sentence = words(first["text"][code]) if first else ""
        assert row.removeprefix(said).strip().startswith(sentence), row


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_page_of_a_client_has_the_same_state_urgency_concerns_and_next_steps(fleet, code):
    language, clients = find_language(code), fleet.clients
    anyone = {words(one["text"][code]) for client in clients for one in on(client)}
    for client in clients:
        page = fleet.page(f"/pages/{client['id']}", code)
        assert page.index(f"{client['name']} {language.states[client['state']]} ") < 60
        own = {words(one["text"][code]) for one in on(client)}
        assert {sentence for sentence in anyone if sentence in page} == own
        assert all(words(one["next"][code]) in page for one in on(client))
        if client["concerns"]:
            assert f" {language.number(client['urgency'])} " in page
        lead = page.partition(language.states[client["state"]])[2].strip()
        first = first_of(client)
        said = words(first["text"][code]) if first else ""
        assert first in client["news"] or lead.startswith(said)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_terminal_has_the_same_order_states_concerns_and_next_steps(fleet, code):
    language, clients = find_language(code), fleet.clients
    lines = fleet.terminal("clients", "--lang", code).splitlines()
    rows = [line.strip() for line in lines if line.startswith(" ") and client_of(line, clients)]
    for client, row in zip(clients, rows, strict=True):
        state = language.states[client["state"]]
        assert re.match(rf"{re.escape(client['name'])} +{state} ", row), row
        first = first_of(client)
        assert first is None or f" {words(first['text'][code])} (" in words(row), row
    steps = [line for line in lines if not line.startswith(" ") and client_of(line, clients)]
    assert steps == [
        f"{client['name']}: {first_of(client)['next'][code]}"
        for client in clients
        if first_of(client)
    ]


def client_of(line, clients):
    return next((one for one in clients if line.strip().startswith(one["name"])), None)


@pytest.mark.parametrize("code", LANGUAGES)
def test_the_explanation_has_the_same_state_concerns_and_next_steps(fleet, code):
    language = find_language(code)
    for client in fleet.clients:
        address = f"/clients/{client['id']}/explanation?lang={code}"
        verdict = json.loads(fleet.text(address))["verdict"]
        text = words(" ".join(verdict.pop("text")))
        assert verdict == {
            key: client[key] for key in ("state", "urgency", "acknowledged", "concerns", "news")
        }
        assert text.startswith(f"{language.text('state')}: {language.states[client['state']]}")
        for one in on(client):
            assert words(one["text"][code]) in text
            assert words(one["next"][code]) in text


def test_the_terminal_prints_the_json(fleet):
    assert json.loads(fleet.terminal("clients", "--json")) == fleet.clients
    top = json.loads(fleet.terminal("top", "--json", "--count", "1"))
    assert top["clients"] == fleet.clients


def test_the_metrics_have_the_same_states_urgency_and_concerns(fleet):
    states, urgency = fleet.series(STATE, "client"), fleet.series(URGENCY, "client")
    points = fleet.series(CONCERN_POINTS, "client", "concern")
    news = fleet.series(NEWS_SERIES, "client", "news")
    clients = fleet.clients
    assert states == {(one["id"],): STATE_VALUES[one["state"]] for one in clients}
    assert urgency == {(one["id"],): one["urgency"] for one in clients}
    summed = defaultdict(float)
    for client in clients:
        for one in client["concerns"]:
            summed[client["id"], one["kind"]] += one["points"]
    assert points == pytest.approx(dict(summed))
    assert news.keys() == {(one["id"], good["kind"]) for one in clients for good in one["news"]}
    shared = {one["kind"] for client in clients for one in client["concerns"] if one["fleet"]}
    most = fleet.series(SHARED_CLIENTS, "concern")
    assert {kind for (kind,), clients in most.items() if clients} == shared
    since = {}
    for client in clients:
        for one in on(client):
            day = datetime.fromisoformat(one["since"]).replace(tzinfo=UTC).timestamp()
            since.setdefault((client["id"], one["kind"]), []).append(day)
    first = {key: min(days) for key, days in since.items()}
    assert fleet.series(SINCE, "client", "concern") == first


def test_the_alerts_that_fire_are_those_of_the_concerns(fleet):
    def on_with_alert():
        return {
            (ALERT_OF_CONCERN[kind], client["id"], kind)
            for client in fleet.clients
            for kind in kinds_on(client) & ALERT_OF_CONCERN.keys()
        }

    def firing():
        return {
            (alert["alertname"], alert["client"], alert["concern"])
            for alert in fleet.firing()
            if "client" in alert
        }

    until_equal(firing, on_with_alert)
    assert len(firing()) > len(KIND_NAMES)


def test_what_most_clients_have_fires_once(fleet):
    def shared():
        return {
            (CONCERN_OF_MOST_CLIENTS.name, one["kind"])
            for client in fleet.clients
            for one in client["concerns"]
            if one["fleet"]
        }

    until_equal(
        lambda: {
            (alert["alertname"], alert["concern"])
            for alert in fleet.firing()
            if "concern" in alert and "client" not in alert
        },
        shared,
    )


def test_the_announcements_have_the_same_states_and_concerns(fleet):
    for number, client in enumerate(fleet.clients):
        until_equal(
            lambda name=client["id"]: fleet.announced(name),
            lambda n=number: (fleet.clients[n]["state"], kinds_on(fleet.clients[n])),
        )
