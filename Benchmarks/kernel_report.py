"""Measures every convolution algorithm over kernel size and channels, and writes the experiment file of reports/kernels.

Run by `make kernel-report` on a quiet machine; the numbers go into `{data}` cells, and `offprint render` draws them like any
other report. Takes about two minutes.
"""

import argparse
import ctypes
import os
import pathlib
import threading
import time

import layers
import machine
from layers import Layer, PASSES
from our_side import Offprint, OffprintFailed

ROOT = pathlib.Path(__file__).resolve().parent.parent
SIZES = (1, 3, 5, 7, 9, 11, 15, 21, 31)
CHANNELS = (8, 16, 32, 64, 128, 256, 512)
PASS_TITLES = {"forward": "Forward", "data-gradient": "Data gradient", "weight-gradient": "Weight gradient"}


def main():
    parser = argparse.ArgumentParser(prog="Benchmarks/kernel_report.py", description=__doc__.splitlines()[0])
    parser.add_argument("--offprint", default=str(ROOT / ".build/release/offprint"), help="the program")
    parser.add_argument("--threads", type=int, default=os.cpu_count())
    parser.add_argument("--write", type=pathlib.Path, default=ROOT / "reports/kernels/experiment.md")
    chosen = parser.parse_args()
    program = Offprint(chosen.offprint, chosen.threads)
    try:
        about = machine.description(program.version(), {}, chosen.threads)[:2]
        peak = measure_peak(program, chosen.threads)
        bandwidth = copy_bandwidth(chosen.threads)
        dense = sweep(program, [(r, Layer(8, 64, 64, 32, r)) for r in SIZES])
        channels = sweep(program, [(c, Layer(32, c, c, 16 if c < 256 else 8, 3)) for c in CHANNELS])
        depthwise = sweep(program, [(r, Layer(8, 128, 128, 32, r, 1, 128)) for r in SIZES if r > 1])
        roofline = measure_roofline(program, peak, bandwidth)
    except OffprintFailed as error:
        raise SystemExit(f"kernel report: error: {error}")
    text = document(about, chosen.threads, peak, bandwidth, dense, channels, depthwise, roofline)
    chosen.write.parent.mkdir(parents=True, exist_ok=True)
    chosen.write.write_text(text, encoding="utf-8")
    print(f"kernel report: {os.path.relpath(chosen.write)}")


# Measuring

def measure_peak(program, threads):
    """GFLOP/s of chains of multiply-adds in registers, on all threads."""
    rows = [row for row in program.kernel_rows() if row.get("shareOfPeak") and row["threads"] == threads]
    if not rows:
        raise OffprintFailed("bench kernels names no share of the peak")
    return rows[0]["gflops"] / rows[0]["shareOfPeak"]


def copy_bandwidth(threads, size=64 << 20, rounds=12):
    """GB/s read and written together by one copy of memory a thread, the best round."""
    copy = ctypes.CDLL(None).memcpy
    copy.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_size_t]
    buffers = [(ctypes.create_string_buffer(size), ctypes.create_string_buffer(size)) for _ in range(threads)]
    best = 0.0
    for _ in range(rounds):
        workers = [
            threading.Thread(target=copy, args=(ctypes.addressof(to), ctypes.addressof(source), size))
            for to, source in buffers]
        begin = time.perf_counter()
        for worker in workers:
            worker.start()
        for worker in workers:
            worker.join()
        best = max(best, 2 * size * threads / (time.perf_counter() - begin) / 1e9)
    return best


def sweep(program, cases):
    """[(x, pass, algorithm, GFLOP/s, whether the table chooses it)] for every algorithm that can compute the layer."""
    found = []
    for x, layer in cases:
        chosen = {row["pass"]: row["algorithm"] for row in program.kernel_rows(layer)}
        for algorithm in candidates(layer):
            for row in program.kernel_rows(layer, algorithm):
                found.append((x, row["pass"], algorithm, row["gflops"], chosen[row["pass"]] == algorithm))
        print(f"kernel report: {layer.title}", flush=True)
    return found


def candidates(layer):
    if layer.groups == layer.c:
        return ["depthwise", "fft"]
    names = ["pointwise" if layer.r == 1 else "direct"]
    if layer.r == 3 and layer.stride == 1:
        names.append("winograd")
    if layer.r > 1:
        names.append("fft")
    return names


def measure_roofline(program, peak, bandwidth):
    """One row a layer, forward: title, algorithm, operations a byte, GFLOP/s, share of what the machine allows."""
    found = []
    for section in layers.SECTIONS:
        for layer in section.layers[:2]:
            row = next(row for row in program.kernel_rows(layer) if row["pass"] == "forward")
            intensity = layer.operations / layer.bytes
            limit = min(peak, bandwidth * intensity)
            found.append((layer.title, row["algorithm"], intensity, row["gflops"], row["gflops"] / limit))
        print(f"kernel report: {section.title}", flush=True)
    return found


# Writing

def crossover(rows, challenger, name):
    """From which x on the challenger is the faster one in a pass, and stays it."""
    xs = sorted({x for x, p, _, _, _ in rows if p == name})
    speed = {(x, a): g for x, p, a, g, _ in rows if p == name}
    wins = [x for x in xs if all(
        speed.get((y, challenger), 0) > max((g for (z, a), g in speed.items() if z == y and a != challenger), default=0)
        for y in xs if y >= x and (y, challenger) in speed) and (x, challenger) in speed]
    return str(wins[0]) if wins else "nowhere in the range"


def chosen_from(rows, challenger, name):
    xs = sorted(x for x, p, a, _, is_chosen in rows if p == name and a == challenger and is_chosen)
    return str(xs[0]) if xs else "nowhere in the range"


def csv(header, rows):
    lines = [header] + [",".join(str(v) if not isinstance(v, float) else f"{v:.4g}" for v in row) for row in rows]
    return "\n".join("  " + line for line in lines)


def sweep_cells(label, x, x_title, rows, caption, extra=""):
    data = [(value, PASS_TITLES[p], algorithm, gflops) for value, p, algorithm, gflops, _ in rows]
    return f"""```yaml {{data}}
label: {label}
csv: |
{csv(f"{x},pass,algorithm,GFLOP/s", data)}
```

```yaml {{plot}}
label: {label}-speed
data: {label}
mark: line
x: {x}
y: GFLOP/s
color: algorithm
facet: pass
x-title: {x_title}
y-title: Speed, direct count
y-unit: GFLOP/s
scale: log
{extra}width: 8in
caption: "{caption}"
```
"""


def crossover_table(rows, challenger, what):
    lines = [f"| pass | {what} is the faster one from | the table takes it from |", "|---|---:|---:|"]
    for name in PASSES:
        lines.append(f"| {PASS_TITLES[name]} | {crossover(rows, challenger, name)} | {chosen_from(rows, challenger, name)} |")
    return "\n".join(lines)


def document(about, threads, peak, bandwidth, dense, channels, depthwise, roofline):
    ridge = [(2 ** (e / 4), min(peak, bandwidth * 2 ** (e / 4))) for e in range(0, 41)]
    points = [("", "limit", x, y) for x, y in ridge]
    # Titles hold commas; the fields of a cell do not.
    points += [(title.replace(",", ""), algorithm, x, y) for title, algorithm, x, y, _ in roofline]
    table = ["| layer, forward | algorithm | operations a byte | GFLOP/s | of what the machine allows |", "|---|---|---:|---:|---:|"]
    table += [f"| {t} | {a} | {i:.3g} | {g:.3g} | {100 * s:.0f} % |" for t, a, i, g, s in roofline]
    newline = "\n"
    return f"""<!-- Written by `make kernel-report`; change Benchmarks/kernel_report.py instead. -->

# Which convolution algorithm, and when

Every algorithm that can compute a layer, on the same images: {about[0]}, {threads} threads.
{about[1]}. Speed counts the multiplications of the definition, whatever the algorithm does, so Winograd's and Fourier's may
lie above what the multiply-add units can do: {peak:.0f} GFLOP/s here, beside memory that copies {bandwidth:.0f} GB/s (read
and written together).

## Over the size of the kernel

64 channels to 64, 8 images of 32x32, stride 1.

{sweep_cells("kernel-size", "kernel", "Kernel size", dense, "Dense layers: speed of each algorithm by kernel size.")}
{crossover_table(dense, "fft", "FFT")}

## Over the channels

3x3, stride 1, as many channels out as in; 32 images of 16x16, from 256 channels on of 8x8.

{sweep_cells("channels", "channels", "Channels", channels, "3x3 layers: speed of each algorithm by channels.", "x-scale: log" + newline)}
{crossover_table(channels, "winograd", "Winograd")}

## Depthwise

128 channels, 8 images of 32x32, stride 1.

{sweep_cells("depthwise", "kernel", "Kernel size", depthwise, "Depthwise layers: speed of each algorithm by kernel size.")}
{crossover_table(depthwise, "fft", "FFT")}

## Roofline

Each layer by the algorithm that the table chooses. *Operations a byte* counts the definition's operations over images, outputs
and weights moved once; the limit is the lower of the multiply-add peak and of what memory delivers at that rate. Winograd and FFT
need fewer operations than counted, so they may pass it, and so may layers that stay in the caches, which are faster than memory.

```yaml {{data}}
label: roofline
csv: |
{csv("layer,algorithm,operations a byte,GFLOP/s", points)}
```

```yaml {{plot}}
label: roofline-speed
data: roofline
mark: scatter
x: operations a byte
y: GFLOP/s
color: algorithm
x-scale: log
scale: log
front: false
x-title: Operations a byte
y-title: Speed, direct count
y-unit: GFLOP/s
width: 8in
caption: "Forward passes against the limit of this machine (dotted)."
```

{newline.join(table)}
"""


if __name__ == "__main__":
    main()
