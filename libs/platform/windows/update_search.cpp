// SPDX-License-Identifier: GPL-3.0-or-later
// Source: Microsoft's "Windows Update Agent API", IUpdateSearcher::Search and IUpdate.
#include "platform/windows/update_search.h"

#include "platform/windows/wide.h"
#include "platform/windows/windows_api.h"

#include <oleauto.h>
#include <wrl/client.h>
#include <wuapi.h>

#include <algorithm>
#include <array>
#include <cstdio>

namespace sextant::platform {
namespace {

using Microsoft::WRL::ComPtr;

constexpr LONG kMaxUpdates = 10'000;

/// A text that COM gave, freed at the end.
class GivenText {
public:
    GivenText() = default;
    ~GivenText() { ::SysFreeString(m_text); }
    GivenText(const GivenText&) = delete;
    GivenText& operator=(const GivenText&) = delete;

    [[nodiscard]] BSTR* out() { return &m_text; }
    [[nodiscard]] std::string text() const
    {
        return m_text == nullptr ? std::string() : toUtf8(std::wstring_view(m_text, ::SysStringLen(m_text)));
    }

private:
    BSTR m_text = nullptr;
};

tl::unexpected<Error> searchError(HRESULT result)
{
    constexpr auto kServiceDisabled = static_cast<HRESULT>(0x80070422);
    constexpr std::array kAbsent{E_NOTIMPL, REGDB_E_CLASSNOTREG, E_ACCESSDENIED, kServiceDisabled, E_NOINTERFACE};
    std::array<char, 16> code{};
    std::snprintf(code.data(), code.size(), "0x%08lx", static_cast<unsigned long>(result));
    const bool absent = std::ranges::find(kAbsent, result) != kAbsent.end();
    return fail(absent ? ErrorCode::NotAvailable : ErrorCode::Io,
        std::string("Windows Update does not tell of updates: ") + code.data());
}

void append(std::string& list, const std::string& text)
{
    if (!text.empty())
        list += (list.empty() ? "" : ",") + text;
}

std::string articlesOf(IUpdate& update)
{
    ComPtr<IStringCollection> articles;
    LONG count = 0;
    std::string list;
    if (FAILED(update.get_KBArticleIDs(articles.GetAddressOf())) || FAILED(articles->get_Count(&count)))
        return list;
    for (LONG i = 0; i < count; ++i) {
        GivenText article;
        if (SUCCEEDED(articles->get_Item(i, article.out())))
            append(list, article.text());
    }
    return list;
}

std::string categoriesOf(IUpdate& update)
{
    ComPtr<ICategoryCollection> categories;
    LONG count = 0;
    std::string list;
    if (FAILED(update.get_Categories(categories.GetAddressOf())) || FAILED(categories->get_Count(&count)))
        return list;
    for (LONG i = 0; i < count; ++i) {
        ComPtr<ICategory> category;
        GivenText id;
        if (SUCCEEDED(categories->get_Item(i, category.GetAddressOf())) &&
            SUCCEEDED(category->get_CategoryID(id.out())))
            append(list, id.text());
    }
    return list;
}

WorkerRow rowOf(IUpdate& update)
{
    GivenText title;
    GivenText severity;
    WorkerRow row(4);
    if (SUCCEEDED(update.get_Title(title.out())))
        row[0] = title.text();
    row[1] = articlesOf(update);
    if (SUCCEEDED(update.get_MsrcSeverity(severity.out())))
        row[2] = severity.text();
    row[3] = categoriesOf(update);
    return row;
}

HRESULT search(ComPtr<IUpdateCollection>& updates)
{
    HRESULT result = ::CoInitializeEx(nullptr, COINIT_MULTITHREADED);
    ComPtr<IUpdateSession> session;
    if (SUCCEEDED(result))
        result = ::CoCreateInstance(__uuidof(UpdateSession), nullptr, CLSCTX_INPROC_SERVER, __uuidof(IUpdateSession),
            reinterpret_cast<void**>(session.GetAddressOf()));
    ComPtr<IUpdateSearcher> searcher;
    if (SUCCEEDED(result))
        result = session->CreateUpdateSearcher(searcher.GetAddressOf());
    if (SUCCEEDED(result))
        result = searcher->put_Online(VARIANT_FALSE);
    ComPtr<ISearchResult> found;
    if (SUCCEEDED(result)) {
        BSTR const criteria = ::SysAllocString(L"IsInstalled=0 and IsHidden=0");
        result = searcher->Search(criteria, found.GetAddressOf());
        ::SysFreeString(criteria);
    }
    return SUCCEEDED(result) ? found->get_Updates(updates.GetAddressOf()) : result;
}

} // namespace

Result<WorkerRows> searchUpdates(std::span<const std::optional<std::string>>)
{
    ComPtr<IUpdateCollection> updates;
    LONG count = 0;
    HRESULT result = search(updates);
    if (SUCCEEDED(result))
        result = updates->get_Count(&count);
    if (FAILED(result))
        return searchError(result);
    WorkerRows rows;
    for (LONG i = 0; i < std::min(count, kMaxUpdates); ++i) {
        ComPtr<IUpdate> update;
        if (SUCCEEDED(updates->get_Item(i, update.GetAddressOf())))
            rows.push_back(rowOf(*update.Get()));
    }
    return rows;
}

} // namespace sextant::platform
