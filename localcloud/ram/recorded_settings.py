"""What a policy document says and nobody acts on: kept, given back, and warned of in the log."""

import logging

from localcloud.fidelity.access_management import POLICIES
from localcloud.fidelity.warning import RecordedWarnings
from localcloud.ram.policy_document import parse_policy, parse_trust_policy
from localcloud.store.database import Transaction

_warnings = RecordedWarnings(logging.getLogger(__name__))


def warn_of_policy(tx: Transaction, name: str, document: str) -> None:
    """Warn, once it is stored, of a condition in a policy document that is valid."""
    if any(statement.conditional for statement in parse_policy(document)):
        _give(tx, f"policy {name}", "Condition")


def warn_of_trust_policy(tx: Transaction, role: str, document: str) -> None:
    """Warn, once it is stored, of a condition or federation in a valid trust policy."""
    for statement in parse_trust_policy(document):
        if statement.conditional:
            _give(tx, f"trust policy of role {role}", "Condition")
        if "Federated" in (statement.principals or {}):
            _give(tx, f"trust policy of role {role}", "Principal.Federated")


def _give(tx: Transaction, whose: str, thing: str) -> None:
    tx.after_commit(lambda: _warnings.give(whose, POLICIES[thing]))
