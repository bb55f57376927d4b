"""How a service says no."""


class Refusal(Exception):
    """A request that a service refuses, in the words of that service's own error table.

    `code` and `message` are never empty: the genuine provider takes an empty code for "any error"
    and crashes on a missing one. `status` is the HTTP status that the service documents for the
    code; 4xx always, because the provider repeats 5xx for minutes. Each wire dialect puts the three
    into its own error shape.
    """

    def __init__(self, code: str, message: str, status: int = 400) -> None:
        if not code or not message:
            raise ValueError("a refusal names its code and its reason")
        super().__init__(f"{code}: {message}")
        self.code = code
        self.message = message
        self.status = status
