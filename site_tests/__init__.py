"""Tests of the whole site from outside: a real server, a real database with the demo shop in it,
every page, and the main jobs in a real Chromium. Nothing here reaches into the server's process.
"""

import os

#: ``LOOKS=all``, as a step of ``.ci/run`` has it: every page in every look instead of the pages of
#: most work in one each, and a day's orders at the packing station instead of a handful.
THOROUGH = os.environ.get("LOOKS") == "all"
