"""RPC operations as tables: what each knows, what it is done to, and how."""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from localcloud.account import Caller
from localcloud.clock import Clock
from localcloud.fidelity import Fate, Table
from localcloud.fidelity.warning import RecordedWarnings
from localcloud.ram.access import require
from localcloud.store.database import Database, Transaction
from localcloud.wire.exchange import RpcOperation
from localcloud.wire.rpc_parameters import RpcParameters


@dataclass(frozen=True, slots=True)
class Asked:
    """One call of an operation, inside its transaction; `now` in ms."""

    tx: Transaction
    caller: Caller
    parameters: RpcParameters
    now: int


@dataclass(frozen=True, slots=True)
class Operation:
    """One operation.

    `known` are its parameters; `resources` gives the ARNs that a role session must be allowed it
    on, each of them; `run` gives the answer. `reads` is set where nothing is changed.
    """

    known: tuple[str, ...]
    resources: Callable[[RpcParameters], tuple[str, ...]]
    run: Callable[[Asked], Any]
    reads: bool = False


def served(
    database: Database,
    clock: Clock,
    ram_code: str,
    operations: Mapping[str, Operation],
    answer: Callable[[Any], dict[str, Any]],
    parameters_told: Table,
) -> dict[str, RpcOperation]:
    """The operations as the RPC dialect calls them.

    `ram_code` is how policies name the service (`mns`), `answer` makes the JSON object of what an
    operation gives. `parameters_told` has an entry `<operation>.<parameter>`, or `*.<parameter>`,
    for each one that is only recorded: the log says so when it is sent.
    """
    warnings = RecordedWarnings(logging.getLogger(f"{__name__}.{ram_code}"))
    recorded = {
        entry.thing: entry for entry in parameters_told.entries if entry.fate is Fate.RECORDED
    }

    def serve(name: str, operation: Operation) -> RpcOperation:
        async def call(caller: Caller, given: Mapping[str, str]) -> dict[str, Any]:
            parameters = RpcParameters(name, given, operation.known)
            resources = operation.resources(parameters)
            now = clock()

            def run(tx: Transaction) -> Any:
                for resource in resources:
                    require(tx, caller, f"{ram_code}:{name}", resource)
                return operation.run(Asked(tx, caller, parameters, now))

            if operation.reads:  # aside: a list may be long
                done = answer(await database.read_aside(run))
            else:
                done = answer(await database.write(run))
            for parameter, value in given.items():
                entry = recorded.get(f"{name}.{parameter}") or recorded.get(f"*.{parameter}")
                if entry is not None and value and value not in entry.harmless:
                    whose = f"{name} of {resources[0]}" if resources else name
                    warnings.give(whose, replace(entry, thing=parameter))
            return done

        return call

    return {name: serve(name, operation) for name, operation in operations.items()}
