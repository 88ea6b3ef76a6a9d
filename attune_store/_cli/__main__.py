"""Run the command line as a module."""

from attune_store._cli import main

main()
