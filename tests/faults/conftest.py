# SPDX-License-Identifier: Apache-2.0
"""The fixtures of tests/flow, with a gateway of its own for each test: it will be broken."""

import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "flow"))

import pytest  # noqa: E402

from journey import started  # noqa: E402
from suite_logs import pytest_runtest_makereport  # noqa: E402, F401


@pytest.fixture
def gateway(tmp_path):
    with started(tmp_path) as running:
        yield running
