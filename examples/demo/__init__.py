"""What the demo shows around the executor: a server, people who answer, progress, and pictures."""
