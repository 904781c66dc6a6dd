# SPDX-License-Identifier: Apache-2.0
"""What plugins/README.md says, done; a service in another language; golden conversations."""

import json
import os
import re
import shutil
import subprocess

import pytest

from gateway import ROOT, programs
from services import PERSONAS, Caller, Signer, gateway_with

GIVEN_NAME = PERSONAS[0]["claims"]["given_name"]
ENVIRONMENT = {**os.environ, "PATH": f"{programs()}:{os.environ['PATH']}"}


def commands(text):
    return "\n".join(re.findall(r"^```sh\n(.*?)^```", text, re.MULTILINE | re.DOTALL))


def shell(script, folder, expect=0):
    done = subprocess.run(["sh", "-eu", "-c", script], cwd=folder, env=ENVIRONMENT, text=True,
                          capture_output=True, timeout=120, check=False)
    assert done.returncode == expect, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(scope="module")
def work(tmp_path_factory):
    """A newcomer's folder, after all commands of the README."""
    folder = tmp_path_factory.mktemp("newcomer")
    shell(commands((ROOT / "plugins/README.md").read_text()), folder)
    return folder


def test_the_readme_leads_to_a_service_that_answers(work, tmp_path):
    (tmp_path / "services").mkdir()
    shutil.copytree(work / "greeting", tmp_path / "services/greeting")
    trust = tmp_path / "trust.json"
    trust.write_text(json.dumps({"keys": [json.loads((work / "signed.json").read_text())["jwk"]]}))
    with gateway_with(tmp_path, "greeting", services__allow_unsigned="no",
                      services__trust=trust) as running:
        caller = Caller(running, "greeting")
        token = caller.token("greeting", claims=["greeting/given_name"])
        caller.is_back("greeting", token, path="/hello")
        assert caller.call("greeting", "/hello", token).json() == {
            "hello": GIVEN_NAME, "visits": 2}
        token = caller.token("greeting", claims=["name"])
        assert caller.call("greeting", "/hello", token).json() == {"hello": None, "visits": 3}
        assert "NOT SIGNED" not in running.log()


@pytest.mark.parametrize("name", ["Greeting", "a", "../x", "x" * 33, "greeting"])
def test_names_that_are_none_or_taken(work, name):
    before = sorted(work.iterdir())
    assert subprocess.run([programs() / "dvara", "service", "new", name], cwd=work, timeout=20,
                          capture_output=True, check=False).returncode == (4 if name == "greeting" else 2)
    assert sorted(work.iterdir()) == before


def test_a_conversation_that_differs_is_told(work):
    conversation = json.loads((work / "greeting/conversation.json").read_text())
    conversation["calls"][0]["answer"]["body"]["visits"] = 2
    (work / "greeting/wrong.json").write_text(json.dumps(conversation))
    said = shell("dvara-service --plugin ./greeting.so --test wrong.json", work / "greeting", 1)
    assert "calls[0]" in said and '"visits":1' in said and "4 calls, 1 wrong" in said


def test_all_that_is_lent_in_a_conversation(tmp_path):
    """tests/plugins/borrower, without a gateway."""
    shutil.copy(programs().parent / "test-services/borrower.so", tmp_path)
    (tmp_path / "borrower.so").chmod(0o755)
    (tmp_path / "manifest.json").write_text(json.dumps({
        "id": "borrower", "version": "1", "name": {"en": "b"}, "summary": {"en": "b"},
        "attributes": [], "plugin": "borrower.so"}))
    said = shell(f"dvara-service --plugin ./borrower.so --test {ROOT}/tests/plugins/borrower.json",
                 tmp_path)
    assert "12 calls, 0 wrong" in said


def test_a_service_in_python(tmp_path):
    place = tmp_path / "services/python-service"
    shutil.copytree(ROOT / "deploy/examples/python-service", place)
    place.chmod(0o755)
    for file in place.iterdir():
        file.chmod(0o755 if file.suffix == ".py" else 0o644)
    signer = Signer(tmp_path)
    with gateway_with(tmp_path, "python-service", services__allow_unsigned="no",
                      services__trust=signer.trust) as running:
        signer.sign(running, place)
        running.restart()
        caller = Caller(running, "python-service")
        token = caller.token("python-service", claims=["python-service/given_name"])
        caller.is_back("python-service", token, path="/hello")
        answer = caller.call("python-service", "/hello", token).json()
        assert answer["hello"] == GIVEN_NAME and len(answer["you"]) == 43
        assert ("caller", "person.greeted") in running.sql(
            "SELECT client_id, status FROM event WHERE service_id = 'python-service'")
        assert caller.call("python-service", "/other", token).status_code == 404
        # What goes past the gateway's own check it would refuse itself.
        assert caller.call("python-service", "/hello", "x" * 40).status_code == 401
        # The bytes that were signed are the bytes that run.
        service = place / "service.py"
        service.write_text(service.read_text().replace("hello", "hallo"))
        running.restart()
        assert caller.call("python-service", "/hello", caller.token(
            "python-service")).status_code in (502, 503)
        running.wait_for_log("is not the file that its manifest means")
