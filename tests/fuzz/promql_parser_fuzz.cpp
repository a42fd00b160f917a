// SPDX-License-Identifier: GPL-3.0-or-later
// Queries, series selectors and durations. What is read is printed, on one line and on several, and read again: the
// tree must be the same.
#include "promql/duration.h"
#include "promql/parser.h"
#include "unit/promql/tree_text.h"

#include <cstdlib>

using namespace sextant::promql;

namespace {

void readBack(const Expr& expr, const std::string& text)
{
    if (text.size() > kQueryBytes) // spaces and escapes make it longer
        return;
    const auto again = parse(text);
    if (!again || treeText(**again) != treeText(expr) || print(**again) != print(expr))
        std::abort();
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view text(reinterpret_cast<const char*>(data), size);
    if (const auto expr = parse(text)) {
        readBack(**expr, print(**expr));
        readBack(**expr, pretty(**expr));
    } else if (expr.error().message.empty()) {
        std::abort();
    }
    if (parseSeriesSelector(text)) {
        // Only what names the metric twice is a selector for the API but no query.
        const auto expr = parse(text);
        if (!expr && expr.error().message.find("must not be set twice") == std::string::npos)
            std::abort();
    }
    if (const auto ms = parseDuration(text)) {
        const auto again = parseDuration(durationText(*ms));
        if (!again || *again != *ms)
            std::abort();
    }
    return 0;
}
