//! What the process uses of the machine, under the names that dashboards for Prometheus know.
//!
//! Linux tells it in `/proc`; elsewhere there are no such metrics.

use std::fs;
use std::time::{SystemTime, UNIX_EPOCH};

use metrics::gauge;

/// Notes when the process began.
pub fn note_start() {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    gauge!("process_start_time_seconds").set(now.as_secs_f64());
}

/// Notes what the process uses now. Seconds of processors are a gauge here: counters of the recorder hold whole numbers.
pub fn note_usage() {
    let Some(usage) = fs::read_to_string("/proc/self/stat")
        .ok()
        .and_then(|text| Usage::parse(&text))
    else {
        return;
    };
    gauge!("process_cpu_seconds_total")
        .set(usage.cpu_ticks / as_f64(rustix::param::clock_ticks_per_second()));
    gauge!("process_threads").set(usage.threads);
    gauge!("process_resident_memory_bytes").set(usage.resident_pages * page_bytes());
    gauge!("process_virtual_memory_bytes").set(usage.virtual_bytes);
    if let Ok(files) = fs::read_dir("/proc/self/fd") {
        // The folder that is being read is one of them.
        let open = u32::try_from(files.count().saturating_sub(1)).unwrap_or(u32::MAX);
        gauge!("process_open_fds").set(f64::from(open));
    }
}

/// The part of `/proc/self/stat` that is shown.
#[derive(Debug, PartialEq)]
struct Usage {
    cpu_ticks: f64,
    threads: f64,
    virtual_bytes: f64,
    resident_pages: f64,
}

impl Usage {
    /// Reads `text`, of which the second member may hold anything, in parentheses.
    fn parse(text: &str) -> Option<Self> {
        let (_, rest) = text.rsplit_once(')')?;
        let members: Vec<&str> = rest.split_whitespace().collect();
        // proc(5) counts members from one, and two are before the parenthesis.
        let member = |number: usize| members.get(number - 3)?.parse::<f64>().ok();
        Some(Self {
            cpu_ticks: member(14)? + member(15)?,
            threads: member(20)?,
            virtual_bytes: member(23)?,
            resident_pages: member(24)?,
        })
    }
}

fn page_bytes() -> f64 {
    u32::try_from(rustix::param::page_size()).map_or(4096.0, f64::from)
}

fn as_f64(ticks: u64) -> f64 {
    f64::from(u32::try_from(ticks).unwrap_or(u32::MAX)).max(1.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_name_of_a_program_does_not_confuse() {
        let text =
            "7 (a) b (c) S 1 1 1 0 -1 0 0 0 0 0 250 50 0 0 20 0 9 0 100 4096000 512 18446744073709551615";
        let expected = Usage {
            cpu_ticks: 300.0,
            threads: 9.0,
            virtual_bytes: 4_096_000.0,
            resident_pages: 512.0,
        };
        assert_eq!(Usage::parse(text), Some(expected));
        assert_eq!(Usage::parse("7 (a) S 1"), None);
    }
}
