# SPDX-License-Identifier: Apache-2.0
"""Whatever widens what is asked needs two different operators, lasts for twelve months, and is
found where one hand changed it since."""

import contextlib
import json
import os
import pathlib
import shutil
import sqlite3
import subprocess
import tempfile

import pytest

import jwt_tools
from bank import bank_of
from browser import Browser
from conftest import client
from consent_api import refused
from gateway import ROOT, Gateway, programs
from test_consent_api_purposes import ask, consented
from test_operators import refused as refused_line
from test_operators import said
from test_purpose import DAY_S, TEXTS, document, operators, register, settle  # noqa: F401

LAW = {name: f"Act 7, {name}" for name in TEXTS}
CHANGES = {
    "another attribute": {"attributes": [{"name": "email"}, {"name": "full_name"}]},
    "a predicate more": {"attributes": [{"name": "email"}, {"name": "age_over_18"}]},
    "no choice any more": {"attributes": [{"name": "email", "essential": True}]},
    "until, not once": {"mode": "until"},
    "for longer": {"valid_for": "P31D"},
    "kept for longer": {"data_life": "P11D"},
    "more often": {"frequency": {"releases": 3, "per": "P1D"}},
    "without a bound": {"frequency": None},
    "by a law": {"basis": "legal_duty", "law": LAW,
                 "attributes": [{"name": "email", "essential": True}]},
    "elsewhere": {"country": "SG"},
    "by another assessment": {"dpia": "DPIA-2"},
    "in other words": {"why": {**TEXTS, "fr": "Autre chose"}},
}


@pytest.fixture(scope="module")
def gateway(tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("two"), {"consent.life": "730d"}) as running:
        running.apply("person", json.loads((ROOT / "conf/demo/personas.json").read_text()))
        yield running


@pytest.fixture
def browser(gateway):
    return Browser(gateway)


def modest(client_id):
    return document(client_id, "email", mode="once", frequency={"releases": 2, "per": "P1D"})


@pytest.fixture(scope="module")
def asker(gateway, operators):  # noqa: F811
    client(gateway, "asker", jwt_tools.ec_key())
    register(gateway, operators, modest("asker"))


def in_force(gateway, client_id):
    """The number of the version."""
    [(number,)] = gateway.sql(
        "SELECT number FROM policy WHERE owner = ? AND state = 'approved'", client_id)
    return number


@pytest.mark.parametrize("name", CHANGES)
def test_one_hand_widens_nothing(gateway, asker, operators, name):  # noqa: F811
    made = {key: value for key, value in {**modest("asker"), **CHANGES[name]}.items()
            if value is not None}
    before = in_force(gateway, "asker")
    number = gateway.apply("purpose", made)["number"]
    refused_line(gateway, 4, "purpose", "approve", "asker", "account", number)
    assert in_force(gateway, "asker") == before < number
    gateway.dvara("purpose", "approve", "asker", "account", number, *operators[1])
    assert in_force(gateway, "asker") == number
    last, first = gateway.audit()[:2]
    assert (last["event"], first["event"]) == ("purpose.approved", "purpose.proposed")
    assert last["actor"] != first["actor"] and last["detail"]["number"] == number


def test_an_attribute_likewise(gateway, operators):  # noqa: F811
    """What is said to be special no more, or made of other values."""
    first = {"name": "blood_group", "kind": "value", "label": TEXTS, "special": True}
    gateway.apply("attribute", first)
    gateway.dvara("attribute", "approve", "blood_group", *operators[0])

    def special():
        return next(one["special"] for one in gateway.dvara("attribute", "list")["attributes"]
                    if one["name"] == "blood_group")

    assert special() is True
    assert gateway.apply("attribute", {**first, "special": False})["number"] == 2
    refused_line(gateway, 4, "attribute", "approve", "blood_group", 2)
    assert special() is True
    gateway.dvara("attribute", "approve", "blood_group", 2, *operators[0])
    assert special() is False


def test_who_is_another(gateway, operators, monkeypatch):  # noqa: F811
    """Neither another name for the same user, nor another copy of the same key."""
    client(gateway, "alike", jwt_tools.ec_key())
    key = operators[0][1]
    copy = gateway.folder / "copy.pem"
    shutil.copy(key, copy)
    (gateway.folder / "one.json").write_text(json.dumps(modest("alike")))
    gateway.dvara("purpose", "apply", gateway.folder / "one.json", "--operator-key", key)
    refused_line(gateway, 4, "purpose", "approve", "alike", "account", "--operator-key", copy)
    refused_line(gateway, 1, "purpose", "approve", "alike", "account", "--operator-key",
                 gateway.folder / "absent.pem")
    (gateway.folder / "none.pem").write_text("-----BEGIN PRIVATE KEY-----\n")
    refused_line(gateway, 1, "purpose", "approve", "alike", "account", "--operator-key",
                 gateway.folder / "none.pem")
    gateway.dvara("purpose", "approve", "alike", "account")  # the Unix user is another
    gateway.apply("purpose", {**modest("alike"), "country": "SG"})
    for name in ("SUDO_USER", "USER", "LOGNAME", "SUDO_UID", "DVARA_OPERATOR"):
        monkeypatch.setenv(name, "somebody")
    refused_line(gateway, 4, "purpose", "approve", "alike", "account", 2)
    gateway.dvara("purpose", "approve", "alike", "account", 2, "--operator-key", copy)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has a second Unix user at hand")
def test_two_unix_users():
    """On one machine: what root proposed, another user approves, and root does not."""
    nobody = 65534
    folder = pathlib.Path(tempfile.mkdtemp(prefix="dvara-two-"))
    try:
        place = Gateway(folder)
        place.config_write()
        place.clock_set(0)
        shutil.copy(programs() / "dvara", folder / "dvara")
        folder.chmod(0o755)
        for words in (["db", "migrate"], ["key", "stage"]):
            place.dvara(*words)
        place.dvara("key", "activate", "--force", place.dvara("key", "list")[0]["kid"])
        place.apply("client", {"client_id": "bank", "redirect_uris": ["https://bank.test/cb"]})
        assert place.apply("purpose", modest("bank"))["proposed_by"] == "root"
        place.dvara("purpose", "approve", "bank", "account", expect=4)
        for path in (folder / "state", *(folder / "state").rglob("*"), place.config):
            os.chown(path, nobody, nobody)
        done = subprocess.run(
            [folder / "dvara", "purpose", "approve", "bank", "account", "--config", place.config,
             "--json"], user=nobody, group=nobody, extra_groups=[], capture_output=True, text=True,
            env={**place.environment(), "SUDO_USER": "root"}, timeout=60, check=False)
        assert done.returncode == 0, done.stderr
        approved = json.loads(done.stdout)
        assert approved["state"] == "approved" and approved["approved_by"] == "nobody"
    finally:
        shutil.rmtree(folder)


def test_after_twelve_months_nothing_leaves(gateway, operators, browser):  # noqa: F811
    """Though the consent lasts; renewed by two, it goes on as it was given."""
    bank = bank_of(gateway, "yearly")
    made = document("yearly", "name!", valid_for="P700D")
    register(gateway, operators, made)
    settle()
    consent = consented(bank, browser, {
        **ask("account", "name", access={"mode": "until"}), "return_url": "https://yearly.test/cb"})
    path = f"/consents/{consent}"
    assert bank.released(consent)["attributes"]
    with gateway.clock(364 * DAY_S):
        bank.renew()
        assert bank.get(path).json()["status"] == "active"
        assert bank.released(consent)["attributes"]
    with gateway.clock(366 * DAY_S):
        bank.renew()
        assert bank.get(path).json()["status"] == "suspended"
        refused(bank.post(f"{path}/releases"), 409, "consent-not-active")
        refused(bank.post("/consent-requests", {
            **ask("account", "name"), "return_url": "https://yearly.test/cb"}),
                403, "certificate-expired")
        # one hand renews nothing
        assert gateway.apply("purpose", made)["number"] == 2
        refused_line(gateway, 4, "purpose", "approve", "yearly", "account", 2)
        refused(bank.post(f"{path}/releases"), 409, "consent-not-active")
        gateway.dvara("purpose", "approve", "yearly", "account", 2, *operators[0])
        settle()
        assert bank.get(path).json()["status"] == "active"
        assert bank.released(consent)["attributes"]


def test_changed_since_it_was_approved(gateway, operators, browser):  # noqa: F811
    """In the database, by who may write there: it rests, and is named; and a certificate that says
    the same is not the gateway's."""
    bank = bank_of(gateway, "altered")
    register(gateway, operators, document("altered", "name!"))
    settle()
    consent = consented(bank, browser, {
        **ask("account", "name", access={"mode": "until"}),
        "return_url": "https://altered.test/cb"})
    assert bank.released(consent)["attributes"]
    assert gateway.dvara("audit", "verify")["whole"]
    [(kept, certificate)] = gateway.sql(
        "SELECT document, certificate FROM policy WHERE owner = 'altered'")
    wider = kept.replace('"P10D"', '"P3650D"')
    assert wider != kept
    header, payload, signature = certificate.split(".")
    forged = {**jwt_tools.payload_of(certificate)}
    forged["purpose"] = {**forged["purpose"], "data_life": "P3650D"}
    forged = ".".join((header, jwt_tools.b64u(json.dumps(forged).encode()), signature))
    for changed, signed in ((wider, certificate), (wider, forged)):
        poke(gateway, "UPDATE policy SET document = ?, certificate = ? WHERE owner = 'altered'",
             changed, signed)
        settle()
        assert bank.get(f"/consents/{consent}").json()["status"] == "suspended"
        refused(bank.post(f"/consents/{consent}/releases"), 409, "consent-not-active")
        line = refused_line(gateway, 1, "audit", "verify")
        assert "purpose account of client altered: version 1 is not what was approved" in line
        poke(gateway, "UPDATE policy SET document = ?, certificate = ? WHERE owner = 'altered'",
             kept, certificate)
        settle()
        assert bank.get(f"/consents/{consent}").json()["status"] == "active"
    assert gateway.dvara("audit", "verify")["whole"]
    assert said(gateway, "purpose", "show", "altered", "account")[0] == 0


def poke(gateway, statement, *values):
    with contextlib.closing(sqlite3.connect(gateway.database, timeout=20)) as link:
        link.execute(statement, values)
        link.execute("UPDATE generation SET number = number + 1 WHERE kind = 'client'")
        link.commit()
