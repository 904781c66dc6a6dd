# SPDX-License-Identifier: Apache-2.0
"""What ends a command: one line that says what is wrong and what to do."""


class Stop(Exception):
    """Ends the command; its text is the line."""

    def __init__(self, text, code=1):
        super().__init__(text)
        self.code = code
