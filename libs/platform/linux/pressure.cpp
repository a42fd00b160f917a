// SPDX-License-Identifier: GPL-3.0-or-later
#include "platform/pressure.h"

#include "platform/linux/kernel_file.h"
#include "platform/parse/pressure_file.h"

#include <array>

namespace sextant::platform {

struct PressureReader::State {
    explicit State(const Roots& roots)
        : files{KernelFile(roots.proc + "/pressure/cpu"), KernelFile(roots.proc + "/pressure/memory"),
              KernelFile(roots.proc + "/pressure/io"), KernelFile(roots.proc + "/pressure/irq")}
    {
    }

    std::array<KernelFile, 4> files;
};

namespace {

constexpr std::array<const char*, 4> kResources{"cpu", "memory", "io", "irq"};

/// A kernel without pressure information has no files; one that has it switched off (psi=0) refuses to read them.
bool isAbsence(ErrorCode code)
{
    return code == ErrorCode::NotFound || code == ErrorCode::NotAvailable;
}

} // namespace

PressureReader::PressureReader(Roots roots) : m_state(std::make_unique<State>(roots)) {}

PressureReader::~PressureReader() = default;

Result<PressureReading> PressureReader::read()
{
    PressureReading reading;
    for (std::size_t i = 0; i < kResources.size(); ++i) {
        auto pressure = m_state->files[i].read().and_then(parse::parsePressure);
        if (pressure) {
            pressure->resource = kResources[i];
            reading.resources.push_back(std::move(*pressure));
        } else if (!isAbsence(pressure.error().code)) {
            reading.warnings.push_back(pressure.error().message);
        }
    }
    if (reading.resources.empty() && reading.warnings.empty())
        return fail(ErrorCode::NotAvailable, "this kernel gives no pressure stall information");
    if (reading.resources.empty())
        return fail(ErrorCode::Io, reading.warnings.front());
    return reading;
}

} // namespace sextant::platform
