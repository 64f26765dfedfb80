"""docs/walkthrough.md: each name on the page exists where the page says it is."""

import re
from importlib import import_module
from inspect import isclass, isroutine
from operator import attrgetter
from pathlib import Path

import pytest

from rapport.monitoring.alerts.catalogue import ALERTS
from rapport.monitoring.metrics.catalogue import METRICS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "walkthrough.md").read_text()
NAMES = re.findall(r"`((?:rapport|rapport_schemas)\.[\w.]+:[\w.]+)`", TEXT)
ROOMS = ("publish", "kafka", "worker", "domain", "web", "monitoring")


@pytest.mark.parametrize("name", NAMES)
def test_a_name_of_the_walkthrough_is_where_it_says(name):
    module, _, attribute = name.partition(":")
    found = attrgetter(attribute)(import_module(module))
    if isclass(found) or isroutine(found):
        assert found.__module__ == module, "name the module that defines it"


def test_the_walkthrough_goes_through_every_room_of_the_way_and_names_all_code_so():
    assert {name.split(".")[1] for name in NAMES if name.startswith("rapport.")} == set(ROOMS)
    spans = re.findall(r"`([\w.:]+)`", TEXT)
    assert [span for span in spans if span.startswith("rapport.") and ":" not in span] == []
    assert len(NAMES) > 30


def test_series_and_alerts_of_the_walkthrough_are_in_the_catalogue():
    series = {metric.series for metric in METRICS}
    alerts = {alert.name for alert in ALERTS}
    found = (
        set(re.findall(r"`(rapport_client\w+)`", TEXT)),
        set(re.findall(r"`(Rapport\w+)`", TEXT)),
    )
    assert all(found)
    assert found[0] <= series
    assert found[1] <= alerts
