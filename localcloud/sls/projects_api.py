"""The routes of projects, their policy, tags and resource group."""

from datetime import datetime, timezone
from typing import Any, cast

from localcloud.account import ACCOUNT_ID, REGION
from localcloud.fidelity.log_service import BODIES, PROJECT
from localcloud.json_text import read_json
from localcloud.refusal import Refusal
from localcloud.sls import projects
from localcloud.sls.calls import (
    Door,
    arn,
    body_text,
    flag_of,
    json_object,
    page_of,
    refuse_unknown,
    text_of,
    texts_of,
)
from localcloud.sls.recorded_settings import Warnings
from localcloud.store.database import Transaction
from localcloud.wire.exchange import Answer, Call, Route, json_answer


class ProjectsApi:
    """Answers what is asked of projects.

    The project is in the host name; `GET /` on the endpoint itself lists them all.
    """

    def __init__(self, door: Door, warnings: Warnings) -> None:
        self._door = door
        self._warnings = warnings
        self.routes = [
            Route("POST", "/", "CreateProject", self._create_project),
            Route("GET", "/", "GetProject", self._get_project_or_list),
            Route("PUT", "/", "UpdateProject", self._update_project),
            Route("DELETE", "/", "DeleteProject", self._delete_project),
            Route("GET", "/policy", "GetProjectPolicy", self._get_policy),
            Route("POST", "/policy", "PutProjectPolicy", self._put_policy),
            Route("DELETE", "/policy", "DeleteProjectPolicy", self._delete_policy),
            Route("PUT", "/resourcegroup", "ChangeResourceGroup", self._change_resource_group),
            Route("POST", "/tag", "TagResources", self._tag),
            Route("POST", "/untag", "UntagResources", self._untag),
            Route("GET", "/tags", "ListTagResources", self._list_tags),
        ]

    async def _create_project(self, call: Call) -> Answer:
        body = json_object(body_text(call))
        refuse_unknown(body, tuple(entry.thing for entry in PROJECT.entries))
        name = text_of(body, "projectName") or call.project
        if call.project not in ("", name):
            raise Refusal(
                "ParameterInvalid",
                f"projectName is {name!r}, and the host name says {call.project!r}",
            )
        redundancy = text_of(body, "dataRedundancyType", "LRS")
        if redundancy not in ("", "LRS"):
            raise Refusal(
                "NotSupported",
                f"dataRedundancyType {redundancy!r} is not implemented: there is one disk (LRS)",
            )
        description, group = text_of(body, "description"), text_of(body, "resourceGroupId")

        def work(tx: Transaction) -> None:
            projects.create_project(tx, name, description, group, self._door.now())

        answer = await self._door.write(call, "CreateProject", arn(name), work)
        if group:
            self._warnings.give(f"project {name}", PROJECT["resourceGroupId"])
        return answer

    async def _get_project_or_list(self, call: Call) -> Answer:
        if not call.project:
            return self._list_projects(call)
        found = self._door.read(
            call, "GetProject", arn(call.project), lambda tx: projects.get_project(tx, call.project)
        )
        return json_answer(_shown(found))

    def _list_projects(self, call: Call) -> Answer:
        query = call.query
        found = self._door.read(
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
        page = [_shown(project) for project in page_of(found, query)]
        return json_answer({"count": len(page), "total": len(found), "projects": page})

    async def _update_project(self, call: Call) -> Answer:
        body = json_object(body_text(call))
        refuse_unknown(body, BODIES["UpdateProject"])
        description = text_of(body, "description")

        def work(tx: Transaction) -> None:
            projects.update_project(tx, call.project, description, self._door.now())

        return await self._door.write(call, "UpdateProject", arn(call.project), work)

    async def _delete_project(self, call: Call) -> Answer:
        def work(tx: Transaction) -> None:
            projects.delete_project(tx, call.project)

        return await self._door.write(call, "DeleteProject", arn(call.project), work)

    async def _get_policy(self, call: Call) -> Answer:
        policy = self._door.read(
            call,
            "GetProjectPolicy",
            arn(call.project),
            lambda tx: projects.get_policy(tx, call.project),
        )
        return Answer(200, policy.encode())

    async def _put_policy(self, call: Call) -> Answer:
        policy = body_text(call)
        json_object(policy, "the policy")

        def work(tx: Transaction) -> None:
            projects.put_policy(tx, call.project, policy, self._door.now())

        answer = await self._door.write(call, "PutProjectPolicy", arn(call.project), work)
        self._warnings.of_call(f"project {call.project}", "PutProjectPolicy")
        return answer

    async def _delete_policy(self, call: Call) -> Answer:
        def work(tx: Transaction) -> None:
            projects.delete_policy(tx, call.project, self._door.now())

        return await self._door.write(call, "DeleteProjectPolicy", arn(call.project), work)

    async def _change_resource_group(self, call: Call) -> Answer:
        body = json_object(body_text(call))
        refuse_unknown(body, BODIES["ChangeResourceGroup"])
        _check_kind(text_of(body, "resourceType", "PROJECT"))
        name, group = text_of(body, "resourceId"), text_of(body, "resourceGroupId")

        def work(tx: Transaction) -> None:
            projects.change_resource_group(tx, name, group, self._door.now())

        answer = await self._door.write(call, "ChangeResourceGroup", arn(name), work)
        self._warnings.of_call(f"project {name}", "ChangeResourceGroup")
        return answer

    async def _tag(self, call: Call) -> Answer:
        body = json_object(body_text(call))
        refuse_unknown(body, BODIES["TagResources"])
        tags = _tags(body.get("tags"))
        name = _tagged_project(text_of(body, "resourceType"), texts_of(body, "resourceId"))

        def work(tx: Transaction) -> None:
            projects.tag_project(tx, name, tags)

        return await self._door.write(call, "TagResources", arn(name), work)

    async def _untag(self, call: Call) -> Answer:
        body = json_object(body_text(call))
        refuse_unknown(body, BODIES["UntagResources"])
        keys, every = texts_of(body, "tags"), flag_of(body, "all")
        name = _tagged_project(text_of(body, "resourceType"), texts_of(body, "resourceId"))

        def work(tx: Transaction) -> None:
            projects.untag_project(tx, name, list(projects.tags_of(tx, name)) if every else keys)

        return await self._door.write(call, "UntagResources", arn(name), work)

    async def _list_tags(self, call: Call) -> Answer:
        query = call.query
        _check_kind(query.get("resourceType", ""))
        names = _json_list(query, "resourceId")
        wanted = _tags(_json_list(query, "tags"))

        def work(tx: Transaction) -> list[dict[str, str]]:
            found: list[dict[str, str]] = []
            for name in names or [project.name for project in projects.list_projects(tx)]:
                tags = projects.tags_of(tx, name)
                if all(tags.get(key) == value for key, value in wanted.items()):
                    found += [
                        {
                            "resourceType": "PROJECT",
                            "resourceId": name,
                            "tagKey": key,
                            "tagValue": value,
                        }
                        for key, value in tags.items()
                    ]
            return found

        # several at once, or all of them, is for one who may see all
        resource = arn(names[0] if len(names) == 1 else "*")
        found = self._door.read(call, "ListTagResources", resource, work)
        return json_answer({"nextToken": "", "tagResources": found})


def _tags(listed: object) -> dict[str, str]:
    if listed is None:
        return {}
    if not isinstance(listed, list) or not all(
        isinstance(tag, dict) for tag in cast("list[Any]", listed)
    ):
        raise Refusal("ParameterInvalid", "tags is not a list of objects with key and value")
    return {
        text_of(tag, "key"): text_of(tag, "value") for tag in cast("list[dict[str, Any]]", listed)
    }


def _json_list(query: Any, name: str) -> list[Any]:
    text = query.get(name, "")
    try:
        listed = read_json(text) if text else []
    except ValueError:
        listed = None
    if not isinstance(listed, list):
        raise Refusal("ParameterInvalid", f"{name} is {text!r}, and should be a list in JSON")
    found = cast("list[Any]", listed)
    return texts_of({name: found}, name) if name == "resourceId" else found


def _check_kind(kind: str) -> None:
    if kind.upper() != "PROJECT":
        raise Refusal(
            "NotSupported", f"resourceType {kind!r} is not implemented: projects can be tagged"
        )


def _tagged_project(kind: str, names: list[str]) -> str:
    _check_kind(kind)
    if len(names) != 1:
        raise Refusal("ParameterInvalid", f"resourceId names {len(names)} projects: name one")
    return names[0]


def _shown(project: projects.Project) -> dict[str, Any]:
    return {
        "projectName": project.name,
        "description": project.description,
        "resourceGroupId": project.resource_group_id,
        "status": "Normal",
        "owner": ACCOUNT_ID,
        "region": REGION,
        "dataRedundancyType": "LRS",
        "createTime": _date(project.created),
        "lastModifyTime": _date(project.modified),
    }


def _date(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms // 1000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S")
