"""The asynchronous configuration that calls follow: task or not, age, retries, destinations.

FC's API PutAsyncInvokeConfig: https://www.alibabacloud.com/help/en/functioncompute/fc/developer-reference/api-fc-2023-03-30-putasyncinvokeconfig
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from localcloud.account import ACCOUNT_ID, REGION
from localcloud.refusal import Refusal
from localcloud.store import async_configs as store
from localcloud.store.database import Transaction

DEFAULT_MAX_AGE_SECONDS = 86_400
DEFAULT_MAX_RETRIES = 3
MAX_AGE_SECONDS = 604_800
MAX_RETRIES = 8


@dataclass(frozen=True, slots=True)
class AsyncConfig:
    """What is set for a qualifier; None where its user set nothing.

    `max_age_seconds` is the time an event may wait before it is given up, `max_retries` how often
    it is tried again after the first failure; `on_success` and `on_failure` are destination ARNs.
    """

    async_task: bool | None = None
    max_age_seconds: int | None = None
    max_retries: int | None = None
    on_success: str | None = None
    on_failure: str | None = None

    @property
    def is_async_task(self) -> bool:
        """Whether asynchronous calls are tasks that can be listed and stopped; FC's default: no."""
        return bool(self.async_task)

    @property
    def age_limit_seconds(self) -> int:
        """Seconds an event may wait: what is set, or FC's default of a day."""
        return DEFAULT_MAX_AGE_SECONDS if self.max_age_seconds is None else self.max_age_seconds

    @property
    def retry_limit(self) -> int:
        """Retries after the first failure: what is set, or FC's default of 3."""
        return DEFAULT_MAX_RETRIES if self.max_retries is None else self.max_retries


NOT_CONFIGURED = AsyncConfig()


@dataclass(frozen=True, slots=True)
class Destination:
    """Where a result goes: `kind` is queue, topic or function; `name` is that thing's name."""

    kind: str
    name: str


_DESTINATION = re.compile(
    r"acs:(?:"
    r"mns:(?P<mns_region>[^:/]*):(?P<mns_account>[^:/]*):/(?P<kind>queues|topics)/"
    r"(?P<name>[^/:]+)/messages"
    r"|fc:(?P<fc_region>[^:/]*):(?P<fc_account>[^:/]*):functions/(?P<function>[^/:]+)"
    r"(?:/(?P<qualifier>[^/:]+))?)"
)


def parse_destination(arn: str) -> Destination:
    """Read a destination's ARN; an empty region or account means this one.

    Raises Refusal InvalidDestinationResources (400) for any other form, region or account.
    """
    match = _DESTINATION.fullmatch(arn)
    if match is None:
        raise bad_destination(
            f"{arn!r} is none of acs:mns:<region>:<account>:/queues/<queue>/messages, "
            "acs:mns:<region>:<account>:/topics/<topic>/messages, "
            "acs:fc:<region>:<account>:functions/<function>"
        )
    region = match["mns_region"] or match["fc_region"] or REGION
    account = match["mns_account"] or match["fc_account"] or ACCOUNT_ID
    if account != ACCOUNT_ID:
        raise bad_destination(
            f"{arn!r} is in account {account!r}; a destination must be in the function's own "
            f"account, {ACCOUNT_ID}"
        )
    if region != REGION:
        raise bad_destination(
            f"{arn!r} is in region {region!r}; localcloud has one region, {REGION}"
        )
    if match["function"] is not None:
        name = match["function"] + (f"/{match['qualifier']}" if match["qualifier"] else "")
        return Destination("function", name)
    return Destination("queue" if match["kind"] == "queues" else "topic", match["name"])


def bad_destination(reason: str) -> Refusal:
    """FC's refusal of a destination, with the reason."""
    return Refusal("InvalidDestinationResources", f"The destination resource is invalid: {reason}.")


def in_force(tx: Transaction, function: str, qualifier: str) -> AsyncConfig:
    """The configuration that a call with this qualifier follows.

    Ours, as no document says otherwise: the one of exactly that qualifier, and FC's defaults where
    it has none; an alias does not take over the configuration of the version it points at.
    """
    row = store.get_async_config(tx, function, qualifier)
    return NOT_CONFIGURED if row is None else _read(row.config)


def _read(config: Mapping[str, Any]) -> AsyncConfig:
    destinations = config.get("destinationConfig") or {}
    return AsyncConfig(
        async_task=config.get("asyncTask"),
        max_age_seconds=config.get("maxAsyncEventAgeInSeconds"),
        max_retries=config.get("maxAsyncRetryAttempts"),
        on_success=(destinations.get("onSuccess") or {}).get("destination"),
        on_failure=(destinations.get("onFailure") or {}).get("destination"),
    )
