"""Temporary credentials: how long they sign, and when they are forgotten."""

import json

import pytest

from localcloud.account import ROOT
from localcloud.ram import roles
from localcloud.ram.credentials import TemporaryCredentials, assume, secret_of
from localcloud.refusal import Refusal
from localcloud.store.database import Transaction

HOUR = 3_600_000
TRUST = json.dumps(
    {
        "Version": "1",
        "Statement": [
            {
                "Effect": "Allow",
                "Action": "sts:AssumeRole",
                "Principal": {"Service": ["fc.aliyuncs.com"]},
            }
        ],
    }
)
ARN = "acs:ram::1234567890123456:role/job"


@pytest.fixture
def made(tx: Transaction) -> TemporaryCredentials:
    roles.create_role(tx, "Job", TRUST, 0)
    return assume(tx, ARN, "session", now=0, seconds=3600)


def code_of(tx: Transaction, key: TemporaryCredentials, token: str | None, now: int) -> str:
    with pytest.raises(Refusal) as raised:
        secret_of(tx, key.access_key_id, token, now)
    return raised.value.code


def test_they_sign_as_their_role_until_they_expire(
    tx: Transaction, made: TemporaryCredentials
) -> None:
    assert made.expiration == HOUR
    secret, caller = secret_of(tx, made.access_key_id, made.security_token, HOUR - 1)
    assert secret == made.access_key_secret
    assert caller.role_arn == ARN
    assert caller.arn == "acs:ram::1234567890123456:assumed-role/job/session"
    assert code_of(tx, made, made.security_token, HOUR) == "InvalidSecurityToken.Expired"


def test_their_token_must_be_there_and_be_theirs(
    tx: Transaction, made: TemporaryCredentials
) -> None:
    other = assume(tx, ARN, "other", 0, 3600)
    assert code_of(tx, made, None, 1) == "MissingSecurityToken"
    for token in (other.security_token, "nonsense", "\u00e9"):
        assert code_of(tx, made, token, 1) == "InvalidSecurityToken.MismatchWithAccessKey"


def test_they_end_with_their_role(tx: Transaction, made: TemporaryCredentials) -> None:
    roles.delete_role(tx, "job")
    assert code_of(tx, made, made.security_token, 1) == "InvalidAccessKeyId.NotFound"
    roles.create_role(tx, "job", TRUST, 1)
    assert code_of(tx, made, made.security_token, 1) == "InvalidAccessKeyId.NotFound"


def test_an_unknown_key_is_refused(tx: Transaction) -> None:
    nobody = TemporaryCredentials("STS.nobody", "", "", 0)
    assert code_of(tx, nobody, "token", 0) == "InvalidAccessKeyId.NotFound"


def test_the_accounts_own_key_needs_no_token(tx: Transaction) -> None:
    assert secret_of(tx, "localcloud", None, 0) == ("localcloud", ROOT)


def test_a_role_that_does_not_exist_gives_none(tx: Transaction) -> None:
    with pytest.raises(Refusal) as raised:
        assume(tx, ARN, "s", 0, 900)
    assert (raised.value.code, raised.value.status) == ("EntityNotExist.Role", 404)


def test_expired_ones_are_forgotten_in_small_steps(
    tx: Transaction, made: TemporaryCredentials
) -> None:
    for number in range(49):
        assume(tx, ARN, f"s-{number}", 0, 3600)
    left = [_count(tx)]
    for _ in range(3):
        assume(tx, ARN, "later", 2 * HOUR, 3600)
        left.append(_count(tx))
    assert left == [50, 31, 12, 3]
    assert code_of(tx, made, made.security_token, 2 * HOUR) == "InvalidAccessKeyId.NotFound"


def _count(tx: Transaction) -> int:
    return tx.execute("SELECT count(*) FROM temporary_credentials").fetchone()[0]
