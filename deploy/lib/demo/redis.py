# SPDX-License-Identifier: Apache-2.0
"""A Redis of the demo's own, on a Unix socket."""
import socket

from . import processes


def start(place):
    (place / "redis").mkdir(mode=0o700, exist_ok=True)
    child = processes.start(place, "redis", [
        "redis-server", "--port", "0", "--unixsocket", place / "redis.sock",
        "--unixsocketperm", "700", "--dir", place / "redis", "--daemonize", "no",
        "--appendonly", "yes", "--save", "", "--maxmemory-policy", "noeviction"])
    processes.wait_for(place, "redis", child, lambda: _answers(place))


def _answers(place):
    try:
        with socket.socket(socket.AF_UNIX) as link:
            link.settimeout(5)
            link.connect(str(place / "redis.sock"))
            link.sendall(b"PING\r\n")
            return link.recv(16).startswith(b"+PONG")  # not while it still loads its file
    except OSError:
        return False
