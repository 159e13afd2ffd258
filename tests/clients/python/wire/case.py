"""What the tables of cases are made of: something that is asked, and the texts that came back."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

import published
import strict


@dataclasses.dataclass
class Piece:
    """One JSON text of a reply or an event, and what it has to be."""

    kind: Any
    text: str
    vendor: str = "openai"
    schema: dict | None = None

    def findings(self):
        found = strict.findings(self.kind, self.text)
        if self.schema is not None:
            found |= published.findings(self.vendor, self.schema, json.loads(self.text))
        return found


@dataclasses.dataclass
class Case:
    """`ask` is given a `Wire` and returns all pieces that came back. A case that makes upstream
    refuse an account has a product of its own."""

    name: str
    ask: Callable
    has_own_product: bool = False

    def __str__(self):
        return self.name
