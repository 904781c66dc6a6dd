# SPDX-License-Identifier: Apache-2.0
"""Login by another OpenID provider: its keys, its metadata, our credentials there, outages, and the
files that say all this.  The cases of CASES-N.md by their ids."""

import concurrent.futures
import contextlib
import itertools
import json
import signal
import socket
import subprocess
import time

import pytest
import requests
from authlib.jose import JsonWebEncryption, JsonWebKey, JsonWebToken

import jwt_tools
from browser import Browser, Page
from conftest import client
from gateway import Gateway
from test_upstream import CHOOSER, PHONE, Way, is_signed_in, told
from upstream_server import LOW, Upstream

offsets = itertools.count(2000, 2000)


def private_jwk(key, **more):
    d = key.private_numbers().private_value
    return {**jwt_tools.public_jwk(key), "d": jwt_tools.number(d, 32), **more}


@pytest.fixture(scope="module")
def up():
    with Upstream() as running:
        yield running


@pytest.fixture(scope="module")
def sealed():
    """Encrypts, wants pushed requests, says iss in the answer."""
    with Upstream() as running:
        yield running


@pytest.fixture(scope="module")
def keys():
    return {"sig": jwt_tools.ec_key(), "enc": jwt_tools.ec_key()}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, up, sealed, keys):
    folder = tmp_path_factory.mktemp("upstream_keys")
    files = folder / "upstreams"
    files.mkdir()
    up.write(files, "up1")
    up.write(files, "info", userinfo=True)
    secret = files / "keys"
    secret.write_text(json.dumps({"keys": [
        private_jwk(key, use=use, kid=use) for use, key in keys.items()]}))
    secret.chmod(0o600)
    sealed.write(files, "sealed", token_endpoint_auth_method="private_key_jwt",
                 client_secret_file=None, keys_file="keys",
                 id_token_encrypted_response_alg="ECDH-ES")
    with Gateway(folder, {"upstream.folder": files, "login.methods": "upstream",
                          "outbound.allow": "127.0.0.1", "gateway.loops": 1}) as running:
        running.apply("person", [{"register_key": "P-1", "short_name": "sophea",
                                  "claims": {"name": "Sophea", **PHONE}}])
        yield running


@pytest.fixture(scope="module")
def rp(gateway):
    return client(gateway, "rp", jwt_tools.ec_key(), id_token_signed_response_alg="ES256")


@pytest.fixture
def way(gateway, rp, up):
    up.reset()
    return Way(gateway, rp, up).leave()


# what we prove there, and what is encrypted for us

def seal(gateway, sealed, keys, kid="enc", header=None, plain=None):
    jwk = jwt_tools.public_jwk(keys[kid] if isinstance(kid, str) else kid)

    def make(inner, claims):
        token = jwt_tools.sign(sealed.keys[0][1], inner, claims, "RS256")
        return jwt_tools.encrypt(
            {"alg": "ECDH-ES", "enc": "A256GCM", "cty": "JWT", **(header or {})},
            (plain or token).encode(), jwk)
    return make


def sealed_way(gateway, rp, sealed):
    sealed.reset()
    sealed.discovery = {
        "pushed_authorization_request_endpoint": f"{sealed.issuer}/par",
        "authorization_response_iss_parameter_supported": True}
    return Way(gateway, rp, sealed, "sealed").leave()


def test_pushed_signed_encrypted(gateway, rp, sealed, keys):
    """Basic: PAR, private_key_jwt for the issuer alone, an encrypted ID token, iss."""
    way = sealed_way(gateway, rp, sealed)
    assert sealed.n_asked("/par") >= 1 and way.query["state"]
    sealed.make = seal(gateway, sealed, keys)
    way.succeeds(way.back(iss=sealed.issuer))
    published = requests.get(f"{gateway.url}/login/upstream/sealed/jwks", timeout=20).json()
    assert len(published["keys"]) == 2 and not any("d" in key for key in published["keys"])
    for form in (way.query, sealed.last_form):
        assert form["client_id"] == "dvara:gateway"
        claims = JsonWebToken(["ES256"]).decode(
            form["client_assertion"], JsonWebKey.import_key_set(published))
        assert claims["aud"] == sealed.issuer and claims["iss"] == claims["sub"] == "dvara:gateway"
        assert claims["exp"] - claims["iat"] <= 60
    assert sealed.last_form["client_assertion"] != way.query["client_assertion"]


def test_n02_without_iss(gateway, rp, sealed, keys):
    way = sealed_way(gateway, rp, sealed)
    n = sealed.n_asked("/token")
    told(way.back(), "upstream-failed")
    told(sealed_way(gateway, rp, sealed).back(iss=""), "upstream-failed")
    assert sealed.n_asked("/token") == n


@pytest.mark.parametrize("name", ["plain", "other key", "signing key", "dir", "zip", "none inside"])
def test_n23_encryption(gateway, rp, sealed, keys, name):
    makes = {
        "plain": None, "other key": seal(gateway, sealed, keys, jwt_tools.ec_key()),
        "signing key": seal(gateway, sealed, keys, "sig"),
        "dir": lambda header, claims: JsonWebEncryption().serialize_compact(
            {"alg": "dir", "enc": "A256GCM"}, b"x", b"k" * 32).decode(),
        "zip": seal(gateway, sealed, keys, header={"zip": "DEF"}),
        "none inside": seal(gateway, sealed, keys, plain="e30.e30."),
    }
    way = sealed_way(gateway, rp, sealed)
    sealed.make = makes[name]
    told(way.back(iss=sealed.issuer), "upstream-failed")
    way = sealed_way(gateway, rp, sealed)
    sealed.make = seal(gateway, sealed, keys)
    way.succeeds(way.back(iss=sealed.issuer))


def test_par_by_basic(gateway, rp, up):
    """The client is named in what is pushed, however it proves itself (RFC 9126 section 2.1)."""
    up.reset()
    up.discovery = {"pushed_authorization_request_endpoint": f"{up.issuer}/par"}
    with gateway.clock(next(offsets)):
        way = Way(gateway, rp, up).leave()
        assert way.query["client_id"] == "dvara:gateway" and "client_secret" not in way.query
    up.reset()


def test_par_refused(gateway, rp, sealed):
    sealed_way(gateway, rp, sealed)
    way = Way(gateway, rp, sealed, "sealed")
    for page in ((400, "application/json", {"error": "invalid_request"}),
                 (201, "application/json", {})):
        sealed.pages["/par"] = page
        told(way.browser.get(way.row()["href"]), "upstream-away")
    sealed.reset()


# its keys

def test_n26_a_key_taken_out(gateway, rp, up):
    """Not believed when it was taken out five minutes ago."""
    up.reset()
    Way(gateway, rp, up).leave().succeeds()
    old = up.keys[:]
    up.keys = [("u9", jwt_tools.rsa_key())]
    with gateway.clock(301):
        way = Way(gateway, rp, up).leave()
        up.key, up.header = old[0][1], {"kid": old[0][0]}
        told(way.back(), "upstream-failed")
        up.reset()
        way = Way(gateway, rp, up).leave()
        assert is_signed_in(way.back())


# its metadata

BAD_METADATA = {
    "n27_issuer": {"issuer": "https://other.test"}, "n27_none": {"issuer": None},
    "n27_array": {"issuer": ["x"]},
    "n28_private": {"jwks_uri": "file:///etc/passwd"},
    "n28_user": {"token_endpoint": "https://a:b@id.test/token"},
    "n28_none": {"token_endpoint": None}, "n28_userinfo": {"userinfo_endpoint": "ftp://x/"},
    "n29_script": {"authorization_endpoint": "javascript:alert(1)"},
    "n29_fragment": {"authorization_endpoint": "https://id.test/a#b"},
    "n29_user": {"authorization_endpoint": "https://id.test@evil.test/a"},
    "n29_header": {"authorization_endpoint": "https://id.test/a\r\nX: y"},
    "n29_none": {"authorization_endpoint": None},
}


def away(gateway, rp, up):
    """Its metadata are asked for anew, and do not do."""
    with gateway.clock(next(offsets)):
        way = Way(gateway, rp, up)
        answer = way.browser.get(way.row()["href"])
        told(answer, "upstream-away")
        assert answer.status_code == 503 and f"{CHOOSER}{way.tx}" in Page(answer.text).links
        return way.row()


@pytest.mark.parametrize("name", BAD_METADATA)
def test_bad_metadata(gateway, rp, up, name):
    """N27 to N29: the browser is sent nowhere."""
    up.reset()
    up.discovery = BAD_METADATA[name]
    away(gateway, rp, up)
    up.reset()
    Way(gateway, rp, up).leave().succeeds()


def test_n27_a_slash_more(gateway, rp, up):
    up.reset()
    up.discovery = {"issuer": up.issuer + "/"}
    away(gateway, rp, up)
    up.reset()


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "[fd00::1]", "0.0.0.0"])
def test_n28_private_addresses(gateway, rp, up, host):
    up.reset()
    up.discovery = {"jwks_uri": f"https://{host}/jwks", "token_endpoint": f"https://{host}/token"}
    with gateway.clock(next(offsets)):
        way = Way(gateway, rp, up).leave()
        since = len(gateway.log())
        told(way.back(), "upstream-away")
        gateway.wait_for_log("an outbound address is not allowed", since=since)
    up.reset()


NO_JSON = (200, "text/html", b"<html>sign in</html>")
ANSWERS = {
    "redirect": lambda up, path: lambda h: up.send(h, 302, "text/plain", b"", Location=f"{path}2"),
    "long": lambda up, path: (200, "application/json", b'{"a": "' + b"x" * 1200000 + b'"}'),
    "html": lambda up, path: NO_JSON, "array": lambda up, path: (200, "application/json", []),
    "cut": lambda up, path: (200, "application/json", b'{"issuer"'),
    "500": lambda up, path: (500, "application/json", {}),
    "closed": lambda up, path: lambda h: h.connection.shutdown(socket.SHUT_RDWR),
}


@pytest.mark.parametrize("name", ANSWERS)
@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/userinfo"])
def test_n30_n31_answers(gateway, rp, up, name, path):
    up.reset()
    up.pages[path] = ANSWERS[name](up, path)
    if path.startswith("/."):
        away(gateway, rp, up)
    else:
        way = Way(gateway, rp, up, "info").leave()
        answer = way.back()
        assert answer.status_code == 403 and "The other service" in answer.text
        assert way.browser.cookie("dvara_session") is None
    assert f"{path}2" not in up.asked
    up.reset()
    Way(gateway, rp, up).leave().succeeds()


def hang(handler):
    time.sleep(60)


def drip(handler):
    handler.send_response(200)
    handler.send_header("Content-Length", "1000")
    handler.end_headers()
    with contextlib.suppress(OSError):
        for _ in range(60):
            handler.wfile.write(b" ")
            time.sleep(1)


def test_n31_slow(gateway, rp, up):
    """Hanging and dripping end long before they would, and hold nobody else up: one of some tries
    shows it, as a busy machine may hold up anybody for as long."""
    up.reset()
    behaviours = itertools.cycle((hang, drip))
    up.pages["/userinfo"] = lambda handler: next(behaviours)(handler)
    assert any(others_go_on(gateway, rp, up) for _ in range(5))
    up.reset()


def others_go_on(gateway, rp, up):
    """Whether somebody else's login ends while two that are slow go on; these end soon enough."""
    ways = [Way(gateway, rp, up, "info").leave() for _ in range(2)]
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        began = time.monotonic()
        n_before = up.n_asked("/userinfo")
        answers = [pool.submit(way.back) for way in ways]
        while up.n_asked("/userinfo") < n_before + 2:
            assert time.monotonic() < began + 30
            time.sleep(0.01)
        other = Browser(gateway)
        page = Page(other.get(rp.authorize(other).headers["Location"]).text)
        assert other.sign_in(page, "sophea").status_code == 303
        went_on = not any(answer.done() for answer in answers)
        assert [answer.result().status_code for answer in answers] == [403, 403]
        assert time.monotonic() - began < 50
    return went_on


def test_n32_away_and_back(gateway, rp, up):
    up.reset()
    up.stop()
    try:
        row = away(gateway, rp, up)
        assert row["href"]
        with gateway.clock(next(offsets)):
            way = Way(gateway, rp, up)
            told(way.browser.get(way.row()["href"]), "upstream-away")
            up.start()
            n = len(up.asked)
            text = way.browser.get(way.chooser).text
            assert text.count("Does not answer at the moment.") == 2  # up1 and info
            for _ in range(5):
                told(way.browser.get(way.row()["href"]), "upstream-away")
            assert len(up.asked) == n
    finally:
        if up.server.socket.fileno() < 0:
            up.start()
    Way(gateway, rp, up).leave().succeeds()


def test_n57_idp_hint_of_one_that_is_away(gateway, rp, up):
    """The page says so, with the chooser behind it; back again, the hint leads there."""
    up.reset()
    up.stop()
    try:
        with gateway.clock(next(offsets)):
            browser = Browser(gateway)
            hinted = rp.authorize(browser, idp_hint="up1").headers["Location"]
            assert hinted.startswith("/login/upstream/up1?tx=")
            answer = browser.get(hinted)
            told(answer, "upstream-away")
            tx = hinted.partition("tx=")[2]
            assert f"/login?tx={tx}" in Page(answer.text).links
            chooser = Page(browser.get(f"/login?tx={tx}").text)
            assert browser.walk(browser.sign_in(chooser, "sophea")).headers["Location"].startswith(
                rp.redirect_uri), "another way, in the same transaction"
    finally:
        up.start()
    browser = Browser(gateway)
    way = Way(gateway, rp, up, idp_hint="up1", browser=browser)
    way.query = up.query_of(browser.get(way.chooser))
    way.succeeds()


# the files

BAD_FILES = {
    "state as a parameter": ({"parameters": {"state": "x"}}, "parameters cannot have state"),
    "client_id as a parameter": ({"parameters": {"client_id": "x"}}, "client_id"),
    "a parameter that is no text": ({"parameters": {"x": 1}}, "parameters cannot have x"),
    "asks for the nonce": ({"asks": [{"parameter": "nonce", "kind": "text",
                                      "label": {"en": "x"}}]}, "asks wants"),
    "unknown member": ({"tittle": {}}, "tittle is no member"),
    "issuer http": ({"issuer": "http://id.test"}, "issuer is no https"),
    "issuer like loopback": ({"issuer": "http://127.0.0.1.evil.test"}, "issuer is no https"),
    "issuer with a user": ({"issuer": "https://a@id.test"}, "issuer is no https"),
    "no level": ({"acr": {"x": "high"}}, "is no level of ours"),
    "no levels": ({"acr": None}, "nobody could sign in"),
    "no title": ({"title": None}, "title"), "no openid": ({"scope": "phone"}, "no openid"),
    "no key": ({"token_endpoint_auth_method": "private_key_jwt"}, "needs a keys_file"),
    "method none": ({"token_endpoint_auth_method": "none"}, "is none of"),
    "alg none": ({"id_token_signed_response_alg": "none"}, "is none of"),
    "alg HS256": ({"id_token_signed_response_alg": "HS256"}, "is none of"),
    "encryption": ({"id_token_encrypted_response_alg": "RSA1_5"}, "is not ECDH-ES"),
    "secret missing": ({"client_secret_file": "nope"}, "No such file"),
    "secret of all": ({"client_secret_file": "open"}, "others may read it"),
    "by name": ({"person": {"match": {"claim": "name", "to": "register_key",
                                      "verified": "always"}}}, "one person's alone"),
    "by birth date": ({"person": {"match": {"claim": "birthdate", "to": "personal_number",
                                            "verified": "always"}}}, "one person's alone"),
    "to a name": ({"person": {"match": {"claim": "phone_number", "to": "name",
                                        "verified": "always"}}}, "one person's alone"),
    "unverified": ({"person": {"match": {"claim": "phone_number", "to": "phone_number"}}},
                   "who verified it"),
}


def test_n59_files(gateway, up):
    """`dvara check` names the file and what is wrong; the gateway keeps the old ones on reload."""
    files = gateway.folder / "upstreams"
    (files / "open").write_text("secret")
    (files / "open").chmod(0o644)
    for name, (changes, why) in BAD_FILES.items():
        up.write(files, "bad", **changes)
        error = check_error(gateway)
        assert "bad.json" in error or name.startswith("secret"), (name, error)
        assert why in error, (name, error)
    (files / "bad.json").write_text("{")
    assert "is no JSON object" in check_error(gateway)
    (files / "bad.json").unlink()
    up.write(files, "Bad_Name")
    assert "the name is not" in check_error(gateway)
    (files / "Bad_Name.json").unlink()
    assert gateway.dvara("check")["ok"]


def check_error(gateway):
    done = subprocess.run([gateway.bin / "dvara", "check", "--config", gateway.config],
                          capture_output=True, text=True, timeout=60, check=False,
                          env=gateway.environment())
    assert done.returncode == 1, done.stdout
    return done.stdout + done.stderr


def test_reload(gateway, rp, up):
    """A file that comes, and one that goes."""
    files = gateway.folder / "upstreams"
    up.reset()
    up.write(files, "newone", title={"en": "New one"}, acr=None, acr_default=LOW)
    gateway.process.send_signal(signal.SIGHUP)
    browser = Browser(gateway)
    until = time.monotonic() + 30
    while "New one" not in browser.get(rp.authorize(browser).headers["Location"]).text:
        assert time.monotonic() < until
    way = Way(gateway, rp, up, "newone").leave()
    way.succeeds()
    way = Way(gateway, rp, up, "newone").leave()
    (files / "newone.json").unlink()
    gateway.process.send_signal(signal.SIGHUP)
    until = time.monotonic() + 30
    while "New one" in browser.get(rp.authorize(browser).headers["Location"]).text:
        assert time.monotonic() < until
    assert way.back().status_code == 404

