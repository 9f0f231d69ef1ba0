"""Waiting, always with an end."""

import time

PATIENCE = 10.0  # seconds; far more than anything here takes, so that a slow machine fails nothing
_STEP = 0.01


class TookTooLong(Exception):
    """What was waited for did not come."""


def until(check, what, seconds=PATIENCE):
    """Returns the first true value of check(); `what` says in a failure what was waited for."""
    deadline = time.monotonic() + seconds
    while True:
        value = check()
        if value:
            return value
        if time.monotonic() >= deadline:
            raise TookTooLong(f"not within {seconds:g} s: {what}")
        time.sleep(_STEP)
