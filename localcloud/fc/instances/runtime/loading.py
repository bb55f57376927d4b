"""From the name of a handler to the function, and from what goes wrong to FC's error report.

Runs under any Python from 3.6 on: standard library only, no newer syntax.
"""

import importlib
import linecache
import os
import traceback
from typing import Any, Callable, List

END_ANSWERED, END_RAISED, END_NO_HANDLER, END_BAD_CODE, END_NO_MEMORY = 0, 1, 2, 3, 4
_OF_RUNTIME = (
    importlib.__file__,
    os.path.join(os.path.dirname(__file__), "handler.py"),
    os.path.join(os.path.dirname(__file__), "loading.py"),
)


class Failure(Exception):
    """A handler that cannot be loaded: how the call ends, and FC's error type for it."""

    def __init__(self, end: int, kind: str, message: str, stack: List[Any]) -> None:
        Exception.__init__(self, message)
        self.end = end
        self.kind = kind
        self.stack = stack


def load(name: str, code: str) -> Callable[..., Any]:
    """The function that a handler setting such as `index.handler` or `jobs/nightly.run` names.

    `code` is the code folder. Raises Failure, and MemoryError.
    """
    module_name, dot, attribute = name.rpartition(".")
    if not dot or not module_name:
        raise Failure(
            END_NO_HANDLER,
            "HandlerNotFound",
            f"Handler '{name}' is not of the form module.function",
            [],
        )
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except SyntaxError as error:
        raise Failure(
            END_BAD_CODE,
            "UserCodeSyntaxError",
            f"Syntax error in module '{module_name}'",
            _syntax(error, code),
        ) from error
    except MemoryError:
        raise
    except ImportError as error:
        raise Failure(
            END_BAD_CODE,
            "ImportModuleError",
            f"Unable to import module '{module_name}': {error}",
            stack_of(error, code),
        ) from error
    except Exception as error:  # whatever the module's own code raises
        raise Failure(
            END_BAD_CODE, type(error).__name__, text_of(error), stack_of(error, code)
        ) from error
    function = getattr(module, attribute, None)
    if not callable(function):
        raise Failure(
            END_NO_HANDLER,
            "HandlerNotFound",
            f"Handler '{attribute}' is missing on module '{module_name}'",
            [],
        )
    return function


def stack_of(error: BaseException, code: str) -> List[List[str]]:
    """FC's stackTrace: the frames below the runtime, file names as on FC (under /code)."""
    stack = []
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename.startswith("<frozen") or frame.filename in _OF_RUNTIME:
            continue
        line = frame.line or linecache.getline(frame.filename, frame.lineno or 0).strip()
        stack.append(
            [
                f'File "{_as_on_fc(frame.filename, code)}"',
                f"line {frame.lineno}",
                f"in {frame.name}",
                line,
            ]
        )
    return stack


def _syntax(error: SyntaxError, code: str) -> List[str]:
    return [
        'File "{}"'.format(_as_on_fc(error.filename or "", code)),
        f"line {error.lineno}",
        (error.text or "").strip(),
        f"SyntaxError: {error.msg}",
    ]


def _as_on_fc(path: str, code: str) -> str:
    if path.startswith(code + os.sep):
        return "/code" + path[len(code) :].replace(os.sep, "/")
    return path


def text_of(error: BaseException) -> str:
    """The message of an exception, also of one whose own `__str__` fails."""
    try:
        return str(error)
    except Exception as second:  # noqa: BLE001 - a __str__ of the handler's own that fails
        return f"{type(error).__name__} (its __str__ raised {type(second).__name__})"
