"""What tests of all apps share. Never imported by the product."""

import os
import re

#: ``TESTS=all``, as ``.ci/run`` sets it: every page in every look, more random walks, more of what
#: nobody should send, and what a test needs of this machine must be there. Without it there is an
#: answer within minutes.
THOROUGH = os.environ.get("TESTS") == "all"


def without_times(html: str) -> str:
    """A page without its times: to the microsecond, they may hold any digits by chance."""
    return re.sub(r"\d{4}-\d\d-\d\dT[\d:.+]+", "", html)
