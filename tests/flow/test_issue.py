# SPDX-License-Identifier: Apache-2.0
"""Issuing by a pre-authorized code (OpenID4VCI 1.0): what is given, and what is refused how."""

import json
import threading
import time

import pytest
import requests

import jwt_tools
from browser import Page
from conftest import client
from vci_wallet import PRE_AUTHORIZED, Wallet, is_revoked, offered, present, presenter


def refused(answer, error, status=400):
    assert (answer.status_code, answer.json().get("error")) == (status, error), answer.text
    assert answer.headers["Cache-Control"] == "no-store"


def wrong_code(right):
    return "000000" if right != "000000" else "000001"


def test_metadata_in_five_languages(issue_gateway):
    told = requests.get(f"{issue_gateway.url}/.well-known/openid-credential-issuer", timeout=20)
    assert told.status_code == 200 and told.headers["Content-Type"] == "application/json"
    metadata = told.json()
    assert metadata["credential_issuer"] == issue_gateway.url
    assert metadata["batch_credential_issuance"] == {"batch_size": 8}
    assert "credential_response_encryption" not in metadata
    kinds = metadata["credential_configurations_supported"]
    assert set(kinds) == {"pid", "driving-licence", "residence-permit", "student"}
    for name, kind in kinds.items():
        assert kind["format"] == "dc+sd-jwt" and kind["scope"] == name
        assert kind["proof_types_supported"] == {
            "jwt": {"proof_signing_alg_values_supported": ["ES256"]}}
        shown = kind["credential_metadata"]
        assert {one["locale"] for one in shown["display"]} == {"km", "lo", "en", "fr", "ar"}
        for claim in shown["claims"]:
            names = {one["locale"]: one["name"] for one in claim["display"]}
            assert set(names) == {"km", "lo", "en", "fr", "ar"}
            assert len(set(names.values())) > 1, f"{claim}: nobody translated it"
    paths = [claim["path"] for claim in kinds["driving-licence"]["credential_metadata"]["claims"]]
    assert ["document_number"] in paths


def test_discovery_names_what_wallets_need(issue_gateway):
    told = requests.get(
        f"{issue_gateway.url}/.well-known/oauth-authorization-server", timeout=20).json()
    assert PRE_AUTHORIZED in told["grant_types_supported"]
    assert told["pre-authorized_grant_anonymous_access_supported"] is True
    assert "ES256" in told["dpop_signing_alg_values_supported"]


@pytest.mark.parametrize("dpop", [False, True])
def test_a_credential(issue_gateway, dpop):
    wallet = offered(issue_gateway, "sophea", dpop=dpop)
    assert wallet.tokens["token_type"] == ("DPoP" if dpop else "Bearer")
    assert wallet.tokens["scope"] == "pid"
    key = jwt_tools.ec_key()
    answer = wallet.ask(proofs={"jwt": [wallet.proof(wallet.nonce(), key)]})
    assert answer.status_code == 200 and answer.headers["Cache-Control"] == "no-store"
    wallet.notification_id = answer.json()["notification_id"]
    wallet = offered(issue_gateway, "sophea", dpop=dpop)
    [credential] = wallet.fetch()
    assert credential.header["typ"] == "dc+sd-jwt"
    assert credential.claims["vct"] == "urn:dvara:pid:1"
    assert credential.attributes["personal_number"] == "P-100001"
    assert credential.attributes["birthdate"] == "1994-04-14"
    assert not set(credential.attributes) & set(credential.claims)
    assert wallet.notify().status_code == 204
    assert wallet.notify().status_code == 204  # idempotent
    assert wallet.notify(event="credential_deleted", event_description="no").status_code == 204
    refused(wallet.notify(event="done"), "invalid_notification_request")
    refused(wallet.notify(notification_id="x"), "invalid_notification_id")
    refused(wallet.notify(notification_id=None), "invalid_notification_request")


def test_credentials_of_a_batch_have_nothing_in_common(issue_gateway):
    wallet = offered(issue_gateway, "sophea")
    batch = wallet.fetch(proofs=8)
    assert len(batch) == 8
    assert len({json.dumps(one.claims["cnf"], sort_keys=True) for one in batch}) == 8
    assert len({one.place["idx"] for one in batch}) == 8
    salts = [salt for one in batch for salt in one.salts]
    assert len(set(salts)) == len(salts)
    for one in batch:  # what they share, all of that day share
        assert one.claims["iat"] % 86400 == 0 and one.claims["exp"] % 86400 == 0
        assert set(one.claims) == {"iss", "vct", "iat", "exp", "cnf", "status", "_sd", "_sd_alg"}
    places = sorted(one.place["idx"] for one in batch)
    assert any(later - earlier > 1 for earlier, later in zip(places, places[1:]))
    digests = [digest for one in batch for digest in one.claims["_sd"]]
    assert len(set(digests)) == len(digests)


def test_fewer_than_asked_where_the_kind_gives_fewer(issue_gateway):
    wallet = offered(issue_gateway, "sophea", "driving-licence")
    batch = wallet.fetch("driving-licence", proofs=6)
    assert len(batch) == 4
    assert batch[0].attributes["document_number"] == "KH-D-204117"
    assert batch[0].attributes["driving_privileges"] == ["A", "B"]


def test_a_token_fetches_what_was_offered_and_no_more(issue_gateway):
    wallet = offered(issue_gateway, "sophea", "pid", "student")
    assert wallet.tokens["scope"] == "pid student"
    [student] = wallet.fetch("student")
    assert student.claims["vct"] == "urn:dvara:student:1"
    assert "personal_number" not in student.attributes
    wallet.fetch("pid")
    refused(wallet.ask("driving-licence"), "insufficient_scope", 403)
    refused(wallet.ask("library"), "unknown_credential_configuration")
    refused(wallet.ask("pid/1"), "unknown_credential_identifier")
    refused(wallet.ask(credential_identifier="pid/1"), "invalid_credential_request")
    refused(wallet.ask(credential_configuration_id=None), "invalid_credential_request")
    refused(wallet.ask(credential_configuration_id=7), "invalid_credential_request")


def test_authorization_details_at_the_token_endpoint(issue_gateway):
    made = issue_gateway.dvara("person", "offer", "sophea", "pid", "student")
    wallet = Wallet(issue_gateway)
    offer = wallet.offer(made["credential_offer_uri"])
    detail = {"type": "openid_credential", "credential_configuration_id": "student", "new": 1}
    for bad in ([], [{"type": "attributes"}], [{**detail, "credential_configuration_id": "x"}],
                [detail, detail]):
        refused(wallet.redeem(offer, made["tx_code"], authorization_details=json.dumps(bad)),
                "invalid_authorization_details")
    answer = wallet.redeem(offer, made["tx_code"], authorization_details=json.dumps([detail]))
    assert answer.status_code == 200, answer.text
    assert wallet.tokens["authorization_details"] == [{
        "type": "openid_credential", "credential_configuration_id": "student",
        "credential_identifiers": ["student/1"]}]
    refused(wallet.ask("student"), "invalid_credential_request")
    refused(wallet.ask("pid"), "insufficient_scope", 403)
    [student] = wallet.fetch("student/1")
    assert student.attributes["student_number"] == "RUPP-19-0042"


def test_what_the_register_does_not_know_is_not_offered(issue_gateway):
    issue_gateway.dvara("person", "offer", "vannak", "student", expect=4)
    issue_gateway.dvara("person", "offer", "vannak", "library", expect=3)
    issue_gateway.dvara("person", "offer", "nobody", expect=3)
    wallet = offered(issue_gateway, "claire", "driving-licence")
    refused(wallet.ask("driving-licence"), "credential_request_denied")  # it ran out in 2020


def test_a_credential_does_not_outlive_what_it_is_about(issue_gateway):
    people = [{"register_key": "P-9", "short_name": "soon", "claims": {
        "family_name": "Soon", "transport:licence_number": "1",
        "transport:licence_categories": ["B"],
        "transport:licence_expiry": time.strftime("%Y-%m-%d", time.gmtime(time.time() + 86400))}}]
    issue_gateway.apply("person", people)
    [licence] = offered(issue_gateway, "soon", "driving-licence").fetch("driving-licence")
    assert time.time() + 86400 <= licence.claims["exp"] <= time.time() + 2 * 86400
    people[0]["life"] = "blocked"
    wallet = offered(issue_gateway, "soon")
    issue_gateway.apply("person", people)
    assert wallet.ask().status_code in (400, 401)
    issue_gateway.dvara("person", "offer", "soon", expect=4)


def test_tx_code_has_five_tries(issue_gateway):
    made = issue_gateway.dvara("person", "offer", "sophea")
    wallet = Wallet(issue_gateway)
    offer = wallet.offer(made["credential_offer_uri"])
    told = offer["grants"][PRE_AUTHORIZED]["tx_code"]
    assert (told["input_mode"], told["length"]) == ("numeric", len(made["tx_code"]))
    refused(wallet.redeem(offer, None), "invalid_request")
    for _ in range(4):
        refused(wallet.redeem(offer, wrong_code(made["tx_code"])), "invalid_grant")
    assert wallet.redeem(offer, made["tx_code"]).status_code == 200
    refused(wallet.redeem(offer, made["tx_code"]), "invalid_grant")

    made = issue_gateway.dvara("person", "offer", "sophea")
    offer = wallet.offer(made["credential_offer_uri"])
    for _ in range(5):
        refused(wallet.redeem(offer, wrong_code(made["tx_code"])), "invalid_grant")
    refused(wallet.redeem(offer, made["tx_code"]), "invalid_grant")
    assert requests.get(made["credential_offer_uri"].split("=", 1)[1].replace("%3A", ":").replace(
        "%2F", "/"), timeout=20).status_code == 404


def test_five_tries_are_five_at_once_too(issue_gateway):
    made = issue_gateway.dvara("person", "offer", "sophea")
    offer = Wallet(issue_gateway).offer(made["credential_offer_uri"])
    got = []

    def guess(code):
        got.append(Wallet(issue_gateway).redeem(offer, code).status_code)

    threads = [threading.Thread(target=guess, args=(f"{int(made['tx_code']) ^ n:06}",))
               for n in range(1, 13)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert got == [400] * 12
    refused(Wallet(issue_gateway).redeem(offer, made["tx_code"]), "invalid_grant")


BAD_PROOFS = {
    "no nonce": {"nonce": None}, "an empty nonce": {"nonce": ""}, "a number as nonce": {"nonce": 7},
    "another audience": {"aud": "https://other.test"}, "two audiences": {"aud": ["x", "y"]},
    "no audience": {"aud": None}, "no iat": {"iat": None}, "an old iat": {"iat": 1700000000},
    "iss of an anonymous wallet": {"iss": "wallet"}, "no typ": {"header": {"typ": None}},
    "the typ of another": {"header": {"typ": "JWT"}}, "no key": {"header": {"jwk": None}},
    "kid beside jwk": {"header": {"kid": "did:x#1"}}, "x5c beside jwk": {"header": {"x5c": ["AA"]}},
    "crit": {"header": {"crit": ["b64"], "b64": False}}, "alg none": {"header": {"alg": "none"}},
}


@pytest.mark.parametrize("name", [*BAD_PROOFS, "another's signature", "a private key",
                                  "an RSA key", "no JWT"])
def test_bad_proofs_are_refused_and_use_up_no_nonce(issue_gateway, bad_proof_wallet, name):
    wallet, key = bad_proof_wallet, jwt_tools.ec_key()
    nonce = wallet.nonce()
    if name == "another's signature":
        bad = wallet.proof(nonce, key, signer=jwt_tools.ec_key())
    elif name == "a private key":
        bad = wallet.proof(nonce, key, header={"jwk": {
            **jwt_tools.public_jwk(key), "d": jwt_tools.b64u(b"d" * 32)}})
    elif name == "an RSA key":
        bad = wallet.proof(nonce, jwt_tools.rsa_key(), alg="RS256")
    else:
        bad = "x.y.z" if name == "no JWT" else wallet.proof(nonce, key, **BAD_PROOFS[name])
    refused(wallet.ask(proofs={"jwt": [bad]}), "invalid_proof")
    assert wallet.ask(proofs={"jwt": [wallet.proof(nonce, key)]}).status_code == 200


@pytest.fixture(scope="module")
def bad_proof_wallet(issue_gateway):
    return offered(issue_gateway, "sophea")


def test_bad_sets_of_proofs(issue_gateway):
    wallet = offered(issue_gateway, "sophea")
    nonce, key = wallet.nonce(), jwt_tools.ec_key()
    good = wallet.proof(nonce)
    for bad in (None, {}, [], "jwt", {"jwt": []}, {"jwt": good}, {"jwt": [7]},
                {"jwt": [good], "di_vp": [{}]}, {"attestation": [good]},
                {"jwt": [wallet.proof(nonce, key), wallet.proof(nonce, key)]},
                {"jwt": [good, wallet.proof(wallet.nonce())]},
                {"jwt": [wallet.proof(nonce) for _ in range(9)]}):
        refused(wallet.ask(proofs=bad), "invalid_proof")
    refused(wallet.ask(proof={"proof_type": "jwt", "jwt": good}, proofs=None), "invalid_proof")
    refused(wallet.ask(credential_response_encryption={"jwk": {}, "enc": "A128GCM"}),
            "invalid_encryption_parameters")
    assert wallet.ask(proofs={"jwt": [good]}, more={"a": 1}).status_code == 200


def test_nonces(issue_gateway):
    wallet = offered(issue_gateway, "sophea")
    nonce = wallet.nonce()
    assert wallet.ask(proofs={"jwt": [wallet.proof(nonce)]}).status_code == 200
    refused(wallet.ask(proofs={"jwt": [wallet.proof(nonce)]}), "invalid_nonce")
    refused(wallet.ask(proofs={"jwt": [wallet.proof("made-up")]}), "invalid_nonce")


def test_bodies_that_are_none(issue_gateway):
    wallet = offered(issue_gateway, "sophea")
    for body, kind in ((b"{", "application/json"), (b"[]", "application/json"),
                       (b'{"proofs":{},"proofs":{}}', "application/json"),
                       (b"{}", "text/plain"), (b"", "application/json")):
        answer = requests.post(wallet.url("/vci/credential"), data=body, timeout=20, headers={
            **wallet.shown("/vci/credential"), "Content-Type": kind})
        refused(answer, "invalid_credential_request")


def test_tokens_that_are_none(issue_gateway):
    wallet = offered(issue_gateway, "sophea", dpop=True)
    good = wallet.shown("/vci/credential")
    for headers in ({}, {"Authorization": "DPoP x", "DPoP": good["DPoP"]},
                    {"Authorization": good["Authorization"]},
                    {"Authorization": good["Authorization"].replace("DPoP", "Bearer")},
                    wallet.shown("/vci/notification")):
        answer = requests.post(wallet.url("/vci/credential"), json={}, headers=headers, timeout=20)
        assert answer.status_code == 401 and "WWW-Authenticate" in answer.headers, headers


def test_wallets_share_their_subjects_with_no_host(issue_gateway, issue_browser):
    """Twin: two wallets that give no name have the same."""
    subs = [jwt_tools.payload_of(offered(issue_gateway, "sophea").tokens["access_token"])["sub"]
            for _ in range(2)]
    name = jwt_tools.payload_of(
        offered(issue_gateway, "sophea").tokens["access_token"])["client_id"]
    host = client(issue_gateway, "of-that-name", redirect_uris=[f"https://{name}/cb"])
    assert subs[0] == subs[1] != host.id_token(host.tokens(issue_browser))["sub"]


def test_a_token_of_a_login_fetches_no_credential(issue_gateway, issue_rp, issue_browser):
    tokens = issue_rp.tokens(issue_browser)
    answer = requests.post(
        f"{issue_gateway.url}/vci/credential", json={}, timeout=20,
        headers={"Authorization": f"Bearer {tokens['access_token']}"})
    refused(answer, "insufficient_scope", 403)


def test_revocation_is_in_the_list_at_once(issue_gateway):
    issue_gateway.dvara("person", "revoke", "noy")
    one, other = offered(issue_gateway, "noy").fetch(proofs=2)
    [bystander] = offered(issue_gateway, "mariem").fetch()
    assert not is_revoked(issue_gateway, one) and not is_revoked(issue_gateway, other)
    listed = [row for row in issue_gateway.dvara("person", "list-credentials", "noy")
              if "revoked" not in row]
    assert len(listed) == 2 and {row["configuration"] for row in listed} == {"pid"}
    assert issue_gateway.dvara("person", "revoke", "noy")["revoked"] == 2
    assert is_revoked(issue_gateway, one) and is_revoked(issue_gateway, other)
    assert not is_revoked(issue_gateway, bystander)
    issue_gateway.restart()
    assert is_revoked(issue_gateway, one)


def test_our_own_verifier_takes_no_revoked_one_at_once(issue_gateway, issue_rp, issue_browser):
    holder = presenter(offered(issue_gateway, "khamla"))
    page = present(issue_browser, holder, issue_rp.authorize(issue_browser, scope="openid profile"))
    assert page.status_code == 200 and Page(page.text).form_of("consent")
    issue_gateway.dvara("person", "revoke", "khamla")
    present(issue_browser, holder, issue_rp.authorize(issue_browser, prompt="login"), status=400)


def test_kinds_that_are_wrong(issue_gateway, tmp_path):
    good = {"id": "card", "vct": "urn:x:1", "name": {"en": "Card"}, "claims": [{"name": "n"}]}
    before = issue_gateway.config.read_text()
    try:
        folder = str(issue_gateway.settings["issue.types_folder"])
        issue_gateway.config.write_text(before.replace(folder, str(tmp_path)))
        for bad in ({**good, "id": "openid"}, {**good, "name": {}}, {**good, "batch": 0},
                    {**good, "claims": [{"name": "exp"}]}, {**good, "colour": 1},
                    {**good, "claims": [{"name": "n"}, {"name": "n"}]}, {**good, "life_days": 0}):
            (tmp_path / "card.json").write_text(json.dumps(bad))
            issue_gateway.dvara("check", expect=1)
        (tmp_path / "card.json").write_text(json.dumps(good))
        assert issue_gateway.dvara("check")["ok"] is True
        (tmp_path / "card2.json").write_text(json.dumps({**good, "id": "card2"}))
        issue_gateway.dvara("check", expect=1)  # two of one vct
    finally:
        issue_gateway.config.write_text(before)
