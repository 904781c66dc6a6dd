# SPDX-License-Identifier: Apache-2.0
"""The demo's processes, each known by a file in DIR/run: its number, and when it began, so that a
number that went to another process since is never signalled."""
import os
import signal
import subprocess
import time

from .fault import Stop

ORDER = ("portal", "gateway", "redis")  # in which they are stopped
STOP_S = 20  # the gateway answers what is under way, for 15 s at most


def start(place, name, words, env=None):
    """Begins a process in a session of its own: Ctrl-C in the terminal is ours alone."""
    log = place / f"log/{name}.log"
    log.parent.mkdir(mode=0o700, exist_ok=True)
    with open(log, "ab") as out:
        child = subprocess.Popen([str(word) for word in words], stdin=subprocess.DEVNULL, stdout=out,
                                 stderr=out, cwd=place.dir, start_new_session=True,
                                 env={**os.environ, **(env or {})})
    place.write(f"run/{name}", f"{child.pid} {_began(child.pid)}\n")
    return child


def wait_for(place, name, child, is_ready, seconds=60):
    """Until is_ready() is true; a process that ends instead says why in its log."""
    until = time.monotonic() + seconds
    while not is_ready():
        if child.poll() is not None:
            raise Stop(f"{name} ended while starting: {last_line(place, name)}")
        if time.monotonic() > until:
            raise Stop(f"{name} is not ready after {seconds} s: see {place / 'log'}/{name}.log")
        time.sleep(0.05)


def last_line(place, name):
    try:
        lines = (place / f"log/{name}.log").read_text(errors="replace").split("\n")
    except OSError:
        lines = []
    return next((line for line in reversed(lines) if line.strip()), "it said nothing")


def running(place):
    """{name: pid} of what runs."""
    found = {}
    for name in ORDER:
        try:
            pid, began = (place / f"run/{name}").read_text().split()
        except (OSError, ValueError):
            continue
        if _began(int(pid)) == began:
            found[name] = int(pid)
    return found


def stop(place):
    """Stops what runs, in order; returns the names."""
    stopped = []
    for name, pid in running(place).items():
        _end(pid)
        stopped.append(name)
    for name in ORDER:
        (place / f"run/{name}").unlink(missing_ok=True)
    return stopped


def _end(pid):
    began = _began(pid)
    for number, seconds in ((signal.SIGTERM, STOP_S), (signal.SIGKILL, 5)):
        try:
            os.kill(pid, number)
        except ProcessLookupError:
            return
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            _reap(pid)
            if _began(pid) != began:
                return
            time.sleep(0.05)
    raise Stop(f"process {pid} does not end")


def _reap(pid):
    """A child of ours that has ended stays in the table until it is asked for."""
    try:
        os.waitpid(pid, os.WNOHANG)
    except ChildProcessError:
        pass


def _began(pid):
    """The start time of a living process, in clock ticks since boot (proc(5)); or None."""
    try:
        with open(f"/proc/{pid}/stat", encoding="utf-8", errors="replace") as stat:
            fields = stat.read().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]
