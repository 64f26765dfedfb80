"""Every dashboard, by the types of Grafana's own schema: of the pinned version and the newest."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

FOLDER = Path(__file__).parents[4] / "grafana" / "dashboards"
BOARDS = {path.stem: json.loads(path.read_text()) for path in sorted(FOLDER.glob("*.json"))}
KINDS = {"bargauge", "barchart", "stat", "state-timeline", "table", "timeseries"}
VERSIONS = {"pinned": "schema", "newest": "schema-newest"}
# A string enum does not take its own values as literals; a number enum does.
HEAD = """
import type { Dashboard, Panel, RowPanel } from "@grafana/schema";
type Plain<T> = unknown extends T ? T : T extends string ? `${T}`
  : T extends number | boolean | null | undefined ? T
  : T extends (infer U)[] ? Plain<U>[] : { [K in keyof T]: Plain<T[K]> };
"""


SPOILED = {
    "a number that is no member": lambda board: board.update(graphTooltip=7),
    "an unknown key": lambda board: board["panels"][1].update(pluginVersions="1"),
    "an unknown word": lambda board: board["panels"][1]["options"].update(graphMode="lines"),
    "an unknown mode": lambda board: board["panels"][1]["fieldConfig"]["defaults"][
        "thresholds"
    ].update(mode="a"),
    "a key that is missing": lambda board: board["panels"][-1]["options"]["legend"].pop(
        "placement"
    ),
}


def options_type(kind):
    return f"{kind.replace('-', '')}Options"


def of_the_schema(board):
    """A dashboard without what the schema leaves to the source of the data: its queries."""
    board = json.loads(json.dumps(board))
    for one in board["panels"]:
        one.pop("targets", None)
    for note in board["annotations"]["list"]:
        for key in ("target", "expr", "step", "titleFormat"):
            note.pop(key, None)
    return board


def typescript(schema, board):
    """A program that has a dashboard as a value of Grafana's types."""
    yield HEAD
    for kind in sorted(KINDS):
        folder = schema / "dist" / "types" / "raw" / "composable" / kind.replace("-", "")
        yield (
            f"import type {{ Options as {options_type(kind)} }} from "
            f"{json.dumps(str(folder / 'panelcfg' / 'x' / 'types.gen'))};"
        )
    yield f"({json.dumps(board)}) satisfies Plain<Dashboard>;"
    for panel in board["panels"]:
        is_row = panel["type"] == "row"
        yield f"({json.dumps(panel)}) satisfies Plain<{'RowPanel' if is_row else 'Panel'}>;"
        if not is_row:
            options = json.dumps(panel["options"])
            yield f"({options}) satisfies Plain<Partial<{options_type(panel['type'])}>>;"


def programs():
    """Each dashboard, and spoiled ones, of which an error must be found."""
    boards = {name: of_the_schema(board) for name, board in BOARDS.items()}
    for name, spoil in SPOILED.items():
        boards[name] = of_the_schema(BOARDS["fleet"])
        boards[name]["panels"] = [boards[name]["panels"][at] for at in (0, 1, -2)]
        spoil(boards[name])
    return {name.replace(" ", "-"): board for name, board in boards.items()}


@pytest.mark.timeout(400)
@pytest.mark.parametrize("version", VERSIONS)
def test_every_dashboard_is_of_grafana_s_types_and_a_spoiled_one_is_not(
    grafana_modules, tmp_path, version
):
    schema = grafana_modules / "node_modules" / "@grafana" / VERSIONS[version]
    found = programs()
    for name, board in found.items():
        (tmp_path / f"{name}.ts").write_text("\n".join(typescript(schema, board)))
    options = {
        "noEmit": True,
        "strict": True,
        "skipLibCheck": True,
        "types": [],
        "module": "esnext",
        "moduleResolution": "bundler",
        "target": "es2022",
        "paths": {"@grafana/schema": [str(schema / "dist" / "types" / "index.d.ts")]},
    }
    config = {"compilerOptions": options, "files": [f"{name}.ts" for name in found]}
    (tmp_path / "tsconfig.json").write_text(json.dumps(config))
    compiler = grafana_modules / "node_modules" / "typescript" / "bin" / "tsc"
    command = [shutil.which("node"), str(compiler), "--project", str(tmp_path)]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    errors = [line for line in done.stdout.splitlines() if "error TS" in line]
    wrong = {line.partition(".ts(")[0] for line in errors}
    assert wrong == {name.replace(" ", "-") for name in SPOILED}, "\n".join(errors)
