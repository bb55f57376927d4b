"""SMQ's XML documents, written as strings: they are flat, and on every request's way."""

NAMESPACE = "http://mns.aliyuncs.com/doc/v1/"
CONTENT_TYPE = "text/xml;charset=utf-8"


def document(root: str, inner: str) -> bytes:
    """A whole document with this root element and what is in it, which is XML already."""
    return (
        f'<?xml version="1.0" encoding="utf-8"?><{root} xmlns="{NAMESPACE}">{inner}</{root}>'
    ).encode()


def element(name: str, value: str) -> str:
    """An element with text in it."""
    return f"<{name}>{escaped(value)}</{name}>"


def escaped(text: str) -> str:
    """Text as it must stand in an element, so that a parser gives it back as it was."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if "\r" in text:  # a parser reads a bare one as a line feed
        text = text.replace("\r", "&#13;")
    return text
