"""Which silences there should be in Alertmanager, and what is to change."""

from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.calendar import UTC_CALENDAR
from rapport.domain.concerns.verdict import Concern, Verdict
from rapport.monitoring.alertmanager.silences import (
    Silence,
    Silenced,
    change_of,
    own_silences,
    silence_json,
    wanted_silences,
)

DAY = 20_000
CLIENTS = ("arts", "finance", "parks")
ALERTS = st.builds(
    Silenced, st.sampled_from(CLIENTS), st.sampled_from(["RapportTrustLow", "RapportStageLost"])
)
ENDS = st.integers(1, 3)
PRESENT = st.lists(st.tuples(ALERTS, ENDS), max_size=6).map(
    lambda some: [Silence(str(number), of, ends) for number, (of, ends) in enumerate(some)]
)
WANTED = st.dictionaries(ALERTS, ENDS, max_size=4)


def applied(change, present):
    """Return the silences that a change leaves."""
    left = [one for one in present if one.id not in change.expire]
    made = [Silence(f"new-{of.client}-{of.alert}", of, end) for of, end in change.create.items()]
    return [*left, *made]


@given(WANTED, PRESENT, st.sets(st.sampled_from(CLIENTS)))
def test_a_change_makes_what_is_wanted_for_the_owned_clients_and_touches_no_other(
    wanted, present, clients
):
    wanted = {of: end for of, end in wanted.items() if of.client in clients}
    change = change_of(wanted, present, clients)
    left = applied(change, present)
    of_owned = [(one.of, one.ends) for one in left if one.of.client in clients]
    assert sorted(of_owned) == sorted(wanted.items())
    others = [one for one in present if one.of.client not in clients]
    assert [one for one in left if one.of.client not in clients] == others
    assert change_of(wanted, left, clients) == ({}, [])


def test_an_alert_is_silenced_when_the_whole_concern_is_acknowledged_until_the_first_end():
    def silent(source, last):
        return Concern(kind="silent", since=DAY, subject=source, acknowledged_until=last)

    def of(*concerns):
        verdict = Verdict(state="watch", concerns=concerns, news=())
        return list(wanted_silences({"arts": verdict}, UTC_CALENDAR))

    assert of(silent("tickets", DAY), silent("surveys", None)) == []
    assert of(silent("tickets", DAY + 4), silent("surveys", DAY + 2)) == [
        (Silenced("arts", "RapportClientSilent"), (DAY + 3) * 86_400)
    ]


def test_silences_of_people_and_of_another_installation_are_not_its_own():
    of = Silenced("arts", "RapportTrustLow")
    own = {**silence_json(of, "rapport", 0, 60), "id": "1", "status": {"state": "active"}}
    job, client, alert = own["matchers"]
    others = [
        {**own, "createdBy": "a person"},
        {**own, "status": {"state": "expired"}},
        {**own, "matchers": [job | {"value": "test"}, client, alert]},
        {**own, "matchers": [job, client]},
        {**own, "matchers": [job, client, alert | {"isRegex": True}]},
        {**own, "matchers": [job, client, alert | {"isEqual": False}]},
    ]
    assert list(own_silences([*others, own], "rapport")) == [Silence("1", of, 60)]
