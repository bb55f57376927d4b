"""Requests of SQS's JSON protocol, as AWS's SDKs send them today.

They carry no true signature, as ElasticMQ and moto check none: a client that signs nothing costs
the machine less, which is to these peers' good.
"""

import json
from collections.abc import Mapping

_AUTHORIZATION = (
    "AWS4-HMAC-SHA256 Credential=bench/20260101/us-east-1/sqs/aws4_request, "
    "SignedHeaders=host;x-amz-date, Signature=" + "0" * 64
)


def sqs_request(operation: str, parameters: Mapping[str, object]) -> bytes:
    """The bytes of one request."""
    body = json.dumps(parameters).encode()
    head = (
        "POST / HTTP/1.1\r\nhost: 127.0.0.1\r\n"
        f"x-amz-target: AmazonSQS.{operation}\r\ncontent-type: application/x-amz-json-1.0\r\n"
        f"x-amz-date: 20260101T000000Z\r\nauthorization: {_AUTHORIZATION}\r\n"
        f"content-length: {len(body)}\r\n\r\n"
    )
    return head.encode() + body
