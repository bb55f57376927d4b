"""The one account that localcloud has, and who a request can come from."""

from dataclasses import dataclass

ACCOUNT_ID = "1234567890123456"
REGION = "cn-hangzhou"
ACCESS_KEY_ID = "localcloud"
ACCESS_KEY_SECRET = "localcloud"  # noqa: S105 - documented, and worth nothing outside this machine


@dataclass(frozen=True, slots=True)
class Caller:
    """Who signed a request.

    `arn` is what GetCallerIdentity answers. `role_arn` is set when the request came with temporary
    credentials of a RAM role: such a caller may do what that role's policies allow. Without it the
    caller is the account itself and may do everything.
    """

    access_key_id: str
    arn: str
    principal_id: str
    role_arn: str | None = None


ROOT = Caller(
    access_key_id=ACCESS_KEY_ID, arn=f"acs:ram::{ACCOUNT_ID}:root", principal_id=ACCOUNT_ID
)
