"""Quantities from files."""
