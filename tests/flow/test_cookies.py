# SPDX-License-Identifier: Apache-2.0
"""Cases S18 and S20: cookies, and what does not lengthen a session."""

import re
import time

import requests

import jwt_tools
import pki
from browser import Browser, Page
from conftest import client
from gateway import Gateway
from relying_party import query_of
from test_wallet import PERSONAS, wallet_settings

MINUTE = 60


def attributes(cookie):
    name, value = cookie.split(";")[0].split("=", 1)
    return name, value, {part.strip().lower() for part in cookie.split(";")[1:]}


def set_cookies(answer):
    return [attributes(text) for text in answer.raw.headers.getlist("Set-Cookie")]


def test_s18_cookies(gateway, rp1, browser):
    first = rp1.authorize(browser)
    page = browser.get(first.headers["Location"])
    signed_in = browser.sign_in(Page(page.text), "sophea")
    seen = {name: (value, words) for answer in (first, page, signed_in)
            for name, value, words in set_cookies(answer)}
    assert "dvara_session" in seen and len(seen) >= 2
    for value, words in seen.values():
        assert {"httponly", "samesite=lax", "path=/"} <= words
        assert not any(word.startswith("domain") for word in words)
        assert len(value) < 4096
    assert len(seen["dvara_session"][0]) >= 22, "at least 128 bits"
    assert not re.search(r"sophea|person", seen["dvara_session"][0])


def test_s18_cookies_over_https(tmp_path):
    """As behind a proxy that ends TLS."""
    with Gateway(tmp_path) as running:
        assert running.stop() == 0
        running.settings["gateway.issuer"] = "https://id.test"
        running.config_write()
        running.start("id.test")
        running.apply("client", {"client_id": "rp", "client_name": "RP",
                                 "redirect_uris": ["https://rp.test/cb"]})
        answer = requests.get(f"{running.url}/authorize", timeout=20, allow_redirects=False,
                              headers={"Host": "id.test", "X-Forwarded-Proto": "https"}, params={
                                  "client_id": "rp", "redirect_uri": "https://rp.test/cb",
                                  "response_type": "code", "scope": "openid",
                                  "code_challenge": "A" * 43, "code_challenge_method": "S256"})
        assert answer.status_code == 303, answer.text
        cookies = set_cookies(answer)
        assert cookies
        for name, _, words in cookies:
            assert name.startswith("__Host-") and "secure" in words and "httponly" in words


def is_signed_in(rp, browser):
    return "code" in query_of(rp.authorize(browser, prompt="none"))


def test_s20_polling_lengthens_nothing(tmp_path):
    with Gateway(tmp_path, wallet_settings(tmp_path, pki.Authority("Issuers"))) as running:
        running.apply("person", PERSONAS)
        rp, browser = client(running, "rp1", jwt_tools.ec_key()), Browser(running)
        time.sleep(1.1)
        rp.tokens(browser)
        with running.clock(10 * MINUTE):
            answer = rp.authorize(browser, prompt="login")
            chooser = browser.get(answer.headers["Location"])
            page = browser.get(Page(chooser.text).ids["login-wallet"]["href"])
            assert page.status_code == 200
            tx = re.search(r"tx=([\w-]+)", answer.headers["Location"])[1]
        with running.clock(14 * MINUTE):
            assert browser.get(f"/vp/status/{tx}").status_code == 200
        with running.clock(10 * MINUTE + 15 * MINUTE + 2):
            assert not is_signed_in(rp, browser)
        rp.tokens(browser)
        assert is_signed_in(rp, browser)
