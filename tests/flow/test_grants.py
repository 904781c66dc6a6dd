# SPDX-License-Identifier: Apache-2.0
"""Every check of /token against every grant (cases section 1, reading 1): what the leaders' bugs
have in common is a sibling that skipped a check.  Each row is followed by its twin: the same call,
right, succeeds.

To add a grant: one class below, with what a good call sends."""

import contextlib
import json
import time

import pytest
import requests

import jwt_tools
from browser import Browser
from conftest import GRANTS, client
from dpop import Proofs
from gateway import ROOT, Gateway
from relying_party import RelyingParty
from test_ciba import CIBA, confirmed
from test_ciba import asked as asked_far
from test_device import DEVICE_CODE, allowed, asked
from test_dpop import proof_header
from test_exchange import ACCESS_TOKEN, EXCHANGE, service
from test_gone_since import ROWAN, block
from test_token import assert_refused

CACHED_S = 1.1
PERSONAS = json.loads((ROOT / "conf/demo/personas.json").read_text())


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    with Gateway(tmp_path_factory.mktemp("grants"), {"tokens.exchange": "yes"}) as running:
        running.apply("person", PERSONAS + [ROWAN])
        running.two = service(running, "two")
        running.plain = client(running, "plain")
        yield running


class Grant:
    """One client that may, and what a good call sends."""

    has_person = True  # a person stands behind the tokens
    serves_once = False
    metadata = {}

    def __init__(self, world):
        self.world, self.browser = world, Browser(world)
        self.party = self.register()
        self.world.apply("person", [ROWAN])

    def register(self, **more):
        return client(self.world, f"m-{type(self).__name__.lower()}",
                      **{"scope": None, "client_secret": "a secret that stays",
                         "dvara_resources": ["two"], **self.metadata, **more})

    def resources(self):
        return {"resource": f"{self.world.url}/services/two"}

    def form(self):
        """What the grant itself needs, made anew."""
        raise NotImplementedError

    def send(self, form, credentials=None, **changes):
        sent = {"redirect_uri": None, "code_verifier": None, **form, **changes}
        return self.party.token(sent.pop("code", None), credentials, **sent)

    def succeeds(self):
        answer = self.send(self.form())
        assert answer.status_code == 200, answer.text
        return answer.json()

    def consent(self):
        return self.world.consent_of("rowan", self.party.id)


class Code(Grant):
    name = "authorization_code"
    serves_once = True
    metadata = {"grant_types": ["authorization_code"]}

    def form(self):
        code = self.party.code(self.browser, persona="rowan", **self.resources())
        return {"grant_type": self.name, "code": code, "code_verifier": self.party.verifier,
                "redirect_uri": self.party.redirect_uri}


class Refresh(Grant):
    name = "refresh_token"
    metadata = {"grant_types": GRANTS}

    def form(self):
        tokens = self.party.tokens(self.browser, persona="rowan", **self.resources())
        return {"grant_type": self.name, "refresh_token": tokens["refresh_token"]}


class Rotated(Refresh):
    serves_once = True
    metadata = {"grant_types": GRANTS, "client_secret": None, "application_type": "native",
                "token_endpoint_auth_method": "none", "redirect_uris": ["http://127.0.0.1/cb"]}


class Device(Grant):
    name = DEVICE_CODE
    serves_once = True
    metadata = {"grant_types": [DEVICE_CODE], "redirect_uris": []}

    def form(self):
        device = asked(self.party, scope="openid", **self.resources())
        allowed(self.browser, device, persona="rowan")
        return {"grant_type": self.name, "device_code": device["device_code"]}


class Own(Grant):
    name = "client_credentials"
    has_person = False
    metadata = {"grant_types": ["client_credentials"], "redirect_uris": [], "scope": "report"}

    def form(self):
        return {"grant_type": self.name, **self.resources()}


class Exchange(Grant):
    name = EXCHANGE

    def register(self, **more):
        self.portal = client(self.world, "m-portal", scope=None, client_secret="a secret that stays",
                             dvara_resources=["m-one", "two"])
        return RelyingParty(self.world, {
            "client_id": "m-one", "client_name": "One", "redirect_uris": [], "dvara_service": True,
            "grant_types": [EXCHANGE], "dvara_resources": ["two"], **more},
            self.party.key if hasattr(self, "party") else jwt_tools.ec_key())

    def form(self):
        # the person allows all of the portal's services where it names none, and then one of them
        self.portal.tokens(self.browser, persona="rowan")
        token = self.portal.tokens(
            self.browser, persona="rowan", resource=f"{self.world.url}/services/m-one")
        return {"grant_type": EXCHANGE, "subject_token": token["access_token"],
                "subject_token_type": ACCESS_TOKEN, **self.resources()}

    def consent(self):
        return self.world.consent_of("rowan", self.portal.id)


class Ciba(Grant):
    name = CIBA
    serves_once = True
    metadata = {"grant_types": ["authorization_code", CIBA]}

    def form(self):
        code = asked_far(self.party, scope="openid", login_hint="rowan", **self.resources())
        confirmed(self.browser, "rowan")
        return {"grant_type": self.name, "auth_req_id": code}


ALL = [Code, Refresh, Rotated, Device, Ciba, Own, Exchange]
WALLETS = "urn:ietf:params:oauth:grant-type:pre-authorized_code"  # whose callers are no clients


@pytest.fixture(params=ALL, scope="module")
def grant(world, request):
    return request.param(world)


def test_all_of_discovery_are_here(world):
    known = requests.get(f"{world.url}/.well-known/openid-configuration", timeout=20).json()
    assert {each.name for each in ALL} == set(known["grant_types_supported"]) - {WALLETS}


def test_c01_who_is_calling(grant):
    form = grant.form()
    assert_refused(grant.send(form, ({}, {})), "invalid_client", 401)
    assert_refused(grant.send(form, ({"client_id": "nobody"}, {})), "invalid_client", 401)
    if grant.party.method != "none":
        assert_refused(grant.send(form, ({"client_id": grant.party.id}, {})), "invalid_client", 401)
    answer = grant.send(form)  # nothing was claimed
    assert answer.status_code == 200, answer.text


def test_t10_who_has_not_registered_it(grant, world):
    if grant.name == "authorization_code":
        pytest.skip("every client of people has it")
    form = grant.form()
    assert_refused(grant.send(form, world.plain.credentials()), "unauthorized_client")
    assert grant.send(form).status_code == 200


def test_t11_t12_t13_the_form(grant, world):
    form = {name: value for name, value in grant.form().items() if value is not None}
    fields, headers = grant.party.credentials()
    whole = {**form, **fields}

    def post(query="", **how):
        return requests.post(f"{world.url}/token{query}", timeout=20,
                             headers={**headers, **how.pop("headers", {})}, **how)

    for name, value in form.items():
        error = "invalid_target" if name == "resource" else "invalid_request"
        assert_refused(post(data=[*whole.items(), (name, value)]), error)
        assert_refused(post(f"?{name}=x", data=whole), "invalid_request")
    assert post(json=whole).status_code in (400, 415)
    assert requests.get(f"{world.url}/token", params=whole, timeout=20).status_code == 405
    for missing in form:
        if missing in ("redirect_uri", "code_verifier", "resource"):
            continue
        without = {name: value for name, value in form.items() if name != missing}
        answer = grant.send(without, grant_type=without.get("grant_type"))
        assert_refused(answer, "invalid_request")
        assert missing in answer.json()["error_description"]
    assert grant.send(form).status_code == 200


def test_t17_t35_scope(grant):
    for scope in ("openid report admin", "admin"):
        answer = grant.send(grant.form(), scope=scope)
        assert_refused(answer, "invalid_scope")
        assert "scope" in answer.json()["error_description"]
    grant.succeeds()


def test_resource(grant, world):
    for wrong in ("https://evil.test", f"{world.url}/services/other",
                  f"{world.url}/services/two/x"):
        answer = grant.send(grant.form(), resource=wrong)
        assert_refused(answer, "invalid_target")
        assert "resource" in answer.json()["error_description"]
    aud = jwt_tools.payload_of(grant.succeeds()["access_token"])["aud"]
    assert aud == f"{world.url}/services/two"


def test_d01_a_proof_that_is_none(grant):
    form = grant.form()
    answer = grant.send(form, headers={"DPoP": "x.y.z"})
    assert_refused(answer, "invalid_dpop_proof")
    assert grant.send(form).status_code == 200  # nothing was claimed


def test_d11_who_must_prove_a_key(grant):
    grant.party = grant.register(dpop_bound_access_tokens=True)
    time.sleep(CACHED_S)
    try:
        proofs = Proofs()
        if grant.name == "refresh_token":
            grant.party = grant.register()
            time.sleep(CACHED_S)
            form = grant.form()
            grant.party = grant.register(dpop_bound_access_tokens=True)
            time.sleep(CACHED_S)
        else:
            form = grant.form()
        assert_refused(grant.send(form), "invalid_dpop_proof")
        answer = grant.send(form, headers=proof_header(grant.party, proofs))
        assert answer.status_code == 200, answer.text
        assert answer.json()["token_type"] == "DPoP"
        assert "jkt" in jwt_tools.payload_of(answer.json()["access_token"])["cnf"]
    finally:
        grant.party = grant.register()
        time.sleep(CACHED_S)


def test_a_person_blocked_since(grant, world):
    if not grant.has_person:
        pytest.skip("no person stands behind it")
    form = grant.form()
    block(world)
    answer = grant.send(form)
    world.apply("person", [ROWAN])
    # what was granted has ended with the person; a token traded in is then none (RFC 8693 2.2.2)
    assert_refused(answer, answer.json()["error"])
    assert answer.json()["error"] in ("invalid_grant", "invalid_request", "access_denied")
    grant.succeeds()


def test_s07_a_consent_withdrawn_since(grant, world):
    if not grant.has_person:
        pytest.skip("no person stands behind it")
    form = grant.form()
    world.dvara("consent", "withdraw", grant.consent()["id"])
    time.sleep(CACHED_S)
    answer = grant.send(form)
    assert_refused(answer, answer.json()["error"])
    assert answer.json()["error"] in ("invalid_grant", "invalid_request")
    grant.succeeds()


def test_t53_a_client_removed_since(grant, world):
    form = grant.form()
    world.dvara("client", "remove", grant.party.id)
    time.sleep(CACHED_S)
    assert_refused(grant.send(form), "invalid_client", 401)
    grant.party = grant.register()
    time.sleep(CACHED_S)
    grant.succeeds()


@contextlib.contextmanager
def redis_away(world):
    world.redis.process.send_signal(19)
    try:
        yield
    finally:
        world.redis.process.send_signal(18)


def test_i4_redis_does_not_answer(grant, world):
    """Never a lie about a good grant, and nothing is used up."""
    form = grant.form()
    with redis_away(world):
        answer = grant.send(form)
        assert answer.status_code == 503, answer.text
        assert "Retry-After" in answer.headers
        assert answer.json()["error"] == "temporarily_unavailable"
    until = time.monotonic() + 30
    while world.health("ready").status_code != 200:  # every loop finds out for itself
        assert time.monotonic() < until
        time.sleep(0.1)
    answer = grant.send(form)
    if grant.serves_once and grant.name != "refresh_token" and answer.status_code == 400:
        # the claim may have reached Redis before it stood still: then it is spent
        assert answer.json()["error"] == "invalid_grant"
    else:
        assert answer.status_code == 200, answer.text
    grant.succeeds()


def test_u12_every_token_can_be_taken_back(grant, world):
    tokens = grant.succeeds()
    form, headers = grant.party.credentials()
    asked = {"token": tokens["access_token"]}
    answer = requests.post(f"{world.url}/revoke", data={**form, **asked}, headers=headers,
                           timeout=20)
    assert answer.status_code == 200, answer.text
    form, headers = world.two.credentials()
    told = requests.post(f"{world.url}/introspect", data={**form, **asked}, headers=headers,
                         timeout=20)
    assert told.json() == {"active": False}
    asked = {"token": grant.succeeds()["access_token"]}
    form, headers = world.two.credentials()
    assert requests.post(f"{world.url}/introspect", data={**form, **asked}, headers=headers,
                         timeout=20).json()["active"]
