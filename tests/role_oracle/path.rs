//! The fields that lead to rows, or change them: each may have a rule of its own.

use super::world::World;

/// A field of the served schema.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Path {
    /// `Query.tN`.
    Rows(usize),
    /// `Query.tN_by_pk`.
    ByKey(usize),
    /// `Query.tN_aggregation`.
    Aggregation(usize),
    /// `Query.tN_bucket_aggregation`.
    Buckets(usize),
    /// `tN.parent`.
    Parent(usize),
    /// `tP.tN_rows`, where P is the parent of N.
    Children(usize),
    /// `tP.tN_rows_aggregation`.
    ChildrenAggregation(usize),
    /// `_join.tN`.
    Joined(usize),
    /// `_spatial.tN`.
    Near(usize),
    /// `t0.linked`.
    Linked,
    /// `linked_by` of the last table.
    LinkedBy,
    /// `Function.rows_of_tN`.
    Call(usize),
    /// `tN.called`.
    Called(usize),
    /// `Mutation.insert_tN`.
    Insert(usize),
    /// `Mutation.update_tN`.
    Update(usize),
    /// `Mutation.delete_tN`.
    Delete(usize),
}

impl Path {
    /// Returns all that `world` has.
    pub(crate) fn all(world: &World) -> Vec<Self> {
        let of_table = [
            Self::Rows,
            Self::ByKey,
            Self::Aggregation,
            Self::Buckets,
            Self::Joined,
            Self::Near,
            Self::Call,
            Self::Called,
            Self::Insert,
            Self::Update,
            Self::Delete,
        ];
        let of_child = [Self::Parent, Self::Children, Self::ChildrenAggregation];
        let mut all = vec![Self::Linked, Self::LinkedBy];
        for table in 0..world.tables() {
            all.extend(of_table.iter().map(|path| path(table)));
            if world.parents[table].is_some() {
                all.extend(of_child.iter().map(|path| path(table)));
            }
        }
        all
    }

    /// Returns the field, after its type.
    pub(crate) fn field(self, world: &World) -> (String, String) {
        let (parent, field) = match self {
            Self::Rows(table) => ("Query".to_owned(), format!("t{table}")),
            Self::ByKey(table) => ("Query".to_owned(), format!("t{table}_by_pk")),
            Self::Aggregation(table) => ("Query".to_owned(), format!("t{table}_aggregation")),
            Self::Buckets(table) => ("Query".to_owned(), format!("t{table}_bucket_aggregation")),
            Self::Parent(table) => (format!("t{table}"), "parent".to_owned()),
            Self::Children(table) => (parent_of(world, table), format!("t{table}_rows")),
            Self::ChildrenAggregation(table) => {
                (parent_of(world, table), format!("t{table}_rows_aggregation"))
            }
            Self::Joined(table) => ("_join".to_owned(), format!("t{table}")),
            Self::Near(table) => ("_spatial".to_owned(), format!("t{table}")),
            Self::Linked => ("t0".to_owned(), "linked".to_owned()),
            Self::LinkedBy => (format!("t{}", world.last()), "linked_by".to_owned()),
            Self::Call(table) => ("Function".to_owned(), format!("rows_of_t{table}")),
            Self::Called(table) => (format!("t{table}"), "called".to_owned()),
            Self::Insert(table) => ("Mutation".to_owned(), format!("insert_t{table}")),
            Self::Update(table) => ("Mutation".to_owned(), format!("update_t{table}")),
            Self::Delete(table) => ("Mutation".to_owned(), format!("delete_t{table}")),
        };
        (parent, field)
    }

    /// Returns the table whose rows it leads to.
    pub(crate) fn table(self, world: &World) -> usize {
        match self {
            Self::Rows(table)
            | Self::ByKey(table)
            | Self::Aggregation(table)
            | Self::Buckets(table)
            | Self::Children(table)
            | Self::ChildrenAggregation(table)
            | Self::Joined(table)
            | Self::Near(table)
            | Self::Call(table)
            | Self::Insert(table)
            | Self::Update(table)
            | Self::Delete(table) => table,
            Self::Parent(table) => world.parents[table].unwrap(),
            Self::Called(table) => world.called(table),
            Self::Linked => world.last(),
            Self::LinkedBy => 0,
        }
    }

    /// Returns the name of the view of the rows that a caller finds there.
    pub(crate) fn view(self) -> String {
        match self {
            Self::Rows(table) => format!("rows_{table}"),
            Self::ByKey(table) => format!("by_key_{table}"),
            Self::Aggregation(table) => format!("aggregation_{table}"),
            Self::Buckets(table) => format!("buckets_{table}"),
            Self::Parent(table) => format!("parent_of_{table}"),
            Self::Children(table) => format!("children_{table}"),
            Self::ChildrenAggregation(table) => format!("children_summed_{table}"),
            Self::Joined(table) => format!("joined_{table}"),
            Self::Near(table) => format!("near_{table}"),
            Self::Linked => "linked_0".to_owned(),
            Self::LinkedBy => "linked_by_0".to_owned(),
            Self::Call(table) => format!("call_{table}"),
            Self::Called(table) => format!("called_by_{table}"),
            Self::Insert(table) => format!("inserted_{table}"),
            Self::Update(table) => format!("updated_{table}"),
            Self::Delete(table) => format!("deleted_{table}"),
        }
    }
}

fn parent_of(world: &World, table: usize) -> String {
    format!("t{}", world.parents[table].unwrap())
}
