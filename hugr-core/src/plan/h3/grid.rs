//! The cells: which there are, and what is told of each.

use serde_json::Value as Json;

use super::member::{CELL, follow_member};
use crate::catalog::model::{BaseType, DataObject, Field, FieldType, FieldValue};
use crate::catalog::scalar::Scalar;
use crate::error::{Error, ErrorCode, Result};
use crate::gql::Selected;
use crate::name::{FieldName, SourceName, TypeName};
use crate::plan::columns::{Columns, Row};
use crate::plan::join::invalid;
use crate::plan::link::Twin;
use crate::plan::object::Objects;
use crate::plan::select::is_inner;
use crate::plan::tree::{Child, OutputField, OutputValue, Step};
use crate::sql::ast::{Direction, Expr, OrderItem, Relation, RelationSource, ResultColumn, Select};
use crate::sql::function::H3_BOUNDARY;

/// Alias of the cells.
pub(super) const CELLS_ALIAS: &str = "_cells";
const MEMBER_ALIAS: &str = "_member";
const TYPE: &str = "_h3_query";
const MAX_RESOLUTION: u64 = 15;

/// A member of `data`, as it is planned.
pub(super) struct Member<'s> {
    /// The name of its `data` in the response.
    pub(super) data: &'s str,
    /// The member.
    pub(super) selected: &'s Selected,
    /// Its place among the children of the cells.
    pub(super) child: usize,
    /// What is made of its rows.
    pub(super) twin: Twin,
}

/// Collects what is told of each cell.
pub(super) struct Grid<'a, 'o, 's> {
    pub(super) objects: &'a Objects<'o>,
    /// Cells as an object with one field.
    pub(super) object: DataObject,
    pub(super) columns: Columns<'a, 'o>,
    pub(super) members: Vec<Member<'s>>,
}

/// Returns the step for the root field `h3`.
///
/// # Errors
/// `GRAPHQL_VALIDATION` for a resolution that does not exist, without anything in `data`, and for members that lie nowhere.
pub(in crate::plan) fn cells(objects: &Objects<'_>, selected: &Selected) -> Result<Step> {
    let resolution = resolution(selected)?;
    let mut grid = Grid {
        objects,
        object: cell_object(),
        columns: Columns::new(objects),
        members: Vec::new(),
    };
    let mut data = grid.data(selected, resolution)?.into_iter();
    if grid.members.is_empty() {
        return Err(invalid(format!(
            "`{}` needs something in `data`: cells are those in which there are rows",
            selected.name
        )));
    }
    let mut output = Vec::with_capacity(selected.selection.len());
    for field in &selected.selection {
        let value = match field.name.as_str() {
            "data" => data
                .next()
                .ok_or_else(|| Error::internal("the data of cells is missing"))?,
            _ => grid
                .value(field, resolution)
                .map_err(|error| objects.authorized.operation().locate(error, field.span))?,
        };
        output.push(OutputField {
            key: field.key.clone(),
            value,
        });
    }
    grid.finish(output)
}

impl<'s> Grid<'_, '_, 's> {
    /// Returns the cell at hand.
    pub(super) fn cell() -> Expr {
        Expr::column(CELLS_ALIAS, CELL)
    }

    /// Returns the child that holds the rows of `member`.
    pub(super) fn child(&self, member: &Member<'_>) -> Result<&Child> {
        self.columns
            .children
            .get(member.child)
            .ok_or_else(|| Error::internal("a member of cells has no step"))
    }

    /// Plans what every `data` of `selected` holds.
    fn data(&mut self, selected: &'s Selected, resolution: u8) -> Result<Vec<OutputValue>> {
        let mut data = Vec::new();
        for field in selected
            .selection
            .iter()
            .filter(|field| field.name.as_str() == "data")
        {
            let mut fields = Vec::with_capacity(field.selection.len());
            for member in &field.selection {
                let value = self
                    .member(&field.key, member, resolution)
                    .map_err(|error| self.objects.authorized.operation().locate(error, member.span))?;
                fields.push(OutputField {
                    key: member.key.clone(),
                    value,
                });
            }
            data.push(OutputValue::Object {
                fields,
                present: None,
            });
        }
        Ok(data)
    }

    fn member(&mut self, data: &'s str, member: &'s Selected, resolution: u8) -> Result<OutputValue> {
        if member.name.as_str() == "__typename" {
            return Ok(OutputValue::Typename(member.parent.clone()));
        }
        let followed = follow_member(self.objects, member, resolution)?;
        let twin = followed.twin;
        let row = Row {
            object: &self.object,
            alias: CELLS_ALIAS,
        };
        let value = self.columns.followed(row, (self.objects, followed), member)?;
        let OutputValue::Child(child) = value else {
            return Err(Error::new(
                ErrorCode::Unsupported,
                format!(
                    "`@unnest` on `{}` in `data` of cells is not supported",
                    member.name
                ),
            ));
        };
        self.members.push(Member {
            data,
            selected: member,
            child,
            twin,
        });
        Ok(value)
    }

    fn value(&mut self, field: &Selected, resolution: u8) -> Result<OutputValue> {
        let key = field.key.as_str();
        let cell = Self::cell();
        Ok(match field.name.as_str() {
            "__typename" => OutputValue::Typename(field.parent.clone()),
            "cell" => OutputValue::Column(self.columns.push(Expr::Hexadecimal(Box::new(cell)), key)),
            "resolution" => OutputValue::Column(self.columns.push(Expr::Number(resolution.into()), key)),
            "geom" => {
                let outline = Expr::Call {
                    function: H3_BOUNDARY,
                    arguments: vec![cell],
                };
                OutputValue::RawJson(self.columns.push(outline, key))
            }
            "distribution_by" => self.distribution(field)?,
            "distribution_by_bucket" => self.distribution_of_groups(field)?,
            name => return Err(Error::internal(format!("cells have no field `{name}`"))),
        })
    }

    fn finish(self, output: Vec<OutputField>) -> Result<Step> {
        let mut all = Vec::with_capacity(self.members.len());
        let mut filters = Vec::new();
        for member in &self.members {
            let cells = cells_of(self.child(member)?)?;
            if is_inner(member.selected) {
                filters.push(has_cell(cells.clone()));
            }
            all.push(cells);
        }
        let select = Select {
            columns: self.columns.columns,
            from: Some(Relation {
                source: RelationSource::Union(all),
                alias: CELLS_ALIAS.to_owned(),
            }),
            joins: self.columns.joins,
            filters,
            order_by: vec![OrderItem {
                expr: Self::cell(),
                direction: Direction::Ascending,
                nulls: None,
            }],
            ..Select::default()
        };
        Ok(Step {
            source: self.object.source,
            backend: self.objects.backend,
            select,
            output,
            children: self.columns.children,
        })
    }
}

/// Returns the cells in which `child` has rows.
fn cells_of(child: &Child) -> Result<Select> {
    let cell = Expr::column(MEMBER_ALIAS, key_alias(child)?);
    Ok(Select {
        group_by: vec![cell.clone()],
        columns: vec![ResultColumn {
            expr: cell,
            alias: CELL.to_owned(),
        }],
        from: Some(Relation {
            source: RelationSource::Query(Box::new(child.step.select.clone())),
            alias: MEMBER_ALIAS.to_owned(),
        }),
        ..Select::default()
    })
}

/// Returns the name of the column with the cell in the statement of `child`.
pub(super) fn key_alias(child: &Child) -> Result<&str> {
    child
        .keys
        .first()
        .and_then(|key| child.step.select.columns.get(key.child))
        .map(|column| column.alias.as_str())
        .ok_or_else(|| Error::internal("the rows of a cell have no key"))
}

/// Returns whether the cell at hand is one of `cells`.
fn has_cell(mut cells: Select) -> Expr {
    if let Some(column) = cells.columns.first() {
        cells
            .filters
            .push(Expr::equals(column.expr.clone(), Grid::cell()));
    }
    Expr::Exists {
        query: Box::new(cells),
        exists: true,
    }
}

fn resolution(selected: &Selected) -> Result<u8> {
    let given = selected.arguments.get("resolution").unwrap_or(&Json::Null);
    given
        .as_u64()
        .filter(|resolution| *resolution <= MAX_RESOLUTION)
        .and_then(|resolution| u8::try_from(resolution).ok())
        .ok_or_else(|| {
            invalid(format!(
                "argument `resolution` must be between 0 and {MAX_RESOLUTION}, it is {given}"
            ))
        })
}

fn cell_object() -> DataObject {
    let cell = Field {
        name: FieldName::from(CELL),
        ty: FieldType {
            base: BaseType::Scalar(Scalar::BigInt),
            is_list: false,
            is_required: true,
            are_items_required: false,
        },
        value: FieldValue::Column(CELL.to_owned()),
        options: Default::default(),
        description: None,
        deprecated: None,
    };
    let fields = [(cell.name.clone(), cell)].into_iter().collect();
    DataObject::of_fields(TypeName::from(TYPE), SourceName::from("h3"), fields)
}
