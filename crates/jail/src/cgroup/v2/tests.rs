use std::fs;

use tempfile::TempDir;

use super::*;

/// Files of a jail's group as a 6.1 kernel shows them, with the content they have after some use.
const RECORDED: &[(&str, &str)] = &[
    ("cgroup.freeze", "0\n"),
    ("cgroup.kill", ""),
    ("cgroup.procs", ""),
    ("cpu.max", "max 100000\n"),
    ("cpu.stat", "usage_usec 73921\nuser_usec 60111\nsystem_usec 13810\nnr_periods 12\n"),
    ("memory.current", "5242880\n"),
    ("memory.events", "low 0\nhigh 0\nmax 31\noom 2\noom_kill 1\noom_group_kill 0\n"),
    ("memory.max", "max\n"),
    ("memory.peak", "7340032\n"),
    ("memory.swap.max", "max\n"),
    ("pids.current", "4\n"),
    ("pids.max", "max\n"),
];

fn recorded_tree() -> (TempDir, V2) {
    let root = tempfile::tempdir().unwrap();
    let base = root.path().join("lambkin-x");
    let jail = base.join("one");
    fs::create_dir_all(&jail).unwrap();
    for (name, text) in RECORDED {
        fs::write(jail.join(name), text).unwrap();
    }
    (root, V2 { base })
}

fn content(v2: &V2, name: &str) -> String {
    fs::read_to_string(v2.base.join("one").join(name)).unwrap()
}

#[test]
fn limits_are_written_in_the_kernels_words() {
    let (_root, v2) = recorded_tree();
    let group = v2.open("one").unwrap();
    group.set_memory(268_435_456).unwrap();
    group.set_pids(1024).unwrap();
    group.set_cpu(CpuLimit::Millis(144)).unwrap();
    assert!(content(&v2, "memory.max").starts_with("268435456"));
    assert!(content(&v2, "memory.swap.max").starts_with('0'));
    assert!(content(&v2, "pids.max").starts_with("1024"));
    assert!(content(&v2, "cpu.max").starts_with("2880 20000"));
}

#[test]
fn a_kernel_without_swap_accounting_is_fine() {
    let (_root, v2) = recorded_tree();
    fs::remove_file(v2.base.join("one/memory.swap.max")).unwrap();
    v2.open("one").unwrap().set_memory(1 << 30).unwrap();
    assert!(content(&v2, "memory.max").starts_with("1073741824"));
    v2.open("one").unwrap().set_cpu(CpuLimit::Unlimited).unwrap();
    assert!(content(&v2, "cpu.max").starts_with("max 20000"));
}

#[test]
fn counters_are_read_from_their_files() {
    let (_root, v2) = recorded_tree();
    let usage = v2.open("one").unwrap().usage().unwrap();
    let expected = Usage {
        memory_bytes: 5_242_880,
        peak_memory_bytes: 7_340_032,
        cpu_us: 73_921,
        oom_kills: 1,
        pids: 4,
    };
    assert_eq!(usage, expected);
}

#[test]
fn the_peak_of_an_old_kernel_is_at_least_the_present_use() {
    let (_root, v2) = recorded_tree();
    fs::remove_file(v2.base.join("one/memory.peak")).unwrap();
    assert_eq!(v2.open("one").unwrap().usage().unwrap().peak_memory_bytes, 5_242_880);
}

#[test]
fn a_slot_counts_as_vacant_only_with_one_process_and_little_memory() {
    let (_root, v2) = recorded_tree();
    let hierarchy = crate::cgroup::Hierarchy::V2(v2.clone());
    assert!(!hierarchy.is_vacant("one").unwrap());
    fs::write(v2.base.join("one/pids.current"), "1\n").unwrap();
    assert!(!hierarchy.is_vacant("one").unwrap());
    fs::write(v2.base.join("one/memory.current"), "4096\n").unwrap();
    assert!(hierarchy.is_vacant("one").unwrap());
    // Without the file the peak of the last jail would show.
    fs::remove_file(v2.base.join("one/memory.peak")).unwrap();
    assert!(!hierarchy.is_vacant("one").unwrap());
}

#[test]
fn a_new_measurement_of_the_peak_is_asked_for_where_there_is_one() {
    let (_root, v2) = recorded_tree();
    assert!(v2.open("one").unwrap().reset_peak().unwrap());
    assert!(content(&v2, "memory.peak").starts_with("reset"));
}

#[test]
fn freezing_and_thawing_each_write_one_value() {
    let (_root, v2) = recorded_tree();
    let group = v2.open("one").unwrap();
    group.freeze().unwrap();
    assert_eq!(content(&v2, "cgroup.freeze"), "1\n");
    group.thaw().unwrap();
    assert_eq!(content(&v2, "cgroup.freeze"), "0\n");
}
