// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/gpu.h"

namespace sextant::platform {

struct GpuReader::State {};

GpuReader::GpuReader(Roots) {}

GpuReader::~GpuReader() = default;

Result<GpuReading> GpuReader::read()
{
    return fail(ErrorCode::NotAvailable, "this system has no interface to graphics processors that can be linked here");
}

} // namespace sextant::platform
