"""The command: python -m fc_async_tasks.serverless_devs."""

import sys

from .command_line import main

sys.exit(main())
