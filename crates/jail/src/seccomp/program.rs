//! Putting together the filter program that the kernel runs on every system call.
//!
//! The kernel tries a new program on each system call number once, to remember which are allowed whatever their
//! arguments. With a program that compares one number after the other this takes a millisecond of every start of a
//! guest, so this one halves the range of numbers at each step.

use std::collections::BTreeMap;

use seccompiler::{BpfProgram, sock_filter};

const LOAD: u16 = 0x20;
const AND: u16 = 0x54;
const JUMP: u16 = 0x05;
const JUMP_IF_EQUAL: u16 = 0x15;
const JUMP_IF_AT_LEAST: u16 = 0x35;
const RETURN: u16 = 0x06;

/// Offsets in the kernel's description of a system call.
const NUMBER: u32 = 0;
const ARCHITECTURE: u32 = 4;
const ARGUMENTS: u32 = 16;
const ARGUMENT_BYTES: u32 = 8;

const RETURN_ALLOW: u32 = 0x7fff_0000;
const RETURN_ERROR: u32 = 0x0005_0000;
const RETURN_KILL: u32 = 0x8000_0000;

#[cfg(target_arch = "x86_64")]
const THIS_ARCHITECTURE: u32 = 0xC000_003E;
#[cfg(target_arch = "aarch64")]
const THIS_ARCHITECTURE: u32 = 0xC000_00B7;

/// What happens to a system call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Verdict {
    Allow,
    /// Fails with this error number.
    Fail(u32),
    /// Allowed if all conditions of any one group hold, else refused with `EPERM`.
    AllowIf(Vec<Vec<Condition>>),
}

/// A condition on the lower half of an argument, which is all the kernel looks at in the calls concerned.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Condition {
    pub(super) argument: u8,
    pub(super) mask: u32,
    pub(super) value: u32,
    /// Whether the masked argument must equal the value, or must not.
    pub(super) equal: bool,
}

/// Numbers from here to the next segment's start share a verdict.
#[derive(Debug, PartialEq, Eq)]
struct Segment {
    start: u32,
    verdict: Verdict,
}

/// Makes the program; numbers without a verdict are refused with `EPERM`.
pub(super) fn assemble(verdicts: &BTreeMap<u32, Verdict>) -> BpfProgram {
    let mut program = vec![
        step(LOAD, ARCHITECTURE),
        branch(JUMP_IF_EQUAL, THIS_ARCHITECTURE, 1, 0),
        // Numbers mean other calls there, so this is an attempt to get around the filter.
        step(RETURN, RETURN_KILL),
        step(LOAD, NUMBER),
    ];
    program.extend(search(&segments(verdicts)));
    program
}

fn segments(verdicts: &BTreeMap<u32, Verdict>) -> Vec<Segment> {
    let mut segments = vec![Segment { start: 0, verdict: refused() }];
    let mut add = |start, verdict: Verdict| match segments.last_mut() {
        Some(last) if last.start == start => last.verdict = verdict,
        Some(last) if last.verdict == verdict => {}
        _ => segments.push(Segment { start, verdict }),
    };
    for (number, verdict) in verdicts {
        add(*number, verdict.clone());
        if !verdicts.contains_key(&(number + 1)) {
            add(number + 1, refused());
        }
    }
    segments
}

fn refused() -> Verdict {
    Verdict::Fail(libc::EPERM.cast_unsigned())
}

fn search(segments: &[Segment]) -> BpfProgram {
    if let [only] = segments {
        return leaf(&only.verdict);
    }
    let (low, high) = segments.split_at(segments.len() / 2);
    let low_program = search(low);
    // Conditional jumps reach 255 steps only, so an unconditional one takes the long way.
    let distance = u32::try_from(low_program.len()).unwrap_or(u32::MAX);
    let mut program = vec![branch(JUMP_IF_AT_LEAST, high[0].start, 0, 1), step(JUMP, distance)];
    program.extend(low_program);
    program.extend(search(high));
    program
}

fn leaf(verdict: &Verdict) -> BpfProgram {
    match verdict {
        Verdict::Allow => vec![step(RETURN, RETURN_ALLOW)],
        Verdict::Fail(errno) => vec![step(RETURN, RETURN_ERROR | errno)],
        Verdict::AllowIf(groups) => {
            let groups = groups.iter().flat_map(|group| group_program(group));
            groups.chain(leaf(&refused())).collect()
        }
    }
}

/// Allows when all conditions hold, else goes on behind its end.
fn group_program(group: &[Condition]) -> BpfProgram {
    const STEPS: usize = 3;
    let mut program = Vec::new();
    for (index, condition) in group.iter().enumerate() {
        // From behind this condition: over the remaining ones and the final permission.
        let away = u8::try_from((group.len() - index - 1) * STEPS + 1).unwrap_or(u8::MAX);
        let (hit, miss) = if condition.equal { (0, away) } else { (away, 0) };
        program.push(step(LOAD, ARGUMENTS + u32::from(condition.argument) * ARGUMENT_BYTES));
        program.push(step(AND, condition.mask));
        program.push(branch(JUMP_IF_EQUAL, condition.value, hit, miss));
    }
    program.push(step(RETURN, RETURN_ALLOW));
    program
}

fn step(code: u16, k: u32) -> sock_filter {
    branch(code, k, 0, 0)
}

fn branch(code: u16, k: u32, jt: u8, jf: u8) -> sock_filter {
    sock_filter { code, jt, jf, k }
}

#[cfg(test)]
pub(super) mod tests {
    use super::*;

    /// What the kernel would return for a call with these arguments, and after how many steps.
    pub(in super::super) fn evaluate(
        program: &[sock_filter],
        architecture: u32,
        call: u32,
        args: [u32; 6],
    ) -> (u32, usize) {
        let (mut position, mut value, mut steps) = (0, 0_u32, 0);
        loop {
            let filter = &program[position];
            position += 1;
            steps += 1;
            let jump = |condition: bool| usize::from(if condition { filter.jt } else { filter.jf });
            match filter.code {
                LOAD if filter.k == NUMBER => value = call,
                LOAD if filter.k == ARCHITECTURE => value = architecture,
                LOAD => value = args[((filter.k - ARGUMENTS) / ARGUMENT_BYTES) as usize],
                AND => value &= filter.k,
                JUMP => position += filter.k as usize,
                JUMP_IF_EQUAL => position += jump(value == filter.k),
                JUMP_IF_AT_LEAST => position += jump(value >= filter.k),
                RETURN => return (filter.k, steps),
                code => panic!("unknown step {code:#x}"),
            }
        }
    }

    pub(in super::super) fn verdict(program: &[sock_filter], call: u32, args: [u32; 6]) -> u32 {
        evaluate(program, THIS_ARCHITECTURE, call, args).0
    }

    pub(in super::super) const ALLOWED: u32 = RETURN_ALLOW;

    pub(in super::super) fn failing(errno: i32) -> u32 {
        RETURN_ERROR | errno.cast_unsigned()
    }

    #[test]
    fn every_number_gets_its_verdict_and_all_others_are_refused() {
        let verdicts: BTreeMap<_, _> =
            [0, 1, 2, 7, 9, 10, 400].map(|number| (number, Verdict::Allow)).into_iter().collect();
        let program = assemble(&verdicts);
        for number in 0..500 {
            let expected =
                if verdicts.contains_key(&number) { ALLOWED } else { failing(libc::EPERM) };
            assert_eq!(verdict(&program, number, [0; 6]), expected, "{number}");
        }
        assert_eq!(verdict(&program, u32::MAX, [0; 6]), failing(libc::EPERM));
    }

    #[test]
    fn any_group_of_conditions_suffices_but_all_of_it_must_hold() {
        let is = |argument, value| Condition { argument, mask: 0xf, value, equal: true };
        let not = |argument, value| Condition { argument, mask: u32::MAX, value, equal: false };
        let groups = vec![vec![is(0, 1), is(1, 2)], vec![not(2, 5), is(0, 3)]];
        let program = assemble(&[(4, Verdict::AllowIf(groups))].into_iter().collect());
        let allowed =
            |args: [u32; 3]| verdict(&program, 4, [args[0], args[1], args[2], 0, 0, 0]) == ALLOWED;
        assert!(allowed([1, 2, 0]) && allowed([0xf1, 2, 5]) && allowed([3, 0, 4]));
        assert!(!allowed([1, 3, 0]) && !allowed([3, 0, 5]) && !allowed([2, 2, 0]));
    }

    #[test]
    fn calls_of_another_architecture_are_deadly() {
        let program = assemble(&[(0, Verdict::Allow)].into_iter().collect());
        assert_eq!(evaluate(&program, 0x4000_0003, 0, [0; 6]).0, RETURN_KILL);
    }
}
