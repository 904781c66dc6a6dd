# SPDX-License-Identifier: Apache-2.0
"""Under a gateway that is root each service is a user of its own, wherever the folders lie: these
are below one of root's that is closed to everybody else, as those of the demo are."""

import json
import os
import subprocess

import pytest
from authlib.jose import JsonWebKey

from gateway import programs
from services import Caller, gateway_with, plugin

pytestmark = pytest.mark.skipif(os.geteuid() != 0, reason="the gateway is not root")


@pytest.fixture(scope="module")
def closed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("closed")
    folder.chmod(0o700)
    for id_ in ("burglar", "borrower"):
        plugin(folder, id_)
    with gateway_with(folder, "burglar", "borrower") as running:
        caller = Caller(running, "burglar", "borrower")
        caller.tokens = {id_: caller.token(id_) for id_ in ("burglar", "borrower")}
        is_back(caller)
        yield caller


def is_back(caller):
    caller.is_back("burglar", caller.tokens["burglar"], path="/")
    caller.is_back("borrower", caller.tokens["borrower"], path="/who")


def uid(caller):
    return caller.call("burglar", "/", caller.tokens["burglar"]).json()["uid"]


def state(caller, id_):
    return caller.gateway.folder / "state/services" / id_


def stored(caller, path, **params):
    answer = caller.call("borrower", path, caller.tokens["borrower"], params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_closed_folders_leave_nobody_root(closed):
    """Its store works, its folder can be read, and what is above cannot be passed."""
    assert 60706 <= uid(closed) < 61106
    assert "stays root" not in closed.gateway.log()
    note = stored(closed, "/write", text="x")
    assert stored(closed, "/read", id=note["id"])["text"] == "x"
    assert {path.stat().st_uid for path in state(closed, "borrower").iterdir()} == \
        {state(closed, "borrower").stat().st_uid}
    for path in (closed.gateway.folder, closed.gateway.config):
        assert closed.call("burglar", "/read", closed.tokens["burglar"],
                           params={"path": path}).json()["error"] == "EACCES"


def test_the_clock_of_the_gateway_is_theirs(closed):
    """What is read by descriptor stays what it is."""
    now = stored(closed, "/write", id="clock", text="x") and stored(closed, "/read", id="clock")
    with closed.gateway.clock(100):
        assert stored(closed, "/read", id="clock")["now"] >= now["now"] + 100


def test_the_same_number_after_a_restart_and_none_twice(closed):
    before, note = uid(closed), stored(closed, "/write", text="kept")
    assert closed.gateway.stop() == 0
    os.chown(state(closed, "borrower"), before, before)  # as two names with one hash would
    closed.gateway.start()
    is_back(closed)
    uids = {state(closed, id_).stat().st_uid for id_ in ("burglar", "borrower")}
    assert len(uids) == 2 and uid(closed) in uids
    assert stored(closed, "/read", id=note["id"])["text"] == "kept"
    numbers = [state(closed, id_).stat().st_uid for id_ in ("burglar", "borrower")]
    closed.gateway.restart()
    is_back(closed)
    assert [state(closed, id_).stat().st_uid for id_ in ("burglar", "borrower")] == numbers


def test_another_first_number(closed):
    note = stored(closed, "/write", text="moved")
    closed.gateway.settings["services.first_uid"] = 300000
    closed.gateway.config_write()
    closed.gateway.restart()
    is_back(closed)
    assert 300000 <= uid(closed) < 300400
    assert stored(closed, "/read", id=note["id"])["text"] == "moved"
    del closed.gateway.settings["services.first_uid"]
    closed.gateway.config_write()
    closed.gateway.restart()
    is_back(closed)
    assert 60706 <= uid(closed) < 61106


def test_root_by_order_alone(closed):
    """0 is said at each start, and is root without its powers."""
    seen = len(closed.gateway.log())
    closed.gateway.settings["services.first_uid"] = 0
    closed.gateway.config_write()
    closed.gateway.restart()
    try:
        is_back(closed)
        assert uid(closed) == 0
        closed.gateway.wait_for_log("stays root, without its powers", since=seen, n=2)
        assert closed.call("burglar", "/read", closed.tokens["burglar"],
                           params={"path": closed.gateway.config}).json()["error"] == "EACCES"
    finally:
        del closed.gateway.settings["services.first_uid"]
        closed.gateway.config_write()
        closed.gateway.restart()
    is_back(closed)


def spoil_folder(place):
    place.chmod(0o700)
    return f"{place}: user 6"


def spoil_setting(place):
    place.joinpath("settings.json").write_text('{"key": "key.json"}')
    place.joinpath("key.json").write_text("{}")
    place.joinpath("key.json").chmod(0o600)
    return "key.json: user 6"


def spoil_far_setting(place):
    file = place.parent / "far.json"
    file.write_text("{}")
    place.joinpath("settings.json").write_text(f'{{"key": "{file}"}}')
    return f"{file}: user 6"


@pytest.mark.parametrize("spoil", [spoil_folder, spoil_setting, spoil_far_setting])
def test_what_its_user_may_not_read_is_said_and_it_does_not_start(tmp_path, spoil):
    why = spoil(plugin(tmp_path, "borrower"))
    plugin(tmp_path, "hostile")
    with gateway_with(tmp_path, "borrower", "hostile") as running:
        caller = Caller(running, "borrower", "hostile")
        running.wait_for_log(why, within_s=30)
        assert "may not read it" in running.log() and "stays root" not in running.log()
        caller.is_back("hostile", caller.token("hostile"))
        answer = caller.call("borrower", "/who", caller.token("borrower"))
        assert answer.status_code in (502, 503)


def test_by_hand_root_says_whom_it_becomes(tmp_path):
    place = plugin(tmp_path, "hostile")
    client = tmp_path / "client.json"
    key = JsonWebKey.generate_key("EC", "P-256", {"kid": "k"}, True).as_dict(is_private=True)
    client.write_text(json.dumps({"client_id": "hostile", "private_jwks": {"keys": [key]}}))
    words = [programs() / "dvara-service", "--plugin", place / "hostile.so", "--socket",
             tmp_path / "s", "--gateway", "http://127.0.0.1:9", "--client", client]
    for more, why in (([], "--uid has to say whom it becomes"), (["--uid", "-1"], "usage"),
                      (["--uid", "x"], "usage"), (["--uid", "4294967295"], "usage")):
        done = subprocess.run([*words, *more], capture_output=True, text=True, timeout=20,
                              check=False)
        assert done.returncode in (1, 2) and why in done.stderr, done
    with subprocess.Popen([*words, "--uid", "60999"], stderr=subprocess.PIPE, text=True) as twin:
        assert any("hostile 1.0 on" in line for line in iter(twin.stderr.readline, ""))
        twin.terminate()
