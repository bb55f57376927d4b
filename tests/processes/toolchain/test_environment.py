"""The first step of the set-up: what pip is configured for, uv is given too."""

import os
import sys
from pathlib import Path

import pytest

from toolchain import environment


def test_pips_certificate_and_index_are_given_to_uv(tmp_path: Path) -> None:
    (tmp_path / "pip.conf").write_text(
        "[global]\n"
        "cert = /etc/company.pem\n"
        "index-url = https://packages.example/simple\n"
        "extra-index-url = https://more.example/simple\n"
        "constraint = /etc/constraints.txt\n"
    )
    given = environment.for_uv({"PIP_CONFIG_FILE": str(tmp_path / "pip.conf"), "TERM": "xterm"})
    assert given["SSL_CERT_FILE"] == "/etc/company.pem"
    assert given["UV_DEFAULT_INDEX"] == "https://packages.example/simple"
    assert given["UV_INDEX"] == "https://more.example/simple"
    assert given["TERM"] == "xterm"
    assert "UV_CONSTRAINT" not in given, "what is installed is locked"


def test_a_certificate_that_the_user_has_set_stays() -> None:
    given = environment.for_uv({"PIP_CERT": "/etc/company.pem", "SSL_CERT_FILE": "/etc/own.pem"})
    assert given["SSL_CERT_FILE"] == "/etc/own.pem"


def failure(said: str, environ: "dict[str, str]", capsys: pytest.CaptureFixture[str]) -> str:
    step = [sys.executable, "-c", f"print({said!r}); raise SystemExit(2)"]
    with pytest.raises(SystemExit) as failed:
        environment.run("locked packages", step, {**os.environ, **environ})
    assert said in capsys.readouterr().err
    return str(failed.value.code)


def test_a_step_that_trusts_no_such_authority_names_the_certificate(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = failure(
        "error: invalid peer certificate: UnknownIssuer", {"SSL_CERT_FILE": "/etc/own.pem"}, capsys
    )
    assert told.startswith("set-up: locked packages failed (exit code 2;")
    assert "not trusted here (SSL_CERT_FILE is /etc/own.pem)" in told
    assert "PIP_CERT" in told
    assert told.endswith("then run the same command again: it goes on from here.")


def test_another_failure_is_a_matter_of_reaching_the_index(
    capsys: pytest.CaptureFixture[str],
) -> None:
    told = failure("error: connection refused", {}, capsys)
    assert "\nCheck that the Python package index can be reached, then run" in told
