"""Run `make demo`, and draw its output into docs/demo.svg.

    python tools/draw_demo.py

The text and the colours are those of the run. Each run differs a little, because workers race. Run this again
when the output of the demo changes.
"""

import os
import re
import subprocess
import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

ROOT = Path(__file__).resolve().parent.parent
PICTURE = ROOT / "docs" / "demo.svg"
WIDTH = 100
FROM = "Workflow executions"  # After the list of what is stored.
TITLE = "make demo"


def run_demo() -> str:
    """Run the demo on its own server, and return its output, with colours."""
    environment = {name: value for name, value in os.environ.items() if name != "DATABASE_URL"}
    return subprocess.run(
        [sys.executable, ROOT / "examples" / "run_workflows.py", "--demo"],
        env=environment | {"FORCE_COLOR": "1", "TTY_INTERACTIVE": "0"},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    ).stdout


def draw(output: str) -> str:
    """Draw a terminal that shows the end of the output."""
    lines = Text.from_ansi(output).split()
    first = next(number for number, line in enumerate(lines) if line.plain.strip() == FROM)
    with Path(os.devnull).open("w") as nowhere:
        console = Console(file=nowhere, record=True, width=WIDTH, force_terminal=True)
        for line in lines[first:]:
            console.print(line)
    # A page must not load a font from another server.
    return re.sub(
        r"@font-face \{.*?\}\n",
        "",
        console.export_svg(title=TITLE, unique_id="demo"),
        flags=re.DOTALL,
    )


if __name__ == "__main__":
    PICTURE.write_text(draw(run_demo()))
