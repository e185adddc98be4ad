"""The text of a loop as code of LLVM's, which makes machine code of it."""

from __future__ import annotations

import ast
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from llvmlite import binding, ir

from microae.compiler.backends.texts import (
    BIT,
    BYTE,
    DOUBLE,
    FLOAT,
    FLOATS,
    INT,
    LIBM,
    NARROW,
    Argument,
    Array,
    OtherwiseError,
    empties,
    flags,
    is_empty,
    kind_of,
    mathematics,
    otherwise,
    read,
)

_COMPARISONS: dict[type, str] = {
    ast.Lt: "<", ast.LtE: "<=", ast.Gt: ">", ast.GtE: ">=", ast.Eq: "==", ast.NotEq: "!=",
}  # fmt: skip
_OPERATORS: dict[type, str] = {ast.Add: "add", ast.Sub: "sub", ast.Mult: "mul", ast.Div: "div", ast.Mod: "rem"}
BLAS = "microae_cblas_"
"""How the names of BLAS's functions begin in the code."""

_ROW_MAJOR, _AS_IT_IS, _TURNED = 101, 111, 112
"""Words of BLAS."""


class Code:
    """A loop while it is compiled.

    Attributes
    ----------
    memory : list of (str, int)
        The dtype and size of each array that the loop needs for itself: further arguments.
    externals : set of str
        The functions that it calls.
    """

    def __init__(self, function: ast.FunctionDef, arguments: Sequence[Argument]) -> None:
        self.memory: list[tuple[str, int]] = []
        self.externals: set[str] = set()
        self.module = ir.Module("loop")
        self.module.triple = binding.get_process_triple()
        made = list(empties(function))
        kinds = [kind_of(dtype) for _, dtype, _ in arguments] + [kind_of(dtype) for _, dtype, _ in made]
        pointers = [kind.as_pointer() for kind in kinds]
        self.function = ir.Function(self.module, ir.FunctionType(INT, [INT, *pointers]), "loop")
        self.steps, *given = self.function.args
        for pointer in given:
            pointer.add_attribute("noalias")
        self.start = self.function.append_basic_block("start")
        body = self.function.append_basic_block("body")
        self.builder = ir.IRBuilder(body)
        self.names: dict[str, Any] = {"ZERO": 0.0, "ONE": 1.0}
        for (name, _, shape), pointer, kind in zip(arguments, given, kinds, strict=False):
            self.names[name] = Array.of(pointer, kind, shape)
        for (name, dtype, shape), pointer in zip(made, given[len(arguments) :], strict=True):
            self.names[name] = Array.of(pointer, kind_of(dtype), shape)
            self.memory.append((dtype, self.names[name].size))
        self.flags = flags(function)
        self.ends: list[Any] = []  # of the loops around, where break goes
        self.inside = False  # a function that is called
        self.statements(function.body)
        with self.builder.goto_block(self.start):
            self.builder.branch(body)
        if not self.builder.block.is_terminated:
            self.builder.ret(INT(0))

    # statements

    def statements(self, lines: Sequence[ast.stmt]) -> Any:
        """Write some, one after the other; the value of a function's return."""
        for line in lines:
            if self.builder.block.is_terminated:
                break
            if isinstance(line, ast.Return):
                value = self.value(line.value)
                if self.inside:
                    return value
                self.builder.ret(self.as_kind(value, INT))
            else:
                self.statement(line)
        return None

    def statement(self, line: ast.stmt) -> None:
        if isinstance(line, ast.Assign) and len(line.targets) == 1:
            if not is_empty(line.value):
                self.assign(line.targets[0], self.value(line.value))
        elif isinstance(line, ast.AugAssign):
            self.change(line)
        elif isinstance(line, ast.For) and isinstance(line.target, ast.Name) and not line.orelse:
            self.loop(line)
        elif isinstance(line, ast.If) and not line.orelse:
            with self.builder.if_then(self.truth(self.value(line.test))):
                self.statements(line.body)
        elif isinstance(line, ast.Break):
            self.builder.branch(self.ends[-1])
        elif isinstance(line, ast.Expr) and isinstance(line.value, (ast.Call, ast.Constant)):
            if isinstance(line.value, ast.Call):
                self.value(line.value)
        else:
            raise otherwise(line)

    def assign(self, target: ast.expr, value: Any) -> None:
        if isinstance(target, ast.Tuple):
            if type(value) is not tuple or len(value) != len(target.elts):
                raise otherwise(target)
            for part, one in zip(target.elts, value, strict=True):
                self.assign(part, one)
        elif isinstance(target, ast.Subscript):
            array = self.value(target.value)
            if not isinstance(array, Array):
                raise otherwise(target)
            if isinstance(target.slice, ast.Constant) and target.slice.value is Ellipsis:
                self.fill(array, value)
            else:
                self.builder.store(self.as_kind(value, array.kind), self.place(array, target.slice))
        elif isinstance(target, ast.Name):
            self.bind(target.id, value)
        else:
            raise otherwise(target)

    def bind(self, name: str, value: Any) -> None:
        """Let a name mean an array, or keep a number in its memory, which LLVM will do without."""
        if isinstance(value, Array):
            self.names[name] = value
            return
        number = self.number(value)
        kept = self.names.get(name)
        if not isinstance(kept, ir.AllocaInstr):
            with self.builder.goto_block(self.start):
                kept = self.names[name] = self.builder.alloca(number.type, name=name)
        kind = kept.type.pointee
        if number.type != kind and not (kind == DOUBLE and number.type in (FLOAT, INT)):
            raise OtherwiseError(f"{name} changes its kind")
        self.builder.store(self.as_kind(number, kind), kept)

    def fill(self, array: Array, value: Any) -> None:
        """Every element, by a number or by those of another array."""
        into = array.whole()
        source = value.whole() if isinstance(value, Array) else None
        if source is not None and source.shape != into.shape:
            raise OtherwiseError("an array is filled by one of another shape")
        with self.counting(INT(0), INT(into.size)) as i:
            x = self.loaded(source, [i]) if source is not None else value
            self.builder.store(self.as_kind(x, into.kind), self.at(into, [i]))

    def change(self, line: ast.AugAssign) -> None:
        """``x += y``, and the others."""
        target = line.target
        if isinstance(target, ast.Name) and isinstance(self.names.get(target.id), Array):
            array, by = self.names[target.id].whole(), self.value(line.value)
            with self.counting(INT(0), INT(array.size)) as i:
                new = self.operation(line.op, self.loaded(array, [i]), by)
                self.builder.store(self.as_kind(new, array.kind), self.at(array, [i]))
            return
        old = self.value(ast.copy_location(read(target), target))
        self.assign(target, self.operation(line.op, old, self.value(line.value)))

    def loop(self, line: ast.For) -> None:
        call = line.iter
        if not (isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "range"):
            raise otherwise(line)
        ends = [self.as_kind(self.value(x), INT) for x in call.args]
        start, stop, step = (INT(0), ends[0], INT(1)) if len(ends) == 1 else (*ends, INT(1))[:3]
        assert isinstance(line.target, ast.Name)
        with self.counting(start, stop, step) as i:
            self.bind(line.target.id, i)
            self.statements(line.body)

    def counting(self, start: Any, stop: Any, step: Any = None) -> Any:
        """A loop; what is written in the block is its body, which is given the count."""
        return _Counting(self, start, stop, INT(1) if step is None else step)

    # values: numbers of LLVM, Python's for literals, arrays, tuples

    def value(self, x: ast.expr | None) -> Any:
        if isinstance(x, ast.Constant) and type(x.value) in (int, float, bool):
            return x.value
        if isinstance(x, ast.Name):
            if x.id not in self.names:
                raise otherwise(x)
            known = self.names[x.id]
            return self.builder.load(known) if isinstance(known, ir.AllocaInstr) else known
        if isinstance(x, ast.Tuple):
            return tuple(map(self.value, x.elts))
        if isinstance(x, ast.Attribute):
            return self.attribute(x)
        if isinstance(x, ast.Subscript):
            return self.element(x)
        if isinstance(x, ast.BinOp):
            return self.operation(x.op, self.value(x.left), self.value(x.right))
        if isinstance(x, ast.UnaryOp):
            return self.unary(x)
        if isinstance(x, ast.Compare) and len(x.ops) == 1:
            return self.compared(x.ops[0], self.value(x.left), self.value(x.comparators[0]))
        if isinstance(x, ast.BoolOp):
            return self.both_or_either(x)
        if isinstance(x, ast.IfExp):
            test = self.truth(self.value(x.test))
            one, other = self.in_common(self.value(x.body), self.value(x.orelse))
            return self.builder.select(test, one, other)
        if isinstance(x, ast.Call):
            return self.call(x)
        raise otherwise(x)

    def attribute(self, x: ast.Attribute) -> Any:
        if isinstance(x.value, ast.Name) and x.value.id == "np" and x.attr in ("nan", "inf"):
            return getattr(np, x.attr)
        array = self.value(x.value)
        if isinstance(array, Array) and x.attr == "T" and len(array.shape) == 2:
            return Array(array.pointer, array.kind, array.shape[::-1], array.strides[::-1])
        if isinstance(array, Array) and x.attr == "size":
            return array.size
        raise otherwise(x)

    def element(self, x: ast.Subscript) -> Any:
        if isinstance(x.value, ast.Attribute) and x.value.attr == "shape":
            array = self.value(x.value.value)
            if isinstance(array, Array) and isinstance(x.slice, ast.Constant) and x.slice.value == 0:
                return self.steps if array.shape[0] is None else array.shape[0]
            raise otherwise(x)
        array = self.value(x.value)
        if not isinstance(array, Array):
            raise otherwise(x)
        indices = x.slice.elts if isinstance(x.slice, ast.Tuple) else [x.slice]
        if len(indices) < len(array.shape):
            if len(indices) != 1:
                raise otherwise(x)
            start = self.at(array, [self.value(indices[0])])
            return Array(start, array.kind, array.shape[1:], array.strides[1:])
        value = self.builder.load(self.place(array, x.slice))
        return self.builder.trunc(value, BIT) if array.kind == BYTE else value

    def place(self, array: Array, index: ast.expr) -> Any:
        indices = index.elts if isinstance(index, ast.Tuple) else [index]
        if len(indices) != len(array.shape):
            raise otherwise(index)
        return self.at(array, list(map(self.value, indices)))

    def at(self, array: Array, indices: Sequence[Any]) -> Any:
        """The address of an element."""
        offset: Any = INT(0)
        for i, stride in zip(indices, array.strides, strict=False):
            part = self.builder.mul(self.as_kind(i, INT), INT(stride), flags=("nsw",))
            offset = self.builder.add(offset, part, flags=("nsw",))
        return self.builder.gep(array.pointer, [offset], inbounds=True)

    def loaded(self, array: Array, indices: Sequence[Any]) -> Any:
        value = self.builder.load(self.at(array, indices))
        return self.builder.trunc(value, BIT) if array.kind == BYTE else value

    def operation(self, op: ast.operator, x: Any, y: Any) -> Any:
        if isinstance(op, ast.Pow):
            return self.power(x, y)
        if type(x) in (int, float) and type(y) in (int, float) and not isinstance(op, ast.Div):
            return self.folded(op, x, y)
        if isinstance(op, (ast.BitAnd, ast.BitOr)):
            x, y = self.truth(x), self.truth(y)
            return self.builder.and_(x, y) if isinstance(op, ast.BitAnd) else self.builder.or_(x, y)
        x, y = self.in_common(x, y, wide=True)
        if isinstance(op, (ast.LShift, ast.RShift)) and x.type == INT:
            return self.builder.shl(x, y) if isinstance(op, ast.LShift) else self.builder.ashr(x, y)
        name = _OPERATORS.get(type(op))
        if name in ("add", "sub", "mul") and x.type == INT:
            return getattr(self.builder, name)(x, y)
        if name is None or name == "rem" or x.type == BIT:
            raise OtherwiseError(f"{type(op).__name__} of {x.type}")
        x, y = (self.as_kind(x, DOUBLE), self.as_kind(y, DOUBLE)) if x.type == INT else (x, y)
        return getattr(self.builder, f"f{name}")(x, y, flags=self.flags)

    def folded(self, op: ast.operator, x: Any, y: Any) -> Any:
        """Literals alone."""
        done: dict[type, Callable[[], Any]] = {
            ast.Add: lambda: x + y, ast.Sub: lambda: x - y, ast.Mult: lambda: x * y, ast.Mod: lambda: x % y,
            ast.LShift: lambda: x << y, ast.RShift: lambda: x >> y,
        }  # fmt: skip
        if type(op) not in done:
            raise OtherwiseError(f"{type(op).__name__} of literals")
        return done[type(op)]()

    def power(self, x: Any, y: Any) -> Any:
        if type(y) in (int, float) and y == 2 and not isinstance(x, (int, float)) and x.type in FLOATS:
            return self.builder.fmul(x, x, flags=self.flags)
        return self.of_libm("pow", x, y)

    def unary(self, x: ast.UnaryOp) -> Any:
        value = self.value(x.operand)
        if isinstance(x.op, ast.Not):
            return self.builder.not_(self.truth(value))
        if not isinstance(x.op, ast.USub):
            raise otherwise(x)
        if type(value) in (int, float):
            return -value
        number = self.number(value)
        if number.type == BIT:
            raise otherwise(x)
        return self.builder.fneg(number, flags=self.flags) if number.type in FLOATS else self.builder.neg(number)

    def compared(self, op: ast.cmpop, x: Any, y: Any) -> Any:
        x, y = self.in_common(x, y)
        sign = _COMPARISONS.get(type(op))
        if sign is None:
            raise OtherwiseError(type(op).__name__)
        if x.type in FLOATS:
            ordered = self.builder.fcmp_unordered if sign == "!=" else self.builder.fcmp_ordered
            return ordered(sign, x, y)
        return self.builder.icmp_unsigned(sign, x, y) if x.type == BIT else self.builder.icmp_signed(sign, x, y)

    def both_or_either(self, x: ast.BoolOp) -> Any:
        first, *others = (self.number(self.value(part)) for part in x.values)
        for other in others:
            if not first.type == other.type == BIT:
                raise otherwise(x)
            first = self.builder.and_(first, other) if isinstance(x.op, ast.And) else self.builder.or_(first, other)
        return first

    # calls

    def call(self, x: ast.Call) -> Any:
        name = ast.unparse(x.func)
        if name == "np.dot":
            return self.product(*map(self.value, x.args))
        if name.endswith(".reshape"):
            assert isinstance(x.func, ast.Attribute)
            array = self.value(x.func.value)
            if not isinstance(array, Array):
                raise otherwise(x)
            return Array.of(array.whole().pointer, array.kind, ast.literal_eval(x.args[0]))
        if name.endswith(".view"):
            return self.same_bits(x)
        if name == "float" and isinstance(x.args[0], ast.Constant):
            return float(x.args[0].value)  # type: ignore[arg-type]
        if name.endswith(".dtype.type"):
            array = self.names.get(name.partition(".")[0])
            return self.as_kind(self.value(x.args[0]), array.kind if isinstance(array, Array) else None)
        kind = {"f32": FLOAT, "i32": NARROW, "np.int64": INT, "np.float64": DOUBLE, "np.float32": FLOAT}.get(name)
        if kind is not None:
            return self.as_kind(self.value(x.args[0]), kind)
        if name in mathematics():
            return self.inlined(mathematics()[name], [self.value(arg) for arg in x.args])
        args = [self.value(arg) for arg in x.args]
        plain = name.removeprefix("math.")
        if plain in ("abs", "sqrt", "np.floor", "floor"):
            return self.intrinsic({"abs": "fabs"}.get(plain, plain.removeprefix("np.")), args[0])
        if plain == "isfinite":
            return self.builder.fcmp_ordered("<", *self.in_common(self.intrinsic("fabs", args[0]), np.inf))
        return self.of_libm(plain.removeprefix("np.") if plain == "np.cbrt" else plain, *args)

    def same_bits(self, x: ast.Call) -> Any:
        assert isinstance(x.func, ast.Attribute)
        number, kind = self.number(self.value(x.func.value)), ast.unparse(x.args[0])
        wanted = {"f32": (NARROW, FLOAT), "np.float64": (INT, DOUBLE)}.get(kind)
        if wanted is None or number.type != wanted[0]:
            raise otherwise(x)
        return self.builder.bitcast(number, wanted[1])

    def inlined(self, function: ast.FunctionDef, args: Sequence[Any]) -> Any:
        """What a function of native_math returns, its text written here."""
        outer = self.names, self.flags, self.inside
        self.names, self.flags, self.inside = {}, flags(function), True
        for parameter, value in zip(function.args.args, args, strict=True):
            self.bind(parameter.arg, value)
        found = self.statements(function.body)
        self.names, self.flags, self.inside = outer
        return found

    def intrinsic(self, name: str, x: Any) -> Any:
        number = self.number(x)
        if number.type not in FLOATS:
            raise OtherwiseError(f"{name} of {number.type}")
        function = self.module.declare_intrinsic(f"llvm.{name}", [number.type])
        return self.builder.call(function, [number], fastmath=self.flags)

    def of_libm(self, name: str, *args: Any) -> Any:
        if name not in LIBM:
            raise OtherwiseError(f"{name} is not known")
        numbers = [self.number(x) for x in args]
        if len(numbers) == 2:
            numbers = list(self.in_common(numbers[0], numbers[1], wide=True))
        kind = numbers[0].type
        if kind not in FLOATS:
            raise OtherwiseError(f"{name} of {kind}")
        return self.external(name + "f" * (kind == FLOAT), kind, numbers)

    def external(self, name: str, result: Any, args: Sequence[Any]) -> Any:
        self.externals.add(name)
        function = self.module.globals.get(name)
        if function is None:
            function = ir.Function(self.module, ir.FunctionType(result, [x.type for x in args]), name)
        return self.builder.call(function, args)

    def product(self, x: Any, y: Any, out: Any = None) -> Any:
        """By BLAS, of which NumPy has one."""
        kinds = {array.kind if isinstance(array, Array) else None for array in (x, y, out if out is not None else x)}
        if len(kinds) != 1 or not kinds <= set(FLOATS):
            raise OtherwiseError("a product of arrays of several kinds")
        kind: Any = next(iter(kinds))
        letter, one, nothing = BLAS + ("d" if kind == DOUBLE else "s"), kind(1.0), kind(0.0)
        if len(x.shape) == len(y.shape) == 1:
            if out is not None or not x.strides == y.strides == (1,):
                raise OtherwiseError("a product of vectors")
            return self.external(f"{letter}dot", kind, [INT(x.size), x.pointer, INT(1), y.pointer, INT(1)])
        out = out.whole() if out is not None else out
        if out is None:
            raise OtherwiseError("a product without memory")
        if len(x.shape) == 2 == len(y.shape):
            (m, k), n = x.shape, y.shape[1]
            sizes = [INT(size) for size in (m, n, k)]
            a, b = self.matrix(x), self.matrix(y)
            head = [NARROW(_ROW_MAJOR), a[0], b[0], *sizes, one, *a[1:], *b[1:], nothing, out.pointer, INT(max(n, 1))]
            self.external(f"{letter}gemm", ir.VoidType(), head)
            return None
        matrix, vector, turned = (x, y, False) if len(x.shape) == 2 else (y, x, True)
        if vector.strides != (1,):
            raise OtherwiseError("a vector with gaps")
        way, pointer, gap = self.matrix(matrix)
        lies = way.constant == _AS_IT_IS
        rows, columns = matrix.shape if lies else matrix.shape[::-1]
        way = NARROW(_AS_IT_IS if lies != turned else _TURNED)
        sizes = [NARROW(_ROW_MAJOR), way, INT(rows), INT(columns)]
        vectors = [vector.pointer, INT(1), nothing, out.pointer, INT(1)]
        self.external(f"{letter}gemv", ir.VoidType(), [*sizes, one, pointer, gap, *vectors])
        return None

    def matrix(self, array: Array) -> tuple[Any, Any, Any]:
        """How BLAS reads a matrix: as it is or turned, from where, and from row to row."""
        (m, n), (down, right) = array.shape, array.strides
        if right == 1 and (m <= 1 or down >= n):
            return NARROW(_AS_IT_IS), array.pointer, INT(max(down, n, 1))
        if down == 1 and (n <= 1 or right >= m):
            return NARROW(_TURNED), array.pointer, INT(max(right, m, 1))
        raise OtherwiseError("a matrix with gaps")

    # kinds

    def number(self, x: Any) -> Any:
        """A literal as LLVM has it."""
        if type(x) is bool:
            return BIT(int(x))
        if type(x) is int:
            return INT(x)
        if type(x) is float:
            return DOUBLE(x)
        if isinstance(x, (Array, tuple)) or x is None:
            raise OtherwiseError("an array where a number is meant")
        return x

    def in_common(self, x: Any, y: Any, wide: bool = False) -> tuple[Any, Any]:
        """Two numbers as the kind that numba computes with."""
        x, y = self.number(x), self.number(y)
        kinds = {x.type, y.type}
        if len(kinds) == 1:
            kind = INT if wide and x.type == NARROW else x.type
        elif kinds <= {INT, NARROW}:
            kind = INT
        elif BIT in kinds and not kinds & set(FLOATS):
            raise OtherwiseError("a truth value among integers")
        elif BIT in kinds:
            (kind,) = kinds - {BIT}
        else:
            kind = DOUBLE
        return self.as_kind(x, kind), self.as_kind(y, kind)

    def truth(self, x: Any) -> Any:
        number = self.number(x)
        if number.type == BIT:
            return number
        if number.type not in FLOATS:
            raise OtherwiseError("an integer as a truth value")
        return self.builder.fcmp_unordered("!=", number, number.type(0.0))

    def as_kind(self, x: Any, kind: Any) -> Any:
        x = self.number(x)
        if x.type == kind:
            return x
        if kind in FLOATS and isinstance(x, ir.Constant) and x.type in FLOATS:
            return kind(x.constant)
        if kind == BYTE and x.type == BIT:
            return self.builder.zext(x, BYTE)
        if kind in FLOATS and x.type == BIT:
            return self.builder.uitofp(x, kind)
        if kind in FLOATS and x.type in (INT, NARROW):
            return self.builder.sitofp(x, kind)
        if kind in (INT, NARROW) and x.type in FLOATS:
            return self.builder.fptosi(x, kind)
        if (kind, x.type) == (DOUBLE, FLOAT):
            return self.builder.fpext(x, DOUBLE)
        if (kind, x.type) == (FLOAT, DOUBLE):
            return self.builder.fptrunc(x, FLOAT)
        if (kind, x.type) == (INT, NARROW):
            return self.builder.sext(x, INT)
        if (kind, x.type) == (NARROW, INT):
            return self.builder.trunc(x, NARROW)
        raise OtherwiseError(f"{x.type} as {kind}")


class _Counting:
    """A counted loop, as a context: in it one writes the body."""

    def __init__(self, code: Code, start: Any, stop: Any, step: Any) -> None:
        self.code, self.start, self.stop, self.step = code, start, stop, step

    def __enter__(self) -> Any:
        code, builder = self.code, self.code.builder
        before = builder.block
        self.head, body, self.end = (code.function.append_basic_block(name) for name in ("head", "inside", "after"))
        builder.branch(self.head)
        builder.position_at_end(self.head)
        self.count = builder.phi(INT)
        self.count.add_incoming(self.start, before)
        builder.cbranch(builder.icmp_signed("<", self.count, self.stop), body, self.end)
        builder.position_at_end(body)
        code.ends.append(self.end)
        return self.count

    def __exit__(self, *_: object) -> None:
        code, builder = self.code, self.code.builder
        code.ends.pop()
        if not builder.block.is_terminated:
            after = builder.add(self.count, self.step, flags=("nsw",))
            self.count.add_incoming(after, builder.block)
            builder.branch(self.head)
        builder.position_at_end(self.end)
