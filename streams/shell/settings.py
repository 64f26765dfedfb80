"""What a worker is told from outside; read once by the command line and passed down."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

GROUP = "rapport"
PARTITIONS = 8


@dataclass(frozen=True, slots=True)
class Kafka:
    """How to reach Kafka; `security` goes to every client as it is (TLS, SASL)."""

    bootstrap: str
    security: dict[str, Any] = field(default_factory=dict)

    @property
    def aiokafka(self) -> dict[str, Any]:
        """Arguments for an aiokafka client."""
        return {"bootstrap_servers": self.bootstrap, **self.security}


@dataclass(frozen=True, slots=True)
class Settings:
    """One worker's settings."""

    kafka: Kafka
    data_dir: Path
    http_host: str = "127.0.0.1"
    http_port: int = 9464
    policy: Path | None = None
    vocabulary: Path | None = None
    partitions: int = PARTITIONS
    decoders: int = 0
    """Processes that decode beside the worker; 0 decodes in the worker itself."""
