# SPDX-License-Identifier: Apache-2.0
"""Case X17 and what goes with it: cards as TLS client certificates, by the gateway's own listener,
and behind nginx and HAProxy as deploy/ has them configured."""

import base64
import json
import os
import shutil
import socket
import ssl
import subprocess
import sys

import pytest
import requests

import jwt_tools
from browser import Browser, Page
from conftest import client
from gateway import ROOT, Gateway, free_port, stop, wait_for
from pki import PEM as PKI_PEM
from pki import Authority as ServerAuthority
from pki import key_pem
from relying_party import query_of
from test_card import (REGISTER, SOPHEA, VANNAK, authority_file, chooser, open_page, send,
                       challenge)

sys.path.insert(0, str(ROOT / "tests/card"))
from cards import DAY, DER, Authority, Office, ec_key  # noqa: E402


class TlsGateway(Gateway):
    """Two https addresses: the issuer's, and one where certificates are asked for."""

    def __init__(self, folder, kingdom):
        super().__init__(folder)
        server, key = ServerAuthority("Server CA"), jwt_tools.ec_key()
        leaf = server.sign(key, "gateway", address="127.0.0.1").public_bytes(PKI_PEM)
        files = folder / "cards"
        files.mkdir()
        authority_file(files, "kingdom", kingdom, person=REGISTER, revocation=["ocsp"])
        for name, octets in (("ca", server.pem), ("server", leaf), ("key", key_pem(key)),
                             ("both", leaf + key_pem(key)), ("authorities", kingdom.pem)):
            (folder / f"{name}.pem").write_bytes(octets)
        self.issuer_port, self.card_port = free_port(), free_port()
        self.settings.update({
            "login.methods": "wallet card", "card.folder": files,
            "outbound.allow": "127.0.0.0/8"})

    @property
    def host(self):
        return self.url.removeprefix("https://")

    def behind_nothing(self):
        self.url = f"https://127.0.0.1:{self.port}"
        self.settings.update({
            "gateway.mtls_listen": f"127.0.0.1:{self.card_port}", "gateway.issuer": self.url,
            "gateway.mtls_url": f"https://127.0.0.1:{self.card_port}",
            "tls.certificate_file": self.folder / "server.pem",
            "tls.key_file": self.folder / "key.pem"})
        return None

    def behind_proxy(self):
        self.url = f"https://127.0.0.1:{self.issuer_port}"
        self.settings.update({
            "gateway.issuer": self.url, "gateway.proxy_certificates": "yes",
            "gateway.mtls_url": f"https://127.0.0.1:{self.card_port}"})

    def deployed(self, name, changes):
        """A file of deploy/, with what is this machine's in it."""
        text = (ROOT / "deploy" / name).read_text()
        for old, new in changes:
            assert old in text, old
            text = text.replace(old, str(new), 1 if old.startswith("listen") else -1)
        return text

    def behind_nginx(self):
        self.behind_proxy()
        text = self.deployed("nginx/dvara.conf", [
            ("listen 443 ssl", f"listen 127.0.0.1:{self.issuer_port} ssl"),
            ("listen 443 ssl", f"listen 127.0.0.1:{self.card_port} ssl"),
            ("127.0.0.1:8080", f"127.0.0.1:{self.port}"),
            ("/etc/dvara/tls/server.pem", self.folder / "server.pem"),
            ("/etc/dvara/tls/server.key", self.folder / "key.pem")])
        folder = self.folder / "nginx"
        folder.mkdir()
        temporary = "".join(f"{kind}_temp_path {folder}/{kind};\n" for kind in (
            "client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (folder / "nginx.conf").write_text(
            f"daemon off;\npid {folder}/pid;\nerror_log {folder}/error.log;\nevents {{}}\n"
            f"http {{\naccess_log off;\n{temporary}{text}}}\n")
        return ["nginx", "-p", str(folder), "-c", str(folder / "nginx.conf"),
                "-e", str(folder / "error.log")]

    def behind_haproxy(self):
        self.behind_proxy()
        text = self.deployed("haproxy/dvara.cfg", [
            ("bind :443 ", f"bind 127.0.0.1:{self.issuer_port} "),
            ("bind :8443 ", f"bind 127.0.0.1:{self.card_port} "),
            ("127.0.0.1:8080", f"127.0.0.1:{self.port}"),
            ("/etc/dvara/tls/server-and-key.pem", self.folder / "both.pem"),
            ("/etc/dvara/cards/authorities.pem", self.folder / "authorities.pem")])
        (self.folder / "haproxy.cfg").write_text(text)
        return ["haproxy", "-db", "-f", str(self.folder / "haproxy.cfg")]


@pytest.fixture(scope="module")
def kingdom():
    return Authority()


@pytest.fixture(scope="module")
def office(kingdom):
    with Office(kingdom) as running:
        yield running


@pytest.fixture(scope="module", params=["nothing", "nginx", "haproxy"])
def tls_gateway(request, tmp_path_factory, kingdom, office):
    folder = tmp_path_factory.mktemp(request.param)
    running = TlsGateway(folder, kingdom)
    if request.param != "nothing" and shutil.which(request.param) is None:
        pytest.skip(f"{request.param} is not installed")
    words = getattr(running, f"behind_{request.param}")()
    before = os.environ.get("REQUESTS_CA_BUNDLE")
    os.environ["REQUESTS_CA_BUNDLE"] = str(folder / "ca.pem")
    proxy = None
    try:
        if words:
            proxy = subprocess.Popen(words, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            wait_for(lambda: is_open(running.card_port), request.param, proxy)
        with running:
            running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
            yield running
    finally:
        if proxy is not None:
            stop(proxy)
        del os.environ["REQUESTS_CA_BUNDLE"]
        if before is not None:
            os.environ["REQUESTS_CA_BUNDLE"] = before


def is_open(port):
    with socket.create_connection(("127.0.0.1", port), 1):
        return True


@pytest.fixture(scope="module")
def rp(tls_gateway):
    return client(tls_gateway, "tls-rp", jwt_tools.ec_key())


@pytest.fixture
def browser(tls_gateway):
    return Browser(tls_gateway)


def pair(folder, card, key=None):
    """The card as `cert=` of requests has it."""
    (folder / "card.crt").write_bytes(card.certificate.public_bytes(PKI_PEM))
    (folder / "card.key").write_bytes(key_pem(key or card.key))
    return str(folder / "card.crt"), str(folder / "card.key")


def tls_link(browser, rp):
    return open_page(browser, rp).ids["card-tls"]["href"]


def show(link, cert=None, **headers):
    """A connection of its own, as where a card has just been put in."""
    return requests.get(link, cert=cert, headers=headers, allow_redirects=False, timeout=20)


def refused_with_ways(browser, answer, status=403):
    """X17: a page, with the other ways in; it leads nowhere by itself."""
    assert answer.status_code == status, answer.text
    assert answer.headers["Content-Type"].startswith("text/html")
    assert "Location" not in answer.headers and "http-equiv" not in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    back = next(link for link in Page(answer.text).links if link and "/login?tx=" in link)
    assert back.startswith(browser.gateway.url)
    page = browser.get(back)
    assert page.status_code == 200 and "login-card" in Page(page.text).ids


def test_a_whole_login(browser, rp, kingdom, tmp_path):
    card = kingdom.card(SOPHEA)
    answer = show(tls_link(browser, rp), pair(tmp_path, card))
    assert answer.status_code == 303, answer.text
    href = answer.headers["Location"]
    assert href.startswith(f"{browser.gateway.url}/card/complete?code=")
    assert "dvara_session" not in answer.headers.get("Set-Cookie", "")
    other = Browser(browser.gateway)
    assert other.get(href).status_code == 403, "another browser gets nothing by the link"
    code = query_of(browser.walk(browser.get(href)))["code"]
    claims = rp.id_token(rp.token(code).json())
    assert claims["acr"] == "urn:dvara:loa:high" and "sc" in claims["amr"]
    assert browser.cookie("__Host-dvara_session")


@pytest.mark.parametrize("version", [ssl.TLSVersion.TLSv1_2, ssl.TLSVersion.TLSv1_3],
                         ids=["1.2", "1.3"])
def test_no_tls_session_outlives_the_card(tls_gateway, kingdom, tmp_path, version):
    """Taken up again, it would say that the card is still there."""
    context = ssl.create_default_context(cafile=os.environ["REQUESTS_CA_BUNDLE"])
    context.check_hostname = False
    context.maximum_version = version
    context.load_cert_chain(*pair(tmp_path, kingdom.card(SOPHEA)))
    spoken, session, _ = tls_call(tls_gateway, context)
    assert tls_call(tls_gateway, context, session)[::2] == (spoken, False)


def tls_call(tls_gateway, context, session=None):
    with socket.create_connection(("127.0.0.1", tls_gateway.card_port), 10) as plain, \
            context.wrap_socket(plain, session=session) as line:
        line.sendall(f"GET /card/tls HTTP/1.1\r\nHost: {tls_gateway.host}\r\n"
                     "Connection: close\r\n\r\n".encode())
        while line.recv(4096):
            pass
        return line.version(), line.session, line.session_reused


def test_x17_no_certificate(browser, rp):
    refused_with_ways(browser, show(tls_link(browser, rp)))


def test_x17_wrong_authority(browser, rp, tmp_path):
    strange = Authority()
    answer = show(tls_link(browser, rp), pair(tmp_path, strange.card(SOPHEA)))
    refused_with_ways(browser, answer)


def test_x17_cards_that_are_not_good(browser, rp, kingdom, office, tmp_path):
    link = tls_link(browser, rp)
    refused_with_ways(browser, show(link, pair(tmp_path, kingdom.card(SOPHEA, ends=-DAY / 24))))
    revoked = kingdom.card(SOPHEA)
    office.revoked[revoked.certificate.serial_number] = None
    refused_with_ways(browser, show(link, pair(tmp_path, revoked)))
    with office.but(is_away=True):
        refused_with_ways(browser, show(link, pair(tmp_path, kingdom.card(SOPHEA))), 503)
    assert show(link, pair(tmp_path, kingdom.card(SOPHEA))).status_code == 303


def test_a_link_of_nobody(browser, tls_gateway, kingdom, tmp_path):
    base = tls_gateway.settings["gateway.mtls_url"]
    for query in ("", "?h=", "?h=" + "A" * 43, "?h=" + "A" * 200):
        answer = show(f"{base}/card/tls{query}", pair(tmp_path, kingdom.card(SOPHEA)))
        assert answer.status_code == 400 and "Location" not in answer.headers


def test_what_a_caller_says_of_certificates_is_not_believed(browser, rp, kingdom, tmp_path):
    """RFC 9440 section 2.1: with a header, in any spelling; with another card beside it."""
    sophea, vannak = kingdom.card(SOPHEA), kingdom.card(VANNAK)
    der = base64.b64encode(sophea.certificate.public_bytes(DER)).decode()
    escaped = requests.utils.quote(sophea.certificate.public_bytes(PKI_PEM).decode(), safe="")
    link = tls_link(browser, rp)
    for name in ("Client-Cert", "client-cert", "Client_Cert"):
        for value in (f":{der}:", escaped):
            refused_with_ways(browser, show(link, **{name: value}))
            plain = link.replace(browser.gateway.settings["gateway.mtls_url"],
                                 browser.gateway.url)
            refused_with_ways(browser, show(plain, **{name: value}))
    answer = show(link, pair(tmp_path, vannak), **{
        "Client-Cert": f":{der}:", "Client-Cert-Chain": f":{der}:"})
    code = query_of(browser.walk(browser.get(answer.headers["Location"])))["code"]
    first = rp.id_token(rp.token(code).json())["sub"]
    answer = show(tls_link(Browser(browser.gateway), rp), pair(tmp_path, sophea))
    assert answer.status_code == 303
    again = Browser(browser.gateway)
    answer = show(tls_link(again, rp), pair(tmp_path, sophea))
    code = query_of(again.walk(again.get(answer.headers["Location"])))["code"]
    assert rp.id_token(rp.token(code).json())["sub"] != first


def test_the_page_offers_both(browser, rp, kingdom):
    """Web eID signs the origin of the issuer, not of the listener with certificates."""
    page = open_page(browser, rp)
    assert page.ids["card-tls"]["href"].startswith(browser.gateway.settings["gateway.mtls_url"])
    card = kingdom.card(SOPHEA, ec_key())
    answer = send(browser, card.token(
        browser.gateway.settings["gateway.mtls_url"], challenge(browser)))
    assert answer.status_code == 401
    answer = send(browser, card.token(browser.gateway.url, challenge(browser)))
    assert answer.status_code == 200, answer.text
    assert chooser(browser, rp.authorize(browser)).ids["login-card"]


@pytest.mark.parametrize("listen, is_good", [
    ("0.0.0.0", False), ("[::]", False), ("203.0.113.7", False), ("[2001:db8::1]", False),
    ("10.1.2.3", True), ("172.31.0.1", True), ("172.32.0.1", False),
    ("192.168.7.7", True), ("[fd00::1]", True), ("127.0.0.1", True), ("[::1]", True)])
def test_a_public_listener_takes_no_certificates_by_header(tmp_path, listen, is_good):
    made = Gateway(tmp_path, {"gateway.trusted_proxies": "127.0.0.1", "gateway.demo": "no",
                              "gateway.proxy_certificates": "yes"})
    made.settings["gateway.listen"] = f"{listen}:{made.port}"
    (tmp_path / "state").mkdir()
    made.config_write()
    ran = subprocess.run([made.bin / "dvara", "check", "--config", made.config],
                         capture_output=True, text=True, timeout=20, check=False)
    assert (ran.returncode == 0) is is_good, ran.stderr
    if not is_good:
        assert "proxy_certificates" in ran.stderr
        ran = subprocess.run([made.bin / "dvara", "serve", "--config", made.config],
                             capture_output=True, text=True, timeout=20, check=False)
        assert ran.returncode != 0
