"""Plugins: Python files and installed packages with kinds of their own, imported where their user trusts them."""
