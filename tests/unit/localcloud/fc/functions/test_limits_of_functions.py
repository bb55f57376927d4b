"""FC's limits: what is refused, in which words, and what a function has when nobody says."""

from typing import Any

import pytest
from conftest import Store, body  # pyright: ignore[reportMissingImports]
