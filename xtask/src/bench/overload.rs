//! Ten times more calls than can be admitted.
//!
//! The function waits a fixed time, and the server admits so many invocations at once: their quotient is the capacity.
//! First as many clients as are admitted call in a closed loop, which is the unloaded figure at capacity. Then calls
//! arrive on a schedule at ten times the capacity, whether earlier ones have been answered or not; a call whose turn has
//! come while all connections are taken waits in the generator, and its latency counts from its turn on the schedule.
//! Each connection sends the same signed request again and again, so that the generator costs little.

use std::cell::RefCell;
use std::collections::VecDeque;
use std::fmt::Write as _;
use std::rc::Rc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail};
use http::Method;
use tokio::sync::Notify;
use tokio::task::JoinSet;

use super::client::{Connection, Endpoint, PATIENCE};
use super::effort::Effort;
use super::functions;
use super::guests::Guest;
use super::processes;
use super::section::{Curve, Goal, Section, Unit};
use super::statistics::Times;
use super::steal::Reading;
use super::words::{cells, in_ms, mebibytes, number};
use crate::checkout::{Build, Checkout};
use crate::server::Server;

/// How many invocations the server admits at once.
const ADMITTED: usize = 8;

/// How long an invocation waits.
const SLEEP: Duration = Duration::from_millis(50);

/// How many times the capacity is offered.
const OVERLOAD: f64 = 10.0;

/// Connections that the generator has.
const CONNECTIONS: usize = 128;

/// How long a client of the closed loop waits after it was refused.
const BACK_OFF: Duration = Duration::from_millis(10);

/// How often the schedule is looked at, and the memory of the server.
const TICK: Duration = Duration::from_millis(1);
const LOOK: Duration = Duration::from_millis(250);

const NAME: &str = "bench-overload";
const EVENT: &[u8] = br#"{"name":"bench","sleep_ms":50}"#;

/// What came of calls.
#[derive(Debug, Default)]
struct Answers {
    /// Of admitted calls: from their turn, and from their first byte.
    admitted: Vec<(Duration, Duration)>,
    /// Of calls that were refused with 429.
    refused: Vec<(Duration, Duration)>,
    /// What is neither.
    failures: Vec<String>,
}

/// Calls whose turn has come, and whether more will.
#[derive(Debug, Default)]
struct Schedule {
    due: RefCell<VecDeque<Instant>>,
    over: RefCell<bool>,
    more: Notify,
}

/// Measures at capacity and beyond it.
pub(super) async fn measure(
    checkout: &Checkout,
    guest: &'static Guest,
    effort: &Effort,
) -> Result<Section> {
    let since = Reading::now()?;
    // What is measured is the limit of concurrency, so the one of requests per second must not be met.
    let configuration = format!(
        "[limits]\nconcurrent-executions = {ADMITTED}\nrequests-per-concurrency = 1000000\n"
    );
    let server = Server::start_with(checkout, Build::Release, "bench-overload", &configuration)?;
    let endpoint = Endpoint::of(&server)?;
    functions::create(&endpoint, guest, &[NAME.to_owned()]).await?;
    // The first round starts the environments.
    at_capacity(&endpoint, effort.warm_up).await?;
    let unloaded = at_capacity(&endpoint, effort.overload / 4).await?;
    let capacity = number(ADMITTED) / SLEEP.as_secs_f64();
    let every = Duration::from_secs_f64(1.0 / (OVERLOAD * capacity));
    let memory = Rc::new(RefCell::new(Vec::new()));
    let watch =
        tokio::task::spawn_local(watch_memory(server.pid(), Instant::now(), Rc::clone(&memory)));
    let (overloaded, late) = beyond(&endpoint, every, effort.overload).await?;
    watch.abort();
    functions::delete(&endpoint, &[NAME.to_owned()]).await?;
    server.stop()?;
    let mut section = Section {
        title: "Ten times more calls than can be admitted".to_owned(),
        stolen: since.stolen_percent()?,
        ..Section::default()
    };
    let settled = effort.overload / 6;
    let memory: Vec<_> = memory
        .take()
        .into_iter()
        .filter_map(|(when, kib)| (when > settled).then_some(kib))
        .collect();
    tell(&mut section, &unloaded, &overloaded, &late, effort.overload);
    tell_memory(&mut section, &memory, settled);
    Ok(section)
}

/// Calls in a closed loop, with as many clients as are admitted.
async fn at_capacity(endpoint: &Endpoint, length: Duration) -> Result<Answers> {
    let until = Instant::now() + length;
    let mut loops = JoinSet::new();
    for _ in 0..ADMITTED {
        let mut connection = ready(endpoint).await?;
        loops.spawn_local(async move {
            let mut answers = Answers::default();
            while Instant::now() < until {
                let refused = answers.refused.len();
                call(&mut connection, Instant::now(), &mut answers).await?;
                if answers.refused.len() > refused {
                    tokio::time::sleep(BACK_OFF).await;
                }
            }
            anyhow::Ok(answers)
        });
    }
    collect(loops).await
}

/// Calls on a schedule; returns the answers, and how late the generator itself was.
async fn beyond(
    endpoint: &Endpoint,
    every: Duration,
    length: Duration,
) -> Result<(Answers, Times)> {
    let schedule = Rc::new(Schedule::default());
    let mut loops = JoinSet::new();
    for _ in 0..CONNECTIONS {
        loops.spawn_local(serve(ready(endpoint).await?, Rc::clone(&schedule)));
    }
    let started = Instant::now();
    let (mut turn, mut late) = (started, Vec::new());
    while turn < started + length {
        let now = Instant::now();
        late.push(now.saturating_duration_since(turn));
        while turn <= now && turn < started + length {
            schedule.due.borrow_mut().push_back(turn);
            schedule.more.notify_one();
            turn += every;
        }
        tokio::time::sleep(TICK).await;
    }
    *schedule.over.borrow_mut() = true;
    schedule.more.notify_waiters();
    // One that is just about to wait is woken by the permit that this leaves.
    schedule.more.notify_one();
    Ok((collect(loops).await?, Times::new(late)))
}

/// Takes calls from the schedule until it is over and empty.
async fn serve(mut connection: Connection, schedule: Rc<Schedule>) -> Result<Answers> {
    let mut answers = Answers::default();
    loop {
        let due = schedule.due.borrow_mut().pop_front();
        match due {
            Some(turn) => call(&mut connection, turn, &mut answers).await?,
            None if *schedule.over.borrow() => return Ok(answers),
            None => schedule.more.notified().await,
        }
    }
}

async fn ready(endpoint: &Endpoint) -> Result<Connection> {
    let mut connection = endpoint.connect().await?;
    connection.prepare(Method::POST, &functions::invocations(NAME), None, EVENT)?;
    Ok(connection)
}

/// Sends the connection's request once more.
async fn call(connection: &mut Connection, turn: Instant, answers: &mut Answers) -> Result<()> {
    let answered = tokio::time::timeout(PATIENCE, connection.exchange()).await;
    let (answer, sent) = answered.context("an answer never came")??;
    let took = (turn.elapsed(), sent);
    match answer.first_line().split(' ').nth(1) {
        Some("200") if answer.header("x-amz-function-error").is_none() => {
            answers.admitted.push(took);
        }
        Some("429") => answers.refused.push(took),
        _ => answers.failures.push(answer.first_line().to_owned()),
    }
    Ok(())
}

async fn collect(mut loops: JoinSet<Result<Answers>>) -> Result<Answers> {
    let mut all = Answers::default();
    while let Some(answers) = loops.join_next().await {
        let answers = answers??;
        all.admitted.extend(answers.admitted);
        all.refused.extend(answers.refused);
        all.failures.extend(answers.failures);
    }
    if all.admitted.is_empty() {
        bail!("no call was admitted: {:?}", all.failures.first());
    }
    Ok(all)
}

async fn watch_memory(server: u32, since: Instant, into: Rc<RefCell<Vec<(Duration, u64)>>>) {
    loop {
        if let Ok(kib) = processes::resident_kib(server) {
            into.borrow_mut().push((since.elapsed(), kib));
        }
        tokio::time::sleep(LOOK).await;
    }
}

fn tell(
    section: &mut Section,
    unloaded: &Answers,
    overloaded: &Answers,
    late: &Times,
    length: Duration,
) {
    let [turn, sent] = [0, 1].map(|which| {
        move |calls: &[(Duration, Duration)]| {
            Times::new(calls.iter().map(|call| [call.0, call.1][which]).collect())
        }
    });
    let capacity = turn(&unloaded.admitted);
    let (admitted, refused) = (turn(&overloaded.admitted), turn(&overloaded.refused));
    let per_second = |times: &Times| number(times.len()) / length.as_secs_f64();
    let _ = write!(
        section.text,
        "The function waits {} ms and {ADMITTED} invocations are admitted at once; ten times their capacity is offered for \
         {:.0} s over {CONNECTIONS} connections, on a schedule.\n\n\
         | calls | number | per second | p50 | p99 | max |\n|---|---:|---:|---:|---:|---:|\n",
        SLEEP.as_millis(),
        length.as_secs_f64(),
    );
    let rows = [
        ("at capacity, closed loop", &capacity, String::new()),
        ("admitted, from their turn", &admitted, format!("{:.0}", per_second(&admitted))),
        ("admitted, from their first byte", &sent(&overloaded.admitted), String::new()),
        ("429, from their turn", &refused, format!("{:.0}", per_second(&refused))),
        ("429, from their first byte", &sent(&overloaded.refused), String::new()),
        ("(the generator's own lateness)", late, String::new()),
    ];
    for (what, times, rate) in rows {
        let count = times.len();
        let _ = writeln!(section.text, "| {what} | {count} | {rate} | {} |", cells(times));
    }
    let _ = writeln!(
        section.text,
        "\n{} calls at capacity were refused. {} other answers: {:?}.",
        unloaded.refused.len(),
        overloaded.failures.len(),
        overloaded.failures.first().map_or("none", String::as_str)
    );
    let p99 = |times: &Times| in_ms(times.percentile(99));
    let ratio = p99(&admitted) / p99(&capacity);
    let goals = [
        Goal::at_most("10x overload, admitted p99 to that at capacity", ratio, 3.0, Unit::Times),
        Goal::at_most("10x overload, 429 p99", p99(&refused), 5.0, Unit::Ms),
    ];
    section.goals.extend(goals);
    let curves = [("at capacity", capacity), ("admitted", admitted), ("429", refused)];
    section.curves.extend(curves.map(|(label, times)| Curve {
        chart: "10x overload".to_owned(),
        label: label.to_owned(),
        times,
    }));
}

fn tell_memory(section: &mut Section, resident_kib: &[u64], settled: Duration) {
    let (Some(least), Some(most)) = (resident_kib.iter().min(), resident_kib.iter().max()) else {
        return;
    };
    let (least, most) = (mebibytes(*least), mebibytes(*most));
    let _ = writeln!(
        section.text,
        "\nResident memory of the server, after the first {:.0} s: {least:.1} to {most:.1} MiB.",
        settled.as_secs_f64()
    );
    // Flat is what does not grow by more than a tenth.
    let figure = "10x overload, greatest to least memory";
    section.goals.push(Goal::at_most(figure, most / least, 1.1, Unit::Times));
}
