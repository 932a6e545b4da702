"""Reads of stock; the seller comes first."""
