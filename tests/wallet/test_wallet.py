# SPDX-License-Identifier: Apache-2.0
"""The program itself: words, homes, PIN, TLS, slow servers."""
import json
import socket
import time

import pytest
from cryptography.hazmat.primitives import serialization

from foreign.verifier import Verifier


@pytest.mark.parametrize("words,because", [
    ((), "give one of"), (("dance",), "give one of"), (("list", "x"), "list takes no words"),
    (("accept",), "accept takes OFFER_URI"), (("present", "a", "b"), "takes REQUEST_URI"),
    (("list", "--bad"), "not an option"), (("show", "--identity"), "not an option"),
    (("list", "--identity", "x"), "does not take"), (("show", "--refuse"), "does not take"),
    (("present", "x", "--tx-code", "1"), "does not take"),
    (("present", "x", "--look", "--refuse"), "not both"),
    (("list", "--timeout", "0"), "600 seconds"), (("list", "--timeout", "1s"), "600 seconds"),
])
def test_usage(wallet, words, because):
    wallet.refuses(*words, because=because, code=2)


def test_words_that_are_not_utf8(wallet):
    wallet.refuses("present", "openid4vp://?\udcff", because="not UTF-8", code=2)


def test_help_and_version(wallet):
    assert "usage: dvara-wallet" in wallet.run("--help").stdout
    assert wallet.run("--version").stdout.startswith("dvara-wallet ")


def test_a_home_that_is_not_there(wallet, tmp_path):
    wallet.home = tmp_path / "nowhere"
    assert wallet.ok("list") == {"identities": []}
    wallet.refuses("show", because="no identity yet", code=3)
    assert not wallet.home.exists()


def test_show(holder):
    shown = holder.ok("show")
    assert shown == holder.ok("show", "--identity", "pid")
    (credential,) = shown["credentials"]
    assert credential["claims"]["given_name"] == "Sophea"
    assert credential["credential"].endswith("~")
    assert "PRIVATE KEY" not in str(shown)
    holder.refuses("show", "--identity", "nobody", because="no identity nobody", code=3)
    holder.refuses("show", "--identity", "../home", because="not a name", code=2)


def test_a_broken_home_is_said(holder):
    (metadata,) = (holder.home / "identities" / "pid").glob("credential-*/metadata.json")
    metadata.write_text("{")
    holder.refuses("list", because="is not JSON")
    metadata.unlink()
    holder.refuses("show", because="metadata.json cannot be read", code=3)
    metadata.with_name("1.copy").unlink()
    metadata.parent.rmdir()
    holder.refuses("list", because="has no credential")


def test_another_trust_file(holder, verifier, stranger, tmp_path):
    other = tmp_path / "other.pem"
    other.write_bytes(stranger.pem())
    holder.refuses("present", verifier.link(), "--trust", other, because="not trusted")
    other.write_bytes(stranger.pem() + (holder.home / "trust.pem").read_bytes())
    assert holder.ok("present", verifier.link(), "--trust", other)["status"] == "presented"


def test_tls(holder, issuer, root, stranger, tmp_path):
    server = root.leaf("localhost", names=["localhost"])
    files = [tmp_path / "certificate.pem", tmp_path / "key.pem"]
    files[0].write_bytes(server.certificate.public_bytes(serialization.Encoding.PEM))
    files[1].write_bytes(server.key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption()))
    verifier = Verifier(root.leaf("verifier.example"), issuer.leaf)
    verifier.use_tls(*files)
    (tmp_path / "ca.pem").write_bytes(root.pem())
    (tmp_path / "other.pem").write_bytes(stranger.pem())
    report = holder.ok("present", verifier.link(), "--ca-file", tmp_path / "ca.pem")
    assert report["verifier"]["response_host"] == "localhost"
    for more in ([], ["--ca-file", tmp_path / "other.pem"]):
        holder.refuses("present", verifier.link(), *more, because="request_uri cannot be reached")
    holder.refuses("present", verifier.link().replace("localhost", "127.0.0.1"), "--ca-file",
                   tmp_path / "ca.pem", because="request_uri cannot be reached")
    verifier.close()


def test_a_server_that_never_answers(holder):
    with socket.create_server(("127.0.0.1", 0)) as silent:
        link = f"openid4vp://?client_id=x&request_uri=http://127.0.0.1:{silent.getsockname()[1]}/"
        started = time.monotonic()
        holder.refuses("present", link, "--timeout", "1", because="does not answer within 1 s")
        assert time.monotonic() - started < 15  # it is 20 s where nothing is said


def test_a_server_that_is_not_there(holder):
    with socket.socket() as gone:  # held, so that nobody else listens there
        gone.bind(("127.0.0.1", 0))
        port = gone.getsockname()[1]
        holder.refuses("present", f"openid4vp://?client_id=x&request_uri=http://127.0.0.1:{port}/",
                       because="cannot be reached")


def test_control_signs_of_a_server_do_not_reach_the_terminal(holder, verifier):
    verifier.surprises["/request/1"] = lambda request: (
        400, {"Content-Type": "application/json"},
        json.dumps({"error": "\x1b[31mred", "error_description": "a\r\nb"}))
    reason = holder.refuses("present", verifier.link(), because="?[31mred, a??b")
    assert "\x1b" not in reason


def test_requests_tell_nothing_about_the_program(holder, verifier):
    agents = []
    plain = verifier.routes[("POST", "/request/1")]
    verifier.routes[("POST", "/request/1")] = lambda request: (
        agents.append(request.headers["User-Agent"]) or plain(request))
    holder.ok("present", verifier.link())
    assert agents == [None]


def test_the_clock_of_the_tests(holder, verifier, tmp_path, monkeypatch):
    clock = tmp_path / "clock"
    monkeypatch.setenv("DVARA_TEST_CLOCK", str(clock))
    clock.write_text("3600\n")
    holder.refuses("present", verifier.link(), because="the request has expired")
    clock.write_text("-3600\n")
    holder.refuses("present", verifier.link(), because="from the future")
    clock.write_text("0\n")
    assert holder.ok("present", verifier.link())["status"] == "presented"
