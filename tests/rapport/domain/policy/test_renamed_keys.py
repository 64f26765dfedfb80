"""A policy file with the names of the version before is read, with a notice, to the same hash."""

import hashlib
import logging
import re

import pytest

from rapport.domain.policy.model import PolicyError, parse_policy
from rapport.runtime.policy_file import DEFAULT_POLICY, load_policy

NEW = DEFAULT_POLICY.read_text()
OLD = re.sub(r"^(\[?)participation\b", r"\1along", NEW, flags=re.MULTILINE)
DEFAULT_HASH = parse_policy(NEW).hash


def line_of(text, start):
    (line,) = [n for n, found in enumerate(text.splitlines(), 1) if found.startswith(start)]
    return line


def test_the_old_file_has_the_old_names_only():
    assert "participation" not in re.sub("#.*", "", OLD)
    assert len(re.findall(r"^\[?along", OLD, re.MULTILINE)) == 3


def test_the_default_policy_has_the_same_hash_under_the_old_names():
    assert parse_policy(OLD).hash == DEFAULT_HASH
    assert hashlib.sha256(_as_the_version_before(NEW)).hexdigest()[:12] == DEFAULT_HASH


def _as_the_version_before(text):
    """Return the values under the names of the version before, as it made its hash of them."""
    policy = parse_policy(text)
    assert "participation" in type(policy).model_fields
    document = policy.model_dump_json(by_alias=True)
    assert '"participation"' not in document
    return document.encode()


def test_a_key_that_was_removed_has_a_notice_and_changes_no_hash():
    old = NEW.replace("base_rate = 0.5 ", "sufficient_uncertainty = 0.5\nbase_rate = 0.5 ")
    notices = []
    assert parse_policy(old, "old.toml", notices.append).hash == DEFAULT_HASH
    line = line_of(old, "sufficient_uncertainty")
    (notice,) = notices
    assert notice == (
        f"old.toml, line {line}: the key trust.sufficient_uncertainty is no longer read; "
        "a score is shown when its evidence is thin, fair or strong"
    )


@pytest.mark.parametrize(
    ("section", "line", "to"),
    [
        ("[along]", "minimum_group = 5", "minimum_group = 6"),
        ("[along]", "half_life_days = 180", "half_life_days = 181"),
        ("[compare.targets]", "along = 0.60", "along = 0.61"),
    ],
    ids=["a number", "a half-life", "a target"],
)
def test_a_changed_policy_has_another_hash_and_the_same_under_both_names(section, line, to):
    before, heading, after = OLD.partition(section)
    old = before + heading + after.replace(line, to, 1)
    assert old != OLD
    new = re.sub(r"^(\[?)along\b", r"\1participation", old, flags=re.MULTILINE)
    assert parse_policy(old).hash == parse_policy(new).hash != DEFAULT_HASH


def test_each_old_name_has_a_notice_with_file_line_old_and_new_key(caplog, tmp_path):
    path = tmp_path / "old.toml"
    path.write_text(OLD)
    with caplog.at_level(logging.WARNING):
        load_policy(path)
    lines = {start: line_of(OLD, start) for start in ("[along]", "[along.weights]", "along = ")}
    assert [record.message for record in caplog.records] == [
        f"{path}, line {lines[start]}: the key {old} is now called {new}; "
        "the old name is read for one more version"
        for start, old, new in (
            ("[along]", "along", "participation"),
            ("[along.weights]", "along.weights", "participation.weights"),
            ("along = ", "compare.targets.along", "compare.targets.participation"),
        )
    ]


def test_new_names_have_no_notice():
    notices = []
    parse_policy(NEW, "new.toml", notices.append)
    assert notices == []


@pytest.mark.parametrize(
    ("text", "old", "new"),
    [
        (f"{OLD}\n[participation]\nminimum_group = 5\n", "along", "participation"),
        (
            re.sub(r"^(along = .*)$", r"\1\nparticipation = 0.6", OLD, flags=re.MULTILINE),
            "compare.targets.along",
            "compare.targets.participation",
        ),
    ],
    ids=["section", "target"],
)
def test_a_key_under_both_names_is_refused_with_both_lines(text, old, new):
    with pytest.raises(PolicyError) as refused:
        parse_policy(text, "both.toml")
    starts = ("[along]", "[participation]") if old == "along" else ("along = ", "participation = ")
    first, second = (line_of(text, start) for start in starts)
    assert str(refused.value) == (
        f"both.toml is refused: {old} (line {first}) is the old name of {new} (line {second}), "
        f"and only one of them may be set; remove {old}"
    )


def test_a_wrong_value_under_an_old_name_is_refused_with_its_line():
    with pytest.raises(PolicyError) as refused:
        parse_policy(OLD.replace("roles = 0.4", "roles = 1.4"), "old.toml")
    line = line_of(OLD, "roles = 0.4")
    assert f"participation.weights.roles (line {line}): 1.4" in str(refused.value)


@pytest.mark.parametrize("text", ["along = 3\n", "compare = 3\n", "[compare]\ntargets = 3\n"])
def test_a_value_where_a_table_belongs_is_refused_as_such(text):
    with pytest.raises(PolicyError, match="must be a table of keys and values"):
        parse_policy(text)
