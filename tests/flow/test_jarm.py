# SPDX-License-Identifier: Apache-2.0
"""Signed answers (JARM, FAPI 2.0 Message Signing section 5.4), and case A16 with them."""

import json
import time
import urllib.parse

import pytest
import requests
from authlib.jose import JsonWebKey, JsonWebToken

import jwt_tools
from browser import Page
from conftest import client
from relying_party import query_of
from test_authorize import assert_login, assert_page, assert_red


@pytest.fixture(scope="module")
def jarm(gateway):
    """Answers by every mode but the fragment, signed ES256."""
    return client(gateway, "jarm", jwt_tools.ec_key(), authorization_signed_response_alg="ES256")


@pytest.fixture(scope="module")
def jarm_alone(gateway):
    """Signed answers alone, the fragment among them; RS256."""
    return client(gateway, "jarm2", authorization_signed_response_alg="RS256",
                  dvara_response_modes=["jwt", "fragment.jwt"])


def opened(rp, response):
    """The claims, the signature checked by authlib."""
    keys = JsonWebKey.import_key_set(requests.get(f"{rp.gateway.url}/jwks", timeout=20).json())
    alg = rp.stored["authorization_signed_response_alg"]
    claims = JsonWebToken([alg]).decode(response, keys, claims_options={
        "iss": {"essential": True, "value": rp.gateway.url},
        "aud": {"essential": True, "value": rp.id}, "exp": {"essential": True}})
    claims.validate()
    assert claims["exp"] - time.time() <= 600
    assert jwt_tools.header_of(response).keys() >= {"alg", "kid"}
    return dict(claims)


def answered(rp, answer):
    assert answer.status_code == 303, answer.text
    query = query_of(answer)
    assert query.keys() == {"response"}
    return opened(rp, query["response"])


@pytest.mark.parametrize("mode", ["jwt", "query.jwt"])
def test_in_the_query(jarm, browser, mode):
    claims = answered(jarm, jarm.sign_in(browser, response_mode=mode))
    assert claims.keys() == {"iss", "aud", "exp", "iat", "code", "state"}
    assert claims["state"] == jarm.sent["state"]
    assert jarm.token(claims["code"]).status_code == 200


def test_as_a_form(jarm, browser):
    answer = jarm.sign_in(browser, response_mode="form_post.jwt", state="a\r\nb")
    form = Page(answer.text).form_of("form-post")
    assert form.action == jarm.redirect_uri and dict(form.fields).keys() == {"response"}
    assert opened(jarm, dict(form.fields)["response"])["state"] == "a\r\nb"


def test_in_the_fragment(jarm_alone, browser):
    answer = jarm_alone.sign_in(browser, response_mode="fragment.jwt")
    address, fragment = answer.headers["Location"].split("#")
    assert address == jarm_alone.redirect_uri
    claims = opened(jarm_alone, dict(urllib.parse.parse_qsl(fragment))["response"])
    assert jarm_alone.token(claims["code"]).status_code == 200


@pytest.mark.parametrize("changes, error", [
    ({"prompt": "none"}, "login_required"), ({"scope": "openid admin"}, "invalid_scope"),
    ({"response_type": "token"}, "unsupported_response_type"),
    ({"code_challenge": None}, "invalid_request")])
def test_errors_are_signed_too(jarm, browser, changes, error):
    claims = answered(jarm, jarm.authorize(browser, response_mode="jwt", **changes))
    assert claims["error"] == error and claims["state"] == jarm.sent["state"]
    assert "code" not in claims
    assert_login(jarm.authorize(browser, response_mode="jwt"))


def test_user_rejects_authentication(jarm, browser):
    answer = jarm.sign_in(browser, persona="alex", allow=False, response_mode="jwt")
    assert answered(jarm, answer)["error"] == "access_denied"


def test_by_a_push(jarm, browser):
    uri = jarm.pushed(response_mode="jwt")
    assert "code" in answered(jarm, browser.walk(jarm.open(browser, uri)))


def test_a16_modes_that_are_not_the_clients(jarm, jarm_alone, rp1, browser):
    for rp, mode in ((jarm, "fragment.jwt"), (jarm, "fragment"), (rp1, "jwt"), (jarm_alone, None),
                     (jarm_alone, "query"), (jarm_alone, "form_post.jwt"), (jarm, "query.JWT")):
        assert_red(rp, rp.authorize(browser, response_mode=mode), "invalid_request")
        assert_page(rp.authorize(browser, response_mode=mode, redirect_uri="https://evil.test/"))
    assert_login(jarm.authorize(browser))


@pytest.mark.parametrize("bad", [
    {"authorization_signed_response_alg": "none"},
    {"authorization_signed_response_alg": "HS256"},
    {"authorization_signed_response_alg": "RS256", "dvara_profile": "fapi2"},
    {"dvara_response_modes": ["query.jwt"]}, {"dvara_response_modes": ["web_message"]}])
def test_registration(gateway, bad):
    path = gateway.folder / "bad.json"
    path.write_text(json.dumps({
        "client_id": "jarmbad", "redirect_uris": ["https://jarmbad.test/cb"],
        "jwks": {"keys": [jwt_tools.public_jwk(jwt_tools.ec_key(), "k1")]}, **bad}))
    gateway.dvara("client", "apply", path, expect=1)


def test_discovery(gateway):
    metadata = requests.get(f"{gateway.url}/.well-known/openid-configuration", timeout=20).json()
    assert set(metadata["response_modes_supported"]) == {
        "query", "form_post", "fragment", "jwt", "query.jwt", "form_post.jwt", "fragment.jwt"}
    assert "none" not in metadata["authorization_signing_alg_values_supported"]
