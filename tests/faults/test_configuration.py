# SPDX-License-Identifier: Apache-2.0
"""What a start refuses: one clear line, exit code 1."""

import json
import socket
import subprocess

import pytest

import jwt_tools
import pki
from gateway import Gateway
from journey import assert_back, started

START_S = 60


def refusal(gateway):
    """The line that says why it did not start."""
    gateway.clock_set(0)
    done = subprocess.run([gateway.bin / "dvara", "serve", "--config", gateway.config],
                          capture_output=True, text=True, env=gateway.environment(),
                          timeout=START_S, check=False)
    assert done.returncode == 1, (done.returncode, done.stderr)
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    errors = [line for line in lines if line["level"] == "error" and line["event"] != "redis_away"]
    assert len(errors) == 1, done.stderr
    return errors[0]["msg"]


def configured(folder, **settings):
    gateway = Gateway(
        folder, {name.replace("__", "."): value for name, value in settings.items()})
    gateway.config_write()
    return gateway


@pytest.mark.parametrize("settings, words", [
    ({"gateway__isuer": "x"}, ["[gateway] isuer is unknown; did you mean [gateway] issuer?", ":"]),
    ({"redis__adress": "x"}, ["did you mean [redis] address?"]),
    ({"tokens__code": "60"}, ["code", "unit"]),
    ({"tokens__code": "61s"}, ["code", "60s"]),
    ({"gateway__listen": "0.0.0.0:1"}, ["demo", "loopback"]),
    ({"gateway__issuer": "http://id.example"}, ["https"]),
    ({"gateway__language": "xx"}, ["km lo en fr ar"]),
    ({"sql__database": "oracle:x"}, ["sql", "database"]),
])
def test_settings_that_are_wrong(tmp_path, settings, words):
    line = refusal(configured(tmp_path, **settings))
    assert all(word in line for word in words), line
    assert "dvara.conf:" in line or "gateway" in line or "[" in line
    with started(tmp_path) as gateway:
        assert_back(gateway)


def wallet(folder):
    authority, key = pki.Authority("Verifiers"), jwt_tools.ec_key()
    (folder / "verifier.pem").write_bytes(authority.sign(key, "Gateway").public_bytes(pki.PEM))
    (folder / "verifier.key").write_bytes(pki.key_pem(key))
    (folder / "verifier.key").chmod(0o600)
    (folder / "anchors.pem").write_bytes(authority.pem)
    return {"wallet__certificate_file": folder / "verifier.pem",
            "wallet__key_file": folder / "verifier.key",
            "wallet__anchors_file": folder / "anchors.pem"}


@pytest.mark.parametrize("spoil, words", [
    (lambda key: key.unlink(), ["verifier.key", "No such file"]),
    (lambda key: key.chmod(0o644), ["verifier.key", "others"]),
    (lambda key: key.write_text("nothing"), ["verifier.key"]),
    (lambda key: key.write_bytes(pki.key_pem(jwt_tools.ec_key())),
     ["certificate_file is not of the key in key_file"]),
], ids=["missing", "readable by others", "no key", "another key"])
def test_key_files(tmp_path, spoil, words):
    settings = wallet(tmp_path)
    spoil(tmp_path / "verifier.key")
    line = refusal(configured(tmp_path, **settings))
    assert all(word in line for word in words), line
    settings = wallet(tmp_path)
    with started(tmp_path, {name.replace("__", "."): value for name, value in settings.items()}) \
            as gateway:
        assert_back(gateway)


@pytest.mark.parametrize("spoil, words", [
    (lambda key: key.unlink(), ["No such file"]),
    (lambda key: key.chmod(0o640), ["others"]),
    (lambda key: key.write_text("{"), []),
], ids=["missing", "readable by others", "no key"])
def test_signing_keys(tmp_path, spoil, words):
    with started(tmp_path) as gateway:
        keys = sorted((tmp_path / "state" / "keys").iterdir())
        whole = keys[0].read_bytes()
        assert gateway.stop() == 0
        spoil(keys[0])
        line = refusal(gateway)
        assert keys[0].stem in line and all(word in line for word in words), line
        keys[0].write_bytes(whole)
        keys[0].chmod(0o600)
        gateway.start()
        assert_back(gateway)


@pytest.mark.parametrize("which", ["port", "management"])
def test_a_taken_port(tmp_path, which):
    gateway = configured(tmp_path)
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", getattr(gateway, which)))
        holder.listen()
        assert f":{getattr(gateway, which)}" in refusal(gateway)
    with started(tmp_path) as twin:
        assert_back(twin)


def test_a_second_gateway_on_the_same_port(tmp_path):
    """SO_REUSEPORT is for the loops of one process, not for two gateways by mistake."""
    with started(tmp_path) as gateway:
        other = tmp_path / "other"
        other.mkdir()
        second = configured(other, gateway__listen=f"127.0.0.1:{gateway.port}",
                            gateway__issuer=gateway.url)
        assert f":{gateway.port}" in refusal(second)
        assert_back(gateway)


def test_no_configuration_at_all(tmp_path):
    gateway = configured(tmp_path)
    gateway.config.unlink()
    assert "No such file" in refusal(gateway)


def test_a_state_folder_that_cannot_be_written(tmp_path):
    (tmp_path / "file").write_text("")
    line = refusal(configured(tmp_path, gateway__state=tmp_path / "file" / "state"))
    assert "file/state" in line
