"""What can't be generated, and why; several problems are reported in one run."""


class Problem(Exception):
    """One thing that the plugin can't express, with the query or object, the reason and a way out."""


class Problems(Exception):
    """All of them."""

    def __init__(self, problems: list[Problem]) -> None:
        self.problems = problems
        super().__init__("\n".join(str(problem) for problem in problems))
