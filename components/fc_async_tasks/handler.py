"""Are the module and the function that a handler names among the function's files?

Follows "Handlers" of Function Compute: for Python, Node.js and PHP a handler is
<file>.<function>, the file without its suffix and relative to the code folder.
"""

from collections.abc import Mapping
from pathlib import Path

from .module_names import names_of

_SUFFIXES = {
    "python": (".py", "/__init__.py"),
    "nodejs": (".js", ".mjs", ".cjs"),
    "php": (".php",),
}


def handler_refusal(
    handler: str, runtime: str, files: Mapping[str, Path], folder: str, setting: str = "handler"
) -> str:
    """Give one sentence if the handler is not among the files, else an empty text.

    files have the names that they have in the code folder, with `/` between their parts; folder
    and setting are what the sentence calls it and the handler. A Python module is read, and not
    run: a function is refused only where none can come to be. A runtime whose handler names no
    file of its own (Java, Go, .NET, custom) is not checked.
    """
    suffixes = next((s for kind, s in _SUFFIXES.items() if runtime.startswith(kind)), ())
    module, _, function = handler.rpartition(".")
    paths = [module, module.replace(".", "/")]
    wanted = [path + suffix for path in dict.fromkeys(paths) for suffix in suffixes]
    found = next((path for path in wanted if path in files), "")
    if wanted and not found:
        return (
            f"{setting} is {handler!r}, but the code folder {folder!r} has no {wanted[0]}: the "
            "handler must be <file>.<function> with a file of that folder."
        )
    if not runtime.startswith("python"):
        return ""
    names = names_of(files[found].read_bytes())
    if names is None or function in names:
        return ""
    return (
        f"{setting} is {handler!r}, but {found} in the code folder {folder!r} has no "
        f"{function!r}: the handler must be <file>.<function> with a function of that file."
    )
