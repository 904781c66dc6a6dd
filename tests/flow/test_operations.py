# SPDX-License-Identifier: Apache-2.0
"""deploy/OPERATIONS.md: a copy is made while the gateway runs, and all that lasts comes back."""

import json
import os
import re
import shutil
import subprocess

import pytest

import jwt_tools
from browser import Browser
from gateway import ROOT, Gateway
from test_gone_since import ROWAN

from conftest import client

MANUAL = (ROOT / "deploy/OPERATIONS.md").read_text()


def test_backup_and_the_way_back(tmp_path):
    (tmp_path / "house").mkdir()
    with Gateway(tmp_path / "house") as gateway:
        gateway.apply("person", [ROWAN])
        party = client(gateway, "kept", jwt_tools.ec_key(), grant_types=[
            "authorization_code", "refresh_token"], scope="openid email offline_access")
        tokens = party.tokens(Browser(gateway), persona=ROWAN["short_name"])
        subject = party.id_token(tokens)["sub"]
        copy = tmp_path / "copy"
        copy.mkdir()
        script = re.search(r"```sh\n(.*?)```", MANUAL, re.S)[1]
        services = gateway.database.parent / "services"
        for name in ("with", "without"):  # a database
            (services / name).mkdir(parents=True, mode=0o700)
            (services / f"{name}.json").touch(0o600)
        shutil.copy(gateway.database, services / "with/service.db")
        own = {"key.pem": "k", ".hidden.txt": "h", "it's $(odd) \n.txt": "o", "-r.txt": "r"}
        for name, text in own.items():
            (services / "with" / name).write_text(text)
            (services / "with" / name).chmod(0o600)
        for name in ("service.db-wal", "service.db-shm"):  # of the moment
            (services / "with" / name).touch()
        (services / "with/link.txt").symlink_to("/etc/passwd")
        subprocess.run(["bash", "-euc", script], check=True, timeout=60, env={
            **os.environ, "STATE": str(gateway.database.parent), "COPY": str(copy)})
        assert {str(path.relative_to(copy)) for path in copy.glob("services/**/*.*")} == {
            "services/with.json", "services/with/service.db", "services/without.json",
            *(f"services/with/{name}" for name in own)}
        assert all((copy / "services/with" / name).read_text() == text
                   for name, text in own.items())
        client(gateway, "newer")

        assert gateway.stop() == 0
        assert {path.stat().st_mode & 0o077 for path in copy.rglob("*")} == {0}
        shutil.rmtree(gateway.database.parent)
        shutil.copytree(copy, gateway.database.parent)
        gateway.redis.ask("FLUSHALL")
        gateway.start()
        gateway.settle()

        gateway.dvara("audit", "verify")
        gateway.dvara("client", "show", "newer", expect=3)
        assert party.userinfo(tokens["access_token"]).status_code == 401
        assert "access_token" in party.refresh(tokens["refresh_token"]).json()
        again = party.tokens(Browser(gateway), persona=ROWAN["short_name"])
        assert party.id_token(again)["sub"] == subject


def told(gateway, *words):
    """(exit code, standard error) of a command."""
    done = subprocess.run([gateway.bin / "dvara", *map(str, words), "--config", gateway.config],
                          capture_output=True, text=True, env=gateway.environment(), timeout=60,
                          check=False)
    return done.returncode, done.stderr


def test_a_lost_pairwise_key_is_not_made_anew(tmp_path):
    """With people in the database; one line says what to do, and brought back it starts."""
    with Gateway(tmp_path) as gateway:
        key = gateway.database.parent / "pairwise.key"
        assert gateway.stop() == 0
        key.rename(tmp_path / "kept")
        gateway.start()  # a twin: nobody is known yet
        gateway.apply("person", [ROWAN])
        party = client(gateway, "rp", jwt_tools.ec_key())
        subject = party.id_token(party.tokens(Browser(gateway), persona=ROWAN["short_name"]))["sub"]
        assert gateway.stop() == 0
        key.rename(tmp_path / "kept")
        with pytest.raises(RuntimeError, match="ended with 1"):
            gateway.start()
        for words in (("serve",), ("check",), ("client", "list")):
            code, line = told(gateway, *words)
            assert code == 1 and line.count("\n") == 1, line
            assert "pairwise.key is missing" in line and "backup" in line
        assert not key.exists()
        (tmp_path / "kept").rename(key)
        gateway.start()
        again = party.id_token(party.tokens(Browser(gateway), persona=ROWAN["short_name"]))["sub"]
        assert again == subject


def test_check_says_that_redis_is_away(tmp_path):
    with Gateway(tmp_path) as gateway:
        assert "Redis" not in json.dumps(gateway.dvara("check")["warnings"])
        gateway.redis.kill()
        warnings = [one for one in gateway.dvara("check")["warnings"] if "Redis" in one]
        assert len(warnings) == 1 and gateway.redis.path in warnings[0], warnings
        gateway.redis.start()


def test_an_id_that_begins_as_an_option_does(gateway):
    gateway.dvara("consent", "withdraw", "--7jiJ1cv-fgBURY6RGEw", expect=3)
    code, line = told(gateway, "consent", "withdraw", "--7jiJ1cv-fgBURY6RGEw")
    assert code == 2 and "there is no such option" in line


def test_what_client_new_printed_is_to_be_filled_in(gateway, tmp_path):
    """Applied as it is it says so, and is applied."""
    printed = gateway.dvara("client", "new", "fresh")
    for changes, left in (
            ({}, "service.example/callback leads nowhere"),
            ({"redirect_uris": ["https://fresh.test/cb"]}, "client_name"),
            ({"redirect_uris": ["https://fresh.test/cb"], "client_name": "Fresh",
              "policy_uri": "https://a.b.example:444/x"}, "a.b.example"),
            ({"redirect_uris": ["https://fresh.test/cb"], "client_name": "Fresh",
              "policy_uri": "https://fresh.test/example?x=.example"}, None)):
        (tmp_path / "client.json").write_text(json.dumps({**printed, **changes}))
        code, line = told(gateway, "client", "apply", tmp_path / "client.json")
        assert code == 0, line
        assert line.startswith("dvara: warning: ") and left in line if left else line == "", line


def test_the_provider_that_it_shows_is_taken(tmp_path):
    files = tmp_path / "providers"
    files.mkdir()
    shown = re.search(r"```json\n(.*?)```", MANUAL, re.S)[1]
    (files / "campus.json").write_text(shown)
    (files / "campus.secret").write_text("s3cret\n")
    (files / "campus.secret").chmod(0o600)
    with Gateway(tmp_path, {"upstream.folder": files, "login.methods": "upstream"}) as gateway:
        assert gateway.dvara("check")["ok"]
        party = client(gateway, "student-office", jwt_tools.ec_key())
        browser = Browser(gateway)
        browser.http.headers["Accept-Language"] = "fr"
        text = browser.get(party.authorize(browser).headers["Location"]).text
        assert "login-upstream-campus" in text and "Compte universitaire" in text


def test_every_series_it_names_is_there(gateway):
    """Those that count what has not happened yet, too."""
    source = "".join(path.read_text() for path in (ROOT / "gateway").rglob("*.c"))
    for name in re.findall(r"`(dvara_\w+?)_?[{*`]", MANUAL):
        assert f'"{name}' in source, name
