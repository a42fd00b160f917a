// SPDX-License-Identifier: GPL-3.0-or-later
// Spectra's overview of its fleet: how many hosts are well, and their rows in pages.
#include "server/api/compat.h"
#include "server/api/handlers.h"
#include "server/api/services.h"
#include "server/api/spectra.h"
#include "server/hosts/overview.h"

#include <QJsonArray>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <tuple>
#include <utility>

namespace sextant::server {
namespace {

/// Spectra's thresholds as it has them when nobody set others: a number from which on a host is one to warn of, and one
/// from which on it is in trouble.
struct Threshold {
    std::string_view number;
    double warn;
    double crit;
};
constexpr std::array kThresholds{Threshold{"cpu_usage", 80, 95}, Threshold{"ram_percent", 80, 95},
    Threshold{"disk_max_percent", 98, 99}, Threshold{"max_temp", 70, 85}};
constexpr std::int64_t kStaleMs = 120'000;
constexpr std::int64_t kOfflineMs = 600'000;
/// What the state of a host needs.
constexpr std::array<std::string_view, 5> kOfState{
    "last_seen", "cpu_usage", "ram_percent", "disk_max_percent", "max_temp"};

constexpr std::size_t kUsualRows = 50;
constexpr std::size_t kMostRows = 200;

std::optional<double> numberOf(const SpectraAgent& agent, std::string_view name)
{
    const auto found = agent.numbers.find(name);
    return found == agent.numbers.end() ? std::nullopt : std::optional(found->second);
}

/// Each host has one; those to warn of and in trouble are online, too.
enum class State { Well, Warn, Crit, Stale, Offline };

State stateOf(const SpectraAgent& agent, std::int64_t nowMs)
{
    const auto seen = numberOf(agent, "last_seen");
    const double silentMs = seen ? static_cast<double>(nowMs) - *seen * 1'000 : kOfflineMs;
    if (silentMs >= kStaleMs)
        return silentMs >= kOfflineMs ? State::Offline : State::Stale;
    State state = State::Well;
    for (const Threshold& threshold : kThresholds) {
        const double number = numberOf(agent, threshold.number).value_or(0);
        state = std::max(state, number >= threshold.crit   ? State::Crit
                                : number >= threshold.warn ? State::Warn
                                                           : State::Well);
    }
    return state;
}

/// What `status=` may name: the states from one to another.
struct Status {
    std::string_view name;
    State first;
    State last;

    [[nodiscard]] bool holds(State state) const { return first <= state && state <= last; }
};
constexpr std::array kStatuses{Status{"online", State::Well, State::Crit}, Status{"warn", State::Warn, State::Warn},
    Status{"crit", State::Crit, State::Crit}, Status{"stale", State::Stale, State::Stale},
    Status{"offline", State::Offline, State::Offline}};

/// What rows are sorted by that is text.
struct TextField {
    std::string_view name;
    QString (*of)(const SpectraAgent&);
};
constexpr std::array kTexts{TextField{"hostname", [](const SpectraAgent& agent) { return agent.name; }},
    TextField{"os", [](const SpectraAgent& agent) { return agent.facts.description.osFamily; }},
    TextField{"platform", [](const SpectraAgent& agent) { return agent.facts.description.os; }},
    TextField{"arch", [](const SpectraAgent& agent) { return agent.facts.description.architecture; }},
    TextField{"version", [](const SpectraAgent& agent) { return agent.facts.description.agentVersion; }}};

struct Question {
    std::size_t page = 1;
    std::size_t size = kUsualRows;
    std::string_view sort = "hostname";
    bool isDescending = false;
    bool isCounted = false; ///< says how many there are in all
    const Status* status = nullptr;
    std::optional<metrics::Label> label;
    QString os;
    QString arch;
    QString search;
    std::string_view id;
};

std::optional<std::size_t> wholeNumber(std::string_view text)
{
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    return error == std::errc() && end == text.data() + text.size() ? std::optional(number) : std::nullopt;
}

/// What names one of a few words: nothing when it is another.
std::optional<bool> isSecond(std::string_view text, std::string_view first, std::string_view second)
{
    return text == second ? std::optional(true) : text == first ? std::optional(false) : std::nullopt;
}

Result<Question> readQuestion(const Call& call)
{
    const auto text = [&call](std::string_view name, std::string_view otherwise = {}) {
        const std::string* given = call.parameter(name);
        return given ? std::string_view(*given) : otherwise;
    };
    const auto qText = [&text](std::string_view name) {
        const std::string_view given = text(name);
        return QString::fromUtf8(given.data(), static_cast<qsizetype>(given.size()));
    };
    Question question;
    const auto page = wholeNumber(text("page", "1"));
    const auto size = wholeNumber(text("size", "50"));
    if (!page || *page < 1)
        return fail(ErrorCode::Invalid, "page must be a number from 1 on");
    if (!size || *size < 1 || *size > kMostRows)
        return fail(ErrorCode::Invalid, "size must be 1 to 200");
    question.page = *page;
    question.size = *size;
    question.sort = text("sort", "hostname");
    const bool isText = std::ranges::find(kTexts, question.sort, &TextField::name) != kTexts.end();
    if (!isText && !isSpectraNumber(question.sort))
        return fail(ErrorCode::Invalid, "sort must be hostname, os, platform, arch, version or a number of the rows");
    const auto descending = isSecond(text("order", "asc"), "asc", "desc");
    if (!descending)
        return fail(ErrorCode::Invalid, "order must be asc or desc");
    question.isDescending = *descending;
    const auto counted = isSecond(text("count", "false"), "false", "true");
    if (!counted)
        return fail(ErrorCode::Invalid, "count must be true or false");
    question.isCounted = *counted;
    if (call.parameter("status")) {
        const auto* const status = std::ranges::find(kStatuses, text("status"), &Status::name);
        if (status == kStatuses.end())
            return fail(ErrorCode::Invalid, "status must be online, warn, crit, stale or offline");
        question.status = status;
    }
    if (call.parameter("label")) {
        const std::string_view label = text("label");
        const std::size_t colon = label.find(':');
        if (colon == std::string_view::npos)
            return fail(ErrorCode::Invalid, "label must be a key, a colon and a value");
        question.label = {std::string(label.substr(0, colon)), std::string(label.substr(colon + 1))};
    }
    question.os = qText("os");
    question.arch = qText("arch");
    question.search = qText("search");
    question.id = text("id");
    return question;
}

/// Whether an agent is asked for, by what is known of it without its numbers.
bool isAsked(const Services& services, const SpectraAgent& agent, const Question& question)
{
    const HostDescription& about = agent.facts.description;
    const auto isOther = [](const QString& wanted, const QString& is) {
        return !wanted.isEmpty() && wanted.compare(is, Qt::CaseInsensitive) != 0;
    };
    if (isOther(question.os, about.osFamily) || isOther(question.arch, about.architecture))
        return false;
    if (!question.id.empty() && question.id != spectraId(agent.facts.id))
        return false;
    if (question.label) {
        const metrics::Labels tags = services.overview.tags(agent.facts.id);
        if (std::ranges::find(tags, *question.label) == tags.end())
            return false;
    }
    return agent.name.contains(question.search, Qt::CaseInsensitive);
}

/// What is not known comes last; what is alike in order of the names.
void sortAgents(std::vector<SpectraAgent>& agents, const Question& question)
{
    std::ranges::sort(agents, [](const SpectraAgent& a, const SpectraAgent& b) {
        return std::tie(a.name, a.facts.id.value) < std::tie(b.name, b.facts.id.value);
    });
    const auto* const text = std::ranges::find(kTexts, question.sort, &TextField::name);
    std::ranges::stable_sort(agents, [&](const SpectraAgent& a, const SpectraAgent& b) {
        if (text != kTexts.end())
            return question.isDescending ? text->of(b) < text->of(a) : text->of(a) < text->of(b);
        const auto x = numberOf(a, question.sort);
        const auto y = numberOf(b, question.sort);
        if (!x || !y)
            return x.has_value() && !y.has_value();
        return question.isDescending ? *y < *x : *x < *y;
    });
}

using Outcome = tl::expected<void, PrometheusFailure>;

/// Leaves those of the page, with all their numbers; gives how many there were. Where the order and the state do not
/// depend on numbers, those of the page alone are read.
tl::expected<std::size_t, PrometheusFailure> takePage(const Services& services, std::vector<SpectraAgent>& agents,
    const Question& question, const http::Responder& responder)
{
    const bool byNumber = isSpectraNumber(question.sort);
    Outcome filled;
    if (question.status)
        filled = fillNumbers(services, agents, kOfState, responder);
    if (filled && question.status) {
        const std::int64_t now = services.clock();
        std::erase_if(agents, [&](const SpectraAgent& agent) { return !question.status->holds(stateOf(agent, now)); });
    }
    if (filled && byNumber)
        filled = fillNumbers(services, agents, {&question.sort, 1}, responder);
    if (!filled)
        return tl::unexpected(filled.error());
    sortAgents(agents, question);
    const std::size_t total = agents.size();
    const std::size_t first = question.page > total / question.size + 1 ? total : (question.page - 1) * question.size;
    const std::size_t last = std::min(total, first + question.size);
    std::vector<SpectraAgent> page(std::make_move_iterator(agents.begin() + static_cast<std::ptrdiff_t>(first)),
        std::make_move_iterator(agents.begin() + static_cast<std::ptrdiff_t>(last)));
    agents = std::move(page);
    filled = fillNumbers(services, agents, {}, responder);
    return filled ? tl::expected<std::size_t, PrometheusFailure>(total) : tl::unexpected(filled.error());
}

} // namespace

void spectraStats(Services& services, Call&, const http::Responder& responder)
{
    auto agents = spectraAgents(services, std::nullopt, responder);
    if (!agents)
        return responder.send(queryFailed(agents.error(), errorOf));
    std::vector<std::string_view> needed(kOfState.begin(), kOfState.end());
    needed.push_back("reboot_required");
    if (const auto filled = fillNumbers(services, *agents, needed, responder); !filled)
        return responder.send(queryFailed(filled.error(), errorOf));
    const std::int64_t now = services.clock();
    QJsonObject stats{{QStringLiteral("total"), static_cast<qint64>(agents->size())}};
    for (const Status& status : kStatuses) {
        const auto count = std::ranges::count_if(
            *agents, [&](const SpectraAgent& agent) { return status.holds(stateOf(agent, now)); });
        stats.insert(QString::fromLatin1(status.name.data(), static_cast<qsizetype>(status.name.size())),
            static_cast<qint64>(count));
    }
    // Whether a machine is to be started anew is known of few; of none, it is not known how many are.
    std::optional<qint64> reboot;
    for (const SpectraAgent& agent : *agents) {
        if (const auto required = numberOf(agent, "reboot_required"))
            reboot = reboot.value_or(0) + (*required != 0 ? 1 : 0);
    }
    stats.insert(QStringLiteral("reboot"), reboot ? QJsonValue(*reboot) : QJsonValue());
    responder.send(jsonOf(200, stats));
}

void spectraPage(Services& services, Call& call, const http::Responder& responder)
{
    const auto question = readQuestion(call);
    if (!question)
        return responder.send(errorOf(400, question.error().message));
    auto agents = spectraAgents(services, std::nullopt, responder);
    if (!agents)
        return responder.send(queryFailed(agents.error(), errorOf));
    std::erase_if(*agents, [&](const SpectraAgent& agent) { return !isAsked(services, agent, *question); });
    const auto total = takePage(services, *agents, *question, responder);
    if (!total)
        return responder.send(queryFailed(total.error(), errorOf));
    QJsonArray rows;
    for (const SpectraAgent& agent : *agents)
        rows.append(spectraRow(agent));
    QJsonObject page{{QStringLiteral("agents"), rows}, {QStringLiteral("page"), static_cast<qint64>(question->page)},
        {QStringLiteral("size"), static_cast<qint64>(question->size)}};
    if (question->isCounted) {
        page.insert(QStringLiteral("total"), static_cast<qint64>(*total));
        page.insert(QStringLiteral("total_pages"), static_cast<qint64>((*total + question->size - 1) / question->size));
    }
    responder.send(jsonOf(200, page));
}

} // namespace sextant::server
