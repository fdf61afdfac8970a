"""Bundle the pair page's script: `python -m tests.support.pair_bundle` after a change of it.

What browsers get is made here, of `resources/web/pair/pair.mjs` and the packages of `tests/node`,
because a server has no node. A test makes it anew and compares.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import tempfile
from pathlib import Path

ROOT = Path(__file__).parents[2]
NODE = ROOT / "tests" / "node"
PAIR = ROOT / "resources" / "web" / "pair"


def bundle() -> tuple[bytes, str]:
    """Return the script, and the licences of what is in it."""
    with tempfile.TemporaryDirectory() as folder:
        script, inputs = Path(folder) / "pair.js", Path(folder) / "inputs.json"
        command = ["node", "node_modules/esbuild/bin/esbuild", str(PAIR / "pair.mjs"), "--bundle"]
        command += ["--minify", "--format=iife", "--target=es2020", "--log-level=error"]
        command += [f"--outfile={script}", f"--metafile={inputs}"]
        environment = os.environ | {"NODE_PATH": str(NODE / "node_modules")}
        subprocess.run(command, cwd=NODE, env=environment, check=True)
        used = json.loads(inputs.read_text())["inputs"]
        packages = sorted(
            {
                found[1]
                for each in used
                if (found := re.search(r"node_modules/((?:@[^/]+/)?[^/]+)", each))
            }
        )
        return script.read_bytes(), "\n".join(map(_licence_of, packages))


def _licence_of(package: str) -> str:
    folder = NODE / "node_modules" / package
    about = json.loads((folder / "package.json").read_text())
    (text,) = folder.glob("LICENSE*")
    return f"{package} {about['version']} ({about['license']})\n\n{text.read_text().strip()}\n"


if __name__ == "__main__":
    script, licences = bundle()
    (PAIR / "pair.js").write_bytes(script)
    (PAIR / "LICENSES.txt").write_text(licences)
