"""What a server leaves on the machine: processes, control groups, mounts, network interfaces and rules."""

import os
import pathlib
import re
import subprocess


def children(pid):
    """A process's descendants with their start times, so that a used-again number is not taken for the same process."""
    parents = {}
    for entry in pathlib.Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            parents[int(entry.name)] = (int(fields[1]), fields[19])
    found, frontier = {}, {pid}
    while frontier:
        frontier = {child for child, (parent, _) in parents.items() if parent in frontier and child not in found}
        found.update({child: parents[child][1] for child in frontier})
    return found


def alive(processes):
    """Those of the processes that still run (a zombie does not)."""
    running = set()
    for pid, started in processes.items():
        try:
            fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if fields[19] == started and fields[0] != "Z":
            running.add(pid)
    return running


def instance(processes):
    """The name under which a server's jails keep their control groups."""
    for pid in processes:
        try:
            found = re.search(r"lambkin-([0-9a-f]{16})", pathlib.Path(f"/proc/{pid}/cgroup").read_text())
        except OSError:
            continue
        if found:
            return found[1]
    return None


def tag(name):
    """The six characters that stand for the instance in names of interfaces and tables."""
    value = 0xCBF29CE484222325
    for byte in name.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return f"{value & 0xFFFFFF:06x}"


def traces(name, data):
    """Everything on the machine that belongs to the instance `name` with its data in `data`."""
    found = set()
    for folder, folders, _ in os.walk("/sys/fs/cgroup"):
        found |= {f"cgroup {folder}/{child}" for child in folders if name in child}
    mounts = pathlib.Path("/proc/self/mountinfo").read_text().splitlines()
    found |= {f"mount {line}" for line in mounts if str(data) in line}
    found |= {f"interface {link}" for link in os.listdir("/sys/class/net") if link.startswith(f"lk{tag(name)}")}
    tables = subprocess.run(["nft", "list", "tables"], capture_output=True, text=True, env={"PATH": "/usr/sbin:/sbin:/usr/bin"})
    found |= {f"table {line}" for line in tables.stdout.splitlines() if tag(name) in line}
    for loop in pathlib.Path("/sys/block").glob("loop*/loop/backing_file"):
        try:
            file = loop.read_text().strip()
        except OSError:
            continue
        if str(data) in file:
            found.add(f"loop device {loop.parts[3]} on {file}")
    return found
