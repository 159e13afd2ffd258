"""What the tests are given: a product, clients of it, and a model it offers.

One product serves all tests that leave it as it was. A test that makes upstream
refuse an account takes `own_product`.
"""

import os

import pytest

from product import Product

os.environ.setdefault("NO_PROXY", "127.0.0.1,localhost")
# Otherwise LiteLLM fetches its list of prices when it is imported.
os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")


@pytest.fixture(scope="session")
def product(tmp_path_factory):
    product = Product(tmp_path_factory.mktemp("product"))
    yield product
    product.stop()


@pytest.fixture
def own_product(tmp_path):
    product = Product(tmp_path)
    yield product
    product.stop()


@pytest.fixture
def start_product(tmp_path):
    """Starts a product that the test stops itself."""
    return lambda: Product(tmp_path)


@pytest.fixture
def product_with(tmp_path):
    """Starts a product with settings and stops it after the test."""
    started = []

    def start(**settings):
        started.append(Product(tmp_path, **settings))
        return started[-1]

    yield start
    for product in started:
        product.stop()


@pytest.fixture
def client(product):
    with product.client() as client:
        yield client


@pytest.fixture
def own_client(own_product):
    with own_product.client() as client:
        yield client


@pytest.fixture(scope="session")
def model(product):
    with product.client() as client:
        return client.models.list().data[0].id
