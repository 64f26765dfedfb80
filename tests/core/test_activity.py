"""The days with events, kept up to date, are those that the daily amounts say."""

from hypothesis import given
from hypothesis import strategies as st

from rapport.streams.core.activity import SOURCES
from rapport.streams.core.measures import ClientMeasures

FACTS = (
    ("ticket.reopened",),
    ("ticket.rated", 3, 1, 5),
    ("survey.answered", "client", (("trust", 4, 1, 5),), 9),
    ("buy", "outside", "software", "acme", "EUR", 100),
    ("touch", "workshop", ("cio",), (), (), None),
)
CHANGES = st.lists(
    st.tuples(st.integers(900, 1_000), st.sampled_from(FACTS), st.sampled_from((1, 1, 1, -1)))
)


def oracle(amounts, day):
    """Per source the days with any amount, as ages seen from a day."""
    return {
        source: {
            day - at
            for measure, days in amounts.items()
            if measure.split("|")[0] in kinds
            for at in days
            if at <= day
        }
        for source, kinds in SOURCES.items()
    }


@given(changes=CHANGES, look_after=st.integers(0, 20), day=st.integers(880, 1_020))
def test_the_days_kept_through_any_changes_are_those_of_the_amounts(changes, look_after, day):
    client = ClientMeasures()
    for number, (at, fact, times) in enumerate(changes):
        client.add(at, fact, times)
        if number >= look_after:
            client.active_days(at)
    seen = client.active_days(day)
    ages = {
        source: {age for age in range(days.bit_length()) if days >> age & 1}
        for source, days in seen.items()
    }
    assert ages == oracle(client.amounts, day)
