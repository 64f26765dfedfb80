"""Every dashboard, by Grafana's own model and by rules of our own."""

import json
import re
from itertools import combinations
from pathlib import Path

import pytest
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.cog.plugins import register_default_plugins
from grafana_foundation_sdk.models.dashboard import Dashboard

from rapport.monitoring.dashboards.palette import HIDDEN
from rapport.monitoring.grafana.leftovers import without_leftovers
from rapport.monitoring.metrics.catalogue import METRICS
from rapport.monitoring.metrics.intake import INTAKE, SECONDS
from rapport.monitoring.rules.options import PAGES_URL, RUNBOOK_URL

register_default_plugins()
FOLDER = Path(__file__).parents[4] / "grafana" / "dashboards"
BOARDS = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
UNITS = {"short", "percentunit", "s", "ops", "bytes"}
LEGENDS = {"timeseries", "state-timeline"}
OKABE_ITO = {
    *("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#999999"),
}
TO_PAGE = f"{PAGES_URL}/pages/${{"
TO_CLIENT = (
    "/d/rapport-client/client?${__url_time_range}&${datasource:queryparam}&${job:queryparam}"
    "&var-client=${__"
)
SOURCE = {"type": "prometheus", "uid": "${datasource}"}


def panels():
    for name, board in BOARDS.items():
        for panel in board["panels"]:
            if panel["type"] != "row":
                yield pytest.param({**panel, "board": board["uid"]}, id=f"{name}: {panel['title']}")


def of_each_panel(test):
    return pytest.mark.parametrize("panel", panels())(test)


def values_of(found, key):
    """Every value of a key, wherever it is."""
    if isinstance(found, dict):
        for name, value in found.items():
            if name == key:
                yield value
            yield from values_of(value, key)
    elif isinstance(found, list):
        for value in found:
            yield from values_of(value, key)


def test_there_are_five_dashboards_each_with_an_id_of_its_own():
    assert sorted(BOARDS) == ["client", "fleet", "it-activity", "pipeline", "suppliers"]
    assert {board["uid"] for board in BOARDS.values()} == {f"rapport-{name}" for name in BOARDS}


@pytest.mark.parametrize("name", BOARDS)
def test_a_dashboard_survives_grafana_s_own_model(name):
    text = (FOLDER / f"{name}.json").read_text()
    again = json.dumps(Dashboard.from_json(json.loads(text)), cls=JSONEncoder)
    assert without_leftovers(json.loads(again)) == json.loads(text)


@pytest.mark.parametrize("name", BOARDS)
def test_ids_are_unique_panels_do_not_overlap_and_other_dashboards_keep_the_time(name):
    board = BOARDS[name]
    ids = [panel["id"] for panel in board["panels"]]
    assert len(set(ids)) == len(ids)
    assert 0 not in ids
    taken = set()
    for panel in board["panels"]:
        position = panel["gridPos"]
        assert position["x"] + position["w"] <= 24
        cells = {
            (x, y)
            for x in range(position["x"], position["x"] + position["w"])
            for y in range(position["y"], position["y"] + position["h"])
        }
        assert not cells & taken, panel["title"]
        taken |= cells
    assert board["links"][0]["keepTime"]
    assert board["links"][0]["type"] == "dashboards"
    assert board["templating"]["list"][0]["type"] == "datasource"
    assert board["description"]


@of_each_panel
def test_a_panel_says_what_it_shows_and_in_which_unit(panel):
    assert panel["title"]
    assert len(panel["description"]) > 15
    assert panel["description"].endswith(".")
    defaults = panel["fieldConfig"]["defaults"]
    assert defaults["unit"] in UNITS
    if defaults["unit"] == "percentunit":
        assert defaults.get("max", 1) == 1
    assert "$" not in panel["title"].replace("$$", "")


@of_each_panel
def test_a_panel_has_queries_with_ids_and_legends_and_the_chosen_source(panel):
    targets = panel["targets"]
    assert targets
    assert [target["refId"] for target in targets] == sorted({t["refId"] for t in targets})
    assert panel["datasource"] == SOURCE
    for target in targets:
        assert target["datasource"] == SOURCE
        assert target["expr"]
        assert target["instant"] != target["range"]
        if panel["type"] in {*LEGENDS, "bargauge", "stat"}:
            assert target["legendFormat"] not in {"", "__auto"}
    if panel["type"] in LEGENDS:
        legend = panel["options"]["legend"]
        assert (legend["showLegend"], legend["displayMode"]) == (True, "table")
        assert legend["calcs"] == ["lastNotNull"]


@of_each_panel
def test_a_query_names_metrics_of_the_catalogue_only(panel):
    series = {metric.series for metric in (*METRICS, *INTAKE)} | {f"{SECONDS}_bucket"}
    for target in panel["targets"]:
        named = set(re.findall(r"\b(?:rapport|process|python)_[a-z_]+", target["expr"]))
        assert named <= series
        assert named or re.search(r"\b(up|ALERTS)\b", target["expr"])
        assert ("$client" in target["expr"]) <= (panel["board"] == "rapport-client")
        if re.search(r"_total\b", target["expr"]):
            assert re.search(r"(rate|increase)\(", target["expr"]), "a counter only grows"


@of_each_panel
def test_a_link_to_a_client_keeps_the_time_the_prometheus_and_the_installation(panel):
    links = list(values_of(panel["fieldConfig"], "url"))
    for url in links:
        assert url.startswith((TO_CLIENT, TO_PAGE, RUNBOOK_URL))
    for offered in values_of(panel["fieldConfig"], "links"):
        titles = [link["title"] for link in offered]
        assert ("The client's graphs" in titles) == any(
            link["url"].startswith(TO_CLIENT) for link in offered
        )
        if "The client's graphs" in titles:
            assert titles == ["The client's graphs", "The client's page"]
            graphs, page = (link["url"] for link in offered)
            assert page == f"{PAGES_URL}/pages/{graphs.partition('&var-client=')[2]}"
    if panel["type"] == "table" and '"name"' in json.dumps(panel["transformations"]):
        assert any(url.startswith(TO_CLIENT) for url in links) == (panel["title"] != "Who")


def colors_of(panel):
    found = json.dumps(panel["fieldConfig"])
    return set(re.findall(r"#[0-9A-Fa-f]{6}", found))


@of_each_panel
def test_a_panel_has_only_colours_that_the_colour_blind_can_tell_apart(panel):
    config = panel["fieldConfig"]
    colors = {*values_of(config, "fixedColor"), *values_of(config, "lineColor")}
    for step in values_of(config, "steps"):
        colors |= {one["color"] for one in step}
    assert colors <= OKABE_ITO | {HIDDEN}
    modes = {one["mode"] for one in values_of(config, "color") if isinstance(one, dict)}
    assert modes <= {"fixed", "shades", "thresholds"}
    for one, other in combinations(sorted(colors_of(panel)), 2):
        for kind, matrix in DEFICIENCIES.items():
            assert difference(one, other, matrix) > 10, f"{one} and {other} in {kind}"


def test_two_queries_of_a_panel_have_not_the_same_colour_but_the_ends_of_a_band():
    for board in BOARDS.values():
        for panel in board["panels"]:
            if panel["type"] != "timeseries":
                continue
            config = panel["fieldConfig"]
            colors = [config["defaults"]["color"]["fixedColor"]]
            colors += [
                prop["value"]["fixedColor"]
                for override in config["overrides"]
                if override["matcher"]["id"] == "byFrameRefID"
                for prop in override["properties"]
            ]
            assert len(colors) == len(panel["targets"])
            bands = sum(1 for _ in re.finditer("custom.fillBelowTo", json.dumps(config)))
            assert len(set(colors)) == len(colors) - bands, panel["title"]


def test_red_and_green_of_the_same_lightness_would_be_refused():
    assert min(difference("#C06000", "#808000", matrix) for matrix in DEFICIENCIES.values()) < 10


# Machado, Oliveira & Fernandes (2009), severity 1.0, on linear RGB.
DEFICIENCIES = {
    "protanopia": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deuteranopia": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritanopia": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
}


def linear(color):
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    return [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]


def lab(rgb):
    to_xyz = (
        (0.4124564, 0.3575761, 0.1804375),
        (0.2126729, 0.7151522, 0.0721750),
        (0.0193339, 0.1191920, 0.9503041),
    )
    xyz = [sum(w * part for w, part in zip(row, rgb, strict=True)) for row in to_xyz]
    x, y, z = (
        part ** (1 / 3) if part > 0.008856 else 7.787 * part + 16 / 116
        for part in (
            max(0, value) / white for value, white in zip(xyz, (0.95047, 1, 1.08883), strict=True)
        )
    )
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def seen(color, matrix):
    parts = linear(color)
    return lab(
        [
            min(1, max(0, sum(w * part for w, part in zip(row, parts, strict=True))))
            for row in matrix
        ]
    )


def difference(one, other, matrix):
    """The difference of two colours (CIE 1976) with a colour vision deficiency."""
    pairs = zip(seen(one, matrix), seen(other, matrix), strict=True)
    return sum((a - b) ** 2 for a, b in pairs) ** 0.5
