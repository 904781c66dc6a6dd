# SPDX-License-Identifier: Apache-2.0
"""deploy/OPERATIONS.md: a copy is made while the gateway runs, and all that lasts comes back."""

import os
import re
import shutil
import subprocess
import time

import jwt_tools
from browser import Browser
from gateway import EPOCH_S, ROOT, Gateway
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
        subprocess.run(["bash", "-euc", script], check=True, timeout=60, env={
            **os.environ, "STATE": str(gateway.database.parent), "COPY": str(copy)})
        client(gateway, "newer")

        assert gateway.stop() == 0
        assert {path.stat().st_mode & 0o077 for path in copy.rglob("*")} == {0}
        shutil.rmtree(gateway.database.parent)
        shutil.copytree(copy, gateway.database.parent)
        gateway.redis.ask("FLUSHALL")
        gateway.start()
        time.sleep(EPOCH_S)

        gateway.dvara("audit", "verify")
        gateway.dvara("client", "show", "newer", expect=3)
        assert party.userinfo(tokens["access_token"]).status_code == 401
        assert "access_token" in party.refresh(tokens["refresh_token"]).json()
        again = party.tokens(Browser(gateway), persona=ROWAN["short_name"])
        assert party.id_token(again)["sub"] == subject


def test_every_series_it_names_is_there(gateway):
    """Those that count what has not happened yet, too."""
    source = "".join(path.read_text() for path in (ROOT / "gateway").rglob("*.c"))
    for name in re.findall(r"`(dvara_\w+?)_?[{*`]", MANUAL):
        assert f'"{name}' in source, name
