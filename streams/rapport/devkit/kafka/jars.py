"""The jars of the embedded broker: locked by coordinate and hash, and verified at every start.

The lock is jgo's lock file. jgo has the repository's address; neither the lock nor this module
names a host.
"""

import fcntl
import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rapport_schemas.wire.errors import RapportError

if TYPE_CHECKING:
    from jgo.env import LockedDependency, LockFile

LOCK_FILE: Final = Path(__file__).with_name("jars.lock")
ROOTS: Final = ("org.apache.kafka:kafka_2.13", "org.slf4j:slf4j-simple")
DOWNLOADS_AT_ONCE: Final = 8
TIMEOUT_SECONDS: Final = 60


class JarsError(RapportError):
    """The jars of the broker could not be downloaded, or differ from the lock."""


def locked_jars(lock: Path = LOCK_FILE) -> "list[LockedDependency]":
    """Return the jars of the lock file."""
    from jgo.env import LockFile  # noqa: PLC0415 # half a second, only with a broker

    jars: list[LockedDependency] = LockFile.load(lock).dependencies
    return jars


def default_cache() -> Path:
    """Return the directory that caches jars for every environment of this user."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "rapport" / "kafka"


def install_jars(
    cache: Path, jars: "list[LockedDependency]", on_jar: Callable[[], None] = lambda: None
) -> list[Path]:
    """Return the paths of verified jars; downloads those that are not in `cache`.

    Several processes can run it at the same time. Raises `JarsError`.
    """
    maven, paths = _maven(cache), list[Path]()
    cache.mkdir(parents=True, exist_ok=True)
    with (cache / "lock").open("w") as lock, ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as pool:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for path in pool.map(lambda jar: _fetch(maven, jar), jars):
            paths.append(path)
            on_jar()
    return paths


def _fetch(maven: Any, jar: "LockedDependency") -> Path:
    from jgo.env import LockFile  # noqa: PLC0415 # half a second, only with a broker

    artifact = maven.project(jar.groupId, jar.artifactId).at_version(jar.version).artifact()
    try:
        path: Path = artifact.resolve()
    except Exception as error:
        artifact.cached_path.unlink(missing_ok=True)  # it is incomplete
        raise JarsError(
            f"{artifact.filename} could not be downloaded: {error}. The first start of the broker "
            "needs the network; check the connection, or the proxy, and try again"
        ) from error
    if wrong := LockFile([jar]).verify_checksums(maven.repo_cache):
        path.unlink()
        raise JarsError(
            f"{path.name} differs from the lock: {wrong[0]}. It was deleted; try again, and if the "
            "error stays, do not use that mirror"
        )
    return path


def _maven(cache: Path) -> Any:
    from jgo.maven import MavenContext, PythonResolver  # noqa: PLC0415 # half a second, seldom

    jars = cache / "jars"
    return MavenContext(repo_cache=jars, resolver=PythonResolver(), timeout=TIMEOUT_SECONDS)


def resolve_lock(cache: Path, kafka_version: str, slf4j_version: str) -> "LockFile":
    """Return a new lock, resolved from the two root coordinates."""
    from jgo.env import LockFile  # noqa: PLC0415 # half a second, for maintainers

    maven = _maven(cache)
    versions = (kafka_version, slf4j_version)
    roots = [
        maven.create_dependency(f"{root}:{version}")
        for root, version in zip(ROOTS, versions, strict=True)
    ]
    _, nodes = maven.resolver.get_dependency_list(roots)
    jars = {dependency.artifact: dependency for dependency in [*roots, *(n.dep for n in nodes)]}
    return LockFile.from_resolved_dependencies(sorted(jars.values(), key=str))
