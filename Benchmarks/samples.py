"""What was measured of one layer or network on both sides, and what follows from it."""

from statistics import median


def spread(values):
    """Half of the distance between the extremes."""
    return (max(values) - min(values)) / 2


class KernelRow:
    """One pass of one layer, or one product. Times are milliseconds, one for each round."""

    def __init__(self, section, layer, name, operations, target):
        self.section, self.layer, self.name = section, layer, name
        self.operations, self.target = operations, target
        self.algorithm = ""
        self.ours, self.modes, self.copies, self.shares = [], {}, [], []

    def add_ours(self, ms, algorithm):
        self.ours.append(ms)
        self.algorithm = algorithm

    def add_theirs(self, mode, ms):
        self.modes.setdefault(mode, []).append(ms)

    @property
    def best(self):
        """PyTorch's faster mode and its times, or None."""
        return min(self.modes.items(), key=lambda item: median(item[1]), default=None)

    @property
    def ratio(self):
        """PyTorch's time over ours."""
        return median(self.best[1]) / median(self.ours) if self.best else None

    @property
    def gflops(self):
        return self.operations / median(self.ours) / 1e6

    @property
    def theirs_gflops(self):
        return self.operations / median(self.best[1]) / 1e6 if self.best else None

    @property
    def copy_share(self):
        """The time of copying as many bytes as the pass must move, over the time of the pass."""
        return median(self.copies) / median(self.ours) if self.copies else None

    @property
    def meets(self):
        return None if self.target is None or self.ratio is None else self.ratio >= self.target

    def line(self):
        text = f"{self.layer:44} {self.name:16} {self.algorithm:10} {median(self.ours):9.3f} ms"
        if self.best:
            text += f"  PyTorch {median(self.best[1]):9.3f} ms ({self.best[0]})  {self.ratio:6.2f}x"
        if self.copies:
            text += f"  {100 * self.copy_share:.0f} % of copying"
        if self.shares:
            text += f"  {100 * median(self.shares):.0f} % of peak"
        return text + ("  below target" if self.meets is False else "")


class NetworkRow:
    """One network at one shape of images: the fields of `offprint bench networks`, one value for each round."""

    FIELDS = ("train_images_per_second", "inference_images_per_second", "single_image_ms", "peak_rss_mib")
    # Whether more is better.
    RISING = {"train_images_per_second", "inference_images_per_second"}
    # The least of our figure over PyTorch's, or the other way round where less is better.
    TARGETS = {"train_images_per_second": 1.5, "single_image_ms": 2, "peak_rss_mib": 1}

    def __init__(self, block, dataset, batch):
        self.block, self.dataset, self.batch = block, dataset, batch
        self.ours, self.modes = {}, {}

    def add_ours(self, row):
        for field in self.FIELDS:
            self.ours.setdefault(field, []).append(row[field])

    def add_theirs(self, mode, figures):
        for field in self.FIELDS:
            self.modes.setdefault(mode, {}).setdefault(field, []).append(figures[field])

    def mine(self, field):
        return median(self.ours[field])

    def best(self, field):
        """PyTorch's better mode for this field and its median, or None."""
        known = [(mode, median(values[field])) for mode, values in self.modes.items()]
        if not known:
            return None
        return (max if field in self.RISING else min)(known, key=lambda item: item[1])

    def spreads(self, field):
        """Ours, and that of PyTorch's better mode or None, as shares of the medians."""
        ours = spread(self.ours[field]) / self.mine(field)
        best = self.best(field)
        return ours, spread(self.modes[best[0]][field]) / best[1] if best else None

    def ratio(self, field):
        """How many times better ours is."""
        best = self.best(field)
        if best is None:
            return None
        return self.mine(field) / best[1] if field in self.RISING else best[1] / self.mine(field)

    def line(self):
        text = f"{self.block:11} {self.dataset:8}"
        for field, name, unit in zip(self.FIELDS, ("training", "inference", "one image", "peak"), ("/s", "/s", " ms", " MiB")):
            text += f"  {name} {self.mine(field):.4g}{unit}"
            if self.modes:
                text += f" ({self.ratio(field):.2f}x)"
        return text
