"""The rules of the house that no ready-made tool checks; each returns what breaks it, as `file:line: sentence`."""

import ast
import re
import subprocess
import sys
from collections import defaultdict
from collections.abc import Iterable, Iterator
from pathlib import Path

PURE_STANDARD_LIBRARY = frozenset(
    {
        "__future__",
        "bisect",
        "collections",
        "collections.abc",
        "contextlib",
        "dataclasses",
        "datetime",
        "decimal",
        "difflib",
        "enum",
        "fractions",
        "functools",
        "hashlib",
        "heapq",
        "itertools",
        "math",
        "operator",
        "re",
        "string",
        "struct",
        "types",
        "typing",
        "uuid",
    }
)
ALLOWED_IMPORTS = {
    "domain": frozenset({"domain", "msgspec"}),
    "projections": frozenset({"projections", "domain", "msgspec"}),
}

IMPURE_CALLS = {
    "breakpoint": "stops for a person",
    "hash": "differs from process to process",
    "id": "differs from process to process",
    "input": "asks the world",
    "now": "asks the clock; take the time as an argument",
    "open": "asks the world",
    "print": "tells the world",
    "today": "asks the clock; take the day as an argument",
    "utcnow": "asks the clock; take the time as an argument",
    "uuid1": "is random; take the id as an argument",
    "uuid4": "is random; take the id as an argument",
    "__import__": "imports behind the guard's back",
}

MODULE_LINES_MAX = 400
CODE = ("domain", "projections", "adapters", "bin", "examples")

STORED_NAME = re.compile(r"[a-z_]+\.[a-z_]+\.v[0-9]+")

# Written in pieces, or these lines would be found by their own guard.
OF_A_MACHINE = re.compile(
    "|".join(
        (
            r"(?<![\w.])/wor" + "k/",
            r"/tm" + "p/gh/",
            r"\.pyen" + "v/",
            r"pypi\.or" + "g",
            r"pythonhoste" + "d",
            r"npmjs\.co" + "m",
            r"deb\.debia" + r"n\.org",
            r"(?:--|extra-)index-ur" + "l",
            r"/simpl" + "e/",
        )
    )
)


def foreign_imports(root: Path, package: str) -> list[str]:
    """Imports of anything that the package may not know."""
    allowed = ALLOWED_IMPORTS[package]
    return [
        f"{where}: {package} may not import {module}"
        for path in modules(root, package)
        for where, module in _imports(root, path)
        if module.partition(".")[0] not in allowed and module not in PURE_STANDARD_LIBRARY
    ]


def impure_calls(root: Path, package: str) -> list[str]:
    """Calls that make two replays of the same events differ, or that meet the world."""
    return [
        f"{where}: {name}() {IMPURE_CALLS[name]}"
        for path in modules(root, package)
        for where, name in _names_used(root, path)
        if name in IMPURE_CALLS
    ]


def stored_names_used_twice(root: Path) -> list[str]:
    """Stored names of events that two classes claim."""
    claimed = defaultdict(list)
    for path in modules(root, "domain"):
        for node in ast.walk(_parsed(path)):
            if isinstance(node, ast.ClassDef):
                for name in _stored_names(node):
                    claimed[name].append(f"{path.relative_to(root)}:{node.lineno}")
    return [f"{', '.join(places)}: {name} is claimed twice" for name, places in claimed.items() if len(places) > 1]


def modules_too_long(root: Path, allowed: frozenset[str] = frozenset()) -> list[str]:
    found = []
    for package in CODE:
        for path in modules(root, package):
            lines = len(path.read_text().splitlines())
            name = str(path.relative_to(root))
            if lines > MODULE_LINES_MAX and name not in allowed:
                found.append(
                    f"{name}:{lines}: a module has at most {MODULE_LINES_MAX} lines; find the second idea in it"
                )
    return found


def imports_of_bin(root: Path) -> list[str]:
    return [
        f"{where}: nobody imports bin"
        for package in ("domain", "projections", "adapters")
        for path in modules(root, package)
        for where, module in _imports(root, path)
        if module.partition(".")[0] in {"bin", "_bootstrap", "_steps"}
    ]


def imports_of_ours_in_examples(root: Path) -> list[str]:
    """Imports of the registry's code in a program that a partner is to copy and run without it."""
    return [
        f"{where}: an example runs without {module}"
        for path in modules(root, "examples")
        for where, module in _imports(root, path)
        if module.partition(".")[0] in {"domain", "projections", "adapters", "tests", "bin"}
    ]


def imports_that_a_bare_machine_lacks(root: Path) -> list[str]:
    """Imports in bin, whose scripts run before anything is installed, of more than the standard library."""
    return [
        f"{where}: bin runs before {module} is installed"
        for path in sorted((root / "bin").iterdir())
        if path.is_file()
        for where, module in _imports(root, path)
        if module.partition(".")[0] not in {*sys.stdlib_module_names, "_bootstrap"}
    ]


def words_of_a_machine(root: Path, files: Iterable[Path]) -> list[str]:
    """Paths and hosts of the machine a file was written on, which mean nothing on any other."""
    here = str(root)
    found = []
    for path in files:
        for number, line in enumerate(path.read_text(errors="ignore").splitlines(), start=1):
            if OF_A_MACHINE.search(line) or (len(root.parts) > 2 and here in line):
                found.append(f"{path.relative_to(root)}:{number}: names a path or a host of one machine")
    return found


def addresses_in_lock_file(root: Path) -> list[str]:
    lines = (root / "requirements.lock").read_text().splitlines()
    found = []
    for number, line in enumerate(lines, start=1):
        if not line.startswith("#") and ("://" in line or line.lstrip().startswith(("-i", "--index", "--extra", "-f"))):
            found.append(f"requirements.lock:{number}: the lock file names no address")
    return found


def without_reason(ignored: Iterable[str]) -> list[str]:
    """Ignored lint rules without a comment; a rule that follows another of its family may share its reason."""
    found, reasoned_family = [], ""
    for line in ignored:
        code = line.split('"')[1]
        family = code.rstrip("0123456789")
        if "#" in line:
            reasoned_family = family
        elif family != reasoned_family:
            found.append(f"pyproject.toml: {code} is ignored without a reason")
    return found


def files_of_the_repository(root: Path) -> list[Path]:
    """Everything that is, or would be, committed."""
    command = ("git", "ls-files", "-z", "--cached", "--others", "--exclude-standard")
    listed = subprocess.run(command, cwd=root, check=True, capture_output=True).stdout.decode().split("\0")
    return [root / name for name in listed if name and (root / name).is_file()]


def modules(root: Path, package: str) -> list[Path]:
    return sorted((root / package).rglob("*.py"))


def _parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text(), filename=str(path))


def _imports(root: Path, path: Path) -> Iterator[tuple[str, str]]:
    for node in ast.walk(_parsed(path)):
        where = f"{path.relative_to(root)}:{getattr(node, 'lineno', 0)}"
        if isinstance(node, ast.Import):
            yield from ((where, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield where, node.module or ""


def _names_used(root: Path, path: Path) -> Iterator[tuple[str, str]]:
    """Names that are called, methods that are called, and methods that are handed on (`default_factory=uuid.uuid4`)."""
    for node in ast.walk(_parsed(path)):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            yield f"{path.relative_to(root)}:{node.lineno}", node.func.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Load) and _is_of_a_module(node):
            yield f"{path.relative_to(root)}:{node.lineno}", node.attr
        elif isinstance(node, ast.ImportFrom):
            yield from ((f"{path.relative_to(root)}:{node.lineno}", alias.name) for alias in node.names)


def _is_of_a_module(node: ast.Attribute) -> bool:
    """Whether it is taken from a module or class of the standard library, and not a field of a value of ours."""
    owner = node.value
    name = owner.attr if isinstance(owner, ast.Attribute) else owner.id if isinstance(owner, ast.Name) else ""
    return name in {"datetime", "date", "uuid", "builtins"}


def _stored_names(node: ast.ClassDef) -> Iterator[str]:
    for statement in node.body:
        value = statement.value if isinstance(statement, ast.Assign | ast.AnnAssign) else None
        if isinstance(value, ast.Constant) and isinstance(value.value, str) and STORED_NAME.fullmatch(value.value):
            yield value.value
