"""Tokens: known by their hash, bound to sources, in a private file that is read again."""

import pytest

from rapport.intake.authentication import ANONYMOUS, Authenticator
from rapport.intake.limits import TokenBuckets
from rapport.intake.tokens import (
    TokensError,
    load_tokens,
    new_token,
    parse_tokens,
    token_file,
)
from rapport.runtime.secrets import SecretError
from rapport_schemas.wire.http import RequestRejected

HASH = "0" * 64


def test_a_new_token_is_found_by_its_text_and_its_text_is_stored_nowhere():
    token, stanza = new_token("desk", ["urn:acme:desk"])
    assert token not in stanza
    tokens = parse_tokens(stanza, "here")
    assert tokens.find(token).name == "desk"
    assert tokens.find(token[:-1]) is None
    assert tokens.find("") is None
    assert tokens.find("\udcff") is None
    assert new_token("desk", ["urn:acme:desk"])[0] != token


@pytest.mark.parametrize(
    ("source", "allowed"),
    [
        ("urn:acme:desk", True),
        ("urn:acme:desk2", False),
        ("urn:acme:des", False),
        ("URN:acme:desk", False),
        ("urn:acme:crm:", True),
        ("urn:acme:crm:eu", True),
        ("urn:acme:crm", False),
        ("*", False),
    ],
)
def test_a_token_speaks_for_its_sources_alone(source, allowed):
    token, stanza = new_token("desk", ["urn:acme:desk", "urn:acme:crm:*"])
    assert parse_tokens(stanza, "here").find(token).speaks_for(source) is allowed


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "token (not in the file): missing"),
        ("[[token]]\nname = ", "not TOML"),
        (f'[[token]]\nname="a"\nsha256="{HASH}"\nsources=[]', "token.0.sources"),
        (f'[[token]]\nname="a"\nsha256="{HASH}"\nsources=["a*b"]', "token.0.sources.0"),
        (f'[[token]]\nname="A b"\nsha256="{HASH}"\nsources=["a"]', "token.0.name"),
        ('[[token]]\nname="a"\nsha256="rapport_secret"\nsources=["a"]', "token.0.sha256"),
        (f'[[token]]\nname="a"\nsha256="{HASH}"\nsources=["a"]\nrate=1', "token.0.rate"),
        (
            f'[[token]]\nname="a"\nsha256="{HASH}"\nsources=["a"]\nrate_events_per_second=0',
            "token.0.rate_events_per_second",
        ),
        (f'[[token]]\nname="a"\nsha256="{HASH}"\nsources=["a"]\n' * 2, "the name a"),
    ],
)
def test_a_wrong_file_is_refused_with_the_location_and_without_the_secret(text, says):
    with pytest.raises(TokensError, match=r"^here is ") as refused:
        parse_tokens(text, "here")
    assert says in str(refused.value)
    assert "rapport_secret" not in str(refused.value)


def test_a_file_that_others_can_read_is_refused(tmp_path):
    path = tmp_path / "tokens.toml"
    path.write_text(new_token("desk", ["a"])[1])
    path.chmod(0o640)
    with pytest.raises(SecretError, match=r"others than its owner .mode 0640.*chmod go="):
        load_tokens(path)
    with pytest.raises(SecretError, match="cannot be read"):
        load_tokens(tmp_path / "missing")


def test_a_changed_file_is_read_again_and_a_bad_one_keeps_the_old_tokens(tmp_path, caplog):
    path = tmp_path / "tokens.toml"
    first, stanza = new_token("first", ["a"])
    path.touch(mode=0o600)
    path.write_text(stanza)
    file = token_file(path)
    path.write_text("nonsense")
    file.refresh()
    assert file.content.find(first).name == "first"
    assert "the token file stays as it was" in caplog.text
    path.unlink()
    file.refresh()
    assert file.content.find(first).name == "first"
    second, stanza = new_token("second", ["a"])
    fresh = tmp_path / "fresh"
    fresh.touch(mode=0o600)
    fresh.write_text(stanza)
    fresh.replace(path)
    file.refresh()
    assert file.content.find(first) is None
    assert file.content.find(second).name == "second"


def test_a_rate_holds_over_time_whatever_the_size_of_the_batches():
    rates, taken = TokenBuckets(), 0
    for tick in range(10_000):
        now = tick / 100
        try:
            rates.check("desk", per_second=10, now=now)
        except RequestRejected as refused:
            assert refused.reason == "too-fast"
            assert refused.retry_seconds >= 1
            continue
        rates.spend("desk", 1 + tick % 70, per_second=10, now=now)
        taken += 1 + tick % 70
    assert 900 <= taken <= 1_100


def test_a_debt_is_kept_for_as_long_as_its_token_is_known():
    rates = TokenBuckets()
    for name in ("desk", ANONYMOUS):
        rates.spend(name, 100, per_second=10, now=0.0)
    rates.retain(frozenset({"desk"}) | Authenticator(None).refresh())
    for name in ("desk", ANONYMOUS):
        with pytest.raises(RequestRejected, match="too-fast"):
            rates.check(name, per_second=10, now=0.0)
    rates.retain(frozenset())
    rates.check("desk", per_second=10, now=0.0)
