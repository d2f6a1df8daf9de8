//! A value of cells, distributed by the share that each cell has in the total of another value.
//!
//! ```text
//! distribution_by(numerator: "data.people.sum", denominator: "data.flats.sum")
//!   -> n.sum * (d.sum / sum(d.sum) OVER ()) of each cell that has the denominator
//! ```
//!
//! By groups, each pair of a group of the numerator and one of the denominator has a total of its own.

use super::grid::{CELLS_ALIAS, Grid, key_alias};
use super::member::CELL;
use crate::catalog::model::Cardinality;
use crate::catalog::scalar::Scalar;
use crate::catalog::type_names;
use crate::error::{Error, Result};
use crate::gql::Selected;
use crate::name::FieldName;
use crate::plan::aggregate::group_column;
use crate::plan::columns::Row;
use crate::plan::join::invalid;
use crate::plan::link::Twin;
use crate::plan::select::is_inner;
use crate::plan::spatial::text;
use crate::plan::tree::{Child, KeyColumn, OutputField, OutputValue, Step};
use crate::sql::ast::{
    Direction, Expr, Join, JoinKind, OrderItem, Relation, RelationSource, ResultColumn, Select, SqlType,
    Window, WindowFunction,
};

/// A value of a member of `data`, found by its path.
struct Leaf {
    /// The member's place among those of the grid.
    member: usize,
    /// The statement of its rows, and the name of the column with the cell.
    rows: (Select, String),
    /// Name of the column with the value.
    column: String,
    /// Whether cells without it are dropped.
    is_inner: bool,
}

/// The two values, joined under these aliases.
struct Pair {
    numerator: String,
    denominator: String,
    values: (Expr, Expr),
}

impl Grid<'_, '_, '_> {
    /// Plans `distribution_by`: one object for each cell that has the denominator.
    pub(super) fn distribution(&mut self, field: &Selected) -> Result<OutputValue> {
        let numerator = self.leaf(field, "numerator", &[Twin::Aggregation])?;
        let denominator = self.leaf(field, "denominator", &[Twin::Aggregation])?;
        let pair = self.pair(&numerator, &denominator);
        let joins = [
            join(JoinKind::Left, &denominator, &pair.denominator, Self::cell()),
            join(JoinKind::Left, &numerator, &pair.numerator, Self::cell()),
        ];
        self.columns.joins.extend(joins);
        let cell = Expr::column(&pair.denominator, &denominator.rows.1);
        let is_there = Expr::IsNull {
            expr: Box::new(cell),
            is_null: false,
        };
        let present = self.columns.push(is_there, &format!("__present_{}", field.key));
        let mut fields = Vec::with_capacity(field.selection.len());
        for part in &field.selection {
            let value = match part_value(&pair, part, Vec::new())? {
                Some(value) => OutputValue::Column(self.columns.push(value, &part.key)),
                None => OutputValue::Typename(part.parent.clone()),
            };
            fields.push(OutputField {
                key: part.key.clone(),
                value,
            });
        }
        Ok(OutputValue::Object {
            fields,
            present: Some(present),
        })
    }

    /// Plans `distribution_by_bucket`: a list for each cell.
    pub(super) fn distribution_of_groups(&mut self, field: &Selected) -> Result<OutputValue> {
        let groups = [Twin::Aggregation, Twin::Buckets];
        let numerator = self.leaf(field, "numerator", &groups)?;
        let denominator = self.leaf(field, "denominator", &groups)?;
        let pair = self.pair(&numerator, &denominator);
        let mut shares = Shares {
            columns: Vec::new(),
            group: Vec::new(),
        };
        let numerator_key =
            self.key_value(field, "numerator_key", (&numerator, &pair.numerator), &mut shares)?;
        let denominator_key = self.key_value(
            field,
            "denominator_key",
            (&denominator, &pair.denominator),
            &mut shares,
        )?;
        let mut output = Vec::with_capacity(field.selection.len());
        for part in &field.selection {
            let value = match part.name.as_str() {
                "numerator_key" => numerator_key.clone(),
                "denominator_key" => denominator_key.clone(),
                _ => match part_value(&pair, part, shares.group.clone())? {
                    Some(value) => OutputValue::Column(shares.push(value)),
                    None => OutputValue::Typename(part.parent.clone()),
                },
            };
            output.push(OutputField {
                key: part.key.clone(),
                value,
            });
        }
        let cell = Expr::column(&pair.denominator, &denominator.rows.1);
        let kind = if numerator.is_inner {
            JoinKind::Inner
        } else {
            JoinKind::Left
        };
        let joined = join(kind, &numerator, &pair.numerator, cell.clone());
        let child = self.shares(
            shares,
            cell,
            (relation(&denominator, &pair.denominator), joined),
            output,
        )?;
        self.columns.children.push(child);
        Ok(OutputValue::Child(self.columns.children.len() - 1))
    }

    /// Returns the step whose rows are the shares of each cell.
    fn shares(
        &mut self,
        mut shares: Shares,
        cell: Expr,
        from: (Relation, Join),
        output: Vec<OutputField>,
    ) -> Result<Child> {
        let alias = self.objects.fresh_alias("_shares");
        let key = shares.push(cell);
        let outer: Vec<_> = shares
            .columns
            .iter()
            .map(|column| ResultColumn {
                expr: Expr::column(&alias, &column.alias),
                alias: column.alias.clone(),
            })
            .collect();
        let restricted = outer
            .get(key)
            .map(|column| column.expr.clone())
            .ok_or_else(|| Error::internal("shares have no cell"))?;
        // Shares come sorted by the keys of their groups.
        let keyed = shares.columns.iter().zip(&outer);
        let keyed = keyed.filter(|(column, _)| shares.group.contains(&column.expr));
        let order_by = keyed
            .map(|(_, column)| OrderItem {
                expr: column.expr.clone(),
                direction: Direction::Ascending,
                nulls: None,
            })
            .collect();
        // A query of its own: totals are over all cells, whichever of them are at hand.
        let inner = Select {
            columns: shares.columns,
            from: Some(from.0),
            joins: vec![from.1],
            ..Select::default()
        };
        let row = Row {
            object: &self.object,
            alias: CELLS_ALIAS,
        };
        let keys = vec![KeyColumn {
            parent: self.columns.key(row, &FieldName::from(CELL))?,
            child: key,
            restricted,
            ty: SqlType::BigInt,
        }];
        let select = Select {
            columns: outer,
            from: Some(Relation {
                source: RelationSource::Query(Box::new(inner)),
                alias,
            }),
            order_by,
            ..Select::default()
        };
        Ok(Child {
            step: Step {
                source: self.object.source.clone(),
                backend: self.objects.backend,
                select,
                output,
                children: Vec::new(),
            },
            keys,
            cardinality: Cardinality::Many,
            page: None,
        })
    }

    fn pair(&self, numerator: &Leaf, denominator: &Leaf) -> Pair {
        let aliases = (
            self.objects.fresh_alias("_numerator"),
            self.objects.fresh_alias("_denominator"),
        );
        let number = |alias: &str, leaf: &Leaf| {
            Expr::Cast(Box::new(Expr::column(alias, &leaf.column)), SqlType::Double)
        };
        Pair {
            values: (number(&aliases.0, numerator), number(&aliases.1, denominator)),
            numerator: aliases.0,
            denominator: aliases.1,
        }
    }

    /// Returns the number that `argument` of `field` leads to.
    ///
    /// # Errors
    /// `GRAPHQL_VALIDATION` when there is none.
    fn leaf(&self, field: &Selected, argument: &str, twins: &[Twin]) -> Result<Leaf> {
        let path = text(field, argument);
        let unknown = |reason: &str| {
            invalid(format!(
                "argument `{argument}` of `{}` must be the path of a number in `data`, such as `data.x.y.sum`: `{path}` {reason}",
                field.name
            ))
        };
        let (index, rest) = self.member_at(path).ok_or_else(|| unknown("is not selected"))?;
        let member = self
            .members
            .get(index)
            .ok_or_else(|| Error::internal("a member of cells is missing"))?;
        if !twins.contains(&member.twin) {
            return Err(unknown("has several values in a cell"));
        }
        let child = self.child(member)?;
        let column = group_column(&child.step.output, rest)
            .and_then(|index| child.step.select.columns.get(index))
            .filter(|_| is_number(member.selected, rest))
            .ok_or_else(|| unknown("is no number that is selected"))?;
        Ok(Leaf {
            member: index,
            rows: (child.step.select.clone(), key_alias(child)?.to_owned()),
            column: column.alias.clone(),
            is_inner: is_inner(member.selected),
        })
    }

    /// Returns the member that a path leads to, and the rest of the path.
    fn member_at<'p>(&self, path: &'p str) -> Option<(usize, &'p str)> {
        let (data, rest) = path.split_once('.')?;
        let (name, rest) = rest.split_once('.')?;
        let index = self
            .members
            .iter()
            .position(|member| member.data == data && member.selected.key == name)?;
        Some((index, rest))
    }

    /// Returns the key of the groups of `leaf` that `argument` of `field` leads to; null without the argument.
    fn key_value(
        &self,
        field: &Selected,
        argument: &str,
        leaf: (&Leaf, &str),
        shares: &mut Shares,
    ) -> Result<OutputValue> {
        let path = text(field, argument);
        let (leaf, alias) = leaf;
        if path.is_empty() {
            return Ok(OutputValue::Column(shares.push(Expr::Null)));
        }
        let found = self
            .member_at(path)
            .filter(|(member, _)| *member == leaf.member)
            .and_then(|(member, rest)| {
                let child = self.child(self.members.get(member)?).ok()?;
                Some((child, output_at(&child.step.output, rest)?))
            });
        let Some((child, value)) = found else {
            return Err(invalid(format!(
                "argument `{argument}` of `{}` must be the path of a key of the same groups, `{path}` is none",
                field.name
            )));
        };
        shares.keys(child, value, alias)
    }
}

/// The result columns of shares.
struct Shares {
    columns: Vec<ResultColumn>,
    /// Those that say to which total a share belongs.
    group: Vec<Expr>,
}

impl Shares {
    fn push(&mut self, expr: Expr) -> usize {
        let alias = format!("__share{}", self.columns.len());
        self.columns.push(ResultColumn { expr, alias });
        self.columns.len() - 1
    }

    /// Adds the columns of `value`, a key of the groups in `child`, which are joined as `alias`.
    fn keys(&mut self, child: &Child, value: &OutputValue, alias: &str) -> Result<OutputValue> {
        let mut column = |index: usize| -> Result<usize> {
            let column = child.step.select.columns.get(index);
            let column = column.ok_or_else(|| Error::internal("a key has no column"))?;
            let expr = Expr::column(alias, &column.alias);
            self.group.push(expr.clone());
            Ok(self.push(expr))
        };
        Ok(match value {
            OutputValue::Column(index) => OutputValue::Column(column(*index)?),
            OutputValue::RawJson(index) => OutputValue::RawJson(column(*index)?),
            OutputValue::Object { fields, present } => {
                let present = present.map(&mut column).transpose()?;
                let mut copied = Vec::with_capacity(fields.len());
                for field in fields {
                    copied.push(OutputField {
                        key: field.key.clone(),
                        value: self.keys(child, &field.value, alias)?,
                    });
                }
                OutputValue::Object {
                    fields: copied,
                    present,
                }
            }
            OutputValue::Typename(name) => OutputValue::Typename(name.clone()),
            OutputValue::Struct { .. } | OutputValue::Child(_) => {
                return Err(Error::internal("a key of groups is no scalar"));
            }
        })
    }
}

/// Returns the value of a part of a share; `None` for the name of its type. Totals are over the rows that are equal in `group`.
fn part_value(pair: &Pair, part: &Selected, group: Vec<Expr>) -> Result<Option<Expr>> {
    let (numerator, denominator) = pair.values.clone();
    let total = Expr::Window(Box::new(Window {
        function: WindowFunction::Sum,
        value: denominator.clone(),
        partition_by: group,
        order_by: Vec::new(),
    }));
    let ratio = || Expr::Quotient(Box::new(denominator.clone()), Box::new(total.clone()));
    Ok(Some(match part.name.as_str() {
        "__typename" => return Ok(None),
        "numerator" => numerator,
        "denominator" => denominator,
        "denominator_total" => total,
        "ratio" => ratio(),
        "value" => Expr::Product(Box::new(numerator), Box::new(ratio())),
        name => return Err(Error::internal(format!("a distribution has no field `{name}`"))),
    }))
}

fn relation(leaf: &Leaf, alias: &str) -> Relation {
    Relation {
        source: RelationSource::Query(Box::new(leaf.rows.0.clone())),
        alias: alias.to_owned(),
    }
}

fn join(kind: JoinKind, leaf: &Leaf, alias: &str, cell: Expr) -> Join {
    Join {
        kind,
        relation: relation(leaf, alias),
        on: Expr::equals(Expr::column(alias, &leaf.rows.1), cell),
    }
}

fn output_at<'a>(output: &'a [OutputField], path: &str) -> Option<&'a OutputValue> {
    let (key, rest) = path
        .split_once('.')
        .map_or((path, None), |(key, rest)| (key, Some(rest)));
    let value = &output.iter().find(|field| field.key == key)?.value;
    match (value, rest) {
        (value, None) => Some(value),
        (OutputValue::Object { fields, .. }, Some(rest)) => output_at(fields, rest),
        _ => None,
    }
}

/// Returns whether the function at `path` below `selected` gives a number.
fn is_number(selected: &Selected, path: &str) -> bool {
    let mut at = selected;
    for key in path.split('.') {
        match at.selection.iter().find(|field| field.key == key) {
            Some(field) => at = field,
            None => return false,
        }
    }
    let is_numeric = [Scalar::Int, Scalar::BigInt, Scalar::Float]
        .iter()
        .any(|scalar| at.parent.as_str() == type_names::scalar_aggregation(*scalar));
    match at.name.as_str() {
        "_rows_count" | "count" | "sum" | "avg" => true,
        "min" | "max" | "any" | "last" => is_numeric,
        _ => false,
    }
}
