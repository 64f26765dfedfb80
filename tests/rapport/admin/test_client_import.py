"""A table of clients: what it would change, and what of it cannot be taken."""

from datetime import date

import pytest

from rapport.admin.client_import import ClientImportError, planned_changes
from rapport.domain.clients.registry import Client, Directory
from rapport_schemas.client import AccountRole, OrganisationDescribed

HEADER = "client,name,owner,aliases,group,size,sector,review_on,roles"
FINANCE = OrganisationDescribed(
    client="finance",
    group=["Services", "Control"],
    size=120,
    sector="Public",
    targets={"trust": 70},
    review_on=date(2026, 9, 1),
    roles=[AccountRole(role="account-manager", held_by="team-a")],
)
AS_IT_IS = (
    "finance,Finance,team-a,FIN | KST-1,Services > Control,120,Public,2026-09-01,"
    "account-manager=team-a"
)


@pytest.fixture
def plan(tmp_path):
    directory = Directory()
    directory.register(Client("finance", "Finance", "team-a", ("FIN", "KST-1")))

    def planned(*lines):
        file = tmp_path / "clients.csv"
        file.write_text("\n".join(lines) + "\n")
        return planned_changes(file, directory, {"finance": FINANCE})

    return planned


def test_a_row_that_says_what_is_known_changes_nothing(plan):
    assert plan(HEADER, AS_IT_IS) == []
    assert plan("client,name", "FIN,Finance") == [], "a client is found by its other names"


def test_a_new_client_is_registered_and_described(plan):
    (change,) = plan(HEADER, "law,Legal,team-b,LAW | KST-2,Services,15,,,cio=team-cio | rm=team-b")
    assert (change.client, change.is_new) == ("law", True)
    assert change.registration.aliases == ["LAW", "KST-2"]
    assert change.place == OrganisationDescribed(
        client="law",
        group=["Services"],
        size=15,
        roles=[
            AccountRole(role="cio", held_by="team-cio"),
            AccountRole(role="rm", held_by="team-b"),
        ],
    )


def test_only_what_differs_is_written_and_an_absent_column_changes_nothing(plan):
    (change,) = plan("client;size;sector", "finance;130;")
    assert change.registration is None
    assert change.place == FINANCE.model_copy(update={"size": 130, "sector": None})
    (change,) = plan("client,owner", "finance,team-b")
    assert (change.place, change.registration.owner, change.registration.aliases) == (
        None,
        "team-b",
        ["FIN", "KST-1"],
    )
    (change,) = plan("client,aliases", "finance,KST-9")
    assert change.registration.aliases == ["KST-9"]
    assert plan("client,name,owner", "finance,,") == [], "an empty name is no name"


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ((HEADER, "law,Legal,team-b,FIN,,,,,"), "line 2: 'FIN' is a name of client 'finance'"),
        (("client,size", "finance,many"), "line 2: size is 'many': write a whole number"),
        (("client,size", "finance,0"), "line 2: size is 0"),
        (("client,review_on", "finance,1-9-2026"), "review_on is '1-9-2026': write a day as"),
        (("client,roles", "finance,team-a"), "roles has 'team-a': write role=team"),
        (("client,roles", "finance,Boss=team-a"), "role is 'Boss'"),
        (("client,size", "nobody-knows,12"), "no client has the id, alias or name"),
        (("client,size", "finance,1", "FIN,2"), "line 3: client 'finance' has a row before"),
        (("client,sise", "finance,1"), "the column 'sise' is none of client, name"),
        (("name,owner", "Finance,team-a"), "has no column `client`"),
        (("client,group", "finance," + ">".join("abcdef")), "group is"),
        (("client,name,owner", "Law,Legal,team-b"), "client is 'Law'"),
    ],
)
def test_what_cannot_be_taken_is_told_with_its_line_and_nothing_is_written(plan, lines, message):
    with pytest.raises(ClientImportError) as refused:
        plan(*lines)
    assert message in str(refused.value)


def test_every_line_that_cannot_be_taken_is_told_up_to_a_bound(plan):
    with pytest.raises(ClientImportError, match="and 5 more lines") as refused:
        plan("client,size", *(f"c{number},1" for number in range(25)))
    assert str(refused.value).count("no client has") == 20
