"""Reading a request's head and its encodings."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.wire.request import BadRequest, decode_pairs, decode_path, read_head

HOST = (b"host", b"127.0.0.1:8321")


@pytest.mark.parametrize(
    ("target", "host", "path", "query"),
    [
        (b"/a/b?c=d", "127.0.0.1", "/a/b", "c=d"),
        (b"/", "127.0.0.1", "/", ""),
        (b"/a?b?c", "127.0.0.1", "/a", "b?c"),
        (b"http://Ram.Localcloud.Invalid/a?b", "ram.localcloud.invalid", "/a", "b"),
        (b"http://x:80", "x", "/", ""),
        (b"http://x?a=b", "x", "/", "a=b"),
        (b"HTTP://[::1]:8321/a", "[::1]", "/a", ""),
    ],
)
def test_both_forms_of_the_request_line_are_read(
    target: bytes, host: str, path: str, query: str
) -> None:
    request = read_head("GET", target, [HOST])
    assert (request.host, request.path, request.query) == (host, path, query)


def test_the_target_is_what_was_sent() -> None:
    assert read_head("GET", b"http://x/a%20b?c=%7E", [HOST]).target == "/a%20b?c=%7E"
    assert read_head("GET", b"/a", [HOST]).target == "/a"


@pytest.mark.parametrize(
    "target", [b"*", b"ftp://x/", b"x:443", b"", b"/\xff", b"http:///path", b"http://x/#f"]
)
def test_other_targets_are_refused(target: bytes) -> None:
    with pytest.raises(BadRequest):
        read_head("GET", target, [HOST])


def test_a_header_that_stands_twice_is_joined_or_refused() -> None:
    request = read_head("GET", b"/", [HOST, (b"x-a", b" 1 "), (b"x-a", b"2")])
    assert request.headers["x-a"] == "1, 2"
    for name in (b"host", b"authorization", b"content-length", b"date"):
        with pytest.raises(BadRequest, match="twice"):
            read_head("GET", b"/", [HOST, (name, b"1"), (name, b"1")])


def test_a_request_without_host_is_refused() -> None:
    with pytest.raises(BadRequest, match="Host"):
        read_head("GET", b"/", [])


@pytest.mark.parametrize(
    ("raw", "pairs"),
    [
        ("", []),
        ("a", [("a", "")]),
        ("a=", [("a", "")]),
        ("a=b=c", [("a", "b=c")]),
        ("a=1&a=2&&b", [("a", "1"), ("a", "2"), ("b", "")]),
        ("a+b=c+d", [("a b", "c d")]),
        ("a%2Bb=%C3%BC", [("a+b", "ü")]),
        ("%26=%3D", [("&", "=")]),
    ],
)
def test_queries_are_decoded(raw: str, pairs: list[tuple[str, str]]) -> None:
    assert decode_pairs(raw) == pairs


@pytest.mark.parametrize("raw", ["%", "%f", "%zz", "a=%", "a=1&b=%g0", "%ff", "a=%C3"])
def test_bad_encodings_are_refused(raw: str) -> None:
    with pytest.raises(BadRequest):
        decode_pairs(raw)
    with pytest.raises(BadRequest):
        decode_path(raw)


@given(st.text(alphabet=st.characters(min_codepoint=32, max_codepoint=126)))
def test_whatever_is_sent_it_is_decoded_or_refused(raw: str) -> None:
    try:
        pairs = decode_pairs(raw)
    except BadRequest:
        return
    for name, value in pairs:
        (name + value).encode()
