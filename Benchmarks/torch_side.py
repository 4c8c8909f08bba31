"""PyTorch's times. Every measurement runs in a forked child of its own: what it leaves in memory or in caches of
compiled code ends with it, and the peak of its resident memory is its own."""

import multiprocessing
import sys
import time

import torch
from torch.nn import functional

import torch_networks
from layers import PASSES

MODES = ("contiguous", "channels-last")
FORMATS = {"contiguous": torch.contiguous_format, "channels-last": torch.channels_last}


class ChildFailed(Exception):
    """What a measurement in a child ended with, in words."""


def in_child(function, *arguments):
    """What `function(*arguments)` returns, computed by a forked child."""
    context = multiprocessing.get_context("fork" if sys.platform == "linux" else "spawn")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=_answer, args=(sender, function, arguments))
    child.start()
    sender.close()
    try:
        failed, value = receiver.recv()
    except EOFError:
        failed, value = True, "the process died"
    child.join()
    if failed:
        raise ChildFailed(value)
    return value


def _answer(sender, function, arguments):
    try:
        sender.send((False, function(*arguments)))
    except Exception as error:
        sender.send((True, f"{type(error).__name__}: {str(error).splitlines()[0] if str(error) else ''}"))


def _times(body, seconds, least):
    """Seconds of each run of `body` after one to warm up, ascending."""
    begin = time.perf_counter()
    body()
    # What takes long needs fewer runs to be known well.
    least = 2 if time.perf_counter() - begin > 1 else least
    times, begin = [], time.perf_counter()
    while len(times) < least or time.perf_counter() - begin < seconds:
        start = time.perf_counter()
        body()
        times.append(time.perf_counter() - start)
    return sorted(times)


def _median(times):
    return times[len(times) // 2]


# Layers


def layer_times(layer, mode, threads, seconds):
    """Milliseconds of each pass."""
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    place = FORMATS[mode]

    def operand(*shape):
        return torch.randn(*shape).contiguous(memory_format=place)

    padding, size = layer.r // 2, layer.output_size
    images = operand(layer.n, layer.c, layer.h, layer.h)
    weights = operand(layer.k, layer.c // layer.groups, layer.r, layer.r)
    gradient = operand(layer.n, layer.k, size, size)

    def backward(wanted):
        return torch.ops.aten.convolution_backward(
            gradient, images, weights, None, [layer.stride] * 2, [padding] * 2, [1, 1], False, [0, 0], layer.groups,
            wanted)

    runs = (
        lambda: functional.conv2d(images, weights, None, layer.stride, padding, 1, layer.groups),
        lambda: backward([True, False, False]),
        lambda: backward([False, True, False]),
    )
    with torch.no_grad():
        return {name: 1e3 * _median(_times(run, seconds, 5)) for name, run in zip(PASSES, runs)}


def product_times(m, k, n, threads, seconds):
    """Milliseconds of [m, k] x [k, n]."""
    torch.set_num_threads(threads)
    a, b, c = torch.randn(m, k), torch.randn(k, n), torch.empty(m, n)
    with torch.no_grad():
        return {"forward": 1e3 * _median(_times(lambda: torch.mm(a, b, out=c), seconds, 5))}


def copy_times(count, threads, seconds):
    """Milliseconds to copy an array whose reads and writes are `count` bytes together."""
    torch.set_num_threads(threads)
    source = torch.ones(max(1, count // 8))
    target = torch.empty_like(source)
    return 1e3 * _median(_times(lambda: target.copy_(source), seconds, 20))


# Networks


def _adam(parameters):
    try:
        return torch.optim.Adam(parameters, lr=1e-3, weight_decay=1e-5, fused=True)
    except (RuntimeError, TypeError):
        return torch.optim.Adam(parameters, lr=1e-3, weight_decay=1e-5)


def network_figures(block, dataset, batch, mode, compiled, threads, seconds):
    """The fields of `offprint bench networks` that are measured, and nothing of it where counts differ."""
    torch.set_num_threads(threads)
    torch.manual_seed(1)
    place = FORMATS[mode]
    channels, size, _, classes = torch_networks.DATASETS[dataset]
    model = torch_networks.checked(block, dataset).to(memory_format=place)
    run = torch.compile(model) if compiled else model
    images = torch.randn(batch, channels, size, size).contiguous(memory_format=place)
    labels = torch.randint(0, classes, (batch,))
    optimizer = _adam(model.parameters())

    def step():
        optimizer.zero_grad(set_to_none=True)
        functional.cross_entropy(run(images), labels).backward()
        optimizer.step()

    model.train()
    training = _median(_times(step, seconds, 3))
    peak = _peak_resident_mib()
    model.eval()
    one = images[:1].contiguous(memory_format=place)
    with torch.inference_mode():
        inference = _median(_times(lambda: run(images), seconds / 2, 3))
        single = _median(_times(lambda: run(one), seconds / 2, 10))
    return {
        "train_images_per_second": batch / training,
        "inference_images_per_second": batch / inference,
        "single_image_ms": 1e3 * single,
        "peak_rss_mib": peak,
    }


def _peak_resident_mib():
    """Of this process since its fork."""
    try:
        with open("/proc/self/status") as status:
            for line in status:
                if line.startswith("VmHWM:"):
                    return int(line.split()[1]) / 1024
    except OSError:
        pass
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def versions():
    """PyTorch's own, oneDNN's and Python's."""
    found = {"PyTorch": torch.__version__, "Python": sys.version.split()[0]}
    for line in torch.__config__.show().splitlines():
        if "MKL-DNN" in line or "oneDNN" in line:
            found["oneDNN"] = line.split("DNN", 1)[1].split("(")[0].strip(" v-")
    return found
