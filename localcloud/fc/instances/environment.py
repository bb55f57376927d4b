"""What a new instance starts with: environment variables built from nothing, and import paths.

https://www.alibabacloud.com/help/en/functioncompute/fc/environment-variables
On FC code lies in /code and layers in /opt; here each has a folder of its own, so paths of the two
in search path variables are moved to where the files are.
"""

import os
from pathlib import Path

from localcloud.account import ACCOUNT_ID, REGION
from localcloud.fc.instances.invocation import InstanceSpec, Invocation

_SYSTEM_PATH = "/usr/local/bin:/usr/local/sbin:/usr/bin:/usr/sbin:/bin:/sbin"
_SEARCH_PATHS = ("PATH", "LD_LIBRARY_PATH", "PYTHONPATH")
_OF_DEBIAN_11 = ("python3.12", "nodejs20", "custom.debian11", "custom.debian12")


def environment_of(
    spec: InstanceSpec,
    invocation: Invocation,
    instance_id: str,
    temporary: Path,
    interpreter: str | None,
) -> dict[str, str]:
    """All environment variables of an instance. `interpreter` is its Python, for `python3` in PATH.

    The function's own variables may replace PATH, HOME and the like, as on FC, but no FC_* one.
    """
    code = str(spec.code)
    path = [code, f"{code}/bin", *(f"{layer}/bin" for layer in spec.layers)]
    if interpreter is not None:
        path.append(str(Path(interpreter).parent))
    libraries = [code, f"{code}/lib", *(f"{layer}/lib" for layer in spec.layers)]
    given = {
        "PATH": ":".join([*path, _SYSTEM_PATH]),
        "LD_LIBRARY_PATH": ":".join(libraries),
        "HOME": str(temporary),
        "TMPDIR": str(temporary),
        "LANG": "C.UTF-8",
        "TZ": "UTC",
    }
    for name, value in spec.environment:
        given[name] = _moved_paths(spec, value) if name in _SEARCH_PATHS else value
    if credentials := invocation.credentials:
        given["ALIBABA_CLOUD_ACCESS_KEY_ID"] = credentials.access_key_id
        given["ALIBABA_CLOUD_ACCESS_KEY_SECRET"] = credentials.access_key_secret
        given["ALIBABA_CLOUD_SECURITY_TOKEN"] = credentials.security_token
    version = "FC_FUNCTION_VERSION" if spec.runtime in _OF_DEBIAN_11 else "FC_VER_ID"
    given |= {
        "FC_FUNC_CODE_PATH": code,
        "FC_ACCOUNT_ID": ACCOUNT_ID,
        "FC_REGION": REGION,
        "FC_FUNCTION_NAME": spec.function_name,
        "FC_FUNCTION_HANDLER": spec.handler,
        "FC_FUNCTION_MEMORY_SIZE": str(spec.memory_size),
        "FC_INSTANCE_ID": instance_id,
        "FC_QUALIFIER": invocation.qualifier,
        version: spec.version,
    }
    return given


def python_path_of(spec: InstanceSpec, version: tuple[int, int, int]) -> list[str]:
    """Where a handler's imports are looked for before the standard library: code, then layers.

    PYTHONPATH and PYTHONUSERBASE (which Serverless Devs sets) count, as the template itself ignores
    the environment.
    """
    own = dict(spec.environment)
    path = [str(spec.code)]
    if own.get("PYTHONPATH"):
        path += _moved_paths(spec, own["PYTHONPATH"]).split(":")
    if own.get("PYTHONUSERBASE"):
        packages = f"lib/python{version[0]}.{version[1]}/site-packages"
        path += [f"{base}/{packages}" for base in _moved(spec, own["PYTHONUSERBASE"])]
    path += [f"{layer}/python" for layer in spec.layers]
    return [entry for entry in path if entry]


def moved_path(spec: InstanceSpec, word: str) -> str:
    """A word of a command, with a path under /code moved to where the code is."""
    return _moved(spec, word)[0] if word.startswith("/code") else word


def _moved_paths(spec: InstanceSpec, value: str) -> str:
    return ":".join(moved for entry in value.split(":") for moved in _moved(spec, entry))


def _moved(spec: InstanceSpec, path: str) -> list[str]:
    """Where a path of FC lies here; one under /opt may lie in any layer."""
    normal = os.path.normpath(path) if path else path
    if normal == "/code" or normal.startswith("/code/"):
        return [f"{spec.code}{normal.removeprefix('/code')}"]
    if spec.layers and (normal == "/opt" or normal.startswith("/opt/")):
        return [f"{layer}{normal.removeprefix('/opt')}" for layer in spec.layers]
    return [path]
