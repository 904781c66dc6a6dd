# SPDX-License-Identifier: Apache-2.0
"""up, down and status: the demo as a whole.

A folder that was made by the same recipe for the same address is used again, consents and all;
otherwise it is made anew."""
import contextlib
import fcntl
import hashlib
import os
import shutil
import signal
import sys
import time
from pathlib import Path

from . import (cards, clients, people, pki, portal, ports, processes, purposes, redis,
               services)
from .fault import Stop
from .gateway import Gateway
from .place import Place, default_folder

MADE = ("cards", "clients", "log", "operators", "pki", "redis", "run", "services", "state", "wallets",
        "dvara.conf", "made.json", "people.json", "place.json", "portal.json", "redis.sock")


def up(place, detach):
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.default_int_handler)  # as Ctrl-C
    with _alone(place):
        if _is_up(place):
            return
        ports.check_free(place)
        try:
            _begin(place)
        except BaseException:
            processes.stop(place)
            raise
    _tell(place)
    if detach:
        print(f"Stop it with: deploy/demo down{_dir_word(place)}")
        return
    print("Ctrl-C stops everything.", flush=True)
    _watch(place)


def down(folder):
    """By the files of the processes alone: whatever else the folder lacks."""
    stopped = processes.stop(Path(folder))
    print("stopped: " + ", ".join(stopped) if stopped else "nothing was running")


def status(place):
    if len(processes.running(place)) < len(processes.ORDER):
        raise Stop(f"the demo in {place.dir} is not running: deploy/demo up{_dir_word(place)}")
    found = {"issuer": place.issuer, "portal": place.portal,
             "web_wallet": place.wallet, "management": place.management,
             "dir": str(place.dir), "bin": str(place.bin),
             "config": str(place / "dvara.conf"), "wallets": people.wallets(place),
             "cards": cards.files(place), "card_ca": cards.authority_files(place),
             "clients": clients.files(place)}
    if place.tls:
        found["ca_file"] = str(place.ca_file)
        found["mtls"] = place.mtls
        found["client_ca"] = {"certificate": str(place / "pki/client-ca.pem"),
                              "key": str(place / "pki/client-ca.key")}
    return found


def _is_up(place):
    """What a crash left behind is stopped."""
    running = processes.running(place)
    if len(running) < len(processes.ORDER):
        if running:
            _say("stopping what is left of the last time: " + ", ".join(running))
        processes.stop(place)
        return False
    there = Place.of(place.dir)
    if there.issuer != place.issuer:
        raise Stop(f"the demo in {place.dir} runs at {there.issuer}: "
                   f"deploy/demo down{_dir_word(place)} first")
    print(f"It is running already: {there.portal}")
    return True


def _begin(place):
    gateway = Gateway(place)
    ids = services.built(place)
    recipe = _recipe(place, ids)
    is_new = not _is_made(place, recipe)
    if is_new:
        if (place / "made.json").exists():
            _say("what it is made of has changed, or its address: making it anew")
        _clear(place)
        _say("making keys and certificates")
        pki.make(place)
        cards.make(place)
    place.keep()
    gateway.configure(ids)
    services.install(place, gateway, ids)
    _say("starting Redis")
    redis.start(place)
    gateway.dvara("db", "migrate")
    if is_new:
        _say("registering people and relying parties")
        people.register(place, gateway)
        clients.make(place, gateway)
        services.fill(place, gateway, ids)
    enabled = os.environ.get("DVARA_SERVICES_ENABLED", " ".join(ids)).split()
    _say(" and ".join(["starting the gateway", *([", ".join(enabled)] if enabled else [])]))
    gateway.start()
    if is_new:
        purposes.register(place, gateway)
        _say("putting credentials into the wallets")
        people.fill_wallets(place, gateway)
        people.settle(place, gateway)
        place.write("made.json", {"recipe": recipe, "issuer": place.issuer})
    _say("starting the portal")
    portal.start(place)


def _recipe(place, ids):
    """Changes when what a demo is made of changes; a service that is new there has nothing to work
    with yet."""
    digest = hashlib.sha256(" ".join(ids).encode())
    for folder in ("conf/demo", "deploy/lib/demo"):
        for path in sorted((place.root / folder).rglob("*")):
            if path.suffix in (".json", ".py"):
                digest.update(str(path.relative_to(place.root)).encode() + path.read_bytes())
    return digest.hexdigest()


def _is_made(place, recipe):
    try:
        return place.read("made.json") == {"recipe": recipe, "issuer": place.issuer}
    except (OSError, ValueError):
        return False


def _clear(place):
    """Never a file that is not ours."""
    strangers = {path.name for path in place.dir.iterdir()} - set(MADE) - {"lock"}
    if strangers:
        raise Stop(f"{place.dir} holds what is not of a demo ({min(strangers)}): "
                   "give another --dir")
    for name in MADE:
        path = place / name
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)


@contextlib.contextmanager
def _alone(place):
    try:
        place.dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        lock = os.open(place / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise Stop(f"{place.dir}: {error.strerror}; give another --dir") from None
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        yield
    except BlockingIOError:
        raise Stop(f"another deploy/demo up is at work in {place.dir}") from None
    finally:
        os.close(lock)


def _watch(place):
    """Until Ctrl-C; a process that ends takes the others with it."""
    started = processes.running(place)
    try:
        while processes.running(place) == started:
            time.sleep(0.5)
        if not (place / "run/gateway").exists():
            _say("stopped by deploy/demo down")
            return
        gone = min(set(started) - set(processes.running(place)))
        raise Stop(f"{gone} ended: {processes.last_line(place, gone)}")
    except KeyboardInterrupt:
        print("\nstopping", flush=True)
    finally:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        processes.stop(place)


def _tell(place):
    names = ", ".join(people.wallets(place))
    where = _dir_word(place)
    print(f"""
Dvara is running.
  Portal      {place.portal}
  Web wallet  {place.wallet}
  Gateway     {place.issuer}/.well-known/openid-configuration
  Management  {place.management}/health/ready   {place.management}/metrics
  Personas    {names}

Open the portal and sign in: the page has a test sign-in, and shows the wallet's way. Without a
browser: deploy/demo login{where} --persona sophea
What is where: deploy/demo status{where}
""".rstrip(), flush=True)


def _dir_word(place):
    return "" if str(place.dir) == default_folder() else f" --dir {place.dir}"


def _say(text):
    print(f"deploy/demo: {text}", file=sys.stderr, flush=True)
