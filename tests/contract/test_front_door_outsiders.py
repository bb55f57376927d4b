"""Who is kept out: the network, and web pages, though all know localcloud's key.

A page may send simple requests anywhere, and a signature in the query needs no header. Browsers
say where a request comes from: Origin with all that can change something, Sec-Fetch-Site with all.
"""

import base64
import hashlib
import hmac
import secrets
import socket
from datetime import datetime, timezone
from urllib.parse import quote

import pytest

from tests.running_cloud import RunningCloud

TRUST = (
    '{"Version":"1","Statement":[{"Effect":"Allow","Action":"sts:AssumeRole",'
    '"Principal":{"Service":["fc.aliyuncs.com"]}}]}'
)
FROM_A_PAGE = [
    {"origin": "https://example.com"},
    {"origin": "null"},
    {"sec-fetch-site": "cross-site"},
    {"sec-fetch-site": "same-site"},
]


def signed(**parameters: str) -> str:
    """The path and query of an RPC request to RAM, signed as its documentation says."""
    every = {
        "Format": "JSON",
        "Version": "2015-05-01",
        "AccessKeyId": "localcloud",
        "SignatureMethod": "HMAC-SHA1",
        "SignatureVersion": "1.0",
        "SignatureNonce": secrets.token_hex(8),
        "Timestamp": datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ"),
        **parameters,
    }
    query = "&".join(f"{quote(name, '')}={quote(every[name], '')}" for name in sorted(every))
    to_sign = f"GET&%2F&{quote(query, '')}".encode()
    signature = base64.b64encode(hmac.digest(b"localcloud&", to_sign, hashlib.sha1)).decode()
    return f"/?{query}&Signature={quote(signature, '')}"


def create_role(cloud: RunningCloud, name: str, headers: "dict[str, str]") -> "tuple[int, str]":
    """Create a role by one plain GET; status and answer."""
    target = signed(Action="CreateRole", RoleName=name, AssumeRolePolicyDocument=TRUST)
    status, _, body = cloud.send("GET", target, {"host": f"127.0.0.1:{cloud.port}", **headers})
    return status, body.decode()


def get_role(cloud: RunningCloud, name: str) -> int:
    """The status for a role: 200 or 404."""
    return cloud.send("GET", signed(Action="GetRole", RoleName=name))[0]


@pytest.mark.parametrize("headers", FROM_A_PAGE, ids=str)
def test_a_web_page_changes_nothing(cloud: RunningCloud, headers: "dict[str, str]") -> None:
    status, body = create_role(cloud, "of-a-page", headers)
    assert status == 403, body
    assert "web page" in body
    assert get_role(cloud, "of-a-page") == 404


def test_a_program_and_what_a_person_types_into_the_address_bar_are_answered(
    cloud: RunningCloud,
) -> None:
    assert create_role(cloud, "of-a-program", {})[0] == 200
    assert get_role(cloud, "of-a-program") == 200
    typed = {"sec-fetch-site": "none", "host": f"127.0.0.1:{cloud.port}"}
    assert cloud.send("GET", "/_localcloud/health", typed)[0] == 200


def test_a_web_page_does_not_read_the_journal(cloud: RunningCloud) -> None:
    host = {"host": f"127.0.0.1:{cloud.port}"}
    status, headers, _ = cloud.send(
        "GET", "/_localcloud/requests", {**host, "sec-fetch-site": "cross-site"}
    )
    assert status == 403
    assert "access-control-allow-origin" not in headers


def test_it_listens_at_127_0_0_1_and_at_no_other_address(cloud: RunningCloud) -> None:
    # on Linux all of 127.0.0.0/8 is this machine: what listens everywhere answers there as well
    with pytest.raises(OSError, match=r"refused|unreachable|assign|timed out"):
        socket.create_connection(("127.0.0.2", cloud.port), timeout=2).close()
    socket.create_connection(("127.0.0.1", cloud.port), timeout=2).close()
