"""What a worker is told from outside; read once by the command line and passed down."""

from dataclasses import dataclass
from pathlib import Path

from rapport.kafka.connection import PARTITIONS, Kafka


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
