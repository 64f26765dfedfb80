"""Topics, and the rejections of data that breaks its contract."""

import pickle

import pytest

from rapport_schemas.wire.registry import CONTRACTS, TOPICS
from rapport_schemas.wire.rejection import REASONS, Rejected

NO_TEXT = "Input should be a valid string"
TWICE = "the key '%s' appears twice in one object"
REOPENED = CONTRACTS["rapport.ticket.reopened.v1"]


@pytest.mark.parametrize(
    ("data", "reason", "path", "detail"),
    [
        (b'{"client":"a"}', "invalid", "data.ticket_id", "Field required"),
        (b"{}", "invalid", "data.client", "Field required (and 1 more)"),
        (b'{"client":1,"ticket_id":"T"}', "invalid", "data.client", NO_TEXT),
        (b'{"client":"a","client":1}', "not-json", "data.client", TWICE % "client"),
        (b'{"client":"a","ticket_id":"1","x":{"y":1,"y":2}}', "not-json", "data.x.y", TWICE % "y"),
    ],
    ids=["one", "two", "a number", "twice and wrong", "twice in an ignored field"],
)
def test_the_first_error_is_named_and_the_others_are_counted(data, reason, path, detail):
    with pytest.raises(Rejected) as refused:
        REOPENED.decode(data)
    assert (refused.value.reason, refused.value.path, refused.value.detail) == (
        *(reason, path),
        detail,
    )


def test_invalid_json_is_rejected_as_not_json():
    with pytest.raises(Rejected) as refused:
        REOPENED.decode(b"{")
    assert (refused.value.reason, refused.value.path) == ("not-json", "data")
    assert refused.value.detail == "Invalid JSON: EOF while parsing an object at line 1 column 1"


COMPACTED = {"clients", "organisation", "suppliers", "agreed-texts"}


def test_four_topics_feed_the_ledger_and_what_is_known_of_clients_is_compacted():
    ledger_topics = [name for name, topic in TOPICS.items() if topic.feeds_ledger]
    assert ledger_topics == ["tickets", "procurement", "surveys", "relationship"]
    cleanup = {name: topic.cleanup for name, topic in TOPICS.items()}
    assert cleanup == {name: "compact" if name in COMPACTED else "delete" for name in TOPICS}
    assert {topic.partitions for topic in TOPICS.values()} == {1}


@pytest.mark.parametrize(
    ("path", "text", "logged"),
    [("data.a", "invalid at data.a: x", "data.a"), ("", "invalid at the record: x", "")],
)
def test_a_rejection_has_its_path_and_survives_pickling(path, text, logged):
    rejected = pickle.loads(pickle.dumps(Rejected("invalid", path, "x")))  # noqa: S301 # its own
    assert (str(rejected), rejected.logged_path) == (text, logged)
    assert rejected.reason in REASONS
