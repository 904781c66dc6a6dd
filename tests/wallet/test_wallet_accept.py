# SPDX-License-Identifier: Apache-2.0
"""OpenID4VCI: what the wallet takes, and what it refuses."""
import concurrent.futures
import stat
import threading

import pytest

from foreign import keys
from foreign.issuer import CLAIMS, VCT, Issuer, make_credential
from foreign.server import Refusal, reply_json


def accept(wallet, issuer, *more):
    return wallet.ok("accept", issuer.offer_uri(), "--tx-code", issuer.tx_code, *more)


def test_accepts_an_offer_by_reference(wallet, issuer):
    report = accept(wallet, issuer)
    assert report["status"] == "accepted" and report["identity"] == "pid"
    assert report["vct"] == VCT and report["issuer"] == issuer.identifier
    assert report["issuer_subject"] == "CN=issuer.example,C=KH" and report["notified"] is True
    assert {name: report["claims"][name] for name in CLAIMS} == CLAIMS
    assert issuer.notifications == ["credential_accepted"]


@pytest.mark.parametrize("scheme", ["openid-credential-offer", "haip-vci"])
def test_accepts_an_offer_by_value(wallet, issuer, scheme):
    uri = issuer.offer_uri(by_value=True, scheme=scheme)
    assert wallet.ok("accept", uri, "--tx-code", issuer.tx_code)["identity"] == "pid"
    assert ("GET", "/offer/1") not in issuer.seen


def test_files_are_private(holder):
    folder = holder.home / "identities" / "pid"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    (inner,) = [path for path in folder.iterdir() if path.is_dir()]
    assert stat.S_IMODE(inner.stat().st_mode) == 0o700
    assert {path.name for path in folder.iterdir()} == {"identity.json", inner.name}
    assert {path.name for path in inner.iterdir()} == {"1.copy", "metadata.json"}
    for path in [folder / "identity.json", *inner.iterdir()]:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_every_credential_has_a_key_and_a_name_of_its_own(wallet, issuer):
    names = []
    for _ in range(3):
        names.append(accept(wallet, issuer)["identity"])
    names.append(accept(wallet, issuer, "--identity", "sophea")["identity"])
    assert names == ["pid", "pid-2", "pid-3", "sophea"]
    assert len({jwk["x"] for jwk in issuer.holder_jwks}) == 4
    listed = wallet.ok("list")["identities"]
    assert {one["name"] for one in listed} == set(names)


def test_several_wallets_in_one_home(wallet, root):
    servers = [Issuer(root.leaf("issuer.example")) for _ in range(4)]
    gate = threading.Barrier(len(servers))
    for server in servers:
        server.surprises["/credential"] = lambda request, server=server: (
            gate.wait(20), server.send_credential(request))[1]
    with concurrent.futures.ThreadPoolExecutor(len(servers)) as pool:
        names = list(pool.map(lambda server: accept(wallet, server)["identity"], servers))
    assert sorted(names) == ["pid", "pid-2", "pid-3", "pid-4"]
    assert len(wallet.ok("list")["identities"]) == 4
    for server in servers:
        server.close()


@pytest.mark.parametrize("name", ["../x", ".x", "a/b", "", "x" * 65, "a b"])
def test_bad_names_are_refused(wallet, issuer, name):
    wallet.refuses("accept", issuer.offer_uri(), "--tx-code", issuer.tx_code, "--identity", name,
                   because="not a name", code=2)
    assert issuer.seen == []


def test_dpop_with_the_servers_nonce(wallet, root):
    issuer = Issuer(root.leaf("issuer.example"), dpop=True)
    accept(wallet, issuer)
    assert issuer.notifications == ["credential_accepted"]
    issuer.close()


def test_dpop_is_not_given_up_for_bearer(wallet, root):
    issuer = Issuer(root.leaf("issuer.example"), dpop=True)
    issuer.surprises["/token"] = lambda request: reply_json(
        {"access_token": "t", "token_type": "Bearer"})
    wallet.refuses("accept", issuer.offer_uri(), "--tx-code", issuer.tx_code,
                   because="no token of type DPoP")
    issuer.close()


def test_client_id_where_anonymous_access_is_not_offered(wallet, root):
    issuer = Issuer(root.leaf("issuer.example"), anonymous=False)
    wallet.refuses("accept", issuer.offer_uri(), "--tx-code", issuer.tx_code,
                   because="give --client-id")
    accept(wallet, issuer, "--client-id", "wallet-1")
    assert issuer.client_id == "wallet-1"
    issuer.close()


def test_tx_code_is_asked_for(wallet, issuer):
    reason = wallet.refuses("accept", issuer.offer_uri(), because="give --tx-code")
    assert "from the letter" in reason
    assert issuer.seen == [("GET", "/offer/1")]


def test_tx_code_that_nobody_asked_for(wallet, issuer):
    issuer.tx_code = None
    wallet.refuses("accept", issuer.offer_uri(), "--tx-code", "123456",
                   because="takes no transaction code")
    assert wallet.ok("accept", issuer.offer_uri())["identity"] == "pid"


@pytest.mark.parametrize("code,because", [
    ("12345", "6 signs"), ("12345x", "digits only"), ("000000", "invalid_grant, told?so")])
def test_bad_tx_code(wallet, issuer, code, because):
    wallet.refuses("accept", issuer.offer_uri(), "--tx-code", code, because=because)
    assert wallet.ok("list") == {"identities": []}


def test_a_nonce_that_ran_out_is_fetched_again(wallet, issuer):
    first = []

    def forget_first(request):
        answer = issuer.send_nonce(request)
        if not first:
            first.append(1)
            issuer.nonces.clear()
        return answer

    issuer.surprises["/nonce"] = forget_first
    accept(wallet, issuer)
    assert issuer.seen.count(("POST", "/nonce")) == 2


def test_invalid_nonce_twice_is_the_end(wallet, issuer):
    issuer.surprises["/nonce"] = lambda request: reply_json({"c_nonce": "stale"})
    wallet.refuses("accept", issuer.offer_uri(), "--tx-code", issuer.tx_code,
                   because="invalid_nonce")
    assert issuer.seen.count(("POST", "/credential")) == 2


def spoiled(**hooks):
    return lambda leaf, jwk: make_credential(leaf, jwk, **hooks)


def set_claim(name, value):
    return spoiled(change=lambda payload, salted: payload.update({name: value}))


def hide(name, value):
    def change(payload, salted):
        payload.pop(name, None)
        payload["_sd"].append(salted.hide(name, value))
    return spoiled(change=change)


def append_digest(make):
    return spoiled(change=lambda payload, salted: payload["_sd"].append(make(payload, salted)))


OTHER = keys.public_jwk(keys.new_key())
BAD_CREDENTIALS = {
    "wrong typ": (spoiled(header={"typ": "vc+sd-jwt"}), "type dc+sd-jwt"),
    "no typ": (spoiled(header={"typ": None}), "type dc+sd-jwt"),
    "other alg": (spoiled(header={"alg": "ES384"}), "ES256"),
    "crit": (spoiled(header={"crit": ["x"], "x": 1}), "crit"),
    "no x5c": (spoiled(header={"x5c": []}), "no certificates"),
    "x5c not base64": (spoiled(header={"x5c": ["%%%%"]}), "bad certificate"),
    "expired": (set_claim("exp", 1000), "expired"),
    "exp is text": (set_claim("exp", "soon"), "bad time"),
    "not valid yet": (set_claim("nbf", 9999999999), "not valid yet"),
    "other vct": (set_claim("vct", "urn:example:other"), "is not a " + VCT),
    "other holder": (set_claim("cnf", {"jwk": OTHER}), "not bound to our key"),
    "no holder": (set_claim("cnf", {}), "not bound to our key"),
    "other digests": (set_claim("_sd_alg", "sha-512"), "not sha-256"),
    "hidden exp": (hide("exp", 9999999999), "hides its claim exp"),
    "hidden cnf": (hide("cnf", {"jwk": OTHER}), "hides its claim cnf"),
    "hidden status": (hide("status", {}), "hides its claim status"),
    "name twice": (hide("given_name", "Dara"), "a claim twice"),
    "reserved name": (append_digest(lambda p, s: s.hide("_sd", [])), "reserved name"),
    "dots as name": (append_digest(lambda p, s: s.hide("...", 1)), "reserved name"),
    "no name": (append_digest(lambda p, s: s.hide("alone")), "without a name"),
    "four parts": (append_digest(lambda p, s: s.hide("a", 1, 2)), "bad disclosure"),
    "digest twice": (append_digest(lambda p, s: p["_sd"][0]), "digest twice"),
    "digest a number": (append_digest(lambda p, s: 7), "digest twice, or none"),
    "_sd no list": (set_claim("address", {"_sd": "x"}), "out of place"),
    "dots in object": (set_claim("x", {"...": "y", "z": 1}), "out of place"),
    "stray disclosure": (spoiled(disclosures=lambda t: t + [keys.dump(["salt", "extra", 1])]),
                         "no digest stands for"),
    "disclosure twice": (spoiled(disclosures=lambda t: t + t[:1]), "no digest stands for"),
    "changed disclosure": (spoiled(disclosures=lambda t: [keys.dump(["s", "given_name", "X"])]
                                   + t[1:]), "no digest stands for"),
    "padded disclosure": (spoiled(disclosures=lambda t: [t[0] + "="] + t[1:]), "bad disclosure"),
    "too deep": (set_claim("deep", eval("[" * 20 + "]" * 20)), "too deep"),
    "key binding": (lambda leaf, jwk: make_credential(leaf, jwk) + "a.b.c", "not an SD-JWT"),
    "not a token": (lambda leaf, jwk: "x~", "three parts"),
    "nothing": (lambda leaf, jwk: "", "not an SD-JWT"),
}


@pytest.mark.parametrize("case", BAD_CREDENTIALS)
def test_bad_credential(wallet, issuer, case):
    issuer.make, because = BAD_CREDENTIALS[case]
    wallet.refuses("accept", issuer.offer_uri(), "--tx-code", issuer.tx_code, because=because)
    assert wallet.ok("list") == {"identities": []}
    assert list((wallet.home).glob("identities/*")) == []
    assert issuer.notifications == ["credential_failure"]


def test_a_missing_disclosure_is_a_decoy(wallet, issuer):
    issuer.make = spoiled(disclosures=lambda texts: texts[1:])
    assert "family_name" not in accept(wallet, issuer)["claims"]


def test_signature_by_another_key(wallet, issuer, root):
    other = root.leaf("issuer.example")
    other.x5c = issuer.leaf.x5c
    issuer.leaf = other
    wallet.refuses("accept", issuer.offer_uri(), "--tx-code", issuer.tx_code,
                   because="wrong signature")


@pytest.mark.parametrize("make,because", [
    (lambda root, stranger: stranger.leaf("issuer.example"), "not trusted"),
    (lambda root, stranger: root.leaf("issuer.example", days=(-9, -1)), "expired"),
    (lambda root, stranger: root.leaf("issuer.example", days=(1, 9)), "not yet valid"),
    (lambda root, stranger: root.leaf("issuer.example", usage=False), "may not sign"),
    (lambda root, stranger: root.leaf("issuer.example", ca=True), "may not sign"),
])
def test_bad_certificate(wallet, issuer, root, stranger, make, because):
    issuer.leaf = make(root, stranger)
    wallet.refuses("accept", issuer.offer_uri(), "--tx-code", issuer.tx_code, because=because)


def test_anchor_in_x5c(wallet, issuer, root):
    issuer.leaf.x5c = issuer.leaf.x5c + [keys.anchor_x5c(root)]
    wallet.refuses("accept", issuer.offer_uri(), "--tx-code", issuer.tx_code,
                   because="holds the trust anchor")


def test_intermediate_in_x5c(wallet, issuer, root):
    middle = root.authority("Middle")
    issuer.leaf = middle.leaf("issuer.example")
    issuer.leaf.x5c = issuer.leaf.x5c + [keys.anchor_x5c(middle)]
    assert accept(wallet, issuer)["issuer_subject"] == "CN=issuer.example,C=KH"


def test_without_anchors_nobody_is_asked(wallet, issuer):
    (wallet.home / "trust.pem").write_text("# nobody\n")
    wallet.refuses("accept", issuer.offer_uri(), "--tx-code", issuer.tx_code,
                   because="nobody is trusted")
    (wallet.home / "trust.pem").unlink()
    wallet.refuses("accept", issuer.offer_uri(), "--tx-code", issuer.tx_code,
                   because="cannot be read")
    assert issuer.seen == []


def without(name):
    return lambda value: {key: one for key, one in value.items() if key != name}


def changed(**more):
    return lambda value: {**value, **more}


ISSUER_METADATA = "/.well-known/openid-credential-issuer/tenant"
SERVER_METADATA = "/.well-known/oauth-authorization-server/tenant"


@pytest.mark.parametrize("path,change,because", [
    (ISSUER_METADATA, changed(credential_issuer="http://127.0.0.1"), "names another"),
    (ISSUER_METADATA, without("credential_endpoint"), "no credential endpoint"),
    (ISSUER_METADATA, changed(credential_endpoint="http://issuer.example/"), "is not https"),
    (ISSUER_METADATA, changed(nonce_endpoint="https://u:p@issuer.example/"), "user name"),
    (ISSUER_METADATA, changed(credential_configurations_supported={}), "can hold"),
    (ISSUER_METADATA, changed(authorization_servers=["ftp://x"]), "is not"),
    (SERVER_METADATA, changed(issuer="http://127.0.0.1/tenant"), "names another"),
    (SERVER_METADATA, without("token_endpoint"), "no token endpoint"),
])
def test_bad_metadata(wallet, issuer, path, change, because):
    metadata = issuer.metadata() if path == ISSUER_METADATA else issuer.server_metadata()
    issuer.surprises[path] = lambda request: reply_json(change(metadata))
    wallet.refuses("accept", issuer.offer_uri(), "--tx-code", issuer.tx_code, because=because)


def refuse(error, status=400):
    def answer(request):
        raise Refusal(error, status)
    return answer


@pytest.mark.parametrize("path,answer,because", [
    ("/offer/1", lambda r: (404, {}, ""), "HTTP 404"),
    ("/offer/1", lambda r: (200, {"Content-Type": "text/html"}, "{}"), "not application/json"),
    ("/offer/1", lambda r: (302, {"Location": "/x"}, ""), "redirect"),
    ("/offer/1", lambda r: reply_json({}), "incomplete"),
    ("/offer/1", lambda r: reply_json([]), "not answer a JSON object"),
    ("/offer/1", lambda r: (200, {"Content-Type": "application/json"}, '{"a":1,"a":2}'),
     "not answer JSON"),
    ("/offer/1", lambda r: (200, {"Content-Type": "application/json"}, b'"\xff"'),
     "not answer JSON"),
    ("/offer/1", lambda r: (200, {"Content-Type": "application/json"}, " " * 300000),
     "more than"),
    (ISSUER_METADATA, lambda r: (500, {}, "<html>"), "HTTP 500"),
    ("/token", lambda r: reply_json({"token_type": "Bearer"}), "gives no token"),
    ("/token", lambda r: reply_json({"access_token": "a b", "token_type": "Bearer"}), "no token"),
    ("/token", lambda r: reply_json({"access_token": "a", "token_type": "mac"}), "type Bearer"),
    ("/token", lambda r: (307, {"Location": "/elsewhere"}, ""), "redirect"),
    ("/nonce", lambda r: reply_json({"nonce": "x"}), "no c_nonce"),
    ("/credential", lambda r: reply_json({"transaction_id": "x"}, 202), "defers"),
    ("/credential", lambda r: reply_json({"credentials": []}), "gives no credential"),
    ("/credential", refuse("invalid_proof"), "invalid_proof"),
    ("/credential", refuse("invalid_token", 401), "HTTP 401: invalid_token"),
])
def test_bad_answers(wallet, issuer, path, answer, because):
    issuer.surprises[path] = answer
    wallet.refuses("accept", issuer.offer_uri(), "--tx-code", issuer.tx_code, because=because)
    assert wallet.ok("list") == {"identities": []}


def test_a_failing_notification_undoes_nothing(wallet, issuer):
    issuer.surprises["/notification"] = refuse("invalid_notification_id")
    assert accept(wallet, issuer)["notified"] is False
    assert len(wallet.ok("list")["identities"]) == 1


@pytest.mark.parametrize("uri,code,because", [
    ("https://issuer.example/", 2, "not a link"),
    ("openid-credential-offer://?x=1", 2, "needs either"),
    ("openid-credential-offer://?credential_offer={}&credential_offer_uri=https://x", 2, "either"),
    ("openid-credential-offer://?credential_offer={}&credential_offer={}", 2, "twice"),
    ("openid-credential-offer://?credential_offer=%7", 2, "bad escape"),
    ("openid-credential-offer://?credential_offer=%zz", 2, "bad escape"),
    ("openid-credential-offer://?credential_offer=a%00b", 2, "bad escape"),
    ("openid-credential-offer://?credential_offer=%ff", 2, "not UTF-8"),
    ("openid-credential-offer://?credential_offer=%7B", 1, "not JSON"),
    ("openid-credential-offer://?credential_offer_uri=http://issuer.example/o", 1, "not https"),
    ("openid-credential-offer://?credential_offer_uri=file:///etc/passwd", 1, "not https"),
    ("openid4vp://?client_id=x&request_uri=https://x", 2, "not a link to a credential offer"),
])
def test_bad_links(wallet, uri, code, because):
    wallet.refuses("accept", uri, because=because, code=code)
