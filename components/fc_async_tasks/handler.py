"""Is the module that a handler names among the function's files?

Follows "Handlers" of Function Compute: for Python, Node.js and PHP a handler is
<file>.<function>, the file without its suffix and relative to the code folder.
"""

from collections.abc import Collection

_SUFFIXES = {
    "python": (".py", "/__init__.py"),
    "nodejs": (".js", ".mjs", ".cjs"),
    "php": (".php",),
}


def handler_refusal(
    handler: str, runtime: str, files: Collection[str], folder: str, setting: str = "handler"
) -> str:
    """Give one sentence if the handler's module is not among the files, else an empty text.

    files are names relative to the code folder, with `/` between their parts; folder and setting
    are what the sentence calls it and the handler. A runtime whose handler names no file of its
    own (Java, Go, .NET, custom) is not checked.
    """
    suffixes = next((s for kind, s in _SUFFIXES.items() if runtime.startswith(kind)), ())
    module, _, _ = handler.rpartition(".")
    paths = [module, module.replace(".", "/")]
    wanted = [path + suffix for path in dict.fromkeys(paths) for suffix in suffixes]
    if not wanted or any(path in files for path in wanted):
        return ""
    return (
        f"{setting} is {handler!r}, but the code folder {folder!r} has no {wanted[0]}: the handler "
        "must be <file>.<function> with a file of that folder."
    )
