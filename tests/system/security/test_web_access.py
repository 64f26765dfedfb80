"""Who may read the pages: Prometheus' own web configuration, and a real Prometheus that scrapes."""

import base64
import http.client
import json
import ssl
import subprocess
import sys
import time
import urllib.request

import bcrypt
import pytest

from rapport.devkit.kafka.broker import free_port
from rapport.monitoring.metrics import pipeline
from rapport.monitoring.metrics.model import Sample
from rapport.runtime.child_process import Child
from rapport.runtime.secrets import Secret
from rapport.web.auth import ACCEPTED_MAX, BasicAuth
from rapport.web.client import WebAccess, fetch_json
from rapport.web.config_file import WebConfigError, read_web_config
from rapport.web.fleet_snapshot import WorkerView
from rapport.web.server import WebServer
from rapport_schemas.wire.errors import RapportError

PASSWORD = "geheim: é"  # noqa: S105 # of the test
HASH = bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(5)).decode()
SECONDS_MAX = 30


@pytest.fixture
def web_file(tmp_path):
    """Write the lines of a web configuration."""

    def write(*lines):
        file = tmp_path / "web.yml"
        file.touch(mode=0o600)
        file.write_text("\n".join(lines) + "\n")
        return file

    return write


@pytest.fixture
def tls_lines(certificates):
    certificate, key = certificates.issue("web", "127.0.0.1")
    return ["tls_server_config:", f"  cert_file: {certificate}", f"  key_file: {key}"]


@pytest.fixture
def serve():
    """Serve a few series with a web configuration; return the port."""
    servers = []

    def start(file):
        view = WorkerView({"ready": True}, (Sample(pipeline.CLIENTS, (), 3),))
        server = WebServer("127.0.0.1", 0, lambda: view, None, BasicAuth(file))
        servers.append(server)
        server.start()
        return server.address[1]

    yield start
    for server in servers:
        server.stop()


def basic(user, password):
    both = base64.b64encode(f"{user}:{password}".encode()).decode()
    return {"Authorization": f"Basic {both}"}


def status(port, headers=None, path="/metrics", context=None):
    if context is None:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    else:
        connection = http.client.HTTPSConnection("127.0.0.1", port, timeout=5, context=context)
    try:
        connection.request("GET", path, headers=headers or {})
        return connection.getresponse().status
    finally:
        connection.close()


def until(holds):
    deadline = time.monotonic() + SECONDS_MAX
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_every_page_asks_for_the_password_and_no_other_one_opens_it(serve, web_file):
    port = serve(web_file("basic_auth_users:", f"  prom: {HASH}"))
    for path in ("/metrics", "/clients", "/clients/x", "/status", "/healthz", "/ready", "/other"):
        assert status(port, path=path) == 401
    assert status(port, basic("prom", PASSWORD)) == 200
    for user, password in (
        ("prom", ""),
        ("prom", "Geheim: é"),
        ("other", PASSWORD),
        ("", PASSWORD),
        ("prom", "x" * 100),
        ("prom", HASH),
        ("prom\x00", PASSWORD),
    ):
        assert status(port, basic(user, password)) == 401
    for header in ("Basic", "Basic !", "Bearer x", "Basic " + "A" * 4000):
        assert status(port, {"Authorization": header}) == 401


def test_a_password_is_checked_once_and_wrong_ones_push_no_right_one_out(
    serve, web_file, monkeypatch
):
    slow = bcrypt.hashpw(b"slow", bcrypt.gensalt(12)).decode()
    port = serve(web_file("basic_auth_users:", f"  slow: {slow}", f"  prom: {HASH}"))
    assert status(port, basic("slow", "slow")) == 200
    for number in range(ACCEPTED_MAX + 1):
        assert status(port, basic("prom", f"wrong {number}")) == 401
    checked, check = [], bcrypt.checkpw
    monkeypatch.setattr(bcrypt, "checkpw", lambda *given: checked.append(given) or check(*given))
    for _ in range(20):
        assert status(port, basic("slow", "slow")) == 200
    assert checked == []
    assert status(port, basic("slow", "fast")) == 401
    assert len(checked) == 1


def test_tls_is_spoken_from_the_first_byte_and_in_no_old_version(
    serve, web_file, tls_lines, certificates
):
    port = serve(web_file(*tls_lines, "  min_version: TLS13"))
    context = ssl.create_default_context(cafile=certificates.ca_file)
    assert status(port, context=context) == 200
    with pytest.raises((OSError, http.client.HTTPException)):
        status(port)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    with pytest.raises(ssl.SSLError):
        status(port, context=context)


def test_a_client_certificate_is_asked_for_and_verified(
    serve, web_file, tls_lines, certificates, untrusted
):
    port = serve(
        web_file(
            *tls_lines,
            "  client_auth_type: RequireAndVerifyClientCert",
            f"  client_ca_file: {certificates.ca_file}",
        )
    )
    for authority, expected in ((certificates, 200), (untrusted, None)):
        context = ssl.create_default_context(cafile=certificates.ca_file)
        context.load_cert_chain(*authority.issue("reader", "reader@rapport.test"))
        if expected:
            assert status(port, context=context) == expected
        else:
            with pytest.raises((OSError, http.client.HTTPException)):
                status(port, context=context)
    with pytest.raises((OSError, http.client.HTTPException)):
        status(port, context=ssl.create_default_context(cafile=certificates.ca_file))


def test_a_change_counts_without_a_restart_and_a_wrong_one_changes_nothing(
    serve, web_file, tls_lines, certificates, caplog
):
    port = serve(web_file("basic_auth_users:", f"  prom: {HASH}"))
    other = bcrypt.hashpw(b"other", bcrypt.gensalt(5)).decode()
    assert status(port, basic("prom", PASSWORD)) == 200
    web_file("basic_auth_users:", f"  prom: {other}")
    until(lambda: status(port, basic("prom", "other")) == 200)
    assert status(port, basic("prom", PASSWORD)) == 401
    web_file("basic_auth_users: [wrong]")
    until(lambda: "stays as it was" in caplog.text)
    assert status(port, basic("prom", "other")) == 200
    web_file(*tls_lines)
    context = ssl.create_default_context(cafile=certificates.ca_file)

    def answers_over_tls():
        try:
            return status(port, context=context) == 200
        except OSError:
            return False

    until(answers_over_tls)


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["basic_auth_user:", "  a: b"],
            r"basic_auth_user \(line 1\): unknown key \(did you mean basic_auth_users\?\); ",
        ),
        (["http_server_config:", "  http2: true"], r"http_server_config \(line 1\): unknown key"),
        (
            ["basic_auth_users:", "  ok: {hash}", "  prom: plain"],
            r"users\.prom \(line 3\): no bcrypt",
        ),
        (
            ["{tls}", "  cipher_suites: [x]"],
            r"cipher_suites \(line 4\): unknown key; allowed keys: cert_file,",
        ),
        (
            ["{tls}", "  min_version: TLS10"],
            r"min_version \(line 4\): input should be 'TLS12' or 'TLS13'",
        ),
        (
            ["{tls}", "  client_auth_type: RequireAnyClientCert"],
            "input should be 'NoClientCert', 'Verify",
        ),
        (["{tls}", "  client_ca_file: ca.pem"], "give both, or none of the two"),
        (
            ["tls_server_config:", "  cert_file: x"],
            r"tls_server_config\.key_file \(line 1\): missing",
        ),
        (["basic_auth_users:", "  prom: [plain"], r"web\.yml is not YAML: expected .*line 3"),
        (["- a"], "must be a mapping of keys to values"),
        (
            ["basic_auth_users:", "  a: {hash}", "  a: {hash}"],
            r"web\.yml: a is there twice \(line 3\)",
        ),
    ],
)
def test_what_is_not_understood_is_refused_with_its_line(web_file, tls_lines, lines, expected):
    parts = {"hash": HASH, "tls": "\n".join(tls_lines)}
    with pytest.raises(WebConfigError, match=expected) as caught:
        read_web_config(web_file(*(line.format(**parts) for line in lines)))
    assert "plain" not in str(caught.value)
    assert HASH not in str(caught.value)


def test_files_that_everybody_can_read_are_refused(web_file, tls_lines, certificates):
    file = web_file(*tls_lines)
    (certificates.directory / "web.key").chmod(0o644)
    with pytest.raises(RapportError, match=r"key_file .*web\.key can be read .*mode 0644.*chmod"):
        read_web_config(file)
    (certificates.directory / "web.key").chmod(0o640)
    assert read_web_config(file).tls is not None
    file.chmod(0o604)
    with pytest.raises(RapportError, match=r"the web configuration .* can be read"):
        read_web_config(file)


@pytest.mark.parametrize(
    ("host", "lines", "warned"),
    [
        ("127.0.0.1", [], False),
        ("::1", [], False),
        ("0.0.0.0", [], True),  # noqa: S104 # it is only asked about
        ("monitor.example", ["basic_auth_users:", f"  prom: {HASH}"], True),
    ],
)
def test_pages_open_to_others_without_tls_and_password_are_warned_of(
    web_file, caplog, host, lines, warned
):
    BasicAuth(web_file(*lines)).warn(host)
    assert ("without TLS" in caplog.text) is warned
    assert ("a password" in caplog.text) is (warned and not lines)


@pytest.mark.prometheus
def test_a_real_prometheus_scrapes_over_tls_with_a_password(
    serve, web_file, tls_lines, certificates, tool, tmp_path
):
    port = serve(web_file(*tls_lines, "basic_auth_users:", f"  prom: {HASH}"))
    password = tmp_path / "password"
    password.write_text(PASSWORD)
    scrape = {
        "job_name": "rapport",
        "scheme": "https",
        "tls_config": {"ca_file": str(certificates.ca_file)},
        "basic_auth": {"username": "prom", "password_file": str(password)},
        "static_configs": [{"targets": [f"127.0.0.1:{port}"]}],
    }
    wrong = {**scrape, "job_name": "wrong", "basic_auth": {"username": "prom", "password": "x"}}
    config = tmp_path / "prometheus.yml"
    config.write_text(
        json.dumps({"global": {"scrape_interval": "1s"}, "scrape_configs": [scrape, wrong]})
    )
    own_port = free_port()
    prometheus = Child(
        [
            tool("prometheus"),
            f"--config.file={config}",
            f"--storage.tsdb.path={tmp_path / 'data'}",
            f"--web.listen-address=127.0.0.1:{own_port}",
        ],
        tmp_path / "prometheus.log",
    )

    def health():
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{own_port}/api/v1/targets") as answer:
                targets = json.load(answer)["data"]["activeTargets"]
        except OSError:
            return {}
        return {one["labels"]["job"]: (one["health"], one["lastError"]) for one in targets}

    try:
        until(lambda: len([1 for state, _ in health().values() if state != "unknown"]) == 2)
        found = health()
    finally:
        prometheus.stop()
    assert found["rapport"] == ("up", "")
    assert found["wrong"][0] == "down"
    assert "401" in found["wrong"][1]


def test_the_fleet_is_read_with_a_password_from_a_file_and_an_error_says_which_option(
    serve, web_file, tls_lines, certificates, tmp_path
):
    port = serve(web_file(*tls_lines, "basic_auth_users:", f"  prom: {HASH}"))
    url = f"https://127.0.0.1:{port}"
    access = WebAccess(certificates.ca_file, "prom", Secret(PASSWORD))
    assert fetch_json(f"{url}/status", access) == {"ready": True}
    assert PASSWORD not in repr(access)
    with pytest.raises(RapportError, match="--user and --password-file"):
        fetch_json(f"{url}/status", WebAccess(certificates.ca_file))
    with pytest.raises(RapportError, match="carry the password for all to read; use https"):
        fetch_json("http://monitor.example/status", access)
    with pytest.raises(RapportError, match="--ca-file"):
        fetch_json(f"{url}/status")
    password = tmp_path / "password"
    password.touch(mode=0o600)
    password.write_text(PASSWORD + "\n")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "rapport", "clients", "--json", "--url", url),
            *("--ca-file", str(certificates.ca_file)),
            *("--user", "prom", "--password-file", str(password)),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (done.returncode, json.loads(done.stdout)) == (0, []), done.stderr
