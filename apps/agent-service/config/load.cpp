// SPDX-License-Identifier: GPL-3.0-or-later
#include "agent-service/config/load.h"

#include "agent-service/config/toml_file.h"

#include <algorithm>
#include <string_view>
#include <utility>

namespace sextant::agent {
namespace {

std::string unknownKey(std::string_view key)
{
    const std::string_view meant = nearestKey(key);
    std::string text = "unknown key \"" + std::string(key) + "\"";
    if (!meant.empty())
        text += "; did you mean \"" + std::string(meant) + "\"?";
    return text;
}

Result<void> applyEntry(Settings& settings, const TomlEntry& entry)
{
    const Setting* setting = findSetting(entry.key);
    if (!setting)
        return fail(ErrorCode::Invalid, unknownKey(entry.key));
    const bool isBytes = std::holds_alternative<BytesRange>(setting->value);
    const bool fits = setting->isText()
                          ? entry.kind == TomlEntry::Kind::Text || (isBytes && entry.kind == TomlEntry::Kind::Number)
                          : entry.kind == TomlEntry::Kind::Flag;
    if (!fits) {
        return fail(ErrorCode::Invalid,
            entry.key + ": expected " +
                (setting->isText() ? "text in quotes (" + setting->range() + ")" : setting->range()));
    }
    return setting->set(settings, entry.text);
}

class Loader {
public:
    void file(const ConfigSources& sources)
    {
        const auto entries = readTomlFile(sources.file);
        if (!entries) {
            if (entries.error().code != ErrorCode::NotFound || sources.fileRequired)
                mistake(entries.error().message);
            return;
        }
        for (const TomlEntry& entry : *entries) {
            if (const auto applied = applyEntry(m_loaded.settings, entry); !applied)
                mistake(sources.file + ":" + std::to_string(entry.line) + ": " + applied.error().message);
        }
    }

    void variables(const std::map<std::string, std::string>& variables)
    {
        for (const auto& [name, text] : variables) {
            const auto setting = std::ranges::find(allSettings(), name, &Setting::environmentName);
            if (setting == allSettings().end())
                m_loaded.warnings.push_back("variable " + name + ": is no setting of the agent");
            else if (const auto applied = setting->set(m_loaded.settings, text); !applied)
                mistake("variable " + name + ": " + applied.error().message);
        }
    }

    void flags(const std::map<std::string, std::string>& flags)
    {
        for (const auto& [key, text] : flags) {
            const Setting* setting = findSetting(key);
            if (!setting)
                mistake("flag: " + unknownKey(key));
            else if (const auto applied = setting->set(m_loaded.settings, text); !applied)
                mistake("flag " + setting->flagName() + ": " + applied.error().message);
        }
    }

    Result<LoadedSettings> take()
    {
        if (!m_mistakes.empty())
            return fail(ErrorCode::Invalid, std::move(m_mistakes));
        return std::move(m_loaded);
    }

private:
    void mistake(const std::string& text)
    {
        if (!m_mistakes.empty())
            m_mistakes += '\n';
        m_mistakes += text;
    }

    LoadedSettings m_loaded;
    std::string m_mistakes;
};

} // namespace

Result<LoadedSettings> loadSettings(const ConfigSources& sources)
{
    Loader loader;
    loader.file(sources);
    loader.variables(sources.variables);
    loader.flags(sources.flags);
    return loader.take();
}

} // namespace sextant::agent
