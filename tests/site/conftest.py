"""Fixtures of the site's tests."""

from browsing import browser
from sites import build, repository

__all__ = ["browser", "build", "repository"]
