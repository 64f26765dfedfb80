"""Each error of the real RocksDB is one sentence: what is wrong, where, and what to do."""

import errno
import gc
import os
import random
import resource
import subprocess
import sys
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rapport.worker.storage.page_db import OPTIONS, PageDb
from rapport.worker.storage.store_errors import (
    REMEDIES,
    StoreDamagedError,
    StoreError,
    StoreLockedError,
    store_error,
)

NOBODY = 65_534
VALUES = [(b"k%06d" % number, os.urandom(100)) for number in range(2_000)]
FILL = """
import os, sys
from pathlib import Path
from rapport.worker.storage.page_db import PageDb
from rapport.worker.storage.store_errors import StoreError
try:
    db = PageDb(Path(sys.argv[1]))
    for number in range(2_000):
        db.write([(b"%d-%d" % (number, one), os.urandom(100)) for one in range(100)])
except StoreError as error:
    print(type(error).__name__, error)
"""
OPEN = """
import sys
from pathlib import Path
from rapport.worker.storage.page_db import PageDb
db = PageDb(Path(sys.argv[1]))
db.write([(b"k", b"v")])
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def directory():
    """A directory that every user may enter; pytest's own are for one user."""
    with tempfile.TemporaryDirectory() as made:
        Path(made).chmod(0o755)
        yield Path(made)


def make(path, values=VALUES):
    db = PageDb(path)
    db.write(values)
    db._db.flush()
    return db


@contextmanager
def as_nobody():
    """Run as a user without rights; CI is root, whom no file refuses."""
    if os.geteuid() != 0:
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


def assert_is_sentence(error, path, *words):
    text = str(error)
    assert text.startswith(f"the local store {path} ")
    assert "\n" not in text
    for word in words:
        assert word in text


# No permission.


def test_a_store_in_a_directory_of_another_user_says_who_must_be_let_in(directory):
    # rocksdict imports a module of the standard library, which the other user may not read here.
    make(directory / "first")
    directory.chmod(0o555)
    with as_nobody(), pytest.raises(StoreError) as met:
        PageDb(directory / "db")
    assert type(met.value) is StoreError
    assert_is_sentence(met.value, directory / "db", "Permission denied", "let the worker's user")


@pytest.mark.parametrize(
    "pattern", ["LOCK", "CURRENT", "MANIFEST-*", "*.log", "*.sst", "rocksdict-config.json", "."]
)
def test_a_store_with_one_file_that_may_not_be_read_is_not_damaged(directory, pattern):
    path = directory / "db"
    make(path)
    gc.collect()
    for file in (path, *path.iterdir()):
        file.chmod(0o777)
    files = [path] if pattern == "." else list(path.glob(pattern))
    assert files
    for file in files:
        file.chmod(0)
    try:
        with as_nobody(), pytest.raises(StoreError) as met:
            PageDb(path)
    finally:
        path.chmod(0o755)
    assert type(met.value) is StoreError
    assert_is_sentence(met.value, path, "Permission denied", "let the worker's user", "--data-dir")


# No space.


def run_in_small_file_system(script, size, directory, *, read_only=False):
    """Run a script in a mount namespace of its own, where `directory` has `size` bytes."""
    again = 'mount -o remount,ro none "$1" && ' if read_only else ""
    mount = f'mount -t tmpfs -o size=$0 none "$1" && {again}exec "$2" -c \'{script}\' "$1/db"'
    as_root = ["--map-root-user"] if os.geteuid() != 0 else []
    command = ["unshare", *as_root, "--mount", "sh", "-c", mount]
    return subprocess.run(
        [*command, str(size), str(directory), sys.executable],
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_a_full_disk_says_to_free_space(directory):
    text = run_in_small_file_system(FILL, 2_000_000, directory)
    assert text.startswith("StoreError the local store ")
    assert "No space left on device" in text
    assert "free some space there, or give another directory with --data-dir" in text


def test_a_file_system_that_is_read_only_says_so(directory):
    text = run_in_small_file_system(FILL, 2_000_000, directory, read_only=True)
    assert "Read-only file system" in text
    assert "let the worker's user write there" in text


def test_a_file_that_may_not_grow_says_to_free_space(directory):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))

    ran = subprocess.run(
        [sys.executable, "-c", FILL, str(directory / "db")],
        capture_output=True,
        text=True,
        check=True,
        preexec_fn=limit,
    )
    assert "File too large" in ran.stdout
    assert "free some space" in ran.stdout


def test_too_few_open_files_say_which_limit_to_raise(directory):
    make(directory / "db")
    gc.collect()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    lowest = os.open("/", os.O_RDONLY)
    os.close(lowest)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (lowest + 2, hard))
        with pytest.raises(StoreError) as met:
            PageDb(directory / "db")
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert_is_sentence(met.value, directory / "db", "Too many open files", "ulimit -n")


# A lock.


def test_a_store_that_another_process_has_open_is_locked(directory):
    with subprocess.Popen(
        [sys.executable, "-c", OPEN, str(directory / "db")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as other:
        assert other.stdout.readline() == b"open\n"
        with pytest.raises(StoreLockedError) as met:
            PageDb(directory / "db")
        other.stdin.close()
    assert_is_sentence(met.value, directory / "db", "end that process", "--data-dir")
    assert PageDb(directory / "db").get(b"k") == b"v"


# Damage.


def garbage(path):
    path.write_bytes(os.urandom(path.stat().st_size))


def half(path):
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def newer(path):
    """Write a table format that this RocksDB does not know, as a newer one may."""
    content = bytearray(path.read_bytes())
    content[-12:-8] = (99).to_bytes(4, "little")
    path.write_bytes(content)


DAMAGES = {
    "CURRENT of garbage": ("CURRENT", garbage),
    "CURRENT of nothing": ("CURRENT", lambda path: path.write_bytes(b"")),
    "CURRENT of another": ("CURRENT", lambda path: path.write_bytes(b"MANIFEST-999999\n")),
    "no CURRENT": ("CURRENT", Path.unlink),
    "MANIFEST of garbage": ("MANIFEST-*", garbage),
    "MANIFEST of nothing": ("MANIFEST-*", lambda path: path.write_bytes(b"")),
    "no MANIFEST": ("MANIFEST-*", Path.unlink),
    "pages of garbage": ("*.sst", garbage),
    "half of the pages": ("*.sst", half),
    "pages of a newer RocksDB": ("*.sst", newer),
    "no pages": ("*.sst", Path.unlink),
}


@pytest.mark.parametrize(("pattern", "damage"), DAMAGES.values(), ids=DAMAGES)
def test_a_store_that_cannot_be_opened_is_damaged(directory, pattern, damage):
    path = directory / "db"
    make(path)
    gc.collect()
    files = list(path.glob(pattern))
    assert files
    for file in files:
        damage(file)
    with pytest.raises(StoreDamagedError) as met:
        list(PageDb(path).items())
    assert_is_sentence(met.value, path, "rebuilds it from the changelog", "nothing is lost")


def test_a_file_in_the_place_of_a_store_is_damage(directory):
    (directory / "db").write_text("x")
    with pytest.raises(StoreDamagedError):
        PageDb(directory / "db")


OTHER_KEYS = b'{"raw_mode":false,"prefix_extractors":{}}'


@pytest.mark.parametrize("content", [b"garbage", b"", OTHER_KEYS], ids=["garbage", "no", "other"])
@pytest.mark.parametrize("name", ["rocksdict-config.json", "OPTIONS-*", "LOG", "IDENTITY"])
def test_a_file_that_is_not_needed_may_be_damaged(directory, name, content):
    make(directory / "db")
    gc.collect()
    for file in (directory / "db").glob(name):
        file.write_bytes(content)
    assert list(PageDb(directory / "db").items()) == VALUES


@settings(max_examples=25, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    seed=st.integers(0, 2**32), first=st.sampled_from([b"", b"k000000", b"k001000", b"k0019995"])
)
def test_wherever_a_table_is_damaged_all_keys_are_read_or_an_error_is_raised(seed, first):
    chance = random.Random(seed)  # noqa: S311 # a place, no secret
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / "db"
        make(path, VALUES[::2])
        make(path, VALUES[1::2])
        gc.collect()
        file = chance.choice(sorted(path.glob("*.sst")))
        content = bytearray(file.read_bytes())
        begin = chance.randrange(len(content))
        content[begin : begin + chance.choice((1, 30, 3_000))] = chance.randbytes(30)
        file.write_bytes(content[: file.stat().st_size].ljust(file.stat().st_size, b"\0"))
        for read in (PageDb.items, lambda db: ((key, None) for key in db.keys(first))):
            try:
                found = list(read(PageDb(path)))
            except StoreDamagedError:
                continue
            expected = VALUES if read is PageDb.items else VALUES[-len(found) :] if found else []
            assert [key for key, _ in found] == [key for key, _ in expected if key >= first]


# Reading and writing.


def test_a_view_does_not_see_what_is_written_while_it_is_read(directory):
    db = PageDb(directory / "db")
    db.write([(b"a", b"1"), (b"b", b"2")])
    items = db.items()
    assert next(items) == (b"a", b"1")
    db.write([(b"b", None), (b"c", b"3")])
    assert list(items) == [(b"b", b"2")]
    assert list(db.items()) == [(b"a", b"1"), (b"c", b"3")]


@pytest.mark.parametrize(
    ("first", "keys"),
    [(b"", [b"a", b"\xff"]), (b"a", [b"a", b"\xff"]), (b"a\0", [b"\xff"]), (b"\xff\0", [])],
)
def test_keys_begin_where_they_are_asked_for(directory, first, keys):
    db = PageDb(directory / "db")
    assert list(db.keys(first)) == []
    db.write([(b"\xff", b"1"), (b"a", b"2")])
    assert list(db.keys(first)) == keys


def test_the_options_of_a_store_are_ours_whoever_wrote_it(directory):
    path = directory / "db"
    (path).mkdir()
    for file in (Path(__file__).parents[3] / "data" / "rocksdb_6").iterdir():
        (path / file.name).write_bytes(file.read_bytes())
    for _ in range(2):
        db = PageDb(path)
        assert db._db.property_int_value("rocksdb.block-cache-capacity") == 2 << 20
        newest = max(path.glob("OPTIONS-*")).read_text()
        for name, value in OPTIONS.items():
            if name != "block_cache_size":
                assert f" {name}={value}\n" in newest
        del db
        gc.collect()


# The words.


@pytest.mark.parametrize("number", ["EACCES", "ENOSPC", "EMFILE", "ENOMEM", "EROFS", "EDQUOT"])
@pytest.mark.parametrize(
    "message",
    [
        "IO error: While open a file: /x/CURRENT: {}",
        "Invalid argument: Found options incompatible with filesystem: IO error: {}",
        "{} (os error 13)",
    ],
)
def test_the_system_s_words_decide_wherever_they_are(number, message):
    words = os.strerror(getattr(errno, number))
    error = store_error(Path("ledger-0.db"), message.format(words))
    assert type(error) is StoreError
    assert str(error).endswith(REMEDIES[words])


def test_the_name_of_a_directory_is_not_taken_for_the_reason():
    path = Path("No space left on device/LOCK: /ledger-0.db")
    assert isinstance(store_error(path, f"Corruption: bad {path}/1.sst"), StoreDamagedError)


def test_an_error_of_ours_is_not_taken_for_one_of_the_store(directory):
    db = PageDb(directory / "db")
    with pytest.raises(ValueError, match="bytes"):
        db.write([(b"a", object())])
    with pytest.raises(StoreError) as met, db._errors:
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    assert_is_sentence(met.value, directory / "db", "let the worker's user")
