# SPDX-License-Identifier: Apache-2.0
"""With each failure: how the logs end of whatever the test had running.  A conftest takes the hook.
"""

import pathlib
import re

import pytest

LINES, COLUMNS = 30, 400
SERVED = re.compile(r'"level":"info".*"status":"[23]')
OF_OTHERS = {"redis.log"}


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item, call):
    report = (yield).get_result()
    if report.failed:
        for path in sorted(logs_of(item)):
            lines = [line[:COLUMNS] for line in path.read_text(errors="replace").split("\n")
                     if line and not SERVED.search(line)]
            report.sections.append((f"the end of {path}", "\n".join(lines[-LINES:])))


def logs_of(item):
    """In the folders that its fixtures are, or say that they have."""
    found = set()
    for value in getattr(item, "funcargs", {}).values():
        for name in ("log_file", "folder", "dir"):
            place = value if isinstance(value, pathlib.Path) else getattr(value, name, None)
            if isinstance(place, pathlib.Path):
                found |= {place} if place.is_file() else set(place.rglob("*.log"))
    return {path for path in found if path.name not in OF_OTHERS}
