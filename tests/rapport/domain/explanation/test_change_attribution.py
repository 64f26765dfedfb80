"""Announcements: each change adds up exactly, whatever happened between two of them."""

from dataclasses import replace
from datetime import date
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.explanation.apportionment import PointsRow
from rapport.domain.explanation.attribution import ScoreAttribution
from rapport.domain.explanation.change_attribution import (
    AnnouncedScore,
    announced_score,
    baseline_of,
    change_attribution,
    compact_rows,
    evidence,
)
from rapport.domain.explanation.change_events import (
    LastAnnounced,
    changed_names,
)
from rapport.domain.explanation.client_snapshot import take_client_snapshot
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.domain.scoring.evidence import EvidenceLevel, ScoreEvidence
from rapport.domain.scoring.score import METHOD, Part, Score
from rapport.language.announcements import score_announcement, state_announcement
from rapport_schemas.exact_numbers import total
from rapport_schemas.wire.registry import CONTRACT_OF_MODEL

TEXT = (
    Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
).read_text()
COMPILED = CompiledPolicy(parse_policy(TEXT))
OTHER = CompiledPolicy(parse_policy(TEXT.replace("base_rate = 0.5 ", "base_rate = 0.6 ")))
DAY = 20_000
FACTS = [
    ("ticket.opened", "incident", "P3"),
    ("ticket.closed", "P1", True, "person", 0),
    ("ticket.closed", "P3", False, "auto", 5),
    ("ticket.reopened",),
    ("ticket.rated", 3, 1, 7),
    ("survey.invited",),
    ("survey.answered", "client", (("trust", 4, 1, 5), ("clarity", 2, 1, 5)), 9),
    ("survey.answered", "own", (("trust", 5, 1, 5),), None),
    ("survey.answered", "independent", (("trust", 2, 1, 5),), None),
    ("touch", "workshop", ("cio", "it_team"), ("crm",), ("goals",), True),
    ("touch", "roadmap_talk", ("it_team", "it_management"), (), (), False),
    ("promise", "broken"),
    ("knowledge", "goals", "client"),
    ("buy", "outside", "software", "acme", "GBP", 1250),
]
EVENTS = st.lists(
    st.tuples(st.integers(DAY - 300, DAY), st.sampled_from(FACTS), st.integers(-3, 9)), max_size=30
)


def at(client, day, compiled=COMPILED):
    own = client_inputs(client, compiled.policy, day)
    shared = fleet_context([own], compiled.policy, day, {})
    return take_client_snapshot(client, compiled, evaluate("a", client, own, compiled, day, shared))


def add(client, events):
    for day, fact, times in events:
        had = client.amounts
        before = {key: dict(days) for key, days in had.items()}
        client.add(day, fact, times)
        if any(amount < 0 for days in client.amounts.values() for amount in days.values()):
            client.add(day, fact, -times)  # a ledger never holds less than nothing
            assert {key: dict(days) for key, days in client.amounts.items()} == before


def chain(snapshots):
    """Announce every score of every snapshot; return the announcements by score."""
    kept, changes = {}, {}
    for now in snapshots:
        for name, found in now.attributions.items():
            change = score_announcement(found, kept.get(name), now.health)
            if change is not None:
                changes.setdefault(name, []).append(change)
                policy = now.health.policy_hash
                kept[name] = announced_score(found, change.event_id, now.health.day, policy)
    return changes


@given(EVENTS, EVENTS, st.integers(0, 60), st.booleans())
@settings(deadline=None, max_examples=40)
def test_every_change_adds_up_and_follows_the_one_before(first, second, days, another):
    client = ClientMeasures()
    add(client, first)
    one = at(client, DAY)
    add(client, second)
    later = [at(client, DAY), at(client, DAY + days), at(client, DAY + days, OTHER)]
    chained = chain([one, *later[: 3 if another else 2]])
    for changes in chained.values():
        follows, old = None, None
        for change in changes:
            assert (change.follows, change.old) == (follows, old)
            assert total(part.points for part in change.attribution) == change.change.fraction
            contract = CONTRACT_OF_MODEL[type(change)]
            assert contract.decode(change.model_dump_json(exclude_none=True).encode()) == change
            follows, old = change.event_id, change.new


def one_after_another(*events):
    client, snapshots = ClientMeasures(), []
    for more in events:
        add(client, more)
        snapshots.append(at(client, DAY))
    return chain(snapshots)


ANSWER = ("survey.answered", "client", (("trust", 4, 1, 5),), None)
PROMISE = ("promise", "kept")


def test_an_event_of_today_is_listed_by_its_kind_and_earlier_evidence_as_decay():
    first, second = one_after_another([(DAY - 2, ANSWER, 6)], [(DAY, ("ticket.reopened",), 3)])[
        "trust"
    ]
    assert first.old is None
    assert [(p.kind, str(p.day), p.events) for p in first.attribution] == [
        ("answer", "2024-10-02", 6)
    ]
    parts = {(p.component, p.kind): (p.points.value, p.events, p.day) for p in second.attribution}
    assert parts["reopened", "ticket_reopened"][0] < 0
    assert parts["reopened", "ticket_reopened"][1] == 3
    assert str(parts["reopened", "ticket_reopened"][2]) == "2024-10-04"
    assert parts["survey", "decay"][1:] == (0, None)
    assert {e.kind: e.events for e in second.evidence} == {"answer": 6, "ticket_reopened": 3}
    assert "Trust. It fell from" in second.reason.en
    assert "reopened tickets" in second.reason.en
    assert "heropende tickets" in second.reason.nl


def test_a_late_event_of_long_ago_is_listed_by_its_kind_and_a_withdrawn_one_too():
    changes = one_after_another(
        [(DAY - 60, PROMISE, 8)], [(DAY - 90, PROMISE, 2)], [(DAY - 90, PROMISE, -1)]
    )["trust"]
    kinds = [[(p.kind, p.day, p.events) for p in one.attribution] for one in changes[1:]]
    assert kinds == [[("promise_kept", None, 2)], [("promise_kept", None, 1)]]
    assert changes[2].change.fraction < 0 < changes[1].change.fraction


def test_an_event_that_a_newer_one_pushes_out_of_what_counts_is_decay():
    # Broken promises weigh 2 and the cap is 20: those of today fill twice the cap.
    changes = one_after_another([(DAY - 60, PROMISE, 8)], [(DAY, ("promise", "broken"), 20)])
    (change,) = changes["trust"][1:]
    found = {part.kind: (part.points.value < 0, part.events) for part in change.attribution}
    assert found == {"promise_broken": (True, 20), "decay": (True, 0)}
    assert [(e.kind, e.events) for e in change.evidence] == [("promise_broken", 20)]


def test_a_promise_that_is_too_old_to_count_is_withdrawn_without_a_trace():
    changes = one_after_another(
        [(DAY - 60, PROMISE, 8), (DAY, ("promise", "broken"), 20)], [(DAY - 60, PROMISE, -1)]
    )
    assert len(changes["trust"]) == 1


def test_a_change_by_too_few_people_says_of_which_components():
    rating = ("ticket.rated", 2, 1, 5)
    first, second = one_after_another(
        [(DAY - 9, ANSWER, 20), (DAY - 9, rating, 20)], [(DAY, ANSWER, 3)]
    )["trust"]
    assert "Not shown separately" not in first.reason.en
    assert {part.component for part in second.attribution} == {"combined"}
    assert second.reason.en.endswith(
        " Not shown separately, fewer than 5 respondents: ticket ratings and survey answers."
    )
    assert " Niet apart getoond, minder dan 5 respondenten: " in second.reason.nl


def test_evidence_that_is_too_little_ends_in_null_and_the_baseline_stands_for_it():
    client = ClientMeasures()
    add(client, [(DAY, PROMISE, 3)])
    first, last = chain([at(client, DAY), at(client, DAY + 400)])["trust"]
    assert first.new is not None
    assert last.new is None
    assert {part.kind for part in last.attribution} == {"insufficient"}
    assert "not known yet" in last.reason.en


def test_an_event_in_two_sums_of_a_component_is_counted_once():
    rating = ("ticket.rated", 4, 1, 5)  # three quarters for, one quarter against
    (first,) = one_after_another([(DAY, rating, 6), (DAY, ("ticket.rated", 1, 1, 5), 2)])["trust"]
    assert [(part.kind, part.events) for part in first.attribution] == [("ticket_rated", 8)]


@pytest.mark.parametrize(
    ("shown", "minimum", "announced"),
    [(None, 0.005, True), (0.0, 0.005, True), ("same", 0.005, False), ("near", 0.5, False)],
)
def test_only_a_change_of_at_least_the_minimum_is_announced(shown, minimum, announced):
    client = ClientMeasures()
    add(client, [(DAY, ANSWER, 6)])
    health = at(client, DAY).health
    trust = health.trust.shown
    was = {"same": trust, "near": trust - 0.4}.get(shown, shown)
    last = {"trust": LastAnnounced("0" * 32, was)}
    assert ("trust" in list(changed_names(health, last.get, minimum))) is announced


def test_states_are_announced_when_they_change_except_the_initial_state():
    now = at(ClientMeasures(), DAY)
    assert list(changed_names(now.health, lambda _: None, 0.005)) == []
    rising = replace(now.health, purchases=replace(now.health.purchases, state="alert"))
    assert list(changed_names(rising, lambda _: None, 0.005)) == ["state.purchases"]
    change = state_announcement("state.purchases", None, replace(now, health=rising))
    assert (change.old, change.new, change.follows) == (None, "alert", None)
    back = state_announcement("state.purchases", LastAnnounced(change.event_id, "alert"), now)
    # Of no purchases at all the state is not known.
    assert (back.old, back.new, back.follows) == ("alert", None, change.event_id)
    assert back.event_id != change.event_id


def reasons_of(*rows, sufficient=True, name="made", denominator=100, baseline=0):
    """Reasons of a score that the rows after the baseline add up to."""
    score = Score(
        name=name,
        denominator=denominator,
        baseline=baseline,
        parts=(Part("all", sum(row.points for row in rows) - baseline, denominator),),
        confidence=1.0,
        missing=(),
        evidence=ScoreEvidence(EvidenceLevel(3 * sufficient)),
    )
    return ScoreAttribution(score, rows, 5)


def plain(parts):
    return [
        (p.component, p.kind, p.day and (p.day - date(2024, 10, 4)).days, p.points.value, p.events)
        for p in parts
    ]


def test_rows_of_exactly_seven_days_before_the_announcement_keep_their_day():
    rows = [PointsRow("closed", "ticket_met", DAY - age, 10, 1) for age in (9, 8, 7, 6)]
    kept = announced_score(reasons_of(*rows), "a" * 32, DAY, "b" * 12)
    assert kept.since == DAY - 7
    assert [(row.day, row.points, row.events) for row in kept.rows] == [
        (None, 20, 2),
        (DAY - 7, 10, 1),
        (DAY - 6, 10, 1),
    ]
    assert (kept.id, kept.day, kept.policy) == ("a" * 32, DAY, "b" * 12)
    assert (kept.value, kept.denominator) == (Fraction(40, 100), 100)


def test_what_is_kept_of_an_insufficient_score_has_no_value():
    assert announced_score(reasons_of(sufficient=False), "a" * 32, DAY, "b" * 12).value is None


def test_rows_without_a_day_are_folded_by_component_and_kind():
    rows = [
        PointsRow("x", "a", None, 1, 2),
        PointsRow("x", "a", 0, 4, 8),
        PointsRow("x", "b", 1, 16, 32),
    ]
    more = [PointsRow("y", "a", 0, 64, 128), PointsRow("x", "b", 1, 3, 1)]
    assert compact_rows([*rows, *more], 1) == (
        PointsRow("x", "a", None, 5, 10),
        PointsRow("x", "b", 1, 19, 33),
        PointsRow("y", "a", None, 64, 128),
    )


@pytest.mark.parametrize(("name", "baseline"), [("maturity", 1), ("trust", Fraction(1, 4))])
def test_the_baseline_is_the_score_s_own_but_for_maturity(name, baseline):
    assert baseline_of(reasons_of(name=name, baseline=25).score) == baseline


def test_evidence_counts_an_event_once_and_names_its_first_and_last_day():
    rows = [
        PointsRow("closed", "ticket_met", DAY - 9, 1, 2),
        PointsRow("closed", "ticket_met", DAY - 1, 1, 3),
        PointsRow("closed", "ticket_met", DAY - 4, 1, 1),
        PointsRow("quick", "ticket_met", DAY - 12, 1, 4),
        PointsRow("base", "base", DAY, 9, 0),
        PointsRow("closed", "taken_back", DAY, 9, -1),
        PointsRow("survey", "answer", None, 9, 8),
        PointsRow("closed", "reopened", DAY, 0, 1),
        PointsRow("closed", "reopened", None, 0, 2),
    ]
    found = [
        (e.kind, e.events, e.first_day.isoformat(), e.last_day.isoformat()) for e in evidence(rows)
    ]
    assert found == [
        ("reopened", 3, "2024-10-04", "2024-10-04"),
        ("ticket_met", 6, "2024-09-22", "2024-10-03"),
    ]


BEFORE = reasons_of(
    PointsRow("closed", "ticket_met", DAY - 1, 20, 2),
    PointsRow("closed", "base", None, 10, 0),
    PointsRow("index", "criterion", None, 8, 0),
    PointsRow("gap", "trust", None, 6, 0),
    PointsRow("combined", "few", None, 4, 0),
)
AFTER = reasons_of(
    PointsRow("closed", "ticket_met", DAY - 1, 15, 2),
    PointsRow("closed", "ticket_met", DAY, 6, 1),
    PointsRow("closed", "base", None, 9, 0),
    PointsRow("index", "criterion", None, 16, 0),
    PointsRow("gap", "trust", None, 3, 0),
    PointsRow("combined", "few", None, 2, 0),
)
NEW = ("closed", "ticket_met", 0, 0.06, 1)


@pytest.mark.parametrize(
    ("policy", "parts"),
    [
        (
            "b" * 12,
            {
                NEW,
                ("closed", "base", None, -0.01, 0),
                ("closed", "decay", None, -0.05, 0),
                ("gap", "trust", None, -0.03, 0),
                ("index", "criterion", None, 0.08, 0),
                ("combined", "few", None, -0.02, 0),
            },
        ),
        (
            "c" * 12,
            {
                NEW,
                ("closed", "policy", None, -0.06, 0),
                ("gap", "policy", None, -0.03, 0),
                ("index", "policy", None, 0.08, 0),
                ("combined", "few", None, -0.02, 0),
            },
        ),
    ],
    ids=["the same policy", "another policy"],
)
def test_a_component_without_new_events_changed_by_decay_or_by_the_policy(policy, parts):
    kept = announced_score(BEFORE, "a" * 32, DAY, "b" * 12)
    assert set(plain(change_attribution(kept, AFTER, policy))) == parts


@pytest.mark.parametrize("policy", ["b" * 12, "c" * 12], ids=["the same policy", "another policy"])
def test_what_a_newer_method_calculates_in_another_way_is_announced_as_such_once(policy):
    kept = replace(announced_score(BEFORE, "a" * 32, DAY, "b" * 12), method=METHOD - 1)
    parts = change_attribution(kept, AFTER, policy)
    assert set(plain(parts)) == {
        NEW,
        ("closed", "method", None, -0.06, 0),
        ("gap", "method", None, -0.03, 0),
        ("index", "method", None, 0.08, 0),
        ("combined", "few", None, -0.02, 0),
    }
    assert total(part.points for part in parts) == AFTER.score.value - BEFORE.score.value
    again = announced_score(AFTER, "b" * 32, DAY, policy)
    assert again.method == METHOD
    assert "method" not in {part.kind for part in change_attribution(again, BEFORE, policy)}


def test_a_score_that_is_unknown_under_a_newer_method_is_announced_as_such():
    kept = replace(announced_score(BEFORE, "a" * 32, DAY, "b" * 12), method=METHOD - 1)
    lost = change_attribution(kept, reasons_of(sufficient=False, denominator=4), "b" * 12)
    assert {part.kind for part in lost} == {"method"}


def test_parts_are_the_whole_score_the_first_time_and_after_it_was_unknown():
    whole = {
        ("x", "answer", 0, 0.5, 6),
        ("x", "base", None, 0.25, 0),
        ("base", "base", None, -0.25, 0),
    }
    rows = PointsRow("x", "answer", DAY, 50, 6), PointsRow("x", "base", None, 25, 0)
    now = replace(reasons_of(*rows), score=replace(reasons_of(*rows).score, baseline=25))
    unknown = AnnouncedScore(
        "a" * 32, DAY - 1, "c" * 12, None, DAY - 8, 7, (PointsRow("y", "z", None, 3),)
    )
    for before in (None, unknown):
        assert set(plain(change_attribution(before, now, "b" * 12))) == whole


def test_parts_of_what_became_unknown_go_back_to_the_baseline_by_component():
    kept = announced_score(BEFORE, "a" * 32, DAY, "b" * 12)
    lost = change_attribution(kept, reasons_of(sufficient=False, denominator=4), "b" * 12)
    assert set(plain(lost)) == {
        ("closed", "insufficient", None, -0.3, 0),
        ("index", "insufficient", None, -0.08, 0),
        ("gap", "insufficient", None, -0.06, 0),
        ("combined", "insufficient", None, -0.04, 0),
    }


def test_a_change_from_unknown_to_exactly_the_baseline_is_one_part_of_nothing():
    now = reasons_of(PointsRow("base", "base", None, 25), baseline=25)
    assert plain(change_attribution(None, now, "b" * 12)) == [("base", "base", None, 0.0, 0)]


def test_points_over_different_denominators_get_a_common_one():
    kept = announced_score(
        reasons_of(PointsRow("x", "a", DAY, 1, 1), denominator=6), "a" * 32, DAY, "b" * 12
    )
    now = reasons_of(PointsRow("x", "a", DAY, 1, 3), denominator=4)
    (part,) = change_attribution(kept, now, "b" * 12)
    assert (part.points.fraction, part.events) == (Fraction(1, 12), 2)


def test_a_silence_is_announced_with_the_day_of_the_last_touchpoint():
    client = ClientMeasures()
    for days in range(0, 300, 7):
        client.add(DAY - days, ("touch", "workshop", ("cio",), (), ("goals",), None), 1)
    *_, change = chain([at(client, DAY), at(client, DAY + 90)])["engagement"]
    silent = [part for part in change.attribution if part.component == "silence"]
    assert [(part.kind, part.day, part.events) for part in silent] == [
        ("silence", date(2024, 10, 4), 0)
    ]
    assert silent[0].points.value < -0.1
    assert "silence since the last meeting, 4 Oct 2024" in change.reason.en
    assert "stilte sinds het laatste gesprek, 4 okt 2024" in change.reason.nl
