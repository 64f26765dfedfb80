"""Past scores as OpenMetrics: the library reads them, and promtool makes blocks of them."""

import io
from pathlib import Path

import pytest
from prometheus_client.openmetrics.parser import text_string_to_metric_families

from rapport.admin.backfill import last_days
from rapport.admin.openmetrics_file import HistoryFile, load_into_prometheus, write_history
from rapport.domain.calendar import Calendar
from rapport.domain.clients.registry import Client, Directory
from rapport.domain.comparison.backtest import replay_history
from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.policy.model import parse_policy
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport_schemas.wire.errors import RapportError

POLICY = parse_policy(
    (
        Path(__file__).parents[3] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
    ).read_text()
)
DAYS = range(20_000, 20_010)
NAME = 'Finance "& co"\\\n'


@pytest.fixture
def found():
    directory = Directory()
    directory.register(Client("finance", NAME, "team-a", ()))
    made = HistoryFile(directory, POLICY, {"job": "rapport", "instance": "a:1"})
    answer = encode_fact(("survey.answered", "client", (("trust", 4, 1, 5),), None))
    for end in replay_history({"finance": [(DAYS.start, answer, 9)]}, CompiledPolicy(POLICY), DAYS):
        made.add(end)
    return made


def test_the_library_reads_a_sample_a_day_at_the_day_s_last_second(found):
    out = io.StringIO()
    count = found.write(out)
    families = {one.name: one for one in text_string_to_metric_families(out.getvalue())}
    assert count == sum(len(one.samples) for one in families.values())
    trust = families["rapport_client_trust_ratio"].samples
    assert [float(one.timestamp) for one in trust] == [(day + 1) * 86_400 - 1 for day in DAYS]
    assert trust[0].labels == {"client": "finance", "job": "rapport", "instance": "a:1"}
    assert families["rapport_client_info"].samples[0].labels["name"] == NAME
    assert "rapport_ready" not in families


def test_the_last_second_of_a_day_is_that_of_the_ledger_s_zone(found):
    auckland = Calendar("Pacific/Auckland")
    zoned = HistoryFile(found.directory, POLICY, found.target, auckland)
    learned = encode_fact(("knowledge", "goals", "client"))
    facts = {"finance": [(DAYS.start, learned, 1)]}
    for end in replay_history(facts, CompiledPolicy(POLICY), DAYS):
        zoned.add(end)
    out = io.StringIO()
    zoned.write(out)
    families = {one.name: one for one in text_string_to_metric_families(out.getvalue())}
    ends = [float(one.timestamp) for one in families["rapport_clients"].samples]
    assert ends == [auckland.start_of(day + 1) - 1 for day in DAYS]
    assert {auckland.day_of(int(at)) for at in ends} == set(DAYS)
    observed = families["rapport_client_knowledge_facet_observed_timestamp_seconds"].samples
    assert {one.value for one in observed} == {auckland.start_of(DAYS.start)}


def test_promtool_makes_blocks_of_it(found, tool, tmp_path):
    tool("promtool")
    assert write_history(found, None, tmp_path / "data") > 100
    assert list((tmp_path / "data").glob("*/meta.json"))


def test_promtool_s_refusal_is_shown(tool, tmp_path):
    tool("promtool")
    (tmp_path / "wrong.om").write_text("this is { not OpenMetrics\n")
    with pytest.raises(RapportError, match="promtool rejects"):
        load_into_prometheus(tmp_path / "wrong.om", tmp_path / "data")


def test_the_last_days_end_with_yesterday():
    assert len(last_days(90, 1)) == 90
    weekly = last_days(90, 7)
    assert (len(weekly), weekly[-1] - last_days(1, 1)[0]) == (13, 0)
    ahead, behind = (
        last_days(1, 1, Calendar(zone))[0] for zone in ("Pacific/Kiritimati", "Pacific/Pago_Pago")
    )
    assert ahead - behind in (1, 2)  # 25 hours apart
