# SPDX-License-Identifier: Apache-2.0
"""Whether the ports are free."""
import socket

from .fault import Stop
from .place import HOST


def check_free(place):
    for name, port in place.ports.items():
        with socket.socket() as trial:
            trial.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                trial.bind((HOST, port))
                trial.listen(1)
            except PermissionError:
                raise Stop(f"port {port} ({name}) is for root only: give a --port over 1023") \
                    from None
            except OSError:
                raise Stop(f"port {port} ({name}) is taken: stop what listens there, "
                           "or give another --port") from None
