"""The program on mocks, for tests whose components start a program."""

from tests.unit.components.conftest import deploy

__all__ = ["deploy"]
