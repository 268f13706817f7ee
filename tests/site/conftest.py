"""Fixtures of the site's tests."""

from sites import build, repository

__all__ = ["build", "repository"]
