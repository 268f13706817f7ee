"""Milestones as code: read, check and publish the plans that a repository keeps as Markdown files."""

__version__ = "0.1.0"
