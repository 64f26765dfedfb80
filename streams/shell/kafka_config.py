"""Reads the Kafka client configuration: one file, for every command.

The file is TOML; a relative path in it is relative to the file:

    bootstrap = "kafka-1:9093,kafka-2:9093"

    [tls]                               # an empty table: TLS, trusting the system's authorities
    ca_file = "ca.pem"
    cert_file = "worker.pem"            # only where the broker asks for a client certificate
    key_file = "worker.key"

    [sasl]
    mechanism = "SCRAM-SHA-512"         # or SCRAM-SHA-256, PLAIN
    username = "rapport-worker"
    password_file = "password"          # or password_env = "RAPPORT_KAFKA_PASSWORD"
"""

import tomllib
from pathlib import Path
from typing import Any, Final

from rapport.streams.shell.kafka_security import KafkaConfigError, Sasl, Tls
from rapport.streams.shell.secrets import (
    Secret,
    check_private,
    secret_of_environment,
    secret_of_file,
)
from rapport.streams.shell.settings import BOOTSTRAP, Kafka

MECHANISMS: Final = ("SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN")
KEYS: Final = {
    "the top": {"bootstrap", "tls", "sasl"},
    "[tls]": {"ca_file", "cert_file", "key_file"},
    "[sasl]": {"mechanism", "username", "password_file", "password_env"},
}


def kafka_of(bootstrap: str | None, file: Path | None) -> Kafka:
    """Return how to reach Kafka: the file's settings, its address replaced by a given one.

    Raises `KafkaConfigError` or `SecretError`, with the place and what is expected there.
    """
    if file is None:
        return Kafka(bootstrap or BOOTSTRAP)
    return _parsed(_read(file), file.absolute(), bootstrap)


def _read(file: Path) -> dict[str, Any]:
    check_private(file, "the Kafka configuration")
    try:
        return tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise KafkaConfigError(f"{file} is not a TOML file: {error}") from error


def _parsed(given: dict[str, Any], file: Path, bootstrap: str | None) -> Kafka:
    tls, sasl = given.get("tls"), given.get("sasl")
    for place, table in (("the top", given), ("[tls]", tls), ("[sasl]", sasl)):
        if table is not None:
            _check_keys(place, table, file)
    kafka = Kafka(
        bootstrap or _text(given, "bootstrap", file) or BOOTSTRAP,
        None if tls is None else _tls(tls, file),
        None if sasl is None else _sasl(sasl, file),
        file,
    )
    if kafka.protocol == "SASL_PLAINTEXT" and kafka.sasl and kafka.sasl.mechanism == "PLAIN":
        raise KafkaConfigError(
            f"{file}: mechanism PLAIN without [tls] sends the password for all to read; add [tls], "
            "or use SCRAM-SHA-512"
        )
    if kafka.tls is not None:
        kafka.tls.context()  # a wrong file is reported now, not by a client in the background
    return kafka


def _check_keys(place: str, table: Any, file: Path) -> None:
    if not isinstance(table, dict):
        raise KafkaConfigError(f"{file}: {place.strip('[]')} must be a table, written as {place}")
    unknown = sorted(set(table) - KEYS[place])
    if "password" in unknown:
        raise KafkaConfigError(
            f"{file}: {place} holds the password itself; write it to a file of its own and name "
            "that with password_file, or name an environment variable with password_env"
        )
    if unknown:
        known = ", ".join(sorted(KEYS[place]))
        raise KafkaConfigError(f"{file}: unknown key {unknown[0]!r} in {place}; known: {known}")


def _tls(table: dict[str, Any], file: Path) -> Tls:
    ca, cert, key = (
        file.parent / name if (name := _text(table, field_name, file)) else None
        for field_name in ("ca_file", "cert_file", "key_file")
    )
    if key is not None:
        if cert is None:
            raise KafkaConfigError(f"{file}: [tls] has key_file without cert_file; give both")
        check_private(key, "key_file")
    return Tls(ca, cert, key)


def _sasl(table: dict[str, Any], file: Path) -> Sasl:
    mechanism, username = _text(table, "mechanism", file), _text(table, "username", file)
    if mechanism not in MECHANISMS:
        raise KafkaConfigError(
            f"{file}: [sasl] mechanism is {mechanism!r}; use one of {', '.join(MECHANISMS)}"
        )
    if not username:
        raise KafkaConfigError(f'{file}: [sasl] names no username; add username = "…"')
    password, password_from = _password(table, file)
    return Sasl(mechanism, username, password, password_from)


def _password(table: dict[str, Any], file: Path) -> tuple[Secret, str]:
    path, name = _text(table, "password_file", file), _text(table, "password_env", file)
    if bool(path) == bool(name):
        raise KafkaConfigError(
            f"{file}: [sasl] needs password_file or password_env, one of the two"
        )
    if path:
        where = file.parent / path
        return secret_of_file(where, "password_file"), f"file {where}"
    return secret_of_environment(name, f"{file}, password_env"), f"environment variable {name}"


def _text(table: dict[str, Any], key: str, file: Path) -> str:
    value = table.get(key, "")
    if not isinstance(value, str):
        raise KafkaConfigError(f"{file}: {key} must be text in quotes")
    return value
