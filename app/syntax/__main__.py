"""`python -m app.syntax QUERIES` is the syntax process."""

import sys

from app.syntax.process import main

if __name__ == "__main__":
    sys.exit(main())
