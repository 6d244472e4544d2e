"""The one instruction of a processor that a kernel needs and numba has no name for."""

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

_TO_READ, _KEEP, _DATA = 0, 3, 1


def _fetch(_: Any, table: Any, row: Any) -> Any:
    """Ask for the memory of a row of a table before it is needed; changes nothing, whatever the row."""

    def code(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        pointer, number = cgutils.voidptr_t, cgutils.int32_t
        kind = ir.FunctionType(ir.VoidType(), [pointer, number, number, number])
        prefetch = builder.module.declare_intrinsic("llvm.prefetch", [pointer], kind)
        array = context.make_array(signature.args[0])(context, builder, arguments[0])
        at = context.cast(builder, arguments[1], signature.args[1], types.intp)
        begins = builder.mul(at, builder.extract_value(array.strides, 0))
        place = builder.gep(builder.bitcast(array.data, pointer), [begins])
        builder.call(prefetch, [place, *(number(value) for value in (_TO_READ, _KEEP, _DATA))])
        return context.get_dummy_value()

    return types.void(table, row), code


fetch_ahead: Any = intrinsic(_fetch)
