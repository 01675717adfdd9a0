#!/usr/bin/env bash
# onnxruntime 1.32.0 leaves the dilation of a pool out of the padding SAME_UPPER.
#
# Guess: auto_pad = SAME_UPPER means that the output has ceil(input / stride) positions, whatever the kernel and its dilation, as
#   ONNX defines it for MaxPool and AveragePool; a network that pads with SAME keeps its picture's size.
# Behaviour: ONNX Runtime computes the padding from the undilated kernel, so the picture shrinks by (kernel - 1) * (dilation - 1).
#   ONNX's reference evaluator 1.23.2 and tract 0.23.9 return the defined size. For a convolution with the same attributes ONNX
#   Runtime raises an error that dilation is not supported there; for pools it does not.
# Output seen:
#   MaxPool: onnxruntime, reference and tract return (4, 6) (6, 8) (6, 8)
#   Conv: onnxruntime, reference and tract return no answer (6, 8) (6, 8)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    'onnxruntime==1.32.0' 'onnx==1.23.2' 'tract==0.23.9' 'numpy==2.4.6'
"$folder/venv/bin/python" - "$folder/model.onnx" <<'PYTHON'
import sys

import numpy
import onnx
import onnxruntime
import tract
from onnx import TensorProto, helper
from onnx.reference import ReferenceEvaluator

picture = numpy.arange(48, dtype=numpy.float32).reshape(1, 1, 6, 8)
attributes = dict(kernel_shape=[3, 3], dilations=[2, 2], auto_pad="SAME_UPPER")


def sizes(kind, inputs, weights):
    graph = helper.make_graph(
        [helper.make_node(kind, inputs, ["y"], **attributes)],
        "one node",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, picture.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None] * 4)],
        weights,
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    onnx.checker.check_model(model)
    onnx.save(model, sys.argv[1])
    try:
        [runtime] = onnxruntime.InferenceSession(sys.argv[1]).run(None, {"x": picture})
    except onnxruntime.capi.onnxruntime_pybind11_state.InvalidArgument:
        runtime = None
    [reference] = ReferenceEvaluator(model).run(None, {"x": picture})
    [engine] = tract.onnx().load(sys.argv[1]).into_model().into_runnable().run([picture])
    seen = [None if runtime is None else runtime.shape[2:], reference.shape[2:], engine.to_numpy().shape[2:]]
    print(f"{kind}: onnxruntime, reference and tract return", *("no answer" if size is None else size for size in seen))
    return seen


ones = onnx.numpy_helper.from_array(numpy.ones((1, 1, 3, 3), numpy.float32), "w")
assert sizes("MaxPool", ["x"], []) == [(4, 6), (6, 8), (6, 8)], "the behaviour changed"
assert sizes("Conv", ["x", "w"], [ones]) == [None, (6, 8), (6, 8)], "the behaviour changed"
PYTHON
