"""The policy on disk: every way in which it cannot be read, and its reload while it is followed."""

import asyncio
import contextlib
import json
import os
import signal

import pytest
from run_rapport import run_rapport

from rapport.domain.policy.model import PolicyError
from rapport.runtime import policy_file
from rapport.runtime.policy_file import DEFAULT_POLICY, PolicyFile, load_policy

TEXT = DEFAULT_POLICY.read_text()
GOOD = TEXT.replace("base_rate = 0.5", "base_rate = 0.6")
BAD = TEXT.replace("base_rate = 0.5", "base_rate = 1.6")
SECONDS_MAX = 20


@contextlib.contextmanager
def as_another_user():
    if os.geteuid() == 0:
        os.seteuid(65534)
        try:
            yield
        finally:
            os.seteuid(0)
    else:
        yield


def test_a_file_that_cannot_be_read_is_refused_with_the_reason(tmp_path):
    with pytest.raises(PolicyError, match=r"away.toml cannot be read: No such file"):
        load_policy(tmp_path / "away.toml")
    with pytest.raises(PolicyError, match="directory"):
        load_policy(tmp_path)
    latin = tmp_path / "latin.toml"
    latin.write_bytes("# caf\xe9".encode("latin-1"))
    with pytest.raises(PolicyError, match="not UTF-8"):
        load_policy(latin)
    closed = tmp_path / "closed.toml"
    closed.write_text(TEXT)
    closed.chmod(0)
    with as_another_user(), pytest.raises(PolicyError, match="Permission denied"):
        load_policy(closed)


def test_a_pipe_or_a_huge_file_neither_blocks_nor_is_read_whole(tmp_path):
    pipe, huge = tmp_path / "pipe", tmp_path / "huge.toml"
    os.mkfifo(pipe)
    with pytest.raises(PolicyError, match="directory, pipe or device"):
        load_policy(pipe)
    huge.write_bytes(b"#" * 10 * 1024 * 1024)
    with pytest.raises(PolicyError, match="over 1048576 bytes"):
        load_policy(huge)


async def until(holds):
    async with asyncio.timeout(SECONDS_MAX):
        while not holds():  # noqa: ASYNC110 # polls state that has no event
            await asyncio.sleep(0.01)


async def followed(path, script):
    applied = []
    followed_file = PolicyFile(path, load_policy(path), applied.append)
    task = asyncio.create_task(followed_file.follow())
    await asyncio.sleep(0)
    try:
        await script(followed_file.status, applied)
    finally:
        task.cancel()
        asyncio.get_running_loop().remove_signal_handler(signal.SIGHUP)


def replace(path, text):
    """Write as careful tools do: a new file takes the old one's name."""
    beside = path.with_suffix(".new")
    beside.write_text(text)
    beside.replace(path)


def test_a_valid_change_is_applied_and_an_invalid_one_is_refused_until_it_is_corrected(
    tmp_path, monkeypatch
):
    monkeypatch.setattr(policy_file, "POLL_SECONDS", 0.02)
    path = tmp_path / "policy.toml"
    path.write_text(TEXT)
    before = load_policy(path).hash

    async def script(status, applied):
        replace(path, BAD)
        await until(lambda: status.refused_since_seconds is not None)
        assert "trust.base_rate (line " in status.refused_because
        assert (applied, status.hash) == ([], before)
        since = status.refused_since_seconds
        path.unlink()
        await until(lambda: "No such file" in status.refused_because)
        assert status.refused_since_seconds == since
        replace(path, GOOD)
        await until(lambda: applied)
        assert float(applied[0].trust.base_rate) == 0.6
        assert (status.refused_since_seconds, status.refused_because) == (None, None)
        assert status.hash == applied[0].hash != before

    asyncio.run(followed(path, script))


def test_sighup_reads_a_file_at_once_and_the_same_content_is_applied_once(tmp_path, monkeypatch):
    monkeypatch.setattr(policy_file, "POLL_SECONDS", 3600)
    path = tmp_path / "policy.toml"
    path.write_text(TEXT)

    async def script(_status, applied):
        path.write_text(GOOD)
        os.kill(os.getpid(), signal.SIGHUP)
        await until(lambda: applied)
        path.write_text("# another layout\n" + GOOD)
        os.kill(os.getpid(), signal.SIGHUP)
        await asyncio.sleep(0.2)
        assert len(applied) == 1

    asyncio.run(followed(path, script))


def command(*arguments):
    return run_rapport("policy", *arguments)


def test_the_command_line_checks_and_shows(tmp_path):
    bad = tmp_path / "bad.toml"
    bad.write_text(BAD)
    refused = command("check", str(bad))
    assert refused.returncode == 1
    assert "trust.base_rate (line" in refused.stderr
    assert "allowed: a number 0 to 1" in refused.stderr
    assert command("show").stdout == TEXT
    shown = json.loads(command("show", "--json").stdout)
    assert shown["hash"] == load_policy(None).hash
    checked = command("check", str(DEFAULT_POLICY), "--json")
    assert json.loads(checked.stdout) == {
        "file": str(DEFAULT_POLICY),
        "hash": shown["hash"],
        "notices": [],
    }


def test_the_check_has_a_line_for_each_key_under_its_old_name(tmp_path):
    old = tmp_path / "old.toml"
    old.write_text(TEXT.replace("[participation", "[along"))
    printed = command("check", str(old))
    assert printed.returncode == 0
    first, second, last = printed.stdout.splitlines()
    line = old.read_text().splitlines().index("[along]") + 1
    assert first == (
        f"{old}, line {line}: the key along is now called participation; "
        "the old name is read for one more version"
    )
    assert "the key along.weights is now called participation.weights" in second
    assert last == f"{old} is a valid policy; its hash is {load_policy(None).hash}"
    assert json.loads(command("check", str(old), "--json").stdout)["notices"] == [first, second]


def test_a_file_holds_only_what_differs_from_the_built_in_policy(tmp_path):
    built_in, mine = load_policy(None), tmp_path / "mine.toml"
    mine.write_text("[trust]\nhalf_life_days = 30\n[trust.weights]\nsurvey = 5\n")
    policy = load_policy(mine)
    assert (policy.trust.half_life_days, policy.trust.weights.survey) == (30, 5)
    assert policy.trust.weights.rating == built_in.trust.weights.rating
    assert policy.engagement == built_in.engagement
    assert policy.hash != built_in.hash
    mine.write_text("")
    assert load_policy(mine).hash == built_in.hash


@pytest.mark.parametrize(
    ("text", "reasons"),
    [
        ("[trust]\nbase_rate = 2\n", ["trust.base_rate (line 2): 2: input should be"]),
        ("[trust]\nhalf_life = 3\n", ["trust.half_life (line 2): unknown key (did you mean half"]),
        ("trust = 3", ["trust (line 1): must be a table of keys and values"]),
        (
            "[engagement.weights]\nrecency = 1\n",
            ["engagement.weights (line 1): the weights sum to"],
        ),
        ("[trsut]\n", ["trsut (line 1): unknown key (did you mean trust?"]),
    ],
)
def test_the_first_error_of_a_short_file_is_the_real_one(tmp_path, text, reasons):
    mine = tmp_path / "mine.toml"
    mine.write_text(text)
    with pytest.raises(PolicyError) as refused:
        load_policy(mine)
    _, *lines = str(refused.value).splitlines()
    assert len(lines) == len(reasons)
    for line, reason in zip(lines, reasons, strict=True):
        assert line.strip().startswith(reason)
