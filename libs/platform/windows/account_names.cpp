// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/windows/account_names.h"

#include "platform/windows/wide.h"
#include "platform/windows/windows_api.h"

#include <array>
#include <condition_variable>
#include <deque>
#include <map>
#include <mutex>
#include <system_error>
#include <thread>

namespace sextant::platform {
namespace {

using Sid = std::string; ///< its bytes

std::string textOf(PSID sid)
{
    wchar_t* text = nullptr;
    if (::ConvertSidToStringSidW(sid, &text) == 0)
        return {};
    std::string result = toUtf8(text);
    ::LocalFree(text);
    return result;
}

std::string ask(Sid sid)
{
    std::array<wchar_t, 257> name{};
    std::array<wchar_t, 257> domain{};
    auto nameSize = static_cast<DWORD>(name.size());
    auto domainSize = static_cast<DWORD>(domain.size());
    SID_NAME_USE use{};
    if (::LookupAccountSidW(nullptr, sid.data(), name.data(), &nameSize, domain.data(), &domainSize, &use) == 0)
        return textOf(sid.data());
    const std::string account = toUtf8(name.data());
    return domain[0] == L'\0' ? account : toUtf8(domain.data()) + '\\' + account;
}

} // namespace

/// All of it is guarded by `mutex`. The thread that asks holds it by shared pointer.
struct AccountNames::Shared {
    std::mutex mutex;
    std::condition_variable answered;
    std::map<Sid, std::optional<std::string>> names; ///< nothing: asked for
    std::deque<Sid> questions;
    bool asking = false;
    bool stopping = false;

    static void run(const std::shared_ptr<Shared>& shared);
    void want(const std::shared_ptr<Shared>& shared, const Sid& sid);
};

/// The life of the thread: until no question is left.
void AccountNames::Shared::run(const std::shared_ptr<Shared>& shared)
{
    std::unique_lock lock(shared->mutex);
    while (!shared->questions.empty() && !shared->stopping) {
        const Sid sid = std::move(shared->questions.front());
        shared->questions.pop_front();
        lock.unlock();
        std::string name = ask(sid);
        lock.lock();
        shared->names[sid] = std::move(name);
        shared->answered.notify_all();
    }
    shared->asking = false;
}

void AccountNames::Shared::want(const std::shared_ptr<Shared>& shared, const Sid& sid)
{
    if (names.size() >= kLimit && questions.empty())
        names.clear();
    names[sid] = std::nullopt;
    questions.push_back(sid);
    if (asking)
        return;
    asking = true;
    try {
        std::thread([shared] { run(shared); }).detach();
    } catch (const std::system_error&) { // no thread now: the next list asks again
        asking = false;
        questions.clear();
        names.erase(sid);
    }
}

AccountNames::AccountNames() : m_shared(std::make_shared<Shared>())
{
    restart();
}

AccountNames::~AccountNames()
{
    const std::lock_guard lock(m_shared->mutex);
    m_shared->stopping = true;
}

void AccountNames::restart()
{
    m_deadline = std::chrono::steady_clock::now() + kPatience;
}

std::optional<std::string> AccountNames::nameOf(std::span<const std::byte> sid)
{
    const Sid key(reinterpret_cast<const char*>(sid.data()), sid.size());
    std::unique_lock lock(m_shared->mutex);
    if (!m_shared->names.contains(key))
        m_shared->want(m_shared, key);
    m_shared->answered.wait_until(lock, m_deadline, [&] { return m_shared->names[key].has_value(); });
    return m_shared->names[key];
}

} // namespace sextant::platform
