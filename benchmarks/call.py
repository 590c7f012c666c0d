"""Call one function in this process: ``python -m benchmarks.call module:function``.

Prints the numbers that it returns as one line of JSON, the last of stdout.
"""

import json
import sys

from benchmarks.own_process import function_at


def main() -> None:
    """Call the function that the command line names."""
    numbers = function_at(sys.argv[1])()
    print(json.dumps(numbers), flush=True)


if __name__ == "__main__":
    main()
