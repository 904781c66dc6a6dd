# SPDX-License-Identifier: Apache-2.0
"""The socket of a service is the gateway's: a call waits there while the service starts, and for its
successor where it ends; what is paused keeps nobody waiting; and nobody can take its place."""

import concurrent.futures
import json
import os
import select
import signal
import socket
import subprocess
import time

from authlib.jose import JsonWebKey

from gateway import programs
from services import Caller, gateway_with, plugin, program

PATIENCE_S = 60
N_AT_ONCE = 8

# It ends before it has taken a call.
ENDS = """#!/bin/sh
sleep 0.1
exit 3
"""
# /shut: what some servers do as they stop; /deaf: it lives on, and takes no more calls.
SHUTS = """#!/usr/bin/python3 -I
import os, signal, socket
listening = socket.socket(fileno=3)
listening.setblocking(False)
listening.setblocking(True)
while True:
    link = listening.accept()[0]
    path = link.recv(65536).split(b" ")[1]
    if path in (b"/shut", b"/deaf"):
        listening.shutdown(socket.SHUT_RDWR)
    body = b"%d" % os.getpid()
    link.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: %d\\r\\n\\r\\n%s" % (len(body), body))
    link.close()
    if path == b"/shut":
        os._exit(0)
    if path == b"/deaf":
        signal.pause()
"""
# One call after the other, none of whoever has gone; what it is told to die of it has read.
BUSY = """#!/usr/bin/python3 -I
import os, select, socket, time
listening = socket.socket(fileno=3)
while True:
    link = listening.accept()[0]
    path = link.recv(65536).split(b" ")[1]
    if path == b"/exit":
        os._exit(3)
    gone = select.poll()
    gone.register(link, select.POLLRDHUP)
    if gone.poll(0):
        link.close()
        continue
    time.sleep(0.4)
    try:
        link.sendall(b"HTTP/1.1 200 OK\\r\\nContent-Type: application/json\\r\\nContent-Length: 2\\r\\n\\r\\n{}")
    except OSError:
        pass  # who asked has gone
    link.close()
"""


def end(pid):
    """Has ended."""
    fd = os.pidfd_open(pid)
    signal.pidfd_send_signal(fd, signal.SIGKILL)
    assert select.select([fd], [], [], PATIENCE_S)[0], "it lives on"
    os.close(fd)


def test_a_call_while_it_is_started_anew_waits_for_it(tmp_path):
    """Whether it is seen already that there is none, or another is on its way."""
    plugin(tmp_path, "hostile")
    with gateway_with(tmp_path, "hostile") as running, \
            concurrent.futures.ThreadPoolExecutor(N_AT_ONCE) as pool:
        own = Caller(running, "hostile")
        token = own.token("hostile")
        pids = [own.call("hostile", token=token).json()["pid"]]  # while it is started
        for n in range(4):  # five ends would pause it
            end(pids[-1])
            if n % 2:
                running.wait_for_log("hostile ended by signal 9", n=n + 1)
            answers = list(pool.map(lambda _: own.call("hostile", token=token), range(N_AT_ONCE)))
            assert [answer.status_code for answer in answers] == [200] * N_AT_ONCE
            pid, = {answer.json()["pid"] for answer in answers}
            pids.append(pid)
        assert len(set(pids)) == len(pids)


def test_what_it_died_of_is_not_handed_to_its_successor(tmp_path):
    plugin(tmp_path, "hostile")
    with gateway_with(tmp_path, "hostile") as running:
        own = Caller(running, "hostile")
        token = own.token("hostile")
        own.is_back("hostile", token)
        for _ in range(3):
            assert own.dies("hostile", "/exit", token).status_code == 502
            own.is_back("hostile", token)
        assert running.log().count("hostile ended with code") == 3


def test_a_busy_one_is_not_killed(tmp_path):
    """It answers as many as it can; the others are told to come back, and it goes on."""
    program(tmp_path, "busy", BUSY)
    with gateway_with(tmp_path, "busy", services__deadline="2s") as running, \
            concurrent.futures.ThreadPoolExecutor(16) as pool:
        own = Caller(running, "busy")
        token = own.token("busy")
        own.is_back("busy", token)
        told = [one.status_code for one in pool.map(
            lambda _: own.call("busy", token=token), range(16))]
        assert 200 in told and 503 in told and set(told) <= {200, 503, 504}
        own.is_back("busy", token)
        assert "killed" not in running.log() and "ended" not in running.log()


def test_what_pauses_it_is_told_that_it_ended(tmp_path):
    """The fifth too, though the pause has begun when its caller hears of it."""
    program(tmp_path, "busy", BUSY)
    with gateway_with(tmp_path, "busy") as running:
        own = Caller(running, "busy")
        token = own.token("busy")
        for _ in range(5):
            own.is_back("busy", token)
            assert own.call("busy", "/exit", token).status_code == 502
        running.wait_for_log("ends again and again")


def test_who_waits_for_one_that_is_paused_is_told_so(tmp_path):
    program(tmp_path, "ends", ENDS)
    with gateway_with(tmp_path, "ends") as running:
        own = Caller(running, "ends")
        token = own.token("ends")
        until = time.monotonic() + PATIENCE_S
        while "nobody takes the call there" not in running.log():
            assert time.monotonic() < until, running.log()[-2000:]
            answer = own.call("ends", token=token)
            assert answer.status_code == 503 and "Retry-After" in answer.headers, answer.text


def test_a_socket_that_a_service_shuts_is_made_anew(tmp_path):
    program(tmp_path, "shuts", SHUTS)
    with gateway_with(tmp_path, "shuts", services__deadline="2s") as running:
        own = Caller(running, "shuts")
        token = own.token("shuts")
        own.is_back("shuts", token)
        pids = []
        for path in ("/shut", "/deaf", "/good"):
            answer = own.call("shuts", path, token)
            assert answer.status_code == 200, answer.text
            pids.append(answer.json())
            own.is_back("shuts", token)
        assert len(set(pids)) == len(pids), "each has come to its end"
        assert running.log().count("has shut its socket") == 2


def test_its_socket_has_no_name(tmp_path):
    """Nobody can put another in its place, and nothing is left of a gateway that was killed."""
    plugin(tmp_path, "hostile")
    with gateway_with(tmp_path, "hostile") as running:
        own = Caller(running, "hostile")
        own.is_back("hostile", own.token("hostile"))
        running.kill()
        running.start()
        own.is_back("hostile", own.token("hostile"))
        assert not [path for path in (running.folder / "state/services").iterdir()
                    if path.is_socket()]


def test_by_hand_it_is_given_any_socket_that_listens(tmp_path):
    place = plugin(tmp_path, "hostile")
    client = tmp_path / "client.json"
    key = JsonWebKey.generate_key("EC", "P-256", {"kid": "k"}, True).as_dict(is_private=True)
    client.write_text(json.dumps({"client_id": "hostile", "private_jwks": {"keys": [key]}}))
    listening, silent, network = (socket.socket(family) for family in (
        socket.AF_UNIX, socket.AF_UNIX, socket.AF_INET))
    listening.bind(str(tmp_path / "s"))
    for one in (listening, network):
        one.listen()

    def start(fd):
        return subprocess.Popen(
            [programs() / "dvara-service", "--plugin", place / "hostile.so", "--listen-fd", str(fd),
             "--gateway", "http://127.0.0.1:9", "--client", client, "--uid", "60999"],
            pass_fds=[listening.fileno(), silent.fileno(), network.fileno()],
            stderr=subprocess.PIPE, text=True)

    for fd, why in ((silent.fileno(), "the socket given"), (network.fileno(), "the socket given"),
                    (99, "the socket given"), (0, "usage"), ("x", "usage")):
        with start(fd) as twin:
            assert why in twin.stderr.read()
    with start(listening.fileno()) as twin, socket.socket(socket.AF_UNIX) as link:
        link.settimeout(PATIENCE_S)
        link.connect(str(tmp_path / "s"))
        link.sendall(b"GET /good HTTP/1.1\r\nHost: x\r\n\r\n")
        assert link.recv(65536).startswith(b"HTTP/1.1 401")
        twin.terminate()
