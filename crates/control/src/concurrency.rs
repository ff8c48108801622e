//! Operations on reserved concurrency.

mod delete_function_concurrency;
mod get_function_concurrency;
mod pool;
mod put_function_concurrency;
mod refusal;

use refusal::ConcurrencyRefusal;
