"""What a person needs of a provider's error: the reason, in a line and without credentials."""

import re

import pulumi

_COLOUR = re.compile(r"\x1b\[[0-9;]*m|\[[0-9;]+m")
_QUERY = re.compile(r"(https?://[^\s\"?]*)\?[^\s\"]*")
_CODE = re.compile(r"^\s*ErrorCode:\s*(\S+)", re.MULTILINE)
_NO_SUCH_HOST = re.compile(r"\blookup ([^\s:]+)[^\n]*: no such host")
_MESSAGE = re.compile(r"^\s*Message:\s*(.+)$", re.MULTILINE)


def reason(error: Exception) -> str:
    """Give the reason in an error of the alicloud provider, as one line.

    That is the service's code and message where it answered, else the provider's first paragraph.
    Access key id and signature, which the provider shows in the address of a failed request, are
    left out.
    """
    text = _QUERY.sub(r"\1", _COLOUR.sub("", str(error)))
    if message := _MESSAGE.search(text):
        code = _CODE.search(text)
        return f"{code[1]}: {message[1]}" if code else message[1]
    text = text.rpartition("returned an error: ")[2].partition("\n\n")[0]
    # What comes before it are the places in the provider's own source.
    text = text.rpartition("go ERROR]:")[2]
    return " ".join(text.split())


def could_not_tell(what: str, error: Exception) -> pulumi.RunError:
    """Give the error for what the provider could not tell of itself: its region, its account.

    It says what to do where that is known: credentials are missing, or a name leads nowhere.
    """
    if isinstance(error, pulumi.RunError):
        return error
    if "no valid credential" in str(error):
        return pulumi.RunError(
            "The alicloud provider has no credentials: set ALICLOUD_ACCESS_KEY and "
            "ALICLOUD_SECRET_KEY (or ALIBABA_CLOUD_ACCESS_KEY_ID and "
            "ALIBABA_CLOUD_ACCESS_KEY_SECRET), or run pulumi behind the command that sets them, if "
            f"the head of Pulumi.{pulumi.get_stack()}.yaml names one."
        )
    if unknown := _NO_SUCH_HOST.search(str(error)):
        return pulumi.RunError(
            f"The alicloud provider cannot tell its {what}: no host {unknown[1]} is known here. Is "
            "this machine on the network, and is alicloud:endpoints right? Where a proxy alone "
            "leads there, run pulumi behind the command that sets it, if the head of "
            f"Pulumi.{pulumi.get_stack()}.yaml names one."
        )
    return pulumi.RunError(f"The alicloud provider cannot tell its {what}: {reason(error)}")
