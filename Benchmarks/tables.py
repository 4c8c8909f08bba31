"""The Markdown of docs/performance.md that is measured, and its place in the file."""

import math
from statistics import median

from samples import NetworkRow, spread

BEGIN = "<!-- measured: begin (written by `make bench`; edits between these two lines are lost) -->"
END = "<!-- measured: end -->"


def document(about, kernels, networks, problems, chosen, minutes):
    parts = ["## Measured", "", *[f"* {line}" for line in about]]
    parts.append(
        f"* {chosen.threads} threads on both sides, alternating, in {minutes:.0f} minutes; medians over the rounds, ± half of "
        "the distance between the extremes. PyTorch's column is the better of its modes, which is named.")
    if chosen.quick:
        parts.append("* A quick run: some of the layers, no STL-10, networks measured once on each side")
    if kernels:
        parts += ["", "### Layers", "", *_kernel_table(kernels)]
    if networks:
        parts += ["", "### Networks", "", *_network_table(networks)]
    if problems:
        parts += ["", "### Not measured", "", *[f"* {problem}" for problem in problems]]
    return "\n".join(parts) + "\n"


def replace(path, text):
    """Puts `text` between the two lines, whose surroundings stay."""
    old = path.read_text() if path.exists() else f"# Performance\n\n{BEGIN}\n{END}\n"
    if BEGIN not in old or END not in old:
        old = f"{old.rstrip()}\n\n{BEGIN}\n{END}\n"
    head, rest = old.split(BEGIN, 1)
    tail = rest.split(END, 1)[1]
    path.write_text(f"{head}{BEGIN}\n\n{text}\n{END}{tail}")


def _row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def _ms(values):
    return f"{median(values):.3f}" + (f" ± {spread(values):.3f}" if len(values) > 1 else "")


def _kernel_table(rows):
    yield "The ratio is PyTorch's time over ours. GFLOP/s count the multiplications of the definition. *Of copying*: the time to"
    yield "copy as many bytes as the pass must move over the time of the pass."
    for section in dict.fromkeys(row.section for row in rows):
        own = [row for row in rows if row.section == section]
        copies, shares = any(row.copies for row in own), any(row.shares for row in own)
        head = ["layer", "pass", "algorithm", "ms", "GFLOP/s", "PyTorch ms", "PyTorch GFLOP/s", "ratio", "target"]
        head += ["of copying"] if copies else []
        head += ["of peak"] if shares else []
        yield ""
        yield f"**{section}**"
        yield ""
        yield _row(*head)
        yield _row(*["---"] * 3, *["--:"] * (len(head) - 3))
        for row in own:
            cells = [row.layer, row.name, row.algorithm, _ms(row.ours), f"{row.gflops:.1f}"]
            if row.best:
                ratio = f"{row.ratio:.2f}" if row.meets is not False else f"**{row.ratio:.2f}**"
                cells += [f"{_ms(row.best[1])}, {row.best[0]}", f"{row.theirs_gflops:.1f}", ratio]
            else:
                cells += ["-"] * 3
            cells.append("-" if row.target is None else f"{row.target:g}")
            cells += [f"{100 * row.copy_share:.0f} %" if row.copies else "-"] if copies else []
            cells += [f"{100 * median(row.shares):.0f} %" if row.shares else "-"] if shares else []
            yield _row(*cells)
    judged = [row for row in rows if row.meets is not None]
    if judged:
        yield ""
        yield f"{sum(row.meets for row in judged)} of {len(judged)} rows meet their target; the others are bold."


def _network_table(rows):
    titles = ("training, images/s", "inference, images/s", "one image, ms", "peak MiB")
    yield "Batch " + ", ".join(str(batch) for batch in sorted({row.batch for row in rows})) + \
        "; training is forward, backward and Adam. Each cell: ours, PyTorch's, and how many times better ours is."
    yield ""
    yield _row("block", "images", *titles)
    yield _row("---", "---", *["--:"] * 4)
    for row in rows:
        cells = []
        for field in NetworkRow.FIELDS:
            ours, theirs = row.spreads(field)
            # One round has no spread.
            rounds = len(row.ours[field])
            text = f"{row.mine(field):.4g}" + (f" ± {100 * ours:.0f} %" if rounds > 1 else "")
            best = row.best(field)
            if best:
                ratio = row.ratio(field)
                met = ratio >= NetworkRow.TARGETS.get(field, 0)
                text += f", {best[1]:.4g}" + (f" ± {100 * theirs:.0f} %" if rounds > 1 else "") + f" {best[0]}, " + (f"{ratio:.2f}" if met else f"**{ratio:.2f}**")
            cells.append(text)
        yield _row(row.block, row.dataset, *cells)
    if all(row.modes for row in rows):
        yield ""
        for field, title in zip(NetworkRow.FIELDS, titles):
            ratios = [row.ratio(field) for row in rows]
            mean = math.exp(sum(map(math.log, ratios)) / len(ratios))
            yield f"* {title}: geometric mean {mean:.2f}x, least {min(ratios):.2f}x, most {max(ratios):.2f}x."
        yield ""
        yield "Targets: training 2.5x in the mean and 1.5x each, one image 2x, memory 1x; figures below are bold."
