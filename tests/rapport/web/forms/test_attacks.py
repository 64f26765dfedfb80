"""Attacks on the forms: other people, other sites, other forms, other bodies, other names."""

import base64
import html
import http.client
import re
import socket
import time

import pytest

from rapport.web.forms import request as form_request

HOSTILE = '"><script>alert(1)</script>'


def sent(forms, **changes):
    hidden = forms.open("settled")
    day = time.strftime("%Y-%m-%d", time.gmtime())
    return {**hidden, "happened_on": day, "kept": "yes", **changes}


@pytest.mark.parametrize(
    ("user", "client", "status"),
    [
        (None, "finance", 401),
        ("nobody", "finance", 401),
        ("rob", "finance", 403),
        ("anna", "parks", 403),
        ("anna", "no-such-client", 404),
        ("anna", "..%2Ffinance", 404),
    ],
)
def test_only_a_writer_of_the_clients_owner_sees_or_sends_a_form(forms, user, client, status):
    path = f"/pages/{client}/record/settled"
    assert forms.ask("GET", path, user)[0] == status
    assert forms.ask("GET", f"/pages/{client}/record", user)[0] == status
    assert forms.ask("POST", path, user, "kept=yes")[0] == status
    assert forms.send("settled", sent(forms), user, client)[0] == status
    assert forms.published == []


def test_a_writer_of_every_owner_records_for_all(forms):
    hidden = forms.open("settled", "eve", "parks")
    assert forms.send("settled", {**sent(forms), **hidden}, "eve", "parks")[0] == 303


def test_reading_stays_open_while_recording_asks_for_a_login(forms):
    assert forms.ask("GET", "/healthz")[0] == 200
    status, headers, _ = forms.ask("GET", "/pages/finance/record/settled")
    assert (status, headers["WWW-Authenticate"]) == (401, 'Basic realm="rapport"')
    assert forms.ask("GET", "/healthz", "nobody")[0] == 401, "a password that is given is checked"


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": None},
        {"Origin": "null"},
        {"Origin": "http://evil.example"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "http://127.0.0.1:{port}.evil.example"},
        {"Origin": "http://127.0.0.1:{port}@evil.example"},
        {"Origin": "http://evil@127.0.0.1:{port}"},
        {"Origin": "http://localhost:{port}"},
        {"Origin": "http://127.0.0.1:{port}/"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
    ids=str,
)
def test_a_form_from_another_site_is_refused_before_its_body_is_read(forms, headers):
    found = {name: value and value.format(port=forms.port) for name, value in headers.items()}
    status, _, text = forms.send("settled", sent(forms), headers=found)
    assert (status, forms.published) == (403, [])
    assert "not sent from a page of this server" in text


@pytest.mark.parametrize(
    "headers", [{"Sec-Fetch-Site": None}, {"Origin": "https://127.0.0.1:{port}"}], ids=str
)
def test_an_old_browser_and_a_proxy_that_ends_tls_pass(forms, headers):
    found = {name: value and value.format(port=forms.port) for name, value in headers.items()}
    assert forms.send("settled", sent(forms), headers=found)[0] == 303


@pytest.mark.parametrize("name", ["id", "hour", "seal"])
@pytest.mark.parametrize("value", ["", "0", "é", "9" * 5_000, HOSTILE])
def test_a_form_that_no_worker_made_is_shown_again_and_not_recorded(forms, name, value):
    status, _, text = forms.send("settled", sent(forms, **{name: value}))
    assert (status, forms.published) == (403, [])
    assert "made for another user, client or worker" in text
    assert "<script>" not in text


def test_a_form_counts_for_its_own_user_client_and_form_alone(forms):
    of_anna = sent(forms)
    of_note = {**of_anna, **forms.open("proposal"), "initiated_by": "it", "accepted": "yes"}
    assert forms.send("settled", of_anna, "eve")[0] == 403
    assert forms.send("settled", of_anna, "eve", "parks")[0] == 403
    assert forms.send("settled", of_note)[0] == 403
    assert forms.published == []


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        ("kept=yes", {"Content-Type": "text/plain"}, 415),
        ("kept=yes", {"Content-Type": "multipart/form-data; boundary=x"}, 415),
        ("kept=yes", {"Content-Encoding": "gzip"}, 415),
        (b"kept=\xff", {}, 400),
        ("kept=%ff", {}, 400),
        ("&".join(["a=1"] * 101), {}, 400),
        ("note=" + "x" * 131_072, {}, 413),
        ("", {}, 403),
    ],
    ids=lambda value: str(value)[:40],
)
def test_a_body_that_no_page_sends_is_refused(forms, body, headers, status):
    assert forms.ask("POST", "/pages/finance/record/settled", "anna", body, headers)[0] == status
    assert forms.published == []


def test_a_body_that_comes_slowly_is_not_waited_for(forms, monkeypatch):
    monkeypatch.setattr(form_request, "BODY_SECONDS_MAX", 0.3)
    connection = http.client.HTTPConnection("127.0.0.1", forms.port, timeout=20)
    connection.putrequest("POST", "/pages/finance/record/settled")
    for name, value in login(forms).items():
        connection.putheader(name, value)
    connection.putheader("Content-Length", "1000")
    connection.endheaders()
    connection.send(b"kept=")
    assert connection.getresponse().status == 408
    connection.close()


def login(forms):
    both = base64.b64encode("anna:geheim: é".encode()).decode()
    return {
        "Authorization": f"Basic {both}",
        "Origin": forms.origin,
        "Content-Type": "application/x-www-form-urlencoded",
    }


def test_nothing_that_is_typed_or_asked_for_becomes_markup(forms):
    typed = sent(forms, kept=HOSTILE, happened_on=HOSTILE, **{HOSTILE: HOSTILE})
    pages = [
        forms.send("settled", typed),
        forms.ask("GET", f"/pages/finance/record/{HOSTILE.replace('/', '%2F')}", "anna"),
        forms.ask("GET", f"/pages/{HOSTILE.replace('/', '%2F')}/record/settled", "anna"),
        forms.ask("GET", "/pages/finance/record/withdraw?event_id=%22%3E%3Cscript%3E", "anna"),
        forms.ask("GET", f"/pages/finance/record?done=settled&id={HOSTILE}&at=x", "anna"),
    ]
    for _, headers, text in pages:
        assert "<script" not in text
        assert headers["Content-Security-Policy"].startswith("default-src 'none'")
        assert headers["Referrer-Policy"] == "same-origin"
    assert html.escape(HOSTILE, quote=True).replace("&#x27;", "&#39;") in pages[0][2].replace(
        "&#34;", "&quot;"
    )


def test_that_something_was_recorded_is_said_only_with_the_receipt_of_this_user(forms):
    _, headers, _ = forms.send("settled", sent(forms))
    address = headers["Location"]
    assert "Recorded: " in forms.ask("GET", address, "anna")[2]
    assert "Recorded: " not in forms.ask("GET", address, "eve")[2]
    changed = re.sub(r"at=[^&]*", "at=2020-01-01T00%3A00%3A00%2B00%3A00", address)
    assert "Recorded: " not in forms.ask("GET", changed, "anna")[2]


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["Host: 127.0.0.1:1"], 200),
        (["Host: localhost"], 200),
        (["Host: [::1]:9464"], 200),
        (["Host: evil.example"], 421),
        (["Host: 127.0.0.1.evil.example"], 421),
        (["Host: 127.0.0.1@evil.example"], 421),
        (["Host: evil.example#127.0.0.1"], 421),
    ],
    ids=str,
)
def test_a_host_that_is_not_this_servers_is_refused(forms, lines, status):
    head = "\r\n".join(["GET /healthz HTTP/1.1", *lines, "Connection: close", "", ""])
    answer = raw(forms.port, head.encode())
    assert answer.startswith(f"HTTP/1.1 {status}".encode())
    assert (b"--allowed-host" in answer) == (status == 421)


def test_a_request_without_a_host_is_from_no_browser_and_two_hosts_are_from_nobody(forms):
    assert raw(forms.port, b"GET /healthz HTTP/1.0\r\n\r\n").startswith(b"HTTP/1.0 200")
    twice = b"GET / HTTP/1.1\r\nHost: localhost\r\nHost: evil.example\r\nConnection: close\r\n\r\n"
    assert raw(forms.port, twice)[9:12] in {b"400", b"421"}


def test_every_answer_is_kept_by_nobody_and_names_no_version(forms):
    for path in ("/status", "/clients", "/metrics", "/healthz", "/nothing", "/pages/x/record"):
        _, headers, _ = forms.ask("GET", path)
        assert headers["Server"] == "rapport"
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Cache-Control"] == "no-store"


def raw(port, data):
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        connection.sendall(data)
        found = b""
        while part := connection.recv(65_536):
            found += part
    return found
