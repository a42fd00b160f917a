// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/mountinfo.h"

#include "platform/parse/fields.h"

#include <limits>
#include <optional>

namespace sextant::platform::parse {
namespace {

bool takeNumber(std::string_view field, unsigned& number)
{
    const auto value = toUnsigned(field);
    if (!value || *value > std::numeric_limits<unsigned>::max())
        return false;
    number = static_cast<unsigned>(*value);
    return true;
}

bool isOctal(char c)
{
    return c >= '0' && c <= '7';
}

/// "36 35 98:0 /root /mount rw,noatime shared:1 - ext3 /dev/sda1 rw,errors=continue"; the fields between the options
/// and the dash may be any number.
std::optional<Mount> parseMount(std::string_view line)
{
    Mount mount;
    if (!takeNumber(takeField(line), mount.id) || !takeNumber(takeField(line), mount.parent))
        return std::nullopt;
    const std::string_view device = takeField(line);
    const std::size_t colon = device.find(':');
    if (colon == std::string_view::npos || !takeNumber(device.substr(0, colon), mount.major) ||
        !takeNumber(device.substr(colon + 1), mount.minor))
        return std::nullopt;
    mount.root = withoutOctalEscapes(takeField(line));
    mount.mountPoint = withoutOctalEscapes(takeField(line));
    mount.options = takeField(line);
    std::string_view field;
    do {
        field = takeField(line);
        if (field.empty())
            return std::nullopt;
    } while (field != "-");
    mount.type = withoutOctalEscapes(takeField(line));
    // A source may be empty: two blanks in a row then stand before the last field.
    if (line.starts_with("  "))
        mount.source.clear();
    else
        mount.source = withoutOctalEscapes(takeField(line));
    mount.superOptions = takeField(line);
    if (!mount.mountPoint.starts_with('/') || mount.type.empty() || mount.superOptions.empty())
        return std::nullopt;
    return mount;
}

} // namespace

bool Mount::readOnly() const
{
    return hasOption(options, "ro") || hasOption(superOptions, "ro");
}

Result<MountTable> parseMountInfo(std::string_view text)
{
    MountTable table;
    std::string_view line;
    while (takeLine(text, line)) {
        if (auto mount = parseMount(line))
            table.mounts.push_back(std::move(*mount));
        else
            ++table.broken;
    }
    if (table.mounts.empty())
        return fail(ErrorCode::Malformed, "the mount table holds no mount");
    return table;
}

FileSystemTypes parseFileSystemTypes(std::string_view text)
{
    FileSystemTypes types;
    std::string_view line;
    while (takeLine(text, line)) {
        const bool onDevice = line.starts_with('\t');
        const std::string_view first = takeField(line);
        const std::string_view second = takeField(line);
        if (first == "nodev" && !second.empty())
            types.withoutDevice.emplace_back(second);
        else if (onDevice && !first.empty() && second.empty())
            types.onDevice.emplace_back(first);
    }
    return types;
}

std::string withoutOctalEscapes(std::string_view text)
{
    std::string plain;
    plain.reserve(text.size());
    for (std::size_t i = 0; i < text.size(); ++i) {
        if (text[i] == '\\' && i + 3 < text.size() && text[i + 1] <= '3' && isOctal(text[i + 1]) &&
            isOctal(text[i + 2]) && isOctal(text[i + 3])) {
            plain += static_cast<char>((text[i + 1] - '0') * 64 + (text[i + 2] - '0') * 8 + (text[i + 3] - '0'));
            i += 3;
        } else {
            plain += text[i];
        }
    }
    return plain;
}

bool hasOption(std::string_view list, std::string_view option)
{
    while (!list.empty()) {
        const std::size_t comma = list.find(',');
        if (list.substr(0, comma) == option)
            return true;
        list.remove_prefix(comma == std::string_view::npos ? list.size() : comma + 1);
    }
    return false;
}

} // namespace sextant::platform::parse
