"""SMQ's XML: what is written is read back as it was."""

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from localcloud.refusal import Refusal
from localcloud.smq.queues import message_text
from localcloud.smq.xml_reading import fields_of, parse
from localcloud.smq.xml_writing import document, element

TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\ufffe\uffff"))


@given(TEXTS | st.text("\r\n\t<>&'\"]! a-"))
def test_text_comes_back_as_it_was(text: str) -> None:
    written = document("Message", element("MessageBody", text))
    assert fields_of(parse(written, "Message")) == {"MessageBody": text}
    assert ElementTree.fromstring(written)[0].text in (text, text or None)  # noqa: S314


@given(st.text(max_size=50))
def test_a_text_is_refused_exactly_where_xml_cannot_hold_it(text: str) -> None:
    try:
        body = text.encode()
    except UnicodeEncodeError:
        return
    try:
        message_text(body)
    except Refusal:
        with pytest.raises(ElementTree.ParseError):
            ElementTree.fromstring(f"<a>{element('b', text)}</a>")  # noqa: S314
    else:
        ElementTree.fromstring(f"<a>{element('b', text)}</a>")  # noqa: S314


@pytest.mark.parametrize(
    "body",
    [
        b'<!DOCTYPE m [<!ENTITY a "b">]><m>&a;</m>',
        b'<!DOCTYPE m SYSTEM "http://127.0.0.1:1/"><m/>',
        '<?xml version="1.0" encoding="utf-16"?><!DOCTYPE m [<!ENTITY a "b">]><m/>'.encode(
            "utf-16"
        ),
        b'<?xml version="1.0" encoding="utf-7"?><m>+ADwAIQ-</m><x/>',
        b"<m>",
        b"",
    ],
)
def test_dangerous_and_broken_xml_is_refused(body: bytes) -> None:
    with pytest.raises(Refusal, match="MalformedXML"):
        parse(body, "m")


def test_an_encoding_declaration_changes_nothing() -> None:
    body = '<?xml version="1.0" encoding="latin-1"?><m><a>é</a></m>'.encode()
    assert fields_of(parse(body, "m")) == {"a": "é"}


def test_a_byte_order_mark_is_read_over() -> None:
    assert fields_of(parse(b"\xef\xbb\xbf<m><a>1</a></m>", "m")) == {"a": "1"}
