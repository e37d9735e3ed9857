#!/usr/bin/env python3
"""Generates Tests/ModelFilesTests/Fixtures/interop: files that other programs write, with what they should give.

    scikit-learn.onnx     MLPClassifier 64-16-10 on the digits data, exported by skl2onnx
    helper.onnx           the same network from onnx.helper: Gemm with transB, Dropout, Softmax
    cnn.onnx              convolution, batch normalisation, pools, Flatten, Gemm; random weights
    *_input.npy, *_output.npy   rows and what onnx's own reference evaluator gives for them
    arrays.npz, deflated.npz    numpy.savez and savez_compressed
    weights.safetensors   F32, F64, F16 and BF16 (the last by hand, numpy has no such type)
    table.csv.gz          two members

Needs numpy onnx==1.23.2 scikit-learn==1.9.1 skl2onnx==1.20.0 safetensors. Usage: model_files.py FOLDER
"""
import gzip
import json
import pathlib
import struct
import sys

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper
from onnx.reference import ReferenceEvaluator
from safetensors.numpy import save_file
from skl2onnx import to_onnx
from sklearn.datasets import load_digits
from sklearn.neural_network import MLPClassifier


def save(folder, name, model, rows, output):
    onnx.checker.check_model(model)
    onnx.save(model, folder / f"{name}.onnx")
    found = dict(zip([o.name for o in model.graph.output], ReferenceEvaluator(model).run(None, {"X": rows})))
    np.save(folder / f"{name}_input.npy", rows)
    np.save(folder / f"{name}_output.npy", found[output])


def tensors(**arrays):
    return [numpy_helper.from_array(value.astype(np.float32), name) for name, value in arrays.items()]


def main(folder):
    folder.mkdir(parents=True, exist_ok=True)
    x, y = load_digits(return_X_y=True)
    x = (x / 16).astype(np.float32)
    network = MLPClassifier((16,), max_iter=300, random_state=1).fit(x, y)
    rows = x[:4]
    save(folder, "scikit-learn", to_onnx(network, x[:1], options={"zipmap": False}, target_opset=17), rows,
         "probabilities")

    (w1, w2), (b1, b2) = network.coefs_, network.intercepts_
    save(folder, "helper", helper.make_model(helper.make_graph(
        [helper.make_node("Gemm", ["X", "w1", "b1"], ["h"], transB=1), helper.make_node("Relu", ["h"], ["r"]),
         helper.make_node("Dropout", ["r"], ["d"]), helper.make_node("Gemm", ["d", "w2", "b2"], ["s"], transB=1),
         helper.make_node("Softmax", ["s"], ["Y"], axis=-1)],
        "mlp", [helper.make_tensor_value_info("X", TensorProto.FLOAT, ["N", 64])],
        [helper.make_tensor_value_info("Y", TensorProto.FLOAT, ["N", 10])],
        tensors(w1=w1.T, b1=b1, w2=w2.T, b2=b2)),
        opset_imports=[helper.make_opsetid("", 17)], ir_version=8), rows, "Y")

    random = np.random.default_rng(1)
    normal = lambda *shape: random.normal(size=shape) * 0.4
    save(folder, "cnn", helper.make_model(helper.make_graph(
        [helper.make_node("Conv", ["X", "k1"], ["c1"], pads=[1, 1, 1, 1]),
         helper.make_node("BatchNormalization", ["c1", "scale", "shift", "mean", "variance"], ["n1"]),
         helper.make_node("Relu", ["n1"], ["r1"]),
         helper.make_node("MaxPool", ["r1"], ["p1"], kernel_shape=[2, 2], strides=[2, 2]),
         helper.make_node("Conv", ["p1", "k2", "b2"], ["c2"], group=2),
         helper.make_node("Relu", ["c2"], ["r2"]),
         helper.make_node("AveragePool", ["r2"], ["p2"], kernel_shape=[2, 2], strides=[2, 2]),
         helper.make_node("Flatten", ["p2"], ["f"]), helper.make_node("MatMul", ["f", "w"], ["m"]),
         helper.make_node("Add", ["m", "b"], ["Y"])],
        "cnn", [helper.make_tensor_value_info("X", TensorProto.FLOAT, ["N", 1, 12, 12])],
        [helper.make_tensor_value_info("Y", TensorProto.FLOAT, ["N", 3])],
        tensors(k1=normal(4, 1, 3, 3), scale=1 + normal(4), shift=normal(4), mean=normal(4),
                variance=np.abs(normal(4)) + 0.5, k2=normal(6, 2, 3, 3), b2=normal(6), w=normal(24, 3), b=normal(3))),
        opset_imports=[helper.make_opsetid("", 17)], ir_version=8), normal(2, 1, 12, 12).astype(np.float32), "Y")

    arrays = {"f4": np.array([[1.5, -2], [0.25, 3e8]], "<f4"), "i8": np.arange(-3, 3), "u1": np.array([0, 255], "u1")}
    np.savez(folder / "arrays.npz", **arrays)
    np.savez_compressed(folder / "deflated.npz", **arrays, zeros=np.zeros((300, 40)))
    np.save(folder / "fortran.npy", np.asfortranarray(np.arange(6.0).reshape(2, 3)))
    np.save(folder / "big-endian.npy", np.arange(3.0).astype(">f8"))

    values = np.array([1.5, -2.25, 0.0078125], np.float32)
    plain = folder / "plain.safetensors"
    save_file({"f32": values.reshape(3, 1), "f64": values.astype("f8"), "f16": values.astype("f2")}, plain,
              metadata={"made by": "safetensors"})
    bits = (values.view(np.uint32) >> 16).astype("<u2").tobytes()
    header = json.dumps({"bf16": {"dtype": "BF16", "shape": [3], "data_offsets": [0, len(bits)]}}).encode()
    (folder / "bf16.safetensors").write_bytes(struct.pack("<Q", len(header)) + header + bits)

    lines = [f"{i},{i * i % 17},{i % 2}\n" for i in range(400)]
    member = lambda part: gzip.compress("".join(part).encode(), mtime=0)
    (folder / "table.csv.gz").write_bytes(member(lines[:150]) + member(lines[150:]))


if __name__ == "__main__":
    main(pathlib.Path(sys.argv[1]))
