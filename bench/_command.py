"""A command of ours, its answer on one line: `python -m bench._command product list`."""

import contextlib
import io
import json
import sys

from tradepost.cli.main import main

if __name__ == "__main__":
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = main([*sys.argv[1:], "--json"])
    print(json.dumps(json.loads(said.getvalue())))
    sys.exit(code)
