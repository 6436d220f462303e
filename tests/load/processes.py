"""CPU time and memory of processes, from /proc."""

import psutil

MIB = 1024 * 1024


def cpu_s(process: psutil.Process) -> float:
    """Return the CPU seconds that a process and its children took, ended children included."""
    total = _own_cpu_s(process)
    for child in process.children(recursive=True):
        try:
            total += _own_cpu_s(child)
        except psutil.NoSuchProcess:  # its time is now part of its parent's
            continue
    return total


def _own_cpu_s(process: psutil.Process) -> float:
    times = process.cpu_times()
    return times.user + times.system + times.children_user + times.children_system


def resident_mib(process: psutil.Process) -> float:
    """Return how much memory a process holds."""
    return process.memory_info().rss / MIB
