"""Where compiled kernels are kept: a cache folder of the user, never the installed package.

Numba looks only at the file of the kernel it compiled, not at the files of the functions inlined into it. So the
folder carries a hash of every source in this package: a changed file can never meet an old kernel.
"""

import hashlib
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar, cast

from platformdirs import user_cache_path

Kernel = TypeVar("Kernel", bound=Callable[..., object])


def _sources_hash() -> str:
    digest = hashlib.sha256()
    for path in sorted(Path(__file__).parent.glob("*.py")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


os.environ.setdefault(
    "NUMBA_CACHE_DIR", str(user_cache_path("finflow", appauthor=False) / f"kernels-{_sources_hash()}")
)

import numba  # noqa: E402  (reads NUMBA_CACHE_DIR when imported)

_config: Any = numba.config
if not _config.CACHE_DIR:  # imported by somebody else before us
    _config.CACHE_DIR = os.environ["NUMBA_CACHE_DIR"]


_njit: Any = numba.njit
_OPTIONS = {
    "nogil": True,
    "error_model": "numpy",
    "_nrt": False,  # no kernel allocates: without reference counting a third of the compile time goes
}


def compiled(function: Kernel) -> Kernel:
    """Compile on first use, keep the machine code for the next process. For kernels that Python calls."""
    return cast(Kernel, _njit(cache=True, **_OPTIONS)(function))


def called_by_kernel(function: Kernel) -> Kernel:
    """As a part of kernels, but called: what is seldom needed stays out of a loop that runs ten million times."""
    return cast(Kernel, _njit(no_cpython_wrapper=True, no_cfunc_wrapper=True, **_OPTIONS)(function))


def part_of_kernel(function: Kernel) -> Kernel:
    """Compile as a part of kernels; Python cannot call it. Saves the wrappers, most of the compile time.

    Always inlined: a call would hand over some sixty numbers for the arrays, and takes longer than most of these do.
    """
    return cast(Kernel, _njit(forceinline=True, no_cpython_wrapper=True, no_cfunc_wrapper=True, **_OPTIONS)(function))
