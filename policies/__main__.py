"""The policy pack: `pulumi preview --policy-pack policies`. Each rule is a file beside it."""

from fc_async_policies.pack import POLICIES
from fc_async_policies.secretness import keep_secretness
from pulumi_policy import PolicyPack

keep_secretness()
PolicyPack("fc-async-policies", POLICIES)
