"""Temporary credentials of functions' roles, as their handlers get them."""

from localcloud.fc.instances.invocation import Credentials
from localcloud.ram import access
from localcloud.ram import credentials as ram_credentials
from localcloud.store.database import Transaction

SESSION_SECONDS = 36 * 3600  # the longest timeout is a day: credentials outlive every attempt
RENEW_BEFORE = 25 * 3_600_000  # ms


class RoleSessions:
    """One session for a role until it is near its end. A role made again is another role."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[int, Credentials]] = {}

    def known(self, tx: Transaction, role: str, now: int) -> Credentials | None:
        """Credentials of the role with this ARN that were made before and last long enough."""
        found = access.role_of(tx, role)
        made = None if found is None else self._made.get(found.role_id)
        if made is None or made[0] - now <= RENEW_BEFORE or not access.trusts(tx, role).allowed:
            return None
        return made[1]

    def credentials(self, tx: Transaction, role: str, now: int) -> Credentials | None:
        """Credentials of `role`, or None where there is no role or FC may not assume it."""
        known = self.known(tx, role, now)
        if known is not None:
            return known
        found = access.role_of(tx, role)
        if found is None or not access.trusts(tx, role).allowed:
            return None
        session = ram_credentials.assume(tx, role, "fc", now, SESSION_SECONDS)
        made = Credentials(session.access_key_id, session.access_key_secret, session.security_token)
        # kept only once it is stored: a change that is rolled back must not leave a dead key here
        tx.after_commit(lambda: self._made.update({found.role_id: (session.expiration, made)}))
        return made
