// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/windows/wmi.h"

#include "platform/windows/wide.h"
#include "platform/windows/windows_api.h"

#include <oleauto.h>
#include <wbemcli.h>
#include <wrl/client.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <string_view>
#include <utility>

namespace sextant::platform {
namespace {

using Microsoft::WRL::ComPtr;

constexpr std::size_t kMaxObjects = 10'000;

/// A text as COM wants it.
class Text {
public:
    explicit Text(const std::string& text) : m_text(::SysAllocString(toWide(text).c_str())) {}
    ~Text() { ::SysFreeString(m_text); }
    Text(const Text&) = delete;
    Text& operator=(const Text&) = delete;

    [[nodiscard]] BSTR get() const { return m_text; }

private:
    BSTR m_text;
};

/// WMI for this process: prepared with the first question, for good.
HRESULT prepare()
{
    static const HRESULT result = [] {
        const HRESULT begun = ::CoInitializeEx(nullptr, COINIT_MULTITHREADED);
        if (FAILED(begun))
            return begun;
        return ::CoInitializeSecurity(nullptr, -1, nullptr, nullptr, RPC_C_AUTHN_LEVEL_DEFAULT,
            RPC_C_IMP_LEVEL_IMPERSONATE, nullptr, EOAC_NONE, nullptr);
    }();
    return result;
}

tl::unexpected<Error> wmiError(HRESULT result, const std::string& what)
{
    std::array<char, 16> code{};
    std::snprintf(code.data(), code.size(), "0x%08lx", static_cast<unsigned long>(result));
    constexpr std::array kAbsent{WBEM_E_INVALID_CLASS, WBEM_E_INVALID_NAMESPACE, WBEM_E_NOT_FOUND, WBEM_E_NOT_SUPPORTED,
        WBEM_E_NOT_AVAILABLE, WBEM_E_ACCESS_DENIED, WBEM_E_INVALID_QUERY, WBEM_E_PROVIDER_NOT_FOUND};
    const bool absent = result == E_ACCESSDENIED || result == REGDB_E_CLASSNOTREG ||
                        std::ranges::find(kAbsent, static_cast<WBEMSTATUS>(result)) != kAbsent.end();
    return fail(absent ? ErrorCode::NotAvailable : ErrorCode::Io, "WMI does not tell of " + what + ": " + code.data());
}

/// 32 bits come signed whatever they are, 64 bits as a text.
std::optional<std::string> textOf(const VARIANT& value, CIMTYPE type)
{
    switch (value.vt) {
    case VT_BSTR:
        return toUtf8(std::wstring_view(value.bstrVal, ::SysStringLen(value.bstrVal)));
    case VT_BOOL:
        return value.boolVal == VARIANT_FALSE ? "0" : "1";
    case VT_UI1:
        return std::to_string(value.bVal);
    case VT_I2:
        return std::to_string(value.iVal);
    case VT_I4:
        return type == CIM_UINT32 ? std::to_string(static_cast<std::uint32_t>(value.lVal)) : std::to_string(value.lVal);
    case VT_R4:
        return std::to_string(value.fltVal);
    case VT_R8:
        return std::to_string(value.dblVal);
    default:
        return std::nullopt;
    }
}

std::optional<std::string> propertyOf(IWbemClassObject& object, const std::string& name)
{
    VARIANT value;
    ::VariantInit(&value);
    CIMTYPE type = 0;
    std::optional<std::string> text;
    if (SUCCEEDED(object.Get(toWide(name).c_str(), 0, &value, &type, nullptr)))
        text = textOf(value, type);
    ::VariantClear(&value);
    return text;
}

Result<ComPtr<IWbemServices>> connect(const std::string& space)
{
    HRESULT result = prepare();
    ComPtr<IWbemLocator> locator;
    if (SUCCEEDED(result))
        result = ::CoCreateInstance(CLSID_WbemLocator, nullptr, CLSCTX_INPROC_SERVER, IID_IWbemLocator,
            reinterpret_cast<void**>(locator.GetAddressOf()));
    ComPtr<IWbemServices> services;
    if (SUCCEEDED(result))
        result = locator->ConnectServer(
            Text(space).get(), nullptr, nullptr, nullptr, 0, nullptr, nullptr, services.GetAddressOf());
    if (SUCCEEDED(result))
        result = ::CoSetProxyBlanket(services.Get(), RPC_C_AUTHN_WINNT, RPC_C_AUTHZ_NONE, nullptr,
            RPC_C_AUTHN_LEVEL_CALL, RPC_C_IMP_LEVEL_IMPERSONATE, nullptr, EOAC_NONE);
    if (FAILED(result))
        return wmiError(result, space);
    return services;
}

std::string queryOf(const std::string& from, const std::vector<std::string>& columns)
{
    std::string query = "SELECT ";
    for (const std::string& column : columns)
        query += (&column == &columns.front() ? "" : ", ") + column;
    return query + " FROM " + from;
}

} // namespace

Result<WorkerRows> queryWmi(std::span<const std::optional<std::string>> arguments)
{
    if (arguments.size() < 3 || !std::ranges::all_of(arguments, &std::optional<std::string>::has_value))
        return fail(ErrorCode::Invalid, "WMI is asked for a namespace, a class and columns");
    const std::string& from = *arguments[1];
    std::vector<std::string> columns;
    for (const std::optional<std::string>& column : arguments.subspan(2))
        columns.push_back(*column);
    const auto services = connect(*arguments[0]);
    if (!services)
        return tl::unexpected(services.error());
    ComPtr<IEnumWbemClassObject> objects;
    HRESULT result = (*services)->ExecQuery(Text("WQL").get(), Text(queryOf(from, columns)).get(),
        WBEM_FLAG_FORWARD_ONLY | WBEM_FLAG_RETURN_IMMEDIATELY, nullptr, objects.GetAddressOf());
    WorkerRows rows;
    while (result == WBEM_S_NO_ERROR && rows.size() < kMaxObjects) {
        ComPtr<IWbemClassObject> object;
        ULONG count = 0;
        result = objects->Next(static_cast<LONG>(WBEM_INFINITE), 1, object.GetAddressOf(), &count);
        if (result != WBEM_S_NO_ERROR)
            break;
        WorkerRow& row = rows.emplace_back();
        for (const std::string& column : columns)
            row.push_back(propertyOf(*object.Get(), column));
    }
    if (FAILED(result))
        return wmiError(result, from);
    if (rows.empty())
        return fail(ErrorCode::NotAvailable, "WMI has no objects of " + from);
    return rows;
}

} // namespace sextant::platform
