# SPDX-License-Identifier: Apache-2.0
"""The section of the README for those who connect an application: its commands do what it says."""

import json
import os
import re
import subprocess

from consent_api import Consenting
from gateway import ROOT
from relying_party import RelyingParty


def blocks(title, kind):
    section = re.search(rf"## {title}\n(.*?)\n## ", (ROOT / "README.md").read_text(), re.S)[1]
    return re.findall(rf"```{kind}\n(.*?)```", section, re.S)


def commands():
    return blocks("Connect an application", "sh")


def run(gateway, folder, script):
    """What it printed, thing by thing."""
    environment = {**gateway.environment(), "DVARA_CONFIG": str(gateway.config),
                   "PATH": f"{gateway.bin}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-euc", script], cwd=folder, env=environment, timeout=60,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    text, things = done.stdout.strip(), []
    while text:
        thing, end = json.JSONDecoder().raw_decode(text)
        things.append(thing)
        text = text[end:].strip()
    return things


def test_an_application_is_connected(gateway, tmp_path, browser):
    register, start = commands()
    agency, shop, shown = run(gateway, tmp_path, register)
    assert agency["dvara_profile"] == "fapi2" and "private_jwks" not in agency
    assert (tmp_path / "agency.json").read_text().count('"d"') == 1
    assert agency["id_token_signed_response_alg"] == "ES256"
    assert shown == {name: value for name, value in shop.items() if name != "client_secret"}

    party = RelyingParty(gateway, json.loads((tmp_path / "shop.json").read_text()))
    party.secret = shop["client_secret"]
    tokens = party.tokens(browser, scope="openid email", claims="all")
    assert party.id_token(tokens)["iss"] == gateway.url
    assert party.userinfo(tokens["access_token"]).json()["email"] == "sophea@people.example"
    no_pkce = party.authorize(browser, code_challenge=None, code_challenge_method=None)
    assert "error=invalid_request" in no_pkce.headers["Location"]

    lines = [line.split("#")[0].strip() for line in start.strip().split("\n")]
    assert lines == ["dvara check", "dvara serve"]  # the second is what this test talks to
    run(gateway, tmp_path, lines[0])


def test_consent_is_asked_by_api(gateway, tmp_path):
    [register] = blocks("Ask for consent by API", "sh")
    [stored] = run(gateway, tmp_path, register)
    assert stored["scope"].split() == ["openid", "profile", "consent"]
    metadata = {name: value for name, value in stored.items()
                if name in ("grant_types", "scope", "redirect_uris", "dvara_profile", "dvara_purposes")}
    bank = Consenting(gateway, "bank", **metadata)
    [body] = blocks("Ask for consent by API", "json")
    made = bank.made("/consent-requests", json.loads(body))
    assert made["status"] == "awaiting_authorisation" and made["attributes"][0]["essential"]
    assert made["authorise_url"].startswith(gateway.url)
