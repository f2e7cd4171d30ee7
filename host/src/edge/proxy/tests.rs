use std::time::Duration;

use hyper::{HeaderMap, Request, StatusCode};

use super::bulk::Bulk;
use super::dialect::{Dialect as _, Exchange, Told};
use super::otlp::deadline;
use super::{Became, Ended, Owed};
use crate::config::Limits;
use crate::delivery::Budget;
use crate::edge::bulk::answer::statuses;
use crate::edge::source::body::Coding;

#[test]
fn deadlines_have_units() {
    assert_eq!(deadline("10S"), Some(Duration::from_secs(10)));
    assert_eq!(deadline("99999999H"), Some(Duration::from_secs(99_999_999 * 3600)));
    assert_eq!(deadline("1500m"), Some(Duration::from_millis(1500)));
    for wrong in ["", "S", "10", "+1S", "-1S", "123456789S", "1é", "10s"] {
        assert_eq!(deadline(wrong), None, "{wrong}");
    }
}

/// LAW (accounting): of what is owed each event ends once, however it ends.
#[test]
fn what_is_owed_is_told_once() {
    let told = std::sync::Arc::new(std::sync::Mutex::new(Vec::new()));
    let owe = |events| {
        let told = told.clone();
        Owed::new(events, move |ended| told.lock().unwrap().push(ended))
    };
    let mut left = Ended { delivered: 3, rejected: 2, refused: 0 };
    [owe(2), owe(2), owe(2)].into_iter().for_each(|owed| owed.end(&mut left));
    drop(owe(5));
    let ended = |delivered, rejected, refused| Ended { delivered, rejected, refused };
    assert_eq!(*told.lock().unwrap(), [ended(2, 0, 0), ended(1, 1, 0), ended(0, 1, 1), ended(0, 0, 5)]);
}

fn bulk(body: &str, accept: &str) -> Box<dyn Exchange> {
    let head = Request::post("/a%20b/_bulk").header("accept", accept).body(()).unwrap().into_parts().0;
    let (dialect, mut held) = (Bulk { index: "staff".into() }, Budget::new(1 << 20).reserve(0).unwrap());
    let asked = dialect.read(&head, body.as_bytes().to_vec(), Coding::None, &Limits::default(), &mut held);
    asked.unwrap_or_else(|why| panic!("{why:?}")).exchange
}

/// LAW (items): what was not filtered or not sealed is told as something to send again, and takes nothing from its neighbours.
#[tokio::test]
async fn an_item_that_is_refused_takes_nothing_from_the_others() {
    use http_body_util::BodyExt as _;
    let create = "{\"create\":{}}\n{}\n";
    let exchange = bulk(&format!("{create}{create}{{\"delete\":{{}}}}\n{create}{create}"), "text/canary");
    let became = [Became::Passed, Became::Refused, Became::Quarantined, Became::Passed];
    let said = r#"{"items":[{"create":{"status":201}},{"create":{"status":503}}]}"#;
    let told = |body: &str| {
        Some(Told { status: StatusCode::OK, headers: HeaderMap::new(), body: body.to_owned().into(), trailers: None })
    };
    let reply = exchange.answer(&became, told(said)).unwrap_or_else(|why| panic!("{why:?}"));
    assert_eq!((reply.delivered, reply.rejected), (1, 0));
    assert_eq!(reply.response.headers()["content-type"], "application/json");
    let body = reply.response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(statuses(&body), Some(vec![201, 429, 400, 201, 503]));
    assert!(exchange.is_by_item() && exchange.answer(&became, told(r#"{"items":[]}"#)).is_err());
    let unsealed = [Became::Passed, Became::Refused, Became::Refused, Became::Passed];
    let reply = exchange.answer(&unsealed, told(said)).unwrap_or_else(|why| panic!("{why:?}"));
    let body = reply.response.into_body().collect().await.unwrap().to_bytes();
    assert_eq!(statuses(&body), Some(vec![201, 429, 400, 429, 503]));
}
