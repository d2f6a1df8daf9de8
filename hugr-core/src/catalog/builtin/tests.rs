use super::*;
use crate::catalog::model::{LinkPath, MutationSupport, Origin};

#[test]
fn built_in_sources_compile_without_findings() {
    for compiled in [core(), core_meta(), core_storage(), core_cluster()] {
        let compiled = compiled.expect("built-in SDL compiles");
        assert_eq!(compiled.warnings, []);
        let runtime = |origin: &Origin| matches!(origin, Origin::Runtime(_) | Origin::Query(_));
        assert!(
            compiled
                .catalog
                .objects
                .values()
                .all(|object| runtime(&object.origin))
        );
    }
}

#[test]
fn data_sources_list_their_catalogs() {
    let catalog = core().expect("built-in SDL compiles").catalog;
    let link = &catalog.objects["data_sources"].links["catalogs"];
    assert_eq!(link.target.as_str(), "catalog_sources");
    assert!(matches!(&link.path, LinkPath::Junction { junction, .. } if junction.as_str() == "catalogs"));
    assert!(
        catalog.objects["catalog_sources"]
            .links
            .contains_key("data_sources")
    );
}

#[test]
fn cluster_views_take_no_mutations() {
    let catalog = core_cluster().expect("built-in SDL compiles").catalog;
    assert!(
        catalog
            .objects
            .values()
            .all(|object| object.mutations == MutationSupport::None)
    );
    assert_eq!(catalog.objects["registered_storages"].primary_key.len(), 2);
}
