"""Links: an https address of a host, with no user in it; anything else breaks the contract."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport.domain.events.contract_compiler import compile_contract
from rapport_schemas.relationship import ProfileUpdated
from rapport_schemas.wire.registry import CONTRACTS
from rapport_schemas.wire.rejection import Rejected

CONTRACT = CONTRACTS["rapport.relationship.profile-updated.v1"]
COMPILED = compile_contract(ProfileUpdated)


def document(link):
    return json.dumps(
        {"client": "finance", "facet": "goals", "held_from": "client", "link": link}
    ).encode()


def is_taken(link):
    try:
        return CONTRACT.decode(document(link)).link == link
    except Rejected as refused:
        assert refused.path == "data.link"  # either outcome is tested
        return False


@pytest.mark.parametrize(
    "link",
    [
        "https://intranet.example.org",
        "https://intranet.example.org/",
        "https://a/b?c=d&e=f#g",
        "https://127.0.0.1:8443/x",
        "https://xn--bcher-kva.example/%20@",
        "https://a/" + "x" * 990,
    ],
)
def test_an_address_is_taken(link):
    assert is_taken(link)
    assert COMPILED(document(link)).link == link


@pytest.mark.parametrize(
    "link",
    [
        *("", "https://", "https:///x", "http://a/", "//a/", "a/b", "HTTPS://a/", "https:a"),
        *("javascript:alert(1)", "data:text/html,x", " https://a/", "https://a/ ", "https://a/\n"),
        *("https://user@a/", "https://user:pw@a/", "https://a@b", "https://a:b@c/", "https://a:x/"),
        *(
            "https://a\\@b/",
            "https://a\\b",
            "https://a?b",
            "https://a#b",
            "https://-a/",
            "https://a-",
        ),
        *("https://Bank.example/", "https://bücher.example/", "https://a/é", 'https://a/"x'),
        *("https://a/<b>", "https://a/b c", "https://a/\x00", "https://a/{x}", "https://[::1]/"),
        *("https://a%40b/", "https://a/" + "x" * 991, "https://" + "a" * 254 + "/"),
    ],
)
def test_what_is_no_plain_https_address_is_refused(link):
    assert not is_taken(link)
    with pytest.raises(Exception, match=r"."):
        COMPILED(document(link))


@given(st.from_regex(r"https://[a-z0-9@:/\\?#.%-]{1,20}", fullmatch=True))
def test_the_host_of_every_link_that_is_taken_is_what_stands_before_the_first_slash(link):
    if is_taken(link):
        host = link.removeprefix("https://").split("/")[0]
        assert "@" not in host
        assert set(host) <= set("abcdefghijklmnopqrstuvwxyz0123456789.-:")
