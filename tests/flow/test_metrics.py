# SPDX-License-Identifier: Apache-2.0
"""What /metrics tells the operators: who comes in, what is refused, what keeps the house going."""

import re

import requests


def figures(gateway):
    """{series: value}"""
    answer = requests.get(f"http://127.0.0.1:{gateway.management}/metrics", timeout=20)
    assert answer.status_code == 200
    return {line.rsplit(" ", 1)[0]: float(line.rsplit(" ", 1)[1])
            for line in answer.text.splitlines() if line and line[0] != "#"}


def grown(gateway, before):
    return {name: value - before.get(name, 0) for name, value in figures(gateway).items()
            if value != before.get(name, 0)}


def test_a_login_and_its_tokens_are_counted(gateway, leg1, browser):
    before = figures(gateway)
    leg1.tokens(browser)
    more = grown(gateway, before)
    assert more['dvara_logins_total{outcome="login",what="test"}'] == 1
    assert more['dvara_tokens_total{grant_type="authorization_code"}'] == 1
    assert not any(name.startswith("dvara_faults_total") for name in more)


def test_a_refusal_is_counted_by_its_name(gateway, leg1):
    before = figures(gateway)
    assert leg1.token("no code of ours").json()["error"] == "invalid_grant"
    assert grown(gateway, before)[
        'dvara_faults_total{route="token",error="invalid_grant"}'] == 1


def test_the_age_of_the_keys_that_sign(gateway):
    ages = {name: value for name, value in figures(gateway).items()
            if name.startswith("dvara_key_age_seconds")}
    assert 'dvara_key_age_seconds{alg="ES256"}' in ages
    assert all(0 <= value < 3600 for value in ages.values())


def test_nothing_of_a_person_or_a_client_is_a_label(gateway):
    for name in figures(gateway):
        for label, value in re.findall(r'(\w+)="([^"]*)"', name):
            assert label not in ("client", "client_id", "person", "sub", "address"), name
            assert "@" not in value and "leg1" not in value, name
