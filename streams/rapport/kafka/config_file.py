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

from pathlib import Path
from typing import Any, Literal, Self

from pydantic import Field, model_validator

from rapport.domain.documents.toml import parse_toml
from rapport.domain.documents.validation import validate
from rapport.domain.policy.base import Section
from rapport.kafka.connection import BOOTSTRAP, Kafka, Sasl, Tls
from rapport.runtime.secrets import (
    check_private,
    refuse_password,
    secret_of_environment,
    secret_of_file,
)
from rapport.runtime.toml_file import read_text
from rapport_schemas.wire.errors import RapportError

WHAT = "the Kafka configuration"


class KafkaConfigError(RapportError):
    """The Kafka client configuration is invalid."""


class _Table(Section):
    @model_validator(mode="before")
    @classmethod
    def _holds_no_password(cls, document: Any) -> Any:
        refuse_password(document)
        return document


class _Tls(_Table):
    ca_file: str = ""
    cert_file: str = ""
    key_file: str = ""

    @model_validator(mode="after")
    def _key_with_certificate(self) -> Self:
        if self.key_file and not self.cert_file:
            raise ValueError("key_file without cert_file; give both")
        return self


class _Sasl(_Table):
    mechanism: Literal["SCRAM-SHA-512", "SCRAM-SHA-256", "PLAIN"]
    username: str = Field(min_length=1)
    password_file: str = ""
    password_env: str = ""

    @model_validator(mode="after")
    def _one_password(self) -> Self:
        if bool(self.password_file) == bool(self.password_env):
            raise ValueError("needs password_file or password_env, one of the two")
        return self


class _File(_Table):
    bootstrap: str = ""
    tls: _Tls | None = None
    sasl: _Sasl | None = None

    @model_validator(mode="after")
    def _no_password_in_the_clear(self) -> Self:
        if self.tls is None and self.sasl is not None and self.sasl.mechanism == "PLAIN":
            raise ValueError(
                "mechanism PLAIN without [tls] sends the password for all to read; add [tls], or "
                "use SCRAM-SHA-512"
            )
        return self


def read_kafka_config(bootstrap: str | None, file: Path | None) -> Kafka:
    """Return the Kafka settings of a file; `bootstrap` overrides its address.

    Raises `RapportError` with the file, the line, the key and what is expected there.
    """
    if file is None:
        return Kafka(bootstrap or BOOTSTRAP)
    check_private(file, WHAT)
    document = parse_toml(read_text(file, WHAT, KafkaConfigError), str(file), KafkaConfigError)
    settings = validate(_File, document, KafkaConfigError, secret=True)
    file = file.absolute()
    return Kafka(
        bootstrap or settings.bootstrap or BOOTSTRAP,
        None if settings.tls is None else _tls(settings.tls, file),
        None if settings.sasl is None else _sasl(settings.sasl, file),
        file,
    )


def _tls(table: _Tls, file: Path) -> Tls:
    ca, cert, key = (
        file.parent / name if name else None
        for name in (table.ca_file, table.cert_file, table.key_file)
    )
    if key is not None:
        check_private(key, "key_file")
    tls = Tls(ca, cert, key)
    tls.context()  # a wrong file is reported now, not by a client in the background
    return tls


def _sasl(table: _Sasl, file: Path) -> Sasl:
    where, name = file.parent / table.password_file, table.password_env
    if name:
        password = secret_of_environment(name, f"{file}, password_env")
    else:
        password = secret_of_file(where, "password_file")
    password_from = f"environment variable {name}" if name else f"file {where}"
    return Sasl(table.mechanism, table.username, password, password_from)
