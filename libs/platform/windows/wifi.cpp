// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/wifi.h"

#include "platform/parse/windows_layout.h"
#include "platform/parse/windows_wifi.h"
#include "platform/shared_library.h"
#include "platform/windows/wide.h"
#include "platform/windows/windows_api.h"
#include "platform/windows/windows_error.h"

#include <wlanapi.h>

#include <array>
#include <cstring>
#include <utility>

namespace sextant::platform {
namespace {

/// The most that is taken of one answer: a list of access points has some KiB for each.
constexpr std::size_t kAnswerBytes = std::size_t{4} << 20;

/// The functions of wlanapi.dll, which only servers with the feature "Wireless LAN Service" have.
struct WlanFunctions {
    DWORD(WINAPI* open)(DWORD, void*, DWORD*, HANDLE*) = nullptr;
    DWORD(WINAPI* close)(HANDLE, void*) = nullptr;
    void(WINAPI* freeMemory)(void*) = nullptr;
    DWORD(WINAPI* enumerate)(HANDLE, void*, WLAN_INTERFACE_INFO_LIST**) = nullptr;
    DWORD(WINAPI* query)
    (HANDLE, const GUID*, WLAN_INTF_OPCODE, void*, DWORD*, void**, WLAN_OPCODE_VALUE_TYPE*) = nullptr;
    DWORD(WINAPI* accessPoints)
    (HANDLE, const GUID*, const DOT11_SSID*, DOT11_BSS_TYPE, BOOL, void*, WLAN_BSS_LIST**) = nullptr;

    [[nodiscard]] bool find(const SharedLibrary& library)
    {
        return library.find("WlanOpenHandle", open) && library.find("WlanCloseHandle", close) &&
               library.find("WlanFreeMemory", freeMemory) && library.find("WlanEnumInterfaces", enumerate) &&
               library.find("WlanQueryInterface", query) && library.find("WlanGetNetworkBssList", accessPoints);
    }
};

GUID toGuid(const parse::Guid& bytes)
{
    GUID guid{};
    static_assert(sizeof(guid) == sizeof(bytes));
    std::memcpy(&guid, bytes.data(), sizeof(guid));
    return guid;
}

/// A session with the WLAN service, closed at the end.
class WlanSession final : public parse::WlanQuestions {
public:
    explicit WlanSession(const WlanFunctions& functions) : m_wlan(functions) {}
    ~WlanSession() override
    {
        if (m_session != nullptr)
            m_wlan.close(m_session, nullptr);
    }

    /// NotAvailable when the service does not run.
    [[nodiscard]] Result<void> open()
    {
        constexpr DWORD kSinceVista = 2;
        DWORD version = 0;
        const DWORD code = m_wlan.open(kSinceVista, nullptr, &version, &m_session);
        if (code == ERROR_SERVICE_NOT_ACTIVE)
            return fail(ErrorCode::NotAvailable, "Windows' WLAN service does not run");
        return code == ERROR_SUCCESS ? Result<void>() : tl::unexpected(windowsError(code, "the WLAN service"));
    }

    [[nodiscard]] Result<std::vector<std::byte>> interfaces() override
    {
        WLAN_INTERFACE_INFO_LIST* list = nullptr;
        const DWORD code = m_wlan.enumerate(m_session, nullptr, &list);
        using Layout = parse::windows::WlanInterfaceLayout;
        const std::size_t rows = code == ERROR_SUCCESS && list != nullptr ? list->dwNumberOfItems : 0;
        return take(code, list, Layout::kHeader + rows * Layout::kSize, "the wireless interfaces");
    }
    [[nodiscard]] Result<std::vector<std::byte>> connection(const parse::Guid& adapter) override
    {
        return ask(adapter, wlan_intf_opcode_current_connection, "the wireless connection");
    }
    [[nodiscard]] Result<std::vector<std::byte>> signal(const parse::Guid& adapter) override
    {
        return ask(adapter, wlan_intf_opcode_rssi, "the wireless signal");
    }
    [[nodiscard]] Result<std::vector<std::byte>> accessPoints(const parse::Guid& adapter) override
    {
        const GUID guid = toGuid(adapter);
        WLAN_BSS_LIST* list = nullptr;
        const DWORD code = m_wlan.accessPoints(m_session, &guid, nullptr, dot11_BSS_type_any, FALSE, nullptr, &list);
        const std::size_t size = code == ERROR_SUCCESS && list != nullptr ? list->dwTotalSize : 0;
        return take(code, list, size, "the access points");
    }
    [[nodiscard]] std::string alias(const parse::Guid& adapter) override
    {
        const GUID guid = toGuid(adapter);
        NET_LUID luid{};
        std::array<wchar_t, NDIS_IF_MAX_STRING_SIZE + 1> name{};
        if (::ConvertInterfaceGuidToLuid(&guid, &luid) != NO_ERROR ||
            ::ConvertInterfaceLuidToAlias(&luid, name.data(), name.size()) != NO_ERROR)
            return {};
        return toUtf8(name.data());
    }

private:
    Result<std::vector<std::byte>> ask(const parse::Guid& adapter, WLAN_INTF_OPCODE what, const std::string& words)
    {
        const GUID guid = toGuid(adapter);
        DWORD size = 0;
        void* data = nullptr;
        const DWORD code = m_wlan.query(m_session, &guid, what, nullptr, &size, &data, nullptr);
        return take(code, data, size, words);
    }

    /// A copy of what the service gave, which is freed.
    Result<std::vector<std::byte>> take(DWORD code, void* given, std::size_t size, const std::string& what)
    {
        Result<std::vector<std::byte>> bytes;
        if (code != ERROR_SUCCESS)
            bytes = tl::unexpected(windowsError(code, what));
        else if (given == nullptr)
            bytes = tl::unexpected(Error{ErrorCode::Io, "Windows gives nothing for " + what});
        else if (size > kAnswerBytes)
            bytes = tl::unexpected(Error{ErrorCode::TooLarge, what + " are " + std::to_string(size) + " bytes"});
        else
            bytes->assign(static_cast<const std::byte*>(given), static_cast<const std::byte*>(given) + size);
        if (given != nullptr)
            m_wlan.freeMemory(given);
        return bytes;
    }

    const WlanFunctions& m_wlan;
    HANDLE m_session = nullptr;
};

} // namespace

struct WifiReader::State {
    std::optional<SharedLibrary> library; ///< once it was found
    WlanFunctions functions;
};

WifiReader::WifiReader(Roots) : m_state(std::make_unique<State>()) {}

WifiReader::~WifiReader() = default;

Result<WifiReading> WifiReader::read()
{
    if (!m_state->library) {
        auto library = SharedLibrary::load("wlanapi.dll");
        if (!library)
            return tl::unexpected(library.error());
        if (!m_state->functions.find(*library))
            return fail(ErrorCode::NotAvailable, "wlanapi.dll lacks a function");
        m_state->library = std::move(*library);
    }
    WlanSession session(m_state->functions);
    return session.open().and_then([&session] { return parse::readWlan(session); });
}

} // namespace sextant::platform
