"""A local Alibaba Cloud: RAM, STS, SMQ, Log Service and Function Compute on one loopback port."""
