"""Run a command with DATABASE_URL on a new, migrated database, and drop it: scratch.py COMMAND ..."""

import os
import subprocess
import sys

from generate import ROOT, scratch_database

if __name__ == "__main__":
    with scratch_database(ROOT / "schema") as url:
        done = subprocess.run(sys.argv[1:], env=os.environ | {"DATABASE_URL": url}, check=False)
    sys.exit(done.returncode)
