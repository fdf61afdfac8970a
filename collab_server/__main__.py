"""`python -m collab_server`: the same as the command `collab-server`."""

import sys

from collab_server.cli import main

if __name__ == "__main__":
    sys.exit(main())
