"""Requests as bytes and replies as bytes: no client library reads or mends anything on the way."""

import dataclasses
import json

import httpx

from product import DEADLINE_S


@dataclasses.dataclass
class Reply:
    """A reply, read to its end."""

    status: int
    headers: httpx.Headers
    text: str

    def json(self):
        return json.loads(self.text)

    @property
    def events(self):
        """The events of a stream, each as its name, or None, and its data."""
        assert self.headers["content-type"].startswith("text/event-stream"), self.text
        assert self.text.endswith("\n\n"), "the last event is not closed"
        blocks = self.text.removesuffix("\n\n").split("\n\n")
        return [_event(block) for block in blocks if not block.startswith(":")]


def _event(block):
    fields = dict(line.split(": ", 1) for line in block.split("\n"))
    assert fields.keys() <= {"event", "data"} and "data" in fields, block
    return fields.get("event"), fields["data"]


class Wire:
    """The product's address and key."""

    def __init__(self, product):
        self._client = httpx.Client(
            base_url=product.base_url.removesuffix("/v1"),
            headers={"authorization": f"Bearer {product.api_key}"},
            timeout=DEADLINE_S,
            trust_env=False,
        )

    def send(self, method, path, body=None, **options):
        reply = self._client.request(method, path, json=body, **options)
        return Reply(reply.status_code, reply.headers, reply.text)

    def post(self, path, body=None, **options):
        return self.send("POST", path, body, **options)

    def get(self, path, **options):
        return self.send("GET", path, **options)

    def first_data(self, path, body):
        """The data of a stream's first event; the rest is left unread."""
        with self._client.stream("POST", path, json=body) as reply:
            return next(line[6:] for line in reply.iter_lines() if line.startswith("data: "))

    def close(self):
        self._client.close()
