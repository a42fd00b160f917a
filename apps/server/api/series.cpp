// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/query/series.h"

#include "server/api/failure.h"
#include "server/api/handlers.h"
#include "server/api/host_path.h"
#include "server/api/services.h"

#include <algorithm>
#include <charconv>
#include <string>
#include <string_view>
#include <utility>

namespace sextant::server {
namespace {

constexpr std::int64_t kDefaultRangeMs = 3'600'000;
constexpr std::size_t kShownBytes = 40; ///< of a wrong value, in the problem

http::Response wrong(std::string_view name, std::string_view expected, std::string_view got)
{
    const std::string detail = std::string(name) + ": expected " + std::string(expected) + ", got \"" +
                               std::string(got.substr(0, kShownBytes)) + "\"";
    return http::problem(400, ErrorCode::Invalid, detail, name);
}

/// Pieces between commas or spaces ("avg,max" and "avg max" alike); none is empty.
std::vector<std::string_view> pieces(std::string_view text)
{
    std::vector<std::string_view> found;
    while (!text.empty()) {
        const std::size_t end = text.find_first_of(", ");
        if (end != 0)
            found.push_back(text.substr(0, end));
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
    return found;
}

/// Reads the parameters one after another; the first that is wrong becomes the problem.
class SeriesParameters {
public:
    explicit SeriesParameters(const Call& call) : m_call(call) {}

    std::optional<std::int64_t> whole(std::string_view name)
    {
        const std::string* text = m_call.parameter(name);
        if (!text)
            return std::nullopt;
        std::int64_t value = 0;
        const auto [end, error] = std::from_chars(text->data(), text->data() + text->size(), value);
        if (error != std::errc() || end != text->data() + text->size() || value < 0)
            refuse(wrong(name, "a whole number of milliseconds", *text));
        return value;
    }

    std::string family()
    {
        const std::string* text = m_call.parameter("family");
        if (!text || !metrics::findFamily(*text))
            refuse(wrong("family", "a family of the catalogue", text ? std::string_view(*text) : std::string_view()));
        return text ? *text : std::string();
    }

    std::vector<std::string> columns()
    {
        const std::string* text = m_call.parameter("columns");
        std::vector<std::string> names;
        for (const std::string_view name : pieces(text ? std::string_view(*text) : std::string_view()))
            names.emplace_back(name);
        return names;
    }

    std::vector<Aggregate> aggregates()
    {
        const std::string* text = m_call.parameter("agg");
        std::vector<Aggregate> found;
        for (const std::string_view name : pieces(text ? std::string_view(*text) : std::string_view("avg"))) {
            const auto aggregate = parseAggregate(name);
            if (!aggregate)
                refuse(wrong("agg", "one or more of avg, min, max and last", name));
            else if (std::ranges::find(found, *aggregate) == found.end())
                found.push_back(*aggregate);
        }
        if (found.empty())
            refuse(wrong(
                "agg", "one or more of avg, min, max and last", text ? std::string_view(*text) : std::string_view()));
        return found;
    }

    [[nodiscard]] const std::optional<http::Response>& problem() const { return m_problem; }

private:
    void refuse(http::Response response)
    {
        if (!m_problem)
            m_problem = std::move(response);
    }

    const Call& m_call;
    std::optional<http::Response> m_problem;
};

/// readSeries() begins the message of an Invalid error with the parameter's name and a colon.
std::string fieldOf(const Error& error)
{
    const std::size_t colon = error.message.find(':');
    return error.code == ErrorCode::Invalid && colon != std::string::npos ? error.message.substr(0, colon)
                                                                          : std::string();
}

} // namespace

http::Response series(Services& services, const Call& call)
{
    const auto host = hostOfPath(services, call);
    if (!host)
        return noSuchHost();
    SeriesParameters parameters(call);
    SeriesQuery query;
    query.host = *host;
    query.family = parameters.family();
    query.columns = parameters.columns();
    query.aggregates = parameters.aggregates();
    query.toMs = parameters.whole("to").value_or(services.clock());
    query.fromMs = parameters.whole("from").value_or(std::max<std::int64_t>(0, query.toMs - kDefaultRangeMs));
    query.stepMs = parameters.whole("step");
    if (parameters.problem())
        return *parameters.problem();

    const auto answer = readSeries(services.store, query);
    if (!answer)
        return failed(services, "series", "a query failed", answer.error(), fieldOf(answer.error()));
    http::Response response = http::jsonResponse(200, toJson(*answer));
    response.secret = false;
    return response;
}

} // namespace sextant::server
