//! A cluster in one process: real sockets, fake engines.

mod engine;
mod membership;
mod operations;
mod outage;
mod remote_store;
mod secrets;
mod settings;
mod store_contract;
