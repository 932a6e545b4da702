"""Runs one part of what script/server starts, and ends it when script/server is gone.

``python -m fulfillment.part FD MODULE ARGUMENT…`` is ``python -m MODULE ARGUMENT…`` with a thread
that reads from a pipe. Nobody ever writes into it; the kernel closes its other end with the program
that holds it, also when that was killed and could stop nothing itself.
"""

import contextlib
import os
import runpy
import signal
import sys
import threading
import time

#: How long a part may take to finish its work before all of its processes are killed.
STOP_SECONDS = 20


def end_with(pipe: int) -> None:
    """Wait until the other end of ``pipe`` is closed, then ask this process to stop, and insist."""
    with contextlib.suppress(OSError):
        os.read(pipe, 1)
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(STOP_SECONDS)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main() -> None:
    pipe, module = int(sys.argv[1]), sys.argv[2]
    threading.Thread(target=end_with, args=(pipe,), daemon=True).start()
    sys.argv = sys.argv[2:]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
