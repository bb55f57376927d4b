"""What the environment says of a conformance run: which account, and whether it may be used."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from tests.conformance.sides import Keys
from tests.conformance.subjects import CREATED

OPT_IN = "CONFORMANCE"
OPT_IN_VALUE = "create-and-delete"
DRY_RUN = "DRY_RUN"
AGAINST = "CONFORMANCE_AGAINST"
REPORT = "CONFORMANCE_REPORT"
ONLY = "CONFORMANCE_ONLY"

_KEY, _SECRET = "ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET"
_REGION, _ACCOUNT = "ALIBABA_CLOUD_REGION_ID", "ALIBABA_CLOUD_ACCOUNT_ID"
_TOKEN = "ALIBABA_CLOUD_SECURITY_TOKEN"
_NO = ("", "0", "false", "no")


class NotAllowed(Exception):
    """The run is not begun; the text is a sentence for the person who asked for it."""


@dataclass(frozen=True)
class Settings:
    """`keys` is None in a dry run; `against` is the URL of the localcloud that then stands for the
    cloud, "" for one of the run's own. `report` is a file for everything that was observed; `only`
    names the subjects to run, all where it is empty."""

    keys: Keys | None
    against: str = ""
    report: str = ""
    only: tuple[str, ...] = ()


def settings_of(environ: Mapping[str, str], subjects: tuple[str, ...]) -> Settings:
    """What to run. Without credentials, or with DRY_RUN=1, it is a dry run.

    Raises NotAllowed where an account is named and its use is not explicitly allowed, where it is
    named in part, and for a value that has no sense.
    """
    report = environ.get(REPORT, "")
    only = tuple(part.strip() for part in environ.get(ONLY, "").split(",") if part.strip())
    unknown = [one for one in only if one not in subjects]
    if unknown:
        raise NotAllowed(f"{ONLY} names {unknown[0]!r}; there are: {', '.join(subjects)}")
    if report and not Path(report).absolute().parent.is_dir():
        raise NotAllowed(f"{REPORT} is {report!r}, in a folder that does not exist")
    against = environ.get(AGAINST, "")
    named = [name for name in (_KEY, _SECRET) if environ.get(name)]
    if against:
        if urlsplit(against).hostname != "127.0.0.1":
            raise NotAllowed(
                f"{AGAINST} is {against!r}: it takes a localcloud on this machine, "
                "http://127.0.0.1:PORT"
            )
        return Settings(None, against, report, only)
    if environ.get(DRY_RUN, "").lower() not in _NO or not named:
        return Settings(None, "", report, only)
    return Settings(_keys(environ), "", report, only)


def _keys(environ: Mapping[str, str]) -> Keys:
    missing = [n for n in (_KEY, _SECRET, _REGION, _ACCOUNT) if not environ.get(n)]
    if missing:
        raise NotAllowed(
            f"an access key is given in part: {', '.join(missing)} is not set. Set it, or "
            f"{DRY_RUN}=1 to run localcloud against localcloud"
        )
    account, region = environ[_ACCOUNT], environ[_REGION]
    if environ.get(OPT_IN) != OPT_IN_VALUE:
        made = "\n".join(f"  {thing}" for thing in CREATED)
        raise NotAllowed(
            f"this would create in account {account}, region {region}:\n{made}\n"
            "each named conformance-..., for about ten minutes, and cost what that costs there. "
            f"To allow it: {OPT_IN}={OPT_IN_VALUE}. To use no account: {DRY_RUN}=1."
        )
    return Keys(environ[_KEY], environ[_SECRET], account, region, environ.get(_TOKEN, ""))
