# SPDX-License-Identifier: Apache-2.0
"""What a service starts from (a signed manifest, and the file that it means) and what is around it
when it runs (cases G01, G10)."""

import json
import os
import shutil
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from authlib.jose import JsonWebKey

import jwt_tools
from gateway import programs
from services import Caller, Signer, gateway_with, is_sanitized, plugin

REFUSED = ("EPERM", "EACCES", "ESRCH")


@pytest.fixture(scope="module")
def folder():
    """Where a user of its own can reach it; pytest's is root's alone."""
    place = Path(tempfile.mkdtemp())
    place.chmod(0o711)
    yield place
    shutil.rmtree(place)


@pytest.fixture(scope="module")
def signer(folder):
    return Signer(folder)


@pytest.fixture(scope="module")
def inside(folder, signer):
    """A burglar, signed and at work."""
    place = plugin(folder, "burglar")
    plugin(folder, "borrower")
    for one in ("burglar", "borrower"):
        (folder / "services" / one).chmod(0o755)
    with gateway_with(folder, "burglar", "borrower", services__allow_unsigned="no",
                      services__trust=signer.trust) as running:
        for id_ in ("burglar", "borrower"):
            signer.sign(running, folder / "services" / id_)
        running.restart()
        caller = Caller(running, "burglar", "borrower")
        caller.is_back("burglar", caller.token("burglar"), path="/")
        caller.folder, caller.place = folder, place
        yield caller


def tried(inside, deed, **params):
    answer = inside.call("burglar", deed, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()["error"]


@pytest.mark.parametrize("path", ["/inet", "/unix", "/execute", "/signal", "/trace", "/limits",
                                  "/own", "/set-signal", "/pair"])
def test_g10_what_is_not_done_there(inside, path):
    if is_sanitized():
        pytest.skip("there is no filter under a sanitizer")
    pid_before = inside.call("burglar", "/").json()
    assert tried(inside, path) in REFUSED
    assert inside.call("burglar", "/").json() == pid_before
    assert inside.gateway.process.poll() is None


def test_g10_files_there_are(inside):
    assert tried(inside, "/read", path=inside.place / "manifest.json") == "0"
    assert tried(inside, "/write", path="burglar/mine") == "0"
    state = inside.gateway.folder / "state"
    proc = () if is_sanitized() else ("/proc/self/environ", "/proc/1/cmdline")
    for path in (*proc, "/etc/passwd", "/root", "/tmp",
                 inside.gateway.config, inside.gateway.database, state / "services/burglar.json",
                 state / "services/borrower/service.db", "borrower/service.db", "."):
        assert tried(inside, "/read", path=path) in REFUSED, path
    for path in ("/tmp/burglar", inside.place / "more", inside.place / "manifest.json", "mine",
                 "burglar/../mine", "borrower/mine", "/dev/shm/mine", "/var/tmp/mine"):
        assert tried(inside, "/write", path=path) in REFUSED, path


@pytest.mark.parametrize("deed", ["/open-up", "/empty"])
def test_g10_files_change_through_what_was_opened_alone(inside, deed):
    """Landlock guards no chmod(), and truncate() only since Linux 6.2: of a file that is the
    service's own by its user it would not."""
    if is_sanitized():
        pytest.skip("there is no filter under a sanitizer")
    state = inside.gateway.folder / "state/services/burglar"
    assert tried(inside, "/write", path="burglar/own") == "0"
    own = state / "own"
    own.write_text("as it was")
    mode = own.stat().st_mode
    assert tried(inside, deed, path="burglar/own") == "EPERM"
    assert own.read_text() == "as it was" and own.stat().st_mode == mode


def test_g10_a_user_of_its_own(inside):
    if os.geteuid() != 0:
        pytest.skip("the gateway is not root: its services are the same user")
    uid = inside.call("burglar", "/").json()["uid"]
    assert 70000 <= uid < 71000
    assert tried(inside, "/root") == "EPERM"
    assert (inside.gateway.folder / "state/services/burglar").stat().st_uid == uid


def test_lines_have_an_end(inside):
    """It asks for lines to the gateway without an end: nobody else waits for it."""
    if is_sanitized():
        pytest.skip("there are no lines under a sanitizer")
    token = inside.token("burglar")
    inside.call("burglar", "/lines", token)
    inside.gateway.wait_for_log("burglar asks for more than 20 lines in a second: it waits")
    began = time.monotonic()
    inside.client.tokens(inside.browser)
    assert time.monotonic() - began < 5
    assert inside.call("borrower", "/who", inside.token("borrower")).status_code == 200
    inside.gateway.restart()
    inside.is_back("burglar", inside.token("burglar"), path="/")


def test_one_with_a_network_says_so(inside, signer, tmp_path):
    """The twin of /inet: its manifest names what it calls."""
    folder = inside.folder / "with-network"
    plugin(folder, "burglar", network=["registry.example:443"])
    with gateway_with(folder, "burglar") as running:
        caller = Caller(running, "burglar")
        caller.is_back("burglar", caller.token("burglar"), path="/")
        assert caller.call("burglar", "/inet").json()["error"] == "0"
        if not is_sanitized():
            assert caller.call("burglar", "/unix").json()["error"] == "EPERM"


def spoiled(what, inside, signer, place):
    """What is done to a service that was signed; the word in the log."""
    manifest, seal, so = place / "manifest.json", place / "manifest.sig", place / "borrower.so"
    text = manifest.read_text()
    if what == "unsigned":
        seal.unlink()
        return "is not signed by a key"
    if what == "another manifest":
        manifest.write_text(text.replace('"1.0"', '"1.1"'))
        return "manifest.sig: the signature"
    if what == "asks more":
        more = json.loads(text)
        more["attributes"] = [{"name": "birthdate", "why": {"en": "x"}}]
        manifest.write_text(json.dumps(more))
        return "manifest.sig: the signature"
    if what == "another plugin":
        octets = bytearray(so.read_bytes())
        octets[-1] ^= 1
        so.write_bytes(octets)
        return "is not the file that its manifest means"
    if what == "another key":
        stranger = Signer(inside.folder / "stranger")
        stranger.sign(inside.gateway, place)
        return "manifest.sig: the signature"
    if what == "of another service":
        shutil.copy(inside.place / "manifest.sig", seal)
        return "manifest.sig: the signature"
    if what == "alg none":
        head, signature = seal.read_text().strip().split("..")
        none = jwt_tools.b64u(json.dumps({**json.loads(jwt_tools.b64u_open(head)),
                                          "alg": "none"}).encode())
        seal.write_text(f"{none}..")
        return "manifest.sig: the signature"
    if what == "another use":
        seal.write_text(jwt_tools.sign(signer.key, {
            "alg": "ES256", "typ": "JWT"}, manifest.read_bytes()).replace(
                f".{jwt_tools.b64u(manifest.read_bytes())}.", ".."))
        return "manifest.sig: the signature"
    seal.write_text("x" * 5000)
    return "longer than"


@pytest.mark.parametrize("what", [
    "unsigned", "another manifest", "asks more", "another plugin", "another key",
    "of another service", "alg none", "another use", "too long"])
def test_g01_signatures(inside, signer, what):
    place = inside.folder / "services/borrower"
    before = {one.name: one.read_bytes() for one in place.iterdir()}
    seen = len(inside.gateway.log())
    try:
        why = spoiled(what, inside, signer, place)
        inside.gateway.restart()
        if what != "another plugin":  # which is looked at where it is loaded
            inside.gateway.dvara("check", expect=1)
        token = inside.token("borrower")
        inside.is_back("burglar", inside.token("burglar"), path="/")
        assert inside.call("borrower", "/who", token).status_code in (404, 502, 503)
        assert why in inside.gateway.log()[seen:]
    finally:
        for name, octets in before.items():
            (place / name).write_bytes(octets)
    inside.gateway.restart()
    inside.is_back("borrower", inside.token("borrower"), path="/who")


def test_signed_and_listed(inside):
    rows = {row["id"]: row for row in inside.gateway.dvara("service", "list")}
    assert rows["burglar"]["signed"] and rows["burglar"]["enabled"]
    assert not any("signed" in text for text in inside.gateway.dvara("check")["warnings"])
    assert "NOT SIGNED" not in inside.gateway.log().split("started")[-1]


BURGLAR = """#!/usr/bin/python3 -I
import errno, os, signal, sys
def tried(deed):
    try:
        deed()
    except OSError as refused:
        return errno.errorcode[refused.errno]
    return "0"
child = os.fork()
if child == 0:
    signal.pause()
print(tried(lambda: os.kill(os.getppid(), 0)), tried(lambda: os.kill(child, signal.SIGKILL)), flush=True)
"""


def test_a_program_signals_what_it_started_alone(tmp_path):
    """Of the gateway's own user, as under systemd: the parent is one of the same user."""
    if is_sanitized() or tuple(map(int, os.uname().release.split(".")[:2])) < (6, 12):
        pytest.skip("Landlock guards signals since Linux 6.12")
    place = Path(tempfile.mkdtemp())
    try:
        shutil.copy(programs() / "dvara-service", place)
        (place / "burglar.py").write_text(BURGLAR)
        (place / "manifest.json").write_text(json.dumps({
            "id": "burglar", "version": "1", "name": {"en": "b"}, "summary": {"en": "b"},
            "attributes": [], "program": "burglar.py"}))
        key = JsonWebKey.generate_key("EC", "P-256", {"kid": "k"}, True).as_dict(is_private=True)
        (place / "client.json").write_text(json.dumps({
            "client_id": "burglar", "private_jwks": {"keys": [key]},
            "statement_jwks": {"keys": [key]}}))
        for file in (place, *place.iterdir()):
            file.chmod(0o755)
        user = 65534 if os.geteuid() == 0 else os.geteuid()
        os.chown(place, user, -1)
        ran = subprocess.run(
            ["sh", "-c", "./dvara-service --program ./burglar.py --socket ./s --gateway"
             " http://127.0.0.1:9 --client client.json; true"], cwd=place, user=user, timeout=20,
            capture_output=True, text=True)
        assert ran.stdout.split() == ["EPERM", "0"], ran
    finally:
        shutil.rmtree(place)
