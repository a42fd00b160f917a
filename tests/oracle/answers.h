// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "metrics/result.h"
#include "promql/evaluator.h"

#include <QByteArray>

#include <cstdint>
#include <map>
#include <string>

namespace sextant::oracle {

/// What a query gave, made comparable: the points of every series by its labels. Scalars and strings are one series.
struct Answer {
    std::string error{};     ///< not empty: there is nothing else
    std::string errorType{}; ///< as Prometheus names it
    std::string type{};
    std::map<std::string, std::map<std::int64_t, double>> series{};
    std::string text{}; ///< of a string
};

/// Of an evaluation.
[[nodiscard]] Answer answerOf(const Result<promql::QueryResult>& result);
/// Reads Prometheus' JSON.
[[nodiscard]] Answer answerOf(const QByteArray& json);

/// The first difference in one line; empty when there is none: both failed with an error of the same type, or every
/// point is there on both sides and equal (both NaN, or within 1e-9 of the larger one).
[[nodiscard]] std::string difference(const Answer& ours, const Answer& theirs);

} // namespace sextant::oracle
