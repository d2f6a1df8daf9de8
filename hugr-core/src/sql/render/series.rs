//! Values that a condition or other rows decide on.

use super::Renderer;
use crate::sql::ast::{Expr, OrderItem, When, Window, WindowFunction};

impl Renderer<'_> {
    pub(super) fn when(&mut self, when: &When) {
        self.text("CASE WHEN ");
        self.expr(&when.condition);
        self.text(" THEN ");
        self.expr(&when.then);
        if when.otherwise != Expr::Null {
            self.text(" ELSE ");
            self.expr(&when.otherwise);
        }
        self.text(" END");
    }

    pub(super) fn before(&mut self, time: &Expr) {
        self.text("(");
        self.expr(time);
        self.text(" - INTERVAL '1 microsecond')");
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
