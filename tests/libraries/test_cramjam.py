"""The private API of cramjam that Rapport uses: the message of a full output buffer."""

from importlib.metadata import version

import cramjam
import pytest

from rapport.kafka.decompression import _FULL

LIBRARY = "cramjam"


@pytest.mark.parametrize("codec", [cramjam.lz4, cramjam.zstd], ids=["lz4", "zstd"])
def test_a_full_output_buffer_has_its_message(codec):
    packed = bytes(codec.compress(b"x" * 1000))
    with pytest.raises(cramjam.DecompressionError, match=_FULL):
        codec.decompress_into(packed, bytearray(10))


@pytest.mark.parametrize("name", ["decompress_raw_len", "decompress_raw"])
def test_snappy_reads_raw_blocks(name):
    assert hasattr(cramjam.snappy, name)


def test_the_installed_version_is_the_verified_one(verified):
    assert version(LIBRARY) == verified
