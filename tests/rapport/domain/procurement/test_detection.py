"""False alarms and detection on simulated clients, of every size and with a common season."""

import importlib.util
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[4] / "bench" / "detection" / "detector.py"


@pytest.fixture(scope="module")
def detector():
    spec = importlib.util.spec_from_file_location("detector", BENCH)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def clients(detector):
    return detector.simulated(400, seed=28)[0]


def test_clients_without_a_rise_alert_as_seldom_as_was_promised(detector, clients):
    rates, _ = detector.false_alarms(clients, 26)
    assert rates["alert"] < 0.4
    assert 0.5 < rates["watch"] < 2.6


def test_a_rise_to_three_times_is_found_and_a_small_one_hardly(detector, clients):
    found = {factor: detector.detection(clients, 52, factor, 1) for factor in (1.5, 3)}
    assert found[3]["alert", 8] > 35
    assert found[3]["watch", 8] > 60
    assert found[1.5]["alert", 8] < 20
