"""From the names of SQL to those of Python."""

import builtins
import keyword
import re

# What generated modules mean by these names.
_TAKEN = frozenset({"conn", "cursor", "row"})


def snake_case(name: str) -> str:
    """`GetHTTPServer` and `getHTTPServer` become `get_http_server`."""
    parted = re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", name)
    return identifier(parted.lower())


def constant(name: str) -> str:
    """`GetPack` becomes `GET_PACK`."""
    return snake_case(name).rstrip("_").upper()


def class_name(name: str) -> str:
    """`workflow_execution` becomes `WorkflowExecution`."""
    return identifier("".join(part[:1].upper() + part[1:] for part in re.split(r"[\W_]+", name)))


def member_name(label: str) -> str:
    """`in-progress` becomes `IN_PROGRESS`."""
    return identifier(re.sub(r"\W+", "_", label).strip("_").upper() or "EMPTY")


def parameter_name(name: str) -> str:
    """A keyword gets an underscore, and so does a name that the function itself needs."""
    name = identifier(name)
    return f"{name}_" if name in _TAKEN else name


def identifier(name: str) -> str:
    """The nearest legal name: other characters become underscores, keywords get one."""
    legal = re.sub(r"\W", "_", name)
    if not legal or legal[0].isdigit():
        legal = f"_{legal}"
    return f"{legal}_" if keyword.iskeyword(legal) else legal


def is_builtin(name: str) -> bool:
    """Whether Python means something by this name."""
    return hasattr(builtins, name)
