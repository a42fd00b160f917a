// SPDX-License-Identifier: GPL-3.0-or-later
// Source: docs.docker.com/reference/api/engine, versions 1.24 to 1.51.
#include "platform/parse/container_engine.h"

#include "platform/parse/fields.h"
#include "platform/parse/json.h"

#include <algorithm>

namespace sextant::platform::parse {
namespace {

std::string lowerCase(std::string_view text)
{
    std::string lower(text);
    std::ranges::transform(
        lower, lower.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
    return lower;
}

tl::unexpected<Error> noJson(const char* what)
{
    return fail(ErrorCode::Malformed, std::string("the container engine's ") + what + " is no proper JSON");
}

/// Its own name among those that links of other containers give it ("/web/db").
std::string ownName(JsonReader& json)
{
    std::string own;
    json.array([&] {
        auto name = json.text();
        if (!name || !own.empty())
            return;
        if (name->starts_with('/'))
            name->erase(0, 1);
        if (name->find('/') == std::string::npos)
            own = printableName(*name);
    });
    return own;
}

/// The end of "Up 3 hours (healthy)".
std::optional<bool> healthOf(std::string_view status)
{
    if (status.ends_with("(healthy)"))
        return true;
    if (status.ends_with("(unhealthy)"))
        return false;
    return std::nullopt; // "(health: starting)" among them
}

std::optional<std::chrono::sys_seconds> timeOf(std::optional<std::uint64_t> unixSeconds)
{
    constexpr std::uint64_t kFarFuture = std::uint64_t(1) << 40;
    if (!unixSeconds || *unixSeconds >= kFarFuture)
        return std::nullopt;
    return std::chrono::sys_seconds(std::chrono::seconds(*unixSeconds));
}

std::optional<EngineContainer> parseListed(JsonReader& json)
{
    EngineContainer container;
    json.object([&](std::string_view member) {
        const auto text = [&] { return json.text().value_or(std::string()); };
        if (member == "Id")
            container.id = text();
        else if (member == "Names")
            container.name = ownName(json);
        else if (member == "Image")
            container.image = printableName(text());
        else if (member == "State")
            container.state = printableName(text());
        else if (member == "Status")
            container.healthy = healthOf(text());
        else if (member == "Created")
            container.created = timeOf(json.number());
        else
            json.skip();
    });
    return isContainerId(container.id) ? std::optional(std::move(container)) : std::nullopt;
}

void add(std::optional<std::uint64_t>& sum, std::optional<std::uint64_t> value)
{
    if (value)
        sum = sum.value_or(0) + *value;
}

/// "networks": {"eth0": {"rx_bytes": …}}, absent for one with the host's network.
void readNetworks(JsonReader& json, Container& container)
{
    json.object([&](std::string_view) {
        json.object([&](std::string_view member) {
            if (member == "rx_bytes")
                add(container.receiveBytes, json.number());
            else if (member == "tx_bytes")
                add(container.transmitBytes, json.number());
            else
                json.skip();
        });
    });
}

/// "blkio_stats": {"io_service_bytes_recursive": [{"op": "read", "value": …}]}; null on Windows.
void readBlockDevices(JsonReader& json, Container& container)
{
    json.object([&](std::string_view list) {
        if (list != "io_service_bytes_recursive")
            return json.skip();
        json.array([&] {
            std::string operation;
            std::optional<std::uint64_t> value;
            json.object([&](std::string_view member) {
                if (member == "op")
                    operation = lowerCase(json.text().value_or(std::string()));
                else if (member == "value")
                    value = json.number();
                else
                    json.skip();
            });
            if (operation == "read")
                add(container.readBytes, value);
            else if (operation == "write")
                add(container.writeBytes, value);
        });
    });
}

/// "storage_stats" of Windows.
void readStorage(JsonReader& json, Container& container)
{
    json.object([&](std::string_view member) {
        if (member == "read_size_bytes")
            add(container.readBytes, json.number());
        else if (member == "write_size_bytes")
            add(container.writeBytes, json.number());
        else
            json.skip();
    });
}

struct MemoryStats {
    std::optional<std::uint64_t> usage;
    std::optional<std::uint64_t> inactiveFile;
    std::optional<std::uint64_t> privateWorkingSet; ///< Windows
};

MemoryStats readMemory(JsonReader& json)
{
    MemoryStats memory;
    json.object([&](std::string_view member) {
        if (member == "usage")
            memory.usage = json.number();
        else if (member == "privateworkingset")
            memory.privateWorkingSet = json.number();
        else if (member == "stats")
            json.object([&](std::string_view name) {
                if (name == "total_inactive_file") // cgroups of version 1, which have inactive_file, too
                    memory.inactiveFile = json.number();
                else if (name == "inactive_file" && !memory.inactiveFile)
                    memory.inactiveFile = json.number();
                else
                    json.skip();
            });
        else
            json.skip();
    });
    return memory;
}

std::optional<std::uint64_t> memberOf(JsonReader& json, std::string_view wanted)
{
    std::optional<std::uint64_t> value;
    json.object([&](std::string_view member) {
        if (member == wanted)
            value = json.number();
        else
            json.skip();
    });
    return value;
}

} // namespace

std::string engineRequest(std::string_view path)
{
    return "GET " + std::string(path) + " HTTP/1.0\r\nHost: localhost\r\nAccept: application/json\r\n\r\n";
}

Result<std::string> engineBody(std::string_view response)
{
    const auto broken = [](const char* how) {
        return fail(ErrorCode::Malformed, std::string("the container engine's answer ") + how);
    };
    const std::size_t headEnd = response.find("\r\n\r\n");
    if (!response.starts_with("HTTP/1.") || headEnd == std::string_view::npos)
        return broken("is no HTTP response");
    std::string_view head = response.substr(0, headEnd);
    const std::string_view body = response.substr(headEnd + 4);
    std::string_view line;
    static_cast<void>(takeLine(head, line));
    static_cast<void>(takeField(line));
    const auto status = takeUnsigned(line);
    if (!status)
        return broken("has no status");
    if (*status != 200) {
        const ErrorCode code = *status == 403 || *status == 401 ? ErrorCode::Denied
                               : *status == 404                 ? ErrorCode::NotFound
                                                                : ErrorCode::Io;
        return fail(code, "the container engine answered with status " + std::to_string(*status));
    }
    while (takeLine(head, line)) {
        const std::string name = lowerCase(line.substr(0, line.find(':')));
        line.remove_prefix(std::min(line.size(), name.size() + 1));
        while (line.ends_with('\r'))
            line.remove_suffix(1);
        if (name == "transfer-encoding")
            return broken("comes in chunks");
        if (name == "content-length" && toUnsigned(trimmed(line)) != body.size())
            return broken("is not as long as it says");
    }
    return std::string(body);
}

Result<std::vector<EngineContainer>> parseEngineList(std::string_view text)
{
    JsonReader json(text);
    std::vector<EngineContainer> containers;
    const bool list = json.array([&] {
        auto container = parseListed(json);
        if (container && containers.size() < kMaxContainers)
            containers.push_back(std::move(*container));
    });
    if (!list || !json.whole())
        return noJson("list");
    return containers;
}

Result<EngineDetails> parseEngineDetails(std::string_view text)
{
    JsonReader json(text);
    EngineDetails details;
    std::string status;
    const auto health = [&](std::string_view member) {
        if (member == "Status")
            details.health = printableName(json.text().value_or(std::string()));
        else
            json.skip();
    };
    const auto state = [&](std::string_view member) {
        if (member == "StartedAt")
            details.started = parseEngineTime(json.text().value_or(std::string()));
        else if (member == "ExitCode")
            details.exitCode = json.number();
        else if (member == "Status")
            status = json.text().value_or(std::string());
        else if (member == "Health")
            json.object(health);
        else
            json.skip();
    };
    const bool object = json.object([&](std::string_view member) {
        if (member == "RestartCount")
            details.restarts = json.number();
        else if (member == "State")
            json.object(state);
        else
            json.skip();
    });
    if (!object || !json.whole())
        return noJson("description of a container");
    if (details.health == "none")
        details.health.clear();
    if (status != "exited" && status != "dead" && status != "stopped")
        details.exitCode.reset();
    return details;
}

Result<Container> parseEngineStats(std::string_view text)
{
    JsonReader json(text);
    Container container;
    MemoryStats memory;
    std::optional<std::uint64_t> cpuTime;
    std::optional<std::uint64_t> processes;
    const bool object = json.object([&](std::string_view member) {
        if (member == "cpu_stats")
            json.object([&](std::string_view name) {
                if (name == "cpu_usage")
                    cpuTime = memberOf(json, "total_usage");
                else
                    json.skip();
            });
        else if (member == "memory_stats")
            memory = readMemory(json);
        else if (member == "networks")
            readNetworks(json, container);
        else if (member == "blkio_stats")
            readBlockDevices(json, container);
        else if (member == "storage_stats")
            readStorage(json, container);
        else if (member == "pids_stats")
            container.pids = memberOf(json, "current");
        else if (member == "num_procs")
            processes = json.number();
        else
            json.skip();
    });
    if (!object || !json.whole())
        return noJson("statistics");
    const bool windows = memory.privateWorkingSet.has_value();
    constexpr std::uint64_t kTick = 100; // Windows counts in tenths of a microsecond
    if (cpuTime && *cpuTime < (std::uint64_t(1) << 56))
        container.cpuTime = std::chrono::nanoseconds(*cpuTime * (windows ? kTick : 1));
    if (windows) {
        container.memoryUsed = memory.privateWorkingSet;
        container.pids = processes;
    } else if (memory.usage) {
        const std::uint64_t inactive = memory.inactiveFile.value_or(0);
        container.memoryUsed = *memory.usage - (inactive < *memory.usage ? inactive : 0);
    }
    return container;
}

std::optional<std::chrono::sys_seconds> parseEngineTime(std::string_view text)
{
    using namespace std::chrono;
    constexpr std::size_t kSeconds = 19; // "2026-11-22T12:00:00"
    const auto number = [&text](std::size_t at, std::size_t digits) { return toUnsigned(text.substr(at, digits)); };
    if (text.size() <= kSeconds || text[4] != '-' || text[7] != '-' || text[10] != 'T' || text[13] != ':' ||
        text[16] != ':')
        return std::nullopt;
    const auto years = number(0, 4), months = number(5, 2), days = number(8, 2);
    const auto hour = number(11, 2), minute = number(14, 2), second = number(17, 2);
    if (!years || !months || !days || !hour || !minute || !second || *years < 1970 || *hour > 23 || *minute > 59 ||
        *second > 60)
        return std::nullopt;
    const year_month_day date{
        year(static_cast<int>(*years)), month(static_cast<unsigned>(*months)), day(static_cast<unsigned>(*days))};
    if (!date.ok())
        return std::nullopt;
    std::string_view zone = text.substr(kSeconds);
    if (zone.starts_with('.'))
        zone.remove_prefix(std::min(zone.find_first_not_of("0123456789", 1), zone.size()));
    seconds ahead{0};
    if (zone.size() == 6 && (zone[0] == '+' || zone[0] == '-') && zone[3] == ':') {
        const auto hours = toUnsigned(zone.substr(1, 2)), minutes = toUnsigned(zone.substr(4, 2));
        if (!hours || !minutes)
            return std::nullopt;
        ahead = seconds((*hours * 3600 + *minutes * 60)) * (zone[0] == '+' ? 1 : -1);
    } else if (zone != "Z") {
        return std::nullopt;
    }
    return sys_days(date) + seconds(*hour * 3600 + *minute * 60 + *second) - ahead;
}

std::string printableName(std::string_view text)
{
    constexpr std::size_t kMaxName = 255;
    std::string name(text.substr(0, kMaxName));
    std::ranges::replace_if(
        name, [](char c) { return c < ' ' || c > '~'; }, '?');
    return name;
}

bool isContainerId(std::string_view text)
{
    return text.size() == 64 && text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

} // namespace sextant::platform::parse
