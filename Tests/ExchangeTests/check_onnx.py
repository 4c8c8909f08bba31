"""Checks ONNX files with onnx and runs them with onnxruntime, for ONNXRuntimeTests.

check_onnx.py FOLDER, which holds cases.json: for each case the model, bytes of images [N, H, W, C] and our logits.
Prints one JSON object for each case: the largest difference to our logits in one batch and image by image, and how far
the logits of two images are apart. Ends with an error where a file is no valid model.
"""
import json
import pathlib
import sys

import numpy
import onnx
import onnxruntime

options = onnxruntime.SessionOptions()
options.intra_op_num_threads = 2
options.log_severity_level = 3

for case in json.loads(pathlib.Path(sys.argv[1], "cases.json").read_text()):
    model = onnx.load(case["model"])
    onnx.checker.check_model(model, full_check=True)
    assert model.opset_import[0].version >= 17, model.opset_import
    images = numpy.fromfile(case["images"], dtype=numpy.uint8).reshape(case["shape"])
    scaled = (images.astype(numpy.float32) / 255 - 0.5) / 0.5
    scaled = numpy.ascontiguousarray(scaled.transpose(0, 3, 1, 2), dtype=numpy.float32)
    session = onnxruntime.InferenceSession(case["model"], options, providers=["CPUExecutionProvider"])
    expected = numpy.array(case["logits"], dtype=numpy.float32)
    batch = session.run(["logits"], {"images": scaled})[0]
    single = numpy.concatenate([session.run(["logits"], {"images": scaled[i : i + 1]})[0] for i in range(len(scaled))])
    assert batch.shape == expected.shape, (case["name"], batch.shape, expected.shape)
    report = {
        "name": case["name"],
        "batch": float(numpy.abs(batch - expected).max()),
        "single": float(numpy.abs(single - expected).max()),
        "spread": float((expected.max(axis=0) - expected.min(axis=0)).max()),
    }
    print(json.dumps(report))
