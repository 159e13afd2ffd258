"""What the tests of the wire are given: every case's texts, asked for once."""

import pytest
from exchange import Wire

from product import Product


@pytest.fixture(scope="session")
def findings_of(tmp_path_factory):
    """What is found in all that came back in a case."""
    settings = {"EMULATE_TOOLS": "true", "RETRY_TIMES": "0"}
    shared = Product(tmp_path_factory.mktemp("wire"), every_driver=True, **settings)
    found = {}

    def of(case):
        if case.name not in found:
            product = shared
            if case.has_own_product:
                product = Product(tmp_path_factory.mktemp("own"), every_driver=True)
            try:
                wire = Wire(product)
                pieces = case.ask(wire)
                wire.close()
            finally:
                if case.has_own_product:
                    product.stop()
            found[case.name] = set().union(*(piece.findings() for piece in pieces))
        return found[case.name]

    yield of
    shared.stop()
