// SPDX-License-Identifier: GPL-3.0-or-later
// "Choose your default app mode" of Windows' settings: AppsUseLightTheme in the registry, 0 dark, 1 light; not there
// before Windows 10 1607.
#include "console/theme/system_theme.h"

#include <QWinEventNotifier>

#include <windows.h>

#include <memory>
#include <optional>
#include <type_traits>

namespace sextant::console {
namespace {

constexpr const wchar_t* kPath = L"Software\\Microsoft\\Windows\\CurrentVersion\\Themes\\Personalize";

struct Close {
    void operator()(HKEY key) const { RegCloseKey(key); }
    void operator()(HANDLE handle) const { CloseHandle(handle); }
};
using Key = std::unique_ptr<std::remove_pointer_t<HKEY>, Close>;
using Event = std::unique_ptr<std::remove_pointer_t<HANDLE>, Close>;

/// Looks at the user's choice, and again each time that the registry's key of it changes. Windows says one change of a
/// key for each time that it was asked to.
class AppMode : public QObject {
public:
    AppMode(SystemTheme* theme, Key key, Event event)
        : QObject(theme), m_theme(theme), m_key(std::move(key)), m_event(std::move(event)), m_notifier(m_event.get())
    {
        connect(&m_notifier, &QWinEventNotifier::activated, this, &AppMode::look);
        look();
    }

private:
    void look()
    {
        // Asked before it is read: a change in between is told.
        RegNotifyChangeKeyValue(m_key.get(), FALSE, REG_NOTIFY_CHANGE_LAST_SET, m_event.get(), TRUE);
        DWORD light = 0;
        DWORD size = sizeof light;
        const LSTATUS read =
            RegGetValueW(m_key.get(), nullptr, L"AppsUseLightTheme", RRF_RT_REG_DWORD, nullptr, &light, &size);
        const bool dark = light == 0;
        if (read != ERROR_SUCCESS || m_dark == dark)
            return;
        m_dark = dark;
        emit m_theme->darkWanted(dark);
    }

    SystemTheme* m_theme;
    Key m_key;
    Event m_event;
    QWinEventNotifier m_notifier;
    std::optional<bool> m_dark; ///< what was said last
};

} // namespace

void SystemTheme::start()
{
    HKEY key = nullptr;
    if (RegOpenKeyExW(HKEY_CURRENT_USER, kPath, 0, KEY_QUERY_VALUE | KEY_NOTIFY, &key) != ERROR_SUCCESS)
        return;
    Key opened(key);
    Event event(CreateEventW(nullptr, FALSE, FALSE, nullptr));
    if (event)
        new AppMode(this, std::move(opened), std::move(event)); // a child of this
}

} // namespace sextant::console
