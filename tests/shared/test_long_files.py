"""The list of long files names files."""

from pathlib import Path

from long_files import LONG_FILES

ROOT = Path(__file__).parents[2]


def test_each_long_file_is_there_and_is_named_once():
    assert [name for name in LONG_FILES if not (ROOT / name).is_file()] == []
    assert len({*LONG_FILES}) == len(LONG_FILES)
