"""Executables that stand for `go`, `pulumi` and what is built: small scripts the tests write.

Each notes its calls, one a line, in a file `calls` beside the fakes.
"""

from __future__ import annotations

import sys
from pathlib import Path

# Only what the interpreter has loaded anyway is imported: the tests start hundreds of these.
HEAD = f"""#!{sys.executable} -IS
import os, sys
args = sys.argv[1:]
home = {{home!r}}
with open(home + "/calls", "a") as calls:
    calls.write(os.path.basename(sys.argv[0]) + " " + " ".join(args) + "\\n")
"""

PULUMI = """
if args == ["version"]:
    print("v{version}")
elif args[:2] == ["plugin", "install"]:
    if {download_fails!r} and "--file" not in args:
        sys.exit("error: no such host")
    plugin = os.environ["PULUMI_HOME"] + "/plugins/resource-alicloud-v4.0.0"
    os.makedirs(plugin)
    for name in ("pulumi-resource-alicloud", "schema.json"):
        content = open(args[-1] + "/" + name).read() if "--file" in args else "official"
        with open(plugin + "/" + name, "w") as file:
            file.write(content)
"""

PROVIDER = """
print('{"name": "alicloud"}')
"""

GO = """
built = {built!r}
if args[:2] == ["env", "GOVERSION"]:
    print({version!r})
elif args[:2] == ["list", "-deps"]:
    print("go: downloading example.com/module v1.0.0", file=sys.stderr)
    print("example.com/one\\nexample.com/two")
elif args[:2] == ["list", "-m"]:
    print(home + "/sdk")
elif args[0] == "build":
    print("example.com/one", file=sys.stderr, flush=True)
    {building}
    output = args[args.index("-o") + 1]
    for target in args[args.index("-o") + 2:]:
        name = target.rpartition("/")[2]
        with open(output + name, "w") as file:
            file.write(built.get(name, ""))
        os.chmod(output + name, 0o755)
"""

COMPILES = "pass"
FAILS = 'sys.exit("one.go:7:9: undefined: frobnicate")'
RUNS_OUT_OF_MEMORY = 'sys.exit("compile: signal: killed")'
HANGS = """
    compiler = os.fork()
    if compiler == 0:
        import time
        time.sleep(600)
    with open(home + "/compiler.pid", "w") as noted:
        noted.write(str(compiler))
    os.waitpid(compiler, 0)"""
WAITS_FOR_GATE = """
    with open(home + "/gate") as gate:
        gate.read()"""


class Fakes:
    """A folder of fake executables, to be put on PATH."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.bin = home / "bin"
        self.bin.mkdir(parents=True)
        for script in ("cmd/pulumi-language-python-exec", "dist/pulumi-resource-pulumi-python"):
            file = home / "sdk" / "python" / script
            file.parent.mkdir(parents=True)
            file.write_text("#!/bin/sh\n")

    def go(self, building: str = COMPILES, version: str = "go1.26.8") -> None:
        """Put a `go` on PATH that compiles in the given way."""
        built = {
            "pulumi": self.script(PULUMI.format(version="3.259.0", download_fails=False)),
            "pulumi-resource-alicloud": self.script(PROVIDER),
        }
        body = GO.format(built=built, version=version, building=building)
        self.install("go", self.script(body))

    def pulumi(self, version: str, *, download_fails: bool = False, with_host: bool = True) -> None:
        """Put an installed `pulumi` on PATH."""
        script = PULUMI.format(version=version, download_fails=download_fails)
        self.install("pulumi", self.script(script))
        if with_host:
            self.install("pulumi-language-python", self.script(""))

    def script(self, body: str) -> str:
        return HEAD.format(home=str(self.home)) + body

    def install(self, name: str, text: str) -> None:
        (self.bin / name).write_text(text)
        (self.bin / name).chmod(0o755)

    def calls(self, beginning: str) -> list[str]:
        """The calls so far that begin so, e.g. "go build"."""
        noted = self.home / "calls"
        lines = noted.read_text().splitlines() if noted.exists() else []
        return [line for line in lines if line.startswith(beginning)]
