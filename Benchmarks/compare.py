"""Offprint against PyTorch, alternating on this machine in one run; see README.md beside this file.

Prints every row as it is known, the slower ones too, and writes the tables into a Markdown file.
"""

import argparse
import os
import pathlib
import time

import layers
import machine
import tables
from our_side import Offprint, OffprintFailed
from samples import KernelRow, NetworkRow

try:
    import torch_networks
    import torch_side
except ImportError as error:
    torch_side, missing_torch = None, str(error)

ROOT = pathlib.Path(__file__).resolve().parent.parent
BLOCKS = ("plain", "residual", "bottleneck", "resnext", "xception", "dense", "mobile", "mobile_v2", "shuffle")
DATASETS = ("mnist", "cifar10", "stl10")


def options():
    parser = argparse.ArgumentParser(prog="Benchmarks/run", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="fewer layers, no STL-10, fewer rounds; tables to output/")
    parser.add_argument("--only", choices=("kernels", "networks"), help="one half of the run")
    parser.add_argument("--section", action="append", help="only the layers of sections whose title holds this")
    parser.add_argument("--block", action="append", choices=BLOCKS, help="only these networks")
    parser.add_argument("--dataset", action="append", choices=DATASETS, help="only images of these shapes")
    parser.add_argument("--compile", action="store_true", help="torch.compile as one more mode of the networks")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--threads", type=int, default=len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count())
    parser.add_argument("--rounds", type=int, help="measurements of each side; 3 of layers and 2 of networks, or 2 and 1")
    parser.add_argument("--seconds", type=float, default=0.1, help="the least time of PyTorch's measurements of a layer")
    parser.add_argument("--offprint", default=str(ROOT / ".build/release/offprint"), help="the program")
    parser.add_argument("--write", type=pathlib.Path, help="the file whose tables are replaced")
    return parser.parse_args()


def main():
    chosen = options()
    begin = time.monotonic()
    program = Offprint(chosen.offprint, chosen.threads)
    try:
        version = program.version()
    except OffprintFailed as error:
        raise SystemExit(f"bench: error: {error}")
    if torch_side is None:
        print(f"bench: PyTorch cannot be imported ({missing_torch}): measuring Offprint alone")
    about = machine.description(version, torch_side.versions() if torch_side else {}, chosen.threads)
    for line in about:
        print(line)
    kernels, networks, problems = [], [], []
    if chosen.only != "networks":
        kernels = measure_kernels(chosen, program, problems)
    if chosen.only != "kernels":
        networks = measure_networks(chosen, program, problems)
    minutes = (time.monotonic() - begin) / 60
    text = tables.document(about, kernels, networks, problems, chosen, minutes)
    print()
    print(text)
    whole = not (chosen.quick or chosen.only or chosen.section or chosen.block or chosen.dataset) and torch_side
    target = chosen.write or (ROOT / "docs/performance.md" if whole else ROOT / "output/performance.md")
    target.parent.mkdir(parents=True, exist_ok=True)
    tables.replace(target, text)
    print(f"bench: {minutes:.1f} minutes; tables in {os.path.relpath(target)}")
    if problems:
        raise SystemExit(1)


def measure_kernels(chosen, program, problems):
    """A row for each section, layer and pass, measured in rounds that alternate between the sides."""
    rounds = chosen.rounds or (2 if chosen.quick else 3)
    rows = []
    wanted = [s.lower() for s in chosen.section or []]

    def included(title):
        return not wanted or any(part in title.lower() for part in wanted)

    if included("matrix products"):
        rows += measure_products(chosen, program, rounds, problems)
    for section, selected in layers.selected(chosen.quick):
        if not included(section.title):
            continue
        for layer in selected:
            found = {
                name: KernelRow(section.title, layer.title, name, layer.operations, target)
                for name, target in zip(layers.PASSES, section.targets)}
            try:
                for _ in range(rounds):
                    for row in program.kernel_rows(layer):
                        found[row["pass"]].add_ours(row["ms"], row["algorithm"])
                    if torch_side:
                        for mode in torch_side.MODES:
                            times = torch_side.in_child(
                                torch_side.layer_times, layer, mode, chosen.threads, chosen.seconds)
                            for name, ms in times.items():
                                found[name].add_theirs(mode, ms)
                        if layer.groups == layer.c and layer.r == 3:
                            ms = torch_side.in_child(
                                torch_side.copy_times, layer.bytes, chosen.threads, chosen.seconds)
                            for row in found.values():
                                row.copies.append(ms)
            except (OffprintFailed, *failures()) as error:
                problems.append(f"{layer.title}: {error}")
                print(f"bench: {problems[-1]}", flush=True)
            for row in found.values():
                if row.ours:
                    print(row.line(), flush=True)
                    rows.append(row)
    return rows


def measure_products(chosen, program, rounds, problems):
    """The products, judged by the share of the peak of the multiply-add units."""
    rows = {
        f"product-{m}x{k}x{n}": KernelRow("Matrix products", f"{m}x{k} by {k}x{n}", "forward", 2 * m * k * n, None)
        for m, k, n in layers.PRODUCTS}
    try:
        for _ in range(rounds):
            for measured in program.kernel_rows():
                if measured["algorithm"] == "product" and measured["threads"] == chosen.threads:
                    row = rows[measured["name"]]
                    row.add_ours(measured["ms"], measured["algorithm"])
                    row.shares.append(measured["shareOfPeak"])
            if torch_side:
                for (m, k, n), row in zip(layers.PRODUCTS, rows.values()):
                    times = torch_side.in_child(torch_side.product_times, m, k, n, chosen.threads, chosen.seconds)
                    row.add_theirs("mm", times["forward"])
    except (OffprintFailed, *failures()) as error:
        problems.append(f"matrix products: {error}")
        print(f"bench: {problems[-1]}", flush=True)
    known = [row for row in rows.values() if row.ours]
    for row in known:
        print(row.line(), flush=True)
    return known


def measure_networks(chosen, program, problems):
    """A row for each block and shape of images, measured in rounds that alternate between the sides."""
    rounds = chosen.rounds or (1 if chosen.quick else 2)
    modes = []
    if torch_side:
        modes = [(mode, False) for mode in torch_side.MODES]
        if chosen.compile:
            modes.append(("channels-last", True))
    rows = []
    for dataset in chosen.dataset or (DATASETS[:2] if chosen.quick else DATASETS):
        for block in chosen.block or BLOCKS:
            row = NetworkRow(block, dataset, chosen.batch)
            try:
                check_counts(program, block, dataset)
                for _ in range(rounds):
                    row.add_ours(program.network_row(block, dataset, chosen.batch))
                    for mode, compiled in list(modes):
                        measure_mode(row, mode, compiled, chosen, modes)
            except (OffprintFailed, *failures()) as error:
                problems.append(f"{block} on {dataset}: {error}")
                print(f"bench: {problems[-1]}", flush=True)
            if row.ours:
                print(row.line(), flush=True)
                rows.append(row)
    return rows


def measure_mode(row, mode, compiled, chosen, modes):
    name = f"{mode}, compiled" if compiled else mode
    try:
        figures = torch_side.in_child(
            torch_side.network_figures, row.block, row.dataset, chosen.batch, mode, compiled, chosen.threads,
            10 * chosen.seconds)
    except torch_side.ChildFailed as error:
        if not compiled:
            raise
        # Compilation is PyTorch's own affair: say so once, and go on without it.
        print(f"bench: torch.compile does not work here and is left out: {error}", flush=True)
        modes.remove((mode, compiled))
        return
    row.add_theirs(name, figures)


def check_counts(program, block, dataset):
    """Both sides must train the same network."""
    if torch_side:
        found, expected = program.network_counts(block, dataset), torch_networks.COUNTS[block][dataset]
        if found != expected:
            raise OffprintFailed(f"{found[0]} parameters and {found[1]} multiply-adds, expected {expected}")


def failures():
    return (torch_side.ChildFailed,) if torch_side else ()


if __name__ == "__main__":
    main()
