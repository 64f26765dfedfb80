"""Grafana's files: what each panel, link and variable must have, for every site."""

import json
import re
from functools import cache

import pytest

from rapport.monitoring.dashboards.catalogue import DASHBOARDS
from rapport.monitoring.grafana.files import render_grafana
from rapport.monitoring.grafana.panels import GRAFANA_VERSION
from rapport.monitoring.grafana.site import Site, selected

SLUGS = [board.slug for board in DASHBOARDS]
ELSEWHERE = Site(
    pages_url="https://rapport.example/it/",
    runbook_url="https://wiki.example/runbook",
    labels=("cluster",),
)


@cache
def boards():
    """Every dashboard as it is rendered, by its slug; not rendered while tests are collected."""
    files = render_grafana()
    return {name: json.loads(files[f"grafana/dashboards/{name}.json"]) for name in SLUGS}


@pytest.fixture
def board(request):
    return boards()[request.param]


def each_board(test):
    return pytest.mark.parametrize("board", SLUGS, indirect=True)(test)


def of_key(found, key):
    """Every value of a key, wherever it is."""
    if isinstance(found, dict):
        for name, value in found.items():
            if name == key:
                yield value
            yield from of_key(value, key)
    elif isinstance(found, list):
        for value in found:
            yield from of_key(value, key)


def panels(board):
    return [panel for panel in board["panels"] if panel["type"] != "row"]


@each_board
def test_a_stat_asks_for_the_value_now_only(board):
    for panel in panels(board):
        if panel["type"] == "stat":
            assert {target["instant"] for target in panel["targets"]} == {True}, panel["title"]
            assert panel["options"]["graphMode"] == "none"


@each_board
def test_a_panel_names_the_version_it_is_written_for_so_that_grafana_migrates_nothing(board):
    assert {panel["pluginVersion"] for panel in panels(board)} == {GRAFANA_VERSION}


@each_board
def test_nothing_hides_links_and_nothing_is_left_over_of_the_sdk(board):
    text = json.dumps(board)
    for key in ("auto_min", "auto_count", "footer"):
        assert f'"{key}"' not in text
    places = [link.get("placement") for link in (*board["links"], *board["annotations"]["list"])]
    assert set(places) == {None}
    legends = list(of_key([panel["options"] for panel in panels(board)], "legend"))
    assert {legend["placement"] for legend in legends} == {"bottom"}
    for links in of_key([panel["fieldConfig"] for panel in panels(board)], "links"):
        assert all(link.keys() <= {"title", "url", "targetBlank"} for link in links)


@each_board
def test_every_series_of_a_query_is_of_the_chosen_installation(board):
    variables = [variable["name"] for variable in board["templating"]["list"]]
    assert variables[:2] == ["datasource", "job"]
    for expr in of_key(board, "expr"):
        for series, matchers in re.findall(r"\b(rapport_\w+|up|ALERTS\w*)\b(\{[^}]*\})?", expr):
            assert "job=" in matchers, f"{series} in {expr}"


def test_a_site_adds_labels_and_its_own_links():
    files = render_grafana(ELSEWHERE)
    for board in (json.loads(text) for path, text in files.items() if path.endswith("json")):
        assert "cluster" in [variable["name"] for variable in board["templating"]["list"]]
        for expr in of_key(board, "expr"):
            found = re.findall(
                r"\b(?:(?:rapport|process|python)_\w+|up|ALERTS\w*)\{([^}]*)\}", expr
            )
            assert found
            assert all('cluster="$cluster"' in matchers for matchers in found)
        urls = list(of_key(board, "url"))
        assert "https://wiki.example/runbook" in urls
        assert not [url for url in urls if "github.com" in url or "127.0.0.1" in url]
        for url in urls:
            assert ("${cluster:queryparam}" in url) == url.startswith("/d/")


def test_the_client_is_chosen_by_name_of_those_that_have_one_now():
    (board,) = (board for board in boards().values() if board["uid"] == "rapport-client")
    (variable,) = (one for one in board["templating"]["list"] if one["name"] == "client")
    answer = '{client="legal",name="Legal, and "Risk" {A}"} 1 1700000000000'
    pattern = variable["regex"].strip("/").replace("(?<", "(?P<")
    found = re.search(pattern, answer)
    assert found.groupdict() == {"value": "legal", "text": 'Legal, and "Risk" {A}'}
    assert variable["query"]["query"].startswith("query_result(max by (client, name) (")


@each_board
def test_a_query_names_only_clients_that_a_hidden_variable_of_its_dashboard_finds(board):
    variables = {one["name"]: one for one in board["templating"]["list"]}
    named = re.findall(r'client=~"\$(\w+)"', " ".join(of_key(board, "expr")))
    hidden = {name: one for name, one in variables.items() if one.get("hide")}
    assert set(named) == set(hidden)
    for one in hidden.values():
        # Every client that it finds, whatever the address of the page says.
        assert (one["hide"], one["skipUrlSync"], one["refresh"]) == (2, True, 2)
        assert one["multi"]
        assert one["includeAll"]
        assert "allValue" not in one
        assert one["current"]["value"] == ["$__all"]
        found = re.search(one["regex"].strip("/"), '{client="it.and-more"} 3000012.5 1700000000000')
        assert found[1] == "it.and-more"


def test_the_fleet_reads_every_client_only_where_it_counts_or_chooses_them():
    (fleet,) = (board for board in boards().values() if board["uid"] == "rapport-fleet")
    for panel in panels(fleet):
        if panel["type"] in {"table", "state-timeline"} and panel["title"] != "Alerts that fire":
            for target in panel["targets"]:
                read = re.findall(r"rapport_client_\w+\{([^}]*)", target["expr"])
                assert read
                assert all('client=~"$' in matchers for matchers in read), target["expr"]


def test_a_selector_keeps_the_job_that_it_names():
    assert selected('up{job="rapport-intake"} == 0') == 'up{job="rapport-intake"} == 0'
