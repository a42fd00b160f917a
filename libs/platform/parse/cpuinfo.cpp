// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/cpuinfo.h"

#include "platform/parse/fields.h"

#include <cstdint>
#include <map>
#include <string>

namespace sextant::platform::parse {
namespace {

/// What the block of one CPU says.
struct Block {
    bool isCpu = false;
    std::uint64_t socket = 0;
    std::string model;
    std::string manufacturer;
    std::optional<std::uint64_t> cores;
};

void take(std::string_view line, Block& block)
{
    const std::size_t colon = line.find(':');
    if (colon == std::string_view::npos)
        return;
    const std::string_view key = trimmed(line.substr(0, colon));
    const std::string_view value = trimmed(line.substr(colon + 1));
    if (key == "processor")
        block.isCpu = toUnsigned(value).has_value();
    else if (key == "physical id")
        block.socket = toUnsigned(value).value_or(0);
    else if (key == "model name" || key == "cpu") // the latter on POWER
        block.model = value;
    else if (key == "vendor_id")
        block.manufacturer = value;
    else if (key == "cpu cores")
        block.cores = toUnsigned(value);
}

void add(const Block& block, std::map<std::uint64_t, Processor>& sockets)
{
    if (!block.isCpu)
        return;
    Processor& processor = sockets[block.socket];
    if (!processor.threads) {
        processor.socket = "CPU " + std::to_string(block.socket);
        processor.manufacturer = block.manufacturer;
        processor.model = block.model;
        if (block.cores && *block.cores <= UINT32_MAX)
            processor.cores = static_cast<std::uint32_t>(*block.cores);
    }
    processor.threads = processor.threads.value_or(0) + 1;
}

} // namespace

std::vector<Processor> parseCpuInfo(std::string_view text)
{
    std::map<std::uint64_t, Processor> sockets;
    Block block;
    std::string_view line;
    while (takeLine(text, line)) {
        if (!trimmed(line).empty()) {
            take(line, block);
            continue;
        }
        add(block, sockets);
        block = {};
    }
    add(block, sockets);
    std::vector<Processor> processors;
    for (auto& [socket, processor] : sockets)
        processors.push_back(std::move(processor));
    return processors;
}

} // namespace sextant::platform::parse
