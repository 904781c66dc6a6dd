# SPDX-License-Identifier: Apache-2.0
"""The gate, as a property: for random policies, requests and consents of the demo's people, what is
shown is asked ∩ registered ∩ known, what arrives is that ∩ consented, and each arrival has its row
in the ledger and its entry in the audit, and nothing else has. 500 sign-ins and 50 consent
requests; 10,000 with DVARA_LONG=1; DVARA_SEED chooses others."""

import collections
import datetime
import json
import os
import random

import pytest

import jwt_tools
from bank import bank_of, page_of, press
from browser import Browser, Page
from conftest import client
from gateway import ROOT, Gateway
from relying_party import query_of
from test_purpose import TEXTS, document, operator_keys

CASES = 10000 if os.environ.get("DVARA_LONG") else 500
SEED = int(os.environ.get("DVARA_SEED", "20261122"))
N_INLINE, N_REGISTERED = 16, 6
SCOPES = {
    "profile": {"name", "family_name", "given_name", "middle_name", "nickname",
                "preferred_username", "profile", "picture", "website", "gender", "birthdate",
                "zoneinfo", "locale", "updated_at"},
    "email": {"email", "email_verified"}, "phone": {"phone_number", "phone_number_verified"},
    "address": {"address"}}
VALUES = ["name", "given_name", "family_name", "nickname", "gender", "birthdate", "nationality",
          "zoneinfo", "locale", "updated_at", "email", "email_verified", "phone_number", "address",
          "residence_region", "document_expiry", "household_income", "full_name"]
PREDICATES = ["resident_of:KH-12", "resident_of:LA", "household_income_below:500000",
              "nationality_is:KH", "document_valid", "has_disability"]
AGES = ["age_over_18", "age_over_60", "age_under_18"]
BASES = {"age_over_18": "birthdate", "age_over_60": "birthdate", "age_under_18": "birthdate",
         "resident_of:KH-12": "residence_region", "resident_of:LA": "residence_region",
         "household_income_below:500000": "household_income", "nationality_is:KH": "nationality",
         "document_valid": "document_expiry"}


def years_ago(years):
    """ISO days compare as text; 29 February is before 1 March."""
    today = datetime.datetime.now(datetime.timezone.utc).date().isoformat()
    return f"{int(today[:4]) - years:04}{today[4:]}"


def known_of(claims):
    """Everything that may be said of a person, told from the register's claims."""
    known = dict(claims)
    born = claims.get("birthdate")
    if born:
        first, last = (born + "-01-01", born + "-12-31") if len(born) == 4 else (born, born)
        known |= {"age_over_18": last <= years_ago(18), "age_over_60": last <= years_ago(60),
                  "age_under_18": first > years_ago(18)}
    if "residence_region" in claims:
        region = claims["residence_region"]
        known |= {"resident_of:KH-12": region == "KH-12", "resident_of:LA": region[:2] == "LA"}
    if "household_income" in claims:
        known["household_income_below:500000"] = claims["household_income"] < 500000
    if "nationality" in claims:
        known["nationality_is:KH"] = claims["nationality"] == "KH"
    if "document_expiry" in claims:
        known["document_valid"] = claims["document_expiry"] >= years_ago(0)
    if "disability" in claims:
        known["has_disability"] = claims["disability"]
    if "name" in claims:
        known["full_name"] = claims["name"]
    return known


class Watching(Browser):
    """Remembers what the consent page showed."""

    def decide(self, page, allow, claims):
        if "missing" in page.ids:  # nothing is shown, and there is nothing to allow
            return super().decide(page, False, ())
        boxes = page.form_of("consent").boxes()
        self.shown = {name: is_disabled for name, (_, is_disabled) in boxes.items()}
        assert all(is_ticked == is_disabled for is_ticked, is_disabled in boxes.values())
        return super().decide(page, allow, claims)


class World:
    """Clients with random policies, people, and what is to be in ledger and audit."""

    def __init__(self, gateway, chance):
        self.gateway, self.chance = gateway, chance
        people = json.loads((ROOT / "conf/demo/personas.json").read_text())
        gateway.apply("person", people)
        self.people = {one["short_name"]: known_of(one["claims"]) for one in people
                       if one.get("life", "active") == "active"}
        self.browsers = {name: Watching(gateway) for name in self.people}
        self.rows = {name: [] for name in self.people}
        self.clients = [self.inline(n) for n in range(N_INLINE)]
        self.clients += [self.registered(n) for n in range(N_REGISTERED)]
        self.bank = self.asking()

    def some(self, names, most):
        return self.chance.sample(names, self.chance.randint(0, most))

    def inline(self, n):
        purposes = {}
        for i in range(self.chance.randint(1, 3)):
            names = self.some(VALUES, 8) + self.some(PREDICATES, 4) + self.some(AGES, 1)
            names += self.some(["shoe_size", "sub"], 1)
            purposes[f"purpose{i}"] = {
                name: name != "has_disability" and self.chance.random() < 0.15 for name in names}
        rp = client(self.gateway, f"inline{n}", token_endpoint_auth_method="client_secret_basic",
                    id_token_signed_response_alg="ES256", dvara_purposes=[
                        {"id": one, "why": {"en": "x"}, "claims": [
                            {"name": name, "essential": must} for name, must in claims.items()]}
                        for one, claims in purposes.items()])
        return rp, purposes

    def sparing(self):
        """Claims of a purpose that asks no value beside its predicate."""
        names = self.some(PREDICATES, 4) + self.some(AGES, 1)
        taken = {BASES.get(name) for name in names}
        names += [name for name in self.some(VALUES, 8) if name not in taken] or ["name"]
        return {name: name != "has_disability" and self.chance.random() < 0.15 for name in names}

    def asking(self):
        """One that asks by the consent API."""
        self.purposes = {f"purpose{i}": self.sparing() for i in range(4)}
        return bank_of(self.gateway, "asking", dvara_purposes=[
            {"id": one, "why": {"en": "x"}, "claims": [
                {"name": name, "essential": must} for name, must in claims.items()]}
            for one, claims in self.purposes.items()])

    def registered(self, n):
        purpose = self.sparing()
        rp = client(self.gateway, f"registered{n}",
                    token_endpoint_auth_method="client_secret_basic",
                    id_token_signed_response_alg="ES256", dvara_purposes=[
                        {"id": "account", "why": {"en": "x"}, "claims": [{"name": "birthdate"}]}])
        made = document(rp.id, *[name + "!" * must for name, must in purpose.items()])
        operators = operator_keys(self.gateway, f"of{n}")
        self.gateway.apply("purpose", made)
        self.gateway.dvara("purpose", "approve", rp.id, "account", *operators[0])
        return rp, {"account": purpose}

    def request(self, purposes):
        """Of parameters, and per channel what they ask: {name: value it must have or None}."""
        scopes = self.some(list(SCOPES), 4)
        pool = VALUES + PREDICATES + AGES + ["shoe_size", "sub"]
        asked = {channel: dict.fromkeys(self.some(pool, 6)) for channel in ("id_token", "userinfo")}
        if "gender" in asked["userinfo"]:
            asked["userinfo"]["gender"] = self.chance.choice([None, "female", "male"])
        parameters = {"scope": " ".join(["openid", *scopes]), "claims": json.dumps({
            channel: {name: None if value is None else {"value": value}
                      for name, value in names.items()} for channel, names in asked.items()})}
        purpose = next(iter(purposes))
        for scope in scopes:
            asked["userinfo"] = dict.fromkeys(SCOPES[scope]) | asked["userinfo"]
        if self.chance.random() < 0.5:
            purpose = self.chance.choice(list(purposes))
            detailed = self.some(list(purposes[purpose]), len(purposes[purpose]))
            if detailed:
                parameters["authorization_details"] = json.dumps([
                    {"type": "attributes", "purpose": purpose, "attributes": detailed}])
                asked["userinfo"] = dict.fromkeys(detailed) | asked["userinfo"]
            else:
                purpose = next(iter(purposes))
        return parameters, purpose, asked


def arrives(names, asked, known):
    """What of the names allowed a channel brings."""
    return {name: known[name] for name in names
            if name in asked and (asked[name] is None or asked[name] == known[name])}


def one_case(world):
    chance = world.chance
    rp, purposes = chance.choice(world.clients)
    persona = chance.choice(list(world.people))
    known, browser = world.people[persona], world.browsers[persona]
    parameters, purpose, asked = world.request(purposes)
    registered = purposes[purpose]
    wanted = {name for name in registered
              if name != "sub" and (name in asked["id_token"] or name in asked["userinfo"])}
    may = {name for name in wanted if name in known}
    needed = {name for name in wanted if registered[name]}
    ticks = {name for name in may | {"email", "birthdate"} if chance.random() < 0.6}

    browser.shown = None
    answer = browser.walk(rp.authorize(browser, prompt="consent", **parameters), persona,
                          allow=chance.random() < 0.95, claims=ticks)
    if not needed <= may:
        assert browser.shown is None and query_of(answer)["error"] == "access_denied"
        return
    assert browser.shown == {name: name in needed for name in may}
    answered = query_of(answer)
    if "error" in answered:
        assert answered["error"] == "access_denied"
        return
    allowed = {name for name in may if name in needed or name in ticks}
    tokens = rp.token(answered["code"]).json()
    claims = jwt_tools.payload_of(tokens["id_token"])
    got = {name: claims[name] for name in VALUES + PREDICATES + AGES if name in claims}
    arrive(world, persona, (rp.id, purpose, "id_token"), got,
           arrives(allowed, asked["id_token"], known))
    got = rp.userinfo(tokens["access_token"]).json()
    assert got.pop("sub") == claims["sub"]
    arrive(world, persona, (rp.id, purpose, "userinfo"), got,
           arrives(allowed, asked["userinfo"], known))


def case_by_api(world):
    """The same by a consent request and a release."""
    chance = world.chance
    purpose = chance.choice(list(world.purposes))
    asked = world.some(list(world.purposes[purpose]), len(world.purposes[purpose]))
    persona = chance.choice(list(world.people))
    known, browser = world.people[persona], world.browsers[persona]
    if not asked:
        return
    made = world.bank.asked(
        purpose=purpose, attributes=[{"name": name, "essential": False} for name in asked],
        access={"mode": chance.choice(["once", "until"])})
    page = page_of(browser, made, persona)
    may = {name for name in asked if name in known}
    if page.status_code == 400:  # what the purpose needs is not known
        assert any(world.purposes[purpose][name] for name in set(asked) - may)
        return
    boxes = Page(page.text).form_of("consent").boxes()
    assert boxes.keys() == may
    ticks = {name for name in may | {"email"} if chance.random() < 0.6}
    back = press(browser, page, claims=ticks)
    allowed = {name for name, (is_ticked, _) in boxes.items() if is_ticked or name in ticks}
    got = world.bank.released(query_of(back)["consent_id"])["attributes"]
    assert got == {name: known[name] for name in allowed}, persona
    world.rows[persona].append((world.bank.id, purpose, "consent_api", tuple(sorted(got))))


def arrive(world, persona, channel, got, expected):
    assert got == expected, (persona, channel)
    if got:
        world.rows[persona].append((*channel, tuple(sorted(got))))


def ledger_of(browser):
    """All of it, oldest first, by the person's own download."""
    rows, before = [], None
    while True:
        copy = browser.get("/account/download.json", params={"before": before} if before else {})
        rows += copy.json()["ledger"]
        before = copy.json().get("ledger_continues_before")
        if not before:
            return rows[::-1]


def audit_of(gateway):
    """The releases of the trail, newest first."""
    page = gateway.dvara("audit", "list")
    while page:
        yield from (row for row in page if row["event"] == "release")
        page = page[-1]["seq"] > 1 and gateway.dvara("audit", "list", page[-1]["seq"])


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    folder = tmp_path_factory.mktemp("gate")
    with Gateway(folder, {"login.per_minute": 0, "session.idle": "12h"}) as gateway:
        yield World(gateway, random.Random(SEED))


def test_what_arrives_is_the_intersection(world):
    print(f"DVARA_SEED={SEED}")
    for n in range(CASES):
        one_case(world)
        if n % 10 == 0:
            case_by_api(world)
    written = collections.Counter()
    for persona, browser in world.browsers.items():
        if not world.rows[persona]:
            continue
        rows = [(row["client_id"], row["purpose_id"], row["channel"], tuple(sorted(row["claims"])))
                for row in ledger_of(browser)]
        assert rows == world.rows[persona], persona
        written.update(rows)
    audited = collections.Counter(
        (row["client_id"], row["detail"]["purpose"], row["detail"]["channel"],
         tuple(sorted(row["detail"]["claims"]))) for row in audit_of(world.gateway))
    assert audited == written and sum(written.values()) > CASES / 2
    assert world.gateway.dvara("audit", "verify")
