//! Equal requests at the same time: one for Loki, and each asker on their own.

use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::{Instant, timeout};

use super::fake::{Act, Fake, answer, call, good, logs, logs_to};
use crate::loki::client::{Call, Client};
use crate::loki::error::{Error, Phase};
use crate::loki::request::Request;
use crate::loki::tags::Tags;

const MOMENT: Duration = Duration::from_millis(50);

/// A server that answers after two moments.
async fn late() -> (Fake, Client) {
    let act = Act::Drip(vec![good()], 2 * MOMENT);
    served(act).await
}

async fn served(act: Act) -> (Fake, Client) {
    let fake = Fake::start(act).await;
    let client = Client::new(fake.options()).unwrap();
    (fake, client)
}

fn within(time: Duration) -> Call {
    Call {
        deadline: Some(Instant::now() + time),
        ..call()
    }
}

#[tokio::test]
async fn ten_askers_cost_what_one_costs() {
    let (fake, client) = late().await;
    let (request, call) = (logs(), call());
    let asked = (0..10).map(|_| client.logs(&request, &call));
    let answers = join_all(asked).await;
    let first = answers[0].as_ref().unwrap();
    for answer in &answers {
        assert!(Arc::ptr_eq(first, answer.as_ref().unwrap()), "decoded once");
    }
    assert_eq!(fake.requests().len(), 1);
    client.logs(&request, &call).await.unwrap();
    assert_eq!(fake.requests().len(), 2, "nothing is kept");
    assert!(client.0.sharing.is_empty());
}

#[tokio::test]
async fn an_error_is_everybodys() {
    let act = answer("400 Bad Request", "", "parse error");
    let (fake, client) = served(Act::Drip(vec![act], MOMENT)).await;
    let (request, call) = (logs(), call());
    let asked = (0..3).map(|_| client.logs(&request, &call));
    let errors: Vec<Error> = join_all(asked)
        .await
        .into_iter()
        .map(Result::unwrap_err)
        .collect();
    assert!(errors[0].to_string().contains("parse error"));
    assert!(errors.iter().all(|error| *error == errors[0]));
    assert_eq!(fake.requests().len(), 1);
    assert!(client.0.sharing.is_empty());
}

#[tokio::test]
async fn only_what_loki_answers_alike_is_shared() {
    let other_user = Call {
        forwarded: vec![("authorization".into(), "Bearer other".into())],
        ..Call::default()
    };
    let nobody = Call::default();
    let in_sequence = Call {
        tags: Tags {
            one_after_another: true,
            ..Tags::default()
        },
        ..call()
    };
    let other_panel = Call {
        tags: Tags {
            dashboard: Some("d".into()),
            panel: Some("7".into()),
            alert_rule: Some("r".into()),
            ..Tags::default()
        },
        ..call()
    };
    let Request::Logs { query, .. } = logs() else {
        panic!("no log query")
    };
    let check = Request::Check {
        query,
        start_ns: 1,
        end_ns: 2,
    };
    for (name, request, other, requests) in [
        ("all alike", logs(), call(), 1),
        ("another panel, an alert", logs(), other_panel, 1),
        ("more patience", logs(), within(9 * MOMENT), 1),
        ("another query", logs_to("{a=\"b\"}"), call(), 2),
        ("another user", logs(), other_user, 2),
        ("nobody", logs(), nobody, 2),
        ("parts one after another", logs(), in_sequence, 2),
        ("labels not categorized", check, call(), 2),
    ] {
        let (fake, client) = late().await;
        let (first_request, first_call) = (logs(), call());
        let first = client.logs(&first_request, &first_call);
        let second = client.logs(&request, &other);
        let (first, second) = tokio::join!(first, second);
        assert!(first.is_ok() && second.is_ok(), "{name}");
        let seen = fake.requests();
        assert_eq!(seen.len(), requests, "{name}");
        let tagged = seen.iter().filter(|request| request.contains("Dashboard"));
        assert_eq!(tagged.count(), 0, "{name}: the first asker's tags are sent");
    }
}

#[tokio::test]
async fn what_is_written_is_written_each_time() {
    let act = answer("204 No Content", "", "");
    let (fake, client) = served(Act::Drip(vec![act], MOMENT)).await;
    let request = Request::Push { body: "{}".into() };
    let call = call();
    let (first, second) = tokio::join!(client.push(&request, &call), client.push(&request, &call));
    assert_eq!((first, second), (Ok(()), Ok(())));
    assert_eq!(fake.requests().len(), 2);
}

#[tokio::test]
async fn who_goes_takes_nothing_from_the_others() {
    for (name, leaves_first) in [("the first", true), ("another", false)] {
        let (fake, client) = late().await;
        let (request, call) = (logs(), call());
        let leaves = timeout(MOMENT / 2, client.logs(&request, &call));
        let stays = client.logs(&request, &call);
        let (left, stayed) = if leaves_first {
            tokio::join!(biased; leaves, stays)
        } else {
            let (stayed, left) = tokio::join!(biased; stays, leaves);
            (left, stayed)
        };
        assert!(left.is_err(), "{name}");
        assert!(stayed.is_ok(), "{name}");
        assert_eq!(fake.requests().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn the_request_ends_with_the_last_who_waits() {
    let (fake, client) = served(Act::WriteAndHang(Vec::new())).await;
    let (request, call) = (logs(), call());
    let asked = |time| timeout(time, client.logs(&request, &call));
    let gone = fake.gone.notified();
    let (first, last) = tokio::join!(asked(MOMENT), asked(3 * MOMENT));
    assert!(first.is_err() && last.is_err());
    let told = timeout(Duration::from_secs(5), gone).await;
    assert!(told.is_ok(), "the connection stayed open");
    assert_eq!(fake.requests().len(), 1);
    assert!(client.0.sharing.is_empty());
}

#[tokio::test]
async fn each_has_their_own_deadline() {
    for (name, first, second) in [
        ("the first is in a hurry", 1, 40),
        ("the second is in a hurry", 40, 1),
    ] {
        let (fake, client) = late().await;
        let request = logs();
        let (first, second) = (within(first * MOMENT), within(second * MOMENT));
        let outcomes = tokio::join!(
            client.logs(&request, &first),
            client.logs(&request, &second)
        );
        let (hurried, patient) = match outcomes {
            (hurried @ Err(_), patient) | (patient, hurried) => (hurried, patient),
        };
        let phase = Phase::Answer;
        assert!(
            matches!(&hurried, Err(Error::Timeout { phase: found, tries: 1, .. }) if *found == phase),
            "{name}: {hurried:?}"
        );
        assert!(patient.is_ok(), "{name}: {patient:?}");
        assert_eq!(fake.requests().len(), 1, "{name}");
    }
}

#[tokio::test]
async fn a_pause_that_the_first_has_no_time_for_is_waited_for_by_the_others() {
    let busy = answer(
        "429 Too Many Requests",
        "retry-after: 1\r\n",
        "too many outstanding requests",
    );
    let acts = vec![Act::Drip(vec![busy], MOMENT), Act::Write(good())];
    let (fake, client) = served(Act::InTurn(acts)).await;
    let request = logs();
    let (hurried, patient) = (within(4 * MOMENT), within(60 * MOMENT));
    let (hurried, patient) = tokio::join!(
        client.logs(&request, &hurried),
        client.logs(&request, &patient)
    );
    // What Loki said, and not just that time ran out.
    assert!(
        matches!(
            hurried,
            Err(Error::Refused {
                status: 429,
                tries: 1,
                ..
            })
        ),
        "{hurried:?}"
    );
    assert!(patient.is_ok(), "{patient:?}");
    assert_eq!(fake.requests().len(), 2);
}
