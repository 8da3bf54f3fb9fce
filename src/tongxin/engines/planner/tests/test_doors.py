"""Compiled code without a door to Python takes the process down when Python calls it: found by reading the code."""

import ast
from pathlib import Path

PLANNER = Path(__file__).resolve().parents[1]
_COMPILED = {"compiled", "door"}


def functions_of(module):
    """Yield (function, its decorators) of a module's top level."""
    for node in module.body:
        if isinstance(node, ast.FunctionDef):
            yield node, {mark.id for mark in node.decorator_list if isinstance(mark, ast.Name)}


def called_without_a_door(modules):
    """Return (file, function) of every call of compiled code without a door that Python makes."""
    shut = {
        (name, function.name) for name, module in modules.items() for function, marks in functions_of(module)
        if "compiled" in marks
    }  # fmt: skip
    found = []
    for name, module in modules.items():
        known = {function for home, function in shut if home == name}
        for node in ast.walk(module):
            if isinstance(node, ast.ImportFrom) and node.module:
                home = node.module.rpartition(".")[2]
                known |= {alias.asname or alias.name for alias in node.names if (home, alias.name) in shut}
        compiled = {
            id(part) for function, marks in functions_of(module) if marks & _COMPILED for part in ast.walk(function)
        }
        found += [
            (name, node.func.id)
            for node in ast.walk(module)
            if isinstance(node, ast.Call)
            and isinstance(node.func, ast.Name)
            and node.func.id in known
            and id(node) not in compiled
        ]
    return found


def test_python_calls_compiled_code_by_its_doors_only():
    paths = [path for path in PLANNER.rglob("*.py") if path.name != Path(__file__).name]
    modules = {path.stem: ast.parse(path.read_text(encoding="utf-8")) for path in paths}
    assert any(marks & _COMPILED for module in modules.values() for _function, marks in functions_of(module))
    assert called_without_a_door(modules) == []


def test_a_call_without_a_door_is_found():
    modules = {
        "far": ast.parse("@compiled\ndef inner(x): return x\n@door\ndef outer(x): return inner(x)\n"),
        "near": ast.parse("from tongxin.far import inner, outer\ndef use(): return outer(1) + inner(2)\n"),
    }
    assert called_without_a_door(modules) == [("near", "inner")]
