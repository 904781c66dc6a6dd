# SPDX-License-Identifier: Apache-2.0
"""fapi2-security-profile-final-test-plan: the modules that are not in test_fapi2.py, test_par.py and
test_dpop.py under their names already, with private_key_jwt and DPoP and with mTLS for both."""

import time

import pytest
import requests

from relying_party import query_of
from suite import discovered, error_page
from test_fapi2 import authority, browser, flow, flows, keys, profile  # fixtures
from test_token import assert_refused

SP_ALGS = {"ES256", "PS256", "EdDSA"}
FIXTURES = (authority, browser, flow, flows, keys, profile)


def ends(flow, answered):
    """From the way back to an answer of the resource."""
    answer = flow.token(answered["code"])
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    assert flow.userinfo(tokens["access_token"]).status_code == 200
    return tokens


def test_discovery_end_point_verification(profile):
    server = discovered(profile)
    assert server["issuer"] == profile.url
    for name in ("pushed_authorization_request_endpoint", "authorization_endpoint",
                 "token_endpoint", "jwks_uri"):
        assert server[name].startswith(profile.url)
    assert {"private_key_jwt", "tls_client_auth"} <= set(
        server["token_endpoint_auth_methods_supported"])
    assert SP_ALGS <= set(server["token_endpoint_auth_signing_alg_values_supported"])
    assert set(server["dpop_signing_alg_values_supported"]) == SP_ALGS
    assert server["code_challenge_methods_supported"] == ["S256"]
    assert server["authorization_response_iss_parameter_supported"] is True
    assert server["tls_client_certificate_bound_access_tokens"] is True
    assert server["claims_parameter_supported"] is True


def test_ensure_authorization_request_with_long_nonce(flow, browser):
    """384 characters: whole, or refused; never cut."""
    tokens = ends(flow, flow.answered(browser, nonce="n" * 384))
    assert flow.party.id_token(tokens)["nonce"] == "n" * 384


def test_ensure_authorization_request_with_long_state(flow, browser):
    answered = flow.answered(browser, state="s" * 1000)
    assert answered["state"] == "s" * 1000
    ends(flow, answered)


def test_test_claims_parameter_identity_claims(flow, browser):
    """Every form of asking; names that nobody knows are ignored."""
    claims = """{"id_token":{"name":null,"email":{"essential":true},"x-unknown":null},
                 "userinfo":{"name":{"essential":true},"birthdate":null,"y-unknown":null}}"""
    tokens = ends(flow, flow.answered(browser, claims=claims))
    assert "x-unknown" not in flow.party.id_token(tokens)


def test_access_token_type_header_case_sensitivity(flow, browser):
    token = flow.tokens(browser)["access_token"]
    headers = flow.bound("GET", "/userinfo", token)
    headers["Authorization"] = f"{flow.scheme.swapcase()} {token}"
    answer = requests.get(f"{flow.url}/userinfo", headers=headers, timeout=20)
    assert answer.status_code == 200, answer.text


def test_check_dpop_proof_nbf_exp(keys, browser):
    code = keys.code(browser)
    now = int(time.time())
    headers = {"DPoP": keys.proofs.make("POST", f"{keys.url}/token", nbf=now, exp=now + 60)}
    answer = keys.token(code, headers=headers)
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("module, ahead_s", [
    ("ensure-dpopproof-with-iat-10seconds-before-succeeds", -10),
    ("ensure-dpopproof-with-iat-10seconds-after-succeeds", 10)])
def test_ensure_dpopproof_with_iat_10seconds(profile, keys, browser, module, ahead_s):
    """Some seconds after Redis began: younger, it would ask for a nonce, as the suite could give."""
    code = keys.code(browser)
    with profile.clock(15):
        at = int(time.time()) + 15 + ahead_s
        headers = {"DPoP": keys.proofs.make("POST", f"{keys.url}/token", iat=at)}
        answer = keys.token(code, credentials=keys.party.credentials(ahead_s=15), headers=headers)
    assert answer.status_code == 200, (module, answer.text)


def test_ensure_token_endpoint_fails_with_mismatched_dpop_proof_jkt(keys, browser):
    """The push was proved with one key, the code is shown with another."""
    answer = keys.party.push(headers=keys.bound("POST", "/par"))
    code = query_of(browser.walk(
        keys.party.open(browser, answer.json()["request_uri"])))["code"]
    other = type(keys.proofs)()
    answer = keys.token(code, headers={"DPoP": other.make("POST", f"{keys.url}/token")})
    assert_refused(answer, "invalid_grant")


def test_ensure_dpopproof_at_par_endpoint_binding_success(keys, browser):
    answer = keys.party.push(headers=keys.bound("POST", "/par"))
    assert answer.status_code == 201, answer.text
    ends(keys, query_of(browser.walk(
        keys.party.open(browser, answer.json()["request_uri"]))))


def test_ensure_dpop_auth_code_binding_success(keys, browser):
    ends(keys, keys.answered(browser, dpop_jkt=keys.proofs.jkt))


def test_ensure_registered_redirect_uri(flow):
    assert_refused(flow.party.push(redirect_uri="https://k1.test/cb/x1y2"), "invalid_request")
    assert flow.party.push().status_code == 201


def test_plain_fapi_tolerate_unregistered_redirect_uri(flow):
    """Tolerated by RFC 9126 section 2.4 is not asked for: refused like any other."""
    assert_refused(flow.party.push(redirect_uri="https://unregistered.test/cb"),
                   "invalid_request")


def test_ensure_unsigned_authorization_request_without_using_par_fails(flow, browser):
    answer = flow.party.authorize(browser)
    if answer.status_code == 303:
        assert query_of(answer)["error"] == "invalid_request"
    else:
        error_page(answer)


def test_ensure_redirect_uri_in_authorization_request(flow):
    assert_refused(flow.party.push(redirect_uri=None), "invalid_request")


@pytest.mark.parametrize("module, response_type", [
    ("ensure-response-type-code-idtoken-fails", "code id_token"),
    ("ensure-response-type-token-fails", "token")])
def test_ensure_response_type_fails(flow, module, response_type):
    answer = flow.party.push(response_type=response_type)
    assert answer.status_code == 400, module
    assert answer.json()["error"] in ("unsupported_response_type", "invalid_request")


def test_par_without_duplicate_parameters(flow, browser):
    """client_id and request_uri alone."""
    answer = browser.get("/authorize", params={
        "client_id": flow.party.id, "request_uri": flow.party.pushed()})
    ends(flow, query_of(browser.walk(answer)))


def test_par_attempt_reuse_request_uri(flow, browser):
    request_uri = flow.party.pushed()
    ends(flow, query_of(browser.walk(flow.party.open(browser, request_uri))))
    answer = browser.walk(flow.party.open(browser, request_uri))
    assert answer.status_code == 400 or query_of(answer)["error"].startswith("invalid_request")


def test_par_ensure_pkce_required(flow):
    assert_refused(flow.party.push(code_challenge=None, code_challenge_method=None),
                   "invalid_request")


def test_par_plain_pkce_rejected(flow):
    assert_refused(flow.party.push(code_challenge="v" * 43, code_challenge_method="plain"),
                   "invalid_request")
    assert_refused(flow.party.push(code_challenge="v" * 43, code_challenge_method=None),
                   "invalid_request")


def test_par_authorization_request_containing_request_uri_form_param(flow):
    answer = flow.party.push(request_uri="urn:ietf:params:oauth:request_uri:x")
    assert_refused(answer, "invalid_request")


def test_par_attempt_to_use_request_uri_for_different_client(flows, browser):
    first, second = flows
    error_page(second.party.open(browser, first.party.pushed()))


def test_par_attempt_invalid_http_method(flow):
    answer = requests.put(f"{flow.url}/par", data={}, timeout=20)
    assert answer.status_code == 405 and "POST" in answer.headers["Allow"]
