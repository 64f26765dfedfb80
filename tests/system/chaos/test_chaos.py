"""A short run of every kind of fault; `make chaos` is the long one."""

import json
import os
import sys
from datetime import UTC, datetime

import pytest

SEED = os.environ.get("RAPPORT_SEED", "4711")


@pytest.fixture
def chaos(monkeypatch, programs):
    """Run `make chaos` in this process, so that its workers are forks."""

    def run(*arguments):
        monkeypatch.setattr(sys, "argv", ["run.py", *arguments])
        return programs("run").main()

    return run


@pytest.mark.kafka
@pytest.mark.timeout(400)
def test_after_every_kind_of_fault_no_event_is_lost_and_none_counts_twice(chaos, capsys):
    code = chaos("--quick", "--json", "--seed", SEED)
    printed = capsys.readouterr()
    assert code == 0, printed
    result = json.loads(printed.out)
    assert (result["lost"], result["doubled"], result["pages_that_differ"]) == (0, 0, 0)
    assert result["events"] > 5_000
    assert set(result["faults"]) == {"worker", "kafka", "publisher", "rebalance", "disk", "frozen"}


@pytest.mark.usefixtures("programs")
def test_the_comparison_sees_what_is_lost_doubled_and_changed():
    from oracle import differences, expected_pages
    from plan import plan

    events = plan(1, 400, datetime(2026, 3, 2, 10, tzinfo=UTC))
    whole = expected_pages(events)
    assert differences(whole, dict(whole)) == (0, 0, [])
    some = expected_pages(events[:-100])
    lost, doubled, wrong = differences(whole, some)
    assert lost > 50
    assert (doubled, len(wrong) > 10) == (0, True)
    assert differences(some, whole)[1] > 50
