"""Places in an engine's source, and what a mutant changes there; a place stays itself when its line is edited.

A place is a call, such as every call of ``rules.may_call``, or the statement that carries the comment ``# place: <name>``. What to do there
is Python in which ``_`` stands for what stood there before:

    Change(call="rules.may_call", number="_ + 1")     the argument for the parameter `number` of this rule, wherever it is called
    Change("horizon", to="now > ends")                the condition of a marked `if` or `while`, the value of an assignment, the loop's range
    Change("turned away", do="_; ticket[row] = now")  the marked statement itself (a statement with a call, where the place is a call)

A place that is not there, and a change that changes nothing, fail with a message that says what to do.
"""

from __future__ import annotations

import ast
import copy
import functools
import inspect
import re
from pathlib import Path
from types import ModuleType
from typing import Any

MARK = re.compile(r"# place: ([a-z ]+)")


class Change:
    """One change: where (a marked place, a call, or a call within a marked place or some functions) and what."""

    def __init__(
        self, place: str = "", *, call: str = "", within: tuple[str, ...] = (), to: str | None = None, do: str | None = None, **arguments: str
    ) -> None:
        self.place, self.call, self.within, self.to, self.do, self.arguments = place, call, within, to, do, arguments

    def __str__(self) -> str:
        parts = [f"call of '{self.call}'"] if self.call else []
        parts += [f"statement marked '# place: {self.place}'"] if self.place else []
        parts += [f"function {' or '.join(self.within)}"] if self.within else []
        return " in ".join(parts)


def mutated(module: ModuleType, *changes: Change, **names: Any) -> ModuleType:
    """A module made from the changed source of another; ``names`` may be used by the changes."""
    text = _text(module)
    tree = ast.parse(text)
    for at, statement in enumerate(tree.body):  # the marks of the compiler go: a mutant must not be among what is compiled
        if isinstance(statement, ast.ImportFrom) and statement.module == "sim.model.compiled":
            tree.body[at] = ast.parse("allocating = compilable = compiled = lambda function: function").body[0]
    for change in changes:
        found = _found(module, text, tree, change)
        assert found, f"{module.__name__} has no {change}; name the place where this happens now"
        for node in found:
            statement = _innermost(node.lineno, tree)
            before = ast.dump(statement)
            instead = _apply(module, tree, node, change) or [statement]
            assert "".join(map(ast.dump, instead)) != before, f"at the {change} of {module.__name__} the change is no change"
    twin = ModuleType(f"mutant_of_{module.__name__.rpartition('.')[2]}")
    vars(twin).update(names)
    exec(compile(ast.fix_missing_locations(tree), str(module.__file__), "exec"), vars(twin))
    return twin


def places_in(module: ModuleType) -> set[str]:
    """The names of all marked places."""
    return set(_marks(_text(module)).values())


@functools.cache
def _text(module: ModuleType) -> str:
    assert module.__file__ is not None
    return Path(module.__file__).read_text(encoding="utf-8")


def _marks(text: str) -> dict[int, str]:
    return {number: found[1].strip() for number, line in enumerate(text.splitlines(), 1) if (found := MARK.search(line))}


def _found(module: ModuleType, text: str, tree: ast.Module, change: Change) -> list[Any]:
    """The nodes at the place of a change."""
    roots: list[ast.AST] = [tree]
    if change.within:
        roots = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in change.within]
        assert {root.name for root in roots if isinstance(root, ast.FunctionDef)} == set(change.within), f"{module.__name__} has no {change}; name the place where this happens now"
    if change.place:
        lines = [line for line, name in _marks(text).items() if name == change.place]
        roots = [_innermost(line, tree) for line in lines]
    if not change.call:
        return roots if change.place else []
    calls = [node for root in roots for node in ast.walk(root) if isinstance(node, ast.Call)]
    return [node for node in calls if f".{ast.unparse(node.func)}".endswith(f".{change.call}")]


def _innermost(line: int, inside: ast.AST) -> ast.AST:
    """The innermost statement that holds a line; a line is the head of an `if` or loop where no statement of its body holds it."""
    while True:
        holding = [node for node in ast.iter_child_nodes(inside) if isinstance(node, ast.stmt) and node.lineno <= line <= (node.end_lineno or 0)]
        if not holding:
            return inside
        inside = holding[0]


def _apply(module: ModuleType, tree: ast.Module, node: Any, change: Change) -> list[ast.stmt] | None:
    """Do what a change says at one node; returns the statements that stand there instead, where it is not the same statement."""
    for parameter, text in change.arguments.items():
        assert isinstance(node, ast.Call), f"{change} is no call, and has no argument '{parameter}'"
        _change_argument(node, _parameters(module, change.call), parameter, text, change)
    if change.to is not None:
        part = {ast.If: "test", ast.While: "test", ast.For: "iter"}.get(type(node), "value")
        if isinstance(node, ast.Call):
            _replace(_innermost(node.lineno, tree), node, [_expression(change.to, node)])
        else:
            setattr(node, part, _expression(change.to, getattr(node, part)))
    if change.do is None:
        return None
    statement = _innermost(node.lineno, tree)
    statements = [_with(statement, one) for one in ast.parse(change.do).body]
    _replace(tree, statement, statements)
    return statements


def _parameters(module: ModuleType, call: str) -> list[str]:
    """The names of the parameters of a function, method or class by the name it is called by; none for one of another library."""
    owner, _, name = call.rpartition(".")
    room = getattr(module, owner, None)
    holders = [room] if inspect.ismodule(room) else [module, *(value for value in vars(module).values() if inspect.isclass(value))]
    for holder in holders:
        function = getattr(holder, name, None)
        if function is not None and getattr(function, "__module__", "").startswith("sim."):
            return [parameter for parameter in inspect.signature(function).parameters if parameter != "self"]
    return []


def _change_argument(node: ast.Call, parameters: list[str], parameter: str, text: str, change: Change) -> None:
    for keyword in node.keywords:
        if keyword.arg == parameter:
            keyword.value = _expression(text, keyword.value)
            return
    assert parameter in parameters, f"'{change.call}' has no parameter '{parameter}', but {', '.join(parameters)}"
    at = parameters.index(parameter)
    node.args[at] = _expression(text, node.args[at])


def _expression(text: str, old: ast.AST) -> Any:
    return _with(old, ast.parse(f"({text})", mode="eval").body)


def _with(old: ast.AST, new: Any) -> Any:
    """Code in which ``_`` is what stood there before: an expression, or a statement where it is one by itself."""

    class Put(ast.NodeTransformer):
        def visit_Expr(self, node: ast.Expr) -> Any:
            is_old = isinstance(old, ast.stmt) and isinstance(node.value, ast.Name) and node.value.id == "_"
            return copy.deepcopy(old) if is_old else self.generic_visit(node)

        def visit_Name(self, node: ast.Name) -> Any:
            return copy.deepcopy(old) if node.id == "_" else node

    return Put().visit(new)


def _replace(tree: ast.AST, old: ast.AST, new: list[Any]) -> None:
    class Put(ast.NodeTransformer):
        def visit(self, node: ast.AST) -> Any:
            if node is old:
                return new if isinstance(old, ast.stmt) else new[0]
            return self.generic_visit(node)

    Put().visit(tree)
