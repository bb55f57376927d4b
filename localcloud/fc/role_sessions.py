"""Temporary credentials of functions' roles, as their handlers get them."""

from localcloud.fc.instances.invocation import Credentials
from localcloud.ram import access
from localcloud.ram import credentials as ram_credentials
from localcloud.store.database import Transaction

SESSION_SECONDS = 36 * 3600  # the longest timeout is a day: credentials outlive every attempt
RENEW_BEFORE = 25 * 3_600_000  # ms


class RoleSessions:
    """One session for a role until it is near its end; used from the store's writer only."""

    def __init__(self) -> None:
        self._made: dict[str, tuple[int, Credentials]] = {}

    def known(self, role: str, now: int) -> Credentials | None:
        """Credentials made before that last long enough, without asking anybody."""
        made = self._made.get(role)
        return made[1] if made is not None and made[0] - now > RENEW_BEFORE else None

    def credentials(self, tx: Transaction, role: str, now: int) -> Credentials | None:
        """Credentials of `role`, or None where there is no role or FC may not assume it."""
        if not role:
            return None
        trusted = access.trusts(tx, role)
        if not trusted.allowed:
            self._made.pop(role, None)
            return None
        known = self.known(role, now)
        if known is not None:
            return known
        session = ram_credentials.assume(tx, role, "fc", now, SESSION_SECONDS)
        made = Credentials(session.access_key_id, session.access_key_secret, session.security_token)
        # kept only once it is stored: a change that is rolled back must not leave a dead key here
        tx.after_commit(lambda: self._made.update({role: (session.expiration, made)}))
        return made
