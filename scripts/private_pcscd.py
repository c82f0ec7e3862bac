"""A pcscd of one's own with two virtual reader slots: for tests and benches, beside a system pcscd or without one.

Socket activation done by hand: we listen on the client socket and hand it to pcscd as descriptor 3, so pcscd needs
neither root nor its compiled-in path. Works as root (pcscd then runs as nobody) and as an ordinary user.
"""

from __future__ import annotations

import os
import pwd
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

SOCKET_VARIABLE = "PCSCLITE_CSOCK_NAME"  # libpcsclite reads it once a process
READER = "uimkit test"
_DRIVER = Path("/usr/lib/pcsc/drivers/serial/libifdvpcd.so")
_PATH = os.environ.get("PATH", "") + ":/usr/sbin:/sbin"
_TRIES = 10  # new ports each time
_READY_SECONDS = 10.0
_POLL_SECONDS = 0.005

_ENTRY = """FRIENDLYNAME "{name}"
DEVICENAME /dev/null:0x{port:04X}
LIBPATH {driver}
CHANNELID 0x{port:04X}
"""
# the listener comes as stdin: dash can not name descriptors above 9
_START = 'exec 3<&0 </dev/null && LISTEN_PID=$$ LISTEN_FDS=1 exec "$@"'
_START_IN_NAMESPACE = "mount -t tmpfs none /run && mkdir /run/pcscd && " + _START


class NotAvailable(Exception):
    """pcscd or vpcd is not installed, or pcscd did not start; the text says which."""


@dataclass(frozen=True, slots=True)
class PrivatePcscd:
    """A running pcscd: where its clients connect, and the TCP ports of its two card slots."""

    socket_path: Path
    ports: tuple[int, int]

    def client_environment(self) -> dict[str, str]:
        """The environment in which a PC/SC client finds this pcscd."""
        return {**os.environ, SOCKET_VARIABLE: str(self.socket_path)}


def missing() -> list[str]:
    """The Debian packages of the virtual reader that are not installed."""
    absent = [] if _pcscd() else ["pcscd"]
    return absent if _DRIVER.exists() else [*absent, "vsmartcard-vpcd"]


@contextmanager
def run(directory: Path) -> Iterator[PrivatePcscd]:
    """Run pcscd with its socket ``s`` in ``directory``, which needs a short path: a socket's has at most 107 bytes.

    Raises NotAvailable.
    """
    if absent := missing():
        raise NotAvailable(f"not installed: {', '.join(absent)}")
    directory.chmod(0o755)
    path = directory / "s"
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(str(path))
        path.chmod(0o666)
        listener.listen()
        process, ports = _start(directory, listener)
        try:
            yield PrivatePcscd(path, ports)
        finally:
            _stop(process)
            path.unlink(missing_ok=True)


def _start(directory: Path, listener: socket.socket) -> tuple[subprocess.Popen[bytes], tuple[int, int]]:
    log = directory / "log"
    for _ in range(_TRIES):
        port = _free_port_pair()
        process = _spawn(directory, listener, port, log)
        if _ready(process, log, port):
            return process, (port, port + 1)
        _stop(process)
    raise NotAvailable(f"pcscd did not get ready: {log.read_text(errors='replace').strip()[-400:]}")


def _spawn(directory: Path, listener: socket.socket, port: int, log: Path) -> subprocess.Popen[bytes]:
    entry = directory / "reader.conf.d" / "vpcd"
    entry.parent.mkdir(exist_ok=True)
    entry.write_text(_ENTRY.format(name=READER, port=port, driver=_DRIVER))
    command = [_pcscd() or "pcscd", "--foreground", "--info", "--config", str(entry.parent), *_polkit_option()]
    shell = ["sh", "-c", _START, "sh", *command]
    user: str | None = None
    group: int | None = None
    if os.geteuid() == 0:
        # as nobody it can touch neither the system pcscd's pid file nor USB readers
        Path("/run/pcscd").mkdir(exist_ok=True)
        user, group = "nobody", pwd.getpwnam("nobody").pw_gid
    elif not Path("/run/pcscd").is_dir():
        shell = ["unshare", "-rm", "sh", "-c", _START_IN_NAMESPACE, *shell[3:]]
    with log.open("wb") as output:
        return subprocess.Popen(
            shell,
            stdin=listener.fileno(),
            stdout=output,
            stderr=output,
            user=user,
            group=group,
            extra_groups=[] if user else None,
        )


def _ready(process: subprocess.Popen[bytes], log: Path, port: int) -> bool:
    """True when both slots listen; False after a port clash, where pcscd stays up without the reader."""
    wanted = ["daemon ready", *(rf"Waiting for virtual ICC on port {slot}\b" for slot in (port, port + 1))]
    deadline = time.monotonic() + _READY_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        text = log.read_text(errors="replace")
        # first the clash: "Waiting ..." is said before vpcd tries to listen
        if "Could not initialize connection to virtual ICC" in text:
            return False
        if all(re.search(line, text) for line in wanted):
            return True
        time.sleep(_POLL_SECONDS)
    return False


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(5)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _free_port_pair() -> int:
    """A TCP port that is free now and whose successor is free too."""
    while True:
        with socket.socket() as first, socket.socket() as second:
            first.bind(("", 0))
            port: int = first.getsockname()[1]
            try:
                second.bind(("", port + 1))
            except (OSError, OverflowError):
                continue
            return port


def _pcscd() -> str | None:
    return shutil.which("pcscd", path=_PATH)


def _polkit_option() -> list[str]:
    """pcsc-lite 2.0.0 and later ask polkit about every client; 1.9.9 exits on the option."""
    usage = subprocess.run([_pcscd() or "pcscd", "--help"], capture_output=True, text=True, check=False)
    option = "--disable-polkit"
    return [option] if option in usage.stdout + usage.stderr else []
