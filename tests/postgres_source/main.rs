//! PostgreSQL sources that answer themselves: the same answers as through DuckDB, and what happens when a server goes away.

mod answers;
mod breadth;
mod encryption;
mod geometry;
mod outages;
mod pooler;
mod replicas;
mod sessions;
mod shop;
mod versions;
