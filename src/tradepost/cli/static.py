"""Static files, gathered from the packages that bring them into the home folder, where the server reads them."""

import fcntl
import hashlib
from pathlib import Path

STAMP = ".gathered"


def gather() -> bool:
    """Collect and compress the static files unless they are those of this version already; whether it was done."""
    from django.conf import settings
    from django.core.management import call_command

    root = Path(settings.STATIC_ROOT)
    root.mkdir(parents=True, exist_ok=True)
    stamp, wanted = root / STAMP, _fingerprint()
    with (root / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if stamp.is_file() and stamp.read_text() == wanted:
            return False
        call_command("collectstatic", verbosity=0, interactive=False)
        stamp.write_text(wanted)
    return True


def _fingerprint() -> str:
    """Changes with every file that would be collected."""
    from django.contrib.staticfiles.finders import get_finders

    found = []
    for finder in get_finders():
        for path, storage in finder.list([]):
            status = Path(storage.path(path)).stat()
            found.append(f"{path} {status.st_size} {status.st_mtime_ns}")
    return hashlib.sha256("\n".join(sorted(found)).encode()).hexdigest()
