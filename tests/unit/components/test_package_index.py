"""Packages come from where pip would take them."""

import os
import sys
from pathlib import Path

import fc_async_tasks.package_index
import pytest
from fc_async_tasks.package_index import pip_configuration, uv_environment


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home and a virtual environment with no pip configuration yet."""
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setattr(sys, "prefix", str(tmp_path / "venv"))
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setattr(fc_async_tasks.package_index, "_MACHINE", ())
    (tmp_path / ".config" / "pip").mkdir(parents=True)
    (tmp_path / "venv").mkdir()
    return tmp_path


def test_a_later_file_and_the_environment_override(home: Path) -> None:
    user = home / ".config" / "pip" / "pip.conf"
    user.write_text("[global]\nindex-url = https://one.example/simple\ntimeout = 5\n")
    assert pip_configuration({})["index-url"] == "https://one.example/simple"

    (home / "venv" / "pip.conf").write_text("[install]\nindex-url = https://two.example/simple\n")
    assert pip_configuration({})["index-url"] == "https://two.example/simple"

    named = home / "named.conf"
    named.write_text("[global]\nindex-url = https://three.example/simple\n")
    environ = {"PIP_CONFIG_FILE": str(named)}
    assert pip_configuration(environ)["index-url"] == "https://three.example/simple"

    environ["PIP_INDEX_URL"] = "https://four.example/simple"
    assert pip_configuration(environ)["index-url"] == "https://four.example/simple"


def test_no_file_is_read_where_pip_reads_none(home: Path) -> None:
    (home / "venv" / "pip.conf").write_text("[global]\nindex-url = https://one.example/simple\n")

    assert pip_configuration({"PIP_CONFIG_FILE": os.devnull}) == {}


def test_a_file_that_pip_could_not_read_is_left_out(home: Path) -> None:
    (home / "venv" / "pip.conf").write_text("index-url = no section\n")

    assert "index-url" not in pip_configuration({})


def test_pips_settings_are_uvs_variables(home: Path) -> None:
    (home / "venv" / "pip.conf").write_text(
        "[global]\n"
        "index-url = https://ci:pass@one.example/simple\n"
        "extra-index-url =\n    https://two.example/simple\n    https://three.example/simple\n"
        "find-links = /opt/wheels /opt/more\n"
        "trusted-host = one.example two.example\n"
        "cert = /etc/ca.pem\n"
        "no-index = true\n"
    )

    assert uv_environment({}) == {
        "UV_DEFAULT_INDEX": "https://ci:pass@one.example/simple",
        "UV_INDEX": "https://two.example/simple https://three.example/simple",
        "UV_FIND_LINKS": "/opt/wheels,/opt/more",
        "UV_INSECURE_HOST": "one.example two.example",
        "SSL_CERT_FILE": "/etc/ca.pem",
        "UV_NO_INDEX": "1",
    }


def test_the_certificates_that_pip_trusts_are_uvs(home: Path) -> None:
    environ = {"CURL_CA_BUNDLE": "/etc/curl.pem"}
    assert uv_environment(environ) == {"SSL_CERT_FILE": "/etc/curl.pem"}
    environ["REQUESTS_CA_BUNDLE"] = str(home)
    assert uv_environment(environ) == {"SSL_CERT_DIR": str(home)}
    environ["PIP_CERT"] = "/etc/company.pem"
    assert uv_environment(environ) == {"SSL_CERT_FILE": "/etc/company.pem"}
    assert uv_environment({**environ, "SSL_CERT_FILE": "/etc/own.pem"}) == {}


@pytest.mark.usefixtures("home")
def test_pips_constraints_are_uvs_wherever_it_is_run() -> None:
    environ = {"PIP_CONSTRAINT": "company.txt /etc/more.txt https://one.example/c.txt"}
    company = Path.cwd() / "company.txt"
    assert uv_environment(environ) == {
        "UV_CONSTRAINT": f"{company} /etc/more.txt https://one.example/c.txt"
    }


@pytest.mark.usefixtures("home")
def test_what_is_set_for_uv_stays() -> None:
    environ = {
        "PIP_INDEX_URL": "https://pip.example",
        "PIP_EXTRA_INDEX_URL": "https://more.example",
        "PIP_NO_INDEX": "0",
        "UV_INDEX_URL": "https://uv.example",
        "UV_INDEX": "https://uv-more.example",
    }

    assert uv_environment(environ) == {}
