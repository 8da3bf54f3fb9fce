"""Finds every action that the code can write into the audit, by reading the code."""

import ast
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[2]


def sources() -> list[Path]:
    """Return the code that runs in operation."""
    return sorted(
        path
        for path in PACKAGE.rglob("*.py")
        if "tests" not in path.parts and "migrations" not in path.parts and path.name != "conftest.py"
    )


def actions_in(path: Path) -> Iterator[tuple[str | None, str]]:
    """Yield every action that a file can record, with its place; None where it cannot be told."""
    reader = _Reader(ast.parse(path.read_text(encoding="utf-8")))
    for function in reader.functions:
        for call in reader.calls(function, "audit.record"):
            for text in reader.texts(call.args[0], function):
                yield text, f"{path.relative_to(PACKAGE)}:{call.lineno}"


class _Reader:
    def __init__(self, module: ast.Module) -> None:
        self.module = module
        self.functions = [node for node in ast.walk(module) if isinstance(node, ast.FunctionDef)]
        self._calls: dict[ast.FunctionDef, dict[str, list[ast.Call]]] = {}

    def calls(self, function: ast.FunctionDef, name: str) -> list[ast.Call]:
        """Return the calls of a name in a function; each function is walked once."""
        if function not in self._calls:
            found = self._calls[function] = defaultdict(list)
            for node in ast.walk(function):
                if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
                    found[ast.unparse(node.func)].append(node)
        return self._calls[function].get(name, [])

    def texts(self, node: ast.expr, function: ast.FunctionDef) -> Iterator[str | None]:
        """Yield the texts that an expression in a function can be; None for one that cannot be told."""
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node.value
        elif isinstance(node, ast.IfExp):
            yield from self.texts(node.body, function)
            yield from self.texts(node.orelse, function)
        elif isinstance(node, ast.Name):
            yield from self._named(node.id, function)
        elif isinstance(node, ast.JoinedStr):
            prefix, last = node.values
            assert isinstance(prefix, ast.Constant)
            assert isinstance(last, ast.FormattedValue)
            for text in self.texts(last.value, function):
                yield None if text is None else f"{prefix.value}{text}"
        else:
            yield None

    def _named(self, name: str, function: ast.FunctionDef) -> Iterator[str | None]:
        names = [argument.arg for argument in function.args.args]
        by_name = [argument.arg for argument in function.args.kwonlyargs]
        values = [*_assigned(function, name), *_assigned(self.module, name)]
        callers = [(caller, call) for caller in self.functions for call in self.calls(caller, function.name)]
        if name in [*names, *by_name] and callers:
            for caller, call in callers:
                given = dict(zip(names, call.args, strict=False)) | {word.arg: word.value for word in call.keywords}
                yield from self.texts(given[name], caller)
        elif values:
            for value in values:
                yield from self.texts(value, function)
        else:
            yield None


def _assigned(scope: ast.FunctionDef | ast.Module, name: str) -> Iterator[ast.expr]:
    for line in ast.walk(scope) if isinstance(scope, ast.FunctionDef) else scope.body:
        if isinstance(line, ast.Assign) and any(isinstance(to, ast.Name) and to.id == name for to in line.targets):
            yield line.value
