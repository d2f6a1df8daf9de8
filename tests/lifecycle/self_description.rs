//! Sources that describe themselves, tried against a server.

use hugr_core::{DataSource, HugrEngine};
use hugr_tests::services;
use serde_json::json;
use sqlx::{AssertSqlSafe, Connection, PgConnection};

use crate::driver::{Driver, Outcome, config};

const TABLES: &str = r#"
CREATE SCHEMA "my notes";
CREATE DOMAIN code AS varchar(8) NOT NULL;
CREATE TYPE size AS ENUM ('small', 'large');
CREATE TABLE makers (
  id integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY, code code, title varchar(40) NOT NULL, founded date, "Odd Col" int,
  boss_id integer REFERENCES makers);
COMMENT ON TABLE makers IS 'Who makes things';
COMMENT ON COLUMN makers.title IS 'As it stands on the door';
CREATE TABLE parts (maker_id integer NOT NULL REFERENCES makers, number integer, price numeric(8, 2), size size, tags text[],
  details jsonb, valid int4range, seen_at timestamptz, made_at timestamp(3), raw point, PRIMARY KEY (number, maker_id));
CREATE TABLE "my notes"."Entries" (id bigserial PRIMARY KEY, maker_id integer REFERENCES public.makers, body text);
CREATE VIEW dear AS SELECT number, price FROM parts WHERE price > 10;
INSERT INTO makers (code, title) VALUES ('i', 'Ironworks'), ('g', 'Glas & Co');
INSERT INTO parts VALUES (1, 7, 12.5, 'large', '{a,b}', '{"x": 1}', '[1,5)', '2024-01-02 03:04:05+00', '2024-01-02 03:04:05', NULL);
INSERT INTO "my notes"."Entries" (maker_id, body) VALUES (2, 'first');
"#;

/// What the database says of itself, as SDL.
const SDL: &str = r#"type my_notes_Entries @table(name: "\"my notes\".\"Entries\"") @module(name: "my_notes")
  @references(name: "my_notes_Entries_Entries_maker_id_fkey_fk", references_name: "makers", source_fields: ["maker_id"], references_fields: ["id"], query: "ref_Entries_maker_id_fkey", references_query: "ref_Entries_maker_id_fkey") {
  id: BigInt! @pk @default(sequence: "\"my notes\".\"Entries_id_seq\"")
  maker_id: Int
  body: String
}

type dear @view(name: "dear") {
  number: Int
  price: Float
}

"Who makes things"
type makers @table(name: "makers")
  @references(name: "makers_makers_boss_id_fkey_fk", references_name: "makers", source_fields: ["boss_id"], references_fields: ["id"], query: "ref_makers_boss_id_fkey", references_query: "ref_makers_boss_id_fkey_back") {
  id: Int! @pk @default(sequence: "public.makers_id_seq")
  code: String!
  "As it stands on the door"
  title: String!
  founded: Date
  Odd_Col: Int @field_source(field: "Odd Col")
  boss_id: Int
}

type parts @table(name: "parts")
  @references(name: "parts_parts_maker_id_fkey_fk", references_name: "makers", source_fields: ["maker_id"], references_fields: ["id"], query: "ref_parts_maker_id_fkey", references_query: "ref_parts_maker_id_fkey") {
  maker_id: Int! @pk
  number: Int! @pk
  price: Float
  size: String
  tags: [String]
  details: JSON
  valid: IntRange
  seen_at: Timestamp
  made_at: DateTime
}
"#;

#[tokio::test]
async fn postgres_describes_itself() -> Outcome {
    let url = services::postgres().await?.create_database().await?;
    let mut connection = PgConnection::connect(&url).await?;
    sqlx::raw_sql(AssertSqlSafe(TABLES))
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    let source = DataSource::postgres("pg", url).self_defined();
    let driver = Driver::of(HugrEngine::builder().with_config(config()).with_source(source)).await?;

    let describe = r#"{ function { core { describe_data_source_schema(name: "pg", self: true) } } }"#;
    let sdl = driver
        .data(describe, "/function/core/describe_data_source_schema")
        .await?;
    assert_eq!(sdl.as_str(), Some(SDL));

    let rows = "{ makers(order_by: [{field: \"id\"}]) { id title ref_parts_maker_id_fkey { number price size tags } }
                  my_notes { my_notes_Entries { body ref_Entries_maker_id_fkey { title } } } dear { number } }";
    let expected = json!({
        "makers": [
            {"id": 1, "title": "Ironworks", "ref_parts_maker_id_fkey": [{"number": 7, "price": 12.5, "size": "large", "tags": ["a", "b"]}]},
            {"id": 2, "title": "Glas & Co", "ref_parts_maker_id_fkey": null}],
        "my_notes": {"my_notes_Entries": [{"body": "first", "ref_Entries_maker_id_fkey": {"title": "Glas & Co"}}]},
        "dear": [{"number": 7}],
    });
    assert_eq!(driver.data(rows, "").await?, expected);
    driver.engine.close().await;
    Ok(())
}

#[tokio::test]
async fn what_cannot_describe_itself_says_so() -> Outcome {
    let driver = Driver::of(HugrEngine::builder().with_config(config())).await?;
    let insert = r#"mutation { core { insert_data_sources(data: {name: "x", type: "extension", prefix: "", path: "",
        self_defined: true}) { name } } }"#;
    driver.data(insert, "/core").await?;
    let (is_loaded, message) = driver.load("x").await?;
    assert!(
        !is_loaded && message.contains("cannot describe themselves"),
        "{message}"
    );
    driver.engine.close().await;
    Ok(())
}
