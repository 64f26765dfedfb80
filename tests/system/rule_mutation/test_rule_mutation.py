"""The mutation test of rules: what it changes, how it judges, and the reasons of survivors."""

import json
from pathlib import Path

import pytest

HERE = Path(__file__).parent
SEED = 18
KINDS = {
    *("for", "keep_firing_for", "set operator", "comparison", "arithmetic", "operand", "matching"),
    *("aggregation", "label", "function", "window", "matcher", "offset", "number"),
}


@pytest.fixture(scope="module", autouse=True)
def scripts():
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(str(HERE))
        yield


@pytest.fixture(scope="module")
def rules():
    from rule_changes import load_rules

    return load_rules()


@pytest.fixture(scope="module")
def mutants(rules):
    from rule_changes import mutants_of

    return [mutant for rule in rules for mutant in mutants_of(rule)]


@pytest.mark.parametrize(
    ("expr", "some"),
    [
        ("a or b", {"(a{}) and (b{})", "a{}", "b{}"}),
        ("a unless on (job) b", {"(a{}) and on (job) (b{})", "a{}", "a{} unless on () b{}"}),
        ("a == 1", {"(a{}) != (1)", "a{}", "a{} == 0", "a{} == 2"}),
        ("absent(a)", {"a{}"}),
        ('a{b="c"}', {"a{}", 'a{b!="c"}'}),
        ("a offset 1d", {"a{}", "a{} offset 12h", "a{} offset 2d"}),
        ("increase(a[15m])", {"rate(a{}[15m])", "a{}", "increase(a{}[7m30s])"}),
        ("min_over_time(a[1d:10m])", {"max_over_time(a{}[1d:10m])", "min_over_time(a{}[2d:10m])"}),
        (
            "max by (job) (a)",
            {"min by (job)(a{})", "max by ()(a{})", "max by (job, instance)(a{})"},
        ),
        (
            "a + on (job) group_left (name) b",
            {"a{} + on () group_left (name) b{}", "a{} + on (job) group_left () b{}"},
        ),
    ],
)
def test_an_expression_is_changed_in_each_way(expr, some):
    import promql_parser
    from expression_changes import changes

    found = [change.expr for change in changes(expr)]
    assert {str(promql_parser.parse(one)) for one in some} <= set(found)
    assert len(set(found)) == len(found)
    assert str(promql_parser.parse(expr)) not in found


def test_an_expression_that_is_not_understood_is_no_expression_without_changes():
    from expression_changes import changes

    with pytest.raises(NotImplementedError, match="UnaryExpr"):
        changes("-a")


def test_every_rule_is_changed_and_every_kind_of_change_is_made(rules, mutants):
    from rule_changes import name_of

    assert {mutant.rule for mutant in mutants} == {name_of(rule) for rule in rules}
    assert {mutant.kind for mutant in mutants} == KINDS
    named = [(mutant.rule, mutant.kind, mutant.what, mutant.where) for mutant in mutants]
    assert len(set(named)) == len(named), "a reason is about one change of a rule"


def test_every_reason_is_about_a_change_that_there_is(mutants):
    from reasons import load_reasons, stale

    assert stale(load_reasons(), mutants) == []
    assert all(len(reason.why) >= 20 for reason in load_reasons())


def test_a_reason_for_nothing_is_found(mutants):
    from reasons import Reason, stale

    reason = Reason(("RapportTrustLow", "RapportGone"), ("+ -> -", "+ -> /"), "why")
    assert stale([reason], mutants) == ["+ -> /: why", "RapportGone: why"]


@pytest.mark.prometheus
def test_a_few_changes_of_each_kind_are_noticed_or_have_a_reason(tool, rules):
    from rule_mutants import drawn, faults, judged

    tool("promtool")
    # Recording rules are judged over time, which takes long; `make mutants` does that.
    alerts = [rule for rule in rules if "alert" in rule and rule["for"].endswith("m")]
    print(f"seed {SEED}")
    assert faults(judged(drawn(alerts, 2, SEED), rules, 2, lambda _: None)) == []


@pytest.mark.prometheus
def test_a_change_without_a_test_is_found_and_an_error_of_one_rule_judges_no_other(
    tool, tmp_path, rules
):
    from promtool_runs import judge
    from rule_changes import Mutant

    rule = next(rule for rule in rules if rule.get("alert") == "RapportPolicyRefused")
    series = "rapport_policy_refused_timestamp_seconds"
    exprs = {
        "same": rule["expr"],
        "many-to-many": f"{series} + on () group_left () (up or {series})",
        "never": f"{series} > 9e99",
    }
    found = [
        Mutant(rule["alert"], "", what, "", {**rule, "expr": expr}) for what, expr in exprs.items()
    ]
    step = {"eval_time": "2m", "exp_samples": [{"labels": "{}", "value": 1}]}
    pending = 'count(ALERTS{alertname="RapportPolicyRefused"})'
    test = {
        "name": "RapportPolicyRefused: two processes",
        "interval": "1m",
        "input_series": [
            {"series": f'{series}{{job="rapport",instance="a"}}', "values": "1x9"},
            {"series": 'up{job="rapport"}', "values": "1x9"},
        ],
        "promql_expr_test": [{"expr": pending, **step}],
    }
    noticed = judge(tool("promtool"), tmp_path, found, rules, {rule["alert"]: [test]})
    assert noticed == [False, True, True]


@pytest.mark.prometheus
def test_the_command_prints_json_and_names_the_rules_that_there_are(tool, capsys):
    from rule_mutants import main

    tool("promtool")
    assert main(["--alert", "RapportIntakeNotReady", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["faults"] == []
    assert {change["rule"] for change in found["changes"]} == {"RapportIntakeNotReady"}
    assert {change["noticed"] for change in found["changes"]} == {True, False}
    assert all(change["noticed"] or change["reason"] for change in found["changes"])
    with pytest.raises(SystemExit, match="RapportIntakeDown"):
        main(["--alert", "RapportNoSuch"])
