// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/parse/windows_storage.h"

#include "platform/parse/fields.h"
#include "platform/parse/windows_layout.h"

namespace sextant::platform::parse {

Result<Disk> parseStorageDescriptor(RawBytes bytes)
{
    using Layout = windows::StorageDescriptorLayout;
    if (bytes.size() < Layout::kFixedSize)
        return fail(ErrorCode::Malformed, "a description of a disk has " + std::to_string(bytes.size()) + " bytes");
    const auto text = [&](std::size_t offset) {
        const auto at = numberAt<std::uint32_t>(bytes, offset); // 0: there is none
        return at < Layout::kFixedSize ? std::string() : std::string(trimmed(textAt(bytes, at, bytes.size())));
    };
    Disk disk;
    disk.model = text(Layout::kVendorId);
    if (const std::string product = text(Layout::kProductId); !product.empty())
        disk.model += (disk.model.empty() ? "" : " ") + product;
    disk.serial = text(Layout::kSerialNumber);
    return disk;
}

} // namespace sextant::platform::parse
