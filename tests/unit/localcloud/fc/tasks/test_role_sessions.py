"""The credentials that handlers get, and how long they are the same."""

import json

import pytest

from localcloud.fc.instances.invocation import Credentials
from localcloud.fc.role_sessions import RENEW_BEFORE, SESSION_SECONDS, RoleSessions
from localcloud.ram import credentials as ram_credentials
from localcloud.refusal import Refusal
from localcloud.store import policy_attachments, roles
from localcloud.store.database import Transaction

from .conftest import ROLE, START, TRUST, World


def get(world: World, sessions: RoleSessions, role: str = ROLE) -> Credentials | None:
    return world.change(sessions.credentials, role, world.now)


def signs(world: World, key: Credentials) -> bool:
    def look(tx: Transaction) -> bool:
        try:
            ram_credentials.secret_of(tx, key.access_key_id, key.security_token, world.now)
        except Refusal:
            return False
        return True

    return world.change(look)


def test_one_session_until_it_is_near_its_end(world: World) -> None:
    sessions = RoleSessions()
    first = get(world, sessions)
    assert first is not None
    assert get(world, sessions) == first
    world.now += SESSION_SECONDS * 1000 - RENEW_BEFORE
    second = get(world, sessions)
    assert second not in (None, first)
    assert signs(world, first)  # a day's attempt that began just before still has its own


def test_no_role_and_no_trust_are_no_credentials(world: World) -> None:
    sessions = RoleSessions()
    assert get(world, sessions, "") is None
    assert get(world, sessions, ROLE + "-unknown") is None
    assert get(world, sessions) is not None
    other = json.dumps(TRUST).replace("fc.aliyuncs.com", "ecs.aliyuncs.com")
    world.change(lambda tx: tx.execute("UPDATE roles SET trust_document = ?", (other,)))
    assert get(world, sessions) is None


def test_a_role_that_is_made_again_gets_a_session_of_its_own(world: World) -> None:
    sessions = RoleSessions()
    first = get(world, sessions)

    def make_again(tx: Transaction) -> None:
        policy_attachments.detach(tx, "worker", "Custom", "all")
        roles.remove_role(tx, "worker")
        trust = json.dumps(TRUST)
        roles.add_role(tx, roles.Role("worker", "worker", "2", trust, "", 3600, START, START))

    world.change(make_again)
    second = get(world, sessions)
    assert first is not None
    assert second is not None
    assert not signs(world, first)
    assert signs(world, second)


def test_a_session_of_a_change_that_was_not_kept_is_forgotten(world: World) -> None:
    sessions = RoleSessions()

    def refused(tx: Transaction) -> None:
        assert sessions.credentials(tx, ROLE, world.now) is not None
        raise Refusal("No", "after all")

    with pytest.raises(Refusal):
        world.change(refused)
    key = get(world, sessions)
    assert key is not None
    assert signs(world, key)
