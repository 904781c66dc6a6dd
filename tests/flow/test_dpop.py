# SPDX-License-Identifier: Apache-2.0
"""Cases D: DPoP, where tokens are given and where they are shown."""

import concurrent.futures
import http.client
import time
import urllib.parse

import pytest
import requests

import dpop
import jwt_tools
from browser import Browser
from conftest import client
from dpop import Proofs
from gateway import Gateway
from pki import PEM, Authority, key_pem
from relying_party import query_of
from services import PERSONAS, Caller, gateway_with, plugin
from test_token import assert_refused


@pytest.fixture(scope="module")
def bound(gateway):
    """private_key_jwt, dpop_bound_access_tokens."""
    return client(gateway, "dp1", jwt_tools.ec_key(), dpop_bound_access_tokens=True)


@pytest.fixture
def proofs():
    return Proofs()


def token_url(party):
    return f"{party.gateway.url}/token"


def proof_header(party, proofs, **changes):
    return proofs.header("POST", token_url(party), **changes)


def give(party, proofs, code, **changes):
    return party.token(code, headers=proof_header(party, proofs, **changes))


def test_a_bound_token(bound, proofs, browser):
    """RFC 9449 sections 5 and 6."""
    answer = give(bound, proofs, bound.code(browser))
    assert answer.status_code == 200, answer.text
    tokens = answer.json()
    assert tokens["token_type"] == "DPoP"
    assert jwt_tools.payload_of(tokens["access_token"])["cnf"] == {"jkt": proofs.jkt}
    bound.id_token(tokens)


def test_a_client_that_needs_no_proof_may_show_one(rp1, proofs, browser):
    tokens = give(rp1, proofs, rp1.code(browser)).json()
    assert tokens["token_type"] == "DPoP"
    assert jwt_tools.payload_of(tokens["access_token"])["cnf"] == {"jkt": proofs.jkt}
    tokens = rp1.tokens(browser)
    assert tokens["token_type"] == "Bearer"
    assert "cnf" not in jwt_tools.payload_of(tokens["access_token"])


def test_d01_d02_d04_d05_at_the_token_endpoint(bound, proofs, browser):
    """dpop-negative-tests.  What is wrong before the claim leaves the code as it was."""
    code = bound.code(browser)
    for name, proof in dpop.bad(proofs, "POST", token_url(bound)).items():
        answer = bound.token(code, headers={"DPoP": proof})
        assert answer.status_code == 400, name
        assert answer.json()["error"] == "invalid_dpop_proof", name
    assert give(bound, proofs, code).status_code == 200


def test_d01_two_headers(bound, proofs, browser):
    code = bound.code(browser)
    form, _ = bound.credentials()
    body = urllib.parse.urlencode({
        "grant_type": "authorization_code", "code": code, "redirect_uri": bound.redirect_uri,
        "code_verifier": bound.verifier, **form})
    line = http.client.HTTPConnection("127.0.0.1", bound.gateway.port, timeout=20)
    line.putrequest("POST", "/token")
    line.putheader("Content-Type", "application/x-www-form-urlencoded")
    line.putheader("Content-Length", str(len(body)))
    for _ in range(2):
        line.putheader("DPoP", proof_header(bound, proofs)["DPoP"])
    line.endheaders(body.encode())
    answer = line.getresponse()
    assert (answer.status, b"invalid_dpop_proof" in answer.read()) == (400, True)
    assert give(bound, proofs, code).status_code == 200


def test_d04_d05_what_must_pass(gateway, bound, proofs, browser):
    with gateway.clock(15):  # so that 10 s ago is not before this Redis
        for name in dpop.GOOD:
            code = bound.code(browser)
            proof = dpop.good(name, proofs, "POST", token_url(bound), ahead_s=15)
            answer = bound.token(code, headers={"DPoP": proof})
            assert answer.status_code == 200, (name, answer.text)


def test_d05_a_jti_serves_once(bound, proofs, browser):
    code = bound.code(browser)
    header = proof_header(bound, proofs)
    assert bound.token(code, headers=header).status_code == 200
    code = bound.code(browser)
    assert_refused(bound.token(code, headers=header), "invalid_dpop_proof")
    jti = jwt_tools.payload_of(header["DPoP"])["jti"]
    assert_refused(give(bound, proofs, code, jti=jti), "invalid_dpop_proof")
    # another key's jti is another
    assert give(bound, Proofs(), code, jti=jti).status_code == 200


def test_d05_one_jti_sixteen_at_once(bound, proofs, browser):
    codes, verifiers = [], []
    for _ in range(16):
        codes.append(bound.code(browser))
        verifiers.append(bound.verifier)
    header = proof_header(bound, proofs)
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(
            lambda pair: bound.token(
                pair[0], headers=header, code_verifier=pair[1]).status_code,
            zip(codes, verifiers)))
    assert sorted(answers) == [200] + [400] * 15


def test_d11_no_proof(bound, proofs, browser):
    """ensure-holder-of-key-required."""
    code = bound.code(browser)
    answer = bound.token(code)
    assert_refused(answer, "invalid_dpop_proof")
    assert "DPoP" in answer.json()["error_description"]
    assert give(bound, proofs, code).status_code == 200


def test_d11_a_fapi2_client_gets_no_bearer_token(fapi, proofs):
    """It is told so before its code is looked at."""
    assert fapi.stored["dpop_bound_access_tokens"] is True
    assert_refused(fapi.token("x"), "invalid_dpop_proof")
    assert_refused(give(fapi, proofs, "x"), "invalid_grant")


def test_d10_a_code_of_another_key(bound, rp1, proofs, browser):
    """ensure-token-endpoint-fails-with-mismatched-dpop-jkt."""
    for party in (bound, rp1):
        code = party.code(browser, dpop_jkt=proofs.jkt)
        assert_refused(give(party, Proofs(), code), "invalid_grant")
        code = party.code(browser, dpop_jkt=proofs.jkt)
        assert_refused(party.token(code), "invalid_dpop_proof")
        code = party.code(browser, dpop_jkt=proofs.jkt)
        assert give(party, proofs, code).json()["token_type"] == "DPoP"


@pytest.mark.parametrize("jkt", ["x", "=" * 43, "A" * 42, "A" * 44, "A" * 42 + "B"])
def test_d10_a_dpop_jkt_that_is_none(rp1, proofs, browser, jkt):
    answer = query_of(rp1.authorize(browser, dpop_jkt=jkt))
    assert answer["error"] == "invalid_request" and "dpop_jkt" in answer["error_description"]
    assert rp1.code(browser, dpop_jkt=proofs.jkt)


def assert_challenge(answer, error, scheme="DPoP"):
    assert answer.status_code == 401, answer.text
    challenge = answer.headers["WWW-Authenticate"]
    assert challenge.startswith(f"{scheme} error=\"{error}\""), challenge
    assert 'DPoP' in challenge and 'algs="ES256 PS256 EdDSA"' in challenge, challenge


@pytest.fixture(scope="module")
def held(gateway, bound):
    """(a bound token, the proofs of its key)."""
    proofs = Proofs()
    answer = give(bound, proofs, bound.code(Browser(gateway)))
    assert answer.status_code == 200, answer.text
    return answer.json()["access_token"], proofs


def userinfo_url(gateway):
    return f"{gateway.url}/userinfo"


def userinfo(gateway, headers, **more):
    return requests.get(userinfo_url(gateway), headers=headers, timeout=20, **more)


def test_a_bound_token_is_shown(gateway, bound, held):
    token, proofs = held
    url = userinfo_url(gateway)
    for method in ("GET", "POST"):
        answer = requests.request(method, url, timeout=20,
                                  headers=proofs.shown(method, url, token))
        assert answer.status_code == 200, answer.text
        assert answer.json()["sub"]


def test_d01_d02_d04_d05_at_a_resource(gateway, held):
    """dpop-negative-tests."""
    token, proofs = held
    url = userinfo_url(gateway)
    wrong = dpop.bad(proofs, "GET", url, token)
    wrong["no ath"] = proofs.make("GET", url, token, ath=None)
    wrong["ath of another token"] = proofs.make("GET", url, token + "x")
    wrong["ath in hex"] = proofs.make("GET", url, token, ath="00" * 32)
    wrong["of the token endpoint"] = proofs.make("POST", f"{gateway.url}/token", token)
    for name, proof in wrong.items():
        answer = userinfo(gateway, {"Authorization": f"DPoP {token}", "DPoP": proof})
        assert answer.status_code == 401, name
        assert_challenge(answer, "invalid_dpop_proof")
    assert userinfo(gateway, proofs.shown("GET", url, token)).status_code == 200


def test_d01_two_headers_at_a_resource(gateway, held):
    token, proofs = held
    line = http.client.HTTPConnection("127.0.0.1", gateway.port, timeout=20)
    line.putrequest("GET", "/userinfo")
    line.putheader("Authorization", f"DPoP {token}")
    for _ in range(2):
        line.putheader("DPoP", proofs.make("GET", userinfo_url(gateway), token))
    line.endheaders()
    answer = line.getresponse()
    assert answer.status == 401 and "invalid_dpop_proof" in answer.headers["WWW-Authenticate"]


def test_d04_d05_what_must_pass_at_a_resource(gateway, bound, held):
    with gateway.clock(15):
        for name in dpop.GOOD:
            token, proofs = held
            proof = dpop.good(name, proofs, "GET", userinfo_url(gateway), token, ahead_s=15)
            answer = userinfo(gateway, {"Authorization": f"DPoP {token}", "DPoP": proof})
            assert answer.status_code == 200, (name, answer.text)


def test_d05_a_jti_at_a_resource(gateway, held):
    token, proofs = held
    headers = proofs.shown("GET", userinfo_url(gateway), token)
    assert userinfo(gateway, headers).status_code == 200
    assert_challenge(userinfo(gateway, headers), "invalid_dpop_proof")
    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        headers = proofs.shown("GET", userinfo_url(gateway), token)
        answers = list(pool.map(lambda _: userinfo(gateway, headers).status_code, range(16)))
    assert sorted(answers) == [200] + [401] * 15


def test_d08_other_schemes_and_keys(gateway, rp1, held, browser):
    token, proofs = held
    url = userinfo_url(gateway)
    proof = {"DPoP": proofs.make("GET", url, token)}
    assert_challenge(userinfo(gateway, {"Authorization": f"Bearer {token}"}), "invalid_token",
                     "Bearer")
    assert_challenge(userinfo(gateway, {"Authorization": f"Bearer {token}", **proof}),
                     "invalid_token", "Bearer")
    assert_challenge(userinfo(gateway, {"Authorization": f"DPoP {token}"}), "invalid_dpop_proof")
    assert_challenge(userinfo(gateway, Proofs().shown("GET", url, token)), "invalid_token")
    plain = rp1.tokens(browser)["access_token"]
    assert_challenge(userinfo(gateway, proofs.shown("GET", url, plain)), "invalid_token")
    answer = requests.post(url, data={"access_token": token}, timeout=20)
    assert_challenge(answer, "invalid_token", "Bearer")
    answer = requests.post(url, data={"access_token": token}, headers=proof, timeout=20)
    assert_challenge(answer, "invalid_token", "Bearer")
    answer = requests.post(url, data={"access_token": token}, timeout=20,
                           headers=proofs.shown("POST", url, token))
    assert answer.status_code == 400
    assert_challenge(userinfo(gateway, proofs.shown("GET", url, "garbage")), "invalid_token")
    assert userinfo(gateway, {**proof, "Authorization": f"dpop {token}"}).status_code == 200
    assert rp1.userinfo(plain).status_code == 200


def test_u01_no_token_at_all(gateway):
    answer = userinfo(gateway, {})
    assert answer.status_code == 401 and not answer.content
    assert answer.headers["WWW-Authenticate"] == 'Bearer, DPoP algs="ES256 PS256 EdDSA"'


def assert_asks_for_nonce(answer):
    """D09: the fresh nonce of the answer."""
    error = answer.json()["error"]
    assert error == "use_dpop_nonce", answer.text
    if answer.status_code == 401:
        assert_challenge(answer, "use_dpop_nonce")
    else:
        assert answer.status_code == 400
    nonce = answer.headers["DPoP-Nonce"]
    assert len(nonce) == 32
    return nonce


MADE_UP = ["x", "", "A" * 32, "A" * 43, "AAAAAGkhXQAAAAAAAAAAAAAAAAAAAAAA", "=", "é", "a" * 250]


def test_d09_a_nonce_that_nobody_needs(gateway, bound, held, browser):
    """Where none is required, one that is there must be right all the same."""
    token, proofs = held
    url = userinfo_url(gateway)
    for wrong in MADE_UP:
        nonce = assert_asks_for_nonce(userinfo(
            gateway, proofs.shown("GET", url, token, nonce=wrong)))
    answer = userinfo(gateway, proofs.shown("GET", url, token, nonce=nonce))
    assert answer.status_code == 200 and "DPoP-Nonce" not in answer.headers
    code = bound.code(browser)
    nonce = assert_asks_for_nonce(give(bound, proofs, code, nonce="made up"))
    assert give(bound, proofs, code, nonce=nonce).status_code == 200


def test_d09_a_nonce_grows_old(gateway, bound, proofs, browser):
    nonce = assert_asks_for_nonce(give(bound, proofs, "x", nonce="none"))
    with gateway.clock(200):
        code = bound.code(browser)
        form = bound.credentials(ahead_s=200)
        iat = int(time.time()) + 200
        answer = bound.token(code, form, headers=proof_header(bound, proofs, nonce=nonce, iat=iat))
        assert answer.status_code == 200, answer.text
        later = answer.headers["DPoP-Nonce"]  # before the old one is of no use
    with gateway.clock(302):
        code = bound.code(browser)
        iat = int(time.time()) + 302
        answer = bound.token(code, bound.credentials(ahead_s=302),
                             headers=proof_header(bound, proofs, nonce=nonce, iat=iat))
        assert_asks_for_nonce(answer)
        answer = bound.token(code, bound.credentials(ahead_s=302),
                             headers=proof_header(bound, proofs, nonce=later, iat=iat))
        assert answer.status_code == 200, answer.text


@pytest.fixture(scope="module")
def strict(tmp_path_factory):
    """A gateway that requires nonces, and a client of it."""
    with Gateway(tmp_path_factory.mktemp("nonces"), {"tokens.dpop_nonce": "yes"}) as running:
        running.apply("person", PERSONAS)
        yield client(running, "dp2", jwt_tools.ec_key(), dpop_bound_access_tokens=True)


def test_d09_a_nonce_that_is_required(strict, proofs):
    browser = Browser(strict.gateway)
    code = strict.code(browser)
    nonce = assert_asks_for_nonce(give(strict, proofs, code))
    assert_asks_for_nonce(give(strict, proofs, code, nonce=nonce[:-1] + "-"))
    answer = give(strict, proofs, code, nonce=nonce)
    assert answer.status_code == 200, answer.text
    token = answer.json()["access_token"]
    url = userinfo_url(strict.gateway)
    assert_asks_for_nonce(userinfo(strict.gateway, proofs.shown("GET", url, token)))
    # one nonce serves for many proofs, at every endpoint
    for _ in range(2):
        answer = userinfo(strict.gateway, proofs.shown("GET", url, token, nonce=nonce))
        assert answer.status_code == 200, answer.text


def test_d09_after_redis_was_emptied(strict, proofs):
    """What was used before nobody knows: a proof without a nonce is asked for one, and what that
    proves is taken at once."""
    browser = Browser(strict.gateway)
    old = assert_asks_for_nonce(give(strict, proofs, "x"))
    strict.gateway.forget()
    code = strict.code(browser)
    nonce = assert_asks_for_nonce(give(strict, proofs, code, nonce=old))
    assert give(strict, proofs, code, nonce=nonce).status_code == 200


@pytest.fixture(scope="module")
def caller(tmp_path_factory):
    """A person at a client that calls a service for them."""
    folder = tmp_path_factory.mktemp("dpop-services")
    plugin(folder, "hostile")
    with gateway_with(folder, "hostile") as running:
        one = Caller(running, "hostile")
        one.is_back("hostile", one.token("hostile"))
        yield one


def test_d08_at_a_service(caller, proofs):
    """The gateway checks the proof, and the service's own host once more."""
    resource = f"{caller.gateway.url}/services/hostile"
    url = f"{resource}/good"
    code = caller.client.code(caller.browser, resource=resource)
    token = give(caller.client, proofs, code).json()["access_token"]

    def call(headers, method="GET", path=""):
        return requests.request(method, url + path, headers=headers, timeout=20)

    assert_challenge(call({"Authorization": f"Bearer {token}"}), "invalid_token", "Bearer")
    assert_challenge(call({"Authorization": f"DPoP {token}"}), "invalid_dpop_proof")
    assert_challenge(call(Proofs().shown("GET", url, token)), "invalid_token")
    for wrong in (resource, f"{caller.gateway.url}/good", url + "/x"):
        assert_challenge(call(proofs.shown("GET", wrong, token)), "invalid_dpop_proof")
    assert_challenge(call(proofs.shown("GET", url, token), "POST"), "invalid_dpop_proof")
    good = proofs.shown("GET", url, token)
    answer = call(good)
    assert answer.status_code == 200, answer.text
    assert_challenge(call(good), "invalid_dpop_proof")
    answer = call(proofs.shown("GET", url + "?a=b", token), path="?c=d")
    assert answer.status_code == 200, answer.text
    assert caller.call("hostile").status_code == 200


GRANTS = ["authorization_code", "refresh_token"]


def refreshed(party, refresh_token, headers):
    return party.refresh(refresh_token, headers=headers)


def test_t36_the_refresh_token_of_an_app_is_bound(gateway, proofs, browser):
    """RFC 9449 section 5: who does not authenticate proves it by the key."""
    app = client(gateway, "dpapp", redirect_uris=["http://127.0.0.1/cb"], grant_types=GRANTS,
                 token_endpoint_auth_method="none", application_type="native")
    tokens = give(app, proofs, app.code(browser)).json()
    assert tokens["token_type"] == "DPoP"
    token = tokens["refresh_token"]
    assert_refused(app.refresh(token), "invalid_dpop_proof")
    assert_refused(refreshed(app, token, proof_header(app, Proofs())), "invalid_grant")
    answer = refreshed(app, token, proof_header(app, proofs))
    assert answer.status_code == 200, answer.text
    assert answer.json()["token_type"] == "DPoP"
    cnf = jwt_tools.payload_of(answer.json()["access_token"])["cnf"]
    assert cnf == {"jkt": proofs.jkt}
    # bound still, in the next one
    token = answer.json()["refresh_token"]
    assert_refused(refreshed(app, token, proof_header(app, Proofs())), "invalid_grant")
    assert refreshed(app, token, proof_header(app, proofs)).status_code == 200


def test_t36_who_authenticates_may_change_its_key(gateway, proofs, browser):
    keeper = client(gateway, "dpkeep", jwt_tools.ec_key(), grant_types=GRANTS,
                    dpop_bound_access_tokens=True)
    token = give(keeper, proofs, keeper.code(browser)).json()["refresh_token"]
    assert_refused(keeper.refresh(token), "invalid_dpop_proof")
    other = Proofs()
    answer = refreshed(keeper, token, proof_header(keeper, other)).json()
    assert answer["refresh_token"] == token
    assert jwt_tools.payload_of(answer["access_token"])["cnf"] == {"jkt": other.jkt}


def test_d01_d02_d04_d05_with_a_refresh_token(gateway, proofs, browser):
    """A check that one grant has, all have."""
    keeper = client(gateway, "dpkeep2", jwt_tools.ec_key(), grant_types=GRANTS,
                    dpop_bound_access_tokens=True)
    token = give(keeper, proofs, keeper.code(browser)).json()["refresh_token"]
    for name, proof in dpop.bad(proofs, "POST", token_url(keeper)).items():
        answer = refreshed(keeper, token, {"DPoP": proof})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof"), name
    assert refreshed(keeper, token, proof_header(keeper, proofs)).status_code == 200


def test_d01_d02_d04_d05_d11_with_client_credentials(gateway, proofs):
    """The same of a client that acts for itself."""
    robot = client(gateway, "dprobot", jwt_tools.ec_key(), grant_types=["client_credentials"],
                   redirect_uris=[], scope="x", dpop_bound_access_tokens=True)

    def ask(headers):
        return robot.token(None, headers=headers, grant_type="client_credentials",
                           redirect_uri=None, code_verifier=None)

    assert_refused(ask({}), "invalid_dpop_proof")
    for name, proof in dpop.bad(proofs, "POST", token_url(robot)).items():
        answer = ask({"DPoP": proof})
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof"), name
    answer = ask(proof_header(robot, proofs))
    assert answer.status_code == 200, answer.text
    assert answer.json()["token_type"] == "DPoP"


def test_discovery(gateway):
    document = requests.get(f"{gateway.url}/.well-known/openid-configuration", timeout=20).json()
    assert document["dpop_signing_alg_values_supported"] == ["ES256", "PS256", "EdDSA"]


PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"


@pytest.fixture(scope="module")
def issuing(tmp_path_factory):
    """A gateway that issues credentials to wallets."""
    folder = tmp_path_factory.mktemp("vci")
    issuers, key = Authority("Issuers"), jwt_tools.ec_key()
    (folder / "issuer.pem").write_bytes(issuers.sign(key, "issuer").public_bytes(PEM))
    (folder / "issuer.key").write_bytes(key_pem(key))
    (folder / "issuer.key").chmod(0o600)
    with Gateway(folder, {"issue.certificate_file": folder / "issuer.pem",
                          "issue.key_file": folder / "issuer.key"}) as running:
        running.apply("person", PERSONAS)
        yield running


def offered(gateway):
    """The form of a wallet that was offered a credential."""
    offer = gateway.dvara("person", "offer", "sophea")
    uri = urllib.parse.parse_qs(urllib.parse.urlsplit(offer["credential_offer_uri"]).query)
    shown = requests.get(uri["credential_offer_uri"][0], timeout=20).json()
    return {"grant_type": PRE_AUTHORIZED, "tx_code": offer["tx_code"],
            "pre-authorized_code": shown["grants"][PRE_AUTHORIZED]["pre-authorized_code"]}


def test_d08_a_wallet_binds_its_token(issuing, proofs):
    """OpenID4VCI: the grant of anonymous wallets, and the credential endpoint."""
    form, url = offered(issuing), f"{issuing.url}/token"
    for name, proof in dpop.bad(proofs, "POST", url).items():
        answer = requests.post(url, data=form, headers={"DPoP": proof}, timeout=20)
        assert (answer.status_code, answer.json()["error"]) == (400, "invalid_dpop_proof"), name
    answer = requests.post(url, data=form, headers=proofs.header("POST", url), timeout=20)
    assert answer.json()["token_type"] == "DPoP", answer.text
    token = answer.json()["access_token"]
    assert jwt_tools.payload_of(token)["cnf"] == {"jkt": proofs.jkt}

    holder, place = jwt_tools.ec_key(), f"{issuing.url}/vci/credential"
    nonce = requests.post(f"{issuing.url}/vci/nonce", timeout=20).json()["c_nonce"]
    proof = jwt_tools.sign(
        holder, {"typ": "openid4vci-proof+jwt", "alg": "ES256", "jwk": jwt_tools.public_jwk(holder)},
        {"aud": issuing.url, "iat": int(time.time()), "nonce": nonce})
    metadata = requests.get(
        f"{issuing.url}/.well-known/openid-credential-issuer", timeout=20).json()
    body = {"credential_configuration_id": next(iter(
        metadata["credential_configurations_supported"])), "proofs": {"jwt": [proof]}}

    def ask(headers):
        return requests.post(place, json=body, headers=headers, timeout=20)

    assert_challenge(ask({"Authorization": f"Bearer {token}"}), "invalid_token", "Bearer")
    assert_challenge(ask({"Authorization": f"DPoP {token}"}), "invalid_dpop_proof")
    assert_challenge(ask(Proofs().shown("POST", place, token)), "invalid_token")
    assert_challenge(ask(proofs.shown("GET", place, token)), "invalid_dpop_proof")
    answer = ask(proofs.shown("POST", place, token))
    assert answer.status_code == 200, answer.text


def test_a_wallet_without_a_key_gets_a_plain_token(issuing):
    answer = requests.post(f"{issuing.url}/token", data=offered(issuing), timeout=20)
    assert answer.json()["token_type"] == "Bearer", answer.text
