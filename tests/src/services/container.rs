//! Servers in containers.

use testcontainers::core::{ContainerPort, WaitFor};
use testcontainers::runners::AsyncRunner;
use testcontainers::{GenericImage, ImageExt};

use super::guard::{Guard, Service};

/// Removes the container `$1` when the test process ends.
const FUNCTIONS: &str = "start() { :; }\nstop() { docker rm -f \"$1\"; }";

/// What to run.
#[derive(Clone, Debug)]
pub(super) struct Image {
    pub(super) name: &'static str,
    pub(super) tag: &'static str,
    pub(super) port: u16,
    /// Text on standard error that says that the server answers.
    pub(super) ready_message: &'static str,
    pub(super) environment: &'static [(&'static str, &'static str)],
    pub(super) command: &'static [&'static str],
}

/// A running container.
#[derive(Debug)]
pub(super) struct Container {
    /// Port on this machine.
    pub(super) port: u16,
    /// Host of that port.
    pub(super) host: String,
    pub(super) guard: Guard,
}

/// Starts a container.
///
/// # Errors
/// What Docker says when it does not answer or has no such image.
pub(super) async fn start(image: &Image) -> Result<Container, String> {
    let mut request = GenericImage::new(image.name, image.tag)
        .with_exposed_port(ContainerPort::Tcp(image.port))
        .with_wait_for(WaitFor::message_on_stderr(image.ready_message))
        .with_cmd(image.command.iter().copied());
    for (name, value) in image.environment {
        request = request.with_env_var(*name, *value);
    }
    let container = request.start().await.map_err(|error| error.to_string())?;
    let port = container
        .get_host_port_ipv4(image.port)
        .await
        .map_err(|error| error.to_string())?;
    let host = container
        .get_host()
        .await
        .map_err(|error| error.to_string())?
        .to_string();
    let guard = Guard::start(&Service {
        functions: FUNCTIONS,
        arguments: vec![container.id().to_owned()],
        instead_of_root: None,
    })?;
    // Its destructor needs the runtime of this one test, and the container serves all tests: the guard removes it.
    std::mem::forget(container);
    Ok(Container { port, host, guard })
}
