"""Makes the intake's first token, once, where only the intake can read it: never in a log."""

import json
import os
import subprocess
from pathlib import Path

FOLDER = Path("/var/lib/rapport/tokens")
COMMAND = ["rapport", "intake", "token", "new", "--name", "compose", "--source", "urn:*", "--json"]


def main() -> None:
    """Write `tokens.toml` for the intake and `token` for who sends; keep them when they exist."""
    os.umask(0o077)
    if (FOLDER / "tokens.toml").exists():
        return
    made = subprocess.run(COMMAND, check=True, capture_output=True, text=True)
    found = json.loads(made.stdout)
    (FOLDER / "token").write_text(found["token"] + "\n")
    (FOLDER / "tokens.toml").write_text(found["stanza"])


if __name__ == "__main__":
    main()
