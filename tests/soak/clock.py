"""Processes whose clock is off, by Debian's faketime."""

import os
import shutil
import subprocess
import threading
import time


def environment(hours: int) -> dict[str, str]:
    """The environment of a process whose clock is off by so many hours.

    It measures durations right: its monotonic clock is the system's.
    """
    if not hours:
        return dict(os.environ)
    program = shutil.which("faketime")
    if program is None:
        raise FileNotFoundError("faketime is not installed: apt-get install faketime")
    # The program itself would stay between us and the process; its library alone does it.
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
    """Let time.sleep work in such a process: faketime breaks the call that Python makes for it."""

    def sleep(seconds: float) -> None:
        threading.Event().wait(seconds)

    if "FAKETIME" in os.environ:
        time.sleep = sleep  # type: ignore[assignment]
