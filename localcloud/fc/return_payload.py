"""What a task keeps of its answer: the returnPayload of GetAsyncTask.

https://www.alibabacloud.com/help/en/functioncompute/fc/developer-reference/api-fc-2023-03-30-struct-asynctask
"""

MAX_RETURN_PAYLOAD = 1024 * 1024  # bytes; FC gives back at most 1 MB


def kept_of(answer: bytes) -> tuple[bytes, str]:
    """What is kept of an answer, and a sentence about what is not; "" where all of it is.

    FC does not document what becomes of a longer answer: that its beginning is kept is ours. Text
    is not cut within a character.
    """
    if len(answer) <= MAX_RETURN_PAYLOAD:
        return answer, ""
    kept = answer[: _whole_characters(answer, MAX_RETURN_PAYLOAD)]
    return kept, (
        f"the answer has {len(answer)} bytes, and a task keeps at most {MAX_RETURN_PAYLOAD}:"
        f" the first {len(kept)} are kept"
    )


def _whole_characters(text: bytes, limit: int) -> int:
    """The last place up to `limit` where no UTF-8 character is cut; `limit` if it is no UTF-8."""
    for place in range(limit, limit - 4, -1):
        if text[place] & 0xC0 != 0x80:
            return place
    return limit
