"""A key has the partition that every Kafka client gives it, so that all events of a client meet."""

import pytest
from aiokafka.partitioner import DefaultPartitioner
from hypothesis import given
from hypothesis import strategies as st

from rapport.kafka.partitioner import partition_of


# The hashes are those of Kafka's own test, org.apache.kafka.common.utils.UtilsTest.
@pytest.mark.parametrize(
    ("key", "signed_hash"),
    [
        (b"21", -973932308),
        (b"foobar", -790332482),
        (b"a-little-bit-long-string", -985981536),
        (b"a-little-bit-longer-string", -1486304829),
        (b"lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8", -58897971),
        (b"abc", 479470107),
    ],
)
def test_a_key_has_the_partition_of_kafkas_own_client(key, signed_hash):
    for partitions in (1, 2, 7, 8, 400):
        assert partition_of(key, partitions) == (signed_hash & 0x7FFFFFFF) % partitions


@given(st.binary(max_size=40), st.integers(1, 64))
def test_both_client_libraries_agree(key, partitions):
    every = list(range(partitions))
    assert partition_of(key, partitions) == DefaultPartitioner()(key, every, every)
