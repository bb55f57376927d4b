"""When a timer fires: what is refused at preview, with the reason."""

import pytest
from fc_async_tasks.schedule import CronExpression

LIMIT = CronExpression("cronExpression")


@pytest.mark.parametrize(
    "expression",
    [
        "0 0 2 * * *",
        "59 59 23 31 12 7",
        "0 */5 8-18 ? * MON-FRI",
        "0 0 0 1,15 JAN,jul ?",
        "0 30/10 * * * 1",
        "@every 1m",
        "@every 12h",
        "CRON_TZ=Asia/Shanghai 0 0 4 1 * *",
        "TZ=UTC 0 0 4 1 * *",
    ],
)
def test_what_is_allowed(expression: str) -> None:
    assert LIMIT.refusal(expression) is None


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (
            "0 2 * * *",
            "it has 5 fields: it must have six, 'seconds minutes hours day-of-month month "
            "day-of-week', or be '@every <n>m'",
        ),
        ("", "it has 0 fields: it must have six"),
        ("* 0 2 * * *", "seconds is '*': it must be 0 to 59"),
        ("0 60 2 * * *", "minutes is '60': it must be 0 to 59"),
        ("0 0 24 * * *", "hours is '24': it must be 0 to 23"),
        ("0 0 2 0 * *", "day of month is '0': it must be 1 to 31"),
        ("0 0 2 * 13 *", "month is '13': it must be 1 to 12 or JAN to DEC"),
        ("0 0 2 * * 0", "day of week is '0': it must be 1 to 7 or MON to SUN"),
        ("0 0 2 * * MON-", "day of week is 'MON-': it must be 1 to 7 or MON to SUN"),
        ("0 0 18-8 * * *", "hours has the range '18-8', which runs backwards"),
        ("0 */0 * * * *", "minutes has the step '0': it must be 1 or more"),
        ("0 1/x * * * *", "minutes has the step 'x': it must be 1 or more"),
        ("@every 0m", "it must be '@every <n>m', a whole number of minutes from 1,"),
        ("@every 30s", "it must be '@every <n>m', a whole number of minutes from 1,"),
        ("@daily", "it must be '@every <n>m', a whole number of minutes from 1,"),
        ("CRON_TZ=Asia/Nowhere 0 0 2 * * *", "'Asia/Nowhere' is no time zone"),
    ],
)
def test_what_is_refused_and_why(expression: str, reason: str) -> None:
    sentence = LIMIT.refusal(expression)

    assert sentence is not None
    assert sentence.startswith(f"cronExpression is {expression!r}: {reason}")
