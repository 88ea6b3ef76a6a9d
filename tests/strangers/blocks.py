"""Write the blocks of a page of the docs into files, as a reader does by hand.

A block that begins with the name of a file is written to it, and one in Python to use.py.
"""

import re
import sys
from pathlib import Path

page = Path(sys.argv[1]).read_text()
for language, text in re.findall(r"^```(\w+)\n(.*?)^```", page, re.DOTALL | re.MULTILINE):
    named = re.match(r"(?:--|#) (\S+\.\w+)\n", text)
    name = named[1] if named else "use.py"
    if (named or language == "python") and not Path(name).exists():
        Path(name).write_text(text)
