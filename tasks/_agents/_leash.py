"""Becomes the program it is given, after asking the kernel to end it when the process that started it dies (Linux)."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main() -> None:
    """Arguments: process id of whom to follow, then the program and its arguments."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, int(signal.SIGTERM), 0, 0, 0)
    if os.getppid() != parent:
        # It died before the kernel was asked.
        sys.exit(1)
    # The name must be the path itself: an interpreter finds its virtual environment by it.
    os.execv(command[0], command)


if __name__ == "__main__":
    main()
