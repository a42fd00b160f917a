// SPDX-License-Identifier: GPL-3.0-or-later
#pragma once

#include "agent-service/collect/collector.h"
#include "platform/disks.h"

#include <utility>

namespace sextant::agent {

/// The family `disk`, a row per file system. The same on every system.
[[nodiscard]] metrics::Frame diskFrame(const Tick& tick, const platform::DisksReading& reading);

/// Family `disk`: a row per mounted file system. One that hangs is reported as not responding, by the reader's own
/// deadline; the others have their sizes all the same.
class DiskCollector final : public Collector {
public:
    DiskCollector(platform::Roots roots, platform::DisksOptions options)
        : m_reader(std::move(roots), std::move(options))
    {
    }

    [[nodiscard]] std::string_view name() const override { return "disk"; }
    [[nodiscard]] Result<Collected> collect(const Tick& tick) override;

private:
    platform::DisksReader m_reader;
};

} // namespace sextant::agent
