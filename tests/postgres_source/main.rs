//! PostgreSQL sources that answer themselves: the same answers as through DuckDB, and what happens when a server goes away.

mod answers;
mod attachment;
mod breadth;
mod encryption;
mod geometry;
mod geometry_writes;
mod outages;
mod pooler;
mod replicas;
mod series;
mod sessions;
mod shop;
mod vectors;
mod versions;
