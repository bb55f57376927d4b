"""What the project is made of: every dependency has a reason, a licence, a version and a hash."""

import importlib.metadata
import importlib.util
import re
from pathlib import Path
from types import ModuleType

import pytest

ROOT = Path(__file__).resolve().parents[2]
REQUIREMENTS = sorted((ROOT / "requirements").glob("*.txt"))
ALLOWED_LICENCES = re.compile(
    r"(Apache-2\.0|BSD-[23]-Clause|CNRI-Python|ISC|MIT|MIT-0|MPL-2\.0|PSF-2\.0|Unlicense|0BSD"
    r"|Zlib|Python-2\.0)"
)


def script(path: str) -> ModuleType:
    """A script of the project as a module."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / path)
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


dependencies = script("docs/dependencies.py")
audit = script("requirements/audit.py")


def test_the_page_is_what_the_files_say() -> None:
    page = (ROOT / "docs" / "dependencies.md").read_text()
    assert page == dependencies.page(), "it is out of date: run `python docs/dependencies.py`"


def test_a_dependency_without_a_reason_and_a_reason_without_its_dependency_are_refused(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delitem(dependencies.WHY, "rich")
    with pytest.raises(dependencies.NoReason, match="rich: say in WHY why it is there"):
        dependencies.page()
    monkeypatch.setitem(dependencies.WHY, "rich", "tables")
    monkeypatch.setitem(dependencies.ACTIONS, "somebody/something", ("MIT", "nothing"))
    with pytest.raises(dependencies.NoReason, match="somebody/something is no dependency"):
        dependencies.page()


def locked() -> "dict[str, str]":
    """Every locked Python package, with its version."""
    found: dict[str, str] = {}
    for file in REQUIREMENTS:
        found.update(re.findall(r"^([\w.-]+)==([^\s;]+)", file.read_text(), re.MULTILINE))
    return found


@pytest.mark.parametrize("file", REQUIREMENTS, ids=lambda file: file.name)
def test_every_requirement_is_pinned_and_has_hashes(file: Path) -> None:
    entries = re.split(r"\n(?=[^\s#])", file.read_text().strip())
    assert entries
    for entry in entries:
        head, *rest = entry.split("\n")
        assert re.match(r"[\w.-]+==[\w.+!-]+( ; .+)? \\$", head), head
        hashes = [line for line in rest if "--hash" in line]
        assert hashes, head
        for line in hashes:
            assert re.fullmatch(r"    --hash=sha256:[0-9a-f]{64}(?: \\)?", line), line


def test_every_direct_dependency_is_locked() -> None:
    names = {dependencies.normal(name) for name in locked()}
    direct = {each for group in dependencies.python_dependencies().values() for each in group}
    assert direct - names == {"fc-async-tasks"}, "the project's own is installed from its folder"


def test_every_locked_package_that_is_installed_has_a_licence_without_strings() -> None:
    looked_at = 0
    for name in locked():
        try:
            importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue  # for another platform or another Python
        looked_at += 1
        licence = dependencies.licence_of(name)
        alone = re.split(r" (?:AND|OR) ", licence)
        assert all(ALLOWED_LICENCES.fullmatch(each) for each in alone), (name, licence)
    assert looked_at > 100


def test_every_go_module_of_the_build_is_verified_by_go_sum() -> None:
    folder = ROOT / "toolchain" / "go"
    text = (folder / "go.mod").read_text()
    sums = set((folder / "go.sum").read_text().splitlines())
    verified = {line.rpartition(" ")[0] for line in sums if re.search(r" h1:[\w+/]{43}=$", line)}
    replaced = dict(re.findall(r"^\t(\S+) => (\S+(?: v\S+)?)$", text, re.MULTILINE))
    modules = re.findall(r"^\t(\S+) (v\S+)(?: // indirect)?$", text, re.MULTILINE)
    assert len(modules) > 100
    for name, version in modules:
        is_here = replaced.get(name, f"{name} {version}")
        if is_here.startswith("./"):
            continue  # a folder of this repository
        assert is_here in verified, is_here
        assert f"{is_here}/go.mod" in verified, is_here


def package(name: str, **more: object) -> "dict[str, object]":
    """One entry of pip-audit's report."""
    return {"name": name, "version": "1.0", "vulns": [], **more}


WEAK = package("weak", vulns=[{"id": "PYSEC-2026-1", "fix_versions": ["1.1"]}])
SKIPPED = {"name": "unknown", "skip_reason": "Dependency not found on PyPI"}


def test_an_audit_without_findings_ends_with_0() -> None:
    code, said = audit.verdict([package("a"), package("b")])
    assert code == 0
    assert "no weakness is known of the 2 locked packages" in said


def test_a_known_weakness_ends_with_1_and_is_named_with_its_mending() -> None:
    code, said = audit.verdict([package("a"), WEAK, SKIPPED])
    assert code == 1
    assert "weak 1.0: PYSEC-2026-1, mended in 1.1" in said
    assert "nothing is known about unknown" in said


def test_packages_that_the_service_does_not_know_end_with_3_and_are_no_pass() -> None:
    code, said = audit.verdict([package("a"), SKIPPED])
    assert code == 3
    assert "nothing is known about unknown" in said
    code, said = audit.verdict([SKIPPED])
    assert code == 3
    assert "none of the 1 locked packages" in said
