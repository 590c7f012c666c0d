"""One contestant in a process of its own: ``python -m benchmarks.contestant module:function``.

Calls the function and prints the numbers that it returns as one line of JSON, the last of stdout.
"""

import json
import sys
from importlib import import_module


def main() -> None:
    """Run the contestant that the command line names."""
    module, _, function = sys.argv[1].partition(":")
    numbers = getattr(import_module(module), function)()
    print(json.dumps(numbers), flush=True)


if __name__ == "__main__":
    main()
