#!/usr/bin/env bash
# rtmlib 0.0.13 feeds RTMPose blue first.
#
# Guess: RTMPose's networks are trained on RGB (mmpose's configurations say bgr_to_rgb=True, mean 123.675, 116.28, 103.53), so
#   rtmlib turns the BGR pictures of OpenCV into RGB before it subtracts that mean.
# Behaviour: it does not. The blue channel is normalised with the mean and deviation of red and goes into the network's first
#   plane. A program that feeds the same ONNX file RGB, as it was trained, gets other points than rtmlib does; a manifest copied
#   from rtmlib has its colours wrong.
# Output seen:
#   rtmlib 0.0.13: pure blue becomes [2.249, -2.036, -1.804]
#   as trained it would be [-2.118, -2.036, 2.64]
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check \
    'rtmlib==0.0.13' 'opencv-python-headless==4.11.0.86' 'onnxruntime==1.22.1' 'numpy<2.3' 'tqdm'
"$folder/venv/bin/python" - <<'PYTHON'
from importlib.metadata import version

import numpy
from rtmlib.tools.pose_estimation.rtmpose import RTMPose

# No network is needed to see what it would be fed.
pose = object.__new__(RTMPose)
pose.model_input_size = (192, 256)
mean, std = (123.675, 116.28, 103.53), (58.395, 57.12, 57.375)
pose.mean, pose.std = mean, std
blue = numpy.zeros((256, 192, 3), numpy.uint8)
blue[..., 0] = 255  # OpenCV's order
fed, *_ = pose.preprocess(blue, [0, 0, 192, 256])
seen = [round(float(value), 3) for value in fed[128, 96]]
trained = [round((value - m) / s, 3) for value, m, s in zip((0, 0, 255), mean, std)]
print(f"rtmlib {version('rtmlib')}: pure blue becomes {seen}")
print(f"as trained it would be {trained}")
assert seen == [2.249, -2.036, -1.804], "the behaviour changed"
assert seen != trained
PYTHON
