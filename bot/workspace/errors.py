from bot.workspace.wire import JsonObject


class ApiError(Exception):
    """What the Web API answers instead of `ok`.

    Attributes:
        code: Slack's word for it, as the method's reference page lists it.
        messages: what is wrong in detail, for `response_metadata.messages`.
        fields: further fields of the answer, `needed` and `provided` for instance.
    """

    def __init__(self, code: str, *messages: str, **fields: str) -> None:
        super().__init__(code, *messages)
        self.code = code
        self.messages = messages
        self.fields = fields

    def answer(self) -> JsonObject:
        """The body of the response."""
        body: JsonObject = {"ok": False, "error": self.code, **self.fields}
        if self.messages:
            body["errors"] = [message.removeprefix("[ERROR] ") for message in self.messages]
            body["response_metadata"] = {"messages": list(self.messages)}
        return body


class RateLimitedError(ApiError):
    """The answer is HTTP 429 with `Retry-After`."""

    def __init__(self, retry_after: int) -> None:
        super().__init__("ratelimited")
        self.retry_after = retry_after


class NotPossibleError(Exception):
    """A person tried what Slack's client would not let them do; no payload was sent."""
