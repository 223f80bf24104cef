"""Work that is done once: who asks first does it, who asks for the same waits for it, nobody else waits."""

from collections import OrderedDict
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Generic, TypeVar

Key = TypeVar("Key", bound=Hashable)
Value = TypeVar("Value")


class Once(Generic[Key, Value]):
    """Answers by key; of more than ``size`` the one that was not asked for longest is forgotten."""

    def __init__(self, size: int) -> None:
        self._size = size
        self._values: OrderedDict[Key, Value] = OrderedDict()
        self._working: dict[Key, tuple[Lock, int]] = {}
        self._lock = Lock()

    def get(self, key: Key, make: Callable[[], Value]) -> Value:
        """Return the answer to a key, worked out by ``make`` where it is not there yet.

        What ``make`` raises is raised to who called it; who waited then tries it too.
        """
        with self._lock:
            if key in self._values:
                self._values.move_to_end(key)
                return self._values[key]
            work, n = self._working.get(key, (Lock(), 0))
            self._working[key] = (work, n + 1)
        try:
            with work:
                with self._lock:
                    if key in self._values:
                        return self._values[key]
                value = make()
                with self._lock:
                    self._values[key] = value
                    if len(self._values) > self._size:
                        self._values.popitem(last=False)
                return value
        finally:
            with self._lock:
                work, n = self._working[key]
                if n == 1:
                    del self._working[key]
                else:
                    self._working[key] = (work, n - 1)
