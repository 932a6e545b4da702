"""Tests of the whole site from outside: a real server, a real database with the demo shop in it,
every page, and the main jobs in a real Chromium. Nothing here reaches into the server's process.
"""
