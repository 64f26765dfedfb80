"""What a worker is told from outside; read once by the command line and passed down."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from rapport.streams.shell.kafka_security import Sasl, Tls

PARTITIONS = 8
BOOTSTRAP = "127.0.0.1:9092"


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


@dataclass(frozen=True, slots=True)
class Settings:
    """One worker's settings."""

    kafka: Kafka
    data_dir: Path
    http_host: str = "127.0.0.1"
    http_port: int = 9464
    web_config: Path | None = None
    policy: Path | None = None
    vocabulary: Path | None = None
    partitions: int = PARTITIONS
    decoders: int = 0
    """Processes that decode beside the worker; 0 decodes in the worker itself."""
