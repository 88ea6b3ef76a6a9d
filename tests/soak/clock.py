"""Processes with a wrong clock, by Debian's faketime."""

import os
import shutil
import subprocess
import threading
import time


def environment(hours: int) -> dict[str, str]:
    """Return the environment of a process whose clock is wrong by this number of hours.

    It measures durations correctly: its monotonic clock is that of the system.
    """
    if not hours:
        return dict(os.environ)
    program = shutil.which("faketime")
    if program is None:
        raise FileNotFoundError("faketime is not installed: apt-get install faketime")
    # The faketime program would be the parent of the process, so use only its library.
    library = subprocess.run(
        [program, "-m", "-f", "+0", "printenv", "LD_PRELOAD"],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.strip()
    return {
        **os.environ,
        "LD_PRELOAD": library,
        "FAKETIME": f"{hours:+d}h",
        "DONT_FAKE_MONOTONIC": "1",
    }


def repair_sleep() -> None:
    """Let time.sleep work in such a process: faketime breaks the system call that Python uses for it."""

    def sleep(seconds: float) -> None:
        threading.Event().wait(seconds)

    if "FAKETIME" in os.environ:
        time.sleep = sleep  # type: ignore[assignment]
