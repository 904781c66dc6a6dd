# SPDX-License-Identifier: Apache-2.0
"""The goodbye page loads a page of each client that wants it (OpenID Connect Front-Channel Logout
1.0).  Tests that mirror a module of the OpenID Foundation's plan are named after it."""

import contextlib
import html
import json
import re
import sqlite3
import urllib.parse

import pytest
import requests

import jwt_tools
from browser import Browser, Page
from conftest import client
from gateway import Gateway
from test_logout import confirm, end_session, is_signed_in

BACK = "https://framed.test/bye"


@pytest.fixture(scope="module")
def framed(gateway):
    return client(gateway, "framed", jwt_tools.ec_key(), id_token_signed_response_alg="ES256",
                  post_logout_redirect_uris=[BACK],
                  frontchannel_logout_uri="https://framed.test/out?a=b&c=%22",
                  frontchannel_logout_session_required=True)


@pytest.fixture(scope="module")
def plain(gateway):
    """Wants no iss and sid."""
    return client(gateway, "plain", jwt_tools.ec_key(), id_token_signed_response_alg="ES256",
                  redirect_uris=["https://plain.test:8443/cb"],
                  frontchannel_logout_uri="https://plain.test:8443/out")


def frames(answer):
    return [html.unescape(src) for src in re.findall(r'<iframe [^>]*src="([^"]*)"', answer.text)]


def test_oidcc_frontchannel_rp_initiated_logout(gateway, framed, plain, browser):
    tokens = framed.tokens(browser)
    plain.tokens(browser)
    answer = end_session(browser, id_token_hint=tokens["id_token"], post_logout_redirect_uri=BACK,
                         state="x")
    assert answer.status_code == 200 and not is_signed_in(framed, browser)
    sid = framed.id_token(tokens)["sid"]
    assert frames(answer) == [
        f"https://framed.test/out?a=b&c=%22&iss={urllib.parse.quote(gateway.url, safe='')}&sid={sid}",
        "https://plain.test:8443/out"]
    assert answer.text.count("sandbox=") == 2 and "allow-top-navigation" not in answer.text
    policy = answer.headers["Content-Security-Policy"]
    assert policy.endswith("; frame-src https://framed.test https://plain.test:8443")
    # And then on: by itself, or by the link.
    assert answer.headers["Refresh"] == f"3; url={BACK}?state=x"
    assert Page(answer.text).ids["back"]["href"] == f"{BACK}?state=x"
    # Nobody is told twice, nor by letters.
    again = end_session(browser, id_token_hint=tokens["id_token"])
    assert not frames(again) and "frame-src" not in again.headers["Content-Security-Policy"]
    assert not gateway.sql("SELECT 1 FROM outbox WHERE client_id IN ('framed', 'plain')")


def test_after_a_yes_on_our_page(framed, browser):
    framed.tokens(browser)
    asked = end_session(browser)
    assert not frames(asked)
    answer = confirm(browser, asked)
    assert answer.status_code == 200 and len(frames(answer)) == 1
    assert "Refresh" not in answer.headers


def test_only_clients_of_this_session(framed, plain, browser, other_browser):
    framed.tokens(other_browser)
    tokens = plain.tokens(browser)
    assert frames(end_session(browser, id_token_hint=tokens["id_token"])) == [
        "https://plain.test:8443/out"]
    assert is_signed_in(framed, other_browser)


@pytest.mark.parametrize("bad", [
    "https://other.test/out", "https://strict.test:444/out", "http://strict.test/out",
    "https://strict.test/out#x", "javascript:alert(1)", "//strict.test/out", "data:text/html,x"])
def test_what_may_be_registered(gateway, bad):
    def applied(uri, expect):
        path = gateway.folder / "frame.json"
        path.write_text(json.dumps({"client_id": "strict", "frontchannel_logout_uri": uri,
                                    "redirect_uris": ["https://strict.test/cb"]}))
        return gateway.dvara("client", "apply", path, expect=expect)

    applied(bad, 1)
    assert applied("https://strict.test/out", 0)["frontchannel_logout_uri"]


def test_oidcc_frontchannel_logout_discovery_endpoint_verification(gateway):
    found = requests.get(f"{gateway.url}/.well-known/openid-configuration", timeout=20).json()
    assert found["frontchannel_logout_supported"] is True
    assert found["frontchannel_logout_session_supported"] is True


def test_more_clients_than_there_is_room_for(tmp_path):
    """The session ends, and the page stays one that proxies let pass."""
    with Gateway(tmp_path) as own:
        own.apply("person", [{"register_key": "P-1", "short_name": "sophea",
                              "claims": {"name": "Sophea"}}])
        browser, host = Browser(own), ".".join(["a" * 58] * 4)
        parties = [client(own, f"f{n}", redirect_uris=[f"https://{n}.{host}/cb"],
                          frontchannel_logout_uri=f"https://{n}.{host}/out") for n in range(13)]
        for party in parties:
            token = party.tokens(browser)["id_token"]
        with contextlib.closing(sqlite3.connect(own.database)) as link, link:
            for n in range(6):
                link.execute("INSERT INTO visit SELECT sid || ?, session_id, person_id, client_id,"
                             " is_told, since_s FROM visit WHERE length(sid) = 43", (str(n),))
            # The oldest come first: where all are of one second, they are of all clients.
            link.execute("UPDATE visit SET since_s = (SELECT max(since_s) FROM visit)")
        answer = end_session(browser, id_token_hint=token)
        assert answer.status_code == 200 and not is_signed_in(parties[0], browser)
        assert len(frames(answer)) == 32
        policy = answer.headers["Content-Security-Policy"]
        assert len(policy) < 3500 and 8 <= policy.count(host) <= 12
        own.wait_for_log("no room on the page for all clients")
