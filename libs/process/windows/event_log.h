// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "logging/log.h"
#include "metrics/result.h"

#include <memory>
#include <string>
#include <string_view>

namespace sextant::process {

/// The Application log of Windows, under a source of our own. Its texts come from the message table in the program
/// (messages.mc): event 1 is information, 2 a warning, 3 an error. Thread safe. An event that the system does not take
/// is lost: there is nowhere left to say so.
class EventLog {
public:
    explicit EventLog(std::string_view source);
    ~EventLog();
    EventLog(const EventLog&) = delete;
    EventLog& operator=(const EventLog&) = delete;

    /// `text`: at most 31,839 characters, what is more is cut off (the limit of ReportEventW); eventText() of it.
    void report(logging::Level level, std::string_view text) const;

private:
    void* m_handle;
};

/// A text as an event may hold it. Who shows events takes "%12" in it for a place to put something, as in the address
/// "fe80::1%12", and may then show nothing at all: a space is put behind such a "%".
[[nodiscard]] std::string eventText(std::string_view text);

/// Tells Windows which program has the texts for `source`, in the registry below Services\EventLog\Application of
/// HKLM. Denied without the rights of an administrator.
[[nodiscard]] Result<void> registerEventSource(std::string_view source, std::string_view executable);
/// Takes that back; not there: no error.
[[nodiscard]] Result<void> unregisterEventSource(std::string_view source);

} // namespace sextant::process
