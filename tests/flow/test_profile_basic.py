# SPDX-License-Identifier: Apache-2.0
"""oidcc-basic-certification-test-plan and oidcc-formpost-basic-certification-test-plan: each module
by its name, once in each way that an answer travels."""

import time

import pytest

import jwt_tools
from browser import Page
from conftest import ALL_SCOPES, GRANTS
from suite import (
    FORM_POST, QUERY, Op, error_page, login_page, party_of, refused)

STANDARD = {"dvara_require_pkce": False, "grant_types": GRANTS,
            "scope": f"{ALL_SCOPES} offline_access"}
PROFILE = {"name", "family_name", "given_name"}


@pytest.fixture(scope="module", params=[QUERY, FORM_POST])
def mode(request):
    return request.param


@pytest.fixture(scope="module")
def op(gateway, mode):
    """client_secret_basic, as the plan fixes it."""
    return Op(party_of(gateway, f"oidcc-{mode}", **STANDARD), mode)


@pytest.fixture(scope="module")
def second(gateway, mode):
    return Op(party_of(gateway, f"oidcc2-{mode}", **STANDARD), mode)


def persons_claims(op, browser, scope):
    """What the scope brings at userinfo; none of it is in the ID token beside an access token."""
    assert set(scope.split()) <= set(op.server["scopes_supported"])
    tokens = op.tokens(browser, scope=scope)
    person = op.userinfo(tokens)
    assert not set(person) & set(tokens["claims"]) - {"sub", "iss", "aud"}
    return set(person) - {"sub"}


def twice(op, browser, first, then):
    """The claims of two ID tokens of one browser, the second without a page."""
    before = op.tokens(browser, **first)
    if callable(then):
        then = then(before)
    answer = op.ask(browser, **then)
    after = op.given(op.exchange(op.callback(answer)["code"]))["claims"]
    assert after["sub"] == before["claims"]["sub"]
    assert after.get("auth_time", 0) == before["claims"].get("auth_time", 0) or (
        "auth_time" not in before["claims"])
    return before["claims"], after


def test_oidcc_server(op, browser):
    op.userinfo(op.tokens(browser))


def test_oidcc_response_type_missing(op, browser):
    """In the query: no response_type says otherwise."""
    answer = op.ask(browser, response_type=None)
    fields = op.error(answer, "invalid_request", "unsupported_response_type",
                      mode=FORM_POST if answer.status_code == 200 else QUERY)
    assert fields["error"] == "invalid_request"


def test_oidcc_idtoken_signature(op, browser):
    tokens = op.tokens(browser)
    alg = jwt_tools.header_of(tokens["id_token"])["alg"]
    assert alg == "RS256" and alg in op.server["id_token_signing_alg_values_supported"]


def test_oidcc_idtoken_unsigned(gateway, op):
    """The suite skips it: none is not in discovery; nor can it be registered."""
    assert "none" not in op.server["id_token_signing_alg_values_supported"]
    with pytest.raises(AssertionError, match="id_token_signed_response_alg"):
        party_of(gateway, "unsigned", id_token_signed_response_alg="none")


def test_oidcc_userinfo_get(op, browser):
    op.userinfo(op.tokens(browser), "GET")


def test_oidcc_userinfo_post_header(op, browser):
    op.userinfo(op.tokens(browser), "POST")


def test_oidcc_userinfo_post_body(op, browser):
    op.userinfo(op.tokens(browser), "POST", "body")


def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(op, browser):
    assert "nonce" not in op.tokens(browser, nonce=None)["claims"]


def test_oidcc_scope_profile(op, browser):
    assert PROFILE <= persons_claims(op, browser, "openid profile")


def test_oidcc_scope_email(op, browser):
    assert persons_claims(op, browser, "openid email") == {"email", "email_verified"}


def test_oidcc_scope_address(op, browser):
    assert persons_claims(op, browser, "openid address") == {"address"}


def test_oidcc_scope_phone(op, browser):
    assert persons_claims(op, browser, "openid phone") == {
        "phone_number", "phone_number_verified"}


def test_oidcc_scope_all(op, browser):
    assert PROFILE | {"email", "address", "phone_number"} <= persons_claims(
        op, browser, ALL_SCOPES)


def test_oidcc_alternate_happy_flow(op, browser):
    """Scopes and parameters the other way round."""
    op.ask(browser, scope="email openid")
    answer = browser.get(op.server["authorization_endpoint"],
                         params=dict(reversed(list(op.sent.items()))))
    fields = op.walked(browser, answer)
    assert "email" in op.userinfo(op.given(op.exchange(fields["code"])))


def test_oidcc_display_page(op, browser):
    op.tokens(browser, display="page")


def test_oidcc_display_popup(op, browser):
    op.tokens(browser, display="popup")


def test_oidcc_prompt_login(op, browser):
    first = op.tokens(browser)["claims"]
    time.sleep(1)
    answer = op.ask(browser, prompt="login")
    login_page(answer, browser)
    second = op.given(op.exchange(op.walked(browser, answer)["code"]))["claims"]
    assert second["sub"] == first["sub"]
    assert "auth_time" not in first or second["auth_time"] > first["auth_time"]


def test_oidcc_prompt_none_not_logged_in(op, browser):
    op.error(op.ask(browser, prompt="none"), "login_required", "interaction_required",
             "consent_required", "account_selection_required")


def test_oidcc_prompt_none_logged_in(op, browser):
    twice(op, browser, {}, {"prompt": "none"})


def test_oidcc_max_age_1(op, browser):
    first = op.tokens(browser)["claims"]
    time.sleep(2)
    answer = op.ask(browser, max_age="1")
    login_page(answer, browser)
    second = op.given(op.exchange(op.walked(browser, answer)["code"]))["claims"]
    assert time.time() - second["auth_time"] < 60
    assert second["auth_time"] > first.get("auth_time", 0)


def test_oidcc_max_age_10000(op, browser):
    first, second = twice(op, browser, {"max_age": "15000"}, {"max_age": "10000"})
    assert first["auth_time"] == second["auth_time"]


def test_oidcc_ensure_request_with_unknown_parameter_succeeds(op, browser):
    op.tokens(browser, extra="foobar")


def test_oidcc_id_token_hint(op, browser):
    twice(op, browser, {}, lambda tokens: {
        "prompt": "none", "id_token_hint": tokens["id_token"]})


def test_oidcc_login_hint(op, browser):
    op.tokens(browser, login_hint="buffy@gateway.test")


def test_oidcc_ui_locales(op, browser):
    op.tokens(browser, ui_locales="se")


def test_oidcc_claims_locales(op, browser):
    op.tokens(browser, claims_locales="se")


def test_oidcc_ensure_request_with_acr_values_succeeds(op, browser):
    """Voluntary: values that nobody knows are no error."""
    acrs = op.server.get("acr_values_supported", ["1", "2"])
    assert acrs  # RFC 8414 section 3.2: no empty lists
    assert op.tokens(browser, acr_values=" ".join(acrs))["claims"]["acr"]


def test_oidcc_codereuse(op, browser):
    code = op.answered(browser)["code"]
    op.given(op.exchange(code))
    refused(op.exchange(code), "invalid_grant")


def test_oidcc_codereuse_30seconds(gateway, op, browser):
    """The first access token dies too."""
    code = op.answered(browser)["code"]
    tokens = op.given(op.exchange(code))
    op.userinfo(tokens)
    with gateway.clock(30):
        refused(op.exchange(code), "invalid_grant")
        assert op.party.userinfo(tokens["access_token"]).status_code == 401


def test_oidcc_ensure_registered_redirect_uri(op, browser):
    error_page(op.ask(browser, redirect_uri=f"{op.party.redirect_uri}/x1y2"))


def test_oidcc_ensure_post_request_succeeds(op, browser):
    op.tokens(browser, "POST")


def test_oidcc_server_client_secret_post(gateway, mode, browser):
    party = party_of(gateway, f"oidccp-{mode}", token_endpoint_auth_method="client_secret_post",
                     **STANDARD)
    assert "client_secret_post" in Op(party).server["token_endpoint_auth_methods_supported"]
    one = Op(party, mode)
    one.userinfo(one.tokens(browser))


def unsigned(op):
    """The request as a request object of the algorithm none."""
    part = jwt_tools.b64u(jwt_tools.text_of({"alg": "none"}))
    claims = {**op.party.request(), "iss": op.party.id, "aud": op.server["issuer"]}
    return f"{part}.{jwt_tools.b64u(jwt_tools.text_of(claims))}."


def test_oidcc_request_uri_unsigned_supported_correctly_or_rejected_as_unsupported(op, browser):
    """Refused: an address of our own pushes alone (README); discovery says so."""
    assert op.server["request_uri_parameter_supported"] is False
    answer = op.ask(browser, request_uri=f"{op.party.redirect_uri}/request.jwt")
    op.error(answer, "request_uri_not_supported",
             mode=FORM_POST if answer.status_code == 200 else QUERY)


def test_oidcc_unsigned_request_object_supported_correctly_or_rejected_as_unsupported(op, browser):
    """The suite skips it: none is not in discovery.  Sent all the same, it is no success."""
    assert "none" not in op.server["request_object_signing_alg_values_supported"]
    answer = op.ask(browser, request=unsigned(op))
    if answer.status_code == 400:
        error_page(answer)
    else:
        op.error(answer, "request_not_supported", "invalid_request_object")


def test_oidcc_claims_essential(op, browser):
    tokens = op.tokens(browser, claims='{"userinfo":{"name":{"essential":true}}}')
    assert op.userinfo(tokens)["name"]
    assert "name" not in tokens["claims"]


def test_oidcc_ensure_request_object_with_redirect_uri(op, browser):
    """An unsigned object beside another address: never a redirect to either."""
    error_page(op.ask(browser, request=unsigned(op),
                      redirect_uri=f"{op.party.redirect_uri}/x1y2"))


def test_oidcc_refresh_token(op, second, browser):
    assert "offline_access" in op.server["scopes_supported"]
    assert "refresh_token" in op.server["grant_types_supported"]
    asked = {"scope": "openid offline_access", "prompt": "consent"}
    first = op.tokens(browser, **asked)
    other = second.tokens(browser, nonce="n" * 43, **asked)
    answer = op.party.refresh(first["refresh_token"])
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    assert tokens["access_token"] != first["access_token"]
    if "id_token" in tokens:
        claims = op.party.id_token(tokens)
        for name in ("iss", "sub", "aud", "auth_time"):
            assert claims.get(name) == first["claims"].get(name), name
        assert claims.get("nonce") in (None, first["claims"]["nonce"])
    assert op.party.userinfo(tokens["access_token"]).status_code == 200
    refused(second.party.refresh(first["refresh_token"]), "invalid_grant", "invalid_client")
    refused(op.party.refresh(other["refresh_token"]), "invalid_grant", "invalid_client")
    assert second.party.refresh(other["refresh_token"]).status_code == 200


def test_oidcc_ensure_request_with_valid_pkce_succeeds(gateway, mode, op, browser):
    assert op.server["code_challenge_methods_supported"] == ["S256"]
    Op(op.party, mode, pkce=True).tokens(browser)


def test_pages_are_plain_forms_with_the_contracts_ids(op, browser):
    """What the suite's browser steps name: #login-test, #consent, #allow, #deny."""
    page = login_page(op.ask(browser, prompt="login consent", scope="openid email"), browser)
    answer = browser.sign_in(page, "sophea")
    while answer.status_code == 303:
        answer = browser.get(answer.headers["Location"])
    page = Page(answer.text)
    assert page.form_of("consent") is not None
    assert {"allow", "deny"} <= page.ids.keys()
