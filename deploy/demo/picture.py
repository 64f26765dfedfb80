"""Draw the README's picture: rapport demo --once --json | python deploy/demo/picture.py FILE."""

import io
import json
import re
import sys
from pathlib import Path

from rich.console import Console

from rapport.cli.terminal.fleet_table import FleetTable

console = Console(record=True, width=150, file=io.StringIO())
console.print(FleetTable(json.load(sys.stdin)))
# The library's fonts come from another host; the reader's own do as well.
svg = re.sub(r"@font-face \{.*?\}", "", console.export_svg(title="make demo"), flags=re.DOTALL)
Path(sys.argv[1]).write_text(svg, encoding="utf-8")
