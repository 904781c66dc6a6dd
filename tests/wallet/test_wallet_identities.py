# SPDX-License-Identifier: Apache-2.0
"""Several identities in one home: who is chosen, copies that are used up, PINs."""
import concurrent.futures
import json

import pytest
from cryptography.hazmat.primitives import serialization

from foreign import keys
from foreign.issuer import Issuer, make_credential
from foreign.server import reply_json
from foreign.verifier import Verifier


def accept(wallet, issuer, *more):
    return wallet.ok("accept", issuer.offer_uri(), "--tx-code", issuer.tx_code, *more)


def of_person(**claims):
    return lambda leaf, jwk: make_credential(
        leaf, jwk, change=lambda payload, salted: payload.update(claims))


@pytest.fixture
def family(wallet, issuer):
    """Own, a child's and a parent's, in one home."""
    issuer.batch_size = 3
    for name, relation in (("me", "own"), ("rith", "child"), ("mak", "parent")):
        issuer.make = of_person(name=name.title(), number=name)
        accept(wallet, issuer, "--identity", name, "--relation", relation)
    return wallet


def copies(wallet, name="pid"):
    return {path.name for path in (wallet.home / "identities" / name).glob("*/*.copy")}


def test_list_tells_who_is_who(family):
    listed = {one["name"]: one for one in family.ok("list")["identities"]}
    assert [(name, one["relation"], one["label"]) for name, one in sorted(listed.items())] == [
        ("mak", "parent", "Mak"), ("me", "own", "Me"), ("rith", "child", "Rith")]
    assert all(one["keys_left"] == 3 and one["expires_s"] for one in listed.values())
    assert not any(one["default"] or one["pin"] or one["locked"] for one in listed.values())


def test_the_person_must_choose(family, verifier):
    done = family.run("present", verifier.link())
    assert done.returncode == 4
    assert "give --identity NAME" in done.stderr and done.stderr.count("\n") == 1
    report = json.loads(done.stdout)
    assert report["error"] == "identity_required" and report["status"] == "asked"
    assert {one["name"] for one in report["identities"]} == {"me", "rith", "mak"}
    assert report["identity"] is None and ("POST", "/response/1") not in verifier.seen
    assert family.ok("present", verifier.link(), "--identity", "rith")["identity"] == "rith"
    assert verifier.claims["number"] == "rith"


def test_looking_shows_the_choice(family, verifier):
    report = family.ok("present", verifier.link(), "--look")
    assert report["identity"] is None and len(report["identities"]) == 3


def test_the_default_is_taken(family, verifier):
    assert family.ok("default", "me") == {"default": "me"}
    assert family.ok("present", verifier.link())["identity"] == "me"
    assert family.ok("present", verifier.link(), "--identity", "mak")["identity"] == "mak"
    family.refuses("default", "nobody", because="no identity nobody", code=3)
    family.refuses("default", "../me", because="not a name", code=2)
    listed = {one["name"]: one["default"] for one in family.ok("list")["identities"]}
    assert listed == {"me": True, "rith": False, "mak": False}


def test_a_default_that_does_not_fit_leaves_the_others(family, verifier):
    family.ok("default", "me")
    verifier.query["credentials"][0]["claims"] = [{"path": ["number"], "values": ["rith"]}]
    assert family.ok("present", verifier.link())["identity"] == "rith"


def test_refusing_needs_no_choice(family, verifier):
    assert family.ok("present", verifier.link(), "--refuse")["status"] == "refused"


@pytest.mark.parametrize("word", ["self", "", "Own"])
def test_relations(wallet, issuer, word):
    wallet.refuses("accept", issuer.offer_uri(), "--relation", word, because="own, child", code=2)


def test_each_presentation_has_a_key_of_its_own(wallet, issuer, root):
    issuer.batch_size = 4
    report = accept(wallet, issuer)
    assert (report["keys_left"], report["keys_low"]) == (4, False)
    seen, told = set(), []
    for _ in range(6):
        verifier = Verifier(root.leaf("verifier.example"), issuer.leaf)
        done = wallet.ok("present", verifier.link())
        told.append((done["keys_left"], done["keys_low"], done["linkable"]))
        seen.add(keys.sha256(str(verifier.claims["cnf"])))
        verifier.close()
    assert told == [(3, False, False), (2, True, False), (1, True, False), (0, True, False),
                    (0, True, True), (0, True, True)]
    assert len(seen) == 4
    assert copies(wallet) == {"used.copy"}


def test_refusing_and_looking_spend_nothing(wallet, issuer, verifier):
    issuer.batch_size = 2
    accept(wallet, issuer)
    wallet.ok("present", verifier.link(), "--look")
    wallet.ok("present", verifier.link(), "--refuse")
    assert copies(wallet) == {"1.copy", "2.copy"}


def test_a_copy_that_may_have_been_seen_is_spent(wallet, issuer, verifier):
    issuer.batch_size = 2
    accept(wallet, issuer)
    verifier.surprises["/response/1"] = lambda request: (500, {}, "")
    wallet.refuses("present", verifier.link(), because="HTTP 500")
    assert copies(wallet) == {"used.copy", "2.copy"}


def test_wallets_at_once_never_show_the_same(wallet, issuer, root):
    issuer.batch_size = 6
    accept(wallet, issuer)
    verifiers = [Verifier(root.leaf("verifier.example"), issuer.leaf) for _ in range(6)]
    with concurrent.futures.ThreadPoolExecutor(6) as pool:
        list(pool.map(lambda one: wallet.ok("present", one.link()), verifiers))
    assert len({one.claims["cnf"]["jwk"]["x"] for one in verifiers}) == 6
    for one in verifiers:
        one.close()


@pytest.mark.parametrize("wanted,size,got", [((), 32, 10), (("--keys", "3"), 8, 3),
                                             (("--keys", "5"), 2, 2), (("--keys", "5"), None, 1)])
def test_how_many(wallet, issuer, wanted, size, got):
    issuer.batch_size = size
    assert accept(wallet, issuer, *wanted)["keys_left"] == got


@pytest.mark.parametrize("number", ["0", "33", "x", ""])
def test_keys_are_counted_in_numbers(wallet, number):
    wallet.refuses("accept", "x", "--keys", number, because="--keys is 1 to 32", code=2)


def test_fewer_than_asked_for_are_taken(wallet, issuer):
    issuer.batch_size = 4
    full = issuer.send_credential

    def send_two(request):
        status, headers, body = full(request)
        return status, headers, json.dumps(
            {"credentials": json.loads(body)["credentials"][:2]})

    issuer.surprises["/credential"] = send_two
    assert accept(wallet, issuer)["keys_left"] == 2


SAME = {"status": {"status_list": {"idx": 7, "uri": "https://issuer.example/status/1"}}}


@pytest.mark.parametrize("spoil,because", [
    (lambda issuer: setattr(issuer, "make", of_person(**SAME)), "one person's"),
    (lambda issuer: setattr(issuer, "make", of_person(_sd=["x" * 43])), "no digest|one person's"),
    (lambda issuer: issuer.surprises.update({"/credential": lambda request: reply_json(
        {"credentials": [{"credential": "x"}] * 9})}), "more credentials"),
])
def test_copies_that_give_the_person_away(wallet, issuer, spoil, because):
    issuer.batch_size = 3
    spoil(issuer)
    done = wallet.run("accept", issuer.offer_uri(), "--tx-code", issuer.tx_code)
    assert done.returncode == 1
    assert any(one in done.stderr for one in because.split("|")), done.stderr
    assert wallet.ok("list") == {"identities": []}


def test_copies_in_another_order_are_refused(wallet, issuer):
    issuer.batch_size = 2
    full = issuer.send_credential

    def send_swapped(request):
        status, headers, body = full(request)
        swapped = json.loads(body)["credentials"][::-1]
        return status, headers, json.dumps({"credentials": swapped})

    issuer.surprises["/credential"] = send_swapped
    wallet.refuses("accept", issuer.offer_uri(), "--tx-code", issuer.tx_code,
                   because="not bound to our key")


def test_an_identity_is_extended(wallet, issuer):
    issuer.batch_size = 2
    accept(wallet, issuer, "--identity", "me")
    report = accept(wallet, issuer, "--identity", "me", "--label", "Myself")
    assert (report["identity"], report["label"], report["keys_left"]) == ("me", "Myself", 2)
    (only,) = wallet.ok("list")["identities"]
    assert len(only["credentials"]) == 1 and only["relation"] == "own"
    assert len(list((wallet.home / "identities" / "me").glob("credential-*"))) == 1


def test_an_identity_holds_several_kinds(wallet, issuer, root):
    accept(wallet, issuer, "--identity", "me")
    other = type(issuer)(root.leaf("issuer.example"))
    accept(wallet, other, "--identity", "me")
    (only,) = wallet.ok("list")["identities"]
    assert sorted(one["issuer"] for one in only["credentials"]) == sorted(
        [issuer.identifier, other.identifier])
    other.close()


def test_another_persons_credential_does_not_take_the_place(wallet, issuer):
    issuer.make = of_person(birthdate="1990-01-02")
    accept(wallet, issuer, "--identity", "me")
    issuer.make = of_person(birthdate="2019-01-02")
    wallet.refuses("accept", issuer.offer_uri(), "--tx-code", issuer.tx_code, "--identity", "me",
                   because="another person")
    assert wallet.ok("show")["credentials"][0]["claims"]["birthdate"] == "1990-01-02"
    assert issuer.notifications == ["credential_accepted", "credential_failure"]


@pytest.fixture
def named(root):
    """An issuer that knows the wallet by name, and lets it renew."""
    server = Issuer(root.leaf("issuer.example"), dpop=True, anonymous=False)
    server.batch_size = 2
    yield server
    server.close()


def test_renewing(wallet, named, root):
    verifier = Verifier(root.leaf("verifier.example"), named.leaf)
    report = accept(wallet, named, "--identity", "me", "--client-id", "w")
    assert report["renewable"] is True
    wallet.ok("present", verifier.link())
    verifier.close()
    first = named.refresh_token
    for _ in range(2):
        renewed = wallet.ok("renew", "me")
        assert renewed["status"] == "renewed" and renewed["identity"] == "me"
        assert [one["keys_left"] for one in renewed["credentials"]] == [2]
    assert named.refresh_token != first and len(named.holder_jwks) == 6
    (only,) = wallet.ok("list")["identities"]
    assert len(only["credentials"]) == 1 and copies(wallet, "me") == {"1.copy", "2.copy"}


def test_a_renewal_that_breaks_off_can_go_on(wallet, named):
    accept(wallet, named, "--identity", "me", "--client-id", "w")
    named.surprises["/credential"] = lambda request: (500, {}, "")
    wallet.refuses("renew", "me", because="HTTP 500")
    named.surprises.clear()
    wallet.ok("renew", "me")


def test_renewing_needs_the_pin(wallet, named, pin):
    accept(wallet, named, "--identity", "me", "--client-id", "w", *pin("2468"))
    (path,) = (wallet.home / "identities/me").glob("*/renewal")
    assert b"ENCRYPTED PRIVATE KEY" in path.read_bytes() and path.stat().st_mode & 0o77 == 0
    wallet.refuses("renew", "me", because="give --pin-file")
    wallet.refuses("renew", "me", *pin("1111"), because="PIN does not open")
    wallet.ok("renew", "me", *pin("2468"))


def test_what_cannot_be_renewed(wallet, issuer, named):
    accept(wallet, issuer, "--identity", "me")
    wallet.refuses("renew", "me", because="nothing to renew with")
    wallet.refuses("renew", "nobody", because="no identity nobody", code=3)
    accept(wallet, named, "--identity", "you", "--client-id", "w")
    named.refresh_token = "another"
    wallet.refuses("renew", "you", because="invalid_grant")
    assert wallet.ok("show", "--identity", "you")["keys_left"] == 2


@pytest.fixture
def pin(tmp_path):
    return lambda text: [(tmp_path / text).write_text(text + "\n"), "--pin-file",
                         tmp_path / text][1:]


def copy_of(wallet, name):
    (path, *_) = (wallet.home / "identities" / name).glob("credential-*/*.copy")
    return path.read_bytes().split(b"\n", 1)[1]


def test_each_identity_has_its_own_pin(wallet, issuer, verifier, pin):
    accept(wallet, issuer, "--identity", "me", *pin("2468"))
    accept(wallet, issuer, "--identity", "rith", *pin("1357"))
    accept(wallet, issuer, "--identity", "open")
    assert copy_of(wallet, "me").startswith(b"-----BEGIN ENCRYPTED PRIVATE KEY-----")
    serialization.load_pem_private_key(copy_of(wallet, "me"), b"2468")
    serialization.load_pem_private_key(copy_of(wallet, "open"), None)
    assert [one["pin"] for one in sorted(wallet.ok("list")["identities"],
                                         key=lambda one: one["name"])] == [True, False, True]
    wallet.refuses("present", verifier.link(), "--identity", "me", because="give --pin-file")
    wallet.refuses("present", verifier.link(), "--identity", "me", *pin("1357"),
                   because="PIN does not open")
    done = wallet.ok("present", verifier.link(), "--identity", "me", *pin("2468"))
    assert done["status"] == "presented"
    assert verifier.seen.count(("POST", "/response/1")) == 1


def test_extending_needs_the_same_pin(wallet, issuer, pin):
    accept(wallet, issuer, "--identity", "me", *pin("2468"))
    words = ["accept", issuer.offer_uri(), "--tx-code", issuer.tx_code, "--identity", "me"]
    wallet.refuses(*words, because="give --pin-file")
    wallet.refuses(*words, *pin("1111"), because="PIN does not open")
    accept(wallet, issuer, "--identity", "me", *pin("2468"))
    accept(wallet, issuer, "--identity", "open")
    words[-1] = "open"
    wallet.refuses("accept", issuer.offer_uri(), *words[2:], *pin("2468"), because="has no PIN")
    assert issuer.seen.count(("POST", "/token")) == 3


def test_five_wrong_pins_shut_an_identity(wallet, issuer, verifier, pin):
    accept(wallet, issuer, "--identity", "me", *pin("2468"))
    accept(wallet, issuer, "--identity", "rith", *pin("1357"))
    words = ["present", verifier.link(), "--identity", "me"]
    for _ in range(4):
        wallet.refuses(*words, *pin("1111"), because="PIN does not open")
    wallet.ok(*words, *pin("2468"))
    for _ in range(5):
        wallet.refuses(*words, *pin("1111"), because="PIN does not open")
    wallet.refuses(*words, *pin("2468"), because="shut after 5 wrong PINs")
    assert {one["name"]: one["locked"] for one in wallet.ok("list")["identities"]} == {
        "me": True, "rith": False}
    wallet.ok("present", verifier.link(), "--identity", "rith", *pin("1357"))


def test_a_pin_file_without_a_pin(wallet, tmp_path):
    (tmp_path / "pin").write_text("\n2468")
    wallet.refuses("list", "--pin-file", tmp_path / "pin", because="no PIN")
