"""Kafka connection settings: address, TLS and SASL."""

import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from rapport.runtime.secrets import Secret
from rapport.runtime.tls import client_context

BOOTSTRAP: Final = "127.0.0.1:9092"
PARTITIONS: Final = 8
"""Partitions of the input topics, by default."""


@dataclass(frozen=True, slots=True)
class Tls:
    """The trusted authorities, and the client certificate."""

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Return a context that verifies the broker's certificate and its host name."""
        return client_context(self.ca_file, self.cert_file, self.key_file)


@dataclass(frozen=True, slots=True)
class Sasl:
    """A user and its password."""

    mechanism: str
    username: str
    password: Secret
    password_from: str = ""
    """The source of the password, for messages."""


@dataclass(frozen=True, slots=True)
class Kafka:
    """The connection settings of every Kafka client."""

    bootstrap: str = BOOTSTRAP
    tls: Tls | None = None
    sasl: Sasl | None = None
    file: Path | None = None
    """The configuration file."""

    @property
    def protocol(self) -> str:
        """The security protocol, in Kafka's name."""
        transport = "PLAINTEXT" if self.tls is None else "SSL"
        return transport if self.sasl is None else f"SASL_{transport}"

    @property
    def security(self) -> dict[str, Any]:
        """Arguments that aiokafka and kafka-python share."""
        arguments: dict[str, Any] = {"security_protocol": self.protocol}
        if self.tls is not None:
            arguments["ssl_context"] = self.tls.context()
        if self.sasl is not None:
            arguments["sasl_mechanism"] = self.sasl.mechanism
            arguments["sasl_plain_username"] = self.sasl.username
            arguments["sasl_plain_password"] = self.sasl.password
        return arguments

    @property
    def aiokafka(self) -> dict[str, Any]:
        """Arguments for a client of aiokafka or kafka-python."""
        return {"bootstrap_servers": self.bootstrap.split(","), **self.security}
