"""A disk in memory whose power can be cut."""

from __future__ import annotations

import errno

from uimkit.store.disk import Disk


class PowerCutError(Exception):
    """Nothing happens after it: the machine is off."""


class _Node:
    def __init__(self, data: bytes = b"") -> None:
        self.data, self.synced = data, data


class MemoryDisk(Disk):
    """Files in memory. Counts operations; from number ``trouble`` on, ``lasting`` of them fail or the power is off.

    ``survivor`` is the disk as it may be found after a power cut.
    """

    def __init__(self, files: dict[str, bytes] | None = None, *, chunk: int = 1 << 20) -> None:
        self.names = {path: _Node(data) for path, data in (files or {}).items()}
        self.synced_names = dict(self.names)
        self.handles: list[_Node | None] = []
        self.chunk = chunk
        self.count = 0
        self.trouble: range = range(0)
        self.power_cut = False

    def survivor(self, share: float, *, renamed: bool) -> MemoryDisk:
        """Unsynced data are there up to a share; names changed since the last directory sync are, or are not."""
        names = self.names if renamed else self.synced_names
        return MemoryDisk({path: self._found(node, share) for path, node in names.items()})

    @staticmethod
    def _found(node: _Node, share: float) -> bytes:
        old, new = node.synced, node.data
        same = next((i for i, (a, b) in enumerate(zip(old, new, strict=False)) if a != b), min(len(old), len(new)))
        kept = same + round((max(len(old), len(new)) - same) * share)
        return new if share == 1 else (new[:kept] + old[kept:])

    def _step(self) -> None:
        self.count += 1
        if self.count in self.trouble:
            raise PowerCutError if self.power_cut else OSError(errno.ENOSPC, "No space left on device")

    def _node(self, handle: int) -> _Node:
        node = self.handles[handle]
        assert node is not None, "the handle is closed"
        return node

    def _handle(self, node: _Node) -> int:
        self.handles.append(node)
        return len(self.handles) - 1

    def open(self, path: str, *, write: bool) -> int:
        if path not in self.names:
            raise FileNotFoundError(errno.ENOENT, "No such file or directory")
        return self._handle(self.names[path])

    def create(self, path: str, mode: int) -> int:
        self._step()
        self.names[path] = _Node()
        return self._handle(self.names[path])

    def lock(self, handle: int) -> None:
        self._node(handle)

    def is_current(self, handle: int, path: str) -> bool:
        return self.names.get(path) is self._node(handle)

    def mode(self, handle: int) -> int:
        return 0o600

    def read(self, handle: int) -> bytes:
        return self._node(handle).data

    def write(self, handle: int, data: bytes, offset: int) -> int:
        node = self._node(handle)
        taken = data[: self.chunk]
        try:
            self._step()
        except (OSError, PowerCutError):
            taken = data[: len(data) // 2]
            raise
        finally:
            assert offset <= len(node.data), "a hole in the file"
            node.data = node.data[:offset] + taken + node.data[offset + len(taken) :]
        return len(taken)

    def truncate(self, handle: int, length: int) -> None:
        self._step()
        self._node(handle).data = self._node(handle).data[:length]

    def sync(self, handle: int) -> None:
        self._step()
        self._node(handle).synced = self._node(handle).data

    def close(self, handle: int) -> None:
        self._node(handle)
        self.handles[handle] = None

    def rename(self, source: str, target: str) -> None:
        self._step()
        self.names[target] = self.names.pop(source)

    def sync_directory(self, path: str) -> None:
        self._step()
        self.synced_names = dict(self.names)

    def remove(self, path: str) -> None:
        self._step()
        self.names.pop(path, None)
