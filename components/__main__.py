"""The component plugin: what the Pulumi engine runs in this folder."""

from fc_async_tasks.plugin import main

main()
