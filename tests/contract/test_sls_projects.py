"""Projects of Log Service, with the official client."""

from typing import Any

import pytest
from aliyun.log import LogClient, LogException

from tests.refused import log_refused
from tests.running_cloud import RunningCloud


def test_a_project_is_shown_as_it_was_made(log: Any) -> None:
    log.create_project("shown", "a description", resource_group_id="rg-one")
    shown = log.get_project("shown").body
    assert (shown["projectName"], shown["description"]) == ("shown", "a description")
    assert (shown["resourceGroupId"], shown["status"]) == ("rg-one", "Normal")
    assert shown["createTime"] == shown["lastModifyTime"] != ""


def test_a_second_project_of_the_same_name_is_refused(log: Any) -> None:
    log.create_project("once", "")
    assert log_refused(lambda: log.create_project("once", "")) == ("ProjectAlreadyExist", 400)


@pytest.mark.parametrize("name", ["ab", "a" * 64, "Upper", "a_b", "-ab", "ab-", "a.b"])
def test_a_name_that_is_none_is_refused(log: Any, name: str) -> None:
    code, status = log_refused(lambda: log.create_project(name, ""))
    assert status == 400
    assert code == "ParameterInvalid"


@pytest.mark.parametrize("name", ["abc", "a" * 63, "0-9"])
def test_a_name_within_the_limits_is_taken(log: Any, name: str) -> None:
    log.create_project(name, "")
    assert log.get_project(name).body["projectName"] == name


def test_a_description_that_is_too_long_is_refused(log: Any) -> None:
    assert log_refused(lambda: log.create_project("too-long", "x" * 65))[0] == "ParameterInvalid"


def test_update_changes_the_description(log: Any) -> None:
    log.create_project("described", "before")
    log.update_project("described", "after")
    assert log.get_project("described").body["description"] == "after"


def test_what_is_missing_is_404_project_not_exist(log: Any) -> None:
    missing = ("ProjectNotExist", 404)
    assert log_refused(lambda: log.get_project("missing")) == missing
    assert log_refused(lambda: log.update_project("missing", "x")) == missing
    assert log_refused(lambda: log.delete_project("missing")) == missing
    assert log_refused(lambda: list(log.list_tag_resources("project", "missing"))) == missing


def test_a_deleted_project_takes_its_logstores_with_it(log: Any) -> None:
    log.create_project("going", "")
    log.create_logstore("going", "inside")
    log.delete_project("going")
    assert log_refused(lambda: log.get_project("going")) == ("ProjectNotExist", 404)
    log.create_project("going", "")
    assert log.list_logstore("going").get_logstores_total() == 0
    assert log_refused(lambda: log.get_logstore("going", "inside")) == ("LogStoreNotExist", 404)


def test_projects_are_listed_in_pages_and_by_a_part_of_their_name(log: Any) -> None:
    for name in ("page-a", "page-b", "page-c"):
        log.create_project(name, "")
    first = log.list_project(offset=0, size=2, project_name_pattern="page-")
    rest = log.list_project(offset=2, size=2, project_name_pattern="page-")
    assert [one["projectName"] for one in first.get_projects()] == ["page-a", "page-b"]
    assert [one["projectName"] for one in rest.get_projects()] == ["page-c"]
    assert (first.get_count(), first.get_total()) == (2, 3)


def test_tags_are_put_listed_filtered_and_taken_away(log: Any) -> None:
    log.create_project("tagged", "")
    log.tag_project("tagged", team="blue", stage="dev")
    log.tag_project("tagged", stage="prod")
    assert next(log.get_project_tags("tagged")).get_tags() == {"team": "blue", "stage": "prod"}
    matching = next(log.get_project_tags("tagged", team="blue"))
    assert matching.get_tags() == {"team": "blue", "stage": "prod"}
    assert next(log.get_project_tags("tagged", team="red")).get_tags() == {}
    log.untag_project("tagged", "team", "unknown")
    assert next(log.get_project_tags("tagged")).get_tags() == {"stage": "prod"}


def test_a_twenty_first_tag_is_refused_and_none_of_its_call_kept(log: Any) -> None:
    log.create_project("many-tags", "")
    log.tag_project("many-tags", **{f"k{n}": "v" for n in range(20)})
    assert log_refused(lambda: log.tag_project("many-tags", one_more="v"))[0] == "ParameterInvalid"
    assert len(next(log.get_project_tags("many-tags")).get_tags()) == 20


def test_tags_of_other_things_are_refused(log: Any) -> None:
    log.create_project("tagged-store", "")
    refusal = log_refused(lambda: log.tag_resources("logstore", "tagged-store#a", k="v"))
    assert refusal == ("NotSupported", 400)


def test_the_resource_group_can_be_changed(log: Any) -> None:
    log.create_project("grouped", "")
    log.change_resource_group("grouped", "rg-two")
    assert log.get_project("grouped").body["resourceGroupId"] == "rg-two"


def test_a_call_that_is_not_implemented_is_400_and_says_so(log: Any) -> None:
    log.create_project("incomplete", "")
    with pytest.raises(LogException, match="does not implement GET /configs"):
        log.list_logtail_config("incomplete")
    refusal = log_refused(lambda: log.list_logtail_config("incomplete"))
    assert refusal == ("NotImplemented", 400)


def test_a_setting_that_nothing_is_done_with_is_refused(log: Any) -> None:
    refusal = log_refused(lambda: log.create_project("zoned", "", data_redundancy_type="ZRS"))
    assert refusal == ("NotSupported", 400)


def test_projects_are_there_after_a_restart(fresh_cloud: RunningCloud) -> None:
    def client() -> Any:
        made: Any = LogClient(fresh_cloud.url, "localcloud", "localcloud", source="127.0.0.1")
        made._isRowIp = True
        return made

    client().create_project("lasting", "kept")
    fresh_cloud.kill()
    fresh_cloud.restart()
    assert client().get_project("lasting").body["description"] == "kept"
