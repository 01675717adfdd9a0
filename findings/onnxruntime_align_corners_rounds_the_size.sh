#!/usr/bin/env bash
# onnxruntime 1.32.0 resizes with align_corners and fractional scales by another formula than ONNX and tract.
#
# Guess: exporters write an upsampling with align_corners either with scales or with sizes, and both give the same picture when the
#   output has the same size.
# Behaviour: they do not. ONNX defines align_corners by input length * scale, before it is rounded down to whole pixels; its
#   reference evaluator 1.23.2 and tract 0.23.9 do so, and the last pixel of the output is not the last of the input then. ONNX
#   Runtime takes the rounded length. With sizes all three agree. A decoder of heat maps that was exported with scales places its
#   points differently in the two runtimes, by up to a pixel of the heat map.
# Output seen:
#   scales 2.3: 13 pixels, last one: onnxruntime 5.0, reference 4.688, tract 4.688
#   sizes 13: 13 pixels, last one: onnxruntime 5.0, reference 5.0, tract 5.0
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

# A ramp: the value of an output pixel is the place that it was sampled at.
ramp = numpy.arange(6, dtype=numpy.float32).reshape(1, 1, 1, 6)


def last(inputs, constant):
    graph = helper.make_graph(
        [helper.make_node("Resize", inputs, ["y"], mode="linear", coordinate_transformation_mode="align_corners")],
        "one node",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ramp.shape)],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, [None] * 4)],
        [onnx.numpy_helper.from_array(constant, inputs[-1])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10)
    onnx.checker.check_model(model)
    onnx.save(model, sys.argv[1])
    [runtime] = onnxruntime.InferenceSession(sys.argv[1]).run(None, {"x": ramp})
    [reference] = ReferenceEvaluator(model).run(None, {"x": ramp})
    [engine] = tract.onnx().load(sys.argv[1]).into_model().into_runnable().run([ramp])
    values = [runtime, reference, engine.to_numpy()]
    assert all(value.shape == (1, 1, 1, 13) for value in values), [value.shape for value in values]
    seen = [round(float(value[..., -1].item()), 3) for value in values]
    text = ", ".join(f"{name} {value}" for name, value in zip(("onnxruntime", "reference", "tract"), seen))
    print(f"{inputs[-1]} {constant[-1]:.3g}: 13 pixels, last one: {text}")
    return seen


by_scale = last(["x", "", "scales"], numpy.array([1, 1, 1, 2.3], numpy.float32))
by_size = last(["x", "", "", "sizes"], numpy.array([1, 1, 1, 13]))
assert by_size == [5.0, 5.0, 5.0], "the behaviour changed"
assert by_scale[0] == 5.0 and by_scale[1] == by_scale[2] and by_scale[1] != 5.0, "the behaviour changed"
PYTHON
