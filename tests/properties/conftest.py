"""The places that the unit tests of the same rules have."""

from tests.unit.localcloud.conftest import tx
from tests.unit.localcloud.fc.tasks.conftest import world
from tests.unit.localcloud.sls.conftest import logstore

__all__ = ["logstore", "tx", "world"]
