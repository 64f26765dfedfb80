"""Every configuration file: a hostile one is refused in one sentence, with its name and line."""

import json
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.domain.documents.toml import DEPTH_MAX, key_lines, parse_toml
from rapport.domain.policy.model import PolicyError
from rapport.domain.signals.vocabulary import VocabularyError
from rapport.importers.errors import ImportFailed
from rapport.importers.mapping.presets import HERE
from rapport.importers.mapping.schema import read_mapping
from rapport.intake.tokens import TokensError, load_tokens, new_token
from rapport.kafka.config_file import KafkaConfigError, read_kafka_config
from rapport.monitoring.alertmanager.routing import EXAMPLE, RoutingError, parse_routing
from rapport.runtime.policy_file import DEFAULT_POLICY, load_policy
from rapport.runtime.toml_file import read_text
from rapport.runtime.vocabulary_file import load_vocabulary
from rapport.web.config_file import WebConfigError, read_web_config
from rapport.web.login.accounts import AccountsError, read_accounts
from rapport_schemas.wire.errors import RapportError


def read_routing(path):
    return parse_routing(read_text(path, "the table of teams", RoutingError), str(path))


READERS = {
    "policy": (load_policy, PolicyError),
    "vocabulary": (load_vocabulary, VocabularyError),
    "routing": (read_routing, RoutingError),
    "mapping": (read_mapping, ImportFailed),
    "tokens": (load_tokens, TokensError),
    "kafka": (lambda path: read_kafka_config(None, path), KafkaConfigError),
    "web": (read_web_config, WebConfigError),
    "accounts": (read_accounts, AccountsError),
}
WELL_FORMED = {
    "policy": DEFAULT_POLICY.read_text(),
    "vocabulary": '[en.words]\nparty = """\nguild,\n-firm"""\n[[en.frames]]\nname = "late"\n',
    "routing": EXAMPLE,
    "mapping": (HERE / "zendesk.toml").read_text(),
    "tokens": new_token("desk", ["urn:acme:desk"])[1],
    "kafka": 'bootstrap = "a:1"\n[sasl]\nmechanism = "PLAIN"\nusername = "me"\n',
    "web": "basic_auth_users:\n  a: b\n",
    "accounts": '{"key_file": "key", "users": {"anna": {"role": "reader"}}}',
}
HOSTILE = {
    "3,000 brackets": "[" * 3_000,
    "3,000 nested lists": "x = " + "[" * 3_000,
    "3,000 nested tables": "x = " + "{a=" * 3_000,
    "5,000 keys in a path": ".".join("a" * 5_000) + " = 1",
    "an integer of 5,000 digits": "x = " + "9" * 5_000,
    "5,000 hexadecimal digits": "x = 0x" + "f" * 5_000,
    "a day that does not exist": "x = 2024-02-30",
    "a character out of range": 'x: "\\UFFFFFFFF"',
    "a NUL": "\0",
    "an alias of itself": "&a {x: &b [*b]}",
}


def write(directory, content):
    path = directory / "file"
    path.touch(mode=0o600)
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
@pytest.mark.parametrize(("read", "error"), READERS.values(), ids=READERS)
def test_a_hostile_file_gives_the_ordinary_error_with_its_name(tmp_path, read, error, text):
    path = write(tmp_path, text.encode())
    with pytest.raises(error) as refused:
        read(path)
    assert str(path) in str(refused.value)
    assert len(str(refused.value)) < 2_000


@pytest.mark.parametrize(("read", "error"), READERS.values(), ids=READERS)
def test_a_file_of_ten_mebibytes_or_no_file_at_all_is_refused(tmp_path, read, error):
    with pytest.raises(error, match="is over 1048576 bytes"):
        read(write(tmp_path, b"# much\n" * 1_500_000))
    with pytest.raises(RapportError, match="cannot be read: No such file"):
        read(tmp_path / "away")


def edits(kind):
    """Return junk, and a well-formed file with junk in it."""
    text = WELL_FORMED[kind].encode()
    junk = st.binary(max_size=60) | st.text("[]{}.\"'=#\\\n\r x1-_é&*:!|", max_size=60).map(
        str.encode
    )
    return st.builds(lambda at, some: text[:at] + some + text[at:], st.integers(0, len(text)), junk)


@pytest.mark.parametrize("kind", READERS)
def test_junk_bytes_give_a_good_file_or_the_ordinary_error(tmp_path, kind):
    read, error = READERS[kind]

    @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
    @given(edits(kind) | st.binary(max_size=200))
    def check(content):
        path = write(tmp_path, content)
        try:
            read(path)
        except RapportError as refused:
            assert str(path) in str(refused) or not isinstance(refused, error)

    check()


KEYS = st.text("ab.\"'# =é", min_size=1, max_size=4)
VALUES = st.recursive(
    st.integers(-9, 9) | st.text("a\"'\n[]{}=#\\", max_size=8) | st.booleans(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=3),
    max_leaves=6,
)


def inline(value):
    """Return a value as TOML, on one line."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{json.dumps(k)} = {inline(v)}" for k, v in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(inline, value)) + "]"
    return json.dumps(value)


@given(st.lists(st.dictionaries(KEYS, VALUES, max_size=4), max_size=4), st.booleans())
def test_the_line_of_every_key_is_found_whatever_is_in_the_values(tables, many_lines):
    lines, expected = ['text = """', "[team]", "a = 1", '"""'] if many_lines else [], {}
    for number, table in enumerate(tables):
        lines.append('[[ "the team" ]]  # = "')
        expected["the team", number] = len(lines)
        for key, value in table.items():
            lines.append(f"{json.dumps(key)} = {inline(value)}")
            expected["the team", number, key] = len(lines)
    document = parse_toml("\n".join(lines), "it", RapportError)
    assert document.values.get("the team", []) == tables
    found = document.key_lines()
    assert {location: found[location] for location in expected} == expected


def test_nesting_up_to_the_bound_is_read_and_one_more_is_refused_with_its_line():
    inner = "[" * DEPTH_MAX + "]" * DEPTH_MAX
    assert parse_toml(f"x = {inner}", "it", RapportError)
    with pytest.raises(RapportError, match=r"it is not TOML: .*deeper than 16 \(at line 3\)"):
        parse_toml(f"y = 1\n\nx = [{inner}]", "it", RapportError)


@pytest.mark.parametrize("path", sorted(Path(HERE).glob("*.toml")), ids=lambda path: path.stem)
def test_the_lines_of_a_shipped_file_are_those_of_a_search(path):
    text = path.read_text()
    for location, line in key_lines(text).items():
        assert (
            str(location[-1] if isinstance(location[-1], str) else location[-2])
            in (text.splitlines()[line - 1])
        )
