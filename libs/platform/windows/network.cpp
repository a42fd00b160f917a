// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/network.h"

#include "platform/parse/windows_interfaces.h"
#include "platform/parse/windows_layout.h"
#include "platform/windows/windows_api.h"
#include "platform/windows/windows_error.h"

namespace sextant::platform {
namespace {

struct FreeTheTable {
    void operator()(MIB_IF_TABLE2* table) const { ::FreeMibTable(table); }
};

} // namespace

/// Each read asks the system anew: there is nothing to keep.
struct NetworkReader::State {};

NetworkReader::NetworkReader(Roots) {}

NetworkReader::~NetworkReader() = default;

Result<NetworkReading> NetworkReader::read()
{
    MIB_IF_TABLE2* given = nullptr;
    const DWORD code = ::GetIfTable2(&given);
    if (code != NO_ERROR)
        return tl::unexpected(windowsError(code, "the network interfaces"));
    const std::unique_ptr<MIB_IF_TABLE2, FreeTheTable> table(given);
    using Layout = parse::windows::InterfaceLayout;
    const std::size_t size = Layout::kHeader + table->NumEntries * Layout::kSize;
    auto interfaces = parse::parseInterfaceTable({reinterpret_cast<const std::byte*>(table.get()), size});
    if (!interfaces)
        return tl::unexpected(interfaces.error());
    NetworkReading reading;
    reading.interfaces = std::move(*interfaces);
    return reading;
}

} // namespace sextant::platform
