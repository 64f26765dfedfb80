"""Approved suppliers: which purchases count as agreed, exactly from which day, and undone."""

from collections import Counter
from datetime import date

from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.calendar import day_number
from rapport.domain.clients.approvals import Approvals, reason_of
from rapport.domain.explanation.client_snapshot import take_client_snapshot
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.procurement.counted_purchases import counted_purchases
from rapport.domain.procurement.purchase_rows import purchase_rows
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate
from rapport.runtime.policy_file import DEFAULT_POLICY
from rapport_schemas.procurement import SupplierApprovalWithdrawn, SupplierApproved

POLICY_TEXT = DEFAULT_POLICY.read_text()
POLICY = parse_policy(POLICY_TEXT)
COMPILED = CompiledPolicy(POLICY)
FROM = date(2026, 3, 4)
DAY = day_number(date(2026, 3, 9))
"""A Monday: the last closed weeks end on the day before."""
SANCTIONS = ("outside", "unclassified", "joint", "sanctioned")


def approved(supplier, client=None, day=FROM):
    return SupplierApproved(supplier=supplier, client=client, approved_from=day, reason="Reviewed.")


def approvals_of(*events):
    approvals = Approvals()
    for event in events:
        approvals.put(event.record_key, event)
    return approvals


def bought(*purchases):
    measures = ClientMeasures()
    for day, sanction, category, supplier, minor in purchases:
        measures.add(day, ("buy", sanction, category, supplier, "EUR", minor), 1)
    return measures


def purchase(day=DAY - 2, sanction="outside", category="software", supplier="acme", minor=900):
    return day, sanction, category, supplier, minor


def counts(measures, *events, client="finance", policy=POLICY):
    approvals = approvals_of(*events).of(client)
    return dict(client_inputs(measures, policy, DAY, approvals).purchases.counts)


def test_purchases_from_an_approved_supplier_count_as_agreed_from_its_day_on():
    first = day_number(FROM)
    measures = bought(purchase(first - 1), purchase(first), purchase(supplier="other"))
    assert counts(measures) == {"joint": 0, "outside": 3, "sanctioned": 0, "unclassified": 0}
    assert counts(measures, approved("Acme")) == {
        "joint": 0,
        "outside": 2,
        "sanctioned": 1,
        "unclassified": 0,
    }
    assert counts(measures, approved("Acme", "law"))["outside"] == 3, "it is for another client"
    assert counts(measures, approved("ACME", "finance"))["outside"] == 2


def test_an_approved_name_covers_its_branches_and_a_branch_only_itself():
    measures = bought(purchase(supplier="acme-12"), purchase(supplier="acme-77"))
    assert counts(measures, approved("Acme"))["outside"] == 0
    assert counts(measures, approved("Acme 12"))["outside"] == 1
    assert counts(bought(purchase(supplier="acme-cloud")), approved("Acme"))["outside"] == 1


def test_of_two_approvals_the_earlier_one_covers_and_the_one_that_is_left_keeps_covering():
    early = approved("Acme", day=date(2026, 3, 1))
    measures = bought(purchase(day_number(FROM) - 2), purchase())
    assert counts(measures, early, approved("Acme", "finance"))["outside"] == 0
    assert counts(measures, approved("Acme", "finance"))["outside"] == 1


def test_what_an_approval_changed_is_named_with_its_day_and_number():
    measures = bought(purchase(), purchase(sanction="unclassified"), purchase(sanction="joint"))
    approvals = approvals_of(approved("Acme")).of("finance")
    found = client_inputs(measures, POLICY, DAY, approvals).purchases
    assert found.approved == (("acme", day_number(FROM), 2),)
    assert purchase_rows(measures.amounts, POLICY.purchases, DAY, approvals) == ()
    assert reason_of(approvals, "acme", day_number(FROM)) == "Reviewed."
    assert reason_of((), "acme", day_number(FROM)) == "-"


def test_an_approved_supplier_is_neither_new_nor_among_the_largest_outside():
    years = [purchase(day, supplier="usual", minor=10_000) for day in range(DAY - 700, DAY, 20)]
    measures = bought(*years, purchase(minor=500_000))
    before = client_inputs(measures, POLICY, DAY).purchases
    after = client_inputs(measures, POLICY, DAY, approvals_of(approved("acme")).of("x")).purchases
    assert (before.new_suppliers.count, after.new_suppliers.count) == (1, 0)
    assert ("acme" in before.top_suppliers, "acme" in after.top_suppliers) == (True, False)
    assert ("acme" in before.reach.now, "acme" in after.reach.now) == (True, False)


def test_what_is_approved_and_too_small_to_count_counts_nowhere():
    text = POLICY_TEXT.replace(
        "least_amounts = []", 'least_amounts = [{ currency = "EUR", amount = 5 }]'
    )
    found = counts(bought(purchase(minor=100)), approved("Acme"), policy=parse_policy(text))
    assert set(found.values()) == {0}


def test_points_of_rising_purchases_come_from_those_that_are_not_approved():
    usual = [purchase(day, supplier="usual") for day in range(DAY - 700, DAY, 14)]
    client = bought(*usual, *(purchase(DAY - 1 - n % 20, supplier=f"s-{n % 2}") for n in range(60)))
    client.add(DAY - 3, ("ticket.closed", "P3", True, "person", 0), 60)
    approvals = approvals_of(approved("S 0", day=date(2020, 1, 1))).of("finance")
    for chosen in ((), approvals):
        own = client_inputs(client, POLICY, DAY, chosen)
        shared = fleet_context([own], POLICY, DAY, {})
        health = evaluate("finance", client, own, COMPILED, DAY, shared)
        snapshot = take_client_snapshot(client, COMPILED, health, chosen)
        for score, found in snapshot.attributions.items():
            assert sum(row.points for row in found.rows) == found.score.numerator, score
        suppliers = {row.supplier for row in snapshot.purchase_rows}
        assert ("s-0" in suppliers, "s-1" in suppliers) == (not chosen, True)
        events = sum(
            row.events
            for row in snapshot.attributions["divergence"].rows
            if row.component == "buying_rises"
        )
        assert events == health.purchases.observed > 0


PURCHASES = st.lists(
    st.tuples(
        st.integers(DAY - 60, DAY),
        st.sampled_from(SANCTIONS),
        st.sampled_from(("software", "fuel")),
        st.sampled_from(("acme", "acme-12", "other")),
        st.integers(0, 2000),
    )
)
EVENTS = st.lists(
    st.builds(
        approved,
        st.sampled_from(("Acme", "Acme 12", "Other", "Nowhere")),
        st.sampled_from((None, "finance", "law")),
        st.dates(date(2026, 1, 1), date(2026, 3, 20)),
    )
)


@given(PURCHASES, EVENTS)
def test_approvals_move_purchases_and_lose_none_and_leave_no_trace(purchases, events):
    measures, approvals = bought(*purchases), approvals_of(*events)
    counted = counted_purchases(measures.amounts, POLICY.purchases, approvals.of("finance"))
    totals = []
    for found in (measures.amounts, counted):
        total = Counter()
        for key, days in found.items():
            kind, _, *rest = key.split("|")
            if not kind.startswith("buy.small"):
                for day, amount in days.items():
                    total[kind, *rest, day] += amount
        totals.append(total)
    assert totals[0] == totals[1]
    assert all(amount >= 0 for days in counted.values() for amount in days.values())
    for event in events:
        gone = SupplierApprovalWithdrawn(supplier=event.supplier, client=event.client)
        approvals.put(gone.record_key, gone)
    assert approvals.of("finance") == ()
    assert client_inputs(measures, POLICY, DAY, ()) == client_inputs(
        bought(*purchases), POLICY, DAY
    )


@given(PURCHASES, EVENTS)
def test_what_counts_is_what_would_if_the_purchases_had_been_agreed(purchases, events):
    approvals = approvals_of(*events).of("finance")

    def agreed(day, sanction, category, supplier, minor):
        names = {supplier, supplier.partition("-")[0]}
        covered = any(one.supplier in names and one.from_day <= day for one in approvals)
        is_changed = covered and sanction in {"outside", "unclassified"}
        return day, "sanctioned" if is_changed else sanction, category, supplier, minor

    expected = client_inputs(bought(*(agreed(*one) for one in purchases)), POLICY, DAY).purchases
    found = client_inputs(bought(*purchases), POLICY, DAY, approvals).purchases
    for field in ("counts", "spent", "weekly", "outside", "volume", "top_paid", "first_day"):
        assert getattr(found, field) == getattr(expected, field), field
