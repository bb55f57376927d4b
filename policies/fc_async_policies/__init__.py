"""Rules for any Pulumi stack on Function Compute, SMQ, Log Service and RAM (pulumi-alicloud).

A rule is a plain function over values, which gives sentences; below it stands the policy that
reads the values from a resource or a stack and reports them.
"""
