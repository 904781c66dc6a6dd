# SPDX-License-Identifier: Apache-2.0
"""OpenID4VP: what the wallet shows to whom, and what it refuses."""
import pytest

from foreign import keys
from foreign.issuer import CLAIMS, make_credential
from foreign.server import Refusal, reply_json
from foreign.verifier import REQUEST_TYPE


def present(holder, verifier, *more, **link):
    return holder.ok("present", verifier.link(**link), *more)


def refuses(holder, verifier, because, **link):
    holder.refuses("present", verifier.link(**link), because=because)
    assert ("POST", "/response/1") not in verifier.seen


@pytest.mark.parametrize("method", ["post", "get", None])
def test_presents_what_was_asked_and_no_more(holder, verifier, method):
    report = present(holder, verifier, method=method)
    assert report == {
        "status": "presented", "identity": "pid", "redirect_uri": verifier.answer["redirect_uri"],
        "verifier": {"subject": "CN=verifier.example,C=KH", "client_id": verifier.client_id,
                     "response_host": "127.0.0.1"},
        "asked": ["family_name", "personal_number"],
        "disclosed": ["family_name", "personal_number"],
        "linkable": False, "keys_left": 0, "keys_low": True}
    shown = {name for name in verifier.claims if name in CLAIMS}
    assert shown == {"family_name", "personal_number"}
    assert verifier.claims["family_name"] == CLAIMS["family_name"]
    assert verifier.seen[0] == ("POST" if method == "post" else "GET", "/request/1")


def test_the_text_that_a_service_shows_too(holder, verifier):
    """binding_message, where there is one; other strange members are left alone."""
    verifier.change = lambda payload: payload.update(binding_message="W4SCT", strange=[1])
    assert present(holder, verifier)["message"] == "W4SCT"
    verifier.change = lambda payload: payload.update(binding_message=["W4SCT"])
    assert "message" not in present(holder, verifier)


def test_what_the_verifier_calls_itself(holder, verifier):
    verifier.change = lambda payload: payload["client_metadata"].update(client_name="Shop")
    assert present(holder, verifier)["service"] == "Shop"
    verifier.change = lambda payload: payload["client_metadata"].update(client_name=7)
    assert "service" not in present(holder, verifier)


@pytest.mark.parametrize("scheme", ["haip-vp", "https", "OPENID4VP"])
def test_other_links(holder, verifier, scheme):
    assert present(holder, verifier, scheme=scheme)["status"] == "presented"


@pytest.mark.parametrize("offered,taken", [
    (["A128GCM", "A256GCM"], "A256GCM"), (["A128GCM"], "A128GCM"), (["A256GCM"], "A256GCM")])
def test_encryption(holder, verifier, offered, taken):
    verifier.enc = offered
    present(holder, verifier)
    assert verifier.jwe_header["enc"] == taken


def test_encryption_by_default(holder, verifier):
    verifier.change = lambda p: p["client_metadata"].pop("encrypted_response_enc_values_supported")
    present(holder, verifier)
    assert verifier.jwe_header["enc"] == "A128GCM"


def test_an_answer_without_redirect(holder, verifier):
    verifier.answer = {}
    assert present(holder, verifier)["redirect_uri"] is None


def test_refusing(holder, verifier):
    report = present(holder, verifier, "--refuse")
    assert report["status"] == "refused" and report["disclosed"] == []
    assert report["identity"] is None and report["redirect_uri"]
    assert (verifier.error, verifier.error_state) == ("access_denied", verifier.state)
    assert verifier.claims is None


def test_looking_answers_nothing(holder, verifier):
    report = present(holder, verifier, "--look")
    assert report["status"] == "asked" and report["disclosed"] == report["asked"]
    assert verifier.seen == [("POST", "/request/1")]


def ask(verifier, *claims, **more):
    query = verifier.query["credentials"][0]
    query["claims"] = list(claims)
    query.update(more)


@pytest.mark.parametrize("path,text,found", [
    (["address"], "address", {"address": CLAIMS["address"]}),
    (["address", "locality"], "address.locality", {"address": {"locality": "Phnom Penh"}}),
    (["nationalities"], "nationalities", {"nationalities": ["KH", "LA"]}),
    (["nationalities", None], "nationalities.*", {"nationalities": ["KH", "LA"]}),
    (["nationalities", 1], "nationalities.1", {"nationalities": ["LA"]}),
    (["vct"], "vct", {}),
    (["status", "status_list", "idx"], "status.status_list.idx", {}),
])
def test_paths(holder, verifier, path, text, found):
    ask(verifier, {"path": path})
    assert present(holder, verifier)["disclosed"] == [text]
    assert {name: one for name, one in verifier.claims.items() if name in CLAIMS} == found


def test_no_claims_shows_nothing(holder, verifier):
    del verifier.query["credentials"][0]["claims"]
    assert present(holder, verifier)["disclosed"] == []
    assert not set(verifier.claims) & set(CLAIMS)


@pytest.mark.parametrize("path", [
    ["nobody"], ["address", "street"], ["family_name", "x"], ["family_name", 0],
    ["nationalities", 2], ["nationalities", "KH"], ["address", 0], ["_sd"], ["_sd", 0],
    ["nationalities", 0, "..."]])
def test_claims_that_are_not_there(holder, verifier, path):
    ask(verifier, {"path": ["family_name"]}, {"path": path})
    holder.refuses("present", verifier.link(), because="no credential here", code=3)
    assert ("POST", "/response/1") not in verifier.seen


def test_values(holder, verifier):
    ask(verifier, {"path": ["address", "country"], "values": ["LA", "KH"]})
    present(holder, verifier)
    ask(verifier, {"path": ["address", "country"], "values": ["LA", 7]})
    holder.refuses("present", verifier.link(), because="no credential here", code=3)


def test_claim_sets_by_preference(holder, verifier):
    ask(verifier, {"id": "a", "path": ["nobody"]}, {"id": "b", "path": ["given_name"]},
        {"id": "c", "path": ["family_name"]}, claim_sets=[["c", "a"], ["b"], ["c"]])
    report = present(holder, verifier)
    assert report["disclosed"] == ["given_name"]
    assert report["asked"] == ["nobody", "given_name", "family_name"]
    assert {name for name in verifier.claims if name in CLAIMS} == {"given_name"}


def test_trusted_authorities(holder, verifier, root, stranger):
    query = verifier.query["credentials"][0]
    query["trusted_authorities"] = [{"type": "etsi_tl", "values": ["https://x"]},
                                    {"type": "aki", "values": ["x", root.key_id()]}]
    assert present(holder, verifier)["status"] == "presented"
    query["trusted_authorities"] = [{"type": "aki", "values": [stranger.key_id()]}]
    holder.refuses("present", verifier.link(), because="no credential here", code=3)


def test_other_types_are_not_ours(holder, verifier):
    verifier.query["credentials"][0]["meta"]["vct_values"] = ["urn:other"]
    holder.refuses("present", verifier.link(), because="no credential here", code=3)


def test_identities(holder, issuer, verifier):
    issuer.make = lambda leaf, jwk: make_credential(
        leaf, jwk, change=lambda payload, salted: payload.update(name="Dara"))
    holder.ok("accept", issuer.offer_uri(), "--tx-code", issuer.tx_code, "--identity", "dara")
    ask(verifier, {"path": ["name"]})
    assert present(holder, verifier)["identity"] == "dara"
    holder.refuses("present", verifier.link(), "--identity", "pid", because="no credential", code=3)
    holder.refuses("present", verifier.link(), "--identity", "x", because="no identity x", code=3)
    ask(verifier, {"path": ["family_name"]})
    assert present(holder, verifier, "--identity", "pid")["identity"] == "pid"


def test_an_empty_home_has_nothing_to_show(wallet, verifier):
    wallet.refuses("present", verifier.link(), because="no credential here", code=3)


def test_x509_san_dns(holder, verifier, root):
    verifier.leaf = root.leaf("v", names=["127.0.0.1", "localhost"])
    verifier.header["x5c"] = verifier.leaf.x5c
    verifier.client_id = "x509_san_dns:localhost"
    refuses(holder, verifier, "not at client_id's host")
    verifier.base = verifier.base.replace("127.0.0.1", "localhost")
    assert present(holder, verifier)["status"] == "presented"


@pytest.mark.parametrize("client_id,because", [
    ("x509_san_dns:other.example", "not a name"), ("x509_san_dns:", "not a name"),
    ("x509_hash:", "not the hash"), ("x509_hash:" + "A" * 43, "not the hash"),
    ("verifier", "prefix"), ("redirect_uri:https://verifier.example", "prefix"),
    ("decentralized_identifier:did:web:x", "prefix")])
def test_client_id(holder, verifier, client_id, because):
    verifier.client_id = client_id
    refuses(holder, verifier, because)


def test_client_id_of_the_link_and_of_the_request_differ(holder, verifier):
    verifier.change = lambda p: p.update(client_id="x509_hash:other")
    refuses(holder, verifier, "differs between link and request")


def set_to(name, value):
    return lambda payload: payload.update({name: value})


def drop(name):
    return lambda payload: payload.pop(name, None)


BAD_REQUESTS = {
    "no response_type": (drop("response_type"), "response_type"),
    "id_token": (set_to("response_type", "vp_token id_token"), "response_type"),
    "plain answer": (set_to("response_mode", "direct_post"), "response_mode"),
    "fragment": (set_to("response_mode", "fragment"), "response_mode"),
    "other aud": (set_to("aud", "https://wallet.example"), "aud"),
    "aud list": (set_to("aud", ["https://self-issued.me/v2"]), "aud"),
    "redirect_uri": (set_to("redirect_uri", "https://verifier.example/cb"), "redirect_uri"),
    "request": (set_to("request", "x"), "may not have request"),
    "request_uri": (set_to("request_uri", "https://x"), "may not have request_uri"),
    "no nonce": (drop("nonce"), "nonce"),
    "short nonce": (set_to("nonce", "abc"), "nonce"),
    "odd nonce": (set_to("nonce", "a b" * 20), "nonce"),
    "odd state": (set_to("state", "ä"), "state"),
    "old": (set_to("exp", 1000), "expired"),
    "from the future": (set_to("iat", 9999999999), "future"),
    "no exp": (drop("exp"), "iat and exp"),
    "exp text": (set_to("exp", "9999999999"), "iat and exp"),
    "no response_uri": (drop("response_uri"), "response_uri"),
    "response elsewhere": (set_to("response_uri", "https://verifier.example/r"), "origin"),
    "response in clear": (set_to("response_uri", "http://verifier.example/r"), "not https"),
    "wallet_nonce missing": (drop("wallet_nonce"), "wallet_nonce"),
    "wallet_nonce other": (set_to("wallet_nonce", "x"), "wallet_nonce"),
    "no query": (drop("dcql_query"), "asks for 0 credentials"),
    "no key": (lambda p: p["client_metadata"].update(jwks={"keys": []}), "no key for ECDH-ES"),
    "key for signing": (lambda p: p["client_metadata"]["jwks"]["keys"][0].update(use="sig"),
                        "no key for ECDH-ES"),
    "key without alg": (lambda p: p["client_metadata"]["jwks"]["keys"][0].pop("alg"),
                        "no key for ECDH-ES"),
    "key off the curve": (lambda p: p["client_metadata"]["jwks"]["keys"][0].update(
        x=keys.random_text(32)), "does not encrypt"),
    "CBC only": (lambda p: p["client_metadata"].update(
        encrypted_response_enc_values_supported=["A128CBC-HS256"]), "no AES-GCM"),
}


@pytest.mark.parametrize("case", BAD_REQUESTS)
def test_bad_request(holder, verifier, case):
    verifier.change, because = BAD_REQUESTS[case]
    refuses(holder, verifier, because)


@pytest.mark.parametrize("change,because", [
    (lambda q: q["credentials"].append(q["credentials"][0]), "asks for 2"),
    (lambda q: q["credentials"][0].update(format="mso_mdoc"), "dc+sd-jwt"),
    (lambda q: q["credentials"][0].update(id="a b"), "bad id"),
    (lambda q: q["credentials"][0].update(meta={}), "vct_values"),
    (lambda q: q["credentials"][0].update(claims=[]), "empty claims"),
    (lambda q: q["credentials"][0].update(claims=[{"path": []}]), "bad claim path"),
    (lambda q: q["credentials"][0].update(claims=[{"path": [-1]}]), "bad claim path"),
    (lambda q: q["credentials"][0].update(claims=[{"path": [1.5]}]), "bad claim path"),
    (lambda q: q["credentials"][0].update(claim_sets=[["a"]]), "claim_sets"),
    (lambda q: q["credentials"][0].update(trusted_authorities=[]), "trusted_authorities"),
])
def test_bad_query(holder, verifier, change, because):
    change(verifier.query)
    refuses(holder, verifier, because)


@pytest.mark.parametrize("header,because", [
    ({"typ": "JWT"}, "type oauth-authz-req+jwt"), ({"typ": None}, "type oauth-authz-req+jwt"),
    ({"alg": "none"}, "ES256"), ({"alg": "HS256"}, "ES256"), ({"x5c": None}, "no certificates"),
    ({"x5c": "text"}, "no certificates"), ({"x5c": [7]}, "bad certificate"),
    ({"crit": ["b64"], "b64": False}, "crit")])
def test_bad_header(holder, verifier, header, because):
    verifier.header.update(header)
    refuses(holder, verifier, because)


def test_certificate_of_a_stranger(holder, verifier, stranger):
    verifier.leaf = stranger.leaf("verifier.example")
    verifier.header["x5c"] = verifier.leaf.x5c
    verifier.client_id = "x509_hash:" + verifier.leaf.hash
    refuses(holder, verifier, "not trusted")


def test_self_signed_certificate_even_if_it_is_an_anchor(holder, verifier, stranger):
    stranger.x5c = [keys.anchor_x5c(stranger)]
    with open(holder.home / "trust.pem", "ab") as trust:
        trust.write(stranger.pem())
    verifier.header["x5c"] = stranger.x5c
    refuses(holder, verifier, "self-signed")


def test_certificate_of_another(holder, verifier, root):
    other = root.leaf("verifier.example")
    verifier.header["x5c"] = other.x5c
    refuses(holder, verifier, "wrong signature")
    verifier.leaf = other
    refuses(holder, verifier, "not the hash")


def test_key_on_another_curve(holder, verifier, root):
    from cryptography.hazmat.primitives.asymmetric import ec
    other = root.leaf("verifier.example", key=keys.new_key(ec.SECP384R1))
    verifier.header["x5c"] = other.x5c
    verifier.client_id = "x509_hash:" + other.hash
    refuses(holder, verifier, "no P-256 key")


@pytest.mark.parametrize("answer,because", [
    (lambda r: (404, {}, ""), "HTTP 404"), (lambda r: (500, {}, "x"), "HTTP 500"),
    (lambda r: (302, {"Location": "/request/2"}, ""), "redirect"),
    (lambda r: (200, {"Content-Type": "application/jwt"}, "a.b.c"), REQUEST_TYPE),
    (lambda r: (200, {"Content-Type": REQUEST_TYPE}, "a.b.c"), "not a JWT"),
    (lambda r: (200, {"Content-Type": REQUEST_TYPE}, "a.b.c.d.e"), "three parts"),
    (lambda r: (200, {"Content-Type": REQUEST_TYPE}, "a.b\0.c"), "NUL"),
    (lambda r: (200, {"Content-Type": REQUEST_TYPE}, "A" * 400000), "more than"),
    (lambda r: (200, {"Content-Type": REQUEST_TYPE}, "%s.%s.%s" % (
        keys.dump([]), keys.dump({}), keys.b64u(bytes(64)))), "ES256"),
])
def test_bad_answers_of_request_uri(holder, verifier, answer, because):
    verifier.surprises["/request/1"] = answer
    refuses(holder, verifier, because)


def test_one_bit_of_the_signature(holder, verifier):
    def flip(request):
        status, headers, token = verifier.send_request(request)
        head, _, signature = token.rpartition(".")
        octets = bytearray(keys.unb64u(signature))
        octets[40] ^= 1
        return status, headers, head + "." + keys.b64u(bytes(octets))

    verifier.surprises["/request/1"] = flip
    refuses(holder, verifier, "wrong signature")


@pytest.mark.parametrize("change,error", [
    (lambda p: p.update(transaction_data=["e30"]), "invalid_transaction_data"),
    (lambda p: p["client_metadata"].update(vp_formats_supported={"mso_mdoc": {}}),
     "vp_formats_not_supported"),
    (lambda p: p["client_metadata"]["vp_formats_supported"]["dc+sd-jwt"].update(
        {"kb-jwt_alg_values": ["ES512"]}), "vp_formats_not_supported"),
])
def test_what_it_cannot_do_is_answered_with_the_standard_error(holder, verifier, change, error):
    verifier.change = change
    holder.refuses("present", verifier.link(), because=error)
    assert (verifier.error, verifier.error_state) == (error, verifier.state)


def refuse(error, status):
    def answer(request):
        raise Refusal(error, status)
    return answer


@pytest.mark.parametrize("answer,because", [
    (refuse("access_denied", 400), "HTTP 400: access_denied"),
    (lambda r: (302, {"Location": "https://verifier.example"}, ""), "redirect"),
    (lambda r: (200, {}, "{}"), "not application/json"),
    (lambda r: reply_json({"redirect_uri": 7}), "bad redirect_uri"),
    (lambda r: reply_json({"redirect_uri": "javascript:alert(1)"}), "redirect_uri"),
    (lambda r: reply_json({"redirect_uri": "http://verifier.example/"}), "not https"),
])
def test_bad_answers_of_response_uri(holder, verifier, answer, because):
    verifier.surprises["/response/1"] = answer
    holder.refuses("present", verifier.link(), because=because)


@pytest.mark.parametrize("link,code,because", [
    ("openid4vp://?client_id=x", 2, "client_id and request_uri"),
    ("openid4vp://?request_uri=https://x", 2, "client_id and request_uri"),
    ("openid4vp://?client_id=x&request_uri=https://x&request=y", 2, "no request"),
    ("openid4vp://?client_id=x&client_id=y&request_uri=https://x", 2, "twice"),
    ("openid4vp://?client_id=x&request_uri=http://verifier.example/", 1, "not https"),
    ("openid4vp://?client_id=x&request_uri=file:///etc/passwd", 1, "not https"),
    ("openid4vp://?client_id=x&request_uri=https://x&request_uri_method=put", 1, "method"),
    ("openid4vp://?client_id=x&request_uri=https://x/%23f", 1, "fragment"),
    ("openid4vp:client_id", 2, "not a link"),
    ("http://wallet.example/?client_id=x&request_uri=https://x", 2, "not a link to a present"),
    ("mdoc://?client_id=x&request_uri=https://x", 2, "not a link to a presentation"),
])
def test_bad_links(holder, link, code, because):
    holder.refuses("present", link, because=because, code=code)
