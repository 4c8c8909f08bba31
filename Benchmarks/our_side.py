"""Offprint's times, asked of the program as any other program would ask."""

import json
import subprocess


class OffprintFailed(Exception):
    """What the program said, and the status it ended with."""


class Offprint:
    def __init__(self, program, threads):
        self.program = program
        self.threads = threads

    def version(self):
        return self._rows("version", "--json")[0]

    def kernel_rows(self, layer=None, algorithm=None):
        """One object for each pass of the layer (by the algorithm), or for the standard products and layers."""
        option = ["--layer", layer.option] if layer else []
        option += ["--algorithm", algorithm] if algorithm else []
        return self._rows("bench", "kernels", *option, "--threads", str(self.threads), "--json")

    def network_row(self, block, dataset, batch):
        rows = self._rows(
            "bench", "networks", "--dataset", dataset, "--block", block, "--batch", str(batch),
            "--threads", str(self.threads), "--json")
        if len(rows) != 1:
            raise OffprintFailed(f"{len(rows)} rows for {block} on {dataset}, expected 1")
        return rows[0]

    def network_counts(self, block, dataset):
        """Parameters, and multiply-adds of one image."""
        row = self._rows("networks", "show", block, "--dataset", dataset, "--json")[0]
        return row["parameters"], row["multiply_adds"]

    def _rows(self, *arguments):
        try:
            done = subprocess.run([self.program, *arguments], capture_output=True, text=True)
        except OSError as error:
            raise OffprintFailed(f"{self.program}: {error.strerror}") from error
        if done.returncode != 0:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise OffprintFailed(f"status {done.returncode}: {said[0] if said else 'nothing said'}")
        rows = [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]
        if not rows:
            raise OffprintFailed("no rows")
        return rows
