"""The number that an owner writes with its records, whatever else their headers hold."""

import pytest

from rapport.worker.storage.fencing import headers_of, writer_epoch_of


@pytest.mark.parametrize(
    ("headers", "epoch"),
    [
        ([], 0),
        ([("term", b"12")], 12),
        ([("other", b"9"), ("term", b"12")], 12),
        ([("term", None)], 0),
        ([("term", b"")], 0),
        ([("term", b"-1")], 0),
        ([("term", b"x"), ("term", b"3")], 3),
        ([("term", b"3"), ("term", b"4")], 3),
    ],
    ids=repr,
)
def test_the_epoch_is_read_where_it_is_a_number(headers, epoch):
    assert writer_epoch_of(headers) == epoch


def test_an_epoch_is_written_as_its_digits():
    assert headers_of(12) == [("term", b"12")]
