//! Environments with real guests in real jails. Needs root, as jails do.
#![expect(clippy::unwrap_used, reason = "a failed unwrap is a failed test")]

mod house;
mod stems;
mod stories;
mod streams;

use std::{future::Future, process::ExitCode};

use libtest_mimic::{Arguments, Failed, Trial};

/// Names each story once.
macro_rules! stories {
    ($chapter:ident: $($story:ident),* $(,)?) => {
        vec![$(Trial::test(stringify!($story), || run($chapter::$story()))),*]
    };
}

fn main() -> ExitCode {
    // The spawner of these tests is this program.
    jail::run_spawner_if_asked();
    let trials = stories![stories:
        an_event_comes_back_and_the_log_tells_of_it,
        a_second_event_finds_the_same_process,
        a_handler_error_is_passed_on_and_the_environment_lives,
        a_timeout_ends_the_processes_and_keeps_tmp,
        a_timeout_holds_from_the_first_event_on_however_long_an_init_may_take,
        a_process_that_ends_is_reported_as_it_ended,
        memory_that_runs_out_is_told_in_the_report_alone,
        an_init_that_exits_is_tried_again_in_the_invocation,
        what_init_reports_is_what_the_caller_gets,
        an_init_that_is_too_slow_is_run_again_under_the_functions_timeout,
        a_package_without_bootstrap_says_where_it_was_looked_for,
        a_response_that_is_too_large_is_an_error_and_no_reset,
        a_runtime_that_exits_after_its_answer_is_started_again,
        the_last_words_of_a_runtime_are_heard,
        everything_printed_is_logged_even_an_unfinished_line,
        only_the_end_of_a_long_log_is_handed_back,
        calls_out_of_turn_are_refused_as_the_emulator_does,
        the_variables_are_the_documented_ones_and_no_others,
        a_frozen_environment_thaws_for_its_next_event,
        a_frozen_environment_still_keeps_its_deadline,
        closing_during_an_invocation_hangs_up_on_the_caller,
    ];
    let trials = trials.into_iter().chain(stories![streams:
        a_stream_comes_as_it_is_written,
        a_guest_that_does_not_stream_is_heard_all_the_same,
        a_stream_for_a_caller_who_wants_one_piece_is_collected,
        a_stream_that_fails_says_so_at_its_end,
        a_timeout_cuts_a_stream,
        a_crash_cuts_a_stream,
        a_caller_who_does_not_read_holds_the_guest_up_until_its_timeout,
        a_caller_who_hangs_up_does_not_stop_the_guest,
        a_stream_that_is_too_long_ends_and_the_guest_is_told,
    ]);
    let trials = trials.chain(stories![stems:
        a_stem_becomes_the_function_that_it_is_told,
        a_runtime_that_is_lost_after_a_stem_starts_the_ordinary_way,
        an_interpreter_that_ends_before_it_is_ready_is_no_stem,
        a_stem_that_has_died_is_seen_to_and_never_serves,
    ]);
    libtest_mimic::run(&Arguments::from_args(), trials.collect()).exit_code()
}

fn run(story: impl Future<Output = ()>) -> Result<(), Failed> {
    if !rustix::process::geteuid().is_root() {
        return Err("jails need root, and so do their tests".into());
    }
    let runtime =
        tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(story);
    Ok(())
}
