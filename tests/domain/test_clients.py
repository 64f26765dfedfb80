"""Who is meant by a name: an id before an alias, the exact spelling before a forgiven one."""

import pytest

from rapport.domain.clients import Client, Directory

FINANCE = Client("finance", "Finance", "team-a", ("FIN", "KST-4100"))
LAW = Client("law", "Legal", "team-b", ("fin", "Finance"))
AUDIT = Client("audit", "Audit", "team-c", ("FIN",))


def directory_of(*clients):
    directory = Directory()
    for client in clients:
        directory.register(client)
    return directory


def test_a_directory_holds_its_clients_by_id():
    directory = directory_of(FINANCE, LAW)
    assert (len(directory), list(directory)) == (2, [FINANCE, LAW])
    assert ("law" in directory, "fin" in directory) == (True, False)
    assert directory["law"] is LAW
    assert Client("x", "X", "y").aliases == ()


@pytest.mark.parametrize(
    ("name", "client"),
    [
        ("finance", "finance"),
        (" FINANCE ", "finance"),
        ("Finance", "law"),
        ("FIN", "finance"),
        ("fin", "finance"),
        (" kst-4100\n", "finance"),
        ("law", "law"),
        ("Legal", None),
        ("", None),
    ],
)
def test_a_name_is_resolved_as_it_is_spelt_first(name, client):
    assert directory_of(FINANCE, LAW).resolve(name) == client


def test_of_two_that_claim_a_name_it_is_the_lesser_id_s_in_any_order():
    for clients in ((FINANCE, AUDIT), (AUDIT, FINANCE)):
        directory = directory_of(*clients)
        assert directory.resolve("FIN") == "audit"
        assert directory.contested == {"FIN", "fin"}


def test_an_alias_that_is_another_s_id_is_contested_and_stays_the_id_s():
    one = Client("x", "X", "team-a", ("Law",))
    for clients in ((one, LAW), (LAW, one)):
        directory = directory_of(*clients)
        assert directory.resolve("law") == "law"
        assert directory.contested == {"law"}
        directory.remove("law")
        assert (directory.contested, directory.resolve("law")) == (frozenset(), "x")


def test_an_alias_that_is_the_client_s_own_id_is_not_contested():
    assert directory_of(Client("law", "Law", "team-b", ("law", "LAW"))).contested == frozenset()


def test_a_removed_client_goes_by_no_name_and_leaves_the_others_theirs():
    directory = directory_of(FINANCE, AUDIT, LAW)
    directory.remove("audit")
    assert (len(directory), "audit" in directory) == (2, False)
    assert (directory.resolve("audit"), directory.resolve("FIN")) == (None, "finance")
    assert directory.contested == {"fin", "finance"}
    directory.remove("audit")
    directory.remove("finance")
    assert (directory.contested, directory.resolve("KST-4100")) == (frozenset(), None)
    assert directory.resolve("finance") == "law"
    directory.remove("law")
    assert (len(directory), directory.resolve("FIN")) == (0, None)


def test_a_client_that_is_registered_again_loses_the_names_that_it_had():
    directory = directory_of(FINANCE, AUDIT)
    directory.register(Client("audit", "Audit", "team-c", ("AUD",)))
    assert (directory.resolve("FIN"), directory.resolve("aud")) == ("finance", "audit")
    assert (len(directory), directory.contested) == (2, frozenset())


def test_of_many_claims_that_go_one_by_one_the_next_lesser_id_has_the_name():
    directory = Directory()
    for name in "cabd":
        directory.register(Client(name, name, "team-a", ("X",)))
    for name in "bacd":
        assert directory.resolve("X") == min(client.id for client in directory)
        directory.remove(name)
        assert (directory.contested == {"X", "x"}) is (len(directory) > 1)
