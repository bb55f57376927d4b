"""What of the user's shell would lead the demo elsewhere than to its own stack and local cloud.

`localcloud exec` leaves a backend, a passphrase and Pulumi's settings as a user has set them, who
may mean them for this command. Nobody means them for the demo: on a company's backend `make
destroy` would take down what others have there under the same name.
"""

import re
from collections.abc import Mapping

# Backend, passphrase, token and stack; layout and compression of the state; options such as
# PULUMI_OPTION_*, PULUMI_PARALLEL and PULUMI_ERROR_OUTPUT_STRING. The rest is where the toolchain
# was found by the set-up, and how much the engine may log.
_OTHERS_OF_PULUMI = re.compile(r"PULUMI_(?!HOME$|LOG_ROTATION_)\w+")

# Credentials, profiles, roles and addresses: `localcloud exec` sets the local cloud's own.
_OF_A_CLOUD = re.compile(r"(ALICLOUD|ALIBABA_CLOUD|ALIBABACLOUD|FCTASK)_\w+")

# Nothing of the demo leaves this machine, and gRPC would send engine and program through these.
_PROXIES = re.compile(r"(HTTPS?|ALL|GRPC|NO|NO_GRPC)_PROXY", re.IGNORECASE)


def undisturbed(environ: Mapping[str, str]) -> dict[str, str]:
    """The environment without what would disturb the demo; everything else is the user's."""
    disturbing = (_OTHERS_OF_PULUMI, _OF_A_CLOUD, _PROXIES)
    return {
        name: value
        for name, value in environ.items()
        if not any(kind.fullmatch(name) for kind in disturbing)
    }
