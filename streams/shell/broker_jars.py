"""The embedded broker's jars: locked by coordinate and hash, fetched once, verified always.

The lock lists `group:artifact:version sha256`. The resolver library knows where jars are kept;
neither the lock nor this module names a host.
"""

import fcntl
import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final, NamedTuple

from rapport.schemas.errors import RapportError

LOCK_FILE: Final = Path(__file__).with_name("kafka-jars.lock")
ROOTS: Final = ("org.apache.kafka:kafka_2.13", "org.slf4j:slf4j-simple")
DOWNLOADS_AT_ONCE: Final = 8
TIMEOUT_SECONDS: Final = 60


class JarsError(RapportError):
    """The broker's jars could not be had, or are not what the lock says."""


class Jar(NamedTuple):
    """One locked jar."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """The name of the jar's file."""
        return f"{self.artifact}-{self.version}.jar"


def locked_jars(lock: Path = LOCK_FILE) -> list[Jar]:
    """Return what the lock lists."""
    lines = [line.split() for line in lock.read_text().splitlines() if not line.startswith("#")]
    jars = []
    for coordinate, sha256 in lines:
        group, artifact, version = coordinate.split(":")
        jars.append(Jar(group, artifact, version, sha256))
    return jars


def default_cache() -> Path:
    """Return the directory in which jars are kept for every environment of this user."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "rapport" / "kafka"


def install_jars(
    cache: Path, jars: list[Jar], on_jar: Callable[[Jar], None] = lambda _jar: None
) -> list[Path]:
    """Return the paths of verified jars, fetching those that are not in `cache` yet.

    Safe to run at once in several processes. Raises `JarsError`.
    """
    cache.mkdir(parents=True, exist_ok=True)
    missing = [jar for jar in jars if not (cache / jar.sha256 / jar.file_name).exists()]
    for jar in jars:
        if jar not in missing:
            on_jar(jar)
    if missing:
        with _exclusive(cache), ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
            for jar in pool.map(lambda wanted: _fetch(cache, wanted), missing):
                on_jar(jar)
    return [cache / jar.sha256 / jar.file_name for jar in jars]


def _fetch(cache: Path, jar: Jar) -> Jar:
    place = cache / jar.sha256 / jar.file_name
    if place.exists():
        return jar
    download = _resolve(cache / "downloads", jar)
    found = hashlib.sha256(download.read_bytes()).hexdigest()
    if found != jar.sha256:
        download.unlink()
        raise JarsError(
            f"{jar.file_name} has sha256 {found}, and the lock says {jar.sha256}; "
            "it was thrown away. Try again; if it stays so, do not use that mirror"
        )
    place.parent.mkdir(parents=True, exist_ok=True)
    shutil.move(download, place)
    return jar


def _resolve(downloads: Path, jar: Jar) -> Path:
    component = _maven(downloads).project(jar.group, jar.artifact).at_version(jar.version)
    try:
        path: Path = component.artifact().resolve()
    except Exception as error:
        raise JarsError(
            f"{jar.file_name} could not be downloaded: {error}. The broker needs the network "
            "once; check the connection, or a proxy's settings, and try again"
        ) from error
    return path


def _maven(downloads: Path) -> Any:
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 # half a second, seldom

    return MavenContext(repo_cache=downloads, resolver=PythonResolver(), timeout=TIMEOUT_SECONDS)


@contextmanager
def _exclusive(cache: Path) -> Iterator[None]:
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def resolve_lock(cache: Path, kafka_version: str, slf4j_version: str) -> str:
    """Return the text of a new lock, resolved from the two root coordinates."""
    maven = _maven(cache / "downloads")
    roots = [f"{root}:{v}" for root, v in zip(ROOTS, (kafka_version, slf4j_version), strict=True)]
    _, nodes = maven.resolver.get_dependency_list([maven.create_dependency(r) for r in roots])
    artifacts = {node.dep.artifact for node in nodes}
    artifacts |= {maven.create_dependency(root).artifact for root in roots}
    lines = [
        f"{a.groupId}:{a.artifactId}:{a.version} "
        f"{hashlib.sha256(a.resolve().read_bytes()).hexdigest()}"
        for a in artifacts
    ]
    return (
        "\n".join(
            ["# group:artifact:version sha256; made by `rapport broker lock`", *sorted(lines)]
        )
        + "\n"
    )
