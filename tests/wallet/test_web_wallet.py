# SPDX-License-Identifier: Apache-2.0
"""The rules of the web wallet (deploy/portal/wallet) against the same counterparts, spoiled in the
same places, as dvara-wallet's. How it looks and what it keeps: tests/browser/wallet.test.mjs."""
import base64
import json
import pathlib
import shutil
import subprocess

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from foreign import keys
from foreign.issuer import CLAIMS, Issuer
from foreign.server import reply_json
from foreign.verifier import REQUEST_TYPE
from test_wallet_accept import BAD_CREDENTIALS, ISSUER_METADATA, SERVER_METADATA, changed, without
from test_wallet_present import BAD_REQUESTS, ask

HERE = pathlib.Path(__file__).parent
NODE = HERE.parent / "node_modules/.bin/node"


def find_node():
    """Of the tests' own packages; Debian 12's is too old."""
    for node in (str(NODE), shutil.which("node")):
        if not node or not pathlib.Path(node).exists():
            continue
        version = subprocess.run([node, "--version"], capture_output=True, text=True, timeout=20)
        if version.returncode == 0 and int(version.stdout[1:].split(".")[0]) >= 20:
            return node
    return None


class WebWallet:
    def __init__(self, process, root):
        self.process, self.anchors = process, [anchor(root)]

    def ask(self, verb, link, **words):
        said = {"verb": verb, "link": link, "anchors": self.anchors, **words}
        self.process.stdin.write(json.dumps(said) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "broken" not in answer, answer["broken"]
        return answer

    def accept(self, issuer):
        return self.ask("accept", issuer.offer_uri(), txCode=issuer.tx_code)

    def present(self, verifier, **link):
        return self.ask("present", verifier.link(**link))


def anchor(authority):
    return base64.b64encode(authority.certificate.public_bytes(Encoding.DER)).decode()


@pytest.fixture(scope="module")
def process():
    node = find_node()
    if not node:
        pytest.skip("no Node.js 20 or newer (npm ci in tests)")
    with subprocess.Popen([node, HERE / "web/driver.mjs"], stdin=subprocess.PIPE,
                          stdout=subprocess.PIPE, text=True) as running:
        yield running
        running.stdin.close()


@pytest.fixture
def wallet(process, root):
    return WebWallet(process, root)


@pytest.fixture
def holder(wallet, issuer):
    assert "refused" not in wallet.accept(issuer)
    return wallet


def refuses(holder, verifier, why=None, **link):
    answer = holder.present(verifier, **link)
    assert "refused" in answer and (why is None or answer["refused"] == why), answer
    assert ("POST", "/response/1") not in verifier.seen


def test_accepts(wallet, issuer):
    issuer.batch_size = 3
    answer = wallet.accept(issuer)
    assert answer["copies"] == 3 and issuer.notifications == ["credential_accepted"]
    assert {name: answer["claims"][name] for name in CLAIMS} == CLAIMS


def test_dpop_with_the_servers_nonce(wallet, root):
    issuer = Issuer(root.leaf("issuer.example"), dpop=True)
    assert "refused" not in wallet.accept(issuer)
    assert issuer.notifications == ["credential_accepted"]
    issuer.surprises["/token"] = lambda request: reply_json(
        {"access_token": "t", "token_type": "Bearer"})
    assert wallet.accept(issuer)["refused"] == "malformed"
    issuer.close()


@pytest.mark.parametrize("case", BAD_CREDENTIALS)
def test_bad_credential(wallet, issuer, case):
    issuer.make, _ = BAD_CREDENTIALS[case]
    assert wallet.accept(issuer)["refused"] in ("bad-credential", "malformed", "untrusted")
    assert issuer.notifications == ["credential_failure"]


@pytest.mark.parametrize("make", [
    lambda root, stranger: stranger.leaf("issuer.example"),
    lambda root, stranger: root.leaf("issuer.example", days=(-9, -1)),
    lambda root, stranger: root.leaf("issuer.example", days=(1, 9)),
    lambda root, stranger: root.leaf("issuer.example", usage=False),
    lambda root, stranger: root.leaf("issuer.example", ca=True),
    lambda root, stranger: root.leaf("issuer.example", key=keys.new_key(ec.SECP384R1)),
])
def test_bad_certificate(wallet, issuer, root, stranger, make):
    good, issuer.leaf = issuer.leaf, make(root, stranger)
    issuer.make = lambda leaf, jwk: "~".join([keys.sign(
        {"typ": "dc+sd-jwt", "x5c": leaf.x5c}, {"vct": "x"}, good.key), ""])
    assert wallet.accept(issuer)["refused"] == "untrusted"


def test_certificates_between(wallet, issuer, root):
    middle = root.authority("Middle")
    issuer.leaf = middle.leaf("issuer.example")
    assert wallet.accept(issuer)["refused"] == "untrusted"
    issuer.leaf.x5c = issuer.leaf.x5c + [keys.anchor_x5c(middle)]
    issuer.code = keys.random_text()
    assert wallet.accept(issuer)["copies"] == 1
    issuer.leaf.x5c = issuer.leaf.x5c + [keys.anchor_x5c(root)]
    assert wallet.accept(issuer)["refused"] == "untrusted"


@pytest.mark.parametrize("path,change", [
    (ISSUER_METADATA, changed(credential_issuer="http://127.0.0.1")),
    (ISSUER_METADATA, changed(credential_configurations_supported={})),
    (ISSUER_METADATA, changed(authorization_servers=["ftp://x"])),
    (SERVER_METADATA, changed(issuer="http://127.0.0.1/tenant")),
    (SERVER_METADATA, without("token_endpoint")),
])
def test_bad_metadata(wallet, issuer, path, change):
    metadata = issuer.metadata() if path == ISSUER_METADATA else issuer.server_metadata()
    issuer.surprises[path] = lambda request: reply_json(change(metadata))
    assert "refused" in wallet.accept(issuer)
    assert ("POST", "/credential") not in issuer.seen


def test_wrong_code(wallet, issuer):
    assert wallet.ask("accept", issuer.offer_uri(), txCode="000000")["refused"] == "wrong-code"


@pytest.mark.parametrize("method", ["post", "get", None])
@pytest.mark.parametrize("enc", [["A128GCM", "A256GCM"], ["A128GCM"], ["A256GCM"]])
def test_presents_what_was_asked_and_no_more(holder, verifier, method, enc):
    verifier.enc = enc
    answer = holder.present(verifier, method=method)
    assert answer == {"fits": True, "next": verifier.answer["redirect_uri"],
                      "verifier": {"name": "verifier.example",
                                   "host": verifier.base.removeprefix("http://")}}
    assert {name for name in verifier.claims if name in CLAIMS} == {
        "family_name", "personal_number"}
    assert verifier.jwe_header["enc"] == enc[-1]


@pytest.mark.parametrize("path,found", [
    (["address"], {"address": CLAIMS["address"]}),
    (["address", "locality"], {"address": {"locality": "Phnom Penh"}}),
    (["nationalities"], {"nationalities": ["KH", "LA"]}),
    (["nationalities", None], {"nationalities": ["KH", "LA"]}),
    (["nationalities", 1], {"nationalities": ["LA"]}),
    (["vct"], {}), (["status", "status_list", "idx"], {}),
])
def test_paths(holder, verifier, path, found):
    ask(verifier, {"path": path})
    assert holder.present(verifier)["fits"]
    assert {name: one for name, one in verifier.claims.items() if name in CLAIMS} == found


@pytest.mark.parametrize("path", [
    ["nobody"], ["address", "street"], ["family_name", "x"], ["family_name", 0],
    ["nationalities", 2], ["nationalities", "KH"], ["address", 0], ["_sd"], ["_sd", 0],
    ["nationalities", 0, "..."], ["__proto__"], ["constructor"], ["address", "toString"]])
def test_claims_that_are_not_there(holder, verifier, path):
    ask(verifier, {"path": ["family_name"]}, {"path": path})
    assert holder.present(verifier) == {"fits": False}
    assert ("POST", "/response/1") not in verifier.seen


def test_values_and_authorities(holder, verifier, root, stranger):
    ask(verifier, {"path": ["address", "country"], "values": ["LA", "KH"]})
    assert holder.present(verifier)["fits"]
    ask(verifier, {"path": ["address", "country"], "values": ["LA", 7]})
    assert not holder.present(verifier)["fits"]
    ask(verifier, {"path": ["family_name"]},
        trusted_authorities=[{"type": "aki", "values": [root.key_id()]}])
    assert holder.present(verifier)["fits"]
    ask(verifier, {"path": ["family_name"]},
        trusted_authorities=[{"type": "aki", "values": [stranger.key_id()]}])
    assert not holder.present(verifier)["fits"]


@pytest.mark.parametrize("metadata,services", [
    ({"client_name": "Shop", "client_name#fr": "Boutique"}, {"": "Shop", "fr": "Boutique"}),
    ({"client_name": "x" * 201, "client_name#": "y", "client_name#km": 7}, None), ({}, None)])
def test_what_the_verifier_calls_itself(holder, verifier, metadata, services):
    verifier.change = lambda payload: payload["client_metadata"].update(metadata)
    assert holder.present(verifier).get("services") == services


def test_the_text_that_a_service_shows_too(holder, verifier):
    verifier.change = lambda payload: payload.update(binding_message="W4SCT")
    assert holder.present(verifier)["message"] == "W4SCT"
    verifier.change = lambda payload: payload.update(binding_message=["W4SCT"])
    assert "message" not in holder.present(verifier)


def test_refusing(holder, verifier):
    assert holder.ask("refuse", verifier.link())["next"] == verifier.answer["redirect_uri"]
    assert (verifier.error, verifier.error_state) == ("access_denied", verifier.state)


@pytest.mark.parametrize("case", [one for one in BAD_REQUESTS if one != "key off the curve"])
def test_bad_request(holder, verifier, case):
    verifier.change, _ = BAD_REQUESTS[case]
    refuses(holder, verifier)


@pytest.mark.parametrize("change", [
    lambda q: q["credentials"].append(q["credentials"][0]),
    lambda q: q["credentials"][0].update(format="mso_mdoc"),
    lambda q: q["credentials"][0].update(id="a b"),
    lambda q: q["credentials"][0].update(meta={}),
    lambda q: q["credentials"][0].update(claims=[]),
    lambda q: q["credentials"][0].update(claims=[{"path": []}]),
    lambda q: q["credentials"][0].update(claims=[{"path": [-1]}]),
    lambda q: q["credentials"][0].update(claims=[None]),
    lambda q: q["credentials"][0].update(claims="x"),
    lambda q: q["credentials"][0].update(claim_sets=[["a"]]),
    lambda q: q["credentials"][0].update(claim_sets=[7]),
    lambda q: q["credentials"][0].update(trusted_authorities=[]),
    lambda q: q["credentials"][0].update(trusted_authorities=[None]),
])
def test_bad_query(holder, verifier, change):
    change(verifier.query)
    refuses(holder, verifier)


@pytest.mark.parametrize("change,error", [
    (lambda p: p.update(transaction_data=["e30"]), "invalid_transaction_data"),
    (lambda p: p["client_metadata"].update(vp_formats_supported={"mso_mdoc": {}}),
     "vp_formats_not_supported"),
    (lambda p: p["client_metadata"]["vp_formats_supported"]["dc+sd-jwt"].update(
        {"kb-jwt_alg_values": ["ES512"]}), "vp_formats_not_supported"),
])
def test_what_it_cannot_do(holder, verifier, change, error):
    verifier.change = change
    assert holder.present(verifier) == {"inability": error}


@pytest.mark.parametrize("header", [
    {"typ": "JWT"}, {"typ": None}, {"alg": "none"}, {"alg": "HS256"}, {"alg": "ES384"},
    {"x5c": None}, {"x5c": "text"}, {"x5c": [7]}, {"x5c": []}, {"crit": ["b64"], "b64": False}])
def test_bad_header(holder, verifier, header):
    verifier.header.update(header)
    refuses(holder, verifier)


@pytest.mark.parametrize("client_id", [
    "x509_san_dns:other.example", "x509_san_dns:", "x509_hash:", "x509_hash:" + "A" * 43,
    "verifier", "redirect_uri:https://verifier.example", "decentralized_identifier:did:web:x"])
def test_client_id(holder, verifier, client_id):
    verifier.client_id = client_id
    refuses(holder, verifier, "untrusted")


def test_client_id_by_name(holder, verifier, root):
    verifier.leaf = root.leaf("v", names=["127.0.0.1", "localhost"])
    verifier.header["x5c"] = verifier.leaf.x5c
    verifier.client_id = "x509_san_dns:localhost"
    refuses(holder, verifier, "untrusted")
    verifier.base = verifier.base.replace("127.0.0.1", "localhost")
    assert holder.present(verifier)["fits"]


def test_strangers(holder, verifier, root, stranger):
    verifier.change = lambda p: p.update(client_id="x509_hash:other")
    refuses(holder, verifier, "untrusted")
    verifier.change = None
    verifier.header["x5c"] = root.leaf("verifier.example").x5c
    refuses(holder, verifier, "untrusted")
    verifier.leaf = stranger.leaf("verifier.example")
    verifier.header["x5c"] = verifier.leaf.x5c
    verifier.client_id = "x509_hash:" + verifier.leaf.hash
    refuses(holder, verifier, "untrusted")
    holder.anchors = [*holder.anchors, anchor(stranger)]
    stranger.x5c = [keys.anchor_x5c(stranger)]
    verifier.header["x5c"] = stranger.x5c
    refuses(holder, verifier, "untrusted")


@pytest.mark.parametrize("answer,why", [
    (lambda r: (404, {}, ""), "expired"), (lambda r: (500, {}, "x"), "refused"),
    (lambda r: (302, {"Location": "/request/2"}, ""), "unreachable"),
    (lambda r: (200, {"Content-Type": "application/jwt"}, "a.b.c"), "refused"),
    (lambda r: (200, {"Content-Type": REQUEST_TYPE}, "a.b.c"), "malformed"),
    (lambda r: (200, {"Content-Type": REQUEST_TYPE}, "a.b.c.d.e"), "malformed"),
    (lambda r: (200, {"Content-Type": REQUEST_TYPE}, "A" * 400000), "malformed"),
])
def test_bad_answers_of_request_uri(holder, verifier, answer, why):
    verifier.surprises["/request/1"] = answer
    refuses(holder, verifier, why)


@pytest.mark.parametrize("link", [
    "openid4vp://?client_id=x", "openid4vp://?request_uri=https://x",
    "openid4vp://?client_id=x&request_uri=https://x&request=y",
    "openid4vp://?client_id=x&client_id=y&request_uri=https://x",
    "openid4vp://?client_id=x&request_uri=http://verifier.example/",
    "openid4vp://?client_id=x&request_uri=file:///etc/passwd",
    "openid4vp://?client_id=x&request_uri=https://u:p@x/",
    "openid4vp://?client_id=x&request_uri=https://x&request_uri_method=put",
    "mdoc://?client_id=x&request_uri=https://x", "", "x",
])
def test_bad_links(holder, link):
    assert holder.ask("present", link)["refused"] in ("not-a-link", "malformed")


@pytest.mark.parametrize("address", [7, "javascript:alert(1)", "http://verifier.example/", "x"])
def test_bad_places_to_go_on(holder, verifier, address):
    verifier.answer = {"redirect_uri": address}
    assert holder.present(verifier)["refused"] == "malformed"
