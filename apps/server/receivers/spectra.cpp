// SPDX-License-Identifier: GPL-3.0-or-later
#include "server/receivers/spectra.h"

#include "server/receivers/json_items.h"
#include "server/receivers/json_text.h"
#include "server/receivers/rfc3339.h"
#include "server/receivers/series_bytes.h"

#include <algorithm>
#include <array>

namespace sextant::server {
namespace {

/// How the data of an envelope is read.
struct Shape {
    std::string_view type;
    std::string_view list;                  ///< the member that holds the objects; empty: data is one
    std::array<std::string_view, 6> labels; ///< members that are texts and name the object
};

constexpr Shape kShapes[] = {{"cpu", "", {}}, {"memory", "", {}},
    {"disk", "", {"device", "mountpoint", "filesystem", "disk_type"}}, {"disk_io", "", {"device"}},
    {"network", "", {"interface"}}, {"temperature", "", {"sensor"}}, {"system", "", {}},
    {"wifi", "", {"interface", "ssid"}},
    {"container_list", "containers", {"id", "name", "image", "kind", "source", "state"}}, {"clock", "", {}},
    {"throttle", "", {}}, {"voltage", "", {}}, {"gpu", "", {}}, {"updates", "", {"package_manager"}},
    {"service_list", "services", {"name"}}};
/// Types of which the number of objects is kept.
constexpr std::pair<std::string_view, std::string_view> kCounted[] = {
    {"process_list", "processes"}, {"application_list", "applications"}};

/// Makes series of the envelopes of a request.
class Envelopes {
public:
    /// False: there are too many series.
    bool add(const JsonValue& envelope);
    Intake take() { return std::move(m_intake); }

private:
    std::string read(const JsonValue& envelope);
    void addObject(const Shape& shape, const JsonValue& object);
    void addArray(const std::string& name, const metrics::Labels& labels, const JsonValue& array);
    void put(std::string name, metrics::Labels labels, double value);
    [[nodiscard]] bool hasRoom() const
    {
        return m_intake.series.size() <= SampleSink::kMaxSamples && m_bytes <= kMaxSeriesBytes;
    }

    Intake m_intake;
    std::size_t m_item = 0;
    std::size_t m_bytes = 0;
    std::string m_host;
    std::int64_t m_timeMs = 0;
};

bool Envelopes::add(const JsonValue& envelope)
{
    if (std::string fault = read(envelope); !fault.empty())
        m_intake.received.refuse(m_item, "bad_item", std::move(fault));
    ++m_item;
    return hasRoom() && m_item < SampleSink::kMaxSamples;
}

/// Gives what is wrong with the envelope, if anything.
std::string Envelopes::read(const JsonValue& envelope)
{
    const std::string_view type = textMember(envelope, "type").value_or("");
    const auto time = timeOf(textMember(envelope, "timestamp").value_or(""));
    if (!time)
        return "timestamp must be RFC 3339";
    m_timeMs = *time;
    m_host = textMember(envelope, "hostname").value_or("");
    if (m_host.empty())
        return "hostname must not be empty";
    const auto data = member(envelope, "data");
    if (!data || !data->is_object())
        return "data must be an object";
    if (const auto counted = std::ranges::find(kCounted, type, [](const auto& pair) { return pair.first; });
        counted != std::end(kCounted)) {
        put("spectra_" + std::string(counted->second), {},
            static_cast<double>(itemCount(member(*data, counted->second))));
        return {};
    }
    const auto shape = std::ranges::find(kShapes, type, &Shape::type);
    if (shape == std::end(kShapes))
        return "unknown type " + inQuotes(type);
    if (shape->list.empty()) {
        addObject(*shape, *data);
        return {};
    }
    (void)eachItem(member(*data, shape->list), [&](const JsonValue& object) {
        addObject(*shape, object);
        return hasRoom();
    });
    return {};
}

void Envelopes::addObject(const Shape& shape, const JsonValue& object)
{
    metrics::Labels labels;
    for (const std::string_view key : shape.labels) {
        if (const auto text = key.empty() ? std::nullopt : textMember(object, key))
            labels.push_back({std::string(key), std::string(*text)});
    }
    const std::string prefix = "spectra_" + std::string(shape.type) + '_';
    if (shape.type == "service_list") {
        const std::string_view status = textMember(object, "status").value_or("");
        put(prefix + "up", labels, status == "active" || status == "running" ? 1 : 0);
        return;
    }
    (void)eachMember(object, [&](std::string_view key, const JsonValue& value) {
        double number = 0;
        bool flag = false;
        if (value.get(number) == simdjson::SUCCESS)
            put(prefix + std::string(key), labels, number);
        else if (value.get(flag) == simdjson::SUCCESS)
            put(prefix + std::string(key), labels, flag ? 1 : 0);
        else
            addArray(prefix + std::string(key), labels, value);
        return hasRoom();
    });
}

void Envelopes::addArray(const std::string& name, const metrics::Labels& labels, const JsonValue& array)
{
    std::size_t index = 0;
    (void)eachItem(array, [&](const JsonValue& value) {
        double number = 0;
        if (value.get(number) == simdjson::SUCCESS) {
            metrics::Labels own = labels;
            own.push_back({"index", std::to_string(index)});
            put(name, std::move(own), number);
        }
        ++index;
        return hasRoom();
    });
}

void Envelopes::put(std::string name, metrics::Labels labels, double value)
{
    labels.push_back({"host", m_host});
    m_intake.series.push_back({m_item, std::move(name), std::move(labels), {{m_timeMs, value}}});
    m_bytes += memoryOf(m_intake.series.back());
}

} // namespace

Result<Intake> readSpectra(const std::string& body)
{
    JsonText text;
    const auto root = text.parse(body);
    if (!root)
        return tl::unexpected<Error>(root.error());
    if (!root->is_array())
        return fail(ErrorCode::Invalid, "expected an array of envelopes");
    Envelopes envelopes;
    if (!eachItem(*root, [&](const JsonValue& envelope) { return envelopes.add(envelope); }))
        return fail(ErrorCode::TooLarge, "request body too large");
    return envelopes.take();
}

} // namespace sextant::server
