"""Observe and operate the tasks of a stack, on Alibaba Cloud and on localcloud alike."""
