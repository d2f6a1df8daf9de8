//! Servers that end with the test process, also when it is killed.
//!
//! A shell between the test and the server waits for the end of its standard input, whose other end the test process
//! holds. When that process goes away, for whatever reason, the shell stops the server and removes its folder. The shell
//! is in a process group of its own, so that Ctrl-C reaches the tests and not the guard.

use std::io::{BufRead, BufReader, Read};
use std::os::unix::process::CommandExt;
use std::process::{Child, ChildStdin, Command, Stdio};

/// What the shell does around the `start` and `stop` of a [`Service`].
const FRAME: &str = r#"
set -u
# The test process may be gone by the time the server has started: there is still something to stop then.
trap '' PIPE HUP
folder=$(mktemp -d "${TMPDIR:-/tmp}/hugr-test-XXXXXX") || exit 1
cd "$folder" || exit 1
if (set -e; start "$@") >"$folder/log" 2>&1; then
    echo "ready"
    cat >/dev/null
else
    echo "it did not start:"
    tail -n 20 "$folder/log"
fi
stop "$@" >>"$folder/log" 2>&1
rm -rf "$folder"
"#;

/// How a server is started and stopped.
#[derive(Clone, Debug)]
pub struct Service {
    /// Shell functions `start`, which returns when the server answers, and `stop`. Both run in a new folder `$folder`; the
    /// arguments are in `$1`, `$2`, ….
    pub functions: &'static str,
    /// Values for `$1`, `$2`, ….
    pub arguments: Vec<String>,
    /// User to run as instead of root; others run the server as themselves.
    pub instead_of_root: Option<&'static str>,
}

/// A running server; dropping it stops the server.
#[derive(Debug)]
pub struct Guard {
    shell: Child,
    /// Its end is the sign to stop.
    stdin: Option<ChildStdin>,
}

impl Guard {
    /// Starts `service` and waits until it answers. Blocks the thread.
    ///
    /// # Errors
    /// What the shell or the server says when it does not start.
    pub fn start(service: &Service) -> Result<Self, String> {
        let mut command = command("sh", service.instead_of_root);
        let mut shell = command
            .arg("-c")
            .arg(format!("{}\n{FRAME}", service.functions))
            .arg("guard")
            .args(&service.arguments)
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::inherit())
            .process_group(0)
            .spawn()
            .map_err(|error| format!("cannot start a shell: {error}"))?;
        let stdin = shell.stdin.take();
        let stdout = shell.stdout.take();
        let guard = Self { shell, stdin };
        let mut output = BufReader::new(stdout.ok_or("the shell has no output")?);
        let mut said = String::new();
        output.read_line(&mut said).map_err(|error| error.to_string())?;
        if said.trim() == "ready" {
            return Ok(guard);
        }
        output
            .read_to_string(&mut said)
            .map_err(|error| error.to_string())?;
        Err(said)
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        drop(self.stdin.take());
        // There is nobody to tell, and nothing else to do, when the shell is gone already.
        let _ = self.shell.wait();
    }
}

/// Returns the command that runs `program` as the right user.
pub(super) fn command(program: &str, instead_of_root: Option<&str>) -> Command {
    match instead_of_root {
        Some(user) if is_root() => {
            let mut command = Command::new("runuser");
            command.args(["-u", user, "--", program]);
            command
        }
        _ => Command::new(program),
    }
}

pub(super) fn is_root() -> bool {
    Command::new("id")
        .arg("-u")
        .output()
        .is_ok_and(|output| output.stdout.trim_ascii() == b"0")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn service(functions: &'static str, arguments: &[&str]) -> Service {
        Service {
            functions,
            arguments: arguments.iter().map(|argument| (*argument).to_owned()).collect(),
            instead_of_root: None,
        }
    }

    #[test]
    fn stopping_waits_until_the_server_has_stopped() {
        let folder = tempfile::tempdir().unwrap();
        let mark = folder.path().join("mark");
        let functions = "start() { echo running >\"$1\"; }\nstop() { echo stopped >\"$1\"; }";
        let guard = Guard::start(&service(functions, &[&mark.display().to_string()])).unwrap();
        assert_eq!(std::fs::read_to_string(&mark).unwrap(), "running\n");
        drop(guard);
        assert_eq!(std::fs::read_to_string(&mark).unwrap(), "stopped\n");
    }

    #[test]
    fn a_server_that_does_not_start_says_why() {
        let functions = "start() { echo \"no $1 today\"; return 3; }\nstop() { :; }";
        let said = Guard::start(&service(functions, &["luck"])).unwrap_err();
        assert!(said.contains("no luck today"), "{said}");
    }
}
