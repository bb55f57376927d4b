"""SMQ's XML requests, read safely: no document type, no entities, nothing from outside."""

from collections.abc import Iterator
from typing import Any

from localcloud.refusal import Refusal

Element = Any  # xml.etree.ElementTree.Element; the module is imported where it is needed


def parse(body: bytes, root: str) -> Element:
    """The root element of a request's body.

    Raises Refusal MalformedXML for what is not well-formed or has a document type, and
    InvalidArgument for another root.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _malformed("it is not UTF-8") from None
    found = _parse(text)
    if name_of(found) != root:
        raise Refusal(
            "InvalidArgument",
            f"The XML does not fit the operation: its root is {name_of(found)}, not {root}.",
        )
    return found


def name_of(element: Element) -> str:
    """An element's name without its namespace."""
    tag: str = element.tag
    return tag.rpartition("}")[2]


def fields_of(element: Element) -> dict[str, str]:
    """The text of an element's children by name; what is nested further is in `children_of`."""
    return {name_of(child): child.text or "" for child in element}


def children_of(element: Element, name: str) -> Iterator[Element]:
    """An element's children of one name."""
    return (child for child in element if name_of(child) == name)


def _parse(text: str) -> Element:
    if "<!" not in text:
        # Without "<!" there is no document type, so no entity can be declared: the fast parser is
        # as safe as the careful one. It gets text, not bytes, so no encoding can hide a "<!".
        from xml.etree import ElementTree

        try:
            return ElementTree.fromstring(text)  # noqa: S314 - see above
        except ElementTree.ParseError as error:
            raise _malformed(str(error)) from None
    from defusedxml import ElementTree as Careful
    from defusedxml.common import DefusedXmlException

    try:
        return Careful.fromstring(text, forbid_dtd=True)
    except Careful.ParseError as error:
        raise _malformed(str(error)) from None
    except DefusedXmlException:
        raise _malformed("it has a document type or entities") from None


def _malformed(why: str) -> Refusal:
    return Refusal("MalformedXML", f"The XML you provided was not well-formed: {why}.")
