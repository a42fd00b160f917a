// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/windows/event_query.h"

#include "platform/parse/fields.h"
#include "platform/windows/wide.h"
#include "platform/windows/windows_api.h"
#include "platform/windows/windows_error.h"

#include <winevt.h>

#include <cstddef>
#include <map>
#include <memory>
#include <string_view>
#include <vector>

namespace sextant::platform {
namespace {

struct CloseTheEvent {
    using pointer = EVT_HANDLE;
    void operator()(EVT_HANDLE handle) const { ::EvtClose(handle); }
};
using EventHandle = std::unique_ptr<EVT_HANDLE, CloseTheEvent>;

using Publishers = std::map<std::wstring, EventHandle>;

/// The system's part of an event, as values. The texts lie in `room`.
struct SystemValues {
    std::vector<EVT_VARIANT> room;

    [[nodiscard]] const EVT_VARIANT& operator[](EVT_SYSTEM_PROPERTY_ID id) const { return room[id]; }
};

std::optional<SystemValues> render(EVT_HANDLE context, EVT_HANDLE event)
{
    SystemValues values;
    values.room.resize(256);
    for (int attempt = 0; attempt < 2; ++attempt) {
        const auto size = static_cast<DWORD>(values.room.size() * sizeof(EVT_VARIANT));
        DWORD used = 0;
        DWORD count = 0;
        if (::EvtRender(context, event, EvtRenderEventValues, size, values.room.data(), &used, &count) != 0)
            return count >= EvtSystemPropertyIdEND ? std::optional(std::move(values)) : std::nullopt;
        if (::GetLastError() != ERROR_INSUFFICIENT_BUFFER)
            break;
        values.room.resize(used / sizeof(EVT_VARIANT) + 1);
    }
    return std::nullopt;
}

/// The event in its source's words; nothing where it has none for it.
std::optional<std::string> messageOf(EVT_HANDLE event, const std::wstring& source, Publishers& publishers)
{
    const auto [publisher, isNew] = publishers.try_emplace(source);
    if (isNew)
        publisher->second.reset(::EvtOpenPublisherMetadata(nullptr, source.c_str(), nullptr, 0, 0));
    if (!publisher->second)
        return std::nullopt;
    std::wstring text(1 << 15, L'\0');
    DWORD used = 0;
    const bool whole = ::EvtFormatMessage(publisher->second.get(), event, 0, 0, nullptr, EvtFormatMessageEvent,
                           static_cast<DWORD>(text.size()), text.data(), &used) != 0;
    // Many sources have more places in their words than values: those stay as they are ("%3"), the words are there.
    const DWORD error = whole ? ERROR_SUCCESS : ::GetLastError();
    const bool partly = error == ERROR_EVT_UNRESOLVED_VALUE_INSERT || error == ERROR_EVT_UNRESOLVED_PARAMETER_INSERT ||
                        error == ERROR_EVT_MAX_INSERTS_REACHED;
    if ((!whole && !partly) || used == 0 || used > text.size())
        return std::nullopt;
    return toUtf8(std::wstring_view(text).substr(0, used - 1));
}

std::optional<WorkerRow> describe(EVT_HANDLE context, EVT_HANDLE event, Publishers& publishers)
{
    const auto values = render(context, event);
    if (!values)
        return std::nullopt;
    const EVT_VARIANT& source = (*values)[EvtSystemProviderName];
    if (source.Type != EvtVarTypeString)
        return std::nullopt;
    const std::wstring name = source.StringVal;
    return WorkerRow{std::to_string((*values)[EvtSystemEventRecordId].UInt64Val),
        std::to_string((*values)[EvtSystemTimeCreated].FileTimeVal), std::to_string((*values)[EvtSystemLevel].ByteVal),
        toUtf8(name), std::to_string((*values)[EvtSystemEventID].UInt16Val), messageOf(event, name, publishers)};
}

} // namespace

Result<WorkerRows> queryEvents(std::span<const std::optional<std::string>> arguments)
{
    const auto limit = arguments.size() == 2 && arguments[1] ? parse::toUnsigned(*arguments[1]) : std::nullopt;
    if (!limit || !arguments[0])
        return fail(ErrorCode::Invalid, "events are asked for with a log and a number");
    const std::string what = "the event log " + *arguments[0];
    const auto failed = [&what] {
        const Error error = lastError(what);
        return fail(ErrorCode::NotAvailable, error.message);
    };
    const EventHandle query(::EvtQuery(nullptr, toWide(*arguments[0]).c_str(), L"*[System[(Level=1 or Level=2)]]",
        EvtQueryChannelPath | EvtQueryReverseDirection));
    if (!query)
        return failed();
    const EventHandle context(::EvtCreateRenderContext(0, nullptr, EvtRenderContextSystem));
    if (!context)
        return failed();
    WorkerRows rows;
    Publishers publishers;
    while (rows.size() < *limit) {
        EVT_HANDLE next = nullptr;
        DWORD count = 0;
        if (::EvtNext(query.get(), 1, &next, INFINITE, 0, &count) == 0)
            break; // there are no more
        const EventHandle event(next);
        if (auto row = describe(context.get(), event.get(), publishers))
            rows.push_back(std::move(*row));
    }
    return rows;
}

} // namespace sextant::platform
