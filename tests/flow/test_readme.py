# SPDX-License-Identifier: Apache-2.0
"""The section of the README for those who connect an application: its commands do what it says."""

import json
import os
import re
import subprocess

from gateway import ROOT
from relying_party import RelyingParty


def commands():
    section = re.search(r"## Connect an application\n(.*?)\n## ",
                        (ROOT / "README.md").read_text(), re.S)[1]
    return re.findall(r"```sh\n(.*?)```", section, re.S)


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
