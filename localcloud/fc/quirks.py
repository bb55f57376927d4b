"""Where localcloud is milder than FC towards one known client, and why: all such places, here."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quirk:
    """One mildness: for which User-Agent, where, what happens instead, and the reason."""

    user_agent_part: str
    setting: str
    instead: str
    reason: str


EMPTY_DESTINATION_IS_ABSENT = Quirk(
    user_agent_part="Terraform-Provider/1.285.0",
    setting="destinationConfig.onSuccess / onFailure of PutAsyncInvokeConfig",
    instead="an empty object counts as absent; FC refuses it as InvalidDestinationResources",
    reason="the provider of that version sends the side that its user left out as {} "
    "(aliyun/terraform-provider-alicloud#10031, fixed upstream after it); here it stands in for "
    "later ones, which send only the side that is set",
)

QUIRKS: tuple[Quirk, ...] = (EMPTY_DESTINATION_IS_ABSENT,)


def applies(quirk: Quirk, user_agent: str) -> bool:
    """Whether a request with this User-Agent gets the quirk."""
    return quirk.user_agent_part in user_agent
