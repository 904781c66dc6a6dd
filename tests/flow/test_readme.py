# SPDX-License-Identifier: Apache-2.0
"""What manuals show: the README for those who connect an application, conf/README.md for who
registers a purpose; the commands that any of them names."""

import json
import os
import re
import subprocess

import pytest

import jwt_tools
from conftest import client
from consent_api import Consenting
from gateway import ROOT, Gateway
from relying_party import RelyingParty
from test_purpose import document, operator_keys


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


def manual_block(path, title):
    section = re.search(rf"## {title}\n(.*?)(?:\n## |\Z)", (ROOT / path).read_text(), re.S)[1]
    [block] = re.findall(r"```sh\n(.*?)```", section, re.S)
    return block


@pytest.fixture
def empty(tmp_path_factory):
    """A gateway where nobody has registered anything."""
    with Gateway(tmp_path_factory.mktemp("empty")) as running:
        yield running


def test_a_purpose_is_registered(empty, tmp_path):
    """conf/README.md: each command as it stands there, by two operators."""
    gateway = empty
    client(gateway, "bank", jwt_tools.ec_key())
    (tmp_path / "account.json").write_text(json.dumps(document("bank", "full_name!", "email")))
    [(_, key), _] = operator_keys(gateway, "manual-")
    (tmp_path / "anna.pem").symlink_to(key)
    lines = [line.split("#")[0].strip()
             for line in manual_block("conf/README.md", "To register a purpose").splitlines()]
    assert [line.split()[:3] for line in lines] == [
        ["dvara", "purpose", verb] for verb in ("diff", "apply", "approve", "list", "suspend")]
    told = [said(gateway, tmp_path, line) for line in lines]
    assert json.loads(told[0])["changes"] and json.loads(told[3])[0]["state"] == "approved"
    assert "version 1 is proposed" in told[1] and "is in force until" in told[2]
    assert "version 1 is suspended" in told[4]
    # "approve by others takes it back": neither the user who did it, nor who proposed it
    assert "in force" in said(gateway, tmp_path, lines[2])


def said(gateway, folder, command):
    environment = {**gateway.environment(), "DVARA_CONFIG": str(gateway.config),
                   "PATH": f"{gateway.bin}:{os.environ['PATH']}"}
    done = subprocess.run(["bash", "-euc", command], cwd=folder, env=environment, timeout=60,
                          capture_output=True, text=True, check=False)
    assert done.returncode == 0, (command, done.stderr)
    return done.stdout


def test_every_command_that_manuals_name_is_there(gateway):
    """With as many words as it takes, and the options that it has."""
    helped = subprocess.run([gateway.bin / "dvara", "--help"], capture_output=True, text=True,
                            timeout=20, check=True).stdout
    named, seen = set(), 0
    for line in helped.splitlines():
        words = line.split()
        if words[:1] == ["dvara"]:
            named.add((words[1], words[2]) if words[1] not in ("check", "manual", "completion")
                      else (words[1],))
    for path in ("README.md", "deploy/README.md", "deploy/OPERATIONS.md", "conf/README.md",
                 "plugins/README.md"):
        text = (ROOT / path).read_text()
        shown = re.findall(r"`dvara ([^`]+)`", text) + re.findall(r"^dvara (.+)$", text, re.M)
        for command in shown:
            words = command.split()
            if words[0] in ("NOUN", "serve") or words[0].startswith("-"):
                continue
            verbs = words[1].rstrip(",").split("|") if len(words) > 1 else []
            assert words[0] in {one[0] for one in named}, (path, command)
            for verb in verbs:
                assert (words[0],) in named or (words[0], verb) in named, (path, command)
            seen += 1
    assert seen > 40
