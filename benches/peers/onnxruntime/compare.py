"""ONNX Runtime and our networks in turn on one core: do they agree, and how long does each take?

    taskset -c 1 python compare.py ../../../target/release/examples/networks DATA [--dispatch avx2] [--rounds 7]

DATA holds models/*.onnx and data/squat-video (CONTRIBUTING.md says where they come from). Frames are cropped to the
middle square and scaled to the network's input. Differences are the greatest over all numbers of all frames.
"""

import argparse
import pathlib
import statistics
import subprocess
import tempfile
import time

import numpy as np
import onnxruntime as ort
from PIL import Image

NAMES = ["blazepose-full", "blazepose-lite", "blazepose-detector", "movenet-lightning"]


def session(path):
    options = ort.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    return ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])


def picture(path, name, shape):
    image = Image.open(path).convert("RGB")
    side = min(image.size)
    left, top = (image.width - side) // 2, (image.height - side) // 2
    image = image.crop((left, top, left + side, top + side)).resize((shape[2], shape[1]))
    pixels = np.asarray(image, dtype=np.float32)[None]
    if name.startswith("movenet"):
        return pixels
    return pixels / 127.5 - 1 if "detector" in name else pixels / 255


class Ours:
    """The program that runs our networks, and the files that it reads and writes."""

    def __init__(self, program, folder):
        self.process = subprocess.Popen(
            [program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.input, self.output = folder / "input", folder / "output"

    def run(self, model, dispatch, runs, pixels):
        pixels.astype("<f4").tofile(self.input)
        print(model, dispatch, runs, self.input, self.output, file=self.process.stdin, flush=True)
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"{model} {dispatch}: our program stopped")
        return float(answer), np.fromfile(self.output, "<f4")


def theirs(peer, feed, runs):
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        outputs = peer.run(None, feed)
        times.append((time.perf_counter() - start) * 1e3)
    return statistics.median(times), np.concatenate([o.ravel() for o in outputs])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("data", type=pathlib.Path)
    parser.add_argument("--dispatch", default="auto")
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--runs", type=int, default=30, help="runs of each in a round")
    parser.add_argument("--frames", type=int, default=20)
    parser.add_argument("--only", default="")
    args = parser.parse_args()
    frames = sorted((args.data / "data/squat-video").glob("*/*.jpg"))
    frames = frames[5 :: max(1, len(frames) // args.frames)][: args.frames]
    print(f"{'network':20} {'ours ms':>8} {'theirs':>8} {'ratio':>6} {'difference':>11} {'relative':>9}")
    with tempfile.TemporaryDirectory() as folder:
        ours = Ours(args.program, pathlib.Path(folder))
        for name in (n for n in NAMES if args.only in n):
            model = str(args.data / f"models/{name}.onnx")
            peer = session(model)
            entry = peer.get_inputs()[0]
            greatest = relative = 0.0
            for path in frames:
                pixels = picture(path, name, entry.shape)
                feed = {entry.name: pixels.astype("u1") if "uint8" in entry.type else pixels}
                _, expected = theirs(peer, feed, 1)
                _, got = ours.run(model, args.dispatch, 1, pixels)
                off = np.abs(got - expected)
                greatest = max(greatest, off.max())
                relative = max(relative, (off / np.maximum(1, np.abs(expected))).max())
            times = []
            for _ in range(args.rounds):
                mine = ours.run(model, args.dispatch, args.runs, pixels)[0]
                times.append((mine, theirs(peer, feed, args.runs)[0]))
            mine, other = (statistics.median(side) for side in zip(*times)) if times else (0, 1)
            print(
                f"{name:20} {mine:8.2f} {other:8.2f} {mine / other:6.2f} {greatest:11.2e} {relative:9.2e}",
                flush=True,
            )


if __name__ == "__main__":
    main()
