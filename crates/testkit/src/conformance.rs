//! What every backend of the store must do, one function for each promise of the ports.
//!
//! [`store_conformance!`](crate::store_conformance) makes a test of each.

pub mod blobs;
pub mod journal;
pub mod queue;
pub mod records;
pub mod table;

use std::time::Duration;

/// How long a broken promise may hang before its test fails; no working store comes near it.
const PATIENCE: Duration = Duration::from_secs(120);

/// Waits for a test, but not forever.
#[doc(hidden)]
pub async fn within_patience(kept: impl Future<Output = ()>) {
    tokio::time::timeout(PATIENCE, kept).await.expect("the store never did what was waited for");
}

/// Makes a module of tests that run the whole conformance suite, each on a store of its own.
///
/// `$subject` is an expression that makes a [`Subject`](crate::Subject). The crate that uses this
/// needs `tokio` among its dependencies.
#[macro_export]
macro_rules! store_conformance {
    ($suite:ident, $subject:expr) => {
        mod $suite {
            $crate::conformance_tests! { records, $subject;
                a_put_is_read_back_with_its_revision,
                expecting_absence_conflicts_with_a_record_in_place,
                expecting_a_revision_conflicts_after_another_write,
                revisions_increase_over_all_keys_and_deletes,
                deleting_nothing_is_nothing_unless_a_revision_is_expected,
                a_scan_returns_the_prefix_in_key_order,
                pages_join_up_to_the_whole_scan,
                an_oversized_value_is_refused,
                concurrent_compare_and_set_loses_no_increment,
                a_watch_yields_the_state_and_then_every_change,
                a_watch_opened_among_writers_misses_nothing_and_repeats_nothing,
            }
            $crate::conformance_tests! { queue, $subject;
                a_message_is_leased_once_and_gone_after_its_ack,
                an_id_is_remembered_while_its_message_is_there_and_for_the_window,
                a_delayed_message_waits,
                a_lost_lease_comes_back_with_the_next_attempt,
                an_overtaken_receipt_changes_nothing,
                a_late_ack_that_nobody_overtook_counts,
                a_nacked_message_comes_back_after_its_delay,
                an_extended_lease_lasts,
                a_receipt_of_another_store_is_refused,
                depth_and_age_tell_what_is_there,
                a_purged_queue_is_empty_and_not_listed,
                concurrent_workers_share_no_lease,
                an_arrival_wakes_and_is_not_missed,
                an_oversized_payload_is_refused,
            }
            $crate::conformance_tests! { blobs, $subject;
                content_comes_back_under_its_digest,
                large_content_streams_in_and_out_in_chunks,
                a_range_is_exactly_the_asked_for_bytes,
                failing_content_stores_nothing,
                a_missing_blob_is_not_found,
                an_opened_blob_can_be_read_out_of_order,
                blobs_are_listed_until_deleted,
                putting_again_renews_the_time,
                more_than_the_limit_is_not_read_into_memory,
            }
            $crate::conformance_tests! { journal, $subject;
                entries_are_read_in_append_order_both_ways,
                a_read_continues_after_a_sequence,
                a_read_keeps_to_its_span_of_time,
                an_empty_append_creates_the_stream,
                a_scan_merges_streams_by_time,
                pages_of_a_scan_join_up_both_ways,
                a_scan_keeps_to_the_chosen_streams,
                a_stream_tells_its_times_and_sizes,
                streams_and_groups_are_listed_by_prefix,
                truncation_removes_what_is_older_and_keeps_the_counts_true,
                deleting_a_stream_leaves_the_others,
                deleting_a_group_removes_all_its_streams,
                an_append_wakes_the_tail_of_its_group,
                an_oversized_entry_refuses_the_whole_append,
            }
            $crate::conformance_tests! { table, $subject;
                a_writer_reads_its_own_write_at_once,
                another_table_of_the_same_rows_follows,
                a_range_is_ordered_and_bounded,
                concurrent_updates_lose_nothing,
                a_deleted_row_is_gone_at_once,
                a_table_opened_later_holds_everything,
                a_row_that_cannot_be_read_fails_the_opening,
            }
        }
    };
}

/// Makes one test of each named function of a part of the suite; part of `store_conformance!`.
#[doc(hidden)]
#[macro_export]
macro_rules! conformance_tests {
    ($part:ident, $subject:expr; $($promise:ident,)*) => {
        mod $part {
            $(
                #[tokio::test]
                async fn $promise() {
                    let subject = $subject;
                    let kept = $crate::conformance::$part::$promise(&subject);
                    $crate::conformance::within_patience(kept).await;
                }
            )*
        }
    };
}
