"""Classes 69-84: text that would run somewhere, and policies that are not allowed."""

import io
import json
import os

import pytest
from aiokafka import TopicPartition
from prometheus_client.parser import text_string_to_metric_families
from rich.console import Console

from rapport.admin.dead_letter import read_dead_letter
from rapport.cli.terminal.dead_letter_table import dead_letter_table, dead_letter_text
from rapport.cli.terminal.escape import printable
from rapport.domain.documents.toml import DOCUMENT_BYTES_MAX
from rapport.domain.policy.model import PolicyError
from rapport.kafka.record_batch import Record
from rapport.monitoring.metrics import scores
from rapport.monitoring.metrics.model import Sample
from rapport.runtime.policy_file import DEFAULT_POLICY, load_policy
from rapport.web.exposition import Exposition
from rapport.worker.ingest.dead_letter import KEPT_BYTES_MAX, dead_letter
from rapport_schemas.client import ClientRegistered
from rapport_schemas.wire.dead_letter import DEAD_LETTER_HEADER
from rapport_schemas.wire.rejection import Rejected

ORIGIN = TopicPartition("tickets", 1)
TEXTS = {
    "69 control characters": "Fin\x07\x08\x00ance\x9b31m",
    "70 ANSI escapes": "\x1b[2J\x1b]0;owned\x07Finance",
    "71 a script": "<script>alert(1)</script>",
    "72 templates": '{{ $value }} {{ query "up" }} $(id) `id` ${HOME} %s [red]x[/red] [/]',
    "73 right-to-left marks": "\u202eecnaniF\u202c \u2066x\u2069",
    "75 new lines": "Fin\nance\r\u2028",
    "76 quotes and backslashes": 'Fin"ance\\n\\',
}
texts = pytest.mark.parametrize("text", TEXTS.values(), ids=TEXTS)


class Stored:
    """A record of the topic `dead-letters`."""

    offset, timestamp = 7, 1_700_000_000_000

    def __init__(self, record, rejected):
        self.key, self.value, self.headers = dead_letter(ORIGIN, record, rejected)


def dead_letter_about(text):
    value = json.dumps({"client": text, "comment": text}).encode()
    headers = (("ce_source", text.encode()), ("ce_type", text.encode()), (text, text.encode()))
    record = Record(5, text.encode(), value, headers)
    return read_dead_letter(0, Stored(record, Rejected("invalid", f"data.{text}", text)))


def shown(table):
    out = io.StringIO()
    Console(file=out, force_terminal=False, width=200).print(table)
    return out.getvalue()


@texts
def test_text_from_outside_moves_nothing_in_a_terminal(text):
    found = dead_letter_about(text)
    for output in (shown(dead_letter_table([found])), dead_letter_text(found, None)):
        unsafe = {c for c in output if c != "\n" and printable(c) != c}
        assert unsafe == set()
    assert text in found.client


@texts
def test_text_in_a_label_comes_back_as_it_was_and_adds_no_series(text):
    samples = [Sample(scores.CLIENT_INFO, ("finance", text, "rm"), 1)]
    body = b"".join(Exposition(samples).render("", gzip=False).pieces)
    found = [
        sample
        for family in text_string_to_metric_families(body.decode())
        for sample in family.samples
    ]
    assert [(one.name, one.labels["name"]) for one in found] == [(scores.CLIENT_INFO.name, text)]


@texts
def test_a_name_may_hold_any_text_for_it_is_only_ever_shown(text):
    assert ClientRegistered(client="finance", name=text, owner="rm").name == text


def test_74_a_megabyte_of_comment_is_refused_and_its_dead_letter_is_cut_with_its_hash():
    value = json.dumps({"comment": "x" * 1_000_000}).encode()
    record = Record(1, b"k" * 100_000, value, tuple([("h", b"x" * 9_000)] * 100))
    key, kept, headers = dead_letter(ORIGIN, record, Rejected("invalid", "p" * 9_999, "d" * 9_999))
    assert len(key) == len(kept) == KEPT_BYTES_MAX
    assert sum(len(content) for _, content in headers) < KEPT_BYTES_MAX + 2_048
    why = json.loads(dict(headers)[DEAD_LETTER_HEADER])
    assert (why["length"], why["cut"]) == (len(value), ["key", "value", "headers"])
    assert len(why["sha256"]) == 64
    found = read_dead_letter(0, Stored(record, Rejected("invalid", "", "")))
    assert found.replay_blocker == "its value was not stored in full"


BUILT_IN = DEFAULT_POLICY.read_text()


def _without_weights(policy):
    section = ""
    for line in policy.splitlines():
        section = line if line.startswith("[") else section
        is_weight = section.startswith("[engagement.weights]") and "=" in line
        yield f"{line.split('=')[0]} = 0" if is_weight else line


POLICIES = [
    ("78 unknown key", BUILT_IN.replace("base_rate", "base_rite", 1), "base_rite"),
    ("79 wrong unit", BUILT_IN.replace("half_life_days = 90 ", 'half_life_days = "90d" ', 1),
     "half_life_days"),
    ("80 a negative weight", BUILT_IN.replace("survey = 4\n", "survey = -4\n", 1), "survey"),
    ("81 weights that sum to 0", "\n".join(_without_weights(BUILT_IN)), "sum to 0"),
    ("82 a key twice", BUILT_IN.replace("base_rate = 0.5", "base_rate = 0.5\nbase_rate = 1", 1),
     "line"),
    ("83 bad TOML", "[trust\n", "line 1"),
    ("68 a file of 10 MiB", "#" * (10 * DOCUMENT_BYTES_MAX), str(DOCUMENT_BYTES_MAX)),
]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "said"), [row[1:] for row in POLICIES], ids=[row[0] for row in POLICIES]
)
def test_a_policy_that_is_not_allowed_is_refused_with_file_and_location(tmp_path, text, said):
    file = tmp_path / "policy.toml"
    file.write_text(text)
    with pytest.raises(PolicyError) as refusal:
        load_policy(file)
    assert str(file) in str(refusal.value)
    assert said in str(refusal.value)
    assert len(str(refusal.value)) < 4_000


def test_77_a_missing_file_and_84_a_directory_are_refused(tmp_path):
    with pytest.raises(PolicyError, match="No such file"):
        load_policy(tmp_path / "none.toml")
    with pytest.raises(PolicyError, match="directory"):
        load_policy(tmp_path)


def test_83_a_file_that_may_not_be_read_is_refused(tmp_path):
    file = tmp_path / "policy.toml"
    file.write_text(BUILT_IN)
    file.chmod(0)
    me = os.geteuid()
    try:
        if me == 0:
            os.seteuid(65_534)
        with pytest.raises(PolicyError, match="Permission denied"):
            load_policy(file)
    finally:
        os.seteuid(me)
