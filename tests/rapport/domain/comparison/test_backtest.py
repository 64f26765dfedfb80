"""The replay of past days: each day's scores do not depend on the order of reading."""

from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from rapport.domain.comparison.backtest import replay_history
from rapport.domain.ledger.fact_codec import encode_fact
from rapport.domain.ledger.measures import ClientMeasures
from rapport.domain.policy.model import parse_policy
from rapport.domain.procurement.client_inputs import client_inputs, fleet_context
from rapport.domain.scoring.compiled_policy import CompiledPolicy
from rapport.domain.scoring.evaluate import evaluate

POLICY = parse_policy(
    (
        Path(__file__).parents[4] / "streams" / "rapport" / "domain" / "policy" / "default.toml"
    ).read_text()
)
COMPILED = CompiledPolicy(POLICY)
DAY = 20_000
FACTS = (
    ("ticket.opened", "incident", "P2"),
    ("ticket.closed", "P3", True, "person", 1),
    ("buy", "outside", "software", "acme", "EUR", 12_500),
    ("survey.answered", "client", (("trust", 2, 1, 5),), 3),
    ("touch", "workshop", ("cio",), ("crm",), ("goals",), True),
    ("knowledge", "goals", "client"),
    ("signal", "options_open", "heard"),
    ("promise", "kept"),
)
EVENTS = st.lists(
    st.tuples(
        st.sampled_from(("finance", "sales")),
        st.integers(DAY - 60, DAY),
        st.sampled_from(FACTS),
    ),
    max_size=60,
)


def ledgers(events):
    found = {"finance": [], "sales": []}
    for client, day, fact in events:
        found[client].append((day, encode_fact(fact), 1))
    return found


def slowly(events, day):
    """Every client evaluated on a day from nothing but the events up to it."""
    measures = {"finance": ClientMeasures(), "sales": ClientMeasures()}
    for client, at, fact in events:
        if at <= day:
            measures[client].add(at, fact, 1)
    own = {name: client_inputs(found, POLICY, day) for name, found in measures.items()}
    shared = fleet_context(own.values(), POLICY, day, {})
    return tuple(
        evaluate(name, found, own[name], COMPILED, day, shared) for name, found in measures.items()
    )


@settings(max_examples=15, deadline=None)
@given(EVENTS, st.randoms(use_true_random=False))
def test_each_day_is_what_its_own_events_say_in_whatever_order_they_are_read(events, order):
    shuffled = list(events)
    order.shuffle(shuffled)
    for end in replay_history(ledgers(shuffled), COMPILED, range(DAY - 14, DAY + 1, 7)):
        assert end.health == slowly(events, end.day)


def test_what_was_taken_back_never_was():
    bought = (DAY - 9, encode_fact(FACTS[2]))
    (end,) = replay_history({"finance": [(*bought, 1), (*bought, -1)]}, COMPILED, [DAY])
    assert end.health[0].purchases.observed == 0
