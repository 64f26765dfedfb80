"""Every panel in five worlds, shown by Grafana's own code on what a real Prometheus answers.

The demo with its past; the demo soon after a start without one; its worker frozen; Kafka frozen;
two workers. What a panel must show is taken from the worker's own JSON, or is said here.
"""

import io
import json
import math
import os
import re
import signal
import time
from collections import Counter
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from types import SimpleNamespace
from urllib.error import HTTPError
from urllib.parse import urlencode
from urllib.request import Request, urlopen

import pytest
import yaml
from expected_panels import EXPECTED, Asked
from expected_panels.kinds import NOT_KNOWN, OVER_TIME
from rich.console import Console
from rich.progress import Progress

from rapport.devkit.data import POLICY, demo_data
from rapport.devkit.kafka.broker import free_port
from rapport.devkit.prometheus import TARGET, load_history
from rapport.devkit.publish import publish_demo
from rapport.devkit.testing import WorkerProcess, reset_broker
from rapport.kafka.connection import Kafka
from rapport.language.language import find_language
from rapport.monitoring.render import render_rules
from rapport.runtime.child_process import Child, rapport_command
from rapport.web.client import fetch_json
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL

pytestmark = [pytest.mark.kafka, pytest.mark.prometheus, pytest.mark.timeout(600)]
FOLDER = Path(__file__).parents[4] / "grafana" / "dashboards"
BOARDS = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
RANGE_SECONDS = {"now-90d": 90 * 86_400, "now-6h": 6 * 3600}
STEPS = {
    ("now-90d", 24): 3600,
    ("now-90d", 12): 7200,
    ("now-6h", 24): 15,
    ("now-6h", 12): 20,
}
"""The seconds between two points of a graph, by the time range and the width of its panel."""
CLIENT = "libraries"
INSTANCES = (TARGET["instance"], "second")
"""Equal labels continue the series of the past."""
EVERY_DAYS = 3
WAIT_SECONDS_MAX = 150
SCRAPE = "3s"
"""Long enough for a worker on a busy machine."""
AT_ONCE = re.compile(r"\bfor: \d+[mhd]")
"""How long a condition must hold: these worlds have no time for it."""
NAMES = find_language("en").concerns
GOOD, WATCH, BAD, GREY, BLUE = "#56B4E9", "#E69F00", "#D55E00", "#999999", "#0072B2"
HIDDEN = "#00000000"


class Prometheus:
    """A real one, which scrapes workers that are named in a file."""

    def __init__(self, directory):
        directory.mkdir(parents=True, exist_ok=True)
        self._targets = directory / "targets.json"
        self.scrape()
        self._intakes = directory / "intakes.json"
        self._name(self._intakes, {})
        (directory / "rules.yml").write_text(AT_ONCE.sub("for: 0s", render_rules()))
        job = {
            "job_name": "rapport",
            "file_sd_configs": [{"files": [str(self._targets)], "refresh_interval": "1s"}],
        }
        intake = {
            "job_name": "rapport-intake",
            "file_sd_configs": [{"files": [str(self._intakes)], "refresh_interval": "1s"}],
        }
        config = {
            "global": {
                "scrape_interval": SCRAPE,
                "scrape_timeout": SCRAPE,
                "evaluation_interval": "6s",
            },
            "rule_files": [str(directory / "rules.yml")],
            "scrape_configs": [job, intake],
        }
        (directory / "prometheus.yml").write_text(yaml.safe_dump(config))
        address = f"127.0.0.1:{free_port()}"
        command = ["prometheus", f"--config.file={directory}/prometheus.yml"]
        command += [f"--storage.tsdb.path={directory}", "--storage.tsdb.retention.time=400d"]
        command += ["--query.lookback-delta=25h", f"--web.listen-address={address}"]
        self.child = Child(command, directory.with_suffix(".log"))
        self.url = f"http://{address}"

    def scrape(self, *urls):
        """Scrape these workers from now on."""
        self._name(self._targets, dict(zip(INSTANCES, urls, strict=False)))

    def scrape_intake(self, url):
        """Scrape this intake from now on."""
        self._name(self._intakes, {"door": url})

    def _name(self, file, urls):
        found = [
            {"targets": [url.removeprefix("http://")], "labels": {"instance": instance}}
            for instance, url in urls.items()
        ]
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(found))
        fresh.rename(file)

    def ask(self, query):
        """The values now, by labels."""
        address = f"{self.url}/api/v1/query?{urlencode({'query': query})}"
        try:
            with urlopen(address) as answer:  # noqa: S310 # our own address
                result = json.load(answer)["data"]["result"]
        except OSError:
            return {}
        return {json.dumps(one["metric"], sort_keys=True): one["value"][1] for one in result}

    def until(self, query, expected):
        """Wait until a query has one value."""
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while list(self.ask(query).values()) != [expected]:
            assert time.monotonic() < deadline, (query, self.ask(query), self.child.tail())
            time.sleep(0.2)


class Intake:
    """An intake that gets one event of the demo again and again, and one that it refuses."""

    def __init__(self, kafka, directory):
        address = directory / "intake.address"
        command = rapport_command("intake", "--bootstrap", kafka.bootstrap, "--port", "0")
        self.child = Child([*command, "--address-file", str(address)], directory / "intake.log")
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        while not address.exists() or not address.read_text():
            assert time.monotonic() < deadline, self.child.tail()
            time.sleep(0.05)
        self.url = address.read_text()
        _, events = demo_data(datetime.now(UTC).date(), None)
        data, name, at = events[0]
        self._event = {
            "specversion": "1.0",
            "id": name,
            "source": "urn:rapport:demo",
            "type": CONTRACT_OF_MODEL[type(data)].type,
            "time": at.isoformat(),
            "data": data.model_dump(mode="json", exclude_none=True),
        }

    def offer(self):
        """Send an event that the ledger has, and one of a type that nobody knows."""
        for event, status in (self._event, 202), (self._event | {"type": "unknown.v1"}, 422):
            request = Request(  # noqa: S310 # our own address
                f"{self.url}/events",
                json.dumps(event).encode(),
                {"Content-Type": "application/cloudevents+json"},
            )
            try:
                with urlopen(request) as answer:  # noqa: S310
                    found = answer.status
            except HTTPError as error:
                found = error.code
            assert found == status, found


class Line:
    """The demo with two Prometheuses, and what Grafana showed in each world."""

    def __init__(self, directory, grafana, broker, stack):
        self._grafana, self._stack, self.broker = grafana, stack, broker
        kafka = Kafka(broker.bootstrap)
        self._second_port = str(free_port())
        self.first, self.second = (
            WorkerProcess(kafka.bootstrap, directory, "--policy", str(POLICY), *port, name=name)
            for name, port in (("first", ()), ("second", ("--http-port", self._second_port)))
        )
        for worker in (self.first, self.second):
            stack.callback(worker.stop)
        self.first.start()
        self.bare = self._prometheus(directory / "bare")
        with Progress(console=Console(file=io.StringIO())) as progress:
            self.first.until_evaluated(publish_demo(progress, kafka.bootstrap, None))
        self.intake = Intake(kafka, directory)
        stack.callback(self.intake.child.stop)
        self.bare.scrape_intake(self.intake.url)
        self.intake.offer()
        self.began = time.time()
        load_history(kafka, directory / "past", POLICY, every=EVERY_DAYS)
        self.past = self._prometheus(directory / "past")
        self.clients = fetch_json(f"{self.first.url}/clients")
        self.worlds = {}

    def _prometheus(self, directory):
        one = Prometheus(directory)
        self._stack.callback(one.child.stop)
        one.scrape(self.first.url)
        return one

    def look(self, name, prometheus):
        """Keep what every panel shows now, and the worker's own answer."""
        at = time.time()
        # What is scraped before that moment is stored by then.
        prometheus.until(f"min(timestamp(up)) > bool {at}", "1")
        boards = {slug: self._show(slug, prometheus, at) for slug in BOARDS}
        self.worlds[name] = SimpleNamespace(at=at, boards=boards, prometheus=prometheus)

    def _show(self, slug, prometheus, at, client=CLIENT):
        board = BOARDS[slug]
        seconds = RANGE_SECONDS[board["time"]["from"]]
        chosen = {"job": "rapport", "intake": "rapport-intake", "client": client}
        return self._grafana.show(board, prometheus.url, at, seconds, **chosen)

    def board_of(self, client):
        """What the dashboard of a client showed soon after the start."""
        world = self.worlds["bare"]
        return self._show("client", world.prometheus, world.at, client)

    def live_through(self):
        """Go through the five worlds."""
        worker, broker = self.first.child.pid, self.broker.pid
        self.past.until("sum(rapport_ready)", "1")
        self.look("past", self.past)
        self.bare.until("sum(rapport_ready)", "1")
        self.intake.offer()
        (peers,) = self.bare.ask(PEERS).values()
        self.look("bare", self.bare)
        os.killpg(worker, signal.SIGSTOP)
        try:
            self.bare.until('up{job="rapport"}', "0")
            self.look("worker frozen", self.bare)
        finally:
            os.killpg(worker, signal.SIGCONT)
        # If its session expired, it learns so from its next heartbeat, and joins the group again.
        self.bare.until(f"{READY_AGAIN} and count_over_time({READY_SECONDS}) >= 6", "1")
        os.killpg(broker, signal.SIGSTOP)
        try:
            self.bare.until("rapport_kafka_up", "0")
            self.look("Kafka frozen", self.bare)
        finally:
            os.killpg(broker, signal.SIGCONT)
        self.second.launch()
        # Prometheus takes up to ten seconds to scrape another address: as long as a worker's start.
        self.bare.scrape(self.first.url, f"http://127.0.0.1:{self._second_port}")
        self.bare.until("min(rapport_kafka_up)", "1")
        self.bare.until("rapport_intake_ready", "1")
        self.intake.offer()
        self.bare.until("count(rapport_ready == 1)", "2")
        # Until both know the purchases of all clients, each compares with its own ones.
        self.bare.until("count(rapport_client_state)", str(len(self.clients)))
        self.bare.until(PEERS, peers)
        self.bare.until(differing_from(self.worlds["bare"].at), "0")
        self.look("two workers", self.bare)


def differing_from(at):
    """A query for the number of averages, of a client or of the fleet, that are not as then."""
    judged = '{__name__=~"rapport_(client|population|shared|spreading)_.+"}'
    now, then = (
        "avg by (metric, client) "
        f'(label_replace({judged}{when}, "metric", "$1", "__name__", "(.+)"))'
        for when in ("", f" @ {at}")
    )
    return f"count(abs({now} - {then}) > 1e-4) or vector(0)"


@pytest.fixture(scope="module")
def line(tool, grafana, kafka_broker, tmp_path_factory):
    """The demo after it lived through the five worlds."""
    tool("prometheus"), tool("promtool")
    reset_broker(kafka_broker.bootstrap)
    with ExitStack() as stack:
        one = Line(tmp_path_factory.mktemp("worlds"), grafana, kafka_broker, stack)
        one.live_through()
        yield one


@pytest.fixture(scope="module")
def clients(line):
    """What the worker says of each client, by id."""
    return {client["id"]: client for client in line.clients}


def shown(line, world, board, title):
    """A panel's values, as (text, colour), by title."""
    values = line.worlds[world].boards[board][title]["values"]
    return {one["title"]: (one["text"], one["color"]) for one in values}


def one(line, world, board, title):
    """The text and the colour of a panel with one value."""
    (value,) = shown(line, world, board, title).values()
    return value


def table(line, world, board, title):
    """The rows of a table, as {column: (text, colour)}, in their order."""
    columns = line.worlds[world].boards[board][title]["values"]
    cells = ([(cell["text"], cell["color"]) for cell in column["cells"]] for column in columns)
    titles = [column["title"] for column in columns]
    return [dict(zip(titles, row, strict=True)) for row in zip(*cells, strict=True)]


def percent(value):
    """Points with one decimal; JavaScript rounds a half up."""
    return f"{math.floor(1000 * value + 0.5) / 10:.1f}%"


def level(value, target):
    return GOOD if value >= target else WATCH if value > target - 0.15 else BAD


SCORES = {"trust": 0.7, "engagement": 0.55, "knowledge": 0.7, "participation": 0.7}
STATES = {"act": ("act now", BAD), "watch": ("watch", WATCH), "unknown": ("not known", GREY)}
STATES["normal"] = ("normal", GOOD)
PURCHASES = {"clear": ("clear", GOOD), "watch": ("watch", WATCH), "alert": ("alert", BAD)}
PURCHASES["unknown"] = ("not known", HIDDEN)
READY_SECONDS = "sum(rapport_ready)[6s:1s]"
READY_AGAIN = f"min_over_time({READY_SECONDS})"
PEERS = "count(rapport_client_peer_probability_ratio)"
"""Clients that are compared with others, which takes the purchases of all of them."""
ALERTS = "Alerts that fire"
"""They go on while the worker is away, and each Prometheus began them when it started."""
OF_CLIENTS = ("fleet", "client", "suppliers", "it-activity")
NOW = {"stat", "bargauge", "table", "barchart"}
ENDED_YESTERDAY = {
    ("past", "Who is paid most outside, last closed weeks"),
    ("past", "Suppliers of several clients"),
    ("past", "Largest outside suppliers, last closed weeks"),
}
"""A supplier that is not among the largest any more: the past has no mark that a series ended."""


def texts(panel):
    """What a panel says: texts and colours; bars with the same value have no order."""
    found = [
        (one["title"], [(cell["text"], cell["color"]) for cell in one.get("cells", (one,))])
        for one in panel["values"]
    ]
    return sorted(found) if panel["type"] == "bargauge" else found


def short(value):
    """A number with three digits that count, as Grafana writes it."""
    return f"{value:.{2 if abs(value) < 10 else 1 if abs(value) < 100 else 0}f}"


def test_the_numbers_of_the_fleet_are_those_of_the_worker_s_own_answer(line, clients):
    states = [client["state"] for client in clients.values()]
    expected = {
        "Act now": (states.count("act"), BAD),
        "Watch": (states.count("watch"), WATCH),
        "Not known": (states.count("unknown"), WATCH),
        "Clients": (len(states), BLUE),
        "Broken feeds": (0, GOOD),
    }
    assert all(count for title, (count, _) in expected.items() if title != "Broken feeds")
    for title, (count, color) in expected.items():
        assert one(line, "bare", "fleet", title) == (str(count), color), title
    trust = median(c["trust"]["value"] for c in clients.values() if c["trust"]["sufficient"])
    found = one(line, "bare", "fleet", "Median trust")
    assert found == (percent(trust), level(trust, SCORES["trust"]))


def test_the_table_of_the_fleet_has_the_order_and_the_numbers_of_the_worker_s_answer(line):
    rows = table(line, "bare", "fleet", "Clients, the most urgent first")
    assert [row["Client"][0] for row in rows] == [client["name"] for client in line.clients]
    for row, client in zip(rows, line.clients, strict=True):
        points = {one["kind"]: one["points"] for one in client["concerns"]}
        assert row["Owner"][0] == client["owner"]
        assert row["State"] == STATES[client["state"]]
        assert row["Purchases"] == PURCHASES[client["purchases"]["state"]]
        assert row["Concerns"][0] == (str(len(points)) if points else "")
        first = row["First of all"][0]
        assert first in {
            NAMES[kind] for kind in points if points[kind] == max(points.values())
        } or (first == "" and not points)
        for name in ("trust", "engagement"):
            score, column = client[name], name.capitalize()
            if not score["sufficient"]:
                assert row[column][0] == ""
                assert row[f"{column} less target"] == ("not known", HIDDEN)
                continue
            assert row[column][0] == percent(score["value"])
            less = score["value"] - SCORES[name]
            color = level(score["value"], SCORES[name])
            assert row[f"{column} less target"] == (percent(less), color), client["id"]


def test_concerns_are_counted_once_a_client_and_have_names(line, clients):
    counts = Counter(
        NAMES[kind]
        for client in clients.values()
        for kind in {one["kind"] for one in client["concerns"]}
    )
    found = shown(line, "bare", "fleet", "Concerns, by kind")
    assert {title: int(text) for title, (text, _) in found.items()} == counts
    gaps = sorted(
        (value, f"{client['name']}: {score}")
        for client in clients.values()
        for score, value in client["impact"].items()
    )[-10:]
    found = shown(line, "bare", "fleet", "Greatest gaps, times the contact")
    assert {title: text for title, (text, _) in found.items()} == {
        title: short(value) for value, title in gaps
    }


def test_the_board_of_a_client_says_how_it_stands_why_and_who_owns_it(line, clients):
    client = clients[CLIENT]
    assert one(line, "bare", "client", "State") == STATES[client["state"]]
    assert one(line, "bare", "client", "Urgency")[0] == short(client["urgency"])
    (who,) = table(line, "bare", "client", "Who")
    assert (who["Client"][0], who["Owner"][0]) == (client["name"], client["owner"])
    panel = line.worlds["bare"].boards["client"]["What is wrong"]
    columns = {one["title"]: list(one["cells"]) for one in panel["values"]}
    for cell, since, wrong in zip(
        columns["Concern"], columns["Since"], client["concerns"], strict=True
    ):
        assert cell["text"] == NAMES[wrong["kind"]]
        day = datetime.fromisoformat(wrong["since"]).replace(tzinfo=UTC)
        assert since["value"] == 1000 * day.timestamp()
        assert since["text"].endswith("ago")
    for name, target in SCORES.items():
        value = client[name]["value"]
        found = one(line, "bare", "client", name.capitalize())
        assert found == (percent(value), level(value, target)), name
    state = one(line, "bare", "client", "Purchases outside IT")
    assert state == PURCHASES[client["purchases"]["state"]]
    impact = one(line, "bare", "client", "Impact")[0]
    assert impact == short(max(client["impact"].values()))
    roles = {role["name"]: role for role in client["participation"]["roles"]}
    found = shown(line, "bare", "client", "Touchpoints by role")
    assert {role: text for role, (text, _) in found.items()} == {
        name: short(role["touchpoints"])
        for name, role in roles.items()
        if role["touchpoints"] is not None
    }


@pytest.mark.parametrize(
    ("score", "title"),
    [("trust", "Trust, from base rate to score"), ("engagement", "Engagement, part by part")],
)
def test_the_bars_of_a_waterfall_follow_each_other_and_have_their_own_numbers(
    line, clients, score, title
):
    found = clients[CLIENT][score]
    parts = dict(found["contributions"])
    base = found["value"] - sum(parts.values())
    if score == "trust":
        parts["base"] = base
    else:
        assert base == pytest.approx(0, abs=1e-9)
    panel = line.worlds["bare"].boards["client"][title]
    columns = {column["title"]: column for column in panel["values"]}
    assert list(columns) == ["component", "under", "raises it", "lowers it"][: len(columns)]
    names = [cell["text"] for cell in columns["component"]["cells"]]
    assert sorted(names) == sorted(parts)
    running = 0.0
    for at, name in enumerate(names):
        before, running = running, running + parts[name]
        under = columns["under"]["cells"][at]
        assert under["value"] == pytest.approx(min(before, running), abs=1e-9)
        assert under["text"] == ""
        raises = percent(parts[name]) if parts[name] > 0.0005 else ""
        lowers = percent(-parts[name]) if parts[name] < -0.0005 else ""
        assert columns["raises it"]["cells"][at]["text"] == raises
        if "lowers it" in columns:
            assert columns["lowers it"]["cells"][at]["text"] == lowers
        else:
            assert lowers == ""
    assert running == pytest.approx(found["value"], abs=1e-9)
    assert columns["under"]["hidden"] == {"tooltip": True, "legend": True, "viz": False}
    missing = shown(line, "bare", "client", f"Points that {score} misses")
    assert {name: text for name, (text, _) in missing.items()} == {
        name: percent(possible - found["contributions"][name])
        for name, possible in found["possible"].items()
        if possible - found["contributions"][name] > 0.0005
    }


def test_what_it_does_not_know_is_what_is_unknown_or_stale(line, clients):
    counts = Counter(
        facet["name"]
        for client in clients.values()
        if client["knowledge"]["sufficient"]
        for facet in client["knowledge"]["facets"]
        if facet["stale"] or not facet["worth"]
    )
    found = shown(line, "bare", "it-activity", "What IT does not know, by facet")
    assert {name: int(text) for name, (text, _) in found.items() if text != "0"} == counts
    met = Counter(
        role["name"]
        for client in clients.values()
        if client["participation"]["sufficient"]
        for role in client["participation"]["roles"]
        if role["takes_part"]
    )
    found = shown(line, "bare", "it-activity", "Clients that a role meets")
    assert {name: int(text) for name, (text, _) in found.items()} == met
    rows = table(line, "bare", "it-activity", "Clients, the lowest participation first")
    for row in rows:
        (client,) = (one for one in clients.values() if one["name"] == row["Client"][0])
        score = client["participation"]
        if score["sufficient"]:
            assert row["Participation"][0] == percent(score["value"])
            assert row["less target"][1] == level(score["value"], SCORES["participation"])


def test_outside_purchases_are_those_of_the_worker_s_answer(line, clients):
    rows = table(line, "bare", "suppliers", "Clients")
    found = {row["Client"][0]: row["Observed"][0] for row in rows}
    assert found == {one["name"]: str(one["purchases"]["observed"]) for one in clients.values()}
    rise = line.worlds["bare"].boards["suppliers"]["Common rise"]
    assert [one["title"] for one in rise["values"]] == ["rise", "the policy's limit"]
    assert rise["values"][0]["color"] == GOOD
    paid = shown(line, "bare", "client", "Largest outside suppliers, last closed weeks")
    assert [name.split(" (")[0] for name in paid] == clients[CLIENT]["purchases"]["suppliers"]


@pytest.mark.parametrize("world", ["past", "Kafka frozen", "two workers"])
@pytest.mark.parametrize("board", OF_CLIENTS)
def test_what_is_now_is_the_same_with_a_past_without_kafka_and_with_two_workers(line, board, world):
    for title, panel in line.worlds["bare"].boards[board].items():
        if panel["type"] in NOW and (world, title) not in ENDED_YESTERDAY and title != ALERTS:
            found = line.worlds[world].boards[board][title]
            assert texts(found) == texts(panel), title


@pytest.mark.parametrize("board", OF_CLIENTS)
def test_a_worker_that_does_not_answer_leaves_nothing_that_looks_like_now(line, board):
    for title, panel in line.worlds["worker frozen"].boards[board].items():
        found = [(one["text"], one["color"]) for one in panel["values"] if "text" in one]
        if panel["type"] == "stat":
            assert found == [("not known", GREY)], title
        elif panel["type"] == "bargauge":
            assert [text for text, _ in found] == ["No data"], title
        elif panel["type"] in {"table", "barchart"} and title != ALERTS:
            assert panel["values"] == [], title


@pytest.mark.parametrize(
    ("world", "ready", "lag"),
    [
        ("past", ("1", GOOD), ("0", GOOD)),
        ("bare", ("1", GOOD), ("0", GOOD)),
        ("worker frozen", ("0", BAD), ("not known", GREY)),
        ("Kafka frozen", ("1", GOOD), ("not known", GREY)),
        ("two workers", ("2", GOOD), ("0", GOOD)),
    ],
)
def test_the_pipeline_says_what_answers_and_what_waits(line, world, ready, lag):
    assert one(line, world, "pipeline", "Workers that are ready") == ready
    assert one(line, world, "pipeline", "Consumer lag") == lag
    feeds = ("not known", GREY) if world == "worker frozen" else ("0", GOOD)
    for title in ("Broken feeds", "Policy refused"):
        assert one(line, world, "pipeline", title) == feeds, title


def end_of_graph(line, world, board, title):
    """The end of a graph of 90 days: Grafana rounds it down to the step."""
    (panel,) = (one for one in BOARDS[board]["panels"] if one["title"] == title)
    least = {"15s": 15, "1d": 86_400}[panel["targets"][0]["interval"]]
    step = max({24: 3600, 12: 7200}[panel["gridPos"]["w"]], least)
    return line.worlds[world].at // step * step


@pytest.mark.parametrize("board", OF_CLIENTS)
def test_graphs_end_at_their_last_whole_step_and_begin_with_the_past(line, board):
    for title, panel in line.worlds["past"].boards[board].items():
        if panel["type"] in {"timeseries", "state-timeline"}:
            end = end_of_graph(line, "past", board, title)
            assert panel["values"], title
            for drawn in panel["values"]:
                assert drawn["last"] == end * 1000, (title, drawn["title"])
                assert drawn["first"] < (end - 80 * 86_400) * 1000, (title, drawn["title"])
    for title, panel in line.worlds["bare"].boards[board].items():
        if panel["type"] in {"timeseries", "state-timeline"}:
            end = end_of_graph(line, "bare", board, title)
            assert bool(panel["values"]) == (end > line.began), title


def test_the_lines_of_trust_are_its_own_ends_its_past_and_the_target(line):
    panel = line.worlds["past"].boards["client"]["Trust and its likely range"]
    lines = {one["title"]: one for one in panel["values"]}
    assert list(lines) == ["trust", "high", "low", "usual", "target"]
    assert lines["target"]["text"] == percent(SCORES["trust"])
    at = lines["trust"]["last"] / 1000
    (value,) = line.past.ask(f'rapport_client_trust_ratio{{client="{CLIENT}"}} @ {at}').values()
    assert lines["trust"]["text"] == percent(float(value))


def test_the_trend_of_a_client_is_a_point_a_day(line):
    panel = line.worlds["past"].boards["fleet"]["Clients, the most urgent first"]
    assert panel["queries"]["L"] == sum(one["trust"]["sufficient"] for one in line.clients)
    assert panel["bytes"] < 100_000


WORLDS = ("past", "bare", "worker frozen", "Kafka frozen", "two workers")


def each_panel(test):
    panels = [
        pytest.param(slug, panel, id=f"{slug}: {panel['title']}")
        for slug, board in BOARDS.items()
        for panel in board["panels"]
        if panel["type"] != "row"
    ]
    return pytest.mark.parametrize(("board", "panel"), panels)(test)


def test_every_panel_of_every_dashboard_has_an_assertion():
    for slug, board in BOARDS.items():
        titles = [panel["title"] for panel in board["panels"] if panel["type"] != "row"]
        assert sorted(titles) == sorted(EXPECTED[slug])
    assert EXPECTED.keys() == BOARDS.keys()


EMPTY = {
    ("pipeline", "Partitions that do not progress"): "no partition stands still for 15 minutes",
}
"""Panels that show nothing in any of the worlds, and why."""


def test_every_panel_shows_a_value_in_one_of_the_worlds(line):
    nothing = [
        (slug, title)
        for slug, panels in EXPECTED.items()
        for title, expected in panels.items()
        if all(
            expected.found(world.boards[slug][title]) in ([], NOT_KNOWN)
            for world in line.worlds.values()
        )
    ]
    assert nothing == list(EMPTY)


def asked_as(world, board, panel, client=CLIENT):
    """Prometheus, asked when and as often as Grafana asks it for a panel that is over time."""
    expected = EXPECTED[board][panel["title"]]
    to = int(world.at * 1000) / 1000
    if not isinstance(expected, OVER_TIME):
        return Asked(world.prometheus.url, client, to)
    since = BOARDS[board]["time"]["from"]
    start = int((world.at - RANGE_SECONDS[since]) * 1000) / 1000
    step = STEPS[since, panel["gridPos"]["w"]]
    if panel["targets"][0]["interval"] == "1d":
        step = 86_400
    return Asked(world.prometheus.url, client, to // step * step, start // step * step, step)


@pytest.mark.parametrize("world", WORLDS)
@each_panel
def test_a_panel_shows_what_was_scraped(line, world, board, panel):
    lived, title = line.worlds[world], panel["title"]
    asked = asked_as(lived, board, panel)
    EXPECTED[board][title].compare(lived.boards[board][title], asked)


def test_the_dashboard_of_every_client_shows_what_was_scraped_of_it(line, clients):
    world, seen = line.worlds["bare"], set()
    for client in clients:
        shown = line.board_of(client)
        for panel in BOARDS["client"]["panels"]:
            if (expected := EXPECTED["client"].get(panel["title"])) is not None:
                expected.compare(shown[panel["title"]], asked_as(world, "client", panel, client))
        seen |= {one["color"] for one in shown["Trust"]["values"] + shown["State"]["values"]}
    assert seen == {GOOD, WATCH, BAD, GREY}
