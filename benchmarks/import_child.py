"""``python -m benchmarks.import_child FILE STORE``: one import in a process of its own.

Prints the milliseconds that ``manage.py import_orders`` took and the most memory it had, as JSON.
"""

import io
import json
import resource
import sys

import django


def main(path: str, store: str) -> None:
    django.setup()
    from django.core.management import call_command

    from benchmarks.measure import timed

    out = io.StringIO()
    taken = timed(lambda: call_command("import_orders", path, store=store, json=True, stdout=out))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024  # Linux counts in KiB
    print(json.dumps({"ms": taken, "peak_mb": peak, "result": json.loads(out.getvalue())}))


if __name__ == "__main__":
    main(*sys.argv[1:])
