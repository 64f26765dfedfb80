"""How a client proves to Kafka who it is, and whom it trusts: the values, and TLS made of them."""

import ssl
from dataclasses import dataclass
from pathlib import Path

from rapport.schemas.errors import RapportError
from rapport.streams.shell.secrets import Secret


class KafkaConfigError(RapportError):
    """The Kafka client configuration is not one."""


@dataclass(frozen=True, slots=True)
class Tls:
    """Whom to trust, and the certificate to show."""

    ca_file: Path | None = None
    cert_file: Path | None = None
    key_file: Path | None = None

    def context(self) -> ssl.SSLContext:
        """Return a context that verifies the broker's certificate and its host name."""
        try:
            context = ssl.create_default_context(cafile=self.ca_file)
        except (OSError, ssl.SSLError) as error:
            raise KafkaConfigError(
                f"ca_file {self.ca_file} holds no certificates in PEM format: {error}"
            ) from error
        if self.cert_file is not None:
            try:
                context.load_cert_chain(self.cert_file, self.key_file, password=_no_password)
            except (OSError, ssl.SSLError) as error:
                raise KafkaConfigError(
                    f"cert_file {self.cert_file} and key_file {self.key_file} are not a "
                    f"certificate and its key, in PEM format, without a pass phrase: {error}"
                ) from error
        return context


def _no_password() -> str:
    return ""  # else OpenSSL asks at the terminal


@dataclass(frozen=True, slots=True)
class Sasl:
    """A user and the password."""

    mechanism: str
    username: str
    password: Secret
    password_from: str = ""
    """Where the password was read, for messages."""
