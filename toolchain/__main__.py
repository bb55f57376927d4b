"""`python -m toolchain`: make the Pulumi toolchain, or say where it is."""

from __future__ import annotations

import argparse
import signal
import sys
from types import FrameType

from toolchain import Toolchain, ToolchainError, ensure, find

INTERRUPTED = 130


def main(arguments: list[str] | None = None) -> int:
    """The command line; gives the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m toolchain",
        description="Pulumi's engine, its Python language host and the alicloud provider: used "
        "where they are installed, downloaded in the official way, or built from Go modules.",
    )
    parser.add_argument("--rebuild", action="store_true", help="look and build anew")
    commands = parser.add_subparsers(dest="command")
    commands.add_parser("ensure", help="make what is missing (the default)")
    commands.add_parser("yaml", help="make also the language host for programs in YAML")
    commands.add_parser("check", help="go vet and go test, for those who change toolchain/go")
    where = commands.add_parser("where", help="say where everything is; builds nothing")
    where.add_argument("--json", action="store_true", help="as JSON, for programs")
    chosen = parser.parse_args(arguments)

    signal.signal(signal.SIGTERM, _interrupt)  # ends the build as Ctrl-C does
    try:
        if chosen.command == "where":
            return _where(as_json=chosen.json)
        if chosen.command == "check":
            from toolchain.check import check

            return check()
        made = ensure(rebuild=chosen.rebuild)
        _say(made)
        if chosen.command == "yaml":
            from toolchain.yaml_host import ensure_yaml_host

            print(ensure_yaml_host(made))
    except ToolchainError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print(
            "Interrupted: nothing is left half made, and the next run goes on from here.",
            file=sys.stderr,
        )
        return INTERRUPTED
    return 0


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _where(*, as_json: bool) -> int:
    found = find()
    if found is None:
        print("Not made yet, or its sources changed: run `python -m toolchain`.", file=sys.stderr)
        return 1
    if as_json:
        print(found.as_json())
    else:
        print(f"engine       {found.pulumi}  ({_origin(found, 'engine')})")
        print(f"PULUMI_HOME  {found.home or 'your own'}  (provider {_origin(found, 'provider')})")
    return 0


def _say(toolchain: Toolchain) -> None:
    print(
        f"Pulumi {_origin(toolchain, 'engine')}, "
        f"alicloud provider {_origin(toolchain, 'provider')}",
        file=sys.stderr,
    )


def _origin(toolchain: Toolchain, part: str) -> str:
    return f"{toolchain.origin[f'{part}_version']} {toolchain.origin[part]}"


if __name__ == "__main__":
    sys.exit(main())
