"""How a Kafka client says who it is, and whom it trusts."""

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
    """Whom to trust, and the certificate to show."""

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Return a context that verifies the broker's certificate and its host name."""
        return client_context(self.ca_file, self.cert_file, self.key_file)


@dataclass(frozen=True, slots=True)
class Sasl:
    """A user and the password."""

    mechanism: str
    username: str
    password: Secret
    password_from: str = ""
    """Where the password was read, for messages."""


@dataclass(frozen=True, slots=True)
class Kafka:
    """How to reach Kafka."""

    bootstrap: str = BOOTSTRAP
    tls: Tls | None = None
    sasl: Sasl | None = None
    file: Path | None = None
    """The configuration that this was read from."""

    @property
    def protocol(self) -> str:
        """Kafka's name for the pair of TLS or not, password or not."""
        transport = "PLAINTEXT" if self.tls is None else "SSL"
        return transport if self.sasl is None else f"SASL_{transport}"

    @property
    def security(self) -> dict[str, Any]:
        """Arguments that aiokafka and kafka-python share."""
        found: dict[str, Any] = {"security_protocol": self.protocol}
        if self.tls is not None:
            found["ssl_context"] = self.tls.context()
        if self.sasl is not None:
            found["sasl_mechanism"] = self.sasl.mechanism
            found["sasl_plain_username"] = self.sasl.username
            found["sasl_plain_password"] = self.sasl.password
        return found

    @property
    def aiokafka(self) -> dict[str, Any]:
        """Arguments for an aiokafka client, and for one of kafka-python: where, and how."""
        return {"bootstrap_servers": self.bootstrap.split(","), **self.security}
