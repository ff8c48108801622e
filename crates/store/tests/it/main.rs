//! The store's backends, tested from outside.

use testkit::store_conformance;

store_conformance!(memory, testkit::Subject::memory());
store_conformance!(sqlite, testkit::Subject::sqlite());
store_conformance!(faulty_memory, testkit::Subject::memory().refusing_and_retrying(11));
store_conformance!(faulty_sqlite, testkit::Subject::sqlite().refusing_and_retrying(12));
