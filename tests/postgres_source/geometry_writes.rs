//! Geometries that are written: as well-known text and as GeoJSON, in the reference system of their column.

use std::path::Path;

use hugr_core::db::DatabaseOptions;
use hugr_core::{DataSource, EngineConfig, HugrEngine, Request};
use hugr_tests::services::postgres::postgres;
use serde_json::{Value, json};
use sqlx::{Connection, PgConnection};

use crate::shop::{Outcome, ask};

const SDL: &str = r#"
type places @table(name: "places") {
  id: Int! @pk
  name: String
  spot: Geometry @geometry_info(type: POINT)
  area: Geometry @geometry_info(type: POLYGON, srid: 3857)
  globe: Geometry @geometry_info(type: POINT, srid: 4326)
}
type stops @table(name: "stops")
  @references(references_name: "places", source_fields: ["place_id"], references_fields: ["id"], query: "place", references_query: "stops") {
  id: Int! @pk
  place_id: Int
  spot: Geometry! @geometry_info(type: POINT, srid: 4326)
}
"#;

const TABLES: &str = "
CREATE EXTENSION postgis;
CREATE TABLE places (id int PRIMARY KEY, name text, spot geometry(Point, 4326), area geometry, globe geography(Point));
CREATE TABLE stops (id int PRIMARY KEY, place_id int REFERENCES places, spot geometry(Point, 4326) NOT NULL);
";

struct Map {
    engine: HugrEngine,
    session: PgConnection,
}

impl Map {
    async fn open() -> Outcome<Self> {
        let url = postgres().await?.create_database().await?;
        let mut session = PgConnection::connect(&url).await?;
        sqlx::raw_sql(TABLES).execute(&mut session).await?;
        let database = DatabaseOptions {
            extension_directory: option_env!("DUCKDB_LIB_DIR")
                .map(|library| Path::new(library).join("../extensions")),
            ..DatabaseOptions::default()
        };
        let config = EngineConfig {
            database,
            ..EngineConfig::default()
        };
        let engine = HugrEngine::builder()
            .with_config(config)
            .with_source(DataSource::postgres("map", url).with_sdl(SDL))
            .build()
            .await?;
        Ok(Self { engine, session })
    }

    async fn ask(&self, query: &str, variables: Value) -> Outcome<Value> {
        let variables = variables.as_object().cloned().unwrap_or_default();
        ask(&self.engine, Request::new(query).with_variables(variables)).await
    }

    async fn stored(&mut self) -> Outcome<Option<String>> {
        let sql = "SELECT string_agg(concat_ws('|', id, name, ST_AsEWKT(spot), ST_AsEWKT(area), ST_AsEWKT(globe)), ' ' ORDER BY id) FROM places";
        Ok(sqlx::query_scalar(sql).fetch_one(&mut self.session).await?)
    }
}

const INSERT: &str = "mutation ($data: places_mut_input_data!) { insert_places(data: $data) { id spot area globe stops { spot } } }";
const UPSERT: &str = "mutation ($rows: [places_mut_input_data!]!) {
  insert_many_places(data: $rows, on_conflict: {}) { affected_rows rows { id spot } } }";

#[tokio::test]
async fn both_forms_are_inserted_and_read_again() -> Outcome {
    let mut map = Map::open().await?;
    let row = json!({ "data": {
        "id": 1, "name": "a", "spot": "POINT(1 2)", "area": "POLYGON((0 0, 1 0, 1 1, 0 0))", "globe": "POINT(3 4)",
        "stops": [{ "id": 1, "spot": { "type": "Point", "coordinates": [5, 6] } }],
    }});
    let answer = map.ask(INSERT, row).await?;
    let point = |x: i32, y: i32| json!({ "type": "Point", "coordinates": [x, y] });
    let shown = &answer["data"]["insert_places"];
    assert_eq!(shown["spot"], point(1, 2), "{answer:#}");
    assert_eq!(shown["globe"], point(3, 4));
    assert_eq!(shown["stops"], json!([{ "spot": point(5, 6) }]));
    assert_eq!(shown["area"]["type"], "Polygon");

    let document = json!({ "data": {
        "id": 2, "name": "b", "spot": { "type": "Point", "coordinates": [1.5, 2.5] },
        "area": { "type": "Polygon", "coordinates": [[[0, 0], [1, 0], [1, 1], [0, 0]]] },
        "globe": "{\"type\": \"Point\", \"coordinates\": [3, 4]}",
    }});
    let answer = map.ask(INSERT, document).await?;
    assert_eq!(answer.get("errors"), None, "{answer:#}");

    let none = json!({ "data": { "id": 3, "spot": null } });
    let answer = map.ask(INSERT, none).await?;
    assert_eq!(answer["data"]["insert_places"]["spot"], Value::Null, "{answer:#}");

    let expected = "1|a|SRID=4326;POINT(1 2)|SRID=3857;POLYGON((0 0,1 0,1 1,0 0))|SRID=4326;POINT(3 4) \
                    2|b|SRID=4326;POINT(1.5 2.5)|SRID=3857;POLYGON((0 0,1 0,1 1,0 0))|SRID=4326;POINT(3 4) 3";
    assert_eq!(map.stored().await?.as_deref(), Some(expected));
    Ok(())
}

#[tokio::test]
async fn they_are_updated_and_merged() -> Outcome {
    let mut map = Map::open().await?;
    let rows = json!({ "rows": [
        { "id": 1, "name": "a", "spot": "POINT(1 1)" }, { "id": 2, "name": "b", "area": "POLYGON((0 0,1 0,1 1,0 0))" },
    ]});
    let answer = map.ask(UPSERT, rows).await?;
    assert_eq!(
        answer["data"]["insert_many_places"]["affected_rows"], 2,
        "{answer:#}"
    );

    // What a row does not give stays: of 1 the name, of 2 the area.
    let rows = json!({ "rows": [
        { "id": 1, "spot": { "type": "Point", "coordinates": [7, 7] } }, { "id": 2, "name": "c" },
    ]});
    let answer = map.ask(UPSERT, rows).await?;
    assert_eq!(
        answer["data"]["insert_many_places"]["rows"][1]["id"], 2,
        "{answer:#}"
    );
    let update = "mutation ($data: places_mut_data!) { update_places(filter: {id: {eq: 2}}, data: $data) { affected_rows } }";
    let answer = map
        .ask(
            update,
            json!({ "data": { "spot": "POINT(9 9)", "area": "POLYGON((0 0,2 0,2 2,0 0))" } }),
        )
        .await?;
    assert_eq!(answer["data"]["update_places"]["affected_rows"], 1, "{answer:#}");

    let expected = "1|a|SRID=4326;POINT(7 7) 2|c|SRID=4326;POINT(9 9)|SRID=3857;POLYGON((0 0,2 0,2 2,0 0))";
    assert_eq!(map.stored().await?.as_deref(), Some(expected));
    Ok(())
}

#[tokio::test]
async fn malformed_ones_name_their_field_and_row() -> Outcome {
    let mut map = Map::open().await?;
    for (value, what) in [
        (json!("POINT(1"), "text"),
        (json!("here"), "text"),
        (json!({ "type": "Point" }), "no coordinates"),
        (json!("{\"type\": \"Point\", \"coordinates\": [1]}"), "one number"),
        (json!(7), "a number"),
    ] {
        let rows = json!({ "rows": [{ "id": 1, "spot": "POINT(1 1)" }, { "id": 2, "spot": value }] });
        let answer = map.ask(UPSERT, rows).await?;
        let message = answer["errors"][0]["message"].as_str().unwrap_or_default();
        assert!(
            message.contains("$rows[1].spot") || message.contains("data[1].spot"),
            "{what}: {answer:#}"
        );
        assert_eq!(map.stored().await?, None, "{what}");
    }
    Ok(())
}
