"""What a strategy's gradient is as a program: TensorFlow's graph, and what XLA makes of it."""

import hashlib
import re
from collections import Counter

import keras
import tensorflow as tf

from ddpg_tf.strategies.base import Strategy

MATRIX_PRODUCTS = ("MatMul", "BatchMatMulV2", "Einsum")
"""Kinds of graph operations that multiply matrices."""

BOOKKEEPING = (
    "Const",
    "Placeholder",
    "ReadVariableOp",
    "Identity",
    "NoOp",
    "StopGradient",
    "Shape",
    "Reshape",
    "ConcatOffset",
    "StridedSlice",
    "Pack",
    "ExpandDims",
    "Cast",
    "Fill",
    "Tile",
    "FloorMod",
    "FloorDiv",
    "Maximum",
    "Range",
)
"""Kinds that hold, name, read, copy or measure tensors."""

INSTRUCTION = re.compile(r"^\s*(?:ROOT )?%\S+ = (?:\(.*?\)|\S+) ([a-z][a-z\-]*)\(", re.MULTILINE)
"""One instruction of XLA's text form: `%name = shape opcode(operands), attributes`."""


def graph_operations(graph: tf.Graph) -> dict[str, int]:
    """Kind -> count of the operations in `graph`, called functions opened up."""
    definition = graph.as_graph_def()
    library = {function.signature.name: function for function in definition.library.function}
    counts = Counter()

    def count(nodes):
        for node in nodes:
            names = [value.func.name for value in node.attr.values() if value.HasField("func")]
            called = [library[name] for name in names if name in library]
            for function in called:
                count(function.node_def)
            if not called:
                counts[node.op] += 1

    count(definition.node)
    return dict(counts.most_common())


def graph_groups(operations: dict[str, int]) -> dict[str, int]:
    """The counts in three groups: matrix products, other arithmetic, bookkeeping."""
    products = sum(operations.get(kind, 0) for kind in MATRIX_PRODUCTS)
    bookkeeping = sum(operations.get(kind, 0) for kind in BOOKKEEPING)
    arithmetic = sum(operations.values()) - products - bookkeeping
    return {
        "matrix products": products,
        "other arithmetic": arithmetic,
        "bookkeeping": bookkeeping,
    }


def xla_instructions(text: str) -> dict[str, int]:
    """Opcode -> count of a compiled program in XLA's text form, fused bodies included."""
    return dict(Counter(INSTRUCTION.findall(text)).most_common())


def fingerprint(text: str) -> str:
    """A hash of a compiled program that ignores names and where in Python it came from.

    Equal fingerprints: the same instructions on the same shapes and constants, wired alike, in the
    same order.
    """
    lines = [line for line in text.splitlines() if not line.startswith("HloModule")]
    body = "\n".join(lines)
    body = re.sub(r", metadata=\{[^}]*\}|, frontend_attributes=\{[^}]*\}", "", body)
    body = re.sub(r"^(?:ENTRY )?%\S+ \(.*\{$", "{", body, flags=re.MULTILINE)
    order = {}
    body = re.sub(r"%[\w.\-]+", lambda match: f"%{order.setdefault(match[0], len(order))}", body)
    return hashlib.sha256(body.encode()).hexdigest()[:16]


def anatomy_of(
    strategy: Strategy, actor: keras.Model, critic: keras.Model, observations: tf.Tensor
) -> dict:
    """Count `strategy.gradients` as a graph and as XLA's program.

    observations: [B, obs_dim].
    """
    gradients = tf.function(
        lambda states: strategy.gradients(actor, critic, states),
        autograph=False,
        jit_compile=True,
    )
    concrete = gradients.get_concrete_function(observations)
    operations = graph_operations(concrete.graph)
    text = gradients.experimental_get_compiler_ir(observations)(stage="optimized_hlo")
    instructions = xla_instructions(text)
    return {
        "operations": operations,
        "operation_groups": graph_groups(operations),
        "graph_operations": sum(operations.values()),
        "instructions": instructions,
        "xla_instructions": sum(instructions.values()),
        "xla_fusions": instructions.get("fusion", 0),
        "xla_matrix_products": instructions.get("dot", 0),
        "fingerprint": fingerprint(text),
    }
