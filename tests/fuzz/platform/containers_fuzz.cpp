// SPDX-License-Identifier: GPL-3.0-or-later
// What container engines answer, and what the kernel tells of control groups. The first byte selects the parser, the
// rest is its text. What a parser accepts must keep the promises of its header.
#include "fuzz/require.h"
#include "platform/parse/cgroup.h"
#include "platform/parse/container_engine.h"
#include "platform/parse/json.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace {

using sextant::fuzz::require;
using namespace sextant::platform;
using namespace sextant::platform::parse;

bool isPrintable(std::string_view text)
{
    return text.size() <= 255 && std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
}

void fuzzList(std::string_view text)
{
    const auto list = parseEngineList(text);
    if (!list)
        return;
    require(list->size() <= kMaxContainers && list->size() <= text.size() / 64);
    for (const EngineContainer& container : *list)
        require(isContainerId(container.id) && isPrintable(container.name) && isPrintable(container.image) &&
                isPrintable(container.state) && container.name.find('/') == std::string::npos);
}

void fuzzDetails(std::string_view text)
{
    if (const auto details = parseEngineDetails(text))
        require(isPrintable(details->health));
}

void fuzzStats(std::string_view text)
{
    if (const auto stats = parseEngineStats(text))
        require(stats->cpuTime.value_or(std::chrono::nanoseconds(0)).count() >= 0 && !stats->memoryLimit);
}

void fuzzResponse(std::string_view text)
{
    if (const auto body = engineBody(text))
        require(text.ends_with(*body) && body->size() + 12 <= text.size());
}

void fuzzGroup(std::string_view text)
{
    if (const auto group = containerOfGroup(text))
        require(!group->runtime.empty() && !group->id.empty() && isContainerId(group->id) == group->name.empty());
    if (const auto name = parseKubernetesLog(text))
        require(isContainerId(name->id) && isPrintable(name->name) && name->name.size() >= 5);
    if (const auto limit = groupLimit(text))
        require(*limit < (1ULL << 60));
    if (const auto cpus = parseCpuMax(text))
        require(*cpus >= 0);
    static_cast<void>(parseIoStat(text));
    static_cast<void>(parseServiceBytes(text));
    static_cast<void>(groupValue(text, "inactive_file"));
    static_cast<void>(parseEngineTime(text));
}

void fuzzJson(std::string_view text)
{
    JsonReader json(text);
    if (const auto string = json.text())
        require(string->size() <= text.size());
    JsonReader skipped(text);
    skipped.skip();
    static_cast<void>(skipped.whole());
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0)
        return 0;
    constexpr void (*kParsers[])(std::string_view) = {
        fuzzList, fuzzDetails, fuzzStats, fuzzResponse, fuzzGroup, fuzzJson};
    kParsers[data[0] % std::size(kParsers)](std::string_view(reinterpret_cast<const char*>(data) + 1, size - 1));
    return 0;
}
