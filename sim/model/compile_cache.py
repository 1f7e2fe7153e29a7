"""Compiled code on disk, which mends itself: what is damaged is compiled again, and what cannot be kept costs time, not the run.

numba trusts its files. A disk that was full, a machine that lost power or a copy that broke off may leave them cut or filled with zeros,
and then each run fails, or jumps into machine code that is none. So every piece of code carries a checksum, and is believed if it fits.
"""

from __future__ import annotations

import logging
import pickle
import zlib
from contextlib import suppress
from typing import Any

from numba.core.caching import CompileResultCacheImpl, FunctionCache
from numba.core.serialize import dumps


class _WithChecksum(CompileResultCacheImpl):
    """numba's form of compiled code on disk, with its checksum."""

    def reduce(self, compiled: Any) -> tuple[int, bytes]:
        code = dumps(super().reduce(compiled))  # type: ignore[no-untyped-call]
        return zlib.crc32(code), code

    def rebuild(self, target: Any, on_disk: tuple[int, bytes]) -> Any:
        checksum, code = on_disk
        if zlib.crc32(code) != checksum:
            raise ValueError("the code is not as it was written")
        return super().rebuild(target, pickle.loads(code))  # type: ignore[no-untyped-call]


class MendingCache(FunctionCache):
    """numba's cache of one function; an entry that cannot be read is as one that is not there."""

    _impl_class = _WithChecksum
    told = False
    """Whether this program has told of damage: several functions may have some."""

    def load_overload(self, signature: Any, target: Any) -> Any:
        try:
            return super().load_overload(signature, target)  # type: ignore[no-untyped-call]
        except Exception as damage:  # garbage can make any error
            self._tell(f"compiled code in {self.cache_path} is damaged ({type(damage).__name__}); it is compiled again")
            with suppress(OSError):  # then it cannot be kept either, which is told there
                self.flush()
            return None

    def save_overload(self, signature: Any, compiled: Any) -> None:
        try:
            super().save_overload(signature, compiled)  # type: ignore[no-untyped-call]
        except Exception as error:
            self._tell(f"compiled code cannot be kept in {self.cache_path} ({error}); it will be compiled again each time")

    def _tell(self, what: str) -> None:
        if not MendingCache.told:
            MendingCache.told = True
            logging.getLogger(__name__).warning(what)
