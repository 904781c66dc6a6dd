# SPDX-License-Identifier: Apache-2.0
"""Errors that teach: each has an id that the log knows and an address that says how to mend it."""

import json
import urllib.parse

import pytest
import requests

from relying_party import query_of


def assert_teaches(gateway, error, uri):
    assert uri.startswith(f"{gateway.url}/errors/{error}?id="), uri
    answer = requests.get(uri, timeout=20)
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/plain; charset=utf-8"
    assert answer.text.startswith(f"{error}\n")
    code = urllib.parse.parse_qs(urllib.parse.urlsplit(uri).query)["id"][0]
    assert len(code) == 10 and code in answer.text
    gateway.wait_for_log(f'"{code}')
    lines = [json.loads(line) for line in gateway.log().splitlines() if f'"{code}' in line]
    assert any(line["request_id"].startswith(code) for line in lines), code


def test_of_a_token_request(gateway, rp1):
    answer = rp1.token("nonsense")
    assert answer.json()["error"] == "invalid_grant"
    assert_teaches(gateway, "invalid_grant", answer.json()["error_uri"])


def test_of_an_authorization_request(gateway, rp1, browser):
    answered = query_of(rp1.authorize(browser, prompt="none"))
    assert answered["error"] == "login_required"
    assert_teaches(gateway, "login_required", answered["error_uri"])


def test_what_discovery_does_not_name_has_no_lesson(gateway):
    assert requests.get(f"{gateway.url}/errors/nonsense", timeout=20).status_code == 404
    assert "invalid_dpop_proof" in requests.get(f"{gateway.url}/errors", timeout=20).text


@pytest.mark.parametrize("code", ["<script>", "A" * 10, "0" * 11, "0" * 5000])
def test_only_an_id_is_shown_again(gateway, code):
    answer = requests.get(f"{gateway.url}/errors/invalid_grant", params={"id": code}, timeout=20)
    assert answer.status_code == 200
    assert code not in answer.text
    good = requests.get(f"{gateway.url}/errors/invalid_grant?id=0123456789", timeout=20)
    assert "0123456789" in good.text
