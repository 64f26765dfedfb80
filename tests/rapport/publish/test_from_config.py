"""`Publisher.from_config`: a service takes Kafka's address and security from the shared file."""

import socket

import pytest

from rapport.publish import PromiseSettled, Publisher
from rapport_schemas.wire.errors import RapportError

KEPT = PromiseSettled(client="finance", kept=True)
TLS_HANDSHAKE = b"\x16"
"""The first byte that a TLS client sends."""


@pytest.fixture
def listener():
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(30)
        yield server


@pytest.fixture
def config(tmp_path, listener):
    def write(tables=""):
        file = tmp_path / "kafka.toml"
        file.touch(mode=0o600)
        file.write_text(f'bootstrap = "127.0.0.1:{listener.getsockname()[1]}"\n{tables}')
        return file

    return write


def first_byte(listener, file, tmp_path, **options):
    """What a publisher with a spool sends first to the address in the file."""
    publisher = Publisher.from_config(
        file, source="urn:acme:desk", spool=tmp_path / "spool", **options
    )
    try:
        assert publisher.publish(KEPT).done
        connection, _ = listener.accept()
        with connection:
            connection.settimeout(30)
            return connection.recv(1)
    finally:
        publisher.close(timeout_seconds=0)


def test_the_address_is_the_one_in_the_file_which_may_be_named_by_a_string(
    listener, config, tmp_path
):
    assert first_byte(listener, str(config()), tmp_path) not in (b"", TLS_HANDSHAKE)


def test_tls_is_used_where_the_file_says_so(listener, config, tmp_path):
    assert first_byte(listener, config("[tls]\n"), tmp_path) == TLS_HANDSHAKE


def test_an_argument_overrides_the_file(listener, config, tmp_path):
    plain = first_byte(listener, config("[tls]\n"), tmp_path, security_protocol="PLAINTEXT")
    assert plain not in (b"", TLS_HANDSHAKE)


def test_a_wrong_file_is_refused_with_its_name_and_the_key(config):
    file = config("adress = 1\n")
    with pytest.raises(RapportError, match="adress") as caught:
        Publisher.from_config(file, source="urn:acme:desk")
    assert str(file) in str(caught.value)
