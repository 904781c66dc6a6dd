# SPDX-License-Identifier: Apache-2.0
"""Clients that register themselves: OpenID Connect Dynamic Client Registration, RFC 7591, RFC 7592.
The names of the OpenID Foundation's dynamic plan are kept where it has a module for the case."""

import json
import os
import pathlib
import socket
import struct
import threading
import time
import zlib

import pytest
import requests

import jwt_tools
from browser import Browser, Page
from client_site import Site
from gateway import Gateway
from relying_party import RelyingParty, query_of

ISSUER = "https://authority.test"
WEB = {"redirect_uris": ["https://app.test/cb"], "client_name": "App"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture(scope="module")
def authority():
    return jwt_tools.ec_key()


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, site, authority):
    folder = tmp_path_factory.mktemp("register")
    keys = folder / "authority.json"
    keys.write_text(json.dumps({"keys": [jwt_tools.public_jwk(authority, "a1")]}))
    with Gateway(folder, {
            "outbound.allow": "127.0.0.1", "outbound.ca_file": site.ca_file,
            "registration.enabled": "yes", "registration.per_hour": 100000,
            "registration.statement_issuer": ISSUER,
            "registration.statement_keys_file": keys}) as running:
        running.apply("person", [{"register_key": "P-1", "short_name": "sophea",
                                  "claims": {"name": "Sophea"}}])
        running.invite = running.dvara("client", "invite", 100000)["initial_access_token"]
        yield running


def bearer(token):
    return {"Authorization": f"Bearer {token}"} if token else {}


def register(gateway, metadata, token="", **more):
    token = gateway.invite if token == "" else token
    return requests.post(f"{gateway.url}/register", json=metadata, timeout=20,
                         headers={**bearer(token), **more})


def registered(gateway, metadata=None, **more):
    answer = register(gateway, {**(metadata or WEB), **more})
    assert answer.status_code == 201, answer.text
    assert "no-store" in answer.headers["Cache-Control"]
    return answer.json()


def refused(answer, error, status=400):
    assert answer.status_code == status, answer.text
    assert answer.json()["error"] == error, answer.text
    if status == 401:
        assert f'error="{error}"' in answer.headers["WWW-Authenticate"]
    assert "client_id" not in answer.json()


def manage(method, client, token=None, **more):
    return requests.request(method, client["registration_client_uri"], timeout=20, headers=bearer(
        client["registration_access_token"] if token is None else token), **more)


def relying_party(gateway, client, key=None):
    """As if it had been applied: the rest of a relying party's life is the same."""
    rp = RelyingParty.__new__(RelyingParty)
    rp.gateway, rp.key, rp.stored, rp.id = gateway, key, client, client["client_id"]
    rp.secret, rp.method = client.get("client_secret"), client["token_endpoint_auth_method"]
    rp.redirect_uri, rp.verifier = client["redirect_uris"][0], ""
    return rp


def n_clients(gateway):
    return gateway.sql("SELECT count(*) FROM client")[0][0]


# what works

def test_oidcc_registration_and_a_whole_login(gateway):
    client = registered(gateway, application_type="web", contacts=["ops@app.test"],
                        grant_types=["authorization_code"], response_types=["code"])
    assert client["client_secret"] and client["client_secret_expires_at"] == 0
    assert abs(client["client_id_issued_at"] - time.time()) < 60
    assert client["registration_client_uri"] == f"{gateway.url}/register/{client['client_id']}"
    rp = relying_party(gateway, client)
    tokens = rp.tokens(Browser(gateway))
    assert rp.id_token(tokens)["aud"] == rp.id


def test_oidcc_discovery_endpoint_verification(gateway, tmp_path):
    """registration_endpoint stands in discovery where it works, and only there."""
    document = requests.get(f"{gateway.url}/.well-known/openid-configuration", timeout=20).json()
    assert document["registration_endpoint"] == f"{gateway.url}/register"
    with Gateway(tmp_path) as closed:
        document = requests.get(
            f"{closed.url}/.well-known/openid-configuration", timeout=20).json()
        assert "registration_endpoint" not in document
        assert register(closed, WEB, "x").status_code == 404


def test_oidcc_registration_jwks_uri(gateway, site):
    key = jwt_tools.ec_key()
    uri = site.put("/jwks", {"keys": [jwt_tools.public_jwk(key, "k1")]})
    client = registered(gateway, jwks_uri=uri, token_endpoint_auth_method="private_key_jwt")
    assert "client_secret" not in client and client["jwks_uri"] == uri
    relying_party(gateway, client, key).tokens(Browser(gateway))


def test_oidcc_registration_sector_uri(gateway, site):
    """Two hosts need a sector; the subjects of two clients of one sector are the same."""
    both = ["https://one.test/cb", "https://two.test/cb"]
    uri = site.put("/sector", both)
    subs = set()
    for redirects in (both, both[1:]):
        client = registered(gateway, redirect_uris=redirects, sector_identifier_uri=uri)
        assert client["subject_type"] == "pairwise"
        rp = relying_party(gateway, client)
        subs.add(rp.id_token(rp.tokens(Browser(gateway)))["sub"])
    alone = relying_party(gateway, registered(gateway))
    subs.add(alone.id_token(alone.tokens(Browser(gateway)))["sub"])
    assert len(subs) == 2


def test_oidcc_3rd_party_init_login(gateway):
    uri = "https://app.test/begin"
    assert registered(gateway, initiate_login_uri=uri)["initiate_login_uri"] == uri


def test_client_name_in_languages(gateway):
    """In Khmer U+200B parts words: there it belongs to the writing."""
    for name in ("កម្មវិធី", "ពន្ធ\u200bដារ"):
        client = registered(gateway, **{"client_name#km": name})
        assert client["client_name#km"] == name and client["client_name"] == "App"


def test_a_public_native_client(gateway):
    client = registered(gateway, token_endpoint_auth_method="none", application_type="native",
                        redirect_uris=["http://127.0.0.1/cb"])
    assert "client_secret" not in client and "client_secret_expires_at" not in client
    relying_party(gateway, client).tokens(Browser(gateway))


def test_not_approved_until_an_operator_says_so(gateway):
    """An error that the browser alone could cause is shown, not sent (A41); after approval sent."""
    client = registered(gateway)
    rp = relying_party(gateway, client)
    answer = rp.authorize(Browser(gateway), prompt="none")
    assert answer.status_code != 303 and "Location" not in answer.headers
    gateway.dvara("client", "approve", rp.id)
    time.sleep(1.1)
    answer = rp.authorize(Browser(gateway), prompt="none")
    assert query_of(answer)["error"] == "login_required"
    assert {"client_id": rp.id, "client_name": "App", "dvara_profile": "standard",
            "is_approved": True} in gateway.dvara("client", "list")
    put = manage("PUT", client, json={**WEB, "client_id": rp.id})
    assert put.status_code == 200
    assert gateway.sql("SELECT is_approved FROM client WHERE id = ?", rp.id) == [(0,)]
    gateway.dvara("client", "approve", "nobody", expect=3)


def test_registered_by_a_software_statement(gateway, authority):
    statement = statement_of(authority, redirect_uris=["https://a.test/cb", "https://b.test/cb"],
                             client_name="Stated", sector_identifier_uri=None)
    answer = register(gateway, {"software_statement": statement, "client_name": "Mine",
                                "redirect_uris": ["https://a.test/cb"]}, None)
    assert answer.status_code == 201, answer.text
    client = answer.json()
    assert client["client_name"] == "Stated" and client["redirect_uris"] == ["https://a.test/cb"]
    relying_party(gateway, client).tokens(Browser(gateway))


def statement_of(key, alg="ES256", header=None, **claims):
    claims = {"iss": ISSUER, "iat": int(time.time()), "software_id": "app-1", **claims}
    return jwt_tools.sign(key, {"alg": alg, "kid": "a1", **(header or {})}, {
        name: value for name, value in claims.items() if value is not None}, alg)


# R01

def test_r01_initial_access_tokens(gateway):
    """R01: none, an unknown one, a used one, an expired one; twin: a good one, once."""
    answer = register(gateway, WEB, None)
    assert answer.status_code == 401 and answer.headers["WWW-Authenticate"].startswith("Bearer")
    refused(register(gateway, WEB, "unknown"), "invalid_token", 401)
    refused(register(gateway, WEB, "x" * 5000), "invalid_token", 401)
    refused(register(gateway, WEB, None, Authorization="Basic eDp5"), "invalid_token", 401)
    once = gateway.dvara("client", "invite")["initial_access_token"]
    bad = register(gateway, {**WEB, "redirect_uris": []}, once)
    assert bad.status_code == 400
    assert register(gateway, WEB, once).status_code == 201
    refused(register(gateway, WEB, once), "invalid_token", 401)
    late = gateway.dvara("client", "invite")["initial_access_token"]
    with gateway.clock(7 * 86400 + 1):
        refused(register(gateway, WEB, late), "invalid_token", 401)
    assert register(gateway, WEB, late).status_code == 201
    assert once not in gateway.log() and late not in gateway.log()


def test_r01_registration_access_tokens(gateway):
    """R01: another client's token, none, and after DELETE; twin: its own."""
    mine, other = registered(gateway), registered(gateway)
    assert manage("GET", mine).json()["redirect_uris"] == WEB["redirect_uris"]
    assert "client_secret" not in manage("GET", mine).json()
    for method in ("GET", "PUT", "DELETE"):
        more = {"json": {**WEB, "client_id": mine["client_id"]}} if method == "PUT" else {}
        refused(manage(method, mine, other["registration_access_token"], **more),
                "invalid_token", 401)
        refused(manage(method, mine, gateway.invite, **more), "invalid_token", 401)
        assert manage(method, mine, "", **more).status_code == 401
    assert manage("DELETE", mine).status_code == 204
    refused(manage("GET", mine), "invalid_token", 401)
    refused(manage("DELETE", mine), "invalid_token", 401)
    assert manage("GET", other).status_code == 200


def test_r01_an_invitation_for_one_serves_one_of_many_at_once(gateway):
    once = gateway.dvara("client", "invite")["initial_access_token"]
    answers = []
    threads = [threading.Thread(
        target=lambda: answers.append(register(gateway, WEB, once).status_code))
        for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [201] + [401] * 15


# R02 to R05

@pytest.mark.parametrize("redirects", [
    ["http://app.test/cb"], ["https://app.test/cb#here"], ["https://*.app.test/cb"],
    ["https://user@app.test/cb"], ["/cb"], ["javascript:alert(1)"], ["JaVaScRiPt:alert(1)"],
    ["data:text/html,x"], ["vbscript:x"], ["\tjavascript:alert(1)"], [],
    ["https://app.test/cb", "http://app.test/cb"]], ids=repr)
def test_r02_redirect_addresses(gateway, redirects):
    """R02; oidcc-redirect-uri-regfrag"""
    n = n_clients(gateway)
    answer = register(gateway, {**WEB, "redirect_uris": redirects})
    assert answer.status_code == 400, answer.text
    assert answer.json()["error"] in ("invalid_redirect_uri", "invalid_client_metadata")
    assert n_clients(gateway) == n


def test_r02_too_many_redirect_addresses(gateway):
    many = [f"https://app.test/{i}" for i in range(200)]
    assert register(gateway, {**WEB, "redirect_uris": many}).status_code == 400
    assert register(gateway, {**WEB, "redirect_uris": many[:32]}).status_code == 201


def jwk(**more):
    return {**jwt_tools.public_jwk(jwt_tools.ec_key(), "k1"), **more}


WEAK = {"kty": "RSA", "kid": "w", "e": "AQAB", "n": jwt_tools.number((1 << 1023) + 1, 128)}


@pytest.mark.parametrize("more", [
    {"jwks": {"keys": [jwk(d="AAAA")]}},
    {"jwks": {"keys": [{"kty": "oct", "k": "AAAA"}]}},
    {"jwks": {"keys": [WEAK]}},
    {"jwks": {"keys": [jwk(), jwk()]}},
    {"jwks": {"keys": [jwk()]}, "jwks_uri": "https://app.test/jwks"},
    {"token_endpoint_auth_method": "none", "grant_types": ["client_credentials"]},
    {"id_token_signed_response_alg": "none"},
    {"id_token_signed_response_alg": "HS256"},
    {"token_endpoint_auth_method": "client_secret_jwt"},
    {"response_types": ["code token"]},
    {"grant_types": ["password"]}, {"grant_types": ["implicit"]},
    {"grant_types": ["authorization_code", "client_credentials"]},
    {"client_name": "App\u202eppA"}, {"client_name": "App\u200b"}, {"client_name": "A\u200epp"},
    {"client_name": "A\u2060pp"}, {"client_name": "App\u061c"}, {"client_name": "A\u00adpp"},
    {"client_name#km": "A\u200bpp"}, {"client_name": 1}, {"redirect_uris": "https://app.test/cb"},
    {"dvara_profile": "gold"},
], ids=",".join)
def test_r03_metadata(gateway, more):
    """R03"""
    n = n_clients(gateway)
    refused(register(gateway, {**WEB, **more}), "invalid_client_metadata")
    assert n_clients(gateway) == n


def test_r03_what_is_no_json_object(gateway):
    for body, kind, error in (
            (b"[]", "application/json", "invalid_client_metadata"),
            (b"{", "application/json", "invalid_client_metadata"),
            (b'{"a":1,"a":2}', "application/json", "invalid_client_metadata"),
            (b'{"client_name":"\\u0000"}', "application/json", "invalid_client_metadata"),
            (b"a=b", "application/x-www-form-urlencoded", "invalid_request")):
        answer = requests.post(f"{gateway.url}/register", data=body, timeout=20, headers={
            **bearer(gateway.invite), "Content-Type": kind})
        assert answer.status_code in (400, 415) and answer.json()["error"] == error, answer.text


@pytest.mark.parametrize("listed, kind, status", [
    (["https://other.test/cb"], "application/json", 200), ({}, "application/json", 200),
    (b"https://app.test/cb", "text/plain", 200), ([], "application/json", 200),
    (["https://app.test/cb"], "application/json", 404),
    (["https://app.test/cb"], "application/json", 302), (b"[" * 3000, "application/json", 200)])
def test_r04_oidcc_registration_sector_bad(gateway, site, listed, kind, status):
    """R04: the sector does not name the redirect address; twin: test_oidcc_registration_sector_uri"""
    uri = site.put("/bad-sector", listed, kind, status, {"Location": site.url + "/sector"})
    n = n_clients(gateway)
    refused(register(gateway, {**WEB, "sector_identifier_uri": uri}), "invalid_client_metadata")
    assert n_clients(gateway) == n


DEVICE = "urn:ietf:params:oauth:grant-type:device_code"


@pytest.mark.parametrize("more", [
    # tokens by the device grant come without any redirect address
    {"grant_types": ["authorization_code", DEVICE]},
    {"grant_types": [DEVICE], "redirect_uris": [], "sector_identifier_uri": "/sector"},
    # one address is the other client's, the other is where the code comes
    {"redirect_uris": ["https://app.test/cb", "http://127.0.0.1/cb"]},
    {"redirect_uris": ["https://app.test/cb", "com.example.app:/cb"],
     "dvara_profile": "public-native"}])
def test_r04_nobody_takes_anothers_sector(gateway, site, more):
    """R04: the subjects of app.test are for who is given codes there."""
    sector = site.put("/sector", ["https://app.test/cb"])
    if "sector_identifier_uri" in more:
        more = {**more, "sector_identifier_uri": sector}
    n = n_clients(gateway)
    refused(register(gateway, {**WEB, **more}), "invalid_client_metadata")
    assert n_clients(gateway) == n


def test_r04_sectors_that_are_vouched_for_or_nobodys(gateway, site):
    """The twin: the sector lists the loopback address too, or there is no sector to take."""
    mixed = ["https://app.test/cb", "http://127.0.0.1/cb"]
    registered(gateway, redirect_uris=mixed,
               sector_identifier_uri=site.put("/mixed-sector", mixed))
    registered(gateway, redirect_uris=["http://127.0.0.1/cb"], dvara_profile="public-native",
               grant_types=["authorization_code", DEVICE])


def test_l02_nobody_is_sent_on_unasked_to_an_address_that_is_not_approved(gateway):
    """RFC 9700 section 4.11.2: who registers itself has an ID token of its own for everybody."""
    bye = "https://app.test/bye"
    client = registered(gateway, post_logout_redirect_uris=[bye])
    hint = relying_party(gateway, client).tokens(Browser(gateway))["id_token"]
    query = {"id_token_hint": hint, "post_logout_redirect_uri": bye}
    answer = Browser(gateway).get("/end_session", params=query)
    assert answer.status_code == 200, answer.headers
    assert "Location" not in answer.headers and "Refresh" not in answer.headers
    gateway.dvara("client", "approve", client["client_id"])
    time.sleep(1.1)
    answer = Browser(gateway).get("/end_session", params=query)
    assert (answer.status_code, answer.headers["Location"]) == (303, bye)


def test_r04_oidcc_3rd_party_init_login_nohttps(gateway):
    refused(register(gateway, {**WEB, "initiate_login_uri": "http://app.test/begin"}),
            "invalid_client_metadata")


def test_r04_software_statements(gateway, authority):
    """R04; twin: test_registered_by_a_software_statement"""
    good = statement_of(authority)
    now = int(time.time())
    for bad in (
            "x", good[:-4] + "AAAA", good.rsplit(".", 1)[0] + ".", 7, [],
            statement_of(jwt_tools.ec_key()), statement_of(authority, iss="https://other.test"),
            statement_of(authority, exp=now - 3600), statement_of(authority, nbf=now + 3600),
            statement_of(authority, header={"crit": ["x"]}),
            statement_of(authority, header={"kid": "a2"}),
            jwt_tools.b64u(b'{"alg":"none"}') + "." + good.split(".")[1] + "."):
        refused(register(gateway, {**WEB, "software_statement": bad}, None),
                "invalid_software_statement")
    stated = statement_of(authority, redirect_uris=["https://a.test/cb"])
    refused(register(gateway, {**WEB, "software_statement": stated}, None), "invalid_redirect_uri")


BAD_HOSTS = ["127.0.0.2", "[::1]", "0.0.0.0", "169.254.169.254", "10.0.0.1", "2130706433",
             "[::ffff:10.0.0.1]", "0177.0.0.1", "0x7f.0.0.1", "localhost", "redis", "192.168.1.1"]


@pytest.mark.parametrize("member", [
    "jwks_uri", "sector_identifier_uri", "logo_uri", "backchannel_logout_uri"])
def test_r05_addresses_that_we_would_call(gateway, site, member):
    """R05: refused, nobody is called; twin: the site's own address, which outbound.allow names."""
    trap = socket.create_server(("127.0.0.1", 0))
    trap.settimeout(0.2)
    port = trap.getsockname()[1]
    n = len(site.asked)
    for uri in (["http://app.test/x", f"http://127.0.0.1:{port}/x", "file:///etc/passwd",
                 f"gopher://127.0.0.1:{port}/x", "https://user@app.test/x"]
                + [f"https://{host}:{port}/x" for host in BAD_HOSTS]):
        refused(register(gateway, {**WEB, member: uri}), "invalid_client_metadata")
    with pytest.raises(TimeoutError):
        trap.accept()
    trap.close()
    assert len(site.asked) == n


# R08, R09

def test_r08_what_is_not_the_clients_to_choose(gateway):
    """R08: an id, a secret, roles, trust: refused or left out, never stored."""
    first = registered(gateway)
    sub = gateway.dvara("person", "subject", "sophea", first["client_id"])
    for name in (first["client_id"], json.dumps(sub)[:20], "admin"):
        client = registered(gateway, client_id=name)
        assert client["client_id"] != name
    client = registered(gateway, client_secret="chosen-by-the-client", roles=["admin"],
                        trusted=True, is_approved=True, subject_type="public",
                        scope="openid profile admin vci")
    stored = gateway.sql("SELECT metadata, is_approved FROM client WHERE id = ?",
                         client["client_id"])[0]
    assert stored[1] == 0 and client["client_secret"] != "chosen-by-the-client"
    for word in ("roles", "trusted", "admin", "chosen", "public\"", "vci"):
        assert word not in stored[0]
    for member, value in (
            ("dvara_service", True), ("dvara_resources", ["sim"]), ("dvara_require_pkce", False),
            ("dvara_purposes", [{"id": "p", "why": {"en": "x"}, "claims": [{"name": "name"}]}])):
        refused(register(gateway, {**WEB, member: value}), "invalid_client_metadata")


def test_r09_updates(gateway, authority):
    """R09: brazildcr-update-client-config-*: what is refused leaves all as it was."""
    statement = statement_of(authority, redirect_uris=["https://a.test/cb"])
    client = register(gateway, {"software_statement": statement}, None).json()
    good = {"client_id": client["client_id"], "redirect_uris": ["https://a.test/cb"]}
    before = manage("GET", client).json()
    for body, error in (
            ({"redirect_uris": ["https://a.test/cb"]}, "invalid_client_metadata"),
            ({**good, "client_id": "other"}, "invalid_client_metadata"),
            ({**good, "client_secret": "changed-by-client"}, "invalid_client_metadata"),
            ({**good, "redirect_uris": ["https://evil.test/cb"]}, "invalid_redirect_uri"),
            ({**good, "redirect_uris": ["http://a.test/cb"]}, "invalid_redirect_uri"),
            ({**good, "jwks_uri": "https://127.0.0.2/x"}, "invalid_client_metadata"),
            ({**good, "jwks": {"keys": [jwk(d="AAAA")]}}, "invalid_client_metadata"),
            ({**good, "id_token_signed_response_alg": "none"}, "invalid_client_metadata"),
            ([], "invalid_client_metadata")):
        refused(manage("PUT", client, json=body), error)
        assert manage("GET", client).json() == before
    same = manage("PUT", client, json={**good, "client_secret": client["client_secret"],
                                       "client_name": "New"})
    assert same.status_code == 200, same.text
    assert same.json()["client_name"] == "New" and "client_secret" not in same.json()
    relying_party(gateway, {**client, **same.json()}).tokens(Browser(gateway))


def whole(client, **changes):
    """What the client was told, sent back."""
    return {**manage("GET", client).json(), **changes}


def subject_told(gateway, rp, tokens):
    """By introspection; None where the token is not active."""
    form, headers = rp.credentials()
    return requests.post(f"{gateway.url}/introspect", timeout=20, headers=headers, data={
        "token": tokens["access_token"], **form}).json().get("sub")


@pytest.mark.parametrize("more", [
    {"redirect_uris": ["https://tax.test/cb"]}, {"redirect_uris": ["http://127.0.0.1/cb"]},
    {"redirect_uris": ["https://tax.test/cb"], "sector_identifier_uri": "/tax-sector"}], ids=range(3))
def test_r09_a_sector_is_for_good(gateway, site, more):
    """R09: with another host's addresses it would have that host's subjects of all whose tokens it
    holds; what that host publishes of its sector proves nothing of who holds them."""
    if "sector_identifier_uri" in more:
        more = {**more, "sector_identifier_uri": site.put("/tax-sector", ["https://tax.test/cb"])}
    client = registered(gateway)
    rp = relying_party(gateway, client)
    tokens = rp.tokens(Browser(gateway))
    before, sub = manage("GET", client).json(), rp.id_token(tokens)["sub"]
    n = len(site.asked)
    refused(manage("PUT", client, json=whole(client, **more)), "invalid_client_metadata")
    assert manage("GET", client).json() == before and len(site.asked) == n
    time.sleep(1.1)
    assert subject_told(gateway, rp, tokens) == sub == rp.userinfo(
        tokens["access_token"]).json()["sub"]
    # the twin: other addresses of the same host
    put = manage("PUT", client, json=whole(client, redirect_uris=["https://app.test/other"]))
    assert put.status_code == 200, put.text


def test_r09_no_sector_becomes_none(gateway):
    native = {"redirect_uris": ["http://127.0.0.1/cb"], "dvara_profile": "public-native",
              "client_name": "App"}
    client = registered(gateway, native)
    refused(manage("PUT", client, json=whole(client, redirect_uris=["https://app.test/cb"])),
            "invalid_client_metadata")
    put = manage("PUT", client, json=whole(client, redirect_uris=["http://[::1]/cb"]))
    assert put.status_code == 200, put.text


def test_r09_introspection_ends_with_the_consent(gateway):
    """As at /userinfo: what the person allowed was for other addresses."""
    client = registered(gateway)
    rp = relying_party(gateway, client)
    tokens = rp.tokens(Browser(gateway))
    assert subject_told(gateway, rp, tokens)
    gateway.apply("client", {**WEB, "client_id": rp.id, "redirect_uris": ["https://tax.test/cb"],
                             "client_secret": rp.secret})
    time.sleep(1.1)
    assert rp.userinfo(tokens["access_token"]).status_code == 401
    assert subject_told(gateway, rp, tokens) is None


def test_r09_what_was_told_can_be_sent_back(gateway):
    """RFC 7592 section 2.2; twin: a member of the operator's that is not as it was."""
    client = registered(gateway)
    told = manage("GET", client).json()
    put = manage("PUT", client, json=told)
    assert put.status_code == 200, put.text
    assert manage("GET", client).json() == told
    put = manage("PUT", client, json={**told, "client_secret": client["client_secret"]})
    assert put.status_code == 200, put.text
    refused(manage("PUT", client, json={**told, "dvara_resources": ["sim"]}),
            "invalid_client_metadata")
    assert manage("GET", client).json() == told


def test_r05_changes_are_counted(tmp_path, site):
    """Each has us call other hosts: of one caller, and of one client whoever calls."""
    with Gateway(tmp_path, {
            "outbound.allow": "127.0.0.1", "outbound.ca_file": site.ca_file,
            "registration.enabled": "yes", "registration.per_hour": 4}) as own:
        own.invite = own.dvara("client", "invite")["initial_access_token"]
        client = registered(own)
        body = whole(client, logo_uri=site.put("/counted", b"x", "image/png"))
        n = site.n_asked("/counted")
        for _ in range(3):
            refused(manage("PUT", client, json=body), "invalid_client_metadata")
        answer = manage("PUT", client, json=body)
        assert answer.status_code == 429 and "Retry-After" in answer.headers
        assert site.n_asked("/counted") == n + 3
        assert manage("GET", client).status_code == 200


def test_a_host_that_is_asked_for_the_wrong_thing_stays_open(gateway, site):
    """Answers that we refuse prove that it lives: its keys can still be fetched."""
    client = registered(gateway)
    uri = site.put("/endless", b"x" * 300000, "image/png")
    for _ in range(6):
        manage("PUT", client, json=whole(client, logo_uri=uri))
    uri = site.put("/small", png(6, 6), "image/png")
    n = site.n_asked("/small")
    put = manage("PUT", client, json=whole(client, logo_uri=uri))
    assert put.status_code == 200 and site.n_asked("/small") == n + 1
    assert manage("DELETE", client).status_code == 204


def test_r09_no_redirect_addresses_left(gateway):
    client = registered(gateway)
    refused(manage("PUT", client, json={"client_id": client["client_id"]}),
            "invalid_redirect_uri")
    assert manage("GET", client).json()["redirect_uris"] == WEB["redirect_uris"]


def test_what_an_operator_applied_is_the_operators(gateway):
    client = registered(gateway)
    gateway.apply("client", {**WEB, "client_id": client["client_id"], "client_name": "Ours"})
    refused(manage("PUT", client, json={**WEB, "client_id": client["client_id"]}),
            "invalid_token", 401)


def test_a_removed_clients_tokens_have_ended(gateway):
    client = registered(gateway, grant_types=["authorization_code", "refresh_token"])
    rp = relying_party(gateway, client)
    tokens = rp.tokens(Browser(gateway), scope="openid offline_access", prompt="consent")
    assert manage("DELETE", client).status_code == 204
    time.sleep(1.1)
    assert rp.refresh(tokens["refresh_token"]).status_code == 401
    page = Page(rp.authorize(Browser(gateway)).text)
    assert "error-code" in page.ids


def test_every_registration_is_in_the_audit(gateway):
    client = registered(gateway)
    manage("DELETE", client)
    events = [(row["event"], row["actor"]) for row in gateway.audit()[:2]]
    actor = f"client:{client['client_id']}"
    assert events == [("client.removed", actor), ("client.registered", actor)]


def test_tries_are_counted(tmp_path):
    with Gateway(tmp_path, {"registration.enabled": "yes",
                            "registration.per_hour": 3}) as gateway:
        for _ in range(3):
            assert register(gateway, WEB, "x").status_code == 401
        answer = register(gateway, WEB, "x")
        assert answer.status_code == 429 and "Retry-After" in answer.headers


def test_without_pkce_where_the_operator_lets_them(tmp_path):
    """The Foundation's dynamic plan knows no PKCE."""
    with Gateway(tmp_path, {"registration.enabled": "yes",
                            "registration.require_pkce": "no"}) as gateway:
        gateway.apply("person", [{"register_key": "P-1", "short_name": "sophea",
                                  "claims": {"name": "Sophea"}}])
        gateway.invite = gateway.dvara("client", "invite", 9)["initial_access_token"]
        rp = relying_party(gateway, registered(gateway))
        code = rp.code(Browser(gateway), code_challenge=None, code_challenge_method=None)
        assert rp.token(code, code_verifier=None).status_code == 200
        public = registered(gateway, token_endpoint_auth_method="none",
                            application_type="native", redirect_uris=["http://127.0.0.1/cb"])
        assert public["dvara_require_pkce"] is True


def test_rotate_secret(gateway):
    """Both secrets are good for a day, then the new one alone; twin: neither is another's."""
    for method in ("client_secret_basic", "client_secret_post"):
        for given in (None, "an operator's own secret"):
            name = f"rotated-{method[-5:]}-{given is None}".lower()
            rp = RelyingParty(gateway, {
                "client_id": name, "redirect_uris": ["https://rotated.test/cb"],
                "token_endpoint_auth_method": method,
                **({} if given is None else {"client_secret": given})})
            old = rp.secret
            new = gateway.dvara("client", "rotate-secret", name)["client_secret"]
            time.sleep(1.1)
            assert new != old
            for secret, offset_s, status in (
                    (new, 0, 400), (old, 0, 400), ("wrong secret", 0, 401),
                    (new, 86400 + 5, 400), (old, 86400 + 5, 401)):
                rp.secret = secret
                with gateway.clock(offset_s):
                    assert rp.token("no-code").status_code == status, (name, secret == old)
            third = gateway.dvara("client", "rotate-secret", name)["client_secret"]
            time.sleep(1.1)
            for secret, status in ((third, 400), (new, 400), (old, 401)):
                rp.secret = secret
                assert rp.token("no-code").status_code == status
    gateway.dvara("client", "rotate-secret", "nobody", expect=3)
    RelyingParty(gateway, {"client_id": "keyed", "redirect_uris": ["https://keyed.test/cb"]},
                 jwt_tools.ec_key())
    gateway.dvara("client", "rotate-secret", "keyed", expect=4)


def test_a_secret_applied_anew_ends_the_one_before_at_once(gateway):
    metadata = {"client_id": "anew", "redirect_uris": ["https://anew.test/cb"]}
    rp = RelyingParty(gateway, metadata)
    old = rp.secret
    new = gateway.dvara("client", "rotate-secret", "anew")["client_secret"]
    gateway.apply("client", metadata)
    time.sleep(1.1)
    assert rp.token("no-code").status_code == 400
    gateway.apply("client", {**metadata, "client_secret": "the third of them"})
    time.sleep(1.1)
    for secret, status in ((old, 401), (new, 401), ("the third of them", 400)):
        rp.secret = secret
        assert rp.token("no-code").status_code == status


def png(width, height, more=b""):
    def chunk(kind, body):
        return (struct.pack(">I", len(body)) + kind + body
                + struct.pack(">I", zlib.crc32(kind + body)))
    return (b"\x89PNG\r\n\x1a\n"
            + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
            + chunk(b"IDAT", zlib.compress(b"\0" * 20)) + more + chunk(b"IEND", b""))


JPEG = (b"\xff\xd8\xff\xe0\0\x10JFIF\0\1\1\0\0\1\0\1\0\0"
        b"\xff\xc0\0\x0b\x08\0\x10\0\x10\1\1\x11\0\xff\xd9")
WEBP = b"RIFF\x16\0\0\0WEBPVP8X\x0a\0\0\0\0\0\0\0\x0f\0\0\x0f\0\0"


def consent_page(gateway, rp):
    browser = Browser(gateway)
    page = Page(browser.get(rp.authorize(browser, prompt="consent").headers["Location"]).text)
    answer = browser.sign_in(page, "sophea")
    while answer.status_code == 303:
        answer = browser.get(answer.headers["Location"])
    return answer


@pytest.mark.parametrize("body, kind", [
    (png(4, 4), "image/png"), (JPEG, "image/jpeg"), (WEBP, "image/webp")],
    ids=["png", "jpeg", "webp"])
def test_s04_oidcc_registration_logo_uri(gateway, site, body, kind):
    """The logo is ours to serve: fetched once, by its bytes what it is, shown when approved."""
    uri = site.put("/logo", body, "text/html")
    n = site.n_asked("/logo")
    client = registered(gateway, logo_uri=uri)
    rp = relying_party(gateway, client)
    assert "<img" not in consent_page(gateway, rp).text
    gateway.dvara("client", "approve", rp.id)
    time.sleep(1.1)
    page = consent_page(gateway, rp)
    assert site.url not in page.text and "img-src 'self'" in page.headers["Content-Security-Policy"]
    path = page.text.split('<img class="logo" src="')[1].split('"')[0]
    assert path.startswith("/assets/")
    answer = requests.get(gateway.url + path, timeout=20)
    assert answer.content == body and answer.headers["Content-Type"] == kind
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert "immutable" in answer.headers["Cache-Control"]
    assert answer.headers["Content-Security-Policy"] == "default-src 'none'; sandbox"
    assert site.n_asked("/logo") == n + 1
    assert manage("DELETE", client).status_code == 204


@pytest.mark.parametrize("body", [
    b'<svg xmlns="http://www.w3.org/2000/svg"/>', b"GIF89a" + b"\0" * 40, b"", b"<html>",
    png(4, 4, b"\0" * (20 << 10)), png(60000, 60000), png(0, 4), JPEG[:20], WEBP[:20]], ids=range(9))
def test_s04_what_is_no_logo(gateway, site, body):
    uri = site.put("/no-logo", body, "image/png")
    refused(register(gateway, {**WEB, "logo_uri": uri}), "invalid_client_metadata")


def test_s04_a_logo_that_is_away_is_none(gateway, site):
    for status in (404, 302):
        uri = site.put("/away", png(4, 4), status=status, headers={"Location": site.url + "/logo"})
        assert registered(gateway, logo_uri=uri)["logo_uri"] == uri
    assert gateway.sql("SELECT count(*) FROM client WHERE logo IS NOT NULL") == [(0,)]


def test_a_logo_that_nobody_has_is_gone(gateway, site):
    uri = site.put("/gone", png(5, 5))
    client = registered(gateway, logo_uri=uri)
    assert gateway.sql("SELECT count(*) FROM asset") == [(1,)]
    manage("PUT", client, json={**WEB, "client_id": client["client_id"]})
    assert gateway.sql("SELECT count(*) FROM asset") == [(0,)]


def test_r12_nothing_but_assets_is_served(gateway):
    """R12"""
    for path in ("..%2f..%2fetc%2fpasswd", "%2e%2e/", "....//", "..%5c", "%00", "x", "A" * 43,
                 "A" * 5000, "dvara.db"):
        answer = requests.get(f"{gateway.url}/assets/{path}", timeout=20)
        assert answer.status_code in (400, 404, 414), (path, answer.status_code)


@pytest.mark.skipif("DVARA_VECTORS" not in os.environ, reason="no vectors")
def test_h11_json_that_is_none(gateway):
    """JSONTestSuite: what is malformed, and what every parser takes its own way."""
    suite = pathlib.Path(os.environ["DVARA_VECTORS"]) / "json-test-suite"
    files = sorted(suite.glob("**/[niy]_*.json"))
    assert len(files) > 300
    for file in files:
        answer = requests.post(f"{gateway.url}/register", data=file.read_bytes(), timeout=20, headers={
            **bearer(gateway.invite), "Content-Type": "application/json"})
        assert answer.status_code in ((413, 400) if file.stat().st_size > 60000 else (400,)), file.name
        assert answer.json()["error"]
    registered(gateway)
