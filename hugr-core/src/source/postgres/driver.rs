//! What moves the bytes of a connection, polled by those who wait for its answers.
//!
//! As a task of its own it would be woken for each statement and wake who asked for each answer, on another thread as often
//! as not; that costs more than the work itself. So a statement is awaited together with the driver of its connection, and
//! nobody looks at a connection that is idle: that its server went away is found out when it is lent.

use std::future::{Future, poll_fn};
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard};
use std::task::{Context, Poll, Wake, Waker};

use futures::future::BoxFuture;

use super::connection::lock;

/// How often both are polled in a row before others of the runtime get their turn.
const MOST_ROUNDS: usize = 32;

/// The driver of a connection.
pub(super) struct Driver {
    /// `None` once the connection is closed.
    io: Mutex<Option<BoxFuture<'static, ()>>>,
    bell: Arc<Bell>,
}

/// Wakes whoever waits for the connection when its driver can go on.
#[derive(Default)]
struct Bell(Mutex<Rung>);

#[derive(Default)]
struct Rung {
    /// How often it was rung.
    times: u64,
    waiting: Vec<(Ticket, Waker)>,
    next_ticket: Ticket,
}

type Ticket = u64;

/// A place among those who wait, given up when dropped.
struct Place<'a> {
    bell: &'a Bell,
    ticket: Ticket,
}

impl Driver {
    /// Returns the driver that `io` is.
    pub(super) fn new(io: impl Future<Output = ()> + Send + 'static) -> Self {
        Self {
            io: Mutex::new(Some(Box::pin(io))),
            bell: Arc::default(),
        }
    }

    /// Awaits `answer`, which the connection gives, while it moves the connection's bytes.
    pub(super) async fn drive<T>(&self, answer: impl Future<Output = T>) -> T {
        let mut answer = pin!(answer);
        let place = self.bell.place();
        // What is done here for one another needs no turn of the runtime.
        let waker = Waker::from(Arc::clone(&self.bell));
        poll_fn(|context| {
            let mut inner = Context::from_waker(&waker);
            for _ in 0..MOST_ROUNDS {
                let heard = place.bell.rung().times;
                self.poll_io(&mut inner);
                if let Poll::Ready(answer) = answer.as_mut().poll(&mut inner) {
                    return Poll::Ready(answer);
                }
                if place.waits(heard, context.waker()) {
                    return Poll::Pending;
                }
            }
            // The runtime asks for a pause by making every poll ask for another one.
            context.waker().wake_by_ref();
            Poll::Pending
        })
        .await
    }

    /// Does what can be done without waiting.
    pub(super) fn poll(&self) {
        let waker = Waker::from(Arc::clone(&self.bell));
        self.poll_io(&mut Context::from_waker(&waker));
    }

    fn poll_io(&self, context: &mut Context<'_>) {
        let mut io = lock(&self.io);
        if let Some(driver) = io.as_mut()
            && driver.as_mut().poll(context).is_ready()
        {
            // What waits for answers hears that there will be none.
            *io = None;
        }
    }
}

impl Drop for Driver {
    /// Takes leave of the server: the client is gone by now.
    fn drop(&mut self) {
        self.poll();
    }
}

impl Bell {
    fn rung(&self) -> MutexGuard<'_, Rung> {
        lock(&self.0)
    }

    fn place(&self) -> Place<'_> {
        let mut rung = self.rung();
        rung.next_ticket += 1;
        Place {
            bell: self,
            ticket: rung.next_ticket,
        }
    }
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.wake_by_ref();
    }

    fn wake_by_ref(self: &Arc<Self>) {
        let waiting = {
            let mut rung = self.rung();
            rung.times += 1;
            std::mem::take(&mut rung.waiting)
        };
        for (_, waker) in waiting {
            waker.wake();
        }
    }
}

impl Place<'_> {
    /// Waits to be woken by `waker`, unless the bell was rung since it was `heard`; returns whether it waits.
    fn waits(&self, heard: u64, waker: &Waker) -> bool {
        let mut rung = self.bell.rung();
        if rung.times != heard {
            return false;
        }
        let own = rung.waiting.iter_mut().find(|(ticket, _)| *ticket == self.ticket);
        match own {
            Some((_, present)) => present.clone_from(waker),
            None => rung.waiting.push((self.ticket, waker.clone())),
        }
        true
    }
}

impl Drop for Place<'_> {
    fn drop(&mut self) {
        self.bell
            .rung()
            .waiting
            .retain(|(ticket, _)| *ticket != self.ticket);
    }
}

#[cfg(test)]
mod tests {
    use futures::StreamExt as _;
    use futures::channel::{mpsc, oneshot};
    use futures::future::join_all;

    use super::*;

    type Asked = (u32, oneshot::Sender<u32>);

    /// Returns a connection that answers a number with twice the number, after a turn of the runtime, and ends at zero.
    fn connection() -> (mpsc::UnboundedSender<Asked>, Driver) {
        let (sender, mut asked) = mpsc::unbounded::<Asked>();
        let driver = Driver::new(async move {
            while let Some((number, answer)) = asked.next().await {
                if number == 0 {
                    return;
                }
                tokio::task::yield_now().await;
                let _ = answer.send(number * 2);
            }
        });
        (sender, driver)
    }

    async fn ask(connection: &(mpsc::UnboundedSender<Asked>, Driver), number: u32) -> Option<u32> {
        let (sender, driver) = connection;
        let (answer, answered) = oneshot::channel();
        let asked = async {
            sender.unbounded_send((number, answer)).ok()?;
            answered.await.ok()
        };
        driver.drive(asked).await
    }

    #[tokio::test]
    async fn everyone_is_answered_also_when_others_are_first() {
        let connection = connection();
        // So many are polled by wakers of their own.
        let answers = join_all((1..=200).map(|number| ask(&connection, number))).await;
        assert_eq!(
            answers,
            (1..=200).map(|number| Some(number * 2)).collect::<Vec<_>>()
        );
    }

    #[tokio::test(flavor = "multi_thread")]
    async fn those_that_go_away_hold_up_nobody() {
        let connection = Arc::new(connection());
        for round in 0..50 {
            let tasks = (1..=20_u32).map(|number| {
                let connection = Arc::clone(&connection);
                (
                    number,
                    tokio::spawn(async move { ask(&connection, number).await }),
                )
            });
            for (number, task) in tasks.collect::<Vec<_>>() {
                if (number + round) % 3 == 0 {
                    task.abort();
                } else {
                    assert_eq!(task.await.unwrap(), Some(number * 2));
                }
            }
        }
    }

    #[tokio::test]
    async fn nobody_waits_for_a_connection_that_is_closed() {
        let connection = connection();
        assert_eq!(ask(&connection, 0).await, None);
        assert_eq!(ask(&connection, 1).await, None);
    }
}
