"""Whole ONNX graphs as a part of one that skl2onnx builds."""

from __future__ import annotations

from typing import Any


def graft(scope: Any, container: Any, model: Any, source: str, result: str) -> None:
    """Add the nodes and weights of a model, under names that nothing else has.

    Parameters
    ----------
    scope, container
        Of skl2onnx: what gives names, and what collects nodes.
    model : onnx.ModelProto
        Of one input; its first output is taken.
    source : str
        Name of what the model's input becomes.
    result : str
        Name of what its output becomes.
    """
    graph = model.graph
    names = {graph.input[0].name: source, graph.output[0].name: result, "": ""}

    def renamed(name: str) -> str:
        if name not in names:
            names[name] = scope.get_unique_variable_name("net")
        return names[name]

    for weights in graph.initializer:
        weights.name = renamed(weights.name)
        container.initializers.append(weights)
    for node in graph.node:
        node.input[:] = map(renamed, node.input)
        node.output[:] = map(renamed, node.output)
        node.name = scope.get_unique_operator_name(node.op_type)
        container.nodes.append(node)
    for version in model.opset_import:
        container.node_domain_version_pair_sets.add((version.domain, version.version))


class Nodes:
    """Nodes that are added one after the other.

    Parameters
    ----------
    scope, container
        Of skl2onnx.
    """

    def __init__(self, scope: Any, container: Any) -> None:
        self._scope, self._container = scope, container

    def add(self, kind: str, *taken: str, gives: str | None = None, **settings: Any) -> str:
        """Add a node, and return the name of what it gives."""
        given = gives or self._scope.get_unique_variable_name(kind.lower())
        name = self._scope.get_unique_operator_name(kind)
        self._container.add_node(
            kind, list(taken), given, name=name, op_version=OPSET_OF[kind], **settings
        )
        return given

    def constant(self, type_of: int, shape: list[int], values: Any) -> str:
        """Add numbers or texts, and return their name."""
        name = self._scope.get_unique_variable_name("constant")
        self._container.add_initializer(name, type_of, shape, values)
        return name


# Of the versions up to 17, the last one that changed an operator.
OPSET_OF = {
    "ArgMax": 13,
    "Cast": 13,
    "Concat": 13,
    "Div": 14,
    "Gather": 13,
    "Greater": 13,
    "Identity": 16,
    "Reshape": 14,
    "Sigmoid": 13,
    "Softmax": 13,
    "Sub": 14,
}
