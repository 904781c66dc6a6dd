# SPDX-License-Identifier: Apache-2.0
"""Wallets that are web pages: which endpoints their origin may read, and that no other origin may.
That they work is told in tests/browser/wallet.test.mjs."""
import pytest
import requests

import pki
from gateway import Gateway
from vp_wallet import wallet_settings

WALLET, STRANGER = "https://wallet.test", "https://stranger.test"
PRE_AUTHORIZED = "urn:ietf:params:oauth:grant-type:pre-authorized_code"
THEIRS = [("GET", "/vp/request/x", None), ("POST", "/vp/request/x", {"wallet_nonce": "n"}),
          ("POST", "/vp/response/x", {"error": "access_denied"}), ("GET", "/vci/offer/x", None),
          ("POST", "/vci/nonce", ""), ("POST", "/vci/credential", "{}"),
          ("POST", "/vci/notification", "{}"),
          ("POST", "/token", {"grant_type": PRE_AUTHORIZED, "pre-authorized_code": "x"})]
# A browser's cookies count here.
NOT_THEIRS = [("GET", "/authorize"), ("GET", "/login"), ("GET", "/login/wallet"),
              ("GET", "/vp/complete"), ("GET", "/vp/status/x"), ("GET", "/consent"),
              ("GET", "/account"), ("POST", "/userinfo"), ("POST", "/revoke"), ("POST", "/par"),
              ("POST", "/introspect"), ("POST", "/attributes")]


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    folder = tmp_path_factory.mktemp("web-wallet")
    settings = wallet_settings(folder, pki.Authority("Issuers"))
    with Gateway(folder, {**settings, "wallet.web_origins": f"{WALLET} https://other.test"}) as one:
        yield one


def call(gateway, method, path, body=None, origin=WALLET, **headers):
    return requests.request(method, gateway.url + path, data=body, allow_redirects=False, timeout=20,
                            headers={"Origin": origin, **headers})


def readers(answer):
    assert "Access-Control-Allow-Credentials" not in answer.headers
    return answer.headers.get("Access-Control-Allow-Origin")


@pytest.mark.parametrize("method,path,body", THEIRS)
def test_what_a_wallet_calls(gateway, method, path, body):
    mine = call(gateway, method, path, body)
    assert readers(mine) == WALLET and "Origin" in mine.headers["Vary"]
    for origin in (STRANGER, "null", WALLET + "/", WALLET.upper(), "https://wallet.test.evil"):
        theirs = call(gateway, method, path, body, origin)
        assert readers(theirs) is None and theirs.status_code == mine.status_code


@pytest.mark.parametrize("path", ["/vci/credential", "/vci/notification", "/token"])
def test_a_preflight(gateway, path):
    asked = {"Access-Control-Request-Method": "POST",
             "Access-Control-Request-Headers": "authorization,content-type,dpop"}
    mine = call(gateway, "OPTIONS", path, **asked)
    assert mine.status_code == 204 and readers(mine) == WALLET
    allowed = mine.headers["Access-Control-Allow-Headers"].lower()
    assert all(name in allowed for name in ("authorization", "content-type", "dpop"))
    assert readers(call(gateway, "OPTIONS", path, origin=STRANGER, **asked)) is None


@pytest.mark.parametrize("method,path", NOT_THEIRS)
def test_what_a_browser_calls_stays_shut(gateway, method, path):
    for verb in (method, "OPTIONS"):
        assert readers(call(gateway, verb, path, "", **{
            "Access-Control-Request-Method": method})) is None


@pytest.mark.parametrize("path", ["/.well-known/oauth-authorization-server", "/jwks"])
def test_metadata_is_everybodys(gateway, path):
    assert readers(call(gateway, "GET", path, origin=STRANGER)) == "*"
