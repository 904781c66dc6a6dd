# SPDX-License-Identifier: Apache-2.0
"""News of services: what application-tracking tells reaches those whom the person lets call it, by a
webhook that Standard Webhooks verifies, and nobody else."""

import json
import secrets
import time

import pytest
import requests
from authlib.jose import JsonWebToken

import jwt_tools
from browser import Browser
from consent_api import Consenting
from gateway import ROOT
from services import PERSONAS, gateway_with, shipped
from test_account_sharing import change
from test_tracking import Agency, day
from webhook_receiver import WebhookReceiver

ID = "application-tracking"
WITHIN_S = 30
LABELS = {event["type"]: event["label"] for event in json.loads(
    (ROOT / f"plugins/{ID}/manifest.json").read_text())["events"]}


class Portal(Consenting):
    """It shows people their applications, and wants to hear of them."""

    def __init__(self, gateway, name, receiver):
        super().__init__(gateway, name, scope="openid consent", dvara_resources=[ID],
                         jwks_uri=None)
        self.receiver, self.path = receiver, f"/{name}"
        self.secret = self.made("/webhook-endpoints", {
            "url": receiver.url + self.path, "events": ["service.news"]})["secret"]

    def allowed(self, persona="sophea"):
        """The person's sub here, and their consent."""
        self.browser = Browser(self.gateway)
        tokens = self.party.tokens(self.browser, persona=persona, prompt="consent",
                                   resource=f"{self.gateway.url}/services/{ID}")
        [[consent]] = self.gateway.sql(
            "SELECT id FROM consent WHERE client_id = ? ORDER BY rowid DESC LIMIT 1", self.id)
        return jwt_tools.payload_of(tokens["id_token"])["sub"], consent

    def heard(self):
        """The data of its events of news, oldest first."""
        listed, after = [], ""
        while True:
            page = self.get(f"/events?limit=100{after}").json()
            listed += [one["data"] for one in page["data"] if one["type"] == "service.news"]
            if not page.get("next_cursor"):
                return listed
            after = f"&cursor={page['next_cursor']}"


class Country:
    def __init__(self, gateway, receiver):
        self.gateway, self.receiver = gateway, receiver
        self.agency = Agency(gateway, ID, "transport")
        self.portal = Portal(gateway, "portal", receiver)
        self.n = 0

    def fresh(self):
        self.n += 1
        return f"DL-{self.n}"

    def told(self, reference):
        """Whose name for whom the news of that reference came to: {client: sub}."""
        return dict(self.gateway.sql(
            "SELECT client_id, subject_id FROM event WHERE reference = ?", reference))

    def settled(self, persona="sophea"):
        """All that was pushed has come to the gateway: a marker, told behind it, has come.  To
        whom."""
        marker = self.fresh()
        assert self.agency.push(persona=persona, reference=marker).status_code == 201
        return until(lambda: self.told(marker))

    def post(self, key=None, **form):
        """One POST /news as the service itself, or with another key."""
        file = json.loads((self.gateway.folder / f"state/services/{ID}.json").read_text())
        jwk, now = file["private_jwks"]["keys"][0], int(time.time())
        form = {"id": secrets.token_urlsafe(16), "type": "application.changed",
                "reference": "DL-1", **form}
        assertion = JsonWebToken(["ES256"]).encode({"alg": "ES256", "kid": jwk["kid"]}, {
            "iss": ID, "sub": ID, "aud": self.gateway.url, "jti": secrets.token_urlsafe(16),
            "iat": now, "exp": now + 60}, key or jwk).decode()
        return requests.post(f"{self.gateway.url}/news", timeout=20, data={
            name: value for name, value in {
                "client_id": ID, "client_assertion": assertion, "client_assertion_type":
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer", **form}.items()
            if value is not None})

    def subject(self, persona="sophea"):
        """The service's name for a person."""
        return self.gateway.dvara("person", "subject", persona, ID)["sub"]


def until(is_so):
    end = time.monotonic() + WITHIN_S
    while not is_so():
        assert time.monotonic() < end, "not within the time"
        time.sleep(0.05)
    return is_so()


@pytest.fixture(scope="module")
def receiver():
    here = WebhookReceiver()
    yield here
    here.close()


@pytest.fixture(scope="module")
def country(tmp_path_factory, receiver):
    folder = tmp_path_factory.mktemp("news")
    shipped(folder, ID, agencies={"transport": {"name": {"en": "Transport"}}},
            settings={"applications": "", "agencies": "agencies.json"})
    with gateway_with(folder, ID, outbound__allow="127.0.0.1",
                      services__news_per_minute="0",
                      account__notice_url=f"{receiver.url}/notices") as running:
        running.apply("person", PERSONAS)
        country = Country(running, receiver)
        country.sub, country.consent = country.portal.allowed()
        yield country


def test_a_push_becomes_a_webhook(country, receiver):
    reference = country.fresh()
    assert country.agency.push(reference=reference).status_code == 201
    letter = until(lambda: [one for one in receiver.at("/portal")
                            if one.json["data"].get("reference") == reference])[0]
    assert letter.is_signed_by(country.portal.secret)
    assert not letter.is_signed_by(country.portal.secret[:-8] + "AAAAAAA=")
    assert letter.json["type"] == "service.news"
    assert letter.json["data"] == {
        "sub": country.sub, "service": ID, "news": "application.changed",
        "reference": reference, "consent": country.consent}, "thin: no status, no name"
    event = next(one for one in reversed(country.portal.get("/events?limit=100").json()["data"])
                 if one["id"] == letter.id)
    assert event["data"] == letter.json["data"] and event["actor"] == "service"


def test_the_same_again_tells_nothing(country):
    reference, push = country.fresh(), country.agency.push
    stored = [push(reference=reference, **said).json()["stored"] for said in (
        {"updated": day(9)}, {"updated": day(9)}, {"updated": day(5), "status": "ready"},
        {"updated": day(9)})]
    assert stored == ["new", "same", "changed", "older"]
    assert country.agency.ask("DELETE", f"/applications/{reference}",
                              country.agency.own()).status_code == 200
    assert country.agency.ask("DELETE", f"/applications/{reference}",
                              country.agency.own()).status_code == 404
    country.settled()
    assert [one["news"] for one in country.portal.heard() if one["reference"] == reference] == [
        "application.changed", "application.changed", "application.removed"]


def test_who_is_told(country, receiver):
    """A client by its own name for the person, if they let it call the service; no other."""
    another = Portal(country.gateway, "another", receiver)
    reference = country.fresh()
    country.agency.push(reference=reference)
    country.settled()
    # the agency may call the service itself, but this person let it do so as they signed in
    assert set(country.told(reference)) == {"portal", "transport"}
    theirs, consent = another.allowed()
    reference = country.fresh()
    country.agency.push(reference=reference)
    country.settled()
    told = country.told(reference)
    assert told["another"] == theirs != told["portal"] == country.sub
    assert another.heard()[0] == {"sub": theirs, "service": ID, "reference": reference,
                                  "news": "application.changed", "consent": consent}
    # of somebody else, who let nobody but the agency
    country.agency.push(persona="vannak", reference=country.fresh())
    country.settled()
    assert {one["sub"] for one in another.heard()} == {theirs}


def test_consent_that_ends(country, receiver):
    third = Portal(country.gateway, "third", receiver)
    _, consent = third.allowed("vannak")
    seen = {}
    for act in (None, "pause", "resume", "withdraw"):
        if act:
            assert change(third.browser, act, consent).status_code == 303
        seen[act] = country.fresh()
        country.agency.push(persona="vannak", reference=seen[act])
        country.settled()
    told = {act: "third" in country.told(reference) for act, reference in seen.items()}
    assert told == {None: True, "pause": False, "resume": True, "withdraw": False}
    _, consent = third.allowed("vannak")
    third.party.gateway.apply("client", {**third.party.stored, "dvara_resources": []})
    # it may not call the service any more, as soon as the gateway has seen that
    until(lambda: "third" not in country.settled("vannak"))


def test_once_whatever_happens_between(country):
    """The gateway is killed as soon as the agency has its answer."""
    references = [country.fresh() for _ in range(5)]
    for reference in references:
        assert country.agency.push(reference=reference).status_code == 201
    country.gateway.kill()
    country.gateway.start()
    until(lambda: all(country.told(one) for one in references))
    until(lambda: country.agency.ask("GET", "/applications", country.agency.of("sophea")
                                     ).status_code == 200)
    country.settled()
    heard = [one["reference"] for one in country.portal.heard()]
    assert [heard.count(one) for one in references] == [1] * 5
    assert country.gateway.dvara("audit", "verify")


def test_the_same_id_is_told_once(country):
    told = {"id": secrets.token_urlsafe(16), "sub": country.subject(), "reference": "ONCE-1"}
    assert [country.post(**told).status_code for _ in range(3)] == [204] * 3
    assert len(country.gateway.sql("SELECT 1 FROM event WHERE reference = 'ONCE-1'"
                                   " AND client_id = 'portal'")) == 1
    assert country.post(**{**told, "id": secrets.token_urlsafe(16)}).status_code == 204
    assert len(country.gateway.sql("SELECT 1 FROM event WHERE reference = 'ONCE-1'"
                                   " AND client_id = 'portal'")) == 2


def test_it_learns_nothing(country):
    """Of whom nobody knows, or another knows by that name, or who let nobody: always the same."""
    claire = country.subject("claire")
    answers = [country.post(sub=sub) for sub in (
        country.subject(), claire, "x" * 43, country.sub, "sophea",
        country.gateway.dvara("person", "subject", "sophea", "another")["sub"])]
    assert [(one.status_code, one.content) for one in answers] == [(204, b"")] * 6
    for unknown in ("x" * 43, country.sub, "sophea", claire):
        assert not country.gateway.sql("SELECT 1 FROM event WHERE subject_id = ? AND reference ="
                                       " 'UNKNOWN-1'", unknown)


def test_who_is_blocked(country):
    name = "khamla"
    subject = country.subject(name)
    portal = country.portal.allowed(name)[0]
    assert country.post(sub=subject, reference="LIFE-1").status_code == 204
    assert country.told("LIFE-1") == {"portal": portal}
    country.gateway.apply("person", [{**one, "life": "blocked"} for one in PERSONAS
                                     if one["short_name"] == name])
    assert country.post(sub=subject, reference="LIFE-2").status_code == 204
    assert not country.told("LIFE-2")


def test_for_some_alone(country):
    country.agency.sub("sophea")
    for clients, told in (("portal", {"portal"}), ("nobody portals", set()),
                          ("transport another portal", {"portal", "transport"})):
        reference = country.fresh()
        assert country.post(sub=country.subject(), reference=reference,
                            clients=clients).status_code == 204
        assert set(country.told(reference)) - {"another"} == told


def test_a_parameter_without_a_value_was_not_sent(country):
    subject, last = country.subject(), "SELECT reference FROM event WHERE type = 'service.news'"
    reference = country.fresh()
    assert country.post(sub=subject, reference=reference, clients="").status_code == 204
    assert "portal" in country.told(reference)
    assert country.post(sub=subject, reference="", clients="portal").status_code == 204
    assert (None,) in [tuple(row) for row in country.gateway.sql(last)]


@pytest.mark.parametrize("wrong", [
    {"clients": "x" * 1001}, {"clients": "a\nb"}, {"type": None}, {"type": "application.sold"}, {"type": "*"}, {"sub": None},
    {"sub": "x" * 256}, {"sub": "a\nb"}, {"id": None}, {"id": "short"}, {"id": "x" * 65},
    {"id": "a b" + "x" * 16}, {"reference": "x" * 65}, {"reference": "a\x01b"},
    {"reference": "é"}, {"reference": "x" * 100000}])
def test_malformed(country, wrong):
    answer = country.post(**{"sub": country.subject(), **wrong})
    assert answer.status_code in (400, 413), answer.text
    assert answer.headers["Content-Type"] == "application/problem+json"


def test_only_as_itself(country):
    """The token of a call is no key, and no relying party is a service."""
    stolen = country.portal.party.tokens(
        Browser(country.gateway), resource=f"{country.gateway.url}/services/{ID}")["access_token"]
    form = {"id": secrets.token_urlsafe(16), "sub": country.subject(),
            "type": "application.changed", "reference": "STOLEN-1"}
    for headers in ({}, {"Authorization": f"Bearer {stolen}"}):
        answer = requests.post(f"{country.gateway.url}/news", timeout=20, headers=headers,
                               data={**form, "token": stolen, "client_id": ID})
        assert answer.status_code == 401, answer.text
    assert country.post(key=other_key(), **form).status_code == 401
    answer = requests.post(f"{country.gateway.url}/news", timeout=20, data={
        **form, **country.portal.party.credentials()[0]})
    assert answer.status_code == 403, answer.text
    assert not country.told("STOLEN-1")


def other_key():
    key = jwt_tools.ec_key()
    return {**jwt_tools.public_jwk(key), "d": jwt_tools.b64u(
        key.private_numbers().private_value.to_bytes(32, "big"))}


def test_the_person_is_told_too(country, receiver):
    country.agency.push(persona="claire", reference=country.fresh())
    notice = until(lambda: [one for one in receiver.at("/notices")
                            if one.json["type"] == "notice.service.news"])[-1]
    data = notice.json["data"]
    assert data["service"] == ID and data["news"] in LABELS
    assert data["text"] == LABELS[data["news"]] and len(data["text"]) == 5
    assert "reference" not in data and data["sub"] != country.subject("claire")


def test_the_catalogue_says_what_it_tells(country):
    listed, = requests.get(f"{country.gateway.url}/services", timeout=20).json()["services"]
    assert [one["type"] for one in listed["events"]] == list(LABELS)
    for language in ("en", "km", "ar"):
        page = requests.get(f"{country.gateway.url}/services", timeout=20, headers={
            "Accept": "text/html", "Accept-Language": language}).text
        assert LABELS["application.changed"][language] in page


def test_no_more_than_so_many_a_minute(tmp_path, receiver):
    shipped(tmp_path, ID, agencies={"transport": {"name": {"en": "Transport"}}},
            settings={"applications": "", "agencies": "agencies.json"})
    with gateway_with(tmp_path, ID, outbound__allow="127.0.0.1",
                      services__news_per_minute="3") as running:
        running.apply("person", PERSONAS)
        country = Country(running, receiver)
        answers = [country.post(sub="x" * 43) for _ in range(5)]
        assert [one.status_code for one in answers] == [204, 204, 204, 429, 429]
        assert answers[-1].headers["Retry-After"]
