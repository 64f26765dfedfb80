"""The numbers of queries, by promtool: what a panel counts, and when a mark is drawn."""

import json
import re
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
import yaml

FOLDER = Path(__file__).parents[4] / "grafana" / "dashboards"
VALUES = {
    "client": "a",
    "job": "rapport",
    "intake": "rapport-intake",
    "most_urgent": "(a|calm|act|half-act|known-act|watch|watch-more|unknown)",
    "__range": "90d",
    "__rate_interval": "1m",
}
ONE = 'instance="w1", job="rapport"'
TWO = 'instance="w2", job="rapport"'
OTHER = 'instance="w1", job="test"'
HEARD = 'client="a", signal="options_open", by="person"'
pytestmark = pytest.mark.prometheus


def query(board, title, ref="A"):
    panels = json.loads((FOLDER / f"{board}.json").read_text())["panels"]
    (expr,) = (
        target["expr"]
        for panel in panels
        if panel["title"] == title
        for target in panel["targets"]
        if target["refId"] == ref
    )
    return filled(expr)


def note(board, name):
    notes = json.loads((FOLDER / f"{board}.json").read_text())["annotations"]["list"]
    (found,) = (one for one in notes if one["name"] == name)
    return found


def choice(board, name):
    """The query of a hidden variable."""
    variables = json.loads((FOLDER / f"{board}.json").read_text())["templating"]["list"]
    (found,) = (one["query"]["query"] for one in variables if one["name"] == name)
    return filled(found.removeprefix("query_result(").removesuffix(")"))


def filled(expr):
    return re.sub(r"\$(\w+)", lambda name: VALUES[name[1]], expr)


@pytest.fixture
def check(tool, tmp_path):
    """Asserts what queries answer, given series: (query, minute, {labels: value})."""

    def run(series, *asked):
        tests = {
            "interval": "1m",
            "input_series": [{"series": name, "values": values} for name, values in series.items()],
            "promql_expr_test": [
                {
                    "expr": expr,
                    "eval_time": f"{minute}m",
                    "exp_samples": [
                        {"labels": labels or "{}", "value": value}
                        for labels, value in expected.items()
                    ],
                }
                for expr, minute, expected in asked
            ],
        }
        file = tmp_path / "tests.yml"
        file.write_text(yaml.safe_dump({"evaluation_interval": "1m", "tests": [tests]}))
        done = subprocess.run(
            [tool("promtool"), "test", "rules", file], capture_output=True, text=True, check=False
        )
        assert done.returncode == 0, done.stdout + done.stderr

    return run


def test_no_worker_that_is_ready_is_none_and_not_the_last_one(check):
    ready = query("pipeline", "Workers that are ready")
    series = {f"rapport_ready{{{ONE}}}": "1x5 stale", f"rapport_ready{{{OTHER}}}": "1x20"}
    check(series, (ready, 4, {"": 1}), (ready, 8, {"": 0}))


def test_two_workers_that_see_one_broken_feed_are_one_broken_feed(check):
    series = {
        f'rapport_source_state{{source="tickets", state="broken", {worker}}}': "1x5"
        for worker in (ONE, TWO, OTHER)
    } | {f"rapport_clients{{{worker}}}": "14x5" for worker in (ONE, TWO)}
    check(
        series,
        (query("fleet", "Broken feeds"), 4, {"": 1}),
        (query("pipeline", "Broken feeds"), 4, {"": 1}),
        (query("fleet", "Clients"), 4, {"": 14}),
    )


def test_two_workers_with_one_client_count_it_once(check):
    series = {}
    for worker in (ONE, TWO):
        series |= {
            f'rapport_client_new_suppliers{{client="a", {worker}}}': "2x5",
            f'rapport_client_peer_outlier{{client="a", {worker}}}': "1x5",
            f'rapport_client_state{{client="a", {worker}}}': "3x5",
            f"rapport_client_signals_heard{{{HEARD}, {worker}}}": "3x5",
            f'rapport_client_purchases{{client="a", sanction="outside", {worker}}}': "7x5",
        }
    check(
        series,
        (query("suppliers", "Clients with a new supplier"), 4, {"": 1}),
        (query("suppliers", "Clients far from their peers"), 4, {"": 1}),
        (query("fleet", "Act now"), 4, {"": 1}),
        (query("fleet", "Watch"), 4, {"": 0}),
        (query("client", "Signals, 28 days", "B"), 4, {"": 3}),
        (query("suppliers", "Purchases of IT by sanction, last closed weeks"), 4, {"": 7}),
    )


def test_a_facet_is_not_known_while_it_is_unknown_or_stale(check):
    series = {}
    for client, worth, stale in (("a", 0, 0), ("b", 0.5, 1), ("c", 0.9, 0), ("d", 0, 0)):
        labels = f'client="{client}", facet="goals", {ONE}'
        series[f"rapport_client_knowledge_facet_ratio{{{labels}}}"] = f"{worth}x5"
        series[f"rapport_client_knowledge_facet_stale{{{labels}}}"] = f"{stale}x5"
    expr = query("it-activity", "What IT does not know, by facet")
    check(series, (expr, 4, {'{facet="goals"}': 3}))


def test_an_event_that_is_sent_on_is_counted_where_it_arrives(check):
    series = {
        f'rapport_events_total{{source="tickets", outcome="{outcome}", {ONE}}}': f"0+{step}x9"
        for outcome, step in (("forwarded", 60), ("applied", 120))
    }
    expr = query("pipeline", "Events per second, by source").replace("[1m]", "[5m]")
    check(series, (expr, 9, {'{source="tickets"}': 2}))


@pytest.mark.parametrize(
    ("trust", "level"),
    [(0.71, "A"), (0.7, "A"), (0.69, "B"), (0.56, "B"), (0.549, "C"), (0.2, "C")],
)
def test_the_colour_of_a_score_is_that_of_its_distance_to_the_target_in_force(check, trust, level):
    series = {
        f'rapport_client_trust_ratio{{client="a", {ONE}}}': f"{trust}x5",
        f'rapport_score_target_ratio{{score="trust", {ONE}}}': "0.7x5",
    }
    asked = [
        (query("client", "Trust", ref), 4, {"": trust} if ref == level else {}) for ref in "ABC"
    ]
    check(series, *asked)


def test_bars_of_a_waterfall_have_no_row_for_a_rounding_error(check):
    part = "rapport_client_trust_contribution_ratio"
    series = {
        f'{part}{{client="a", component="{name}", {ONE}}}': f"{points}x5"
        for name, points in (("survey", 0.146), ("reopened", -0.02), ("late", 1e-17))
    } | {f'rapport_client_trust_ratio{{client="a", {ONE}}}': "0.626x5"}
    title = "Trust, from base rate to score"
    check(
        series,
        (
            f"round({query('client', title, 'B')}, 0.001)",
            4,
            {'{component="base"}': 0.5, '{component="survey"}': 0.146},
        ),
        (query("client", title, "C"), 4, {'{component="reopened"}': 0.02}),
    )
    assert "base" not in query("client", "Engagement, part by part")


def test_another_policy_is_marked_once_and_a_worker_that_restarts_is_not(check):
    found = note("pipeline", "Policy")
    expr = filled(found["expr"])
    assert found["step"] == "1m"
    series = {
        f'rapport_policy_info{{hash="one", {ONE}}}': "1x66 stale",
        f'rapport_policy_info{{hash="two", {ONE}}}': "_x66 1x20 stale _x10 1x100",
    }
    asked = [(expr, minute, {'{hash="two"}': 1} if minute == 66 else {}) for minute in range(110)]
    check(series, *asked)


def test_a_client_that_moves_to_another_worker_is_not_marked(check):
    series = {}
    for name, value in (
        ("rapport_client_outside_purchases_alert", 2),
        ("rapport_client_new_suppliers", 1),
        ("rapport_client_maturity_stage", 2),
        ("rapport_client_info", 1),
    ):
        labels = 'client="a"' + (', name="A", owner="o"' if name.endswith("info") else "")
        series[f"{name}{{{labels}, {ONE}}}"] = f"{value}x3000 stale"
        series[f"{name}{{{labels}, {TWO}}}"] = f"_x3000 {value}x3000"
    asked = [
        (filled(note(board, name)["expr"]), minute, {})
        for board, name in (
            ("client", "Alerts on purchases"),
            ("client", "New suppliers"),
            ("client", "Stages"),
            ("suppliers", "New suppliers"),
        )
        for minute in (2990, 3010, 4000)
    ]
    check(series, *asked)


def test_clients_are_in_the_order_of_state_urgency_and_impact(check):
    series = {}
    for client, state, urgency, impact, acknowledged in (
        ("calm", 0, 0, 9, 0),
        ("act", 3, 20, 1, 0),
        ("half-act", 3, 25, 1, 0),
        ("watch", 2, 90, 1, 0),
        ("watch-more", 2, 90, 2, 0),
        ("known-act", 3, 95, 1, 1),
        ("unknown", 1, 0, 0, 0),
    ):
        series[f'rapport_client_acknowledged{{client="{client}", {ONE}}}'] = f"{acknowledged}x5"
        series[f'rapport_client_state{{client="{client}", {ONE}}}'] = f"{state}x5"
        series[f'rapport_client_urgency_points{{client="{client}", {ONE}}}'] = f"{urgency}x5"
        if client != "unknown":
            series[f'rapport_client_impact{{client="{client}", score="trust", {ONE}}}'] = (
                f"{impact}x5"
            )
    for concern, points, acknowledged in (("silent", 15, 0), ("trust_low", 10, 1)):
        labels = f'client="half-act", concern="{concern}", {ONE}'
        series[f"rapport_client_concern_points{{{labels}}}"] = f"{points}x5"
        series[f"rapport_client_concern_acknowledged{{{labels}}}"] = f"{acknowledged}x5"
    rank = query("fleet", "Clients, the most urgent first", "B")
    order = ("act", "half-act", "watch-more", "watch", "known-act", "unknown", "calm")
    ranks = {
        name: f'({rank}) and on (client) rapport_client_state{{client="{name}"}}' for name in order
    }
    asked = [
        (f"count(sum({ranks[more]}) > sum({ranks[less]}))", 4, {"": 1})
        for more, less in pairwise(order)
    ]
    check(series, *asked)


def test_the_table_of_the_fleet_has_the_100_most_urgent_clients_of_the_chosen_installation(check):
    series = {
        f'rapport_client_{name}{{client="{job}-{number:03}", instance="{worker}", job="{job}"}}': (
            f"{value}x5"
        )
        for number in range(103)
        for job, worker in (("rapport", "w1"), ("rapport", "w2"), ("test", "w1"))
        for name, value in (("state", 2), ("urgency_points", number))
    }
    found = choice("fleet", "most_urgent")
    check(
        series,
        (f"count({found})", 4, {"": 100}),
        (f"min({found})", 4, {"": 2_000_003}),
        (f'count(({found}) and on (client) rapport_client_state{{job="test"}})', 4, {}),
    )


def test_the_timeline_of_the_fleet_has_clients_that_were_not_clear_once_the_worst_first(check):
    series = {
        f'rapport_client_outside_purchases_alert{{client="{client}", {worker}}}': values
        for client, worker, values in (
            ("clear", ONE, "0x9000"),
            ("was-alert", ONE, "0x1400 2x1600 0x6000"),
            ("is-watch", ONE, "0x6000 1x3000"),
            ("moved", ONE, "0x3000 stale"),
            ("moved", TWO, "_x3000 1x3000 0x3000"),
            ("elsewhere", OTHER, "2x9000"),
            *((f"watched-{number:02}", ONE, "1x9000") for number in range(18)),
        )
    }
    found = choice("fleet", "not_clear")
    named = {f'{{client="watched-{number:02}"}}': 1 for number in range(18)}
    check(
        {name: values for name, values in series.items() if "watched" not in name},
        (
            found,
            8900,
            {'{client="was-alert"}': 2, '{client="is-watch"}': 1, '{client="moved"}': 1},
        ),
    )
    few = {'{client="was-alert"}': 2, '{client="is-watch"}': 1, **named}
    check(
        {name: values for name, values in series.items() if "moved" not in name}, (found, 8900, few)
    )
    check(series, (f"count({found})", 8900, {"": 20}), (f"max({found})", 8900, {"": 2}))


def test_a_worker_that_is_down_or_recovers_is_not_ready_though_others_are(check):
    expr = query("pipeline", "Workers that are not ready")
    up = {f"up{{{worker}}}": "1x5" for worker in (ONE, TWO, OTHER)}
    up[f"up{{{TWO}}}"] = "1x5 0x5"
    ready = {f"rapport_ready{{{ONE}}}": "0x2 1x20", f"rapport_ready{{{TWO}}}": "1x5 stale"}
    check({**up, **ready}, (expr, 1, {"": 1}), (expr, 4, {"": 0}), (expr, 8, {"": 1}))


def test_a_worker_without_kafka_is_counted_and_without_any_worker_the_number_is_not_known(check):
    expr = query("pipeline", "Workers without Kafka")
    series = {
        f"rapport_kafka_up{{{ONE}}}": "1x2 0x3 stale",
        f"rapport_kafka_up{{{TWO}}}": "1x5 stale",
    }
    check(series, (expr, 1, {"": 0}), (expr, 4, {"": 1}), (expr, 9, {}))


def test_the_scores_are_as_old_as_those_of_the_worker_that_is_most_behind(check):
    expr = query("pipeline", "Age of the scores")
    series = {
        f"rapport_evaluated_timestamp_seconds{{{ONE}}}": "0+60x20",
        f"rapport_evaluated_timestamp_seconds{{{TWO}}}": "0 60x20",
    }
    check(series, (expr, 1, {"": 0}), (expr, 6, {"": 300}))


def test_a_partition_that_no_worker_scores_is_counted_once(check):
    expr = query("pipeline", "Partitions without scores")
    series = {f"rapport_partitions{{{worker}}}": "8x9" for worker in (ONE, TWO)} | {
        f"rapport_assigned_partitions{{{ONE}}}": "4x9",
        f"rapport_assigned_partitions{{{TWO}}}": "4x3 0x6",
    }
    check(series, (expr, 2, {"": 0}), (expr, 6, {"": 4}))


def test_only_a_partition_whose_events_wait_without_progress_is_named(check):
    expr = query("pipeline", "Partitions that do not progress")
    series = {}
    for partition, lag, offset in (("0", "7x40", "40x40"), ("1", "9x40", "40+1x40")):
        labels = f'source="tickets", partition="{partition}", {ONE}'
        series[f"rapport_lag_records{{{labels}}}"] = lag
        series[f"rapport_handled_offset{{{labels}}}"] = offset
    found = {'{source="tickets", partition="0"}': 7}
    check(series, (expr, 10, {}), (expr, 20, found))


def test_the_time_of_a_record_in_a_stage_is_not_known_while_none_passes(check):
    expr = query("pipeline", "Time per record, by stage")
    series = {
        f'rapport_stage_records_total{{stage="decode", {ONE}}}': "0+600x5 3000x10",
        f'rapport_stage_seconds_total{{stage="decode", {ONE}}}': "0+3x5 15x10",
    }
    expr = expr.replace("[1m]", "[2m]")
    check(series, (expr, 4, {'{stage="decode"}': 0.005}), (expr, 12, {}))


def test_the_intake_s_panels_show_the_chosen_intake_and_no_probe(check):
    intake = 'instance="i1", job="rapport-intake"'
    bucket = f"rapport_intake_request_seconds_bucket{{{intake}"
    series = {
        f"up{{{intake}}}": "1x20",
        f"up{{{ONE}}}": "1x20",
        f'rapport_intake_requests_total{{status="202", {intake}}}': "0+120x20",
        f'rapport_intake_requests_total{{status="503", {intake}}}': "0x20",
        f'{bucket}, le="0.1"}}': "0+95x20",
        f'{bucket}, le="0.25"}}': "0+100x20",
        f'{bucket}, le="+Inf"}}': "0+100x20",
    }
    rate = query("pipeline", "Requests per second, by status").replace("[1m]", "[2m]")
    within = query("pipeline", "Time to answer", "B").replace("[1m]", "[2m]")
    check(
        series,
        (query("pipeline", "Intakes that answer"), 9, {f"up{{{intake}}}": 1}),
        (rate, 9, {'{status="202"}': 2}),
        (within, 9, {"": 0.1}),
    )


def alert(name, client, state="firing", since=120, kind="risk", job=""):
    labels = f'alertname="{name}", client="{client}", name="{client.upper()}", owner="team-a"'
    labels += f', severity="warning", kind="{kind}"' + (f', job="{job}"' if job else "")
    return {
        f'ALERTS{{alertstate="{state}", {labels}}}': "1x5",
        f"ALERTS_FOR_STATE{{{labels}}}": f"{since}x5",
    }


def test_alerts_that_fire_are_shown_with_their_owner_and_since_when(check):
    series = {
        **alert("RapportTrustLow", "a"),
        **alert("RapportTrustFalling", "a", state="pending"),
        **alert("RapportBehind", "a", kind="pipeline"),
        **alert("RapportTrustLow", "b", since=180, job="rapport"),
        **alert("RapportTrustLow", "c", job="test"),
        **alert("DiskFull", "a"),
    }
    shown = '{alertname="RapportTrustLow", owner="team-a", severity="warning"'
    check(
        series,
        (
            query("fleet", "Alerts that fire"),
            4,
            {
                f'{shown}, client="a", name="A"}}': 120_000,
                f'{shown}, client="b", name="B"}}': 180_000,
            },
        ),
        (query("client", "Alerts that fire"), 4, {f"{shown}}}": 120_000}),
    )


def test_the_first_concern_of_a_client_is_shown_with_the_day_since_which_it_is_on(check):
    series = {
        f'rapport_client_info{{client="a", name="A", owner="o", {ONE}}}': "1x5",
        f'rapport_client_state{{client="a", {ONE}}}': "3x5",
        f'rapport_client_urgency_points{{client="a", {ONE}}}': "45x5",
    }
    for concern, points, since in (("trust_low", 30, 7), ("silent", 15, 3)):
        labels = f'client="a", concern="{concern}", {ONE}'
        series[f"rapport_client_concern_points{{{labels}}}"] = f"{points}x5"
        series[f"rapport_client_concern_since_timestamp_seconds{{{labels}}}"] = f"{since}x5"
    title = "Clients, the most urgent first"
    check(
        series,
        (query("fleet", title, "E"), 4, {'{client="a", concern="trust_low"}': 30}),
        (query("fleet", title, "M"), 4, {'{client="a"}': 7000}),
        (query("fleet", title, "F"), 4, {'{client="a"}': 2}),
        (
            query("client", "What is wrong", "B"),
            4,
            {'{concern="trust_low"}': 7000, '{concern="silent"}': 3000},
        ),
    )


@pytest.mark.parametrize(
    ("board", "title", "metric"),
    [
        ("suppliers", "Clients", "rapport_client_peer_probability_ratio"),
        (
            "it-activity",
            "Clients, the lowest participation first",
            "rapport_client_participation_ratio",
        ),
    ],
)
def test_a_client_without_a_value_is_last_and_no_empty_cell_of_the_order(
    check, board, title, metric
):
    panels = json.loads((FOLDER / f"{board}.json").read_text())["panels"]
    (table,) = (one for one in panels if (one["title"], one["type"]) == (title, "table"))
    (order,) = (one["options"] for one in table["transformations"] if one["id"] == "sortBy")
    ((field, descending),) = (one.values() for one in order["sort"])
    assert not descending
    series = {f'{metric}{{client="known", {ONE}}}': "0.3x5"}
    for client in ("known", "unknown"):
        for worker in (ONE, TWO):
            series[f'rapport_client_info{{client="{client}", name="N", owner="o", {worker}}}'] = (
                "1x5"
            )
    expected = {'{client="known"}': 0.3, '{client="unknown"}': 2}
    queries = {f"Value #{target['refId']}": target["expr"] for target in table["targets"]}
    check(series, (filled(queries[field]), 4, expected))
