"""The fleet in a terminal: the verdict on each client, in the order of the worker."""

import pytest
from rich.console import Console

from rapport.cli.terminal.fleet_table import FleetTable, counts_of
from rapport.language.language import find_language

ENGLISH, DUTCH = find_language("en"), find_language("nl")


def concern(text, *, class_="watch", fleet=False):
    step = {"en": f"Next of {text}", "nl": f"Stap van {text}"}
    return {
        "fleet": fleet,
        "class": class_,
        "since": "2024-09-23",
        "text": {"en": text, "nl": text},
        "next": step,
    }


def client(name, state, *concerns, trust=None, news=(), bought="clear"):
    return {
        "name": name,
        "day": 20_000,
        "state": state,
        "concerns": list(concerns),
        "news": list(news),
        "trust": {"value": trust, "evidence": {"level": "none" if trust is None else "fair"}},
        "engagement": {"value": None},
        "purchases": {
            "observed": 3,
            "expected": 1.25,
            "state": bought,
            "spend": {"GBP": "1234.50"},
        },
    }


FLEET = [
    client(
        "Libraries",
        "act",
        concern("Said for all.", fleet=True),
        concern("A chore.", class_="chore"),
        concern("Trust is low."),
        concern("Later."),
        trust=0.434,
    ),
    client("A name that is longer than its column", "watch", concern("Silent.")),
    client("Permits", "unknown", bought="unknown"),
    client("Parks", "normal", concern("Said for all.", fleet=True), trust=0.8),
    client("Museums", "normal", concern("A chore.", class_="chore"), news=[concern("Good.")]),
]


def printed(width, language=ENGLISH, *, steps=False):
    console = Console(width=width, record=True, force_terminal=False)
    console.print(FleetTable(FLEET, language, steps=steps))
    return console.export_text()


def row(text, name):
    return next(line for line in text.splitlines() if line.split()[:1] == [name])


@pytest.mark.parametrize("language", [ENGLISH, DUTCH], ids=["en", "nl"])
def test_eighty_columns_have_room_for_the_evidence(language):
    assert row(printed(80, language), "Parks").split()[4] == language.text("evidence_fair")


@pytest.mark.parametrize("width", [80, 160])
def test_the_state_is_a_word_and_the_largest_concern_of_its_own_is_said(width):
    text = printed(width)
    assert row(text, "Libraries").split()[1:5] == ["Act", "now", "43.4", "-"]
    assert row(text, "Parks").split()[1:3] == ["Normal", "80.0"]
    assert row(text, "Permits").split()[1:7] == ["Not", "known", "yet", "-", "-", "none"]
    assert ("£1,234.50" in text) is (width > 80)
    assert "3 (1.2)" in row(text, "A")
    for said in ("Trust is low.", "Silent.", "Good."):
        assert text.count(f"{said} (since 23 Sept)") == 1
    for unsaid in ("Said for all.", "Later.", "A chore.", "Next of"):
        assert unsaid not in text


def test_without_eight_weeks_of_purchases_nothing_is_expected():
    assert row(printed(80), "Permits").split()[-1] == "-"


@pytest.mark.parametrize("width", [60, 80, 160, 300])
@pytest.mark.parametrize("language", [ENGLISH, DUTCH])
def test_each_client_has_its_next_step_and_one_row_in_a_terminal_of_any_width(width, language):
    text = printed(width, language, steps=True)
    for reason in ("Trust is low.", "Silent.", "Good."):
        step = {"en": f"Next of {reason}", "nl": f"Stap van {reason}"}[language.name]
        assert text.count(step) == 1
    assert max(map(len, text.splitlines())) <= width
    rows = text.partition("──")[2].partition("\n\n")[0].splitlines()[1:]
    rows = [line.split() for line in rows[: len(FLEET)]]
    assert [row[0] for row in rows] == [one["name"].split()[0] for one in FLEET] or width < 80


def test_the_table_is_in_the_language_and_leaves_out_what_has_no_room():
    narrow, wide = printed(80, DUTCH), printed(160, DUTCH)
    assert "Onderbouwing" in wide
    assert "bouwing" in narrow
    assert "Uitgegeven" in wide
    assert "Uitgegeven" not in narrow
    assert row(narrow, "Libraries").split()[1:5] == ["Actie", "nodig", "43,4", "-"]
    assert "Evidence" in printed(80)


def test_the_clients_are_counted_by_state():
    assert counts_of(FLEET, ENGLISH) == (
        "5 of 5 clients: 1 Act now, 1 Watch, 1 Not known yet, 2 Normal"
    )
