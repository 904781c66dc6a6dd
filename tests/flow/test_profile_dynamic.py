# SPDX-License-Identifier: Apache-2.0
"""oidcc-dynamic-certification-test-plan: each module that is not in test_register.py,
test_jwks_uri.py and test_keys.py under its name already.  private_key_jwt, registered by the
protocol; no PKCE, as the plan knows none."""

import json
import time

import pytest
import requests

import jwt_tools
from browser import Browser
from client_site import Site
from gateway import ROOT, Gateway
from relying_party import ASSERTION_TYPE
from suite import QUERY, Op, error_page, refused
from test_consent import Asked
from test_profile_basic import unsigned
from test_register import refused as registration_refused
from test_register import register, registered, relying_party

CALLBACK = "https://dynamic.test/cb"
METADATA = {"redirect_uris": [CALLBACK], "client_name": "Dynamic", "response_types": ["code"],
            "token_endpoint_auth_method": "private_key_jwt",
            "grant_types": ["authorization_code", "refresh_token"]}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    with Site(tmp_path_factory.mktemp("site")) as running:
        yield running


@pytest.fixture(scope="module")
def gateway(tmp_path_factory, site):
    with Gateway(tmp_path_factory.mktemp("dynamic"), {
            "outbound.allow": "127.0.0.1", "outbound.ca_file": site.ca_file,
            "registration.enabled": "yes", "registration.require_pkce": "no",
            "registration.per_hour": 100000}) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        running.invite = running.dvara("client", "invite", 100000)["initial_access_token"]
        yield running


@pytest.fixture
def browser(gateway):
    return Browser(gateway)


def op_of(gateway, key=None, **more):
    """A provider with a client that registered just now, as each module of the plan does."""
    key = key or jwt_tools.ec_key()
    keys = {"keys": [jwt_tools.public_jwk(key, "k1")]}
    metadata = {name: value for name, value in {"jwks": keys, **METADATA, **more}.items()
                if value is not None}
    return Op(relying_party(gateway, registered(gateway, metadata), key))


@pytest.fixture
def op(gateway):
    return op_of(gateway)


def test_oidcc_idtoken_rs256(gateway, browser):
    op = op_of(gateway, id_token_signed_response_alg="RS256")
    header = jwt_tools.header_of(op.tokens(browser)["id_token"])
    assert header["alg"] == "RS256" and header["kid"]


def test_oidcc_idtoken_unsigned(gateway, op):
    """The suite skips it: none is not in discovery; nor can it be registered."""
    assert "none" not in op.server["id_token_signing_alg_values_supported"]
    answer = register(gateway, {"redirect_uris": [CALLBACK], "id_token_signed_response_alg": "none"})
    registration_refused(answer, "invalid_client_metadata")
    assert "id_token_signed_response_alg" in answer.text


def test_oidcc_userinfo_rs256(gateway, browser):
    op = op_of(gateway, userinfo_signed_response_alg="RS256")
    assert "RS256" in op.server["userinfo_signing_alg_values_supported"]
    tokens = op.tokens(browser)
    answer = op.party.userinfo(tokens["access_token"])
    assert answer.headers["Content-Type"].split(";")[0] == "application/jwt"
    assert jwt_tools.header_of(answer.text)["alg"] == "RS256"
    claims = op.party.id_token({"id_token": answer.text})
    assert claims["sub"] == tokens["claims"]["sub"] and "nonce" not in claims


def test_oidcc_ensure_redirect_uri_in_authorization_request(op, browser):
    error_page(op.ask(browser, redirect_uri=None))


def test_oidcc_redirect_uri_query_ok(gateway, browser):
    op = op_of(gateway, redirect_uris=[f"{CALLBACK}?foo=bar"])
    answer = browser.walk(op.ask(browser), claims="all")
    assert answer.headers["Location"].startswith(f"{CALLBACK}?foo=bar&")
    op.given(op.exchange(op.callback(answer)["code"]))


def test_oidcc_redirect_uri_query_mismatch(gateway, browser):
    op = op_of(gateway, redirect_uris=[f"{CALLBACK}?foo=bar"])
    error_page(op.ask(browser, redirect_uri=f"{CALLBACK}?bar=foo"))


def test_oidcc_redirect_uri_query_added(op, browser):
    error_page(op.ask(browser, redirect_uri=f"{CALLBACK}?foo=bar"))


def test_oidcc_redirect_uri_regfrag(gateway):
    registration_refused(register(gateway, {"redirect_uris": [f"{CALLBACK}#foo"]}),
                         "invalid_redirect_uri")


def test_oidcc_server(op, browser):
    op.userinfo(op.tokens(browser))


@pytest.mark.parametrize("name", ["policy_uri", "tos_uri"])
def test_oidcc_registration_policy_uri_and_tos_uri(gateway, browser, name):
    """Kept and given back, linked on the consent page: where no operator has looked at the client
    only to its own site (RFC 7591 section 5)."""
    for uri, is_linked in ((f"https://dynamic.test/{name}", True),
                           (f"https://elsewhere.test/{name}", False)):
        op = op_of(gateway, **{name: uri})
        assert op.party.stored[name] == uri
        assert (uri in Asked(op.party, browser).answer.text) is is_linked
        op.tokens(browser)
    gateway.dvara("client", "approve", op.party.id)
    time.sleep(1.1)  # a client is kept in mind for a second
    assert uri in Asked(op.party, browser).answer.text


@pytest.mark.parametrize("alg", ["none", "RS256"])
def test_oidcc_request_uri_at_other_hosts(gateway, site, browser, alg):
    """Refused on purpose: oidcc-request-uri-unsigned, oidcc-request-uri-signed-rs256.  Nobody is
    asked for the object, whatever the client registered.  A client that no operator has approved
    gets a page first (A41)."""
    uri = site.put("/request.jwt", b"e30.e30.", "application/oauth-authz-req+jwt")
    key = jwt_tools.rsa_key()
    more = {"request_object_signing_alg": alg} if alg != "none" else {}
    op = op_of(gateway, key, request_uris=[uri], **more)
    assert op.server["request_uri_parameter_supported"] is False
    assert "Location" not in op.ask(browser, request_uri=uri).headers
    gateway.dvara("client", "approve", op.party.id)
    time.sleep(1.1)  # a client is kept in mind for a second
    op.error(op.ask(browser, request_uri=uri), "request_uri_not_supported", mode=QUERY)
    assert site.n_asked("/request.jwt") == 0


def test_oidcc_ensure_request_object_with_redirect_uri(op, browser):
    """An unsigned object beside another address: never a redirect to either."""
    error_page(op.ask(browser, request=unsigned(op), redirect_uri=f"{CALLBACK}/x1y2"))


def test_oidcc_refresh_token(gateway, op, browser):
    asked = {"scope": "openid offline_access", "prompt": "consent"}
    first = op.tokens(browser, **asked)
    answer = op.party.refresh(first["refresh_token"])
    assert answer.status_code == 200, answer.text
    assert op.party.userinfo(answer.json()["access_token"]).status_code == 200
    refused(op_of(gateway).party.refresh(first["refresh_token"]),
            "invalid_grant", "invalid_client")


def test_oidcc_ensure_client_assertion_with_iss_aud_succeeds(op, browser):
    """And with the token endpoint, which the other modules of the plan send."""
    for aud in (op.server["issuer"], op.server["token_endpoint"]):
        code = op.answered(browser)["code"]
        form = {"client_assertion": op.party.assertion(aud=aud),
                "client_assertion_type": ASSERTION_TYPE}
        op.given(op.exchange(code, credentials=(form, {})))


def test_oidcc_discovery_endpoint_verification(gateway, op):
    """But for what the dynamic plan asks more: response types and a grant of the implicit flow."""
    assert op.server["registration_endpoint"] == f"{gateway.url}/register"
    assert "private_key_jwt" in op.server["token_endpoint_auth_methods_supported"]
    assert "RS256" in op.server["token_endpoint_auth_signing_alg_values_supported"]
    assert op.server["response_types_supported"] == ["code"]
    answer = requests.get(op.server["jwks_uri"], timeout=20)
    assert answer.status_code == 200
