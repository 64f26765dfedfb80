"""Client registry: resolution of names, and which changes are refused with what message."""

import re

import pytest

from rapport.domain.clients.registry import (
    Client,
    Directory,
    RegistryError,
    find_client,
    new_client,
    with_aliases,
)

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


def test_a_contested_name_resolves_to_the_lesser_id_in_any_order():
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


def test_a_removed_client_has_no_names_and_the_others_keep_theirs():
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


def test_a_new_registration_replaces_the_old_names():
    directory = directory_of(FINANCE, AUDIT)
    directory.register(Client("audit", "Audit", "team-c", ("AUD",)))
    assert (directory.resolve("FIN"), directory.resolve("aud")) == ("finance", "audit")
    assert (len(directory), directory.contested) == (2, frozenset())


def test_the_next_lesser_id_has_the_name_when_a_claim_is_removed():
    directory = Directory()
    for name in "cabd":
        directory.register(Client(name, name, "team-a", ("X",)))
    for name in "bacd":
        assert directory.resolve("X") == min(client.id for client in directory)
        directory.remove(name)
        assert (directory.contested == {"X", "x"}) is (len(directory) > 1)


@pytest.fixture
def directory():
    return directory_of(FINANCE, Client("law", "Legal", "team-b"))


def refused(message):
    return pytest.raises(RegistryError, match=re.escape(message))


def test_a_new_client_is_registered_with_each_name_once(directory):
    made = new_client(directory, "audit", "Audit", "team-c", ["AUD", "A-1", "AUD", "audit"])
    assert (made.client, made.name, made.owner) == ("audit", "Audit", "team-c")
    assert made.aliases == ["AUD", "A-1", "audit"]
    assert new_client(directory, "audit", "Audit", "team-c", []).aliases == []


@pytest.mark.parametrize(
    ("client_id", "aliases", "message"),
    [
        (
            "finance",
            [],
            "client 'finance' is registered already; add names with: rapport clients ",
        ),
        ("kst-4100", [], "'kst-4100' is a name of client 'finance'; choose another id"),
        (
            "audit",
            ["AUD", "fin"],
            "'fin' is a name of client 'finance', and can mean one client only",
        ),
        (
            "audit",
            [" LAW"],
            "' LAW' is the id of client 'law', and means that client only",
        ),
    ],
    ids=["registered", "a name of another", "an alias of another", "an id of another"],
)
def test_a_client_takes_no_name_of_another(directory, client_id, aliases, message):
    with refused(message):
        new_client(directory, client_id, "Audit", "team-c", aliases)


def test_names_are_added_after_those_that_stay_and_once(directory):
    changed = with_aliases(directory, "finance", ["Money", "KST-4100", "Money"], ["FIN"])
    assert changed.aliases == ["KST-4100", "Money"]
    assert (changed.client, changed.name, changed.owner) == ("finance", "Finance", "team-a")
    assert with_aliases(directory, "finance", []).aliases == ["FIN", "KST-4100"]


def test_a_name_that_is_removed_and_added_is_there(directory):
    assert with_aliases(directory, "finance", ["FIN"], ["FIN"]).aliases == ["KST-4100", "FIN"]


@pytest.mark.parametrize(
    ("client_id", "add", "remove", "message"),
    [
        ("finance", [], ["FIN", "z", "fin"], "'fin' is no alias of client 'finance'"),
        ("law", ["FIN"], [], "'FIN' is a name of client 'finance', and can mean one client only"),
        ("law", ["Finance"], [], "'Finance' is the id of client 'finance'"),
        ("tax", ["x"], [], "no client has the id, alias or name 'tax'"),
    ],
    ids=["absent", "a name of another", "an id of another", "no client"],
)
def test_names_that_cannot_be_changed_are_refused(directory, client_id, add, remove, message):
    with refused(message):
        with_aliases(directory, client_id, add, remove)


def test_a_refusal_names_the_command_that_helps(directory):
    with refused("remove it there first: rapport clients alias finance --remove NAME"):
        with_aliases(directory, "law", ["FIN"])
    with refused("add names with: rapport clients alias law NAME"):
        new_client(directory, "law", "Legal", "team-b", [])


@pytest.mark.parametrize("text", ["law", "Law", " LAW ", "Legal affairs", "LEG", "leg"])
def test_a_client_is_found_by_its_id_alias_or_name(directory, text):
    directory.register(Client("law", "Legal Affairs", "team-b", ("LEG",)))
    assert find_client(directory, text) is directory["law"]


def test_an_id_goes_before_the_name_of_another_client(directory):
    directory.register(Client("audit", "law", "team-c", ()))
    assert find_client(directory, "law") is directory["law"]
    with refused("'LAW' is a name of several clients: audit, law; give the id"):
        find_client(directory, "LAW")


def test_an_unknown_client_is_answered_with_the_nearest(directory):
    with refused("no client has the id, alias or name 'finanse'; did you mean finance?"):
        find_client(directory, "finanse")
    with refused("no client has the id, alias or name 'zzz'; `rapport clients list` shows all"):
        find_client(directory, "zzz")


RULES = (
    "An id and an owner are lower-case letters, digits, dots, hyphens and underscores, 64 at most; "
    "a name has 1 to 256 characters, an alias 1 to 64, and a client 1,000 aliases at most"
)


@pytest.mark.parametrize(
    ("client_id", "name", "owner", "aliases", "refusal_text"),
    [
        ("Tax", "Tax", "team-a", [], "client is 'Tax': "),
        ("tax", "", "team-a", [], "name is '': "),
        ("tax", "Tax", "Team A", [], "owner is 'Team A': "),
        ("tax", "Tax", "team-a", ["ok", "x" * 65], f"aliases.1 is '{'x' * 65}': "),
        ("Tax", "Tax", "Team A", [], "client is 'Tax': "),
    ],
    ids=["id", "name", "owner", "alias", "the first of two"],
)
def test_a_value_that_breaks_the_contract_is_named_with_the_rules(
    directory, client_id, name, owner, aliases, refusal_text
):
    with refused(refusal_text) as refusal:
        new_client(directory, client_id, name, owner, aliases)
    assert str(refusal.value).startswith(refusal_text)
    assert str(refusal.value).endswith(f". {RULES}")
    assert "https://" not in str(refusal.value)
    assert refusal.value.__suppress_context__


def test_values_exactly_at_the_bounds_are_taken(directory):
    aliases = ["x" * 64, *map(str, range(999))]
    made = new_client(directory, "t" * 64, "N" * 256, "o" * 64, aliases)
    assert len(made.aliases) == 1000
    with refused("aliases is ["):
        new_client(directory, "t", "N", "o", [*aliases, "one more"])
