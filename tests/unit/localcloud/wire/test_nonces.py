"""How long a nonce is remembered, and how many are."""

from localcloud.wire import nonces
from localcloud.wire.nonces import Nonces

MINUTE = 60_000
NOW = 1_700_000_000_000


def test_a_nonce_is_new_once_for_each_key() -> None:
    used = Nonces()
    assert used.add("key", "n", NOW)
    assert not used.add("key", "n", NOW)
    assert used.add("other key", "n", NOW)


def test_it_is_remembered_for_as_long_as_the_request_could_be_valid() -> None:
    for start in range(0, 61, 7):  # wherever in a generation it is used
        used = Nonces()
        used.add("key", "first", NOW)
        at = NOW + start * MINUTE
        used.add("key", "n", at)
        for later in range(1, 31):
            used.add("key", f"other {later}", at + later * MINUTE)
            assert not used.add("key", "n", at + later * MINUTE), (start, later)


def test_it_is_forgotten_in_the_end() -> None:
    used = Nonces()
    used.add("key", "n", NOW)
    assert used.add("key", "n", NOW + 61 * MINUTE)


def test_its_memory_is_bounded() -> None:
    used = Nonces()
    most = nonces._MOST_IN_A_GENERATION  # pyright: ignore[reportPrivateUsage]
    for number in range(2 * most + 1):
        used.add("key", str(number), NOW)
    assert not used.add("key", str(2 * most), NOW)
    assert used.add("key", "0", NOW)  # the oldest are forgotten
