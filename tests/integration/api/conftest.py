"""The receiver of calls, for every test of the API."""

from tests.integration.api.test_webhooks import receiver

__all__ = ["receiver"]
