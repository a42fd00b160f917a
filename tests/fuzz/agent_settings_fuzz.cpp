// SPDX-License-Identifier: GPL-3.0-or-later
// What people give an agent: values of settings and the enrolment token, and TOML files. The first byte selects.
#include "agent-service/commands/enrolment_token.h"
#include "agent-service/config/settings.h"
#include "agent-service/config/toml_file.h"
#include "agent-service/config/values.h"
#include "fuzz/bytes.h"
#include "fuzz/require.h"

using namespace sextant;

namespace {

using sextant::fuzz::require;

/// Every setting of the agent takes the value or refuses it; what it took it writes so that it takes it again.
void fuzzValue(std::string_view text)
{
    for (const agent::Setting& setting : agent::allSettings()) {
        agent::Settings settings;
        if (setting.set(settings, text))
            require(setting.set(settings, text).has_value());
        else
            require(settings == agent::Settings());
    }
    if (const auto duration = agent::parseDuration(text))
        require(agent::parseDuration(agent::durationText(*duration)) == *duration);
    if (const auto size = agent::parseBytes(text))
        require(agent::parseBytes(agent::bytesText(*size)) == *size);
    static_cast<void>(agent::parseEnrolmentToken(text));
}

void fuzzFile(std::string_view text)
{
    const auto entries = agent::parseToml(text, "agent.toml");
    if (!entries)
        return;
    for (const agent::TomlEntry& entry : *entries)
        require(entry.line > 0);
}

} // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    fuzz::Bytes bytes(data, size);
    if (bytes.number<std::uint8_t>() % 2 == 0)
        fuzzValue(bytes.rest());
    else
        fuzzFile(bytes.rest());
    return 0;
}
