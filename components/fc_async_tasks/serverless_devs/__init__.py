"""The way in from Serverless Devs: an s.yaml as arguments of AsyncTask, or as a Pulumi program.

`from_serverless_devs` gives the arguments; `python -m fc_async_tasks.serverless_devs convert`
writes a program, and with `--import` the file by which Pulumi adopts what is already deployed.
"""

from .adopted import adopted
from .as_arguments import from_serverless_devs, regions_of, timers_of
from .conversion import Conversion, convert
from .refusal import CannotConvert, NotAnSYaml

__all__ = [
    "CannotConvert",
    "Conversion",
    "NotAnSYaml",
    "adopted",
    "convert",
    "from_serverless_devs",
    "regions_of",
    "timers_of",
]
