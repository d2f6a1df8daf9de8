//! Tokens of the provider, and tokens that only look like them.

use hugr_auth::{AuthError, Authentication};
use hugr_tests::services::OidcProvider;
use serde_json::json;

use crate::{Outcome, ask, bearer, claims, settings};

/// How often the provider is asked for its keys at once, at most.
const MOST_REQUESTS: u32 = 5;

#[tokio::test]
async fn tokens_of_every_algorithm_by_header_and_cookie() -> Outcome {
    let provider = OidcProvider::start()?;
    let authentication = Authentication::from_settings(&settings(provider.issuer()), None)?;
    for algorithm in ["RS256", "PS256", "ES256", "ES384", "EdDSA"] {
        let token = provider
            .token(algorithm, &claims(&provider, 600, json!({"tenant": "t1"})))
            .await?;
        for (header, value) in [
            ("authorization", format!("Bearer {token}")),
            ("cookie", format!("a=b; hugr_session={token}")),
        ] {
            let identity = ask(&authentication, header, &value).await?;
            assert_eq!(identity.role.as_str(), "editor", "{algorithm}");
            assert_eq!((&*identity.user_id, &*identity.user_name), ("u-1", "ada"));
            assert_eq!((identity.auth_type, &*identity.provider), ("oidc", "oidc"));
            assert_eq!(identity.claims.get("tenant"), Some(&json!("t1")));
        }
    }
    assert_eq!(provider.key_requests().await?, 1, "the keys are fetched once");
    Ok(())
}

#[tokio::test]
async fn an_access_token_that_the_provider_issued_itself() -> Outcome {
    let provider = OidcProvider::start()?;
    let mut settings = settings(provider.issuer());
    let oidc = settings.oidc.as_mut().ok_or("no provider")?;
    oidc.scope_role_prefix = "hugr:".to_owned();
    let authentication = Authentication::from_settings(&settings, None)?;
    let identity = bearer(&authentication, &provider.access_token().await?).await?;
    assert_eq!(identity.role.as_str(), "reader");
    Ok(())
}

#[tokio::test]
async fn claims_are_found_by_their_paths() -> Outcome {
    let provider = OidcProvider::start()?;
    let mut settings = settings(provider.issuer());
    let oidc = settings.oidc.as_mut().ok_or("no provider")?;
    oidc.claims.role = "realm_access.roles".to_owned();
    oidc.scope_role_prefix = "app-".to_owned();
    let authentication = Authentication::from_settings(&settings, None)?;
    let nested = json!({"realm_access": {"roles": ["offline_access", "app-nested"]}});
    let token = provider.token("ES256", &claims(&provider, 600, nested)).await?;
    assert_eq!(bearer(&authentication, &token).await?.role.as_str(), "nested");
    Ok(())
}

#[tokio::test]
async fn what_is_not_a_valid_token_is_refused_and_never_anonymous() -> Outcome {
    let provider = OidcProvider::start()?;
    let authentication = Authentication::from_settings(&settings(provider.issuer()), None)?;
    let with = |more| claims(&provider, 600, more);
    let expired = provider
        .token("RS256", &claims(&provider, -90, json!({})))
        .await?;
    let outcome = bearer(&authentication, &expired).await;
    assert!(matches!(outcome, Err(AuthError::Expired { .. })), "{outcome:?}");

    let cases = [
        ("wrong audience", json!({"claims": with(json!({"aud": "other"}))})),
        ("no audience", json!({"claims": with(json!({"aud": null}))})),
        ("no end", json!({"claims": with(json!({"exp": null}))})),
        ("no role", json!({"claims": with(json!({"roles": []}))})),
        (
            "another issuer",
            json!({"claims": with(json!({"iss": "https://other.example"}))}),
        ),
        (
            "signed by somebody else",
            json!({"claims": with(json!({})), "foreign": true}),
        ),
        (
            "unknown key",
            json!({"claims": with(json!({})), "header": {"kid": "unknown"}}),
        ),
        (
            "not yet valid",
            json!({"claims": with(json!({"nbf": 4_000_000_000_u64}))}),
        ),
    ];
    for (case, request) in cases {
        let token = provider.sign(request).await?;
        let outcome = bearer(&authentication, &token).await;
        assert!(
            matches!(outcome, Err(AuthError::Rejected { .. })),
            "{case}: {outcome:?}"
        );
    }
    Ok(())
}

#[tokio::test]
async fn clocks_may_be_apart_by_the_leeway() -> Outcome {
    let provider = OidcProvider::start()?;
    let authentication = Authentication::from_settings(&settings(provider.issuer()), None)?;
    let late = provider
        .token("ES256", &claims(&provider, -30, json!({})))
        .await?;
    assert_eq!(bearer(&authentication, &late).await?.role.as_str(), "editor");
    Ok(())
}

#[tokio::test]
async fn new_keys_are_fetched_when_a_token_needs_them() -> Outcome {
    let provider = OidcProvider::start()?;
    let authentication = Authentication::from_settings(&settings(provider.issuer()), None)?;
    let all = claims(&provider, 600, json!({}));
    let old = provider.token("RS256", &all).await?;
    bearer(&authentication, &old).await?;
    provider.rotate_keys().await?;
    bearer(&authentication, &old).await?;
    let new = provider.token("RS256", &all).await?;
    bearer(&authentication, &new).await?;
    // The key that signed it is known to be withdrawn now.
    let outcome = bearer(&authentication, &old).await;
    assert!(matches!(outcome, Err(AuthError::Rejected { .. })), "{outcome:?}");

    // Without a key id, the signature tells.
    provider.rotate_keys().await?;
    let unnamed = provider
        .sign(json!({"algorithm": "ES256", "claims": all, "header": {"kid": null}}))
        .await?;
    bearer(&authentication, &unnamed).await?;
    Ok(())
}

#[tokio::test]
async fn made_up_key_ids_do_not_flood_the_provider() -> Outcome {
    let provider = OidcProvider::start()?;
    let authentication = Authentication::from_settings(&settings(provider.issuer()), None)?;
    let all = claims(&provider, 600, json!({}));
    for number in 0..20 {
        let request = json!({"claims": all, "header": {"kid": format!("made-up-{number}")}});
        let outcome = bearer(&authentication, &provider.sign(request).await?).await;
        assert!(matches!(outcome, Err(AuthError::Rejected { .. })), "{outcome:?}");
    }
    assert!(provider.key_requests().await? <= MOST_REQUESTS);
    let good = provider.token("RS256", &all).await?;
    bearer(&authentication, &good).await?;
    Ok(())
}

#[tokio::test]
async fn a_provider_that_is_down_is_not_the_callers_fault() -> Outcome {
    let mut provider = OidcProvider::start()?;
    let authentication = Authentication::from_settings(&settings(provider.issuer()), None)?;
    let all = claims(&provider, 600, json!({}));
    let known = provider.token("RS256", &all).await?;
    let token = provider
        .token("RS256", &claims(&provider, 600, json!({"sub": "u-2"})))
        .await?;
    provider.stop();
    // Down at the start: nobody knows the keys.
    let outcome = bearer(&authentication, &token).await;
    assert!(
        matches!(outcome, Err(AuthError::Unavailable { .. })),
        "{outcome:?}"
    );
    provider.restart()?;
    let token = provider.token("RS256", &all).await?;
    bearer(&authentication, &token).await?;
    // Down later: tokens of known keys are still accepted, also ones that were not seen before.
    let other = provider
        .token("RS256", &claims(&provider, 600, json!({"sub": "u-3"})))
        .await?;
    provider.stop();
    assert_eq!(bearer(&authentication, &other).await?.user_id, "u-3");
    // Back with other keys: tokens of the former ones are refused.
    provider.restart()?;
    let outcome = bearer(&authentication, &known).await;
    assert!(matches!(outcome, Err(AuthError::Rejected { .. })), "{outcome:?}");
    Ok(())
}
