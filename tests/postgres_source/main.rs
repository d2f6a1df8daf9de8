//! PostgreSQL sources that answer themselves: the same answers as through DuckDB, and what happens when a server goes away.

mod answers;
mod outages;
mod sessions;
mod shop;
