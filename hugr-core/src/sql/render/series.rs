//! Values that other rows decide on.

use super::Renderer;
use crate::sql::ast::{Expr, OrderItem, Window, WindowFunction};

impl Renderer<'_> {
    pub(super) fn when(&mut self, condition: &Expr, then: &Expr, otherwise: &Expr) {
        self.text("CASE WHEN ");
        self.expr(condition);
        self.text(" THEN ");
        self.expr(then);
        if *otherwise != Expr::Null {
            self.text(" ELSE ");
            self.expr(otherwise);
        }
        self.text(" END");
    }

    pub(super) fn window(&mut self, window: &Window) {
        let function = match window.function {
            WindowFunction::Previous => "lag",
            WindowFunction::Next => "lead",
            WindowFunction::Min => "min",
            WindowFunction::Max => "max",
            WindowFunction::Sum => "sum",
        };
        self.call(function, &[&window.value]);
        self.over("", &window.partition_by, &window.order_by);
    }

    /// Writes over which rows `function` is computed.
    pub(super) fn over(&mut self, function: &str, partition_by: &[Expr], order_by: &[OrderItem]) {
        self.text(function);
        self.text(" OVER (");
        self.clause("PARTITION BY ", partition_by, ", ");
        self.order_by(" ORDER BY ", order_by);
        self.text(")");
    }
}
