"""JSON that a caller wrote: in a request's body, in a parameter, in a text within either."""

import json
import math
from typing import Any, NoReturn


def read_json(text: str | bytes) -> Any:
    """The document that the text is; bytes are UTF-8, as RFC 8259 has it.

    Raises ValueError, with words that can follow "it is not JSON: ", for everything else: also for
    NaN and infinities, for what is nested deeper than anybody needs, and for half of a surrogate
    pair, which JSON can write and no UTF-8, so no database and no answer, can hold.
    """
    try:
        written = text if isinstance(text, str) else text.decode("utf-8-sig")
        document: Any = _DECODER.decode(written)
        if "\\ud" in written or "\\uD" in written:
            json.dumps(document, ensure_ascii=False).encode()
    except UnicodeDecodeError as error:
        raise ValueError(f"byte {error.start + 1} is not UTF-8") from None
    except UnicodeEncodeError as error:
        half = f"\\u{ord(error.object[error.start]):04x}"
        raise ValueError(f"{half} is half of a surrogate pair, which is no character") from None
    except RecursionError:
        raise ValueError("it is nested too deeply") from None
    return document


def _no_number(name: str) -> NoReturn:
    raise ValueError(f"{name} is no number of JSON")


def _finite(written: str) -> float:
    number = float(written)
    if math.isinf(number):  # it would be answered as Infinity, which no JSON reader takes
        raise ValueError(f"{written} is larger than any number here")
    return number


_DECODER = json.JSONDecoder(parse_constant=_no_number, parse_float=_finite)
