# SPDX-License-Identifier: Apache-2.0
"""What the host lends to a plugin (include/dvara/plugin.h), call by call, and plugins of an older
ABI."""

import json
import time

import pytest
import requests
from authlib.jose import JsonWebToken

import jwt_tools
from relying_party import RelyingParty
from services import Caller, gateway_with, plugin

CLIENTS_TOO = {"callers": ["person", "client"]}


@pytest.fixture(scope="module")
def caller(tmp_path_factory):
    folder = tmp_path_factory.mktemp("abi")
    plugin(folder, "borrower", **CLIENTS_TOO)
    plugin(folder, "before", **CLIENTS_TOO)
    plugin(folder, "before-news")
    plugin(folder, "hostile")
    ids = ("borrower", "before", "before-news", "hostile")
    with gateway_with(folder, *ids) as running:
        caller = Caller(running, *ids)
        for id_ in ids:
            caller.is_back(id_, caller.token(id_), path="/who" if id_ == "borrower" else "/good")
        yield caller


@pytest.fixture(scope="module")
def agency(caller):
    """A client that signs people in, and calls services for itself as well."""
    return RelyingParty(caller.gateway, {
        "client_id": "agency", "redirect_uris": ["https://agency.test/cb"],
        "grant_types": ["authorization_code", "client_credentials"], "scope": "openid status.push",
        "dvara_resources": ["borrower", "before", "hostile"]}, jwt_tools.ec_key())


def own_token(gateway, client, id_, **more):
    answer = client.token(None, grant_type="client_credentials", redirect_uri=None,
                          code_verifier=None, resource=f"{gateway.url}/services/{id_}", **more)
    return answer.json()["access_token"]


def ask(caller, path, token=None, id_="borrower", **more):
    return caller.call(id_, path, token, **more)


def test_a_plugin_of_the_abi_before(caller):
    answer = caller.call("before").json()
    assert answer["abi"] == "1.0" and len(answer["sub"]) == 43


def test_a_plugin_of_abi_1_1_has_its_store(caller):
    before = caller.call("before-news").json()
    after = caller.call("before-news").json()
    assert before["abi"] == after["abi"] == "1.1" and after["n"] == before["n"] + 1


def test_a_person_calls(caller):
    answer = ask(caller, "/who").json()
    assert answer["client"] == "caller" and answer["scope"] == "openid" and len(answer["sub"]) == 43


def test_a_client_calls_for_itself(caller, agency):
    token = own_token(caller.gateway, agency, "borrower", scope="status.push")
    assert ask(caller, "/who", token).json() == {
        "sub": "", "client": "agency", "scope": "status.push"}
    assert ask(caller, "/attributes?names=name", token).status_code == 403


@pytest.mark.parametrize("id_", ["before", "hostile"])
def test_clients_come_only_where_they_are_expected(caller, agency, id_):
    """A plugin of ABI 1.0 never saw one, and a manifest that does not say so takes none."""
    answer = caller.call(id_, token=own_token(caller.gateway, agency, id_))
    assert answer.status_code == 403, answer.text
    assert caller.call(id_).status_code == 200


def test_the_subject_of_somebody_who_is_not_there(caller, agency):
    tokens = agency.tokens(caller.browser)
    sub = agency.id_token(tokens)["sub"]
    token = own_token(caller.gateway, agency, "borrower")
    here = ask(caller, "/who").json()["sub"]
    assert ask(caller, f"/subject-of?sub={sub}", token).json() == {"sub": here}
    others = caller.client.id_token(caller.client.tokens(caller.browser))["sub"]
    for unknown in (others, here, "x" * 43, "person", ""):
        answer = ask(caller, f"/subject-of?sub={unknown}", token)
        assert answer.status_code in (400, 403, 404), unknown
    assert ask(caller, f"/subject-of?sub={sub}").status_code == 404, "another client's token"


def test_it_keeps_what_it_wrote(caller):
    token = caller.token("borrower")
    assert ask(caller, "/write?id=a&text=first", token).json() == {"id": "a", "n": 1}
    answer = ask(caller, "/read?id=a", token).json()
    assert answer["text"] == "first" and abs(answer["at"] - time.time()) < 60
    assert abs(answer["now"] - time.time()) < 60
    assert ask(caller, "/write?id=a&text=again", token).status_code == 409
    assert ask(caller, "/write?id=b&text=undo", token).status_code == 403
    assert ask(caller, "/read?id=b", token).status_code == 404
    assert ask(caller, "/read?id='%20OR%20'1'='1", token).status_code == 404
    made = ask(caller, "/write?text=second", token).json()
    assert made["n"] == 2 and len(made["id"]) == 22
    caller.gateway.restart()
    token = caller.token("borrower")
    caller.is_back("borrower", token, path="/who")
    assert ask(caller, "/read?id=a", token).json()["text"] == "first"


@pytest.mark.parametrize("sql", ["nonsense", "SELECT x FROM note", "DELETE FROM note",
                                 "SELECT ?1", "ATTACH 'x.db' AS x"])
def test_statements_that_are_wrong(caller, sql):
    answer = ask(caller, "/wrong-sql", params={"sql": sql})
    assert answer.status_code == 502, answer.text
    assert sql not in answer.text


def test_statements_of_the_service(caller):
    answer = requests.get(f"{caller.gateway.url}/services/borrower/jwks", timeout=20)
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    keys = answer.json()["keys"]
    assert len(keys) == 1 and "d" not in keys[0]
    jws = sign(caller, {"sim": "1"}).json()["jws"]
    header = jwt_tools.header_of(jws)
    claims = JsonWebToken(["ES256"]).decode(jws, {"keys": keys})
    assert header == {"alg": "ES256", "kid": keys[0]["kid"], "typ": "borrower+jwt"}
    assert claims["iss"] == f"{caller.gateway.url}/services/borrower" and claims["sim"] == "1"
    assert claims["exp"] - claims["iat"] == 600 and claims["jti"]
    gateways = requests.get(f"{caller.gateway.url}/jwks", timeout=20).json()["keys"]
    assert keys[0]["kid"] not in {key["kid"] for key in gateways}


@pytest.mark.parametrize("claims", [{"iss": "me"}, {"exp": 1}, {"iat": 1}, [], "x"])
def test_what_no_statement_says(caller, claims):
    assert sign(caller, claims).status_code == 400


def sign(caller, claims):
    return requests.post(f"{caller.gateway.url}/services/borrower/sign", timeout=20,
                         headers={"Authorization": f"Bearer {caller.token('borrower')}"},
                         data=json.dumps(claims))


@pytest.mark.parametrize("id_", ["nobody", "x" * 40])
def test_no_keys_of_nobody(caller, id_):
    answer = requests.get(f"{caller.gateway.url}/services/{id_}/jwks", timeout=20)
    assert answer.status_code == 404
