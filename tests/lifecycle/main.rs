//! What an engine serves over time: sources are loaded, reloaded and unloaded, object storages come and go.

mod catalogs;
mod driver;
mod limited_files;
mod reloads;
mod sealed;
mod self_description;
mod services;
mod sources;
mod storages;
