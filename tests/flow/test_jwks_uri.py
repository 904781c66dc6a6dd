# SPDX-License-Identifier: Apache-2.0
"""Keys that a client keeps at its own address (jwks_uri): fetched under the guards, rotated at
once, never a way to make us hammer a host."""

import json
import time

import pytest

import jwt_tools
from browser import Browser
from client_site import Site
from gateway import Gateway
from pki import x5c
from relying_party import RelyingParty
from test_mtls import TlsParty, certify

FRESH_S, LOOK_S, PEACE_S, STALE_S = 300, 60, 10, 3600


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, site):
    folder = tmp_path_factory.mktemp("jwks_uri")
    with Gateway(folder, {"outbound.allow": "127.0.0.1",
                          "outbound.ca_file": site.ca_file}) as running:
        running.apply("person", [{"register_key": "P-1", "short_name": "sophea",
                                  "claims": {"name": "Sophea"}}])
        yield running


def keys(*named):
    return {"keys": [jwt_tools.public_jwk(key, kid) for kid, key in named]}


def relying_party(gateway, site, name, **metadata):
    key = jwt_tools.ec_key()
    site.put(f"/{name}", keys(("k1", key)))
    rp = RelyingParty(gateway, {
        "client_id": name, "client_name": name, "redirect_uris": [f"https://{name}.test/cb"],
        "token_endpoint_auth_method": "private_key_jwt",
        "grant_types": ["authorization_code", "refresh_token"],
        "scope": "openid profile offline_access", "jwks_uri": f"{site.url}/{name}", **metadata})
    rp.key = key
    return rp


def ask(rp, kid="k1", key=None, **changes):
    """A token request with a code that nobody has: 400 means that the client was believed."""
    assertion = rp.assertion(header={"kid": kid}, key=key, **changes)
    return rp.token("no-code", ({"client_assertion": assertion, "client_assertion_type":
                                 "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, {}))


def believed(answer):
    assert answer.status_code in (400, 401), answer.text
    error = answer.json()["error"]
    assert error in ("invalid_grant", "invalid_client"), answer.text
    return error == "invalid_grant"


def test_login_by_keys_at_an_address(gateway, site):
    """Basic: a whole login; the keys are read once."""
    rp = relying_party(gateway, site, "login")
    tokens = rp.tokens(Browser(gateway))
    assert rp.id_token(tokens)["aud"] == rp.id
    assert believed(ask(rp))
    assert site.n_asked("/login") == 1


def test_c18_oidcc_refresh_token_rp_key_rotation(gateway, site):
    """C18: a new key is believed at once, one taken out ends within 5 minutes."""
    rp = relying_party(gateway, site, "rotating")
    tokens = rp.tokens(Browser(gateway), scope="openid offline_access", prompt="consent")
    old, new = rp.key, jwt_tools.ec_key()
    site.put("/rotating", keys(("k2", new)))
    answer = rp.refresh(tokens["refresh_token"], ({
        "client_assertion": rp.assertion(header={"kid": "k2"}, key=new),
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"}, {}))
    assert answer.status_code == 200, answer.text
    assert not believed(ask(rp, "k1", old))
    assert site.n_asked("/rotating") == 2


def test_c18_a_key_taken_out_ends_within_five_minutes(gateway, site):
    rp = relying_party(gateway, site, "withdrawn")
    other = jwt_tools.ec_key()
    site.put("/withdrawn", keys(("k1", rp.key), ("k2", other)))
    assert believed(ask(rp)) and believed(ask(rp, "k2", other))
    site.put("/withdrawn", keys(("k2", other)))
    with gateway.clock(FRESH_S + 1):
        assert not believed(ask(rp, iat=None, exp=now_of(FRESH_S + 30)))
        assert believed(ask(rp, "k2", other, iat=None, exp=now_of(FRESH_S + 30)))


def now_of(offset_s):
    return int(time.time()) + offset_s


def test_c11_unknown_kids_fetch_once_a_minute(gateway, site):
    """C11: whoever invents kids makes us look once a minute, however many ask."""
    rp = relying_party(gateway, site, "invented")
    assert believed(ask(rp))
    stranger = jwt_tools.ec_key()
    for i in range(12):
        assert not believed(ask(rp, f"invented-{i}", stranger))
    assert site.n_asked("/invented") == 2
    with gateway.clock(LOOK_S + 1):
        for i in range(4):
            assert not believed(ask(rp, f"again-{i}", stranger, iat=None, exp=now_of(LOOK_S + 30)))
        assert believed(ask(rp, iat=None, exp=now_of(LOOK_S + 30)))
    assert site.n_asked("/invented") == 3


def test_an_algorithm_that_is_not_the_clients_fetches_nothing(gateway, site):
    rp = relying_party(gateway, site, "algorithm", token_endpoint_auth_signing_alg="ES256")
    assert not believed(ask(rp, key=jwt_tools.rsa_key(), alg="RS256"))
    assert site.n_asked("/algorithm") == 0
    assert believed(ask(rp))


def test_a_host_that_is_away_is_503_then_all_is_well(gateway, site):
    """RFC 7523 says invalid_client of an assertion that is wrong.  Of one that cannot be judged
    nothing is known: 503 and Retry-After, so that no client gives up a good key."""
    rp = relying_party(gateway, site, "away")
    site.stop()
    try:
        answer = ask(rp)
        assert answer.status_code == 503 and "Retry-After" in answer.headers, answer.text
        assert answer.json()["error"] == "temporarily_unavailable"
        assert ask(rp).status_code == 503
    finally:
        site.start()
    with gateway.clock(PEACE_S + 1):
        assert believed(ask(rp))


def test_while_the_host_is_away_the_old_keys_are_believed_for_an_hour(gateway, site):
    rp = relying_party(gateway, site, "believed")
    assert believed(ask(rp))
    site.put("/believed", b"", status=500)
    with gateway.clock(FRESH_S + STALE_S - 60):
        assert believed(ask(rp, iat=None, exp=now_of(FRESH_S + STALE_S)))
    with gateway.clock(FRESH_S + STALE_S + 10):
        assert ask(rp, iat=None, exp=now_of(FRESH_S + STALE_S + 60)).status_code == 503


WEAK = {"kty": "RSA", "e": "AQAB", "kid": "k1", "n": jwt_tools.number((1 << 1023) + 1, 128)}


@pytest.mark.parametrize("name, body, more", [
    ("gone", b"", {"status": 404}),
    ("moved", b"", {"status": 302, "headers": {"Location": "/login"}}),
    ("page", b"<html>", {"kind": "text/html"}),
    ("empty", {"keys": []}, {}),
    ("no-keys", {"key": []}, {}),
    ("twice", b'{"keys": [], "keys": []}', {}),
    ("secret", {"keys": [{"kty": "oct", "k": "AAAA", "kid": "k1"}]}, {}),
    ("weak", {"keys": [WEAK]}, {}),
    ("deep", b'{"keys":' + b"[" * 5000 + b"]" * 5000 + b"}", {}),
    ("null", b'{"keys": [null]}', {}),
])
def test_r03_what_is_no_set_of_public_keys_is_invalid_client(gateway, site, name, body, more):
    """R03 for fetched sets: 401, never 500; twin: the same client with its good set."""
    rp = relying_party(gateway, site, f"bad-{name}")
    good = site.pages[f"/bad-{name}"]
    site.put(f"/bad-{name}", body, **more)
    assert not believed(ask(rp))
    site.pages[f"/bad-{name}"] = good
    with gateway.clock(FRESH_S + 1):
        assert believed(ask(rp, iat=None, exp=now_of(FRESH_S + 30)))


def test_r03_private_and_double_keys_in_a_fetched_set(gateway, site):
    for name, change in (
            ("private", lambda jwk: [{**jwk, "d": jwk["x"]}]), ("double", lambda jwk: [jwk, jwk])):
        rp = relying_party(gateway, site, name)
        site.put(f"/{name}", {"keys": change(jwt_tools.public_jwk(rp.key, "k1"))})
        assert not believed(ask(rp))


def test_an_endless_answer_is_cut(gateway, site):
    rp = relying_party(gateway, site, "endless")
    site.put("/endless", b" " * (1 << 20))
    assert ask(rp).status_code == 503


@pytest.mark.parametrize("host", ["10.0.0.1", "169.254.169.254", "[::1]", "0.0.0.0"])
def test_r05_private_addresses_are_not_called(gateway, site, host):
    """R05: outbound.allow names 127.0.0.1 alone; twin: every other test of this file."""
    rp = relying_party(gateway, site, "private-address", jwks_uri=f"https://{host}:{site.port}/x")
    n = len(site.asked)
    assert ask(rp).status_code == 503
    assert len(site.asked) == n


def test_jwks_and_jwks_uri_do_not_go_together(gateway, site):
    """R03"""
    metadata = {"client_id": "both", "redirect_uris": ["https://both.test/cb"],
                "jwks": keys(("k1", jwt_tools.ec_key())), "jwks_uri": f"{site.url}/both"}
    path = gateway.folder / "both.json"
    path.write_text(json.dumps(metadata))
    gateway.dvara("client", "apply", path, expect=1)
    for name in ("jwks", "jwks_uri"):
        path.write_text(json.dumps({**metadata, name: None}))
        gateway.dvara("client", "apply", path)


def test_c19_a_certificate_among_them(tmp_path, site):
    """self_signed_tls_client_auth: the certificate is where the client keeps its keys."""
    key, other = jwt_tools.ec_key(), jwt_tools.ec_key()
    mine = certify(key)
    site.put("/mtls", {"keys": [{**jwt_tools.public_jwk(key, "k1"), "x5c": x5c(mine)}]})
    with Gateway(tmp_path, {"outbound.allow": "127.0.0.1", "outbound.ca_file": site.ca_file,
                            "gateway.proxy_certificates": "yes"}) as gateway:
        party = TlsParty(gateway, "mtls", mine, jwks_uri=f"{site.url}/mtls",
                         token_endpoint_auth_method="self_signed_tls_client_auth")
        for wrong in (None, certify(key), certify(other)):
            answer = party.token("no-code", party.shown(wrong))
            assert (answer.status_code, answer.json()["error"]) == (401, "invalid_client")
        answer = party.token("no-code")
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
