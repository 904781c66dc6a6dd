# SPDX-License-Identifier: Apache-2.0
"""deploy/demo: the whole of Dvara on loopback. Read first: __main__.py, then up.py and login.py."""
