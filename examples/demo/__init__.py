"""The parts of the demo around the executor: a server, people who answer, progress, and pictures."""
