"""Why Kafka refuses a client: Kafka's own steps, one at a time, each with what to do.

The client libraries try again until their time is up and then say that no broker answered. This
makes one connection and distinguishes: nothing listens, no TLS, a certificate that is not trusted
or names another host, a certificate that the broker refuses, a wrong mechanism, a wrong password.
"""

import socket
import ssl
import struct
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from kafka.net.sasl import get_sasl_mechanism

from rapport.kafka.connection import Kafka, Sasl
from rapport_schemas.wire.errors import RapportError

SECONDS_MAX: Final = 15.0
ANSWER_BYTES_MAX: Final = 1024 * 1024
API_VERSIONS, SASL_HANDSHAKE, SASL_AUTHENTICATE = 18, 17, 36
UNSUPPORTED_MECHANISM, ILLEGAL_STATE = 33, 34
HOST_NAME_DIFFERS, EXPIRED = 62, 10
"""OpenSSL's numbers."""


class KafkaAccessError(RapportError):
    """Kafka refuses this client, or does not answer."""


class KafkaUnreachableError(KafkaAccessError):
    """Nothing listens where Kafka should be: it may come back."""


def check_connection(kafka: Kafka) -> None:
    """Connect once to the first server that answers, as a client would; return when it accepts.

    Raises `KafkaAccessError` with the step that failed and what to do.
    """
    errors = []
    for address in kafka.bootstrap.split(","):
        try:
            _check_broker(kafka, address.strip())
        except KafkaAccessError as error:
            errors.append(error)
        else:
            return
    raise errors[0]


def _check_broker(kafka: Kafka, address: str) -> None:
    host, port = _split(address)
    try:
        plain = socket.create_connection((host, port), timeout=SECONDS_MAX)
    except OSError as error:
        raise KafkaUnreachableError(
            f"no Kafka answers at {address}: {error.strerror or error}; is the broker running "
            "there? Give its address with --bootstrap or in the Kafka configuration"
        ) from error
    with plain, _secured(plain, kafka, address) as connection:
        _api_versions(connection, kafka, address)
        if kafka.sasl is None:
            _check_no_password(connection, kafka, address)
        else:
            _authenticate(connection, kafka, kafka.sasl, address)


def _split(address: str) -> tuple[str, int]:
    host, _, port = address.rpartition(":")
    if not host or not port.isdigit():
        raise KafkaAccessError(f"{address!r} is not an address of Kafka; write host:port")
    return host.strip("[]"), int(port)


@contextmanager
def _secured(plain: socket.socket, kafka: Kafka, address: str) -> Iterator[socket.socket]:
    host, _ = _split(address)
    try:
        if kafka.tls is None:
            yield plain
        else:
            with kafka.tls.context().wrap_socket(plain, server_hostname=host) as connection:
                yield connection
    except ssl.SSLCertVerificationError as error:
        raise KafkaAccessError(_not_trusted(error, kafka, host, address)) from error
    except ssl.SSLError as error:
        raise KafkaAccessError(_tls_refused(error, kafka, address)) from error
    except TimeoutError:
        raise KafkaAccessError(
            f"what listens at {address} did not answer within {SECONDS_MAX:.0f} s; is it Kafka, "
            "and this port the one for these settings (TLS or not)?"
        ) from None
    except _Closed:
        raise KafkaAccessError(
            f"what listens at {address} ended the connection before it answered; its log says why"
        ) from None


def _not_trusted(error: ssl.SSLCertVerificationError, kafka: Kafka, host: str, address: str) -> str:
    ca_file = kafka.tls.ca_file if kafka.tls else None
    if error.verify_code == HOST_NAME_DIFFERS:
        return (
            f"the certificate of the broker at {address} is not for {host!r} "
            f"({error.verify_message}); use a name that is in the certificate as bootstrap, or "
            "have the broker's certificate renewed with this name"
        )
    if error.verify_code == EXPIRED:
        return f"the certificate of the broker at {address} has expired; have it renewed"
    trusted = "the system's authorities" if ca_file is None else f"ca_file {ca_file}"
    return (
        f"the certificate of the broker at {address} is not trusted: {error.verify_message}; "
        f"{trusted} did not issue it. Set ca_file in [tls] of {kafka.file} to the certificate of "
        "the authority that did"
    )


def _tls_refused(error: ssl.SSLError, kafka: Kafka, address: str) -> str:
    reason = error.reason or str(error)
    if "ALERT" in reason:
        shown = kafka.tls.cert_file if kafka.tls else None
        own = "no client certificate was shown" if shown is None else f"cert_file {shown} was shown"
        return (
            f"the broker at {address} refuses this client's certificate ({reason}; {own}); set "
            f"cert_file and key_file in [tls] of {kafka.file} to a certificate that the broker's "
            "authority issued for this client"
        )
    return (
        f"the listener at {address} does not speak TLS ({reason}); use the broker's TLS port, or "
        f"take [tls] out of {kafka.file}"
    )


def _api_versions(connection: socket.socket, kafka: Kafka, address: str) -> None:
    try:
        _ask(connection, API_VERSIONS, 0, b"")
    except _Closed:
        if kafka.tls is not None:
            raise
        raise KafkaAccessError(
            f"what listens at {address} does not answer as Kafka does; if it is the broker's TLS "
            "port, add [tls] to a file that --kafka-config names"
        ) from None


def _check_no_password(connection: socket.socket, kafka: Kafka, address: str) -> None:
    answer = _ask(connection, SASL_HANDSHAKE, 1, _string("none"))
    (code,) = struct.unpack_from(">h", answer)
    if code == UNSUPPORTED_MECHANISM:
        offered = ", ".join(_strings(answer[2:]))
        where = kafka.file or "a file that --kafka-config names"
        raise KafkaAccessError(
            f"the broker at {address} asks for a user and a password ({offered}); add [sasl] with "
            f"mechanism, username and password_file to {where}"
        )


def _authenticate(connection: socket.socket, kafka: Kafka, sasl: Sasl, address: str) -> None:
    answer = _ask(connection, SASL_HANDSHAKE, 1, _string(sasl.mechanism))
    _check_mechanism(answer, kafka, sasl, address)
    mechanism: Any = get_sasl_mechanism(sasl.mechanism)(host="", **kafka.security)
    while not mechanism.is_done():
        token = mechanism.auth_bytes()
        answer = _ask(connection, SASL_AUTHENTICATE, 0, struct.pack(">i", len(token)) + token)
        (code,) = struct.unpack_from(">h", answer)
        if code:
            raise KafkaAccessError(_wrong_password(kafka, sasl, address))
        mechanism.receive(_token(answer))


def _check_mechanism(answer: bytes, kafka: Kafka, sasl: Sasl, address: str) -> None:
    (code,) = struct.unpack_from(">h", answer)
    if code == ILLEGAL_STATE:
        raise KafkaAccessError(
            f"the listener at {address} asks for no password; use the broker's SASL port, or take "
            f"[sasl] out of {kafka.file}"
        )
    if code == UNSUPPORTED_MECHANISM:
        offered = ", ".join(_strings(answer[2:]))
        raise KafkaAccessError(
            f"the broker at {address} does not know the mechanism {sasl.mechanism}; it offers "
            f"{offered}: set mechanism in [sasl] of {kafka.file} to one of them"
        )


def _wrong_password(kafka: Kafka, sasl: Sasl, address: str) -> str:
    return (
        f"the broker at {address} does not know user {sasl.username!r} with this password "
        f"({sasl.mechanism}); check username in {kafka.file}, and the password in "
        f"{sasl.password_from}"
    )


class _Closed(Exception):  # noqa: N818 # an end, not an error: its catcher says what it means
    """The other side ended the connection, or sent what Kafka does not."""


def _ask(connection: socket.socket, api: int, version: int, body: bytes) -> bytes:
    request = struct.pack(">hhi", api, version, 1) + _string("rapport") + body
    try:
        connection.sendall(struct.pack(">i", len(request)) + request)
        (length,) = struct.unpack(">i", _receive(connection, 4))
        if not 4 <= length <= ANSWER_BYTES_MAX:  # noqa: PLR2004 # the correlation id is 4 bytes
            raise _Closed
        return _receive(connection, length)[4:]
    except (ssl.SSLError, TimeoutError):
        raise
    except OSError:
        raise _Closed from None


def _receive(connection: socket.socket, count: int) -> bytes:
    received = b""
    while len(received) < count:
        part = connection.recv(count - len(received))
        if not part:
            raise _Closed
        received += part
    return received


def _string(text: str) -> bytes:
    encoded = text.encode()
    return struct.pack(">h", len(encoded)) + encoded


def _strings(encoded: bytes) -> Iterator[str]:
    (count,), offset = struct.unpack_from(">i", encoded), 4
    for _ in range(count):
        (length,) = struct.unpack_from(">h", encoded, offset)
        yield encoded[offset + 2 : offset + 2 + length].decode()
        offset += 2 + length


def _token(answer: bytes) -> bytes:
    """Return the token of an answer without error: code, message (null or text), token."""
    (message_length,) = struct.unpack_from(">h", answer, 2)
    offset = 4 + max(0, message_length)
    (length,) = struct.unpack_from(">i", answer, offset)
    return answer[offset + 4 : offset + 4 + length]
