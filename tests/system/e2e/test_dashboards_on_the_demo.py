"""`rapport demo` as a person starts it: every panel's query finds data in its real Prometheus."""

import json
import re
import signal
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

from rapport.runtime.child_process import Child, rapport_command

ROOT = Path(__file__).parents[3]
BOARDS = sorted((ROOT / "grafana" / "dashboards").glob("*.json"))
SECONDS_MAX = 170
SCRAPES = 2
STOP_SECONDS_MAX = 120
ALTERNATIVES = {"stat", "barchart"}
"""Kinds of which a query may find nothing: the colours of a score, bars that only rise."""
IDLE = {"Partitions that do not progress", "Time per commit", "Time per record, by stage"}
"""Panels without data while no event waits and none is processed, as at the end of the demo."""
ROLLED_UP = {"stat", "timeseries", "bargauge", "state-timeline"}

pytestmark = [pytest.mark.kafka, pytest.mark.prometheus, pytest.mark.timeout(240)]


PORTS = [f"--{name}-port=0" for name in ("kafka", "http", "prometheus")]


@pytest.fixture(scope="module")
def state(tmp_path_factory):
    return tmp_path_factory.mktemp("demo")


@pytest.fixture(scope="module")
def prometheus(tool, state):
    """The address of the demo's Prometheus, after some scrapes; the demo is stopped afterwards."""
    tool("prometheus"), tool("promtool")
    demo = Child(
        rapport_command("demo", *PORTS, "--state", str(state / "state")), state / "demo.log"
    )
    try:
        url = printed(demo, r"history: (http://[0-9.:]+)")
        until(demo, lambda: scrapes(url) >= SCRAPES)
        yield url
        assert demo.exit_code is None, demo.tail()
        demo._process.send_signal(signal.SIGINT)
        assert demo._process.wait(STOP_SECONDS_MAX) == 0, demo.tail()
        assert processes_of(state) == []
    finally:
        demo.stop()


def printed(demo, pattern):
    return until(demo, lambda: re.search(pattern, demo.log.read_text()))[1]


def until(demo, check):
    deadline = time.monotonic() + SECONDS_MAX
    while not (found := check()):
        assert demo.exit_code is None, demo.tail()
        assert time.monotonic() < deadline, demo.tail()
        time.sleep(0.2)
    return found


def scrapes(url):
    found = ask(url, 'count_over_time(up{job="rapport"}[10m])')
    return float(found[0]["value"][1]) if found else 0


def processes_of(directory):
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            command = path.read_bytes().replace(b"\0", b" ").decode()
        except OSError:
            continue
        if str(directory / "state") in command:
            found.append(command)
    return found


def ask(url, query):
    address = f"{url}/api/v1/query?{urllib.parse.urlencode({'query': query})}"
    with urllib.request.urlopen(address) as answer:  # noqa: S310 # our own address
        return json.load(answer)["data"]["result"]


def filled(query, client):
    values = {
        "client": client,
        "job": "rapport",
        "intake": "rapport-intake",
        "__rate_interval": "1m",
        "__range": "90d",
        "most_urgent": ".+",
        "not_clear": ".+",
    }
    return re.sub(r"\$(\w+)", lambda name: values[name[1]], query)


def targets():
    for path in BOARDS:
        for panel in json.loads(path.read_text())["panels"]:
            for target in panel.get("targets", ()):
                yield path.stem, panel, target


def test_every_query_of_every_panel_finds_data_and_what_its_legend_names(prometheus):
    (client,) = {
        one["metric"]["client"] for one in ask(prometheus, "topk(1, rapport_client_impact)")
    }
    empty, unnamed, levels = [], [], {}
    for board, panel, target in targets():
        if "$intake" in target["expr"]:
            continue  # the demo has no intake; test_queries.py has its numbers
        found = ask(prometheus, filled(target["expr"], client))
        label = f"{board}: {panel['title']} {target['refId']}"
        has_data = any(one["value"][1] != "NaN" for one in found)
        if "ALERTS" in target["expr"]:
            continue  # no alert fires in the first minutes; test_queries.py has them
        if panel["type"] in ALTERNATIVES:
            levels.setdefault(f"{board}: {panel['title']}", []).append(has_data)
        elif not has_data and panel["title"] not in IDLE:
            empty.append(label)
        legend_labels = set(re.findall(r"{{(\w+)}}", target["legendFormat"]))
        if any(legend_labels - one["metric"].keys() for one in found):
            unnamed.append(label)
    empty += [label for label, found in levels.items() if not any(found)]
    assert (empty, unnamed) == ([], [])


def test_a_panel_of_one_client_shows_only_that_client_and_each_series_once(prometheus):
    for board, panel, target in targets():
        if panel["type"] not in ROLLED_UP:
            continue
        found = ask(prometheus, filled(target["expr"], "public-health"))
        legend = target["legendFormat"]
        names = [
            re.sub(r"{{(\w+)}}", lambda label, one=one: one["metric"].get(label[1], ""), legend)
            for one in found
        ]
        assert len(set(names)) == len(names), f"{board}: {panel['title']}"


def test_annotations_are_queries_that_prometheus_understands(prometheus):
    for path in BOARDS:
        for note in json.loads(path.read_text())["annotations"]["list"]:
            assert isinstance(ask(prometheus, filled(note["expr"], "public-health")), list)


def test_the_bars_of_the_waterfall_end_at_the_score(prometheus):
    for score in ("trust", "engagement"):
        (bars,) = [
            target["expr"]
            for board, panel, target in targets()
            if board == "client" and panel["type"] == "barchart" and target["refId"] == "A"
            if f"rapport_client_{score}_contribution_ratio" in target["expr"]
        ]
        found = ask(prometheus, filled(bars, "public-health"))
        (whole,) = ask(prometheus, f'rapport_client_{score}_ratio{{client="public-health"}}')
        total = sum(float(one["value"][1]) for one in found)
        assert total == pytest.approx(float(whole["value"][1]), abs=1e-9)


def test_ninety_days_of_history_go_on_in_the_series_that_are_scraped(prometheus):
    (one,) = ask(
        prometheus, 'count_over_time(rapport_client_trust_ratio{client="public-health"}[91d])'
    )
    assert float(one["value"][1]) >= 90 + SCRAPES
    (then,) = ask(
        prometheus,
        'max by (client) (rapport_client_trust_ratio{client="public-health"} offset 60d)',
    )
    assert 0 < float(then["value"][1]) < 1


def test_the_rules_are_loaded_and_each_was_evaluated_without_an_error(prometheus):
    address = f"{prometheus}/api/v1/rules"
    with urllib.request.urlopen(address) as answer:  # noqa: S310 # our own address
        groups = json.load(answer)["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) > 10
    assert {(rule["health"], rule.get("lastError", "")) for rule in rules} == {("ok", "")}
