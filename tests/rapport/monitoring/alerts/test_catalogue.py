"""What every alert must have; a new one is judged by this before a test is written for it."""

import json
import re
from pathlib import Path

import pytest
import yaml

from rapport.domain.concerns.kinds import KINDS
from rapport.domain.concerns.kinds import NEWS as NEWS_KINDS
from rapport.monitoring.alertmanager.annotations import prometheus_annotations
from rapport.monitoring.alerts.alert import LANGUAGES, TEXTS
from rapport.monitoring.alerts.catalogue import ALERT_OF_CONCERN, ALERTS
from rapport.monitoring.grafana.alerts import grafana_rule
from rapport.monitoring.metrics.catalogue import METRICS
from rapport.monitoring.metrics.concerns import CONCERN_POINTS, NEWS, SHARED_CLIENTS
from rapport.monitoring.metrics.feeds import SOURCE_STATE
from rapport.monitoring.metrics.intake import INTAKE
from rapport.monitoring.render import render_rules
from rapport.monitoring.rules.options import RuleOptions
from rapport.monitoring.rules.records import CONCERN, RECORDS

ROOT = Path(__file__).parents[4]
RUNBOOK = (ROOT / "docs" / "runbook.md").read_text()
SECONDS = re.compile(r"\d+[smhd]")
PERSON = re.compile(r"\b(?:he|she|his|her|hij|zij)\b")
AGGREGATORS = "sum|min|max|avg|count|group|topk|bottomk|quantile|stddev"
EVIDENCE = (CONCERN_POINTS, NEWS, SHARED_CLIENTS, SOURCE_STATE)
"""Series that are absent or 0 with too little evidence: every alert on clients reads one."""
every_alert = pytest.mark.parametrize("alert", ALERTS, ids=lambda alert: alert.name)


def changed(fires, silent):
    """Return the series in which two cases differ; None when they are not about the same ones."""
    before, after = dict(fires.series), dict(silent.series)
    if before.keys() != after.keys():
        return None
    return [selector for selector in before if before[selector] != after[selector]]


def near_misses(alert):
    """Yield the one series that makes a silent case differ from one that fires."""
    for silent in (case for case in alert.cases if not case.fires):
        for fires in (case for case in alert.cases if case.fires):
            found = changed(fires, silent)
            if found is not None and len(found) == 1 and fires.at == silent.at:
                yield silent.name, found[0]


def test_names_are_there_once_and_fit_in_grafana():
    names = [alert.name for alert in ALERTS]
    assert len(set(names)) == len(names)
    assert len({name.lower()[:40] for name in names}) == len(names)
    assert all(name.startswith("Rapport") for name in names)


def test_every_alert_has_texts_and_no_text_is_left_of_an_alert_that_went():
    assert TEXTS.keys() == {alert.name for alert in ALERTS}


def test_every_kind_of_concern_and_of_good_news_has_one_alert_that_reads_it_alone():
    evaluated = {kind.name for kind in (*KINDS, *NEWS_KINDS)}
    assert ALERT_OF_CONCERN.keys() == evaluated
    assert len(set(ALERT_OF_CONCERN.values())) == len(evaluated)
    for alert in (one for one in ALERTS if one.name in ALERT_OF_CONCERN.values()):
        assert f'{CONCERN}{{concern="{alert.concern}"}}' in alert.expr
        assert " and " not in alert.expr
        assert " unless " not in alert.expr


@every_alert
def test_it_fires_in_a_case_and_every_silent_case_is_the_nearest_miss(alert):
    assert any(case.fires for case in alert.cases)
    silent = {case.name for case in alert.cases if not case.fires}
    assert silent
    assert {name for name, _ in near_misses(alert)} == silent


@every_alert
def test_a_client_s_alert_is_silent_with_too_little_evidence(alert):
    if alert.kind == "pipeline":
        return
    asked = set(re.findall(r"rapport_\w+", alert.expr))
    if f"{CONCERN}{{" in alert.expr:
        asked.add(NEWS.series if alert.kind == "opportunity" else CONCERN_POINTS.series)
    gates = asked & {metric.series for metric in EVIDENCE}
    assert gates
    assert gates <= {selector.split("{")[0] for _, selector in near_misses(alert)}


@every_alert
def test_it_has_a_written_runbook_entry(alert):
    assert f"\n## {alert.name}\n" in RUNBOOK
    entry = RUNBOOK.split(f"\n## {alert.name}\n")[1].split("\n## ")[0]
    written = (alert.runbook.meaning, alert.runbook.check, alert.runbook.act, alert.who)
    for part, least in zip(written, (40, 40, 20, 5), strict=True):
        assert len(part) >= least
        assert part in entry
    links = prometheus_annotations(alert, RuleOptions())
    assert links["runbook_url"].endswith(f"/docs/runbook.md#{alert.name.lower()}")
    assert f'<a id="{alert.name}"></a>\n\n## {alert.name}\n' in RUNBOOK


@every_alert
def test_it_says_when_where_to_and_how_long(alert):
    assert SECONDS.fullmatch(alert.for_)
    assert SECONDS.fullmatch(alert.keep_firing_for)
    assert alert.severity in {"info", "warning", "critical"}
    assert alert.kind in {"risk", "opportunity", "pipeline"}
    assert bool(alert.owner) != ("client" in alert.by)
    assert alert.dashboard_path.startswith("/d/rapport-")


@every_alert
def test_its_sentences_have_the_same_slots_in_both_languages_and_every_slot_is_filled(alert):
    labels = {*alert.by, *(("name", "owner") if alert.is_per_client else ())}
    for text in (alert.summary, alert.description):
        english, dutch = (set(re.findall(r"{(\w+)}", getattr(text, one))) for one in LANGUAGES)
        assert english == dutch
        assert english <= labels | alert.slots.keys()
        assert not PERSON.search(text.en)
        assert text.en != text.nl
    shown = {*alert.summary.slot_names, *alert.description.slot_names}
    assert alert.slots.keys() <= shown
    if alert.is_per_client:
        assert "name" in alert.summary.slot_names
        assert alert.slots.keys() & set(alert.description.slot_names), "no number"


@every_alert
def test_a_case_that_fires_says_what_every_slot_reads(alert):
    for case in alert.cases:
        assert set(case.slot_texts) == (set(alert.slots) if case.fires else set())


@every_alert
def test_its_rule_asks_only_for_series_of_the_catalogue(alert):
    series = {metric.series for metric in (*METRICS, *INTAKE)}
    assert set(re.findall(r"rapport_\w+", alert.expr)) <= series


@every_alert
def test_grafana_s_rule_keeps_grafana_s_spellings_and_its_own_slots(alert):
    rule = grafana_rule(alert, RuleOptions())
    assert {"keepFiringFor", "missing_series_evals_to_resolve", "noDataState"} <= rule.keys()
    assert "keep_firing_for" not in rule
    letters = [query["refId"] for query in rule["data"]]
    assert letters == sorted(set(letters))
    assert rule["condition"] == "B"
    asked = set(re.findall(r"\$values\.(\w)", json.dumps(rule["annotations"])))
    assert asked == set(letters) - {"B"} - ({"A"} - asked)
    assert "| query" not in json.dumps(rule["annotations"])


def test_grafana_has_the_same_alerts_as_prometheus():
    prometheus = yaml.safe_load((ROOT / "deploy/prometheus/rules/rapport.yml").read_text())
    grafana = yaml.safe_load((ROOT / "grafana/provisioning/alerting/rapport.yml").read_text())
    rules = [
        rule["alert"]
        for group in prometheus["groups"]
        for rule in group["rules"]
        if "alert" in rule
    ]
    titles = [rule["title"] for rule in grafana["groups"][0]["rules"]]
    assert titles == [*rules, "RapportPrometheusUnreachable"]


@every_alert
def test_grafana_keeps_what_it_knew_while_prometheus_does_not_answer(alert):
    assert grafana_rule(alert, RuleOptions())["execErrState"] == "KeepLast"


def test_in_grafana_a_concern_is_1_or_0_for_each_client_and_a_client_that_is_gone_keeps_its_alert():
    for alert in (one for one in ALERTS if one.name in ALERT_OF_CONCERN.values()):
        rule = grafana_rule(alert, RuleOptions())
        assert rule["data"][1]["model"]["expression"] == "$A > 0"
        assert rule["missing_series_evals_to_resolve"] == 3 * 24 * 60
        assert rule["noDataState"] == "KeepLast"
        assert rule["labels"]["concern"] == alert.concern
        assert "rapport:" not in json.dumps(rule), "Grafana's rules read no recorded series"


@pytest.mark.parametrize("rule", [*RECORDS, *ALERTS], ids=lambda rule: rule.name)
def test_every_aggregation_and_match_keeps_the_installation(rule):
    for word in re.finditer(rf"\b(?:{AGGREGATORS})\b(?! by \()", rule.expr):
        raise AssertionError(f"{word[0]} without by: {rule.expr}")
    kept = RuleOptions(("cluster",)).expression(rule.expr)
    groups = re.findall(r"\b(?:by|on) \(([^)]*)\)", kept)
    assert groups or "absent" in rule.expr
    assert all(group.startswith("job, cluster") for group in groups)


def test_an_installation_chooses_its_series_its_jobs_and_where_links_lead():
    options = RuleOptions(
        labels=("cluster",),
        matchers='namespace="prod"',
        worker_job="prod/rapport",
        runbook_url="https://wiki.example.org/rapport",
        grafana_url="https://grafana.example.org",
        pages_url="https://rapport.example.org/it",
    )
    rules = yaml.safe_load(render_rules(options))["groups"][0]["rules"]
    by_name = {rule.get("alert") or rule["record"]: rule for rule in rules}
    down = by_name["RapportWorkerDown"]["expr"]
    assert down.startswith(
        'max by (job, cluster) (up{job="prod/rapport",namespace="prod"}) == 0 or absent('
    )
    low = by_name["RapportTrustLow"]["annotations"]
    assert low["runbook_url"] == "https://wiki.example.org/rapport#rapporttrustlow"
    assert low["dashboard_url"] == (
        "https://grafana.example.org/d/rapport-client/client?var-job={{ $labels.job | urlquery }}"
        "&var-cluster={{ $labels.cluster | urlquery }}&var-client={{ $labels.client }}"
    )
    assert low["page_url"] == "https://rapport.example.org/it/pages/{{ $labels.client }}"
    for rule in rules:
        text = json.dumps(rule)
        for series in re.finditer(r"\brapport_\w+(?:\{[^}]*\})?", text):
            assert "namespace=" in series[0], text


def test_several_jobs_are_one_regular_expression():
    rules = yaml.safe_load(render_rules(RuleOptions(worker_job="rapport|test")))
    text = json.dumps(rules).replace("\\", "")
    assert 'up{job=~"rapport|test"}' in text
    # One of them may be absent while the other is there.
    assert 'absent(up{job="rapport"}) or absent(up{job="test"})' in text
