"""The ids of requests, in the form of each kind of service.

None is secret, only unlike any other: os.urandom would give way to other threads each time.
"""

import random
import time

_NS = 1_000_000_000


def hexadecimal_request_id() -> str:
    """24 upper-case hexadecimal digits, as SMQ and Log Service number their requests."""
    return f"{random.getrandbits(96):024X}"


def uuid_request_id() -> str:
    """An upper-case UUID, as RPC services number their requests."""
    digits = f"{random.getrandbits(128):032X}"
    return f"{digits[:8]}-{digits[8:12]}-4{digits[13:16]}-8{digits[17:20]}-{digits[20:]}"


def function_request_id() -> str:
    """`1-<seconds>-<8 digits>-<12 digits>` in hexadecimal, as Function Compute numbers them.

    The 8 digits are the fraction of the second, the rest is random: ids that follow one another in
    time stand side by side in an index, and are written to the same few pages of it.
    """
    seconds, rest = divmod(time.time_ns(), _NS)
    return f"1-{seconds:08x}-{(rest << 32) // _NS:08x}-{random.getrandbits(48):012x}"
