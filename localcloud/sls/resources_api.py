"""The routes of projects, logstores and their indexes."""

import json
from collections.abc import Callable, Mapping
from typing import Any, cast

from localcloud.account import ACCOUNT_ID, REGION
from localcloud.clock import Clock
from localcloud.ram.access import require
from localcloud.refusal import Refusal
from localcloud.sls import index, logstores, projects
from localcloud.store.database import Database, Transaction
from localcloud.wire.exchange import Answer, Call, Route, json_answer

Work = Callable[[Transaction], Any]


def json_body(call: Call) -> dict[str, Any]:
    """The JSON object in the body. Raises Refusal PostBodyInvalid."""
    try:
        document = json.loads(call.body or b"{}")
    except ValueError as error:
        raise Refusal("PostBodyInvalid", f"the body is not JSON: {error}") from None
    if not isinstance(document, dict):
        raise Refusal("PostBodyInvalid", "the body is not a JSON object")
    return cast("dict[str, Any]", document)


def text_of(document: Mapping[str, Any], name: str, default: str = "") -> str:
    """A text in a JSON object. Raises Refusal ParameterInvalid when it is something else."""
    value = document.get(name)
    if value is None:
        return default
    if not isinstance(value, str):
        raise Refusal("ParameterInvalid", f"{name} is {value!r}, and should be a text")
    return value


def texts_of(document: Mapping[str, Any], name: str) -> list[str]:
    """A list of texts in a JSON object. Raises Refusal ParameterInvalid."""
    value = document.get(name) or []
    if not isinstance(value, list) or not all(
        isinstance(one, str) for one in cast("list[Any]", value)
    ):
        raise Refusal("ParameterInvalid", f"{name} is {value!r}, and should be a list of texts")
    return cast("list[str]", value)


def arn(project: str, rest: str = "") -> str:
    """The ARN that policies name a project, or something in it, by."""
    return f"acs:log:{REGION}:{ACCOUNT_ID}:project/{project}{rest}"


class Resources:
    """Answers the calls that make, show, change and delete what logs are kept in."""

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        store, at_index = "/logstores/{logstore}", "/logstores/{logstore}/index"
        self.routes = [
            Route("POST", "/", "CreateProject", self._create_project),
            Route("GET", "/", "GetProject", self._get_project),
            Route("PUT", "/", "UpdateProject", self._update_project),
            Route("DELETE", "/", "DeleteProject", self._delete_project),
            Route("GET", "/policy", "GetProjectPolicy", self._get_policy),
            Route("POST", "/policy", "PutProjectPolicy", self._put_policy),
            Route("DELETE", "/policy", "DeleteProjectPolicy", self._delete_policy),
            Route("PUT", "/resourcegroup", "ChangeResourceGroup", self._change_resource_group),
            Route("POST", "/tag", "TagResources", self._tag),
            Route("POST", "/untag", "UntagResources", self._untag),
            Route("GET", "/tags", "ListTagResources", self._list_tags),
            Route("POST", "/logstores", "CreateLogStore", self._create_logstore),
            Route("GET", "/logstores", "ListLogStores", self._list_logstores),
            Route("PUT", store, "UpdateLogStore", self._update_logstore),
            Route("DELETE", store, "DeleteLogStore", self._delete_logstore),
            Route("GET", f"{store}/shards", "ListShards", self._list_shards),
            Route("GET", f"{store}/meteringmode", "GetLogStoreMeteringMode", self._get_metering),
            Route("PUT", f"{store}/meteringmode", "UpdateLogStoreMeteringMode", self._set_metering),
            Route("POST", at_index, "CreateIndex", self._create_index),
            Route("GET", at_index, "GetIndex", self._get_index),
            Route("PUT", at_index, "UpdateIndex", self._update_index),
            Route("DELETE", at_index, "DeleteIndex", self._delete_index),
        ]

    # -------------------------------------------------------------- projects

    async def _create_project(self, call: Call) -> Answer:
        body = json_body(call)
        name = text_of(body, "projectName") or call.project

        def work(tx: Transaction) -> None:
            description, group = text_of(body, "description"), text_of(body, "resourceGroupId")
            projects.create_project(tx, name, description, group, self._clock())

        return await self._write(call, "CreateProject", arn(name), work)

    async def _get_project(self, call: Call) -> Answer:
        if not call.project:
            return await self._list_projects(call)
        found = self._read(
            call, "GetProject", arn(call.project), lambda tx: projects.get_project(tx, call.project)
        )
        return json_answer(_project_document(found))

    async def _list_projects(self, call: Call) -> Answer:
        query = call.query
        found = self._read(
            call,
            "ListProject",
            arn("*"),
            lambda tx: projects.list_projects(
                tx,
                query.get("projectName", ""),
                query.get("resourceGroupId", ""),
                query.get("description", ""),
            ),
        )
        page = page_of(found, query)
        return json_answer(
            {
                "count": len(page),
                "total": len(found),
                "projects": [_project_document(one) for one in page],
            }
        )

    async def _update_project(self, call: Call) -> Answer:
        description = text_of(json_body(call), "description")
        return await self._write(
            call,
            "UpdateProject",
            arn(call.project),
            lambda tx: projects.update_project(tx, call.project, description, self._clock()),
        )

    async def _delete_project(self, call: Call) -> Answer:
        return await self._write(
            call,
            "DeleteProject",
            arn(call.project),
            lambda tx: projects.delete_project(tx, call.project),
        )

    async def _get_policy(self, call: Call) -> Answer:
        policy: str = self._read(
            call,
            "GetProjectPolicy",
            arn(call.project),
            lambda tx: projects.get_policy(tx, call.project),
        )
        return Answer(200, policy.encode())

    async def _put_policy(self, call: Call) -> Answer:
        policy = call.body.decode("utf-8", "replace")
        return await self._write(
            call,
            "PutProjectPolicy",
            arn(call.project),
            lambda tx: projects.put_policy(tx, call.project, policy, self._clock()),
        )

    async def _delete_policy(self, call: Call) -> Answer:
        return await self._write(
            call,
            "DeleteProjectPolicy",
            arn(call.project),
            lambda tx: projects.delete_policy(tx, call.project, self._clock()),
        )

    async def _change_resource_group(self, call: Call) -> Answer:
        body = json_body(call)
        kind = text_of(body, "resourceType", "PROJECT")
        if kind.upper() != "PROJECT":
            raise Refusal("ParameterInvalid", f"resourceType is {kind!r}, and can be PROJECT")
        name, group = text_of(body, "resourceId"), text_of(body, "resourceGroupId")
        return await self._write(
            call,
            "ChangeResourceGroup",
            arn(name),
            lambda tx: projects.change_resource_group(tx, name, group, self._clock()),
        )

    async def _tag(self, call: Call) -> Answer:
        body = json_body(call)
        listed: Any = body.get("tags") or []
        if not isinstance(listed, list) or not all(
            isinstance(one, dict) for one in cast("list[Any]", listed)
        ):
            raise Refusal("ParameterInvalid", "tags is not a list of objects with key and value")
        tags = {
            text_of(one, "key"): text_of(one, "value")
            for one in cast("list[dict[str, Any]]", listed)
        }
        names = _tagged_projects(text_of(body, "resourceType"), texts_of(body, "resourceId"))

        def work(tx: Transaction) -> None:
            for name in names:
                projects.tag_project(tx, name, tags)

        return await self._write(call, "TagResources", arn(names[0]), work)

    async def _untag(self, call: Call) -> Answer:
        body = json_body(call)
        keys = texts_of(body, "tags")
        names = _tagged_projects(text_of(body, "resourceType"), texts_of(body, "resourceId"))

        def work(tx: Transaction) -> None:
            for name in names:
                every = list(projects.tags_of(tx, name)) if body.get("all") is True else keys
                projects.untag_project(tx, name, every)

        return await self._write(call, "UntagResources", arn(names[0]), work)

    async def _list_tags(self, call: Call) -> Answer:
        asked = call.query.get("resourceId", "")
        try:
            listed = json.loads(asked) if asked else []
        except ValueError:
            listed = [asked]
        names = _tagged_projects(
            call.query.get("resourceType", ""), texts_of({"resourceId": listed}, "resourceId")
        )

        def work(tx: Transaction) -> list[dict[str, str]]:
            return [
                {
                    "tagKey": key,
                    "tagValue": value,
                    "resourceId": name,
                    "resourceType": "PROJECT",
                }
                for name in names
                for key, value in projects.tags_of(tx, name).items()
            ]

        found = self._read(call, "ListTagResources", arn(names[0]), work)
        return json_answer({"nextToken": "", "tagResources": found})

    # -------------------------------------------------------------- logstores

    async def _create_logstore(self, call: Call) -> Answer:
        body = json_body(call)
        name = text_of(body, "logstoreName")
        ttl = body.get("ttl", 30)
        settings = _without(body, "logstoreName", "ttl", "processorId", "productType")
        return await self._write(
            call,
            "CreateLogStore",
            arn(call.project, f"/logstore/{name}"),
            lambda tx: logstores.create_logstore(
                tx, call.project, name, ttl, settings, self._clock()
            ),
        )

    async def _list_logstores(self, call: Call) -> Answer:
        query = call.query
        found: list[str] = self._read(
            call,
            "ListLogStores",
            arn(call.project, "/logstore/*"),
            lambda tx: logstores.list_logstores(
                tx,
                call.project,
                query.get("logstoreName", ""),
                query.get("telemetryType"),
                query.get("mode"),
            ),
        )
        page = page_of(found, query)
        return json_answer({"count": len(page), "total": len(found), "logstores": page})

    async def get_logstore(self, call: Call) -> Answer:
        """GetLogStore; the same path with `type=log` in its query is GetLogs."""
        name = call.variables["logstore"]
        row = self._read(
            call,
            "GetLogStore",
            self._store(call),
            lambda tx: logstores.find(tx, call.project, name),
        )
        return json_answer(
            {
                "logstoreName": row.name,
                "ttl": row.ttl,
                "createTime": row.created // 1000,
                "lastModifyTime": row.modified // 1000,
                "resourceQuota": {"storage": {"preserved": -1, "used": 0}},
                **_without(logstores.settings_of(row), "meteringMode"),
            }
        )

    async def _update_logstore(self, call: Call) -> Answer:
        name = call.variables["logstore"]
        settings = _without(json_body(call), "logstoreName", "resourceQuota")
        return await self._write(
            call,
            "UpdateLogStore",
            self._store(call),
            lambda tx: logstores.update_logstore(tx, call.project, name, settings, self._clock()),
        )

    async def _delete_logstore(self, call: Call) -> Answer:
        name = call.variables["logstore"]
        return await self._write(
            call,
            "DeleteLogStore",
            self._store(call),
            lambda tx: logstores.delete_logstore(tx, call.project, name),
        )

    async def _list_shards(self, call: Call) -> Answer:
        name = call.variables["logstore"]
        row = self._read(
            call, "ListShards", self._store(call), lambda tx: logstores.find(tx, call.project, name)
        )
        return json_answer(
            [
                {
                    "shardID": number,
                    "status": "readwrite",
                    "inclusiveBeginKey": first,
                    "exclusiveEndKey": end,
                    "createTime": row.created // 1000,
                }
                for number, first, end in logstores.shards_of(row)
            ]
        )

    async def _get_metering(self, call: Call) -> Answer:
        name = call.variables["logstore"]
        mode = self._read(
            call,
            "GetLogStoreMeteringMode",
            self._store(call),
            lambda tx: logstores.metering_mode(tx, call.project, name),
        )
        return json_answer({"meteringMode": mode})

    async def _set_metering(self, call: Call) -> Answer:
        name = call.variables["logstore"]
        mode = text_of(json_body(call), "meteringMode")
        return await self._write(
            call,
            "UpdateLogStoreMeteringMode",
            self._store(call),
            lambda tx: logstores.set_metering_mode(tx, call.project, name, mode, self._clock()),
        )

    # -------------------------------------------------------------- indexes

    async def _create_index(self, call: Call) -> Answer:
        name, config = call.variables["logstore"], call.body.decode("utf-8", "replace")
        return await self._write(
            call,
            "CreateIndex",
            self._store(call),
            lambda tx: index.create_index(tx, call.project, name, config, self._clock()),
        )

    async def _get_index(self, call: Call) -> Answer:
        name = call.variables["logstore"]
        config: str = self._read(
            call, "GetIndex", self._store(call), lambda tx: index.get_index(tx, call.project, name)
        )
        return Answer(200, config.encode())

    async def _update_index(self, call: Call) -> Answer:
        name, config = call.variables["logstore"], call.body.decode("utf-8", "replace")
        return await self._write(
            call,
            "UpdateIndex",
            self._store(call),
            lambda tx: index.update_index(tx, call.project, name, config, self._clock()),
        )

    async def _delete_index(self, call: Call) -> Answer:
        name = call.variables["logstore"]
        return await self._write(
            call,
            "DeleteIndex",
            self._store(call),
            lambda tx: index.delete_index(tx, call.project, name, self._clock()),
        )

    # -------------------------------------------------------------- every call

    def _store(self, call: Call) -> str:
        return arn(call.project, f"/logstore/{call.variables['logstore']}")

    async def _write(self, call: Call, action: str, resource: str, work: Work) -> Answer:
        def allowed(tx: Transaction) -> None:
            require(tx, call.caller, f"log:{action}", resource)
            work(tx)

        await self._database.write(allowed)
        return Answer()

    def _read(self, call: Call, action: str, resource: str, work: Work) -> Any:
        def allowed(tx: Transaction) -> Any:
            require(tx, call.caller, f"log:{action}", resource)
            return work(tx)

        return self._database.read(allowed)


def page_of(found: list[Any], query: Mapping[str, str]) -> list[Any]:
    """The part of a list that `offset` and `size` (default 100, at most 500) ask for."""
    offset = whole_of(query, "offset", 0)
    size = whole_of(query, "size", 100)
    if not 0 <= size <= 500 or offset < 0:
        raise Refusal(
            "ParameterInvalid",
            f"offset is {offset} and size {size}: size can be 0 to 500, offset not negative",
        )
    return found[offset : offset + size]


def whole_of(document: Mapping[str, Any], name: str, default: int) -> int:
    """A whole number, or a text of one. Raises Refusal ParameterInvalid."""
    value = document.get(name)
    if value is None or value == "":
        return default
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and value.lstrip("-").isdecimal() and value.isascii():
        return int(value[:20])
    raise Refusal("ParameterInvalid", f"{name} is {value!r}, and should be a whole number")


def _without(document: Mapping[str, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in document.items() if name not in names}


def _tagged_projects(kind: str, names: list[str]) -> list[str]:
    if kind.upper() != "PROJECT":
        raise Refusal("ParameterInvalid", f"resourceType is {kind!r}, and can be PROJECT")
    if not names:
        raise Refusal("ParameterInvalid", "resourceId is empty: name at least one project")
    return names


def _project_document(project: projects.Project) -> dict[str, Any]:
    return {
        "projectName": project.name,
        "description": project.description,
        "resourceGroupId": project.resource_group_id,
        "status": "Normal",
        "owner": ACCOUNT_ID,
        "region": REGION,
        "createTime": _clock_text(project.created),
        "lastModifyTime": _clock_text(project.modified),
    }


def _clock_text(time_ms: int) -> str:
    from datetime import datetime, timezone

    return datetime.fromtimestamp(time_ms // 1000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
