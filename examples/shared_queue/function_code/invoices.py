"""Writes an invoice for an order."""

import json
from typing import Any


def handler(event: bytes, context: Any) -> str:
    """Give the number of the invoice, and the sum of the order's lines."""
    order = json.loads(event)
    print(f"{context.request_id}: order {order['order']}")
    return json.dumps({"invoice": f"INV-{order['order']}", "total": sum(order["lines"])})
