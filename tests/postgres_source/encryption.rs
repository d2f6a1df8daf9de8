//! Encrypted connections, and whom they are made to.

use hugr_core::Request;
use hugr_tests::services::authority::Authority;
use hugr_tests::services::own_postgres::{OwnPostgres, Stop};

use crate::shop::{Outcome, ask, engine};

/// Who may connect: encrypted alone, and with a certificate to the second database.
const RULES: &str = "
local all all trust
hostssl template1 all 127.0.0.1/32 cert
hostssl all all 127.0.0.1/32 trust
hostnossl all all 127.0.0.1/32 reject
";

struct Encrypted {
    server: OwnPostgres,
    known: Authority,
    unknown: Authority,
}

impl Encrypted {
    /// Starts a server that is called `localhost`.
    async fn start() -> Outcome<Self> {
        let (known, unknown) = (Authority::new()?, Authority::new()?);
        let certificate = known.sign("localhost")?;
        known.sign("postgres")?;
        unknown.sign("postgres")?;
        let server = OwnPostgres::start(&[]).await?;
        server.write("server.crt", certificate.certificate).await?;
        server.write("server.key", certificate.key).await?;
        server
            .write("clients.crt", std::fs::read(known.certificate_file())?)
            .await?;
        server
            .write("postgresql.auto.conf", "ssl = on\nssl_ca_file = 'clients.crt'\n")
            .await?;
        server.write("pg_hba.conf", RULES).await?;
        server.stop(Stop::Fast).await?;
        server.start_again().await?;
        Ok(Self {
            server,
            known,
            unknown,
        })
    }

    /// Returns why there is no connection to `place` with `parameters`; nothing when there is one.
    async fn refusal(&self, place: &str, parameters: &str) -> Option<String> {
        let (host, database) = place.split_once('/').unwrap_or((place, "postgres"));
        refusal(&format!(
            "postgres://postgres@{host}:{}/{database}?{parameters}",
            self.server.port()
        ))
        .await
    }
}

async fn refusal(path: &str) -> Option<String> {
    let engine = match engine(path).await {
        Ok(engine) => engine,
        Err(error) => return Some(error.to_string()),
    };
    let answer = ask(&engine, Request::new("{ function { port } }")).await;
    match answer {
        Ok(answer) => answer.pointer("/errors").map(ToString::to_string),
        Err(error) => Some(error.to_string()),
    }
}

#[tokio::test]
async fn sslmode_says_who_is_trusted() -> Outcome {
    let encrypted = Encrypted::start().await?;
    let known = encrypted.known.certificate_file().display().to_string();
    let unknown = encrypted.unknown.certificate_file().display().to_string();
    for (place, parameters, works) in [
        ("127.0.0.1", "sslmode=disable".to_owned(), false),
        ("127.0.0.1", String::new(), true),
        ("127.0.0.1", "sslmode=allow".to_owned(), true),
        ("127.0.0.1", "sslmode=prefer".to_owned(), true),
        ("127.0.0.1", "sslmode=require".to_owned(), true),
        (
            "127.0.0.1",
            format!("sslmode=require&sslrootcert={unknown}"),
            false,
        ),
        (
            "127.0.0.1",
            format!("sslmode=verify-ca&sslrootcert={known}"),
            true,
        ),
        (
            "127.0.0.1",
            format!("sslmode=verify-ca&sslrootcert={unknown}"),
            false,
        ),
        // It is called `localhost`.
        (
            "127.0.0.1",
            format!("sslmode=verify-full&sslrootcert={known}"),
            false,
        ),
        (
            "localhost",
            format!("sslmode=verify-full&sslrootcert={known}"),
            true,
        ),
        (
            "localhost",
            format!("sslmode=verify-full&sslrootcert={unknown}"),
            false,
        ),
        ("localhost", "sslmode=verify-full".to_owned(), false),
    ] {
        let refusal = encrypted.refusal(place, &parameters).await;
        assert_eq!(refusal.is_none(), works, "{place} {parameters}: {refusal:?}");
    }
    Ok(())
}

#[tokio::test]
async fn certificates_of_ours_are_shown() -> Outcome {
    let encrypted = Encrypted::start().await?;
    for (authority, works) in [(&encrypted.known, true), (&encrypted.unknown, false)] {
        let (certificate, key) = authority.files_of("postgres");
        let parameters = format!(
            "sslmode=require&sslcert={}&sslkey={}",
            certificate.display(),
            key.display()
        );
        let refusal = encrypted.refusal("127.0.0.1/template1", &parameters).await;
        assert_eq!(refusal.is_none(), works, "{refusal:?}");
    }
    Ok(())
}

#[tokio::test]
async fn who_wants_encryption_gets_no_other_connection() -> Outcome {
    let server = OwnPostgres::start(&[]).await?;
    let path = |mode: &str| format!("{}?sslmode={mode}", server.url());
    assert_eq!(refusal(&path("prefer")).await, None);
    assert!(refusal(&path("require")).await.is_some());
    Ok(())
}

#[tokio::test]
async fn passwords_come_from_the_path_or_a_file() -> Outcome {
    let server = OwnPostgres::start(&[]).await?;
    let mut session = <sqlx::PgConnection as sqlx::Connection>::connect(&server.url()).await?;
    sqlx::raw_sql("CREATE ROLE reader LOGIN PASSWORD 'p:w'")
        .execute(&mut session)
        .await?;
    server
        .write("pg_hba.conf", "host all all 127.0.0.1/32 scram-sha-256\n")
        .await?;
    sqlx::query("SELECT pg_reload_conf()")
        .fetch_one(&mut session)
        .await?;
    let folder = tempfile::tempdir()?;
    let file = folder.path().join("passwords");
    std::fs::write(&file, format!("127.0.0.1:{}:*:reader:p\\:w\n", server.port()))?;
    let mut rights = std::fs::metadata(&file)?.permissions();
    std::os::unix::fs::PermissionsExt::set_mode(&mut rights, 0o600);
    std::fs::set_permissions(&file, rights)?;
    let path = |user: &str, parameters: &str| {
        format!(
            "postgres://{user}@127.0.0.1:{}/postgres?{parameters}",
            server.port()
        )
    };
    for (path, works) in [
        (path("reader:p%3Aw", ""), true),
        (path("reader", "password=p%3Aw"), true),
        (path("reader", &format!("passfile={}", file.display())), true),
        (path("reader:wrong", ""), false),
        (path("reader", "passfile=/nowhere"), false),
    ] {
        let refusal = refusal(&path).await;
        assert_eq!(refusal.is_none(), works, "{path}: {refusal:?}");
        // Whatever is wrong, nothing of the password is told.
        let told = refusal.unwrap_or_default();
        assert!(!told.contains("p:w") && !told.contains("wrong"), "{told}");
    }
    Ok(())
}
