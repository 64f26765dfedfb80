"""How a Kafka client says who it is, and whom it trusts."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from rapport.streams.shell.secrets import Secret
from rapport.streams.shell.tls import client_context


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
