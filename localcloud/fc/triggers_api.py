"""FC 2023-03-30: triggers."""

from collections.abc import Callable
from typing import Any

from localcloud.fc import triggers
from localcloud.fc.arns import function_arn
from localcloud.fc.calls import CREATED, NO_CONTENT, Operations, body_of, limit_of, page
from localcloud.fc.documents import trigger_document
from localcloud.fc.recorded_settings import Warnings
from localcloud.fc.resources_api import FUNCTION
from localcloud.fidelity.function_compute import TRIGGERS
from localcloud.store.database import Transaction
from localcloud.wire.exchange import Answer, Call, Route, json_answer

_TRIGGERS = FUNCTION + "/triggers"
_TRIGGER = _TRIGGERS + "/{triggerName}"


class TriggersApi:
    """The routes of triggers. `triggers_changed` wakes the timers."""

    def __init__(
        self,
        operations: Operations,
        warnings: Warnings,
        triggers_changed: Callable[[], None],
    ) -> None:
        self._operations = operations
        self._warnings = warnings
        self._triggers_changed = triggers_changed
        self.routes = [
            Route("POST", _TRIGGERS, "CreateTrigger", self.create_trigger),
            Route("GET", _TRIGGERS, "ListTriggers", self.list_triggers),
            Route("GET", _TRIGGER, "GetTrigger", self.get_trigger),
            Route("PUT", _TRIGGER, "UpdateTrigger", self.update_trigger),
            Route("DELETE", _TRIGGER, "DeleteTrigger", self.delete_trigger),
        ]

    async def create_trigger(self, call: Call) -> Answer:
        """CreateTrigger."""
        name, document = call.variables["functionName"], await body_of(call)

        def rule(tx: Transaction, now: int) -> dict[str, Any]:
            tx.after_commit(self._triggers_changed)
            return trigger_document(triggers.create_trigger(tx, name, document, now))

        answer = await self._operations.write(call, function_arn(name), rule)
        whose = f"trigger {answer['triggerName']} of function {name}"
        self._warnings.of_entry(whose, TRIGGERS, answer["triggerType"])
        self._warnings.of_trigger(whose, document)
        return json_answer(answer, CREATED)

    async def update_trigger(self, call: Call) -> Answer:
        """UpdateTrigger."""
        name, trigger = call.variables["functionName"], call.variables["triggerName"]
        document = await body_of(call)

        def rule(tx: Transaction, now: int) -> dict[str, Any]:
            tx.after_commit(self._triggers_changed)
            return trigger_document(triggers.update_trigger(tx, name, trigger, document, now))

        answer = await self._operations.write(call, function_arn(name), rule)
        self._warnings.of_trigger(f"trigger {trigger} of function {name}", document)
        return json_answer(answer)

    async def get_trigger(self, call: Call) -> Answer:
        """GetTrigger."""
        name, trigger = call.variables["functionName"], call.variables["triggerName"]
        row = self._operations.read(
            call, function_arn(name), lambda tx: triggers.require_trigger(tx, name, trigger)
        )
        return json_answer(trigger_document(row))

    async def delete_trigger(self, call: Call) -> Answer:
        """DeleteTrigger."""
        name, trigger = call.variables["functionName"], call.variables["triggerName"]
        await self._operations.write(
            call, function_arn(name), lambda tx, _now: triggers.delete_trigger(tx, name, trigger)
        )
        return Answer(NO_CONTENT)

    async def list_triggers(self, call: Call) -> Answer:
        """ListTriggers."""
        name, query = call.variables["functionName"], call.query
        limit = limit_of(query)
        rows, token = self._operations.read(
            call,
            function_arn(name),
            lambda tx: triggers.list_triggers(
                tx, name, query.get("prefix", ""), query.get("nextToken", ""), limit
            ),
        )
        return page("triggers", [trigger_document(row) for row in rows], token)
