// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/config/toml_file.h"

#include "toml/toml.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <utility>

namespace sextant::agent {
namespace {

constexpr std::size_t kMaxFileBytes = 1U << 20;

TomlEntry entryOf(std::string key, const toml::node& node)
{
    TomlEntry entry{std::move(key), {}, TomlEntry::Kind::Other, node.source().begin.line};
    if (const auto* text = node.as_string()) {
        entry.kind = TomlEntry::Kind::Text;
        entry.text = text->get();
    } else if (const auto* number = node.as_integer()) {
        entry.kind = TomlEntry::Kind::Number;
        entry.text = std::to_string(number->get());
    } else if (const auto* flag = node.as_boolean()) {
        entry.kind = TomlEntry::Kind::Flag;
        entry.text = flag->get() ? "true" : "false";
    }
    return entry;
}

void flatten(const toml::table& table, const std::string& prefix, std::vector<TomlEntry>& entries)
{
    for (const auto& [name, node] : table) {
        std::string key = prefix + std::string(name.str());
        if (const toml::table* inner = node.as_table())
            flatten(*inner, key + '.', entries);
        else
            entries.push_back(entryOf(std::move(key), node));
    }
}

ErrorCode codeOf(int error)
{
    if (error == ENOENT)
        return ErrorCode::NotFound;
    return error == EACCES || error == EPERM ? ErrorCode::Denied : ErrorCode::Io;
}

} // namespace

Result<std::vector<TomlEntry>> parseToml(std::string_view text, std::string_view name)
{
    if (text.size() > kMaxFileBytes)
        return fail(ErrorCode::TooLarge, std::string(name) + ": larger than 1 MiB");
    const toml::parse_result parsed = toml::parse(text);
    if (!parsed) {
        const toml::parse_error& error = parsed.error();
        return fail(ErrorCode::Malformed, std::string(name) + ":" + std::to_string(error.source().begin.line) + ": " +
                                              std::string(error.description()));
    }
    std::vector<TomlEntry> entries;
    flatten(parsed.table(), {}, entries);
    return entries;
}

Result<std::vector<TomlEntry>> readTomlFile(const std::string& path)
{
    errno = 0;
    std::ifstream file(path, std::ios::binary);
    if (!file)
        return fail(codeOf(errno), path + ": " + std::strerror(errno));
    std::string text(kMaxFileBytes + 1, '\0');
    file.read(text.data(), static_cast<std::streamsize>(text.size()));
    if (file.bad())
        return fail(ErrorCode::Io, path + ": " + std::strerror(errno));
    text.resize(static_cast<std::size_t>(file.gcount()));
    return parseToml(text, path);
}

} // namespace sextant::agent
