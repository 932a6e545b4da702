"""``script/benchmark [name …] [--quick] [--json]``; the names are those of ``GROUPS``."""

import argparse
import importlib
import json
import os
import secrets
import sys

#: Name → module with ``measure(quick) -> list[Figure]``.
GROUPS = {
    "actions": "benchmarks.actions",
    "sweep": "benchmarks.sweep",
    "lists": "benchmarks.lists",
    "pages": "benchmarks.pages",
    "scan": "benchmarks.scan",
    "labels": "benchmarks.labels",
    "import": "benchmarks.imports",
    "allocate": "benchmarks.allocate",
}


def main() -> int:
    """0 when every bound holds, 1 when one is missed."""
    parser = argparse.ArgumentParser(prog="script/benchmark", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="name", help=", ".join(GROUPS))
    parser.add_argument("--quick", action="store_true", help="a tenth of the data; bounds the same")
    parser.add_argument("--json", action="store_true", help="figures as JSON instead of a table")
    options = parser.parse_args()
    unknown = [name for name in options.names if name not in GROUPS]
    if unknown:
        parser.error(f"no benchmark {', '.join(unknown)}; there are {', '.join(GROUPS)}")

    # As in a deployment. Must stand before the settings are read, here and in child processes.
    os.environ["DJANGO_SETTINGS_MODULE"] = "benchmarks.settings"
    os.environ |= {"DEBUG": "0", "HTTPS": "0", "LOG_LEVEL": "ERROR"}
    os.environ.setdefault("SECRET_KEY", secrets.token_hex(32))
    os.environ["ALLOWED_HOSTS"] = "localhost,127.0.0.1"
    from fulfillment import embedded

    embedded.ensure()
    import fulfillment.wsgi  # noqa: F401 - with the memory of a process that answers pages
    from benchmarks.database import database
    from benchmarks.measure import Figure, say, table

    figures: list[Figure] = []
    for name in options.names or GROUPS:
        say(f"Measuring: {name}")
        with database():
            measured = importlib.import_module(GROUPS[name]).measure(quick=options.quick)
        say(f"Measured: {name}\n{table(measured)}")  # the next one may be broken off
        figures += measured
    if options.json:
        print(json.dumps([f.as_dict() for f in figures], indent=2, ensure_ascii=False))
    else:
        print(table(figures))
    missed = [f.name for f in figures if not f.ok]
    if missed:
        say(f"Missed: {', '.join(missed)}")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
