"""The machine and the versions, in words that name no host."""

import os
import platform


def description(version, torch_versions, threads):
    """Lines: the processor, our side, PyTorch's."""
    cores = os.cpu_count()
    lines = [f"{_processor()}, {cores} cores, {_memory()}{platform.system()}"]
    libraries = ", ".join(f"{name} {number}" for name, number in sorted(version.get("libraries", {}).items()))
    lines.append(
        f"Offprint {version['tool']}, results version {version['numeric_version']}, {version['compiler']}, "
        f"{version['instruction_set']}" + (f"; {libraries}" if libraries else ""))
    if torch_versions:
        lines.append(", ".join(f"{name} {number}" for name, number in torch_versions.items()))
    else:
        lines.append("PyTorch was not there: Offprint alone was measured")
    return lines


def _processor():
    try:
        with open("/proc/cpuinfo") as file:
            for line in file:
                if line.startswith("model name"):
                    return " ".join(line.split(":", 1)[1].split())
    except OSError:
        pass
    return platform.processor() or platform.machine()


def _memory():
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / (1 << 30):.0f} GiB, "
    except (OSError, ValueError):
        return ""
