"""Settings of the intake, and the check that they are safe."""

from dataclasses import dataclass, field
from pathlib import Path

from rapport.intake.limits import Limits
from rapport.kafka.connection import Kafka
from rapport.runtime.network import is_loopback
from rapport_schemas.wire.errors import RapportError


@dataclass(frozen=True, slots=True)
class IntakeSettings:
    """One intake's settings."""

    kafka: Kafka
    host: str = "127.0.0.1"
    port: int = 8480
    tokens: Path | None = None
    tls_cert: Path | None = None
    tls_key: Path | None = None
    behind_proxy: bool = False
    """A proxy terminates TLS, and only the proxy can reach the port."""
    limits: Limits = field(default_factory=Limits)

    @property
    def tls(self) -> bool:
        """Whether the intake itself speaks TLS."""
        return self.tls_cert is not None


def check_exposure(settings: IntakeSettings) -> None:
    """Raise `RapportError` when other machines could send without a token, or read a token."""
    if (settings.tls_cert is None) != (settings.tls_key is None):
        raise RapportError("TLS needs both a certificate and its key: --tls-cert and --tls-key")
    if is_loopback(settings.host):
        return
    if settings.tokens is None:
        raise RapportError(
            f"without tokens anyone who reaches {settings.host} could send: give --tokens FILE "
            "(`rapport intake token new` makes one), or listen on 127.0.0.1"
        )
    if not settings.tls and not settings.behind_proxy:
        raise RapportError(
            f"without TLS tokens could be read on their way to {settings.host}: give --tls-cert "
            "and --tls-key, or --behind-proxy when a proxy terminates TLS and only it has access"
        )
