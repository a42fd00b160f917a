// SPDX-License-Identifier: GPL-3.0-or-later
#include "process/windows/firewall.h"

#include "process/windows/wide_text.h"

#include <netfw.h>
#include <windows.h>

#include <functional>
#include <memory>

namespace sextant::process {
namespace {

struct Release {
    void operator()(IUnknown* object) const { object->Release(); }
};
template <typename T>
using Com = std::unique_ptr<T, Release>;

/// A BSTR for the time of a call.
class Text {
public:
    explicit Text(const std::string& text) : m_text(::SysAllocString(wide(text).c_str())) {}
    ~Text() { ::SysFreeString(m_text); }
    Text(const Text&) = delete;
    Text& operator=(const Text&) = delete;
    operator BSTR() const { return m_text; } // NOLINT(google-explicit-constructor): what every call takes

private:
    BSTR m_text;
};

/// Initialises COM on this thread for its scope.
class ComScope {
public:
    ComScope() : m_result(::CoInitializeEx(nullptr, COINIT_APARTMENTTHREADED)) {}
    ~ComScope()
    {
        if (SUCCEEDED(m_result))
            ::CoUninitialize();
    }
    ComScope(const ComScope&) = delete;
    ComScope& operator=(const ComScope&) = delete;

private:
    HRESULT m_result;
};

Result<void> checked(HRESULT result, const char* what)
{
    if (SUCCEEDED(result))
        return {};
    return fail(result == E_ACCESSDENIED ? ErrorCode::Denied : ErrorCode::Io,
        std::string("firewall: cannot ") + what + ": " + systemMessage(static_cast<unsigned long>(result)));
}

template <typename T>
Result<Com<T>> create(const CLSID& type, const IID& iid, const char* what)
{
    void* object = nullptr;
    const HRESULT result = ::CoCreateInstance(type, nullptr, CLSCTX_INPROC_SERVER, iid, &object);
    return checked(result, what).map([&] { return Com<T>(static_cast<T*>(object)); });
}

Result<void> withRules(const std::function<Result<void>(INetFwRules&)>& use)
{
    const ComScope com;
    return create<INetFwPolicy2>(__uuidof(NetFwPolicy2), __uuidof(INetFwPolicy2), "reach its policy")
        .and_then([&](const Com<INetFwPolicy2>& policy) {
            INetFwRules* rules = nullptr;
            return checked(policy->get_Rules(&rules), "show its rules").and_then([&] {
                const Com<INetFwRules> owned(rules);
                return use(*owned);
            });
        });
}

HRESULT describe(INetFwRule& rule, const std::string& name, const std::string& program, std::uint16_t port)
{
    const Text title(name);
    const Text path(program);
    const Text number(std::to_string(port));
    for (const HRESULT result :
        {rule.put_Name(title), rule.put_ApplicationName(path), rule.put_Protocol(NET_FW_IP_PROTOCOL_TCP),
            rule.put_LocalPorts(number), rule.put_Direction(NET_FW_RULE_DIR_IN), rule.put_Action(NET_FW_ACTION_ALLOW),
            rule.put_Enabled(VARIANT_TRUE)}) {
        if (FAILED(result))
            return result;
    }
    return S_OK;
}

} // namespace

Result<void> openPort(const std::string& rule, const std::string& program, std::uint16_t port)
{
    return withRules([&](INetFwRules& rules) {
        rules.Remove(Text(rule));
        return create<INetFwRule>(__uuidof(NetFwRule), __uuidof(INetFwRule), "make a rule")
            .and_then([&](const Com<INetFwRule>& made) {
                return checked(describe(*made, rule, program, port), "describe the rule").and_then([&] {
                    return checked(rules.Add(made.get()), "add the rule");
                });
            });
    });
}

Result<void> closePort(const std::string& rule)
{
    return withRules([&](INetFwRules& rules) {
        const HRESULT result = rules.Remove(Text(rule));
        return checked(result == HRESULT_FROM_WIN32(ERROR_FILE_NOT_FOUND) ? S_OK : result, "take the rule away");
    });
}

} // namespace sextant::process
