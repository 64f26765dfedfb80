"""The fleet in a terminal: the verdict on each client, in the order of the worker."""

import pytest
from rich.console import Console

from rapport.cli.terminal.fleet_table import STATES, FleetTable
from rapport.domain import concerns
from rapport.language.language import find_language


def concern(text, *, fleet=False):
    return {"fleet": fleet, "text": {"en": text}}


def client(name, state, *concerns, trust=None):
    return {
        "name": name,
        "state": state,
        "concerns": list(concerns),
        "trust": {"value": trust, "evidence": {"level": "none" if trust is None else "fair"}},
        "engagement": {"value": None},
        "purchases": {"observed": 3, "expected": 1.25, "spend": {"GBP": "12.00"}},
    }


def printed(fleet, width):
    console = Console(width=width, record=True, force_terminal=False)
    console.print(FleetTable(fleet))
    return console.export_text()


def row(text, name):
    return next(line for line in text.splitlines() if line.split()[:1] == [name])


def test_the_states_are_the_words_of_the_catalogue():
    states = find_language("en").states
    assert {state: states[state] for state in concerns.STATES} == STATES


@pytest.mark.parametrize("width", [80, 160])
def test_the_state_is_a_word_and_the_largest_concern_of_its_own_is_said(width):
    fleet = [
        client(
            "Libraries",
            "act",
            concern("Said for all.", fleet=True),
            concern("Trust is low."),
            concern("Later."),
            trust=0.434,
        ),
        client("Parks", "normal", concern("Said for all.", fleet=True), trust=0.8),
        client("Permits", "unknown"),
        client("A name that is longer than its column", "watch"),
    ]
    text = printed(fleet, width)
    assert row(text, "Libraries").split()[1:5] == ["Act", "now", "43", "-"]
    assert row(text, "Parks").split()[1:3] == ["Normal", "80"]
    assert row(text, "Permits").split()[1:4] == ["Not", "known", "yet"]
    assert ("GBP 12.00" in text) is (width > 80)
    assert "3 / 1.2" in row(text, "A")
    assert text.count("Trust is low.") == 1
    assert "Said for all." not in text
    assert "Later." not in text
