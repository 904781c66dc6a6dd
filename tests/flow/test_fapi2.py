# SPDX-License-Identifier: Apache-2.0
"""fapi2-security-profile-final-…: the modules of the OpenID Foundation's plan by their names, each
with private_key_jwt and DPoP, and with mTLS for both (cases 2.0).  What the plan asks of pushed
requests alone is in test_par.py, of proofs in test_dpop.py (dpop-negative-tests)."""

import time

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec

import jwt_tools
from browser import Browser
from conftest import ALL_SCOPES
from dpop import Proofs
from gateway import Gateway
from pki import Authority
from relying_party import ASSERTION_TYPE, RelyingParty, query_of
from services import PERSONAS
from test_mtls import DN_TEXT, TlsParty, certify
from test_token import assert_refused

GRANTS = ["authorization_code", "refresh_token"]


class Flow:
    """A client of the profile and the key that its tokens are bound to."""

    def __init__(self, party, proofs=None):
        self.party, self.proofs, self.url = party, proofs, party.gateway.url

    def bound(self, method, path, token=None):
        """The headers that prove the key; of mTLS, with the credentials already."""
        headers = {"Authorization": f"{self.scheme} {token}"} if token else {}
        if self.proofs:
            return {**headers, "DPoP": self.proofs.make(method, self.url + path, token)}
        return {**headers, **self.party.credentials()[1]}

    @property
    def scheme(self):
        return "DPoP" if self.proofs else "Bearer"

    def answered(self, browser, allow=True, **changes):
        """The parameters of the way back."""
        request_uri = self.party.pushed(**changes)
        answer = browser.walk(self.party.open(browser, request_uri), allow=allow)
        assert answer.status_code == 303, answer.text
        answered = query_of(answer)
        assert answered["iss"] == self.url
        return answered

    def code(self, browser, **changes):
        return self.answered(browser, **changes)["code"]

    def token(self, code, **changes):
        changes.setdefault("headers", self.bound("POST", "/token"))
        return self.party.token(code, **changes)

    def tokens(self, browser, **changes):
        answer = self.token(self.code(browser, **changes))
        assert answer.status_code == 200, answer.text
        return answer.json()

    def refresh(self, token, **changes):
        changes.setdefault("headers", self.bound("POST", "/token"))
        return self.party.refresh(token, **changes)

    def userinfo(self, token):
        return requests.get(f"{self.url}/userinfo", timeout=20,
                            headers=self.bound("GET", "/userinfo", token))


@pytest.fixture(scope="module")
def authority():
    return Authority("Clients CA")


@pytest.fixture(scope="module")
def profile(tmp_path_factory, authority):
    folder = tmp_path_factory.mktemp("fapi2")
    (folder / "clients.pem").write_bytes(authority.pem)
    with Gateway(folder, {"gateway.proxy_certificates": "yes",
                          "tls.client_anchors_file": folder / "clients.pem"}) as running:
        running.apply("person", PERSONAS)
        yield running


def by_keys(gateway, name, **more):
    return Flow(RelyingParty(gateway, {
        "client_id": name, "client_name": name, "redirect_uris": [f"https://{name}.test/cb"],
        "dvara_profile": "fapi2", "grant_types": GRANTS, "scope": ALL_SCOPES, **more},
        jwt_tools.ec_key()), Proofs())


def by_certificate(gateway, authority, name):
    return Flow(TlsParty(
        gateway, name, certify(jwt_tools.ec_key(), authority=authority), dvara_profile="fapi2",
        tls_client_auth_subject_dn=DN_TEXT, grant_types=GRANTS))


@pytest.fixture(scope="module", params=["private_key_jwt, dpop", "mtls"])
def flows(request, profile, authority):
    """(a client, another)."""
    if request.param == "mtls":
        return by_certificate(profile, authority, "m1"), by_certificate(profile, authority, "m2")
    return by_keys(profile, "k1"), by_keys(profile, "k2")


@pytest.fixture
def flow(flows):
    return flows[0]


@pytest.fixture(scope="module")
def keys(profile):
    return by_keys(profile, "k3")


@pytest.fixture
def browser(profile):
    return Browser(profile)


def test_happy_flow(flow, browser):
    tokens = flow.tokens(browser)
    assert tokens["token_type"] == flow.scheme
    assert jwt_tools.header_of(tokens["id_token"])["alg"] == "ES256"
    assert flow.party.id_token(tokens)["nonce"] == flow.party.sent["nonce"]
    answer = flow.userinfo(tokens["access_token"])
    assert answer.status_code == 200, answer.text


@pytest.mark.parametrize("changes", [
    {"scope": "profile openid"}, {"nonce": "n" * 64}, {"state": "s" * 1000}, {"state": None},
    {"nonce": None}, {"unknown_parameter": "x"}])
def test_what_must_succeed(flow, browser, changes):
    """ensure-other-scope-order-succeeds, long nonce, long state, no state, no nonce."""
    answered = flow.answered(browser, **changes)
    assert answered.get("state") == flow.party.sent.get("state")
    answer = flow.token(answered["code"])
    assert answer.status_code == 200, answer.text
    assert flow.party.id_token(answer.json()).get("nonce") == flow.party.sent.get("nonce")


def test_user_rejects_authentication(flow, browser):
    answered = flow.answered(browser, allow=False, prompt="consent")
    assert answered["error"] == "access_denied"
    assert answered["state"] == flow.party.sent["state"]


def test_attempt_reuse_authorization_code_after_one_second(flow, browser):
    code = flow.code(browser)
    token = flow.token(code).json()["access_token"]
    time.sleep(1)
    assert_refused(flow.token(code), "invalid_grant")
    assert flow.userinfo(token).status_code == 401


def test_ensure_token_endpoint_fails_with_expired_auth_code(profile, keys, browser):
    code = keys.code(browser)
    with profile.clock(61):
        headers = {"DPoP": keys.proofs.make(
            "POST", f"{keys.url}/token", iat=int(time.time()) + 61)}
        assert_refused(keys.token(code, credentials=keys.party.credentials(ahead_s=61),
                                  headers=headers), "invalid_grant")


def test_ensure_authorization_code_is_bound_to_client(flows, browser):
    first, second = flows
    code = first.code(browser)
    assert_refused(second.token(code, redirect_uri=first.party.redirect_uri,
                                code_verifier=first.party.verifier), "invalid_grant")


def test_ensure_pkce_code_verifier_required(flow, browser):
    assert_refused(flow.token(flow.code(browser), code_verifier=None), "invalid_grant")


def test_incorrect_pkce_code_verifier_rejected(flow, browser):
    assert_refused(flow.token(flow.code(browser), code_verifier="v" * 43), "invalid_grant")


def test_ensure_holder_of_key_required(flow, browser):
    """No proof, or no certificate: no token, and above all no plain one."""
    code = flow.code(browser)
    if flow.proofs:
        assert_refused(flow.party.token(code), "invalid_dpop_proof")
    else:
        assert_refused(flow.party.token(code, ({"client_id": flow.party.id}, {})),
                       "invalid_client", 401)
    assert flow.token(code).status_code == 200


def test_refresh_token(flows, browser):
    """No rotation; of this client alone; only with its credentials."""
    flow, other = flows
    token = flow.tokens(browser)["refresh_token"]
    assert_refused(other.refresh(token), "invalid_grant")
    assert_refused(flow.party.refresh(token, ({}, {})), "invalid_client", 401)
    assert_refused(flow.party.refresh(token, ({"client_id": flow.party.id}, {})),
                   "invalid_client", 401)
    for _ in range(2):
        answer = flow.refresh(token)
        assert answer.status_code == 200, answer.text
        assert answer.json().get("refresh_token", token) == token
        assert flow.userinfo(answer.json()["access_token"]).status_code == 200


def test_a_token_of_another_holder(flows, browser):
    first, second = flows
    token = first.tokens(browser)["access_token"]
    assert second.userinfo(token).status_code == 401
    assert first.userinfo(token).status_code == 200


def with_assertion(party, **changes):
    return {"client_assertion": party.assertion(**changes),
            "client_assertion_type": ASSERTION_TYPE}, {}


ASSERTIONS = {
    "par-test-array-as-audience-fails": {"aud": ["{}"]},
    "par-test-par-endpoint-url-as-audience-fails": {"aud": "{}/par"},
    "par-test-token-endpoint-url-as-audience-fails": {"aud": "{}/token"},
    "par-ensure-jwt-client-assertions-nbf-over-60-seconds-in-the-future-fails": {"nbf": 61},
    "par-ensure-jwt-client-assertions-iat-over-60-seconds-in-the-future-fails": {"iat": 61},
    "ensure-client-assertion-with-exp-is-5-minutes-in-past-fails": {"exp": -300, "iat": -360},
    "ensure-client-assertion-with-wrong-aud-fails": {"aud": "https://other.test"},
    "ensure-client-assertion-with-no-sub-fails": {"sub": None},
    "ensure-client-assertion-with-iss-of-another-fails": {"iss": "k2"},
    "no jti": {"jti": None}}
GOOD_ASSERTIONS = {
    "par-ensure-jwt-client-assertions-nbf-8-seconds-in-the-future-is-accepted": {"nbf": 8},
    "par-ensure-jwt-client-assertions-iat-8-seconds-in-the-future-is-accepted": {"iat": 8}}


def claims_of(gateway, changes):
    def filled(name, value):
        if name in ("nbf", "iat", "exp") and value is not None:
            return int(time.time()) + value
        if isinstance(value, list):
            return [one.format(gateway.url) for one in value]
        return value.format(gateway.url) if isinstance(value, str) else value
    return {name: filled(name, value) for name, value in changes.items()}


@pytest.mark.parametrize("module", ASSERTIONS)
def test_assertions_that_fail(profile, keys, browser, module):
    """At /par and at /token alike."""
    changes = ASSERTIONS[module]
    answer = keys.party.push(with_assertion(keys.party, **claims_of(profile, changes)))
    assert_refused(answer, "invalid_client", 401)
    code = keys.code(browser)
    answer = keys.token(
        code, credentials=with_assertion(keys.party, **claims_of(profile, changes)))
    assert_refused(answer, "invalid_client", 401)
    assert keys.token(code).status_code == 200


@pytest.mark.parametrize("module", GOOD_ASSERTIONS)
def test_assertions_that_are_accepted(profile, keys, browser, module):
    changes = GOOD_ASSERTIONS[module]
    answer = keys.party.push(with_assertion(keys.party, **claims_of(profile, changes)))
    assert answer.status_code == 201, answer.text
    code = keys.code(browser)
    answer = keys.token(
        code, credentials=with_assertion(keys.party, **claims_of(profile, changes)))
    assert answer.status_code == 200, answer.text


def test_ensure_client_assertion_in_token_endpoint(keys, browser):
    """Neither nothing nor the id alone is one."""
    code = keys.code(browser)
    for form in ({}, {"client_id": keys.party.id}):
        assert_refused(keys.token(code, credentials=(form, {})), "invalid_client", 401)
    assert keys.token(code).status_code == 200


def test_ensure_client_id_in_token_endpoint(keys, browser):
    """A client_id that is not the assertion's."""
    code = keys.code(browser)
    form, _ = keys.party.credentials()
    assert_refused(keys.token(code, credentials=({**form, "client_id": "k2"}, {})),
                   "invalid_client", 401)
    form, _ = keys.party.credentials()
    answer = keys.token(code, credentials=({**form, "client_id": keys.party.id}, {}))
    assert answer.status_code == 200


def test_ensure_signed_client_assertion_with_rs256_fails(profile, browser):
    key = jwt_tools.rsa_key()
    flow = Flow(RelyingParty(profile, {
        "client_id": "krsa", "redirect_uris": ["https://krsa.test/cb"],
        "dvara_profile": "fapi2"}, key), Proofs())
    good = {"alg": "PS256"}
    answer = flow.party.push(with_assertion(flow.party, alg="RS256"))
    assert_refused(answer, "invalid_client", 401)
    answer = flow.party.push(with_assertion(flow.party, **good))
    assert answer.status_code == 201, answer.text
    done = query_of(browser.walk(flow.party.open(browser, answer.json()["request_uri"])))
    answer = flow.token(done["code"], credentials=with_assertion(flow.party, alg="RS256"))
    assert_refused(answer, "invalid_client", 401)
    answer = flow.token(done["code"], credentials=with_assertion(flow.party, **good))
    assert answer.status_code == 200, answer.text


def test_what_dvara_client_new_writes_for_the_consent_api(profile):
    made = profile.dvara("client", "new", "asking", "consent")
    assert "client_credentials" in made["grant_types"] and "consent" in made["scope"].split()
    assert [key["use"] for key in made["jwks"]["keys"]] == ["sig", "enc"]
    assert all("d" in key for key in made["private_jwks"]["keys"])
    stored = profile.apply("client", made)
    assert stored["jwks"] == made["jwks"] and not any("d" in key for key in stored["jwks"]["keys"])


def test_what_dvara_client_new_writes(profile, browser):
    """It is applied as it is, but for the address, and signs in."""
    made = profile.dvara("client", "new", "fresh")
    assert made["dvara_profile"] == "fapi2"
    key = made.pop("private_jwks")["keys"][0]
    assert "d" in key and "d" not in made["jwks"]["keys"][0]
    stored = profile.apply("client", {**made, "private_jwks": {"keys": [key]}})
    assert "private_jwks" not in stored and "d" not in stored["jwks"]["keys"][0]
    assert stored["require_pushed_authorization_requests"] is True
    assert stored["dpop_bound_access_tokens"] is True
    party = RelyingParty(profile, made)
    number = int.from_bytes(jwt_tools.b64u_open(key["d"]), "big")
    party.key = ec.derive_private_key(number, ec.SECP256R1())
    flow = Flow(party, Proofs())

    def credentials():
        return with_assertion(party, header={"kid": key["kid"]})

    answer = party.push(credentials())
    assert answer.status_code == 201, answer.text
    done = query_of(browser.walk(party.open(browser, answer.json()["request_uri"])))
    tokens = flow.token(done["code"], credentials=credentials()).json()
    answer = flow.userinfo(tokens["access_token"])
    assert answer.status_code == 200, answer.text
