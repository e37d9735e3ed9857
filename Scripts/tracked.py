"""The files of this repository, as the checks see them: tracked, or new and not ignored."""
import os
import subprocess

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def tracked_files():
    """Paths relative to the root. Without git (a source archive), every file outside hidden folders."""
    try:
        out = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, check=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL).stdout
        names = [n for n in out.decode("utf-8", "surrogateescape").split("\0") if n]
    except (OSError, subprocess.CalledProcessError):
        names = []
        for folder, folders, files in os.walk(ROOT):
            folders[:] = [f for f in folders if not f.startswith(".") or f == ".ci"]
            names += [os.path.relpath(os.path.join(folder, f), ROOT) for f in files]
    return sorted(n for n in set(names) if os.path.isfile(os.path.join(ROOT, n)))


def text_lines(name):
    """(line number, line) pairs of a text file; nothing for binary files."""
    with open(os.path.join(ROOT, name), "rb") as handle:
        data = handle.read()
    if b"\0" in data:
        return []
    return list(enumerate(data.decode("utf-8", "replace").splitlines(), 1))
