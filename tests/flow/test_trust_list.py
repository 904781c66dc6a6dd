# SPDX-License-Identifier: Apache-2.0
"""Issuers of other countries by a signed list: cases N50 to N54."""

import contextlib
import json
import time

import pytest

import jwt_tools
from browser import Browser, Page
from conftest import client
from gateway import Gateway
from relying_party import query_of
from test_upstream import PHONE, Way, told
from test_upstream_keys import check_error
from upstream_server import HIGH, LOW, SUBSTANTIAL, Upstream

DAY = 24 * 3600
MAKER = "https://list.test"


@pytest.fixture(scope="module")
def maker():
    """Who makes the list, and serves it."""
    with Upstream() as running:
        running.signer = jwt_tools.ec_key()
        running.iat = int(time.time()) - 1000
        yield running


@pytest.fixture(scope="module")
def th():
    with Upstream() as running:
        yield running


@pytest.fixture(scope="module")
def vn():
    with Upstream() as running:
        yield running


def entry(up, name, **changes):
    return {"id": name, "issuer": up.issuer, "country": name.upper(), "title": {"en": f"Of {name}"},
            "jwks": {"keys": [jwt_tools.public_jwk(up.keys[0][1], up.keys[0][0])]},
            "id_token_signed_response_alg": "RS256", "acr": {"loa1": LOW, "loa2": HIGH},
            "claims": ["phone_number", "phone_number_verified", "name"],
            "valid_until": int(time.time()) + 30 * DAY, **changes}


def signed(maker, entries, key=None, header=None, **changes):
    maker.iat += 1
    claims = {"iss": MAKER, "iat": maker.iat, "exp": int(time.time()) + 7 * DAY,
              "issuers": entries, **changes}
    return jwt_tools.sign(key or maker.signer,
                          {"alg": "ES256", "typ": "trust-list+jwt", "kid": "m", **(header or {})},
                          claims)


def publish(maker, jws):
    maker.pages["/list"] = (200, "application/trust-list+jwt", jws.encode())


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, maker, th, vn):
    folder = tmp_path_factory.mktemp("trust_list")
    files = folder / "upstreams"
    files.mkdir()
    publish(maker, signed(maker, [entry(th, "th"), entry(vn, "vn", title={"en": "Listed"})]))
    (files / "maker").write_text(json.dumps({"keys": [jwt_tools.public_jwk(maker.signer, "m")]}))
    vn.write(files, "own", title={"en": "Own"})
    th.write(files, "asean", issuer=None, title=None, acr=None, acr_highest=SUBSTANTIAL,
             trust_list={"issuer": MAKER, "keys_file": "maker", "url": f"{maker.issuer}/list"},
             person={"match": {"claim": "phone_number", "to": "phone_number",
                               "verified": "phone_number_verified"}, "link": False,
                     "enroll": {"claims": {"name": "name", "nickname": "nickname"}}})
    with Gateway(folder, {"upstream.folder": files, "login.methods": "upstream",
                          "outbound.allow": "127.0.0.1", "gateway.loops": 1}) as running:
        running.apply("person", [{"register_key": "P-1", "short_name": "sophea",
                                  "claims": {"name": "Sophea", **PHONE}}])
        yield running


@pytest.fixture(scope="module")
def rp(gateway):
    return client(gateway, "rp", jwt_tools.ec_key(), id_token_signed_response_alg="ES256")


def rows(gateway, rp):
    browser = Browser(gateway)
    page = Page(browser.get(rp.authorize(browser).headers["Location"]).text)
    return {name.removeprefix("login-upstream-") for name in page.ids
            if name.startswith("login-upstream-")}


def until(gateway, rp, wanted):
    end = time.monotonic() + 30
    while rows(gateway, rp) != wanted:
        assert time.monotonic() < end, rows(gateway, rp)
        time.sleep(0.1)


@contextlib.contextmanager
def later(gateway, hours):
    """When the list is due again; the first look at it waits for a turn of the loop."""
    with gateway.clock(hours * 3600):
        yield


def test_n53_n54_listed(gateway, rp, th, maker):
    """An entry is a row; its level ends at our ceiling, its keys are the list's."""
    until(gateway, rp, {"own", "asean-th"})  # vn is configured already
    th.reset()
    id_token = Way(gateway, rp, th, "asean-th").leave().succeeds()
    assert id_token["acr"] == SUBSTANTIAL  # not HIGH
    th.keys.insert(0, ("new", jwt_tools.rsa_key()))  # its own set has it, the list has not
    n = th.n_asked("/jwks")
    told(Way(gateway, rp, th, "asean-th").leave().back(), "upstream-failed")
    assert th.n_asked("/jwks") == n == 0
    th.keys.pop(0)
    way = Way(gateway, rp, th, "asean-th", scope="openid profile").leave()
    way.succeeds(way.back(th.code(way.query, "f-1", name="Somchai", nickname="outside")))
    claims, origin = gateway.sql(
        "SELECT claims, origin FROM register WHERE origin IS NOT NULL")[0]
    assert json.loads(claims) == {"name": "Somchai"} and origin == th.issuer
    assert gateway.dvara("check")["warnings"].count("asean") == 0


def test_n50_n51_not_believed(gateway, rp, maker, th, vn):
    """The list before stays; a right one after it is taken."""
    before = gateway.sql("SELECT jws FROM trusted")
    good = signed(maker, [entry(th, "th"), entry(th, "th2", issuer="https://th2.test")])
    wrong = [
        signed(maker, [], key=jwt_tools.ec_key()), signed(maker, [], header={"typ": "JWT"}),
        signed(maker, [], header={"alg": "none"}), signed(maker, [], iss="https://other.test"),
        signed(maker, [], exp=None), signed(maker, [], iat=None), good[:-9],
        signed(maker, [], iat=maker.iat - 500), signed(maker, None), "x" * 70000]
    for i, jws in enumerate(wrong):
        n = maker.n_asked("/list")
        publish(maker, jws)
        with later(gateway, 2 * (i + 1)):
            end = time.monotonic() + 30
            while maker.n_asked("/list") == n:
                assert time.monotonic() < end
                time.sleep(0.05)
            assert rows(gateway, rp) == {"own", "asean-th"}, i
        assert gateway.sql("SELECT jws FROM trusted") == before
    publish(maker, good)
    with later(gateway, 48):
        until(gateway, rp, {"own", "asean-th", "asean-th2"})


def test_n52_n53_ended(gateway, rp, maker, th):
    """An entry's end, the list's end; out of reach since."""
    publish(maker, signed(maker, [
        entry(th, "th"), entry(th, "soon", issuer="https://soon.test",
                               valid_until=int(time.time()) + 80 * 3600),
        entry(th, "gone", issuer="https://gone.test", valid_until=int(time.time()) - 1),
        {"id": "broken"}, "text", entry(th, "no-key", issuer="https://k.test", jwks={"keys": []})]))
    with later(gateway, 72):
        until(gateway, rp, {"own", "asean-th", "asean-soon"})
        th.reset()
        way = Way(gateway, rp, th, "asean-th").leave()
        maker.pages["/list"] = (500, "text/plain", b"")
        gateway.clock_set(81 * 3600)
        until(gateway, rp, {"own", "asean-th"})
        gateway.clock_set(7 * DAY + 3600)
        until(gateway, rp, {"own"})
        assert way.back().status_code == 404


@pytest.fixture(scope="module")
def party(gateway):
    return client(gateway, "renewing", scope="openid offline_access",
                  id_token_signed_response_alg="ES256",
                  grant_types=["authorization_code", "refresh_token"])


def signed_in(gateway, party, up, name):
    """(browser, refresh token) of a login by the upstream."""
    way = Way(gateway, party, up, name, scope="openid offline_access", prompt="consent").leave()
    answer = way.browser.walk(way.back())
    party.verifier = way.verifier
    return way.browser, party.token(query_of(answer)["code"]).json()["refresh_token"]


def test_tokens_end_with_the_issuer(gateway, rp, party, maker, th, vn):
    """Who has left the list lets nobody's tokens be renewed; as long as nobody can tell, none is
    thrown away.  The twin: an issuer of our own configuration."""
    th.reset()
    vn.reset()
    publish(maker, signed(maker, [entry(th, "th")], exp=int(time.time()) + 97 * 3600))
    until(gateway, rp, {"own", "asean-th"})
    browser, listed = signed_in(gateway, party, th, "asean-th")
    _, own = signed_in(gateway, party, vn, "own")
    lists = [  # hours from now, the list then, the rows, what a refresh is answered
        (90, None, {"own", "asean-th"}, 200),
        (98, None, {"own"}, 503),
        (100, [entry(th, "th")], {"own", "asean-th"}, 200),
        (102, [entry(th, "other", issuer="https://other.test")], {"own", "asean-other"}, 400),
        (104, [entry(th, "th")], {"own", "asean-th"}, 400)]
    for hours, entries, wanted, status in lists:
        if entries:
            publish(maker, signed(maker, entries))
        with later(gateway, hours):
            until(gateway, rp, wanted)
            answer = party.refresh(listed)
            assert answer.status_code == status, (hours, answer.text)
            assert party.refresh(own).status_code == 200
        if hours == 90:
            maker.pages["/list"] = (500, "text/plain", b"")
    assert answer.json()["error"] == "invalid_grant"
    assert query_of(party.authorize(browser, prompt="none"))["error"] == "login_required"


def test_n50_a_file(gateway, maker, th):
    """`dvara check` says why a list gives nothing, and what a file lacks."""
    files = gateway.folder / "upstreams"
    (files / "list").write_text(signed(maker, [], key=jwt_tools.ec_key()))
    listed = {"issuer": MAKER, "keys_file": "maker", "file": "list"}
    th.write(files, "bad", issuer=None, acr_highest=LOW, trust_list=listed)
    assert "signature does not match" in json.dumps(gateway.dvara("check")["warnings"])
    for changes in ({"acr_highest": "high"}, {"trust_list": {**listed, "keys_file": None}},
                    {"trust_list": {**listed, "url": "https://x.test"}},
                    {"trust_list": {**listed, "keys_file": "nope"}}):
        th.write(files, "bad", **{"issuer": None, "acr_highest": LOW, "trust_list": listed,
                                  **changes})
        check_error(gateway)
    (files / "bad.json").unlink()
