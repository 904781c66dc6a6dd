# SPDX-License-Identifier: Apache-2.0
"""The disk is full, the database is damaged, another process holds it."""

import contextlib
import os
import sqlite3
import subprocess
import time

import pytest

from journey import (
    Journey, assert_away, assert_back, assert_nothing_lost, client, started,
    sums)
from test_configuration import refusal

DISK = "8m"


@pytest.fixture
def small_disk(tmp_path):
    """A folder of 8 MB."""
    place = tmp_path / "disk"
    place.mkdir()
    if os.geteuid() != 0 or subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={DISK}", "none", place],
            capture_output=True, check=False).returncode != 0:
        pytest.skip("a full disk needs a tmpfs of its own, and that needs root")
    yield place
    subprocess.run(["umount", "-l", place], check=True)


def fill(place):
    """To the last byte."""
    with open(place / "filler", "wb", buffering=0) as filler, contextlib.suppress(OSError):
        while True:
            filler.write(b"x" * 4096)


@pytest.mark.parametrize("step", ["sign_in", "allow", "after_consent", "token", "userinfo"])
def test_a_full_disk(tmp_path, small_disk, step):
    with started(tmp_path, {"sql.database": f"sqlite:{small_disk}/dvara.db"}) as gateway:
        gateway.database = small_disk / "dvara.db"
        rp = client(gateway)
        Journey(gateway, rp).finish()
        broken = Journey(gateway, rp).until(step)
        before = sums(gateway)
        fill(small_disk)
        until_full(gateway)
        answer = broken.next()
        assert_away(answer, step)
        assert gateway.health("live").status_code == 200
        (small_disk / "filler").unlink()
        assert_back(gateway)
        assert gateway.health("ready").status_code == 200
        assert_nothing_lost(gateway, before)


def until_full(gateway):
    """The log that SQLite has made room for already takes some rows yet."""
    for _ in range(400):
        journey = Journey(gateway, gateway.other)
        with contextlib.suppress(AssertionError):
            journey.until("userinfo")
            continue
        return
    raise AssertionError("the disk does not fill")


def test_a_locked_database(gateway):
    """Another process that holds the lock for long: 503 in bounded time, then as before."""
    rp = client(gateway)
    journey = Journey(gateway, rp).until("allow")
    before = sums(gateway)
    holder = sqlite3.connect(gateway.database, isolation_level=None)
    holder.execute("BEGIN IMMEDIATE")
    began = time.monotonic()
    assert_away(journey.next())
    assert time.monotonic() - began < 60
    holder.execute("ROLLBACK")
    holder.close()
    assert_back(gateway)
    journey.finish()
    assert_nothing_lost(gateway, before)


DAMAGE = {
    "no database": lambda file: file.write_bytes(b"this is no database" * 1000),
    "header": lambda file: file.write_bytes(b"\xff" * 100 + file.read_bytes()[100:]),
    "cut": lambda file: file.write_bytes(file.read_bytes()[:5000]),
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_database(tmp_path, damage):
    with started(tmp_path) as gateway:
        assert_back(gateway)
        assert gateway.stop() == 0
        whole = gateway.database.read_bytes()
        damage(gateway.database)
        line = refusal(gateway)
        assert "dvara.db" in line, line
        done = subprocess.run(
            [gateway.bin / "dvara", "audit", "verify", "--config", gateway.config],
            capture_output=True, text=True, env=gateway.environment(), timeout=60, check=False)
        assert done.returncode == 1 and "dvara.db" in done.stderr, done.stderr
        gateway.database.write_bytes(whole)
        gateway.start()
        assert_back(gateway)


def test_a_database_of_a_newer_program(tmp_path):
    with started(tmp_path) as gateway:
        assert gateway.stop() == 0
        version = gateway.dvara("db", "status")
        with contextlib.closing(sqlite3.connect(gateway.database)) as link:
            table = next(name for (name,) in link.execute(
                "SELECT name FROM sqlite_schema WHERE type = 'table'") if "migration" in name)
            columns = [row[1] for row in link.execute(f"PRAGMA table_info({table})")]
            row = list(link.execute(f"SELECT * FROM {table} ORDER BY 1 DESC").fetchone())
            row[0] += 1
            link.execute(f"INSERT INTO {table} VALUES ({','.join('?' * len(columns))})", row)
            link.commit()
        assert "version" in refusal(gateway), version
        with contextlib.closing(sqlite3.connect(gateway.database)) as link:
            link.execute(f"DELETE FROM {table} WHERE {columns[0]} = ?", (row[0],))
            link.commit()
        gateway.start()
        assert_back(gateway)
