"""The empty storage of a broker, kept in the cache: to format one takes two seconds of Java."""

import hashlib
import shutil
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory


def template_of(cache: Path, jars: Iterable[Path], properties: str) -> Path:
    """Return where the cache keeps what these jars format with the properties of every broker."""
    names = "\n".join(jar.name for jar in jars)
    digest = hashlib.sha256(f"{names}\n{properties}".encode()).hexdigest()
    return cache / f"formatted-{digest[:16]}"


def copy_formatted(template: Path, storage: Path) -> bool:
    """Make `storage` a copy of the template; return whether there was one."""
    if not template.is_dir():
        return False
    shutil.copytree(template, storage, dirs_exist_ok=True)
    return True


def keep_formatted(storage: Path, template: Path) -> None:
    """Keep a copy of `storage`, which no broker has used, as the template.

    Several processes can do it at the same time: the first one's copy stays. A cache that cannot be
    written to keeps none.
    """
    with suppress(OSError), TemporaryDirectory(dir=template.parent) as made:
        copied = Path(made) / "storage"
        shutil.copytree(storage, copied)
        copied.rename(template)  # whole, or not at all
