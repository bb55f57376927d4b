"""FC 2023-03-30: tags and resource groups of functions, and the regions there are."""

from typing import Any

from localcloud.account import REGION
from localcloud.fc import functions, tags
from localcloud.fc.calls import ANY_FUNCTION, Operations, body_of, json_list, limit_of, tags_in
from localcloud.fc.checks import check_fields, check_names, text
from localcloud.fc.documents import function_document
from localcloud.fc.functions import FunctionFilter
from localcloud.fc.recorded_settings import Warnings
from localcloud.fc.resources_api import ROOT
from localcloud.fidelity.function_calls import BODIES
from localcloud.fidelity.function_compute import CALLS
from localcloud.refusal import Refusal
from localcloud.store.database import Transaction
from localcloud.wire.exchange import Answer, Call, Route, json_answer


class TaggingApi:
    """The routes of tags, resource groups and regions."""

    def __init__(self, operations: Operations, warnings: Warnings) -> None:
        self._operations = operations
        self._warnings = warnings
        self.routes = [
            Route("POST", ROOT + "/tags-v2", "TagResources", self.tag),
            Route("DELETE", ROOT + "/tags-v2", "UntagResources", self.untag),
            Route("GET", ROOT + "/tags-v2", "ListTagResources", self.list_tags),
            Route("PUT", ROOT + "/resource-groups", "ChangeResourceGroup", self.change_group),
            Route("GET", ROOT + "/regions", "DescribeRegions", self.regions),
        ]

    async def tag(self, call: Call) -> Answer:
        """TagResources."""
        document = await body_of(call)
        check_names(document, BODIES["TagResources"])
        wanted = tags_in(_list_in(document, "Tag"), "Tag")

        def rule(tx: Transaction, _now: int) -> None:
            names = tags.functions_of(
                tx, document.get("ResourceType", ""), _list_in(document, "ResourceId")
            )
            tags.tag_functions(tx, names, wanted)

        await self._operations.write(call, ANY_FUNCTION, rule)
        return json_answer({})

    async def untag(self, call: Call) -> Answer:
        """UntagResources: the tags named, or with All=true every one."""
        query = call.query
        keys = None if query.get("All", "").lower() == "true" else json_list(query, "TagKey")

        def rule(tx: Transaction, _now: int) -> None:
            names = tags.functions_of(
                tx, query.get("ResourceType", ""), json_list(query, "ResourceId")
            )
            tags.untag_functions(tx, names, keys)

        await self._operations.write(call, ANY_FUNCTION, rule)
        return json_answer({})

    async def list_tags(self, call: Call) -> Answer:
        """ListTagResources: of the functions named, or of all, only the tags asked for."""
        query = call.query
        limit = limit_of(query, "Limit")
        wanted = tags_in(json_list(query, "Tag"), "Tag")

        def rule(tx: Transaction) -> tuple[list[dict[str, str]], str]:
            named = json_list(query, "ResourceId")
            if named:
                names = tags.functions_of(tx, query.get("ResourceType", ""), named)
                return [entry for name in names for entry in tags.tag_entries(tx, name, wanted)], ""
            rows, token = functions.list_functions(
                tx, FunctionFilter(), query.get("NextToken", ""), limit
            )
            entries = [entry for row in rows for entry in tags.tag_entries(tx, row.name, wanted)]
            return entries, token

        entries, token = self._operations.read(call, ANY_FUNCTION, rule)
        document: dict[str, Any] = {"TagResources": entries, "RequestId": call.request_id}
        if token:
            document["NextToken"] = token
        return json_answer(document)

    async def change_group(self, call: Call) -> Answer:
        """ChangeResourceGroup: the id is kept with the function."""
        sent = await body_of(call)
        document = {name[:1].lower() + name[1:]: value for name, value in sent.items()}
        check_fields(
            document,
            {"resourceId": text(256), "newResourceGroupId": text(64), "resourceType": text(64)},
        )
        group = document.get("newResourceGroupId", "")

        def rule(tx: Transaction, now: int) -> dict[str, str]:
            resource = document.get("resourceId", "")
            name = tags.functions_of(tx, document.get("resourceType", ""), [resource])[0]
            row = functions.require_function(tx, name)
            old = function_document(row, {})["resourceGroupId"]
            functions.update_function(tx, name, {"resourceGroupId": group}, None, now)
            return {
                "OldResourceGroupId": old,
                "NewResourceGroupId": group,
                "ResourceId": resource,
            }

        answer = await self._operations.write(call, ANY_FUNCTION, rule)
        self._warnings.of_entry(answer["ResourceId"], CALLS, call.operation)
        return json_answer(answer)

    async def regions(self, _call: Call) -> Answer:
        """DescribeRegions: the one there is."""
        return json_answer({"Regions": {"Region": [{"RegionId": REGION, "LocalName": REGION}]}})


def _list_in(document: dict[str, Any], name: str) -> list[Any]:
    value = document.get(name)
    if not isinstance(value, list):
        raise Refusal("InvalidArgument", f"{name} is {value!r}: it must be a list")
    return value  # pyright: ignore[reportUnknownVariableType]
