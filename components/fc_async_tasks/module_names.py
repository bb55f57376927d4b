"""The names that a Python module has once it is imported, told from its text alone."""

import ast
import warnings
from typing import Optional

_MAKE_NAMES = {
    *("exec", "eval", "globals", "locals", "vars", "setattr"),
    *("__dict__", "__setattr__", "f_globals", "modules"),
}
"""Names and attributes by which a module can get names that are not written in it."""

_OWN_SCOPE = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Lambda)


def names_of(source: bytes) -> "Optional[set[str]]":
    """Give the names that are bound at a module's top level, also within if, try, with and loops.

    None where they cannot be told: a star import, a module-level __getattr__, exec and the like, or
    a text that this Python does not take (the runtime's may be another).
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # about the function's code, which is not ours
            tree = ast.parse(source)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    nodes = list(ast.walk(tree))
    if any(_written(node) in _MAKE_NAMES for node in nodes):
        return None
    names = {name for node in nodes if isinstance(node, ast.Global) for name in node.names}
    waiting: list[ast.AST] = [tree]
    while waiting:
        node = waiting.pop()
        names.update(_bound(node))
        if not isinstance(node, _OWN_SCOPE):
            waiting.extend(ast.iter_child_nodes(node))
    return None if names & {"*", "__getattr__"} else names


def _written(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.alias):
        return node.name
    return node.attr if isinstance(node, ast.Attribute) else ""


def _bound(node: ast.AST) -> "list[str]":
    """Give the names that a node binds in the scope that it stands in."""
    if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
        return [node.id]
    if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
        return [node.name]
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return [alias.asname or alias.name.partition(".")[0] for alias in node.names]
    if isinstance(node, ast.MatchMapping):
        return [node.rest] if node.rest else []
    if isinstance(node, (ast.MatchAs, ast.MatchStar)):
        return [node.name] if node.name else []
    return []
