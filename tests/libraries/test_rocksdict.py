"""The behaviour of rocksdict that Rapport relies on, or works around."""

import gc
import os
from importlib.metadata import version

import pytest
from rocksdict import Options, Rdict, WriteBatch

LIBRARY = "rocksdict"


def options(buffer_bytes=1 << 20):
    made = Options(raw_mode=True)
    made.create_if_missing(create_if_missing=True)
    made.set_write_buffer_size(buffer_bytes)
    return made


@pytest.fixture
def path(tmp_path):
    """A closed store of 1,000 keys, all in one table file."""
    db, batch = Rdict(str(tmp_path / "db"), options()), WriteBatch(raw_mode=True)
    for number in range(1_000):
        batch.put(b"%06d" % number, os.urandom(100))
    db.write(batch)
    db.flush()
    db.close()
    return tmp_path / "db"


def written_buffer_bytes(path):
    newest = max(path.glob("OPTIONS-*"))
    (line,) = (one for one in newest.read_text().splitlines() if " write_buffer_size=" in one)
    return int(line.split("=")[1])


def test_the_installed_version_is_the_verified_one(verified):
    assert version(LIBRARY) == verified


def test_options_that_are_not_named_for_a_column_family_are_those_of_the_store(path):
    Rdict(str(path), options(2 << 20)).close()
    assert written_buffer_bytes(path) == 1 << 20
    Rdict(str(path), options(2 << 20), {"default": options(2 << 20)}).close()
    assert written_buffer_bytes(path) == 2 << 20


def test_items_end_at_damage_without_an_error_and_the_status_of_an_iterator_tells(path):
    (file,) = path.glob("*.sst")
    content = bytearray(file.read_bytes())
    content[50_000:60_000] = os.urandom(10_000)
    file.write_bytes(content)
    db = Rdict(str(path), options())
    assert 0 < len(list(db.items())) < 1_000
    view = db.iter()
    view.seek_to_first()
    while view.valid():
        view.next()
    with pytest.raises(Exception, match="Corruption: block checksum mismatch"):
        view.status()


def test_an_error_is_a_bare_exception(path):
    (path / "CURRENT").write_bytes(b"garbage")
    with pytest.raises(Exception, match="Corruption: ") as met:
        Rdict(str(path), options())
    assert type(met.value) is Exception


def test_a_store_is_unlocked_when_its_last_reference_is_gone(path):
    db = Rdict(str(path), options())
    items = db.items()
    del db
    gc.collect()
    with pytest.raises(Exception, match="/LOCK: "):
        Rdict(str(path), options())
    del items
    gc.collect()
    assert Rdict(str(path), options()).get(b"000001") is not None


def test_a_key_may_have_its_value_and_a_deletion_in_one_batch(path):
    db, batch = Rdict(str(path), options()), WriteBatch(raw_mode=True)
    batch.put(b"a", b"1")
    batch.delete(b"a")
    batch.delete(b"never there")
    db.write(batch)
    assert db.get(b"a") is None
