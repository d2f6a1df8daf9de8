//! What clients of all kinds send: content types, batches, persisted queries, parameters.

use axum::http::Method;

use super::*;

const QUERY: &str = r#"{"query":"{ __typename }"}"#;

/// Posts `body` with these headers alone.
async fn post(service: &Service, headers: Headers<'_>, body: &'static str) -> Outcome<Reply> {
    let mut request = Request::post("/graphql");
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    service.send(request.body(Body::from(body))?).await
}

#[tokio::test]
async fn bodies_are_json_and_say_so() -> Outcome {
    let service = Service::open().await?;
    for (content_type, is_taken) in [
        ("application/json", true),
        ("application/json; charset=utf-8", true),
        ("Application/JSON", true),
        ("application/graphql+json", true),
        ("application/x-www-form-urlencoded", true),
        ("text/plain", false),
        ("multipart/form-data; boundary=x", false),
    ] {
        let reply = post(&service, &[("content-type", content_type)], QUERY).await?;
        let expected = if is_taken {
            StatusCode::OK
        } else {
            StatusCode::BAD_REQUEST
        };
        assert_eq!(reply.status, expected, "{content_type}");
    }
    assert_eq!(post(&service, &[], QUERY).await?.status, StatusCode::OK);
    let reply = post(&service, &[("cookie", "a=x")], QUERY).await?;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    assert_eq!(
        reply.json()?["errors"][0]["message"],
        "the body is without a content type; send the request as `application/json`"
    );
    let upload = [("content-type", "multipart/form-data; boundary=x")];
    let message = post(&service, &upload, "--x").await?.json()?["errors"][0]["message"].to_string();
    assert!(message.contains("files cannot be uploaded"), "{message}");
    Ok(())
}

#[tokio::test]
async fn a_form_with_a_cookie_is_refused() -> Outcome {
    let service = Service::open().await?;
    let form = ("content-type", "application/x-www-form-urlencoded");
    let reply = post(&service, &[form, ("cookie", "hugr_session=x")], QUERY).await?;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    let reply = post(&service, &[("content-type", JSON), ("cookie", "a=x")], QUERY).await?;
    assert_eq!(reply.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn what_is_not_offered_is_said_clearly() -> Outcome {
    let service = Service::open().await?;
    let persisted = r#"{"extensions":{"persistedQuery":{"version":1,"sha256Hash":"abc"}}}"#;
    for (body, words) in [
        (r#"[{"query":"{ __typename }"}]"#, "batches are not supported"),
        (persisted, "PersistedQueryNotSupported"),
    ] {
        let reply = service.post(body, &[]).await?;
        assert_eq!(reply.status, StatusCode::BAD_REQUEST);
        let message = reply.json()?["errors"][0]["message"].to_string();
        assert!(message.contains(words), "{message}");
    }
    let reply = service
        .get("/query?extensions=%7B%22persistedQuery%22%3A%7B%22version%22%3A1%7D%7D")
        .await?;
    assert!(reply.json()?.to_string().contains("PersistedQueryNotSupported"));
    for path in ["/ipc", "/subscribe"] {
        let reply = service.get(path).await?;
        assert_eq!(
            (reply.status, reply.error_code()?.as_str()),
            (StatusCode::BAD_REQUEST, "UNSUPPORTED")
        );
    }
    Ok(())
}

#[tokio::test]
async fn extensions_may_be_null() -> Outcome {
    let service = Service::open().await?;
    let reply = service
        .post(r#"{"query":"{ __typename }","extensions":null}"#, &[])
        .await?;
    assert_eq!(reply.status, StatusCode::OK);
    let reply = service
        .get("/query?query=%7B__typename%7D&extensions=null")
        .await?;
    assert_eq!(reply.status, StatusCode::OK);
    let reply = service.get("/query?query=%7B__typename%7D&extensions=5").await?;
    assert_eq!(reply.status, StatusCode::BAD_REQUEST);
    Ok(())
}

#[tokio::test]
async fn mutations_can_be_ruled_out() -> Outcome {
    let service = Service::open().await?;
    let mutation = "mutation { core { delete_roles(filter: {name: {eq: \"none\"}}) { success } } }";
    let body = json!({ "query": mutation, "noMutation": true }).to_string();
    let reply = service.post(body, &[("accept", RESPONSE_JSON)]).await?;
    assert!(reply.json()?.get("errors").is_some(), "{}", reply.json()?);
    let body = json!({ "query": "{ __typename }", "noMutation": true }).to_string();
    assert_eq!(service.post(body, &[]).await?.status, StatusCode::OK);
    let reply = service
        .get("/query?no_mutation=true&query=mutation%7B__typename%7D")
        .await?;
    assert!(reply.json()?.get("errors").is_some());
    Ok(())
}

#[tokio::test]
async fn head_answers_as_get_without_a_body() -> Outcome {
    let service = Service::open().await?;
    let request = Request::builder()
        .method(Method::HEAD)
        .uri("/query?query=%7B__typename%7D");
    let reply = service.send(request.body(Body::empty())?).await?;
    assert_eq!((reply.status, reply.body.len()), (StatusCode::OK, 0));
    Ok(())
}
