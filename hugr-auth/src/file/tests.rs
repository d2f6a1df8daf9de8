use std::collections::BTreeMap;

use super::*;
use crate::identity::RoleName;
use crate::secret::Secret;
use crate::settings::{AuthSettings, ClaimNames, OverrideHeaderNames};

fn yaml(text: &str) -> AuthFile {
    AuthFile::parse(text, Format::Yaml).unwrap()
}

fn settled(file: AuthFile) -> AuthSettings {
    file.settings.settle(&AuthSettings::default())
}

/// The shape of the deployment guide.
#[test]
fn below_authentication_with_flat_names() {
    let file = yaml(
        "authentication:
  allowed_anonymous: false
  anonymous_role: guest
  secret_key: your-secret-key
  # OIDC settings
  oidc:
    issuer: https://accounts.google.com
    client_id: your-client-id
    cookie_name: hugr_session
    role_claim: roles
",
    );
    assert_eq!(file.warnings, Vec::<String>::new());
    let settings = settled(file);
    assert_eq!(settings.anonymous_role, None);
    assert_eq!(settings.secret_key, Some(Secret::new("your-secret-key")));
    let oidc = settings.oidc.unwrap();
    assert_eq!(oidc.issuer, "https://accounts.google.com");
    assert_eq!(oidc.client_id, "your-client-id");
    assert_eq!(oidc.cookie_name.as_deref(), Some("hugr_session"));
    assert_eq!(
        oidc.claims,
        ClaimNames {
            role: "roles".to_owned(),
            ..ClaimNames::default()
        }
    );
}

const SNAKE_CASE: &str = r#"{
  "managed_api_keys": true,
  "anonymous": {"allowed": true, "role": "public"},
  "api_keys": {"my-key": {"key": "k", "header": "x-my-key", "default_role": "readonly",
                          "headers": {"role": "x-role", "user_id": "x-user", "user_name": "x-name"}}},
  "jwt": {"my-issuer": {"issuer": "https://issuer.example", "public_key": "PEM", "cookie_name": "token",
                        "scope_role_prefix": "app:", "role_header": "x-role",
                        "claims": {"role": "r", "user_id": "u", "user_name": "n"}}},
  "oidc": {"issuer": "https://oidc.example", "client_id": "c", "timeout": "5s", "tls_insecure": true,
           "cookie_name": "session", "scopes": "openid profile", "redirect_url": "https://hugr.example/auth/callback",
           "scope_role_prefix": "p:", "claims": {"role": "r", "user_id": "u", "user_name": "n"}},
  "redirect_login_paths": ["/admin"],
  "login_url": "https://login.example",
  "redirect_url": "https://hugr.example",
  "secret_key": "s"
}"#;

#[test]
fn json_with_snake_case() {
    let file = AuthFile::parse(SNAKE_CASE, Format::Json).unwrap();
    assert_eq!(file.warnings, Vec::<String>::new());
    let settings = settled(file);
    assert!(settings.managed_api_keys);
    assert_eq!(settings.anonymous_role, Some(RoleName::new("public")));
    let key = &settings.api_keys["my-key"];
    assert_eq!(key.header.as_deref(), Some("x-my-key"));
    assert_eq!(key.headers.user_name.as_deref(), Some("x-name"));
    let issuer = &settings.jwt["my-issuer"];
    assert_eq!(issuer.scope_role_prefix.as_deref(), Some("app:"));
    assert_eq!(issuer.claims.user_id, "u");
    let oidc = settings.oidc.unwrap();
    assert_eq!((oidc.timeout_seconds, oidc.accepts_any_certificate), (5, true));
    assert_eq!(oidc.scopes, ["openid", "profile"]);
    assert_eq!(settings.login.redirect_login_paths, ["/admin"]);
    assert_eq!(settings.login.login_url.as_deref(), Some("https://login.example"));
}

/// The names of keys and issuers are the author's: they keep their hyphens.
#[test]
fn yaml_with_kebab_case_says_the_same() {
    let kebab = "
managed-api-keys: true
anonymous: { allowed: true, role: public }
api-keys:
  my-key:
    key: k
    header: x-my-key
    default-role: readonly
    headers: { role: x-role, user-id: x-user, user-name: x-name }
jwt:
  my-issuer:
    issuer: https://issuer.example
    public-key: PEM
    cookie-name: token
    scope-role-prefix: 'app:'
    role-header: x-role
    claims: { role: r, user-id: u, user-name: n }
oidc:
  issuer: https://oidc.example
  client_id: c
  timeout: 5s
  tls_insecure: true
  cookie_name: session
  scopes: [openid, profile]
  redirect_url: https://hugr.example/auth/callback
  scope_role_prefix: 'p:'
  claims: { role: r, user-id: u, user-name: n }
redirect-login-paths: [/admin]
login-url: https://login.example
redirect-url: https://hugr.example
secret-key: s
";
    assert_eq!(yaml(kebab), AuthFile::parse(SNAKE_CASE, Format::Json).unwrap());
    let snake: BTreeMap<String, Value> = serde_json::from_str(SNAKE_CASE).unwrap();
    let snake = serde_yaml_ng::to_string(&snake).unwrap();
    assert_eq!(yaml(&snake), yaml(kebab));
    let below_auth = format!("auth:\n{}", kebab.replace('\n', "\n  "));
    assert_eq!(yaml(&below_auth), yaml(kebab));
}

#[test]
fn unknown_settings_are_warnings_with_the_nearest_name() {
    let file = yaml("secret-kye: x\noidc: { clientid: c }\nvolume: 11\n");
    assert_eq!(file.settings.secret_key, None);
    assert_eq!(file.warnings.len(), 3, "{:?}", file.warnings);
    let warnings = file.warnings.join("\n");
    assert!(
        warnings.contains("`secret_kye` is not a setting; did you mean `secret_key`"),
        "{warnings}"
    );
    assert!(
        warnings.contains("`oidc.clientid` is not a setting; did you mean `client_id`"),
        "{warnings}"
    );
    assert!(
        warnings.contains("`volume` is not a setting; known here are"),
        "{warnings}"
    );
    let beside = yaml("authentication: { secret_key: s }\nother: 1\n");
    assert_eq!(beside.settings.secret_key, Some(Secret::new("s")));
    assert_eq!(beside.warnings.len(), 1);
}

#[test]
fn all_mistakes_are_told_and_no_value() {
    let text = "
secret_key: [hidden-1]
anonymous: hidden-2
api_keys: { a: { default_role: r }, b: hidden-3 }
jwt: { c: { issuer: i } }
oidc: { timeout: hidden-4, tls_insecure: hidden-5 }
";
    let error = AuthFile::parse(text, Format::Yaml).unwrap_err();
    let AuthFileError::Settings { reasons } = &error else {
        panic!("{error}");
    };
    assert_eq!(reasons.len(), 7, "{reasons:?}");
    for setting in [
        "`secret_key`",
        "`anonymous`",
        "`api_keys.a.key`",
        "`api_keys.b`",
        "`jwt.c.public_key`",
        "`oidc.timeout`",
        "`oidc.tls_insecure`",
    ] {
        assert!(error.to_string().contains(setting), "{setting}: {error}");
    }
    assert!(!format!("{error} {error:?}").contains("hidden"), "{error}");
}

#[test]
fn broken_text_is_told_by_its_place() {
    let error = AuthFile::parse("{\n \"secret_key\": hidden}", Format::Json).unwrap_err();
    assert!(error.to_string().starts_with("line 2"), "{error}");
    let error = AuthFile::parse("a: [hidden\nb: }", Format::Yaml).unwrap_err();
    assert!(error.to_string().contains("YAML"), "{error}");
    assert!(!error.to_string().contains("hidden"), "{error}");
    assert!(Format::of(Path::new("auth.toml")).is_err());
    assert_eq!(Format::of(Path::new("/config/auth.YML")).unwrap(), Format::Yaml);
}

#[test]
fn an_empty_file_says_nothing() {
    assert_eq!(yaml(""), AuthFile::default());
    assert_eq!(settled(yaml("")), AuthSettings::default());
}

#[test]
fn the_upper_overlay_wins_and_open_settings_fall_through() {
    let upper = yaml("secret_key: upper\napi_keys: { a: { key: 1 } }\noidc: { client_id: upper }\n").settings;
    let lower =
        yaml("secret_key: lower\nanonymous_role: guest\napi_keys: { b: { key: 2 } }\noidc: { client_id: lower, issuer: 'https://i' }\n")
            .settings;
    let settings = upper.over(lower).settle(&AuthSettings::default());
    assert_eq!(settings.secret_key, Some(Secret::new("upper")));
    assert_eq!(settings.anonymous_role, Some(RoleName::new("guest")));
    assert_eq!(settings.api_keys.keys().collect::<Vec<_>>(), ["a", "b"]);
    assert_eq!(settings.api_keys["a"].headers, OverrideHeaderNames::default());
    assert_eq!(settings.oidc.unwrap().client_id, "upper");
}
