"""Announcements of the verdict: a state, and each concern that begins or ends, in words."""

import json
from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest

from rapport.domain.concerns.verdict import UNKNOWN, Concern, Verdict
from rapport.domain.explanation.change_events import LastAnnounced, changed_names
from rapport.domain.explanation.client_snapshot import take_client_snapshot
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.language.announcements import state_announcement
from rapport.worker.announce.outbox import OutboxEntry, entry_of, head_of

COMPILED = CompiledPolicy(
    parse_policy(
        (
            Path(__file__).parents[3] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
        ).read_text()
    )
)
DAY = 20_000
SILENT = Concern(
    kind="silent",
    since=DAY - 9,
    points=Fraction(15),
    figures={"silence_days": 30, "usual_days": 20},
    subject="tickets",
)
LOW = Concern(
    kind="trust_low",
    since=DAY - 30,
    points=Fraction(27),
    sureness=0.9,
    figures={"trust": 0.4, "target": 0.7, "mark": 0.45, "probability": 0.9, "loss": "closed"},
)
WON = Concern(kind="stage_won", since=DAY - 4, figures={"stage": 2, "before": 1})


def snapshot_with(verdict):
    own = client_inputs(ClientMeasures(), COMPILED.policy, DAY)
    shared = fleet_context([own], COMPILED.policy, DAY, {})
    health = evaluate("finance", ClientMeasures(), own, COMPILED, DAY, shared)
    return take_client_snapshot(ClientMeasures(), COMPILED, replace(health, verdict=verdict))


NOW = snapshot_with(Verdict(state="act", concerns=(LOW, SILENT), news=(WON,)))
NOTHING = snapshot_with(UNKNOWN)


def states(snapshot, last):
    names = changed_names(snapshot.health, last.get, 0.005)
    return {name for name in names if name.startswith("state.")}


def test_of_a_new_client_the_state_and_each_concern_that_is_on_are_announced():
    assert states(NOTHING, {}) == set()
    assert states(NOW, {}) == {
        "state.verdict",
        "state.trust_low",
        "state.silent",
        "state.stage_won",
    }


def test_a_concern_is_announced_when_it_begins_and_when_it_ends():
    last = {
        "state.verdict": LastAnnounced("0" * 32, "act"),
        "state.trust_low": LastAnnounced("1" * 32, "on"),
        "state.overrated": LastAnnounced("2" * 32, "on"),
    }
    assert states(NOW, last) == {"state.silent", "state.stage_won", "state.overrated"}


def test_the_verdict_says_its_urgency_and_every_concern_with_text_and_next_step():
    change = state_announcement("state.verdict", LastAnnounced("a" * 32, "watch"), NOW)
    assert (change.state, change.old, change.new) == ("verdict", "watch", "act")
    assert (change.urgency, change.follows, change.day) == (42.0, "a" * 32, date(2024, 10, 4))
    assert [(one.kind, one.class_) for one in change.concerns] == [
        ("trust_low", "act"),
        ("silent", "watch"),
        ("stage_won", "news"),
    ]
    low, silent, _ = change.concerns
    assert (low.points, low.sureness, low.since) == (27.0, 0.9, date(2024, 9, 4))
    assert (silent.subject, silent.fleet) == ("tickets", False)
    assert change.reason.en == f"Act now: {low.text.en}"
    assert change.reason.nl == f"Actie nodig: {low.text.nl}"
    assert low.next.en != low.next.nl


def test_a_concern_that_begins_says_its_own_text_and_one_that_ended_has_none():
    began = state_announcement("state.silent", None, NOW)
    assert (began.old, began.new, began.urgency) == (None, "on", None)
    assert [one.kind for one in began.concerns] == ["silent"]
    assert began.reason == began.concerns[0].text
    ended = state_announcement("state.overrated", LastAnnounced("b" * 32, "on"), NOW)
    assert (ended.old, ended.new, ended.concerns) == ("on", "off", None)
    assert ended.reason.en.startswith("Resolved: ")
    assert ended.reason.nl.startswith("Opgelost: ")


@pytest.mark.parametrize(
    ("policy", "told"), [(None, False), (COMPILED.hash, False), ("0" * 12, True)]
)
def test_a_state_that_changed_under_another_policy_says_so(policy, told):
    last = LastAnnounced("a" * 32, "normal", policy)
    change = state_announcement("state.verdict", last, NOW)
    assert change.reason.en.endswith("(scoring policy changed)") is told


def test_an_announcement_is_the_same_after_the_outbox_and_names_the_class_as_json_does():
    change = state_announcement("state.verdict", LastAnnounced("a" * 32, "watch"), NOW)
    entry = OutboxEntry("finance", "state.verdict", 3, 1.0, "act", change, None)
    value = entry.value()
    assert entry_of("finance", "state.verdict", value) == entry
    assert head_of(value) == (LastAnnounced(change.event_id, "act", COMPILED.hash), 3)
    _, _, data, _ = entry.record()
    stored = json.loads(value.split(b"\n")[1])
    assert [one["class"] for one in stored["concerns"]] == ["act", "watch", "news"]
    assert b'"class"' in data


def test_a_state_is_told_with_an_own_concern_and_never_with_a_chore_or_one_of_most_clients():
    shared = replace(SILENT, points=Fraction(0), is_shared=True)
    chore = Concern(kind="knowledge_stale", since=DAY - 2, figures={"facets": ("goals",)})
    last = LastAnnounced("0" * 32, "act")
    normal = snapshot_with(Verdict(state="normal", concerns=(shared, chore), news=()))
    assert state_announcement("state.verdict", last, normal).reason.en == "Normal."
    watch = snapshot_with(Verdict(state="watch", concerns=(shared, SILENT), news=(WON,)))
    assert state_announcement("state.verdict", last, watch).reason.en.startswith(
        "Watch: No tickets"
    )
    good = snapshot_with(Verdict(state="normal", concerns=(chore,), news=(WON,)))
    assert state_announcement("state.verdict", last, good).reason.en.startswith("Normal: Moved up")
