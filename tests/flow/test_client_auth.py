# SPDX-License-Identifier: Apache-2.0
"""Cases C: client authentication, at /token."""

import base64
import concurrent.futures
import json
import secrets
import time

import pytest
import requests

import jwt_tools
from conftest import client
from dpop import Proofs
from relying_party import ASSERTION_TYPE, basic
from test_token import assert_refused


def assert_401(answer):
    assert_refused(answer, "invalid_client", 401)


def with_assertion(assertion, **more):
    return {"client_assertion": assertion, "client_assertion_type": ASSERTION_TYPE, **more}, {}


def test_c01_none(leg1, rp1, browser):
    code = leg1.code(browser)
    assert_401(leg1.token(code, ({}, {})))
    assert_401(leg1.token(code, ({"client_id": "leg1"}, {})))
    assert_401(leg1.token(code, ({"client_id": "nope"}, {})))
    assert leg1.token(code).status_code == 200


@pytest.mark.parametrize("header", [
    basic("leg1", "wrong"), basic("nope", "wrong"), "basic bGVnMTp4", "Basic ****", "Basic", "Basic ",
    "Basic " + base64.b64encode(b"leg1").decode(),
    "Basic " + base64.b64encode(b"leg1:\0").decode(),
    "Basic " + base64.b64encode(b"leg1:%zz").decode(),
    "Basic " + base64.b64encode(b":x").decode(), "Basic " + base64.b64encode(b"leg1:").decode(),
    "Bearer x", "Digest x"])
def test_c01_wrong_basic(leg1, browser, header):
    code = leg1.code(browser)
    answer = leg1.token(code, ({}, {"Authorization": header}))
    assert_401(answer)
    if header.lower().startswith("basic "):
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert leg1.token(code).status_code == 200


def test_c01_form_encoded_id_and_secret(gateway, browser):
    odd = client(gateway, "odd", client_secret="a secret with % + : / & = " + "x" * 32)
    code = odd.code(browser)
    assert odd.token(code).status_code == 200
    encoded = "".join(f"%{byte:02x}" for byte in odd.secret.encode())
    pair = base64.b64encode(f"%6fdd:{encoded}".encode()).decode()
    code = odd.code(browser)
    assert odd.token(code, ({}, {"Authorization": "basic " + pair})).status_code == 200


def test_c02_two_ways_at_once(leg1, post1, rp1, browser):
    code = leg1.code(browser)
    header = {"Authorization": basic(leg1.id, leg1.secret)}
    assert_refused(leg1.token(code, ({"client_secret": leg1.secret}, header)), "invalid_request")
    assert_refused(leg1.token(code, ({"client_id": "rp1"}, header)), "invalid_request")
    assert_refused(leg1.token(code, (with_assertion("x")[0], header)), "invalid_request")
    assert_refused(leg1.token(code, with_assertion("x", client_secret="y", client_id="leg1")),
                   "invalid_request")
    assert_refused(leg1.token(code, ({"client_assertion": "x"}, {})), "invalid_request")
    assert leg1.token(code, ({"client_id": "leg1"}, header)).status_code == 200


def test_c03_another_way_than_registered(leg1, post1, rp1, pub1, browser):
    code = rp1.code(browser)
    assert_401(rp1.token(code, ({"client_id": "rp1", "client_secret": "x"}, {})))
    assert_401(rp1.token(code, ({"client_id": "rp1"}, {})))
    assert rp1.token(code).status_code == 200

    code = leg1.code(browser)
    forged = rp1.assertion(iss="leg1", sub="leg1")
    assert_401(leg1.token(code, with_assertion(forged)))
    assert_401(leg1.token(code, ({"client_id": "leg1", "client_secret": leg1.secret}, {})))
    assert leg1.token(code).status_code == 200

    code = post1.code(browser)
    assert_401(post1.token(code, ({}, {"Authorization": basic(post1.id, post1.secret)})))
    assert post1.token(code).status_code == 200

    code = pub1.code(browser)
    assert_401(pub1.token(code, ({"client_id": "pub1", "client_secret": "x"}, {})))
    assert pub1.token(code).status_code == 200


def test_c05_algorithms_and_segments(rp1, browser):
    code = rp1.code(browser)
    good = rp1.assertion()
    head, payload, signature = good.split(".")
    for alg in ("none", "NoNe", "HS256", "RS256", "ES384", ""):
        header = jwt_tools.b64u(json.dumps({"alg": alg, "kid": "k1"}).encode())
        assert_401(rp1.token(code, with_assertion(f"{header}.{payload}.{signature}")))
        assert_401(rp1.token(code, with_assertion(f"{header}.{payload}.")))
    for bad in (f"{head}.{payload}", f"{head}.{payload}.", f"{good}.x", f"{good}=", f" {good}",
                "..", ".", "", "x", head, f"{head}.{payload}.{signature[:-2]}",
                f"{head}.{payload}.{'A' * 86}"):
        assert rp1.token(code, with_assertion(bad)).status_code == 401 or bad == ""
    assert rp1.token(code, with_assertion(good)).status_code == 200


def test_c05_a_good_signature_of_another_algorithm(gateway, browser):
    rsa = client(gateway, "rsa1", jwt_tools.rsa_key())
    code = rsa.code(browser)
    assert_401(rsa.token(code, with_assertion(rsa.assertion(alg="RS256"))))
    assert rsa.token(code, with_assertion(rsa.assertion(alg="PS256"))).status_code == 200
    old = client(gateway, "rsa2", jwt_tools.rsa_key(), token_endpoint_auth_signing_alg="RS256")
    code = old.code(browser)
    assert_401(old.token(code, with_assertion(old.assertion(alg="PS256"))))
    assert old.token(code, with_assertion(old.assertion(alg="RS256"))).status_code == 200


def test_c09_json_tricks(rp1, browser):
    code = rp1.code(browser)
    now = int(time.time())

    def claims(extra=""):
        return (f'{{"iss":"rp1","sub":"rp1","aud":"{rp1.gateway.url}","iat":{now},"exp":{now + 60},'
                f'"jti":"{secrets.token_hex(8)}"{extra}}}').encode()

    head = {"alg": "ES256", "kid": "k1"}
    for header, payload in (
            (b'{"alg":"ES256","alg":"ES256","kid":"k1"}', claims()),
            (head, claims(',"sub":"rp1"')), (head, claims() + b"\0"), (head, claims() + b" {}"),
            (head, b"\xef\xbb\xbf" + claims()), ({**head, "crit": ["x"]}, claims()),
            ({**head, "crit": []}, claims()), ({**head, "b64": False}, claims()),
            (head, b"[]"), (head, b""), (b"null", claims())):
        assert_401(rp1.token(code, with_assertion(jwt_tools.sign(rp1.key, header, payload))))
    good = jwt_tools.sign(rp1.key, head, claims())
    assert rp1.token(code, with_assertion(good)).status_code == 200


def test_c10_other_kinds_of_token(rp1, browser):
    tokens = rp1.tokens(browser)
    code = rp1.code(browser)
    for bad in (tokens["id_token"], tokens["access_token"], rp1.assertion(sub=None),
                rp1.assertion(header={"typ": "dpop+jwt"}), rp1.assertion(header={"typ": "at+jwt"}),
                rp1.assertion(header={"typ": "oauth-authz-req+jwt"}),
                rp1.assertion(header={"typ": "logout+jwt"})):
        assert_401(rp1.token(code, with_assertion(bad)))
    for typ in ("JWT", "client-authentication+jwt"):
        good = rp1.assertion(header={"typ": typ})
        assert rp1.token(rp1.code(browser), with_assertion(good)).status_code == 200


def test_c11_keys(rp1, browser):
    evil = jwt_tools.ec_key()
    jwk = jwt_tools.public_jwk(evil)
    code = rp1.code(browser)
    for header, key in (
            ({"kid": "../../etc/passwd"}, None), ({"kid": "' OR 1=1"}, None),
            ({"kid": "k" * 30000}, None), ({"kid": 5}, None), ({"kid": "k2"}, None),
            ({"jku": "https://evil.test/jwks"}, evil), ({"x5u": "https://evil.test/x"}, evil),
            ({"jwk": jwk}, evil), ({"jwk": jwk, "kid": None}, evil), ({}, evil)):
        assert_401(rp1.token(code, with_assertion(rp1.assertion(header=header, key=key))))
    good = rp1.assertion(header={"kid": None})  # the only key there is
    assert rp1.token(code, with_assertion(good)).status_code == 200


@pytest.mark.parametrize("changes, is_good", [
    ({"exp": None}, False), ({"exp": -300}, False), ({"exp": 24 * 3600}, False),
    ({"iat": 8}, True), ({"nbf": 8}, True), ({"iat": 61}, False), ({"nbf": 61}, False),
    ({"exp": 1e300}, False), ({"exp": "123"}, False), ({"exp": -1}, False), ({"exp": 2**63}, False),
    ({"iat": "1"}, False), ({"exp": 9 * 60}, True), ({"exp": 12 * 60}, False),
    ({"iat": None}, True), ({"exp": True}, False)])
def test_c12_times(rp1, browser, changes, is_good):
    now = int(time.time())
    claims = {name: now + value if type(value) is int and -10**6 < value < 10**6
              and value != -1 else value for name, value in changes.items()}
    assertion = rp1.assertion(**claims) if claims != {"exp": -1} else rp1.assertion(exp=-1)
    code = rp1.code(browser)
    answer = rp1.token(code, with_assertion(assertion))
    if is_good:
        assert answer.status_code == 200, answer.text
    else:
        assert_401(answer)
        assert rp1.token(code).status_code == 200


@pytest.mark.parametrize("aud, standard, fapi2", [
    ("{}", True, True), ("{}/token", True, False), (["{}"], True, False),
    (["{}", "{}/token"], True, False), ("{}/par", True, False), (["{}", "https://evil.test"],
                                                                  False, False),
    ("https://evil.test", False, False), ("{}/", False, False), ("{}/token/", False, False),
    ([], False, False), (None, False, False), (5, False, False), ([5], False, False)])
def test_c13_audience(gateway, rp1, fapi, browser, aud, standard, fapi2):
    def filled(value):
        if isinstance(value, list):
            return [filled(one) for one in value]
        return value.format(gateway.url) if isinstance(value, str) else value

    code = rp1.code(browser)
    answer = rp1.token(code, with_assertion(rp1.assertion(aud=filled(aud))))
    assert (answer.status_code == 200) is standard, answer.text
    if not standard:
        assert_401(answer)
    # A fapi2 client has no code yet: known, it is told that the code is none.
    fapi.request()
    answer = fapi.token("x", with_assertion(fapi.assertion(aud=filled(aud))),
                        headers=Proofs().header("POST", f"{gateway.url}/token"))
    assert_refused(answer, *(("invalid_grant",) if fapi2 else ("invalid_client", 401)))


@pytest.mark.parametrize("path, form", [
    ("/token", {"grant_type": "authorization_code", "code": "x"}), ("/par", {}),
    ("/introspect", {"token": "x"}), ("/revoke", {"token": "x"}),
    ("/device_authorization", {}), ("/bc-authorize", {})])
def test_c13_the_address_that_is_called(gateway, rp1, fapi, path, form):
    """RFC 7523 section 3, whatever the endpoint; a fapi2 client names the issuer."""
    def asked(party, aud):
        fields, _ = with_assertion(party.assertion(aud=aud))
        return requests.post(f"{gateway.url}{path}", data={**form, **fields}, timeout=20).status_code

    named = requests.get(f"{gateway.url}/.well-known/openid-configuration", timeout=20).json()
    assert f"{gateway.url}{path}" in named.values()
    assert asked(rp1, f"{gateway.url}{path}") != 401
    assert asked(fapi, f"{gateway.url}{path}") == 401
    assert asked(fapi, gateway.url) != 401
    for wrong in (f"{gateway.url}{path}/", f"{gateway.url}{path}?x", f"{gateway.url}/authorize",
                  f"https://evil.test{path}", path):
        assert asked(rp1, wrong) == 401


def test_c14_whose(rp1, rp2, browser):
    code = rp1.code(browser)
    for bad in (rp1.assertion(iss="rp2"), rp1.assertion(sub="rp2"), rp1.assertion(iss=None),
                rp1.assertion(iss="rp2", sub="rp2"), rp1.assertion(iss="nope", sub="nope"),
                rp1.assertion(sub=5), rp1.assertion(sub="")):
        assert_401(rp1.token(code, with_assertion(bad)))
    assert_401(rp1.token(code, with_assertion(rp1.assertion(), client_id="rp2")))
    good = with_assertion(rp1.assertion(), client_id="rp1")
    assert rp1.token(code, good).status_code == 200
    assert_401(rp1.token(code, ({"client_assertion": rp1.assertion(), "client_assertion_type":
                                 "urn:ietf:params:oauth:client-assertion-type:saml2-bearer"}, {})))


def test_c15_twice(rp1, browser):
    assertion = rp1.assertion()
    assert rp1.token(rp1.code(browser), with_assertion(assertion)).status_code == 200
    code = rp1.code(browser)
    assert_401(rp1.token(code, with_assertion(assertion)))
    assert rp1.token(code).status_code == 200


def test_c15_64_at_once(rp1):
    rp1.request()
    assertion = with_assertion(rp1.assertion())
    with concurrent.futures.ThreadPoolExecutor(64) as pool:
        answers = list(pool.map(lambda _: rp1.token("x", assertion), range(64)))
    errors = [answer.json()["error"] for answer in answers]
    assert errors.count("invalid_grant") == 1, errors
    assert errors.count("invalid_client") == 63


@pytest.mark.parametrize("jti", [None, "x" * 10240, "a\0b", "a\r\nb", 5, ""])
def test_c17_jti(rp1, browser, jti):
    code = rp1.code(browser)
    assert_401(rp1.token(code, with_assertion(rp1.assertion(jti=jti))))
    assert rp1.token(code).status_code == 200


def test_c17_one_jti_of_two_clients(rp1, rp2, browser):
    jti = secrets.token_hex(8)
    assert rp1.token(rp1.code(browser), with_assertion(rp1.assertion(jti=jti))).status_code == 200
    assert rp2.token(rp2.code(browser), with_assertion(rp2.assertion(jti=jti))).status_code == 200


def test_c18_a_key_that_was_removed(gateway, browser):
    old_key, new_key = jwt_tools.ec_key(), jwt_tools.ec_key()
    turning = client(gateway, "turning", old_key)
    assert "access_token" in turning.tokens(browser)
    turned = client(gateway, "turning", new_key)
    time.sleep(1.2)
    code = turning.code(browser)
    assert_401(turning.token(code))
    turned.verifier = turning.verifier
    assert turned.token(code).status_code == 200


def test_c21_wrong_secrets_are_counted_by_caller(gateway, browser):
    guessed = client(gateway, "guessed")
    bad, good = basic("guessed", "wrong"), basic("guessed", guessed.secret)

    def ask(header, address):
        return guessed.token("x", ({}, {"Authorization": header, "X-Forwarded-For": address}))

    guessed.request()
    statuses = [ask(bad, "192.0.2.1").status_code for _ in range(12)]
    assert statuses[:10] == [401] * 10 and statuses[10:] == [429] * 2
    locked = ask(good, "192.0.2.1")
    assert locked.status_code == 429 and int(locked.headers["Retry-After"]) > 0
    assert_refused(ask(good, "192.0.2.2"), "invalid_grant")


@pytest.mark.parametrize("secret", [None, "a pass phrase that somebody chose"])
def test_c21_many_at_a_time_learn_no_more(gateway, secret):
    """Neither of a secret kept as a cheap hash nor of one that costs a scrypt."""
    name = f"crowd{len(secret or '')}"
    crowd = client(gateway, name, **({"client_secret": secret} if secret else {}))
    crowd.request()

    def statuses(shown, address):
        headers = {"Authorization": basic(name, shown), "X-Forwarded-For": address}
        with concurrent.futures.ThreadPoolExecutor(14) as pool:
            return sorted(pool.map(
                lambda _: crowd.token("x", ({}, headers)).status_code, range(14)))

    assert statuses("wrong", "192.0.2.10") == [401] * 10 + [429] * 4
    assert statuses(crowd.secret, "192.0.2.10") == [429] * 14
    # A busy client is no guesser: none of these is counted.
    assert statuses(crowd.secret, "192.0.2.11") == [400] * 14
    assert statuses(crowd.secret, "192.0.2.11") == [400] * 14


def test_c22_a_refusal_costs_the_same(gateway, leg1):
    chosen = client(gateway, "chosen", client_secret="correct horse battery staple, chosen by one")
    chosen.request()

    def cost(name):
        began_s = gateway.cpu_s()
        for n in range(6):
            answer = chosen.token("x", ({}, {"Authorization": basic(name, "wrong"),
                                             "X-Forwarded-For": f"198.51.100.{n}"}))
            assert_401(answer)
        return gateway.cpu_s() - began_s

    costs = [cost(name) for name in ("nope", "leg1", "chosen")]
    # Without equal cost they are a millisecond and some eighty: three times is noise.
    assert max(costs) < 3 * min(costs), costs
    assert_refused(chosen.token("x"), "invalid_grant")
