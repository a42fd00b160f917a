// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "promql/ast.h"
#include "promql/budget.h"
#include "promql/labels.h"
#include "promql/series_source.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

namespace sextant::promql {

struct Point {
    std::int64_t timeMs = 0;
    double value = 0;
};

struct ScalarValue {
    Point point;
};
struct StringValue {
    std::int64_t timeMs = 0;
    std::string text;
};
/// Of an instant query: one point per series. In the order that the query asks for (sort, topk), else in no order that
/// may be relied on.
struct VectorSeries {
    Labels labels;
    Point point;
};
using VectorValue = std::vector<VectorSeries>;
/// Of a range query, and of an instant query for a range vector. Sorted by labels.
struct MatrixSeries {
    Labels labels;
    std::vector<Point> points;
};
using MatrixValue = std::vector<MatrixSeries>;

struct QueryResult {
    std::variant<ScalarValue, StringValue, VectorValue, MatrixValue> value;
    std::vector<std::string> warnings;
};

/// When a query is evaluated, and what it falls back on.
struct QueryTimes {
    std::int64_t startMs = 0;
    std::int64_t endMs = 0;  ///< included
    std::int64_t stepMs = 0; ///< 0: an instant query at startMs
    std::int64_t lookbackMs = 5 * 60'000;
    std::int64_t subqueryStepMs = 60'000; ///< where `[1h:]` does not say
};

/// Evaluates a parsed query over all its steps at once, column by column. Points that are absent take no part; every
/// number is what Prometheus 2.42 gives for the same samples. Errors: Invalid (a run-time error of the query, with
/// Prometheus' text), those of the budget and of the source. Blocks; pure but for the source.
[[nodiscard]] Result<QueryResult> evaluate(
    const Expr& query, const QueryTimes& times, const SeriesSource& source, Budget& budget);

} // namespace sextant::promql
