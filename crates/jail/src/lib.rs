//! Linux isolation: namespaces, cgroups, seccomp, mounts, network slots, and the spawner process.
