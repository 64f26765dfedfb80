"""Every name in Kafka carries the prefix of the installation; without one, nothing changes."""

import json
import os
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rapport_schemas.wire.errors import RapportError
from rapport_schemas.wire.topic_names import PREFIX_VARIABLE, read_prefix

GROUP = "rapport"
TOPICS = [
    "agreed-texts",
    "clients",
    "dead-letters",
    "dead-letters-done",
    "organisation",
    "procurement",
    "rapport-announced-changelog",
    "rapport-desk-changelog",
    "rapport-figures",
    "rapport-fleet",
    "rapport-ledger-changelog",
    "relationship",
    "relationship-health",
    "suppliers",
    "surveys",
    "tickets",
]
COLLECT = """
import json
from pathlib import Path
from tempfile import TemporaryDirectory
from rapport.intake.delivery import TOPICS_NEEDED
from rapport.kafka import access, topics
from rapport.kafka.connection import Kafka
from rapport.worker.faust_app import faust_app
from rapport.worker.settings import Settings
from rapport.worker.storage.tables import Storage
from rapport_schemas.wire import registry

directory = TemporaryDirectory()
app = faust_app(Settings(Kafka("127.0.0.1:1"), Path(directory.name)))
storage = Storage(app, 8)

constants = {
    name: value
    for name, value in vars(registry).items()
    if name.endswith("_TOPIC") or name == "GROUP"
}
every = {
    "constants": sorted(set(constants.values()) - {registry.GROUP}),
    "group": [registry.GROUP],
    "topics": sorted(registry.TOPICS),
    "topics' names": sorted(topic.name for topic in registry.TOPICS.values()),
    "worker's topics": sorted(registry.WORKER_TOPICS),
    "contracts": sorted({one.topic for one in registry.EVERY_CONTRACT.values()}),
    "created": sorted(topics._required(8, 1)),
    "intake": sorted(TOPICS_NEEDED),
    "every topic": sorted(access.EVERY_TOPIC),
    "inputs": sorted(access.INPUTS),
    "Faust's application": [app.conf.id],
    "Faust's topics": sorted(app.raw_topics),
    "Faust's changelogs": [
        table.changelog_topic_name for table in (storage.ledger, storage.announced)
    ],
    "grants on topics": sorted(
        {one.name for role in access.ROLES.values() for one in role if one.kind == "topic"}
    ),
    "grants on groups": sorted(
        {one.name for role in access.ROLES.values() for one in role if one.kind == "group"}
    ),
}
print(json.dumps(every))
"""


def collected(program, prefix):
    """Return what a program prints as JSON in a process with this prefix."""
    others = {key: text for key, text in os.environ.items() if key != PREFIX_VARIABLE}
    has_prefix = {} if prefix is None else {PREFIX_VARIABLE: prefix}
    done = subprocess.run(
        [sys.executable, "-c", program],
        env=others | has_prefix,
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


@pytest.fixture(scope="module")
def plain_names():
    return collected(COLLECT, None)


def test_without_a_prefix_the_names_are_what_they_always_were(plain_names):
    assert plain_names["constants"] == TOPICS
    assert plain_names["created"] == plain_names["every topic"] == TOPICS
    assert plain_names["group"] == plain_names["grants on groups"] == [GROUP]
    assert collected(COLLECT, "") == plain_names


@pytest.mark.parametrize("prefix", ["test", "acme.production-2"])
def test_with_a_prefix_no_name_is_left_without(prefix, plain_names):
    expected = {
        place: [f"{prefix}.{name}" for name in names] for place, names in plain_names.items()
    }
    assert collected(COLLECT, prefix) == expected


DOCUMENTS = """
import json
from rapport.monitoring.render import render
from rapport_schemas.docs.render import render_json_schemas
print(json.dumps(render() | render_json_schemas()))
"""


def test_documents_rules_and_dashboards_name_topics_without_the_prefix():
    documents = collected(DOCUMENTS, "acme-test")
    assert {"asyncapi.json", "docs/events.md", "docs/metrics.md"} <= documents.keys()
    assert [name for name, text in documents.items() if "acme-test" in text] == []
    assert documents == collected(DOCUMENTS, None)


@pytest.mark.parametrize("prefix", ["", "a", "7", "test", "acme.test", "a-b.c-1", "a" * 40])
def test_a_prefix_of_these_is_taken(prefix):
    assert read_prefix({PREFIX_VARIABLE: prefix}) == prefix


WRONG = ["Test", "a_b", "a b", " ", "a.", ".a", "-", "a..b", "a--b", "a\n", "é", "²", "a" * 41]


@pytest.mark.parametrize("prefix", WRONG)
def test_another_is_refused_in_one_sentence_with_what_to_do(prefix):
    with pytest.raises(RapportError, match=r"^RAPPORT_PREFIX=.* is not a prefix") as refused:
        read_prefix({PREFIX_VARIABLE: prefix})
    assert "such as test" in str(refused.value)
    assert "\n" not in str(refused.value)


@given(st.text(max_size=60))
def test_every_prefix_that_is_taken_makes_legal_names_in_kafka(text):
    try:
        prefix = read_prefix({PREFIX_VARIABLE: text})
    except RapportError:
        return
    assert not set(prefix) - set("abcdefghijklmnopqrstuvwxyz0123456789.-")
    assert all(len(f"{prefix}.{name}") <= 249 for name in TOPICS)


@given(*[st.sampled_from(["", "a", "a.b", "tickets", "rapport", "a.dead-letters", "dead"])] * 2)
def test_names_of_two_prefixes_never_meet(one, other):
    def names(prefix):
        return {f"{prefix}.{name}" if prefix else name for name in [*TOPICS, GROUP]}

    assert one == other or not names(one) & names(other)
